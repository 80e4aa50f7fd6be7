"""A reader who points a telephone at the label comes to the scan."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from marcs import book
from shelves import NOW, SETTINGS, Shelf
from sqlalchemy import select

from digitize import ark, link
from digitize.cli import run
from digitize.home import create_home
from digitize.ledger.models import Event, Item


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(create_home(tmp_path / "home").root)
    shelf.item("INV-1", title="Oʻtkan <kunlar>")
    shelf.item("INV-10", title="Kecha va kunduz")
    shelf.item("INV-2", pdf=False)
    return shelf


def call(shelf: Shelf, *arguments: object) -> int:
    return run(["--home", str(shelf.root), "item", "qr", *map(str, arguments)])


def names(shelf: Shelf) -> list[str]:
    with shelf.open() as session:
        return list(session.scalars(select(Item.ark).order_by(Item.id)))


def test_the_picture_is_read_by_another_program_as_the_address_in_the_record(shelf, tmp_path):
    target = tmp_path / "kod.png"
    assert call(shelf, "INV-1", "-o", target) == 0
    image = cv2.imdecode(np.frombuffer(target.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert cv2.QRCodeDetector().detectAndDecode(image)[0] == "https://kutubxona.example/INV-1.pdf"


def test_svg_is_a_picture_of_its_own(shelf, tmp_path):
    assert call(shelf, "INV-1", "-o", tmp_path / "kod.svg") == 0
    assert b"<svg" in (tmp_path / "kod.svg").read_bytes()


def test_the_sheet_has_every_published_item_in_order_with_harmless_titles(shelf, tmp_path):
    assert call(shelf, "-o", tmp_path / "varaq.html") == 0
    text = (tmp_path / "varaq.html").read_text(encoding="utf-8")
    assert text.count("<svg") == 2
    assert text.index("INV-1<") < text.index("INV-10<")
    assert "&lt;kunlar&gt;" in text


def test_one_picture_for_several_items_and_unknown_kinds_are_refused(shelf, tmp_path):
    assert call(shelf, "INV-1", "INV-2", "-o", tmp_path / "kod.png") == 2
    assert call(shelf, "INV-1", "-o", tmp_path / "kod.gif") == 2
    assert list(tmp_path.glob("kod.*")) == []


def test_a_name_is_minted_once_and_noted(shelf, tmp_path):
    assert call(shelf, "INV-1", "-o", tmp_path / "kod.svg") == 0
    first = names(shelf)
    assert ark.check_sign(first[0][:-1]) == first[0][-1]
    assert first[1:] == ["", ""]
    shelf.bring(book("UZ1", "INV-1"))
    shelf.link()
    assert call(shelf, "INV-1", "-o", tmp_path / "kod.svg") == 0
    assert names(shelf) == first
    with shelf.open() as session:
        assert len(session.scalars(select(Event).where(Event.what == "ark")).all()) == 1


def test_a_name_that_is_taken_is_passed_over(shelf):
    with shelf.open() as session:
        one, two, _ = session.scalars(select(Item).order_by(Item.id))
        two.key = one.key
        for item in (one, two):
            link.identify(session, item, NOW)
            session.flush()
        assert one.ark != two.ark


def test_the_name_reaches_records_once_the_library_has_its_own_number(shelf):
    shelf.bring(book("UZ1", "INV-1"))
    assert "$g" not in shelf.link().records[0].field
    ours = replace(SETTINGS, ark_naan="12345", url_template="https://x.example/{ark}")
    with shelf.open() as session:
        (changed,) = link.attach_links(session, ours, NOW).records
    assert f"$g ark:/12345/{names(shelf)[0]}" in changed.field
    assert f"$u https://x.example/ark:/12345/{names(shelf)[0]}" in changed.field
