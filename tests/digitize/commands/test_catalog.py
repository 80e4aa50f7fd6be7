import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from marcs import book, fields, record
from shelves import Shelf

from catalog_link import iso2709
from digitize.cli import run
from digitize.home import create_home

A, B = book("UZ1", "INV-1"), book("UZ2", "INV-2", title="Kecha va kunduz")
BROKEN = b"00xx9" + book("B", "INV-B")[5:] + b"\r\n"

Call = Callable[..., int]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(create_home(tmp_path / "home").root)


@pytest.fixture
def call(shelf: Shelf) -> Call:
    (shelf.root / "katalog.mrc").write_bytes(A + BROKEN + B)
    return lambda *arguments: run(["--home", str(shelf.root), *map(str, arguments)])


def test_an_import_counts_and_names_each_broken_record_in_uzbek(shelf, call, capfd):
    assert call("catalog", "import", shelf.root / "katalog.mrc") == 0
    said = capfd.readouterr()
    assert said.out == "katalog.mrc: 3 ta yozuv o‘qildi — yangi 3, o‘zgarmagan 0, yangilangan 0, buzuq 1.\n"
    assert said.err.startswith("2-yozuv buzuq: boshidagi uzunlik raqam emas (00xx9);")


def test_an_import_as_json_has_every_number(shelf, call, capfd):
    assert call("catalog", "import", shelf.root / "katalog.mrc", "--json") == 0
    said = json.loads(capfd.readouterr().out)
    assert {key: said[key] for key in ("read", "new", "unchanged", "replaced")} == {
        "read": 3,
        "new": 3,
        "unchanged": 0,
        "replaced": 0,
    }
    assert said["broken"] == [{"number": 2, "reason": "boshidagi uzunlik raqam emas (00xx9)"}]


def test_a_later_import_says_which_links_moved_and_which_wait(shelf, call, capfd):
    for key in ("INV-1", "INV-2"):
        shelf.item(key)
    shelf.bring(A + B)
    shelf.link()
    later = shelf.root / "yangi.mrc"
    later.write_bytes(A[:5] + b"d" + A[6:] + book("UZ2", "INV-9") + book("UZ7", "INV-2"))
    assert call("catalog", "import", later) == 0
    said = capfd.readouterr().out
    assert "INV-1: UZ1 yozuvi katalogdan chiqarilgan, bog‘lanish olindi: 'digitize link review'." in said
    assert "INV-2: nusxasi katalogda UZ2 yozuvidan UZ7 yozuviga o‘tgan, bog‘lanish ham o‘tdi." in said
    call("link", "review")
    assert capfd.readouterr().out.startswith("INV-1: yozuvi katalogdan chiqarilgan")


def test_why_a_link_cannot_be_written_is_said_in_uzbek(shelf, call, capfd):
    cut = iso2709.layout(A)
    last = max(place for place, entry in enumerate(cut.entries) if entry.tag < "856")
    inside = iso2709.Entry("900", cut.entries[last].start + 4, cut.entries[last].length - 4)
    shared = replace(cut, entries=(*cut.entries[: last + 1], inside, *cut.entries[last + 1 :]))
    big = record(("001", "", "UZ3"), ("090", "  ", "$eINV-3"), *[("500", "  ", "$a" + "x" * 9_970)] * 10)
    for key in ("INV-1", "INV-3"):
        shelf.item(key)
    shelf.bring(iso2709.write(shared) + big)
    assert call("link") == 3
    said = capfd.readouterr().out
    assert "yozuvni o‘zgartirib bo‘lmaydi (maydonlari bir-birining ustiga tushgan)" in said
    assert "yozuv bu maydon bilan ISO 2709 ga sig‘maydi" in said
    call("link", "check")
    said = capfd.readouterr().out
    assert "maydon yozuvga yozilmagan (yozuvni o‘zgartirib bo‘lmaydi (maydonlari" in said
    assert not {"overlap", "too_large"} & set(re.findall(r"\w+", said))


def test_a_file_name_that_is_no_text_is_shown_and_kept_all_the_same(shelf, call, capfd):
    path = Path(os.fsdecode(os.fsencode(shelf.root) + b"/\xff.mrc"))
    path.write_bytes(A)
    assert run(["--home", str(shelf.root), "catalog", "import", str(path)]) == 0
    assert "\\xff.mrc: 1 ta yozuv" in capfd.readouterr().out


