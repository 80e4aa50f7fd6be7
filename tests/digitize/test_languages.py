"""A language keeps its identity from the operator's word to the tag of the document."""

from typing import get_args

import pytest

from digitize.languages import model_of, tag_of
from digitize.sheet import ItemSheet

NAMED = [name for name in get_args(ItemSheet.model_fields["language"].annotation) if name]


@pytest.mark.parametrize("name", NAMED)
def test_what_an_operator_may_write_is_read_by_a_model_and_tagged_alike(name):
    tag = tag_of(model_of(name))

    assert tag == {"uz": "uz-Latn", "uz-Arab": "ar"}.get(name, name)


def test_names_of_models_stand_for_themselves_and_unknown_ones_have_no_tag():
    assert model_of("chi_sim") == "chi_sim"
    assert tag_of("chi_sim") == ""
