import pytest

from digitize.jobs import languages

USUAL = ("uzb", "uzb_cyrl", "rus")


@pytest.mark.parametrize(
    ("wished", "installed", "tried"),
    [
        ("ara", ("ara", "uzb"), (*USUAL, "ara")),
        ("eng", ("uzb",), USUAL),
        ("uzb", ("uzb",), USUAL),
        ("", ("uzb",), USUAL),
    ],
)
def test_a_book_in_another_language_is_read_in_it_where_the_machine_can(wished, installed, tried):
    assert languages(USUAL, wished, installed) == tried
