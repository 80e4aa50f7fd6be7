from datetime import timedelta
from pathlib import Path

import pytest
from marcs import DATA, XML, book, fields, record
from shelves import NOW, SETTINGS, Shelf
from sqlalchemy import func, select

from catalog_link import iso2709
from catalog_link.values import Field, Syntax
from digitize import catalog, link
from digitize.catalog import export_file, last_sent, sent
from digitize.errors import BadConfig, DigitizeError, NotFound, UsageError
from digitize.ledger.catalog import Arrived
from digitize.ledger.models import Event, Record

BROKEN = b"00xx9" + book("B", "INV-B")[5:] + b"\r\n"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_an_imported_file_is_exported_byte_for_byte_broken_records_included(shelf):
    data = b"\xef\xbb\xbf" + book("A") + BROKEN + book("C") + b"\0\0" + b"rubbish"
    summary = shelf.bring(data)
    assert (summary.read, [one.number for one in summary.broken]) == (4, [2, 4])
    assert shelf.export() == data


def test_the_same_file_again_changes_nothing(shelf):
    data = book("A") + BROKEN + book("C") + book("", "INV-D")
    shelf.bring(data)
    assert shelf.bring(data).arrived == Arrived(new=0, unchanged=4, replaced=0)
    assert shelf.export() == data


def test_a_new_version_takes_the_place_of_the_old_one(shelf):
    shelf.bring(book("A") + book("B") + book("C"))
    changed = book("A") + book("B", title="Yangi nom") + book("C") + book("D")
    assert shelf.bring(changed).arrived == Arrived(new=1, unchanged=2, replaced=1)
    assert shelf.export() == changed
    with shelf.open() as session:
        assert session.scalar(select(func.count()).where(Record.replaced_at.is_not(None))) == 1


def test_a_file_imported_by_the_wrong_profile_can_be_imported_again_by_the_right_one(shelf):
    data = book("A") + BROKEN + book("C") + book("", "INV-D")
    shelf.bring(data, dialect="uzmarc")
    assert shelf.bring(data).arrived == Arrived(replaced=4)
    assert shelf.export() == data
    other = book("A", title="Boshqa katalogdagi A")
    assert shelf.bring(other, dialect="uzmarc").arrived == Arrived(new=1)


def test_two_records_with_one_number_in_a_file_are_both_kept(shelf):
    data = book("A", "INV-1") + book("A", "INV-2") + book("A", "INV-1")
    assert shelf.bring(data).arrived == Arrived(new=3)
    assert shelf.bring(data).arrived == Arrived(unchanged=3)
    assert shelf.export() == data


def test_many_records_come_in_batches_and_leave_in_their_order(shelf, monkeypatch):
    monkeypatch.setattr(catalog, "_BATCH", 3)
    data = b"".join(book(f"N{number}", f"INV-{number}") for number in range(20))
    assert shelf.bring(data).arrived.new == 20
    assert shelf.export() == data


def test_nothing_is_exported_by_default_while_nothing_is_linked(shelf):
    shelf.bring(book("A"))
    assert shelf.export(everything=False) == b""


def test_marcxml_comes_in_and_goes_out_in_either_syntax(shelf):
    summary = shelf.bring(XML, "katalog.xml")
    assert summary.arrived == Arrived(new=2)
    assert b"<record><leader>" in shelf.export(Syntax.MARCXML)
    assert fields(shelf.export()[: int(shelf.export()[:5])])[0] == "=001  UZ0001"


def test_a_broken_record_that_cannot_be_written_as_xml_is_named(shelf):
    shelf.bring(book("A") + BROKEN)
    with shelf.open() as session:
        path = shelf.root / "out.xml"
        summary = catalog.export_file(session, path, Syntax.MARCXML, everything=True, now=NOW)
    assert (summary.written, summary.left_out) == (1, ("2",))


def test_a_failed_export_leaves_the_former_file_alone(shelf):
    shelf.bring(book("A"))
    whole = shelf.export()
    with shelf.open() as session:
        session.scalars(select(Record)).one().profile = "gone"
    with pytest.raises(BadConfig):
        shelf.export(Syntax.MARCXML)
    assert (shelf.root / "out.mrc").read_bytes() == whole
    assert not list(shelf.root.glob("*.part"))


@pytest.mark.parametrize("data", [b"", b"\x89PNG not a record", BROKEN, b"<html></html>"])
def test_a_file_without_one_readable_record_is_refused_and_nothing_of_it_stays(shelf, data):
    with pytest.raises(DigitizeError, match=r"katalog\.mrc"):
        shelf.bring(data)
    assert shelf.export() == b""


