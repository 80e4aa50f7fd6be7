import json
import shutil
import subprocess
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
import sheets
from lxml import etree

from workers import assemble as module
from workers.assemble import BookDone, BookFailed, BookJob, Notice, PageFile, assemble
from workers.notice import write_notice
from workers.pagepdf import write_page_pdf
from workers.pdfa import Description, srgb_profile, xmp
from workers.pdfcheck import check_pdf

ABOUT = Description(
    title="Oʻtkan kunlar",
    created=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    author="A. Qodiriy",
    key="INV-1001",
    subject="Roman",
    keywords=("INV-1001", "kitob"),
)
SORRY = Notice(("2-sahifa yo‘q", "Fayl yarmida uzilib qolgan. Sahifani qayta skanerlang."))


@pytest.fixture
def page(tmp_path):
    def write(text: str, dpi: float = 212.0) -> PageFile:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.pdf"
        write_page_pdf(path, sheets.blank(), sheets.lines(text) if text else (), dpi, 60)
        return PageFile(path, has_text=bool(text))

    return write


@pytest.fixture
def out(tmp_path) -> Path:
    folder = tmp_path / "attempt"
    folder.mkdir()
    return folder / "book.pdf"


def test_pages_stand_in_their_order_with_their_text(page, out):
    done = assemble(BookJob(out, (page("birinchi"), page("ikkinchi"), page("учинчи")), ABOUT))

    assert isinstance(done, BookDone)
    assert (done.pages, done.notices, done.size) == (3, 0, out.stat().st_size)
    assert [sheets.pdfium_text(out, number).strip() for number in range(3)] == ["birinchi", "ikkinchi", "учинчи"]


def test_a_missing_page_is_said_in_its_place_and_in_the_outline(page, out):
    done = assemble(BookJob(out, (page("bir"), SORRY, page("uch")), ABOUT))

    assert isinstance(done, BookDone)
    assert done.notices == 1
    assert " ".join(sheets.pdfium_text(out, 1).split()) == " ".join(SORRY.lines)
    with pikepdf.open(out) as pdf:
        assert pdf.pages[1].mediabox.as_list() == pytest.approx(pdf.pages[0].mediabox.as_list(), abs=1)
        with pdf.open_outline() as outline:
            assert [entry.title for entry in outline.root] == ["2-sahifa yo‘q"]


def test_a_notice_can_be_read_as_print(tmp_path):
    path = tmp_path / "notice.pdf"
    write_notice(path, (*SORRY.lines, "x" * 200))

    picture = sheets.rendered(path, 100)
    assert picture.shape[0] == pytest.approx(827, abs=2)
    assert 0.01 < (picture.min(axis=2) < 128).mean() < 0.2


def test_the_file_describes_itself_twice_with_the_same_words(page, out):
    assemble(BookJob(out, (page("bir"),), ABOUT))

    with pikepdf.open(out) as pdf:
        metadata = pdf.open_metadata()
        assert metadata["dc:title"] == pdf.docinfo["/Title"] == "Oʻtkan kunlar"
        assert metadata["dc:creator"] == ["A. Qodiriy"]
        assert pdf.docinfo["/Author"] == "A. Qodiriy"
        assert metadata["dc:description"] == pdf.docinfo["/Subject"] == "Roman"
        assert metadata["pdf:Keywords"] == pdf.docinfo["/Keywords"] == "INV-1001, kitob"
        assert metadata["xmp:CreateDate"] == "2026-03-02T09:30:00Z"
        assert pdf.docinfo["/CreationDate"] == "D:20260302093000Z"
        assert metadata["dc:language"] == {"uz-Latn"}
        assert metadata.pdfa_status == "2B"
        assert pdf.Root.Lang == "uz-Latn"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle


def test_the_file_knows_the_printed_book_it_was_made_from(page, out):
    printed = {
        "creators": ("Qodiriy, Abdulla", "Oybek"),
        "publisher": "Sharq",
        "year": "1994",
        "source": "ISBN 9789943",
    }
    assemble(BookJob(out, (page("bir"),), replace(ABOUT, **printed)))

    with pikepdf.open(out) as pdf:
        metadata = pdf.open_metadata()
        assert metadata["dc:creator"] == ["Qodiriy, Abdulla", "Oybek"]
        assert pdf.docinfo["/Author"] == "Qodiriy, Abdulla; Oybek"
        assert metadata["dc:publisher"] == {"Sharq"}
        assert metadata["dc:date"] == ["1994"]
        assert metadata["dc:source"] == "ISBN 9789943"
        assert metadata["dc:identifier"] == "INV-1001"


