import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
import sheets
from hypothesis import given, settings
from hypothesis import strategies as st

from workers import pdfimage
from workers.glyphless import ASCENT, WIDTH, beyond_bmp, encode, font_program, is_writable, to_unicode
from workers.pagepdf import write_page_pdf
from workers.pdfcheck import check_pdf
from workers.pdfimage import stencil
from workers.text import Box, Line, Word
from workers.textlayer import visual, visual_words

ROOT = Path(__file__).resolve().parents[2]
UZBEK = (
    "Oʻzbekiston Respublikasi maʼnaviyat va maʼrifat",
    "Ўзбекистон қўрғонтепа ғалаба ҳаёт",
    "Россия и Ўрта Осиё 1924–1991",
)


def page(tmp_path: Path, lines: tuple[Line, ...], dpi: float = 212.0) -> Path:
    path = tmp_path / "page.pdf"
    write_page_pdf(path, sheets.blank(), lines, dpi, 70)
    return path


@pytest.mark.parametrize("reader", [sheets.pdfium_text, sheets.poppler_text])
def test_words_come_back_in_reading_order_with_their_apostrophes(tmp_path, reader):
    path = page(tmp_path, sheets.lines(*UZBEK))

    assert reader(path).split() == " ".join(UZBEK).split()


@pytest.mark.parametrize("reader", [sheets.pdfium_text, sheets.poppler_text])
def test_each_line_of_the_page_is_a_line_of_the_text(tmp_path, reader):
    path = page(tmp_path, sheets.lines(*UZBEK))

    assert [row.strip() for row in reader(path).splitlines() if row.strip(" \f")] == list(UZBEK)


SPREAD = (
    ("Har bir tumanning oʻz tarixi bor bu", 22),
    ("katta kitoblarda emas koʻpincha", 70),
    ("risolalarda mahalliy gazetalarda", 120),
    ("suratlar orqasidagi yozuvlarda ham", 30),
    ("nashrlarni toʻplaydi xodimlar", 220),
)
"""Lines of a paragraph that a poor typesetter has stretched to the same width, and the pixels between their words."""


@pytest.mark.parametrize("reader", [sheets.pdfium_text, sheets.poppler_text])
@pytest.mark.parametrize(
    "rows",
    [SPREAD, (("Sentabr 1200", 400), ("Oktabr 31", 330), ("Noyabr 4", 520), ("Dekabr 77", 360), ("Jami 1312", 440))],
    ids=["stretched lines", "table"],
)
def test_words_far_apart_are_read_line_by_line(tmp_path, reader, rows):
    path = page(tmp_path, tuple(sheets.line(text, 100 + 66 * n, gap=gap) for n, (text, gap) in enumerate(rows)))

    assert reader(path).split() == " ".join(text for text, _ in rows).split()


def test_only_the_last_letter_reaches_towards_a_word_far_away(tmp_path):
    path = page(tmp_path, (sheets.line("birinchi ikkinchi", gap=300),), dpi=300.0)

    (first, near), (second, far) = sheets.placed_words(path)
    with pypdfium2.PdfDocument(path) as document:
        boxes = [document[0].get_textpage().get_charbox(index, loose=True) for index in range(8)]
    assert (first, second) == ("birinchi", "ikkinchi")
    assert [round((box[2] - box[0]) * 300 / 72) for box in boxes[:-1]] == [sheets.LETTER] * 7
    assert near.right == pytest.approx(far.left - 0.9 * sheets.HEIGHT, abs=2)
    assert far.left == pytest.approx(100 + 8 * sheets.LETTER + 300, abs=2)


@pytest.mark.parametrize("reader", [sheets.pdfium_text, sheets.poppler_text])
def test_arabic_script_comes_back_in_logical_order(tmp_path, reader):
    texts = ("کتاب تاریخ ترکستان نشر اولندی", "مکتب لر اوچون اَلْكِتَابُ")
    path = page(tmp_path, tuple(sheets.line(text, 100 + 66 * n, right=1100) for n, text in enumerate(texts)))

    assert reader(path).split() == " ".join(texts).split()


def test_numbers_inside_arabic_text_keep_their_order(tmp_path):
    path = page(tmp_path, (sheets.line("سنه ۱۹۲۴ ده تاشکند 1924 بصمه", right=1100),))

    assert sheets.pdfium_text(path).split() == ["سنه", "۱۹۲۴", "ده", "تاشکند", "1924", "بصمه"]


def test_a_number_within_a_right_to_left_word_is_not_turned_round():
    assert visual("سنه1924") == "1924هنس"
    assert visual("Toshkent") == "Toshkent"


def test_an_arabic_word_in_a_latin_line_stays_in_its_place():
    line = sheets.line("kitob کتاب soʻzi")

    assert [text for text, _ in visual_words(line.words)] == ["kitob", "باتک", "soʻzi"]


