"""What a cataloguer is promised, on whole files: certain links, a second pass of no bytes, the file back after undo."""

from pathlib import Path

import pytest
from marcs import DATA, fields
from shelves import NOW, SETTINGS, Shelf

from digitize import link

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PACK = DATA / "dev" / "marc"

needs_pack = pytest.mark.skipif(not PACK.exists(), reason=f"the development pack is not at {DATA}")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def prove(shelf: Shelf, data: bytes, dialect: str, expected: dict[str, str]) -> bytes:
    """Import, look, link, link again, undo; the file as it left while the links stood."""
    shelf.bring(data, dialect=dialect)
    with shelf.open() as session:
        shown = link.dry_run(session, SETTINGS, NOW)
    assert {one.item: one.record for one in shown.records} == expected
    assert shelf.export() == data  # a dry run leaves no trace

    assert shelf.link().records == shown.records
    linked = shelf.export()
    again = shelf.link()
    assert (again.linked, again.unchanged) == (0, len(expected))
    assert shelf.export() == linked

    for key in expected:
        with shelf.open() as session:
            link.undo(session, key, SETTINGS, NOW)
    assert shelf.export() == data
    return linked


def ours(linked: bytes) -> list[str]:
    """The link fields, as another program reads them."""
    pieces = [piece + b"\x1d" for piece in linked.split(b"\x1d") if piece.strip(b"\r\n")]
    return [field for piece in pieces for field in fields(piece.lstrip(b"\r\n")) if field.startswith("=856")]


def test_the_three_sample_books_are_linked_once_and_the_catalogue_comes_back(shelf):
    shelf.item("INV-2001", pages=4)
    shelf.item("INV-2002", pages=3)
    shelf.item("INV-2003", record="NM00002003", pages=4)
    expected = {"INV-2001": "NM00002001", "INV-2002": "NM00002002", "INV-2003": "NM00002003"}
    linked = prove(shelf, (SAMPLES / "catalog.mrc").read_bytes(), "marc21", expected)
    assert [field.split("$u")[1].split("$")[0] for field in ours(linked)] == [
        f"https://kutubxona.example/{key}.pdf" for key in expected
    ]


@needs_pack
@pytest.mark.parametrize(
    ("name", "dialect", "prefix", "text"),
    [("marc21", "marc21", "UZ", "$yTo‘liq matn (PDF)"), ("unimarc", "unimarc", "UN", "$2To‘liq matn (PDF)")],
)
def test_the_four_books_of_the_pack_are_linked_once_and_the_catalogue_comes_back(shelf, name, dialect, prefix, text):
    for number in range(1, 5):
        shelf.item(f"INV-100{number}", record=f"{prefix}01001002" if number == 3 else "")
    expected = {f"INV-100{number}": f"{prefix}0100100{number - 1}" for number in range(1, 5)}
    linked = prove(shelf, (PACK / f"catalog-{name}.mrc").read_bytes(), dialect, expected)
    links = ours(linked)
    assert len(links) == 4
    assert all(text in field for field in links)
    assert not any(("$2" if name == "marc21" else "$y") in field for field in links)


@needs_pack
def test_a_broken_record_between_others_stays_as_it_is_through_links_and_undo(shelf):
    for number in (1, 3, 4):
        shelf.item(f"INV-100{number}")
    expected = {f"INV-100{number}": f"UZ0100100{number - 1}" for number in (1, 3, 4)}
    data = (PACK / "catalog-one-broken.mrc").read_bytes()
    linked = prove(shelf, data, "marc21", expected)
    broken = next(piece for piece in data.split(b"\x1d") if b"00xx9" in piece)
    assert broken in linked
