"""Names of items: always the same, readable, and betrayed by one wrong sign."""

from hypothesis import given
from hypothesis import strategies as st

from digitize import ark


def is_whole(name):
    return ark.check_sign(name[:-1]) == name[-1]


def test_a_name_is_opaque_and_stays_the_same():
    assert ark.mint("INV-1") == ark.mint("INV-1") != ark.mint("INV-2")
    assert ark.full("12345", "d1x") == "ark:/12345/d1x"
    assert len(ark.mint("x")) == 11


@given(st.text(), st.integers(0, 10), st.sampled_from(ark.SIGNS))
def test_one_mistyped_sign_is_found(seed, place, sign):
    name = ark.mint(seed)
    assert is_whole(name)
    spoilt = name[:place] + sign + name[place + 1 :]
    assert is_whole(spoilt) is (spoilt == name)


@given(st.text(), st.integers(0, 8))
def test_two_exchanged_signs_are_found(seed, place):
    name = ark.mint(seed)
    spoilt = name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    assert is_whole(spoilt) is (spoilt == name)
