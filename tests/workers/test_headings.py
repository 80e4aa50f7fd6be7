import pytest

from workers.headings import Heading, headings
from workers.leaf import Leaf, Row

LEFT, RIGHT = 200, 1550
BODY = "kutubxona fondi bilan ishlash va kitobxonlarga xizmat ko‘rsatish tartibi"


def leaf(*rows: str | tuple[str, float], centred: bool = True) -> Leaf:
    """Rows from above, each a paragraph of its own and centred; ``_`` is a paragraph of body text."""
    made: list[Row] = []
    top = 200
    for paragraph, given in enumerate(rows):
        text, size = given if isinstance(given, tuple) else (given, 40.0)
        if text == "_":
            for _ in range(6):
                made.append(Row(BODY, LEFT, top, RIGHT, top + 40, 40.0, paragraph, 95.0))
                top += 60
            continue
        width = min(RIGHT - LEFT, round(len(text) * size / 2))
        left = (LEFT + RIGHT - width) // 2 if centred else LEFT
        made.append(Row(text, left, top, left + width, top + round(size), size, paragraph, 95.0))
        top += round(1.5 * size)
    return Leaf(1748, 2480, tuple(made))


def told(*leaves: Leaf) -> list[tuple[int, int, str]]:
    return [(one.level, one.page, one.title) for one in headings(leaves)]


def test_parts_chapters_and_subchapters_are_nested_by_their_names():
    found = told(
        leaf("BIRINCHI QISM", "_"),
        leaf("1-BOB. Kutubxona fondi", "_", "1-fasl. Hisobga olish", "_"),
        leaf("2-bob. Katalog", "_"),
        leaf("Ikkinchi qism", "_"),
        leaf("III BOB. Xizmat", "_"),
    )

    assert found == [
        (1, 0, "BIRINCHI QISM"), (2, 1, "1-BOB. Kutubxona fondi"), (3, 1, "1-fasl. Hisobga olish"),
        (2, 2, "2-bob. Katalog"), (1, 3, "Ikkinchi qism"), (2, 4, "III BOB. Xizmat"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "ГЛАВА III", "Глава первая. Фонды", "2-боб. Фонд билан ишлаш", "БИРИНЧИ БОБ", "Раздел 2", "§ 4. Hisobot",
        "MUNDARIJA", "Мундарижа", "KIRISH", "Foydalanilgan adabiyotlar ro‘yxati", "ВВЕДЕНИЕ", "1-bo‘lim. Umumiy",
        "II. Xizmatning asosiy vazifalari", "Ilovalar",
    ],
)  # fmt: skip
def test_what_is_called_a_heading_is_one(text):
    assert told(leaf("_"), leaf(text, "_")) == [(1, 1, text)]


@pytest.mark.parametrize(
    "text",
    [
        "2-bob asosida ishlab chiqilgan tartib", "1-bobda aytilganidek", "Birinchi bobning oxirida", "2024 yil.",
        "1-bob. Umumiy qoidalar,", "kirish joyi", "Bu kitob haqida", "A. Qodiriy", "12", "* * *",
        "I. Karimov", "X. Nuraliyeva", "Х.Нуралиева", "V. Ivan Petrov",
    ],
)  # fmt: skip
def test_a_sentence_is_no_heading(text):
    assert told(leaf("_", text, "_", centred=False), leaf("_")) == []


def test_a_row_within_a_paragraph_is_no_heading():
    rows = (
        Row(BODY, LEFT, 200, RIGHT, 240, 40.0, 0, 95.0),
        Row("1-bob. Umumiy qoidalar", LEFT, 260, 900, 300, 40.0, 0, 95.0),
    )

    assert told(Leaf(1748, 2480, rows)) == []


def test_large_print_is_a_heading_and_larger_print_a_higher_one():
    found = told(
        leaf("_"), leaf(("Kutubxona tarixi", 80.0), "_"), leaf(("Ilk yillar", 56.0), "_"), leaf("_"),
        leaf(("Yangi davr", 57.0), "_"), leaf(("Bugungi kun", 80.0), "_"),
    )  # fmt: skip

    assert found == [
        (1, 1, "Kutubxona tarixi"), (2, 2, "Ilk yillar"), (2, 4, "Yangi davr"), (1, 5, "Bugungi kun"),
    ]  # fmt: skip


def test_a_title_in_several_rows_is_one_entry():
    large = told(leaf("_"), leaf(("Kutubxona fondini saq-", 60.0), ("lash va hisobga olish", 60.0), "_"))
    named = told(leaf("_"), leaf("IKKINCHI BOB", "KATALOGLAR VA", "KARTOTEKALAR", "_"))

    assert large == [(1, 1, "Kutubxona fondini saqlash va hisobga olish")]
    assert named == [(1, 1, "IKKINCHI BOB KATALOGLAR VA KARTOTEKALAR")]


def test_the_lines_of_a_table_of_contents_are_no_headings():
    contents = leaf(
        "MUNDARIJA", "1-bob. Kutubxona fondi ........ 3", "2-bob. Katalog ........ 27", "3-bob. Xizmat 48",
        "Xulosa ..... 90", "Ilovalar ..... 94", centred=False,
    )  # fmt: skip

    assert told(leaf("_"), contents, leaf("_")) == [(1, 1, "MUNDARIJA")]


def test_a_running_head_is_no_heading():
    pages = [leaf("2-BOB. KATALOG", "_", "_", "_") for _ in range(5)]

    assert told(*pages) == []


def test_a_title_page_has_no_headings():
    title = leaf(("O‘TKAN KUNLAR", 120.0), ("Roman", 70.0), "Toshkent 1994")

    assert told(title, leaf("_"), leaf("KIRISH", "_")) == [(1, 2, "KIRISH")]


def test_verses_in_large_print_fill_no_outline():
    verse = leaf(*[(f"Bahor keldi yana bog‘larga {word}", 60.0 + n) for n, word in enumerate("abcdefgh")])

    assert told(*[leaf("_", "_", "_", "_")] * 4, *[verse] * 8) == []


def test_a_book_without_text_has_no_headings():
    assert headings((Leaf(), Leaf(10, 10))) == ()


def test_an_entry_knows_its_place_on_the_page():
    (found,) = headings((leaf("_", "KIRISH", "_"),))

    assert found == Heading("KIRISH", 0, 560, 1)
