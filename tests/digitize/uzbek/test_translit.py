from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitize.uzbek import canonical, fold, to_cyrillic, to_latin

PAIRS = [tuple(line.split()) for line in (Path(__file__).parent / "pairs.txt").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("latin", "cyrillic"), PAIRS)
def test_words_go_both_ways(latin: str, cyrillic: str) -> None:
    assert to_latin(cyrillic) == canonical(latin)
    assert to_cyrillic(latin) == cyrillic
    assert to_latin(cyrillic.upper()) == canonical(latin).upper()
    assert to_cyrillic(latin.upper()) == cyrillic.upper()


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("ШАРҚ Шарқ Ш. Рашидов", "SHARQ Sharq Sh. Rashidov"),
        ("Ё. Яшин, ЁШЛИК", "Yo. Yashin, YOSHLIK"),
        ("дарёси, боряпти", "daryosi, boryapti"),
        ("маъюс, адъютант", "maʼyus, adyutant"),
        ("сентябрда, октябрь", "sentabrda, oktabr"),
        ("Toшкент", "Toshkent"),
        ("PDFни 2026 йил — A4", "PDFni 2026 yil — A4"),
        ("Ленинград – Нью-Йорк", "Leningrad – Nyu-York"),
    ],
)
def test_cyrillic_text_becomes_latin_by_the_rules_of_1995(cyrillic: str, latin: str) -> None:
    assert to_latin(cyrillic) == latin


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Yo‘q, YO‘Q, yo'l", "Йўқ, ЙЎҚ, йўл"),
        ("Shu SHU sHu", "Шу ШУ шу"),
        ("apreldan, aprel", "апрелдан, апрель"),
        ("ketsin, aytsa", "кетсин, айтса"),
        ("sirka, sirk", "сирка, цирк"),
        ("pensiya", "пенсия"),
        ("XIX asr, I chorak, I. Karimov", "XIX аср, I чорак, И. Каримов"),
        ("1_SKANERDAN papkasidagi 0007.tif", "1_SKANERDAN папкасидаги 0007.tif"),
        ("PDF tayyor, QR-kod, `digitize run`", "PDF тайёр, QR-код, `digitize run`"),
        ("--home berilmagan, Windows", "--home берилмаган, Windows"),
        ("Õzbek, ğoya, Şarq", "Ўзбек, ғоя, Шарқ"),
    ],
)
def test_latin_text_becomes_cyrillic_and_names_of_things_stay(latin: str, cyrillic: str) -> None:
    assert to_cyrillic(latin) == cyrillic


@given(st.text())
def test_any_text_can_be_transliterated(text: str) -> None:
    assert isinstance(to_latin(text), str)
    assert isinstance(to_cyrillic(text), str)


@given(st.text(alphabet="абвгдеёжзийклмнопрстуфхчшъэюяўқғҳ", min_size=1, max_size=12))
def test_transliteration_keeps_the_search_key(word: str) -> None:
    assert fold(to_latin(word)) == fold(word)
