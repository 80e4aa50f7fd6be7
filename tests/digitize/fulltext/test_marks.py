from hypothesis import example, given
from hypothesis import strategies as st

from digitize.errors import UsageError
from digitize.fulltext import grammar
from digitize.fulltext.grammar import LEVELS
from digitize.fulltext.marks import marked, snippet
from digitize.fulltext.words import Keys, keys_of

WORDS = (
    "kitob", "kitoblar", "китоб", "gitob", "qur-", "qur'on", "oʻzbek-", "iston.", "«Kitob»,", "2026-yil", "—", "don't",
    "ь", "kutub-", "xonalar", "ﬁlm", "o“zbek", "½", "Q", "kitob–fond",
)  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(WORDS), st.text(min_size=1, max_size=6)), max_size=25)
LINES = st.tuples(TEXTS, TEXTS).map(lambda lines: "\n".join(" ".join(words) for words in lines))
ASKED = st.sampled_from(
    ("kitob", "qur'on", "ozbekiston", '"kutubxonalar kitob"', '"kitob kutubxonalar"', "yil", "2026", "don", "film", "q")
)


@given(LINES, ASKED, st.sampled_from(LEVELS))
@example("kutub-\nxonalar kitob", '"kutubxonalar kitob"', "folded")
@example("kitob kutub-\nxonalar", "kutubxona", "ocr")
@example("\nqur- kitob", "q", "strict")
def test_stored_keys_mark_the_same_words_as_the_words_themselves(text: str, typed: str, level: grammar.Column) -> None:
    query, words = grammar.parse(typed), text.split()
    quick, slow = marked(query, level, words, stored=keys_of(text)), marked(query, level, words)
    if _hyphen_within_a_line(text):  # words alone do not tell where lines end: it may be half of another
        assert quick <= slow
    else:
        assert quick == slow


def _hyphen_within_a_line(text: str) -> bool:
    return any(word.endswith("-") for line in text.splitlines() for word in line.split()[:-1])


def test_keys_that_are_not_those_of_the_words_are_not_trusted() -> None:
    words = ["bir", "—", "kitob", "va", "fond"]
    stale = Keys(*("bir va kitob fond fond",) * 3)
    assert marked(grammar.parse("kitob"), "folded", words, stored=stale) == {2}


@given(st.lists(st.sampled_from(WORDS), max_size=60), st.sets(st.integers(0, 59)))
def test_a_snippet_is_words_of_the_page_in_their_order(words: list[str], hits: set[int]) -> None:
    shown = "".join(part.text for part in snippet(words, {place for place in hits if place < len(words)}))
    text = shown.removeprefix("… ").removesuffix(" …")
    assert text.replace("-", "").replace(" ", "") in "".join(words).replace("-", "")


@given(st.text(max_size=30))
def test_whatever_is_typed_marks_nothing_on_an_empty_page(typed: str) -> None:
    try:
        query = grammar.parse(typed)
    except UsageError:
        return
    assert marked(query, "ocr", [], stored=keys_of("")) == set()
