"""A home in this process that is quick enough for hundreds of steps: real intake, real books, no recogniser."""

import zlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from fakes import FakeClock, InlineEngine, Quiet
from faults.world import make_home
from PIL import Image

from digitize.desk import Desk
from digitize.engine import Engine
from digitize.home import Home
from digitize.ledger.session import open_engine
from digitize.messages import speaker
from workers.page import PageDone, PageJob, SideDone, process_page
from workers.pagepdf import write_page_pdf

Replaced = dict[Callable[..., Any], Callable[..., Any]]


def page_without_ocr(job: PageJob) -> PageDone:
    """The files of a page, made from a patch of grey; reads the master as a worker would."""
    grey = zlib.crc32(job.master.read_bytes()) % 100 + 100
    picture = np.full((8, 8), grey, np.uint8)
    stem = job.out_dir / "whole"
    Image.fromarray(picture).save(stem.with_suffix(".jpg"))
    for ending in (".hocr", ".txt", ".json"):
        stem.with_suffix(ending).write_text("", encoding="utf-8")
    write_page_pdf(stem.with_suffix(".pdf"), picture, (), 72.0, 70)
    side = SideDone("whole", "ok", 90.0, 90.0, "uzb", "Latn", 0.0, 8, 8, 72.0, "", ())
    return PageDone((side,))


class SwitchedEngine:
    """Hands every task to *engine*, but other functions in the place of some."""

    def __init__(self, engine: Engine, replaced: Replaced) -> None:
        self._engine = engine
        self._replaced = replaced

    @property
    def capacity(self) -> int:
        return self._engine.capacity

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> "Future[Any]":
        return self._engine.submit(self._replaced.get(fn, fn), *args)

    def shutdown(self, *, wait: bool = True) -> None:
        self._engine.shutdown(wait=wait)


def quick_engine(page: Callable[[PageJob], Any] = page_without_ocr) -> SwitchedEngine:
    """An engine in this process whose pages are made by *page*."""
    return SwitchedEngine(InlineEngine(), {process_page: page})


def desk_of(home: Home, engine: Engine | None = None, clock: FakeClock | None = None, **settings: object) -> Desk:
    """A desk in *home*; the memory of the machine plays no part."""
    if settings:
        home = Home(home.root, replace(home.loaded, settings=replace(home.settings, **settings)))
    return Desk(
        home, open_engine(home.ledger_url), engine or quick_engine(), clock or FakeClock(),
        speaker("uz"), Quiet(), lambda: False, free_memory=lambda: None,
    )  # fmt: skip


def quick_desk(root: Path, engine: Engine | None = None, clock: FakeClock | None = None, **settings: object) -> Desk:
    """A fresh home under *root* with its desk."""
    return desk_of(make_home(root / "home", **settings), engine, clock)


def picture(path: Path, seed: int, **options: Any) -> Path:
    """A tiny scan; equal seeds give equal bytes."""
    pixels = np.random.default_rng(seed).integers(0, 255, (12, 9), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path