@pytest.mark.parametrize("title", ["a\x00b\x0bc\ud800", "<b>&\"'</b>", "@", "\uffff]]>", "", "سفر نامه 𝒜"])
def test_no_title_breaks_the_metadata(title):
    about = Description(title, datetime(2026, 1, 1, tzinfo=UTC), author=title, keywords=(title, title))

    root = etree.fromstring(xmp(about))

    assert root.tag == "{adobe:ns:meta/}xmpmeta"


def test_a_strange_title_still_makes_a_book(page, out):
    about = Description("Ўтган \x00\x1b& <кунлар>\ud800", datetime(2026, 1, 1, tzinfo=UTC))

    assert isinstance(assemble(BookJob(out, (page("bir"),), about)), BookDone)
    with pikepdf.open(out) as pdf:
        assert pdf.docinfo["/Title"] == "Ўтган & <кунлар>"


def test_one_font_serves_the_whole_book(page, out):
    assemble(BookJob(out, tuple(page(f"soʻz {number}") for number in range(5)), ABOUT))

    with pikepdf.open(out) as pdf:
        fonts = {font.objgen for page in pdf.pages for font in page.Resources.Font.as_dict().values()}
        programs = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream) and "/Length1" in thing]
    assert len(fonts) == 1
    assert len(programs) == 1


def test_a_page_with_rare_characters_keeps_its_own_map(page, out):
    assemble(BookJob(out, (page("bir"), page("𐰆𐰍"), page("𝒜"), page("ikki")), ABOUT))

    assert [sheets.pdfium_text(out, number).strip() for number in range(4)] == ["bir", "𐰆𐰍", "𝒜", "ikki"]


def test_a_book_of_more_pages_than_files_may_be_open_is_whole(page, out, monkeypatch):
    monkeypatch.setattr(module, "_BATCH", 3)
    texts = [f"sahifa{number}" for number in range(11)]

    done = assemble(BookJob(out, tuple(map(page, texts)), ABOUT))

    assert isinstance(done, BookDone)
    assert [sheets.pdfium_text(out, number).strip() for number in range(11)] == texts
    assert [entry.name for entry in out.parent.iterdir()] == ["book.pdf"]


def test_the_same_job_gives_the_same_bytes(page, out):
    parts = (page("bir"), SORRY, page("𝒜"))

    first = assemble(BookJob(out, parts, ABOUT))
    second = assemble(BookJob(out.with_name("again.pdf"), parts, ABOUT))

    assert first == second


def _numbered(part: PageFile, foot: str, head: str = "") -> PageFile:
    """*part* with a worker's record that says *foot* stands alone at the foot of the page, *head* at its top."""
    lines = sheets.lines("kutubxona fondi", "bilan ishlash", top=400)
    lines += (replace(sheets.line(foot, top=1640), paragraph=9),) if foot else ()
    lines = ((replace(sheets.line(head, top=200), paragraph=-1),) if head else ()) + lines
    record = part.pdf.with_suffix(".json")
    known = {"width": 1240, "height": 1748, "lines": [asdict(line) for line in lines]}
    record.write_text(json.dumps(known), encoding="utf-8")
    return replace(part, record=record)


def test_printed_numbers_are_the_labels_of_the_pages(page, out):
    feet = ("", "iii", "iv", "v", "", "1", "2", "17", "4")
    parts = tuple(_numbered(page("matn"), foot) for foot in feet)

    done = assemble(BookJob(out, parts, ABOUT))

    assert isinstance(done, BookDone)
    assert done.labels == ("", "iii", "iv", "v", "", "1", "2", "3", "4")
    with pikepdf.open(out) as pdf:
        assert [one.label for one in pdf.pages] == ["[1]", "iii", "iv", "v", "[5]", "1", "2", "3", "4"]


def test_headings_and_missing_pages_are_the_outline_in_the_order_of_the_book(page, out):
    parts = (
        _numbered(page("matn"), "3", "BIRINCHI QISM"),
        _numbered(page("matn"), "4", "1-bob. Fond"),
        SORRY,
        _numbered(page("matn"), "6", "2-bob. Katalog"),
    )

    done = assemble(BookJob(out, parts, ABOUT))

    assert isinstance(done, BookDone)
    assert done.headings == 3
    with pikepdf.open(out) as pdf, pdf.open_outline() as outline:
        assert [entry.title for entry in outline.root] == ["BIRINCHI QISM", "2-sahifa yo‘q"]
        (first, second) = outline.root[0].children[0], outline.root[1].children[0]
        assert (first.title, second.title) == ("1-bob. Fond", "2-bob. Katalog")
        assert first.destination[0].objgen == pdf.pages[1].obj.objgen
        assert float(first.destination[2]) == pytest.approx(593.7 - (200 - 17) * 72 / 212, abs=1)
        assert pdf.Root.PageMode == "/UseOutlines"


