"""What a person wrote becomes a typed value, or a sentence."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from digitize.fitting import Unfit, Within, fitted

Share = Annotated[float, Within(over=0, most=1)]


@pytest.mark.parametrize(
    ("wanted", "given", "value"),
    [
        (str, "a", "a"), (int, "7", 7), (int, 7.0, 7), (float, 3, 3.0), (float, "0.5", 0.5), (bool, "ON", True),
        (bool, 0, False), (Path, "x/y", Path("x/y")), (tuple[str, ...], ["uzb", "rus"], ("uzb", "rus")),
        (Literal[5, 6], "6", 6), (Literal["auto", "on"], "on", "on"), (Share, "1", 1.0),
    ],
)  # fmt: skip
def test_a_value_is_read_from_a_file_and_from_the_environment(wanted: Any, given: Any, value: Any):
    found = fitted(wanted, given)

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("wanted", "given", "words"),
    [
        (str, 7, "text in quotes"), (int, "7.5", "whole number"), (int, 7.5, "whole number"), (int, True, "whole"),
        (int, [], "whole number"), (float, "viel", "a number"), (float, "nan", "a number"), (bool, "ha", "true or"),
        (Path, 1, "text in quotes"), (tuple[str, ...], "uzb", "list of texts"), (Literal[5, 6], 7, "one of 5, 6"),
        (Share, 0, "more than 0"), (Share, 2, "1 or less"),
        (Annotated[int, Within(least=1)], 0, "1 or more"),
        (Annotated[str, Within(length=2)], "abc", "at most 2 signs"),
        (Annotated[str, Within(form=r"\d+")], "1x", "the form"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_what_should_stand_there(wanted: Any, given: Any, words: str):
    with pytest.raises(Unfit, match=words):
        fitted(wanted, given)
