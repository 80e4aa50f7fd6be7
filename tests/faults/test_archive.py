"""Rows 16 and 17: a master whose bytes rot, a ledger that is damaged or gone."""

import json
import os
from pathlib import Path

import pytest
from faults.killing import Zygote
from faults.quick import picture
from faults.world import check_invariants, make_home, sha256
from sqlalchemy import func, select

from digitize import store
from digitize.home import Home
from digitize.ledger.models import Event, Item, Master, Page, PageState, Refusal
from digitize.ledger.session import open_engine, reading


def _worked(root: Path, zygote: Zygote) -> tuple[Home, list[str]]:
    """A home with two finished books, a refused file and a duplicate."""
    home = make_home(root / "home")
    for seed, place in enumerate(("A/1.png", "A/2.png", "B/1.png")):
        picture(home.inbox / place, seed)
    picture(home.inbox / "B" / "2.png", 0)
    (home.inbox / "B" / "3.png").write_bytes(b"no picture")
    dropped = [sha256(path) for path in home.inbox.glob("*/*")]
    assert zygote.run(home, "run").status == 3
    check_invariants(home, dropped)
    return home, dropped


def _flip(path: Path, place: int = -1) -> None:
    """One bit."""
    mode = path.stat().st_mode
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    path.chmod(mode)


def _master(home: Home, name: str) -> tuple[Path, str]:
    ledger = open_engine(home.ledger_url)
    with reading(ledger) as session:
        row = session.scalars(select(Master).join(Item).where(Item.key == "A", Master.name == name)).one()
    ledger.dispose()
    return store.master_path(home, row.sha256, row.extension), row.sha256


@pytest.mark.fault(16)
def test_one_flipped_bit_in_a_master_is_named_with_an_event_and_the_good_pdf_stays(tmp_path: Path, zygote: Zygote):
    home, _ = _worked(tmp_path, zygote)
    master, _ = _master(home, "2.png")
    pdf = home.archive / "items" / "A" / "A.pdf"
    before = sha256(pdf)
    assert zygote.run(home, "verify", "--data").status == 0
    _flip(master)

    ended = zygote.run(home, "verify", "--data", "--json")

    assert ended.status == 3, ended
    [found] = json.loads(ended.said[: ended.said.rindex("}") + 1])["open"]
    assert (found["kind"], found["path"]) == ("master_changed", str(master.relative_to(home.archive)))
    ledger = open_engine(home.ledger_url)
    with reading(ledger) as session:
        events = session.scalars(select(Event.what)).all()
    ledger.dispose()
    assert any("damage" in what for what in events), sorted(set(events))
    assert zygote.run(home, "page", "retry", "A", "2").status == 0
    assert zygote.run(home, "run").status == 3
    assert sha256(pdf) == before
    ledger = open_engine(home.ledger_url)
    with reading(ledger) as session:
        page = session.scalars(select(Page).where(Page.slot == "2.png", Page.state == PageState.FAILED)).one()
    ledger.dispose()
    assert page.kind == "master_damaged"


@pytest.mark.fault(16)
def test_a_lost_master_is_healed_by_the_same_scan_dropped_again(tmp_path: Path, zygote: Zygote):
    home, dropped = _worked(tmp_path, zygote)
    master, digest = _master(home, "2.png")
    master.unlink()
    assert zygote.run(home, "verify").status == 3
    assert sha256(picture(home.inbox / "A" / "2.png", 1)) == digest

    assert zygote.run(home, "ingest").status == 0

    assert sha256(master) == digest
    assert zygote.run(home, "verify", "--data").status == 0
    check_invariants(home, dropped)


def _counts(home: Home) -> dict[str, int]:
    ledger = open_engine(home.ledger_url)
    with reading(ledger) as session:
        counts = {
            kind.__tablename__: session.scalar(select(func.count()).select_from(kind)) or 0
            for kind in (Item, Master, Page, Refusal)
        }
        counts["counted"] = session.scalar(select(func.count()).where(Page.counted_on.is_not(None))) or 0
    ledger.dispose()
    return counts


def _overwrite(ledger: Path) -> None:
    """4 KiB of nothing in the middle of the tables."""
    with ledger.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(4096))


@pytest.mark.fault(17)
@pytest.mark.parametrize("fault", ["overwritten", "lost", "emptied"])
def test_a_broken_ledger_is_refused_with_the_remedy_and_the_rebuilt_one_counts_the_same(
    tmp_path: Path, zygote: Zygote, fault: str
):
    home, dropped = _worked(tmp_path, zygote)
    before = _counts(home)
    file = home.root / "ledger.db"
    if fault == "overwritten":
        _overwrite(file)
    elif fault == "lost":
        file.unlink()
    else:
        os.truncate(file, 0)
    late = picture(home.inbox / "A" / "9.png", 9)

    for command in ("run", "ingest"):
        ended = zygote.run(home, command)
        assert ended.status == 74, ended
        assert "digitize rebuild" in ended.said
        assert "restore" in ended.said
        assert "Traceback" not in ended.said
    assert late.exists()

    assert zygote.run(home, "rebuild").status == 0
    assert _counts(home) == before
    check_invariants(home, dropped)
    assert zygote.run(home, "run").status == 3
    check_invariants(home, [*dropped, sha256_of(9, tmp_path)])
    assert _counts(home)["counted"] == before["counted"] + 1


def sha256_of(seed: int, folder: Path) -> str:
    """Hash of the scan with this seed."""
    return sha256(picture(folder / "again.png", seed))