@pytest.mark.parametrize("reader", [sheets.pdfium_text, sheets.poppler_text])
def test_characters_beyond_the_basic_plane_survive(tmp_path, reader):
    path = page(tmp_path, sheets.lines("qadimgi 𐰆𐰍𐰔 yozuvi 𝒜"))

    assert reader(path).split() == ["qadimgi", "𐰆𐰍𐰔", "yozuvi", "𝒜"]


def test_a_word_can_be_selected_where_it_is_printed(tmp_path):
    path = page(tmp_path, sheets.lines("birinchi ikkinchi"), dpi=212.0)
    second = sheets.lines("birinchi ikkinchi")[0].words[1].box

    with pypdfium2.PdfDocument(path) as document:
        textpage = document[0].get_textpage()
        found = textpage.search("ikkinchi").get_next()
        assert found is not None
        boxes = [textpage.get_charbox(index, loose=True) for index in range(found[0], sum(found))]
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    assert left == pytest.approx(second.left * 72 / 212, abs=0.5)
    assert right == pytest.approx(second.right * 72 / 212, abs=0.5)
    height = 1748 * 72 / 212
    assert min(box[1] for box in boxes) == pytest.approx(height - second.bottom * 72 / 212, abs=3)
    assert max(box[3] for box in boxes) == pytest.approx(height - second.top * 72 / 212, abs=3)


def test_a_line_read_as_steep_stays_on_its_box(tmp_path):
    bent = replace(sheets.line("qiya satr", top=600), slope=0.9, offset=-300.0)
    path = page(tmp_path, (bent,))

    assert sheets.pdfium_text(path).split() == ["qiya", "satr"]
    with pypdfium2.PdfDocument(path) as document:
        _, bottom, _, top = document[0].get_textpage().get_charbox(0, loose=True)
    height = 1748 * 72 / 212
    assert height - 650 * 72 / 212 < bottom < top < height - 590 * 72 / 212


def test_words_whose_boxes_touch_or_have_no_width_are_still_two_words(tmp_path):
    words = (Word("bir", "bir", Box(100, 100, 160, 140), 90), Word("ikki", "ikki", Box(160, 100, 160, 140), 90))
    path = page(tmp_path, (Line(words, Box(100, 100, 160, 140)),))

    assert sheets.pdfium_text(path).split() == ["bir", "ikki"]


def test_a_page_without_words_has_no_text_and_no_font(tmp_path):
    path = page(tmp_path, (Line((Word(" \x00\ud800", "", Box(1, 1, 9, 9), 0),), Box(1, 1, 9, 9)),))

    with pikepdf.open(path) as pdf:
        assert "/Font" not in pdf.pages[0].Resources
    assert not sheets.pdfium_text(path).strip()


@settings(max_examples=60, deadline=None)
@given(text=st.text(min_size=1, max_size=30))
def test_any_text_can_be_encoded(text):
    writable = "".join(char for char in text if is_writable(char))

    assert len(encode(writable, beyond_bmp(writable))) == 2 * len(writable)


def test_the_page_has_the_size_of_the_paper(tmp_path):
    path = page(tmp_path, (), dpi=212.0)

    with pikepdf.open(path) as pdf:
        assert [float(side) for side in pdf.pages[0].MediaBox] == pytest.approx([0, 0, 421.13, 593.66], abs=0.01)


@pytest.mark.parametrize(("dpi", "longest"), [(0.0, 14400), (1.0, 14400), (100_000.0, 4.23)])
def test_an_incredible_resolution_gives_a_page_that_readers_can_open(tmp_path, dpi, longest):
    path = page(tmp_path, sheets.lines("matn"), dpi=dpi)

    with pikepdf.open(path) as pdf:
        assert max(map(float, pdf.pages[0].MediaBox)) == pytest.approx(longest, abs=0.01)


def test_a_grey_picture_stays_grey(tmp_path):
    path = tmp_path / "grey.pdf"
    ramp = np.tile(np.linspace(60, 200, 800, dtype=np.uint8), (600, 1))
    write_page_pdf(path, ramp, (), 150.0, 70)

    with pikepdf.open(path) as pdf:
        assert {str(image.ColorSpace) for image in pdf.pages[0].Resources.XObject.as_dict().values()} == {"/DeviceGray"}


def test_the_same_page_gives_the_same_bytes(tmp_path):
    first, second = tmp_path / "1.pdf", tmp_path / "2.pdf"
    for path in (first, second):
        write_page_pdf(path, sheets.printed(UZBEK[:1]), sheets.lines(*UZBEK), 300.0, 70)

    assert first.read_bytes() == second.read_bytes()


