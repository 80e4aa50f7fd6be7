import pytest
from printed import CYRILLIC, LATIN, RUSSIAN, line, printed, restored

from workers import engines, foreign
from workers.recognize import RecognizeOptions, recognize
from workers.text import Line, Recognized, Word

GOOD = line("Худудий", "инвестиция", "рейтинги", confidence=95.0)


def again(runs, *texts, confidence=90.0):
    """What a model of the other script made of each of *runs*."""
    return {
        number: (Line((Word(text, text, run.box, confidence),), run.box),)
        for number, (run, text) in enumerate(zip(runs, texts, strict=True))
    }


def test_words_that_are_sure_are_not_read_again():
    assert foreign.doubtful([GOOD, GOOD]) == ()


def test_one_doubtful_word_is_not_worth_an_engine():
    assert foreign.doubtful([GOOD, line("ЗМОТ", confidence=30.0)]) == ()


@pytest.mark.parametrize("lines", [3, 200])
def test_a_page_of_nonsense_is_spoilt_and_not_foreign(lines):
    assert foreign.doubtful([line("ипрзлла", confidence=20.0)] * lines) == ()


def test_a_page_with_a_doubtful_word_in_every_line_is_hard_to_read_and_not_foreign():
    assert foreign.doubtful([*[GOOD] * 61, *[line("ипрзлла", confidence=20.0)] * 61]) == ()


def test_a_doubtful_address_becomes_what_the_other_model_is_sure_of():
    lines = [GOOD, line("Ерз/ай", "аш.ги/та", confidence=30.0)]
    runs = foreign.doubtful(lines)

    changed, count = foreign.replaced(lines, runs, again(runs, "https://old.asi.ru"), "Latn")

    assert ([word.raw for word in changed[1].words], count) == (["https://old.asi.ru"], 1)
    assert changed[0] == GOOD


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("https://old.asi.ru", 55.0),
        ("ССРосаре", 90.0),
        ("CCPOcape", 90.0),
        ("те“уогіу", 90.0),
        ("DUK;12", 90.0),
        ("ht", 90.0),
        ("https://old.asi.ru/investclimate/rating/", 90.0),
    ],
    ids=[
        "unsure itself",
        "of the page's own script",
        "letters of either script",
        "its look-alikes",
        "three letters",
        "far shorter",
        "far longer",
    ],
)
def test_a_reading_that_proves_nothing_changes_nothing(text, confidence):
    lines = [GOOD, line("Ерз/ай", "аш.ги/та", confidence=30.0)]
    runs = foreign.doubtful(lines)

    assert foreign.replaced(lines, runs, again(runs, text, confidence=confidence), "Latn") == (tuple(lines), 0)


@pytest.mark.parametrize(
    ("page", "added", "model"),
    [
        (CYRILLIC, "Manba: https://lex.uz/docs/quarterly-report-2020.pdf", "uzb_cyrl"),
        (RUSSIAN, "Digital Library Management Handbook, Washington", "rus"),
        (LATIN, "Физика бўйича лабория машғулотлари", "uzb"),
    ],
)
def test_words_of_another_script_are_read_by_its_own_model(tmp_path, page, added, model):
    result = recognize(restored(printed((*page, added, *page))), tmp_path, RecognizeOptions(timeout=60), engines.read)

    assert isinstance(result, Recognized)
    assert result.language == model
    assert added.split()[1] in result.text
    assert result.foreign >= 1
    assert not list(tmp_path.iterdir())
