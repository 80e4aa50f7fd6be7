"""Small worlds: a home, a desk, scans of a given kind."""

import atexit
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from fakes import FakeClock, InlineEngine, Quiet
from PIL import Image, ImageDraw, ImageFont

from digitize import pipeline
from digitize.desk import Desk
from digitize.engine import Engine
from digitize.home import Home, create_home
from digitize.inbox import look
from digitize.ingest import Taken, apply_sheets, close_items, take
from digitize.ledger.session import open_engine
from digitize.messages import speaker

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"


def make_desk(root: Path, engine: Engine | None = None, clock: FakeClock | None = None, **settings: object) -> Desk:
    """A fresh home under *root* with an open ledger and everything in this process."""
    home = create_home(root / "home")
    changed = replace(home.settings, **{"settle_seconds": 0.0, "min_free_mb": 0, **settings})
    home = Home(home.root, replace(home.loaded, settings=changed))
    ledger = open_engine(home.ledger_url)
    return Desk(home, ledger, engine or InlineEngine(), clock or FakeClock(), speaker("uz"), Quiet(), lambda: False)


def finished_desk(root: Path, pages: int = 2) -> Desk:
    """A desk whose item INV-1 of so many pages is published."""
    return copy_of(_finish, root, pages)


def _finish(root: Path, pages: int) -> Desk:
    desk = make_desk(root)
    for seed in range(1, pages + 1):
        drop(desk, "INV-1", f"{seed}.png", seed=seed)
    pipeline.run(desk)
    return desk


def copy_of(build: Callable[..., Desk], root: Path, *arguments: object) -> Desk:
    """The desk that ``build(root, *arguments)`` makes: it is made once, reading its pages, and copied for each test."""
    kept, moment = _kept(build, *arguments)
    shutil.copytree(kept, root, dirs_exist_ok=True)
    return make_desk(root, clock=FakeClock(moment))


@cache
def _kept(build: Callable[..., Desk], *arguments: object) -> tuple[Path, datetime]:
    root = Path(mkdtemp(prefix="desk-"))
    atexit.register(shutil.rmtree, root)
    desk = build(root, *arguments)
    desk.ledger.dispose()
    return root, desk.clock.now()


def make_scan(
    path: Path, text: str = "Kutubxona fondi", *, seed: int = 0, size: tuple[int, int] = (620, 880), folio: str = ""
) -> Path:
    """A small page with some lines of text and *folio* at its foot; another *seed* gives other bytes."""
    picture = Image.new("L", size, 245)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(FONT, 22)
    for line in range(8):
        draw.text((60, 80 + 60 * line), f"{text} {seed}", fill=25, font=font)
    draw.text((size[0] // 2, size[1] - 80), folio, fill=25, font=font)
    noise = np.random.default_rng(seed).integers(-4, 5, (size[1], size[0]))
    pixels = np.clip(np.asarray(picture).astype(int) + noise, 0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, dpi=(150, 150))
    return path


def drop(desk: Desk, item: str, name: str, *, seed: int = 0, folio: str = "") -> Path:
    """A scan in the hot folder."""
    return make_scan(desk.home.inbox / item / name, seed=seed, folio=folio)


def take_all(desk: Desk) -> Taken:
    """One intake pass that trusts everything to have settled."""
    taken = Taken()
    found = look(desk.home.inbox)
    apply_sheets(desk, found.sheets, taken)
    take(desk, found.files, taken)
    close_items(desk, look(desk.home.inbox))
    return taken