def test_mistakes_end_with_the_exit_code_of_their_kind(shelf, call, capfd):
    (shelf.root / "surat.mrc").write_bytes(b"\x89PNG")
    assert call("catalog", "import", shelf.root / "yoq.mrc") == 2
    assert call("catalog", "import", shelf.root / "surat.mrc") == 1
    assert call("catalog", "import", shelf.root / "katalog.mrc", "--profile", "marc99") == 2
    assert call("catalog", "show", "UZ404") == 1
    assert call("link", "undo", "INV-404") == 1
    assert "Traceback" not in capfd.readouterr().err


def test_everything_that_came_in_goes_out_again(shelf, call):
    call("catalog", "import", shelf.root / "katalog.mrc")
    out = shelf.root / "hammasi.mrc"
    assert call("catalog", "export", "--all", "-o", out) == 0
    assert out.read_bytes() == A + BROKEN + B


def test_links_are_made_shown_and_undone_on_the_command_line(shelf, call, capfd):
    shelf.item("INV-1", pages=4)
    call("catalog", "import", shelf.root / "katalog.mrc")
    assert call("link") == 0
    assert "INV-1 → UZ1: qo‘shiladi\n  + 856 41 $3 To‘liq matn" in capfd.readouterr().out
    out = shelf.root / "yangi.mrc"
    call("catalog", "export", "-o", out)
    assert len(fields(out.read_bytes())) == len(fields(A)) + 1
    assert call("catalog", "show", "INV-1") == 0
    assert "Bog‘langan nashrlar: INV-1" in capfd.readouterr().out
    assert call("link", "undo", "INV-1") == 0
    call("catalog", "export", "-o", out)
    assert out.read_bytes() == b""


def test_link_as_json_has_the_stable_keys(shelf, call, capfd):
    shelf.item("INV-1")
    shelf.item("INV-77")
    call("catalog", "import", shelf.root / "katalog.mrc")
    capfd.readouterr()
    assert call("link", "--json") == 0
    said = json.loads(capfd.readouterr().out)
    assert {key: said[key] for key in ("linked", "unchanged", "review", "failed")} == {
        "linked": 1,
        "unchanged": 0,
        "review": 1,
        "failed": 0,
    }
    (record,) = said["records"]
    assert (record["item"], record["record"], record["action"]) == ("INV-1", "UZ1", "added")
    assert record["field"].startswith("856 41 $3")


def test_a_dry_run_says_so_and_the_next_real_run_still_has_the_work(shelf, call, capfd):
    shelf.item("INV-1")
    call("catalog", "import", shelf.root / "katalog.mrc")
    assert call("link", "--dry-run") == 0
    assert "Sinov: hech narsa yozilmadi." in capfd.readouterr().out
    call("link", "--json")
    assert json.loads(capfd.readouterr().out)["linked"] == 1


def test_the_review_list_offers_candidates_and_a_choice_empties_it(shelf, call, capfd):
    shelf.item("INV-1", record="UZ404", title="Bir kitob")
    call("catalog", "import", shelf.root / "katalog.mrc")
    call("link")
    capfd.readouterr()
    call("link", "review")
    shown = capfd.readouterr().out
    assert "INV-1  Bir kitob: item.toml dagi yozuv raqami katalogda yo‘q" in shown
    assert "    UZ1 " in shown
    call("link", "review", "--json")
    assert json.loads(capfd.readouterr().out)[0]["candidates"][0]["record"] == "UZ1"
    assert call("link", "set", "INV-1", "UZ1", "--json") == 0
    assert json.loads(capfd.readouterr().out)[0]["action"] == "added"
    call("link", "review")
    assert capfd.readouterr().out == "Ko‘rib chiqiladigan narsa yo‘q.\n"


def test_a_link_that_does_not_fit_ends_with_a_warning_code(shelf, call, capfd):
    shelf.item("k" * 120)
    (shelf.root / "digitize.toml").write_text(f'url_template = "https://x.example/{"a" * 9990}/{{key}}"\n')
    (shelf.root / "bitta.mrc").write_bytes(book("UZ3", "k" * 120))
    call("catalog", "import", shelf.root / "bitta.mrc")
    assert call("link") == 3
    assert "yozuv bu maydon bilan ISO 2709 ga sig‘maydi" in capfd.readouterr().out


def test_a_new_version_of_a_linked_record_keeps_its_link(shelf, call):
    shelf.item("INV-1")
    call("catalog", "import", shelf.root / "katalog.mrc")
    call("link")
    (shelf.root / "yangi.mrc").write_bytes(book("UZ1", "INV-1", title="Tuzatilgan"))
    call("catalog", "import", shelf.root / "yangi.mrc")
    out = shelf.root / "chiqish.mrc"
    call("catalog", "export", "-o", out)
    assert b"Tuzatilgan" in out.read_bytes()
    assert b"akmdigit:INV-1" in out.read_bytes()