def test_a_missing_page_within_a_numbered_book_keeps_its_number(page, out):
    parts = (*(_numbered(page("matn"), str(n)) for n in (7, 8)), SORRY, _numbered(page("matn"), "10"))

    done = assemble(BookJob(out, parts, ABOUT))

    assert isinstance(done, BookDone)
    assert done.labels == ("7", "8", "9", "10")


def test_a_book_without_known_numbers_has_no_labels(page, out):
    damaged = _numbered(page("bir"), "3")
    assert damaged.record
    damaged.record.write_text("{", encoding="utf-8")

    done = assemble(BookJob(out, (damaged, page("ikki")), ABOUT))

    assert isinstance(done, BookDone)
    assert done.labels == ("", "")
    with pikepdf.open(out) as pdf:
        assert "/PageLabels" not in pdf.Root


def test_a_page_file_that_is_gone_is_named(page, out):
    gone = PageFile(out.with_name("gone.pdf"))

    failed = assemble(BookJob(out, (page("bir"), gone), ABOUT))

    assert isinstance(failed, BookFailed)
    assert (failed.kind, failed.page) == ("page_missing", 2)
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"not a pdf", None])
def test_a_damaged_page_file_is_named(page, out, damage):
    part = page("bir")
    whole = part.pdf.read_bytes()
    part.pdf.write_bytes(whole[: len(whole) // 2] if damage is None else damage)

    failed = assemble(BookJob(out, (part,), ABOUT))

    assert isinstance(failed, BookFailed)
    assert (failed.kind, failed.page) == ("page_unreadable", 1)


def test_a_page_that_lost_its_words_stops_the_book(page, out):
    wordless = PageFile(page("").pdf, has_text=True)

    failed = assemble(BookJob(out, (page("bir"), wordless), ABOUT))

    assert isinstance(failed, BookFailed)
    assert failed.kind == "check_failed"
    assert "Page 2 has lost its text." in failed.reason


def test_a_book_without_pages_is_a_mistake_of_the_caller(out):
    with pytest.raises(ValueError, match="No pages"):
        assemble(BookJob(out, (), ABOUT))


def test_the_colour_profile_is_the_same_on_every_day():
    profile = srgb_profile()

    assert profile[36:40] == b"acsp"
    assert profile[24:36] == bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))


def test_the_book_has_the_structure_of_an_archival_file(page, out):
    assemble(BookJob(out, (page("bir"), SORRY), ABOUT))

    raw = out.read_bytes()
    assert raw.startswith(b"%PDF-1.7\n%")
    assert all(byte > 127 for byte in raw[10:14])
    assert check_pdf(out, 2, (1, 2)) == ()
    with pikepdf.open(out) as pdf:
        assert pdf.is_linearized
        assert pdf.check_linearization()
        assert len(pdf.trailer.ID) == 2
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.N == 3
        assert "/Filter" not in pdf.Root.Metadata


def test_qpdf_finds_no_fault_with_the_book(page, out):
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    assemble(BookJob(out, (page("bir"), SORRY, page("uch")), ABOUT))

    assert subprocess.run(["qpdf", "--check", out], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda pdf: pdf.Root.__setitem__("/OpenAction", pikepdf.Dictionary(S=pikepdf.Name.JavaScript)), "/OpenAction"),
        (lambda pdf: pdf.pages[0].obj.__setitem__("/AA", pikepdf.Dictionary(JS=pikepdf.String("x"))), "/AA, /JS"),
        (lambda pdf: pdf.Root.__delitem__("/OutputIntents"), "no colour profile"),
        (lambda pdf: pdf.Root.__delitem__("/Metadata"), "do not say PDF/A-2b"),
        (lambda pdf: pdf.pages[0].obj.Resources.__delitem__("/XObject"), "Page 1 has no picture"),
        (lambda pdf: pdf.pages[0].obj.Resources.__delitem__("/Font"), "Page 1 has lost its text"),
        (lambda pdf: pdf.pages.append(pdf.pages[0]), "2 pages instead of 1"),
    ],
)
def test_the_check_finds(page, out, harm, sentence):
    assemble(BookJob(out, (page("bir"),), ABOUT))
    harmed = out.with_name("harmed.pdf")
    with pikepdf.open(out) as pdf:
        harm(pdf)
        pdf.save(harmed)

    assert any(sentence in problem for problem in check_pdf(harmed, 1, (1,)))


def test_the_check_of_half_a_file_says_so(page, out):
    assemble(BookJob(out, (page("bir"),), ABOUT))
    raw = out.read_bytes()
    out.write_bytes(raw[: len(raw) * 2 // 3])

    assert check_pdf(out, 1) != ()


def test_an_encrypted_file_is_refused_by_the_check(page, out):
    assemble(BookJob(out, (page("bir"),), ABOUT))
    locked = out.with_name("locked.pdf")
    with pikepdf.open(out) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user=""))

    assert "The file is encrypted." in check_pdf(locked, 1)