def test_records_of_another_dialect_are_refused_with_the_name_of_theirs(shelf):
    unimarc = record(("001", "", "UN1"), ("200", "1 ", "$aЎткан кунлар"), marked=False)
    with pytest.raises(DigitizeError, match="--profile unimarc"):
        shelf.bring(unimarc)
    with pytest.raises(DigitizeError, match="--profile marc21"):
        shelf.bring(book("A"), dialect="unimarc")
    assert shelf.bring(unimarc, dialect="unimarc").arrived == Arrived(new=1)


def test_a_missing_file_is_the_callers_mistake(shelf):
    with pytest.raises(UsageError), shelf.open() as session:
        catalog.import_file(session, shelf.root / "no.mrc", catalog.profile_named("marc21"), NOW)


def test_an_unknown_profile_names_the_known_ones():
    with pytest.raises(BadConfig, match="marc21, rusmarc, unimarc"):
        catalog.profile_named("marc99")


def test_every_import_is_in_the_event_log(shelf):
    shelf.bring(book("A") + BROKEN)
    with shelf.open() as session:
        event = session.scalars(select(Event)).one()
        assert (event.what, event.detail["read"], event.detail["broken"]) == ("catalog import", 2, 1)


def test_a_record_is_shown_by_its_number_in_any_case(shelf):
    shelf.bring(book("UZ1", title="Kecha va kunduz"))
    with shelf.open() as session:
        view = catalog.show(session, "uz 1")
        assert (view.title, view.fields[1]) == ("Kecha va kunduz", "090 ## $a 78.3 $e INV-1")
        with pytest.raises(NotFound):
            catalog.show(session, "UZ2")


@pytest.mark.skipif(not DATA.exists(), reason=f"the shared MARC files are not at {DATA}")
@pytest.mark.parametrize("name", ["catalog-marc21.mrc", "catalog-one-broken.mrc", "catalog-unimarc.mrc"])
def test_the_catalogue_of_the_data_pack_passes_through_untouched(shelf, name):
    data = (DATA / "dev" / "marc" / name).read_bytes()
    shelf.bring(data, dialect="unimarc" if "unimarc" in name else "marc21")
    assert shelf.export() == data


def test_an_export_since_a_moment_has_what_changed_then_links_taken_off_among_it(tmp_path):
    shelf = Shelf(tmp_path)
    shelf.item("INV-1")
    shelf.item("INV-2")
    shelf.bring(book("UZ1", "INV-1") + book("UZ2", "INV-2"))
    shelf.link()
    later = NOW + timedelta(days=30)
    with shelf.open() as session:
        link.undo(session, "INV-2", SETTINGS, later)
    path = tmp_path / "oy.mrc"
    with shelf.open() as session:
        export_file(session, path, Syntax.ISO2709, since=NOW + timedelta(days=1), now=later)
    assert path.read_bytes() == book("UZ2", "INV-2")
    with shelf.open() as session:
        export_file(session, path, Syntax.ISO2709, since=NOW, now=later)
        first, second = sent(session)
    assert (first.records, first.written, first.at) == (("UZ2",), 1, later)
    assert second.records == ("UZ1", "UZ2")


def test_the_last_export_of_changes_is_remembered_and_a_full_copy_is_none(tmp_path):
    shelf = Shelf(tmp_path)
    shelf.bring(book())
    shelf.export(everything=True)
    with shelf.open() as session:
        assert last_sent(session) is None
    shelf.export(everything=False)
    with shelf.open() as session:
        assert last_sent(session) == NOW


def test_an_old_encoding_is_found_in_the_text_and_can_be_named_afterwards(shelf):
    titles = ("История библиотек Средней Азии", "Учебное пособие для вузов")
    utf8 = [record(("001", "", str(n)), ("245", "10", f"$a{title}"), marked=False) for n, title in enumerate(titles)]
    data = b"".join(_in_cp866(raw) for raw in utf8)
    found = shelf.bring(data).evidence
    assert (found.encoding, found.kind) == ("cp866", "read")
    assert _titles(shelf) == list(titles)
    assert shelf.export() == data
    named = shelf.bring(data, encoding="cp1251")
    assert named.arrived == Arrived(replaced=2)
    assert _titles(shelf) != list(titles)
    assert shelf.export() == data


def _in_cp866(raw: bytes) -> bytes:
    """A record of ours as an old program would have written it."""
    cut = iso2709.layout(raw)
    body = cut.body(cut.entries[1]).decode().encode("cp866")
    return iso2709.write(iso2709.insert(iso2709.remove(cut, 1), 1, Field("245", body)))


def _titles(shelf) -> list[str]:
    with shelf.open() as session:
        return list(session.scalars(select(Record.title).where(Record.replaced_at.is_(None)).order_by(Record.ordinal)))