def test_a_page_is_whole_in_the_eyes_of_qpdf(tmp_path):
    with pikepdf.open(page(tmp_path, sheets.lines(*UZBEK))) as pdf:
        assert pdf.check_pdf_syntax() == []


def test_the_invisible_font_is_tiny_and_says_its_true_widths(tmp_path):
    with pikepdf.open(page(tmp_path, sheets.lines("matn"))) as pdf:
        (font,) = pdf.pages[0].Resources.Font.as_dict().values()
        (cid_font,) = font.DescendantFonts
        assert int(cid_font.DW) == WIDTH * 1000
        assert cid_font.FontDescriptor.FontFile2.read_bytes() == font_program()
        assert int(cid_font.FontDescriptor.Ascent) == ASCENT * 1000
        assert len(cid_font.CIDToGIDMap.read_bytes()) == 2 * 0x10000
    assert len(font_program()) < 1000


def test_the_map_to_unicode_names_no_forbidden_value():
    targets = [row.split()[-1] for row in to_unicode("𝒜").decode().splitlines() if row.startswith("<")][1:]

    assert "<D835DC9C>" in targets
    assert not {"<0000>", "<FEFF>", "<FFFE>"} & set(targets)


def test_a_bitonal_page_is_black_strokes_on_white_where_the_print_is(tmp_path):
    picture, path = sheets.printed(UZBEK[:2]), tmp_path / "page.pdf"

    build = write_page_pdf(path, picture, sheets.lines(*UZBEK[:2]), 300.0, 70, "bitonal")

    drawn = sheets.rendered(path, 300.0)[:2480, :1748, 0]
    assert build == "bitonal"
    assert sheets.pdfium_text(path).split() == " ".join(UZBEK[:2]).split()
    assert ((drawn < 64) | (drawn > 192)).mean() > 0.995
    assert ((drawn < 128) == (picture.mean(axis=2) < 140)).mean() > 0.995
    with pikepdf.open(path) as pdf:
        assert list(pdf.pages[0].Resources.XObject.keys()) == ["/ImStrokes"]


JBIG2 = """#!{python}
import io, struct, sys
import numpy as np
from PIL import Image, TiffImagePlugin
sys.path.insert(0, {root!r})
from workers.pdfimage import _group4
assert sys.argv[1] == "--pdf"
mask = ~np.asarray(Image.open(sys.argv[2]))
height, width = mask.shape
def segment(number, kind, body):
    return struct.pack(">IBBBI", number, kind, 0, 1, len(body)) + body
page = struct.pack(">IIIIBH", width, height, 0, 0, 0, 0)
region = struct.pack(">IIIIBB", width, height, 0, 0, 0, 1) + {code}
sys.stdout.buffer.write(segment(0, 48, page) + segment(1, 38, region))
"""
"""A stand-in for the encoder: a generic region whose pixels are in Group 4, which JBIG2 knows as its MMR coding."""


@pytest.fixture
def encoder(tmp_path, monkeypatch):
    def install(script: str) -> None:
        program = tmp_path / "bin" / "jbig2"
        program.parent.mkdir()
        program.write_text(script, encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    return install


def _stencil(mask):
    with pikepdf.Pdf.new() as pdf:
        image = stencil(pdf, mask)
        return image.Filter, image.read_raw_bytes()


def test_strokes_are_coded_by_jbig2_where_it_is_installed_and_shorter(tmp_path, encoder, monkeypatch):
    picture, plain, path = sheets.printed(UZBEK[:2]), tmp_path / "plain.pdf", tmp_path / "page.pdf"
    write_page_pdf(plain, picture, (), 300.0, 70)
    encoder(JBIG2.format(python=sys.executable, root=str(ROOT), code="_group4(mask)"))
    monkeypatch.setattr(pdfimage, "_group4", lambda mask: bytes(10_000_000))

    write_page_pdf(path, picture, (), 300.0, 70)

    with pikepdf.open(path) as pdf:
        assert pdf.pages[0].Resources.XObject.ImInk.Mask.Filter == "/JBIG2Decode"
    assert (sheets.rendered(path, 150.0) == sheets.rendered(plain, 150.0)).all()
    assert not [problem for problem in check_pdf(path, 1) if "damaged" in problem]


@pytest.mark.parametrize(
    "script",
    ["#!/bin/sh\nexit 3\n", "not a program", "#!/bin/sh\nprintf ''\n", "#!/bin/sh\nhead -c 200000 /dev/zero\n"],
    ids=["fails", "no program", "says nothing", "is no shorter"],
)
def test_a_jbig2_that_fails_or_saves_nothing_is_done_without(encoder, script):
    mask = np.zeros((400, 300), np.bool_)
    mask[100:120, 40:200] = True
    encoder(script)

    assert _stencil(mask)[0] == "/CCITTFaxDecode"
