"""Text in a table stays text, and comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitize.formulas import disarmed, rearmed


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-2+3", "@SUM(A1)", "\t=1", "  =1", "＝1"])
def test_what_a_spreadsheet_would_run_is_marked_as_text(text: str):
    assert disarmed(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "INV-1", "'INV-1", "Oʻzbekiston = Ўзбекистон", "1-bob"])
def test_everything_else_stays_as_it_is(text: str):
    assert disarmed(text) == text


@given(st.text())
def test_a_cell_comes_back_as_it_was(text: str):
    assert rearmed(disarmed(text)) == text or text.startswith("'")


def test_a_key_that_looks_like_a_formula_comes_back_although_the_mark_was_taken_away():
    assert rearmed("=1+1") == "=1+1"
