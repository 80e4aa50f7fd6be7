"""Is the machine fit to work, and does the home stand as it should? Finds; the commands tell."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from digitize.errors import DigitizeError
from digitize.home import MARKER, Home
from digitize.ledger.session import open_engine
from workers import tools


@dataclass(frozen=True, slots=True)
class Check:
    """One line of ``digitize doctor``."""

    check: str
    state: str
    """``ok``, ``warn`` or ``fail``."""
    detail: str
    remedy: str = ""


def examine(home: Home) -> list[Check]:
    """Every check, in the order in which one would repair."""
    checks: tuple[Callable[[Home], Iterator[Check]], ...] = (_folders, _space, _ledger, _tesseract)
    return [line for check in checks for line in check(home)]


def _folders(home: Home) -> Iterator[Check]:
    for folder in (home.share, home.archive):
        if not (folder / MARKER).is_file():
            yield Check("folder", "fail", f"{folder} has no {MARKER}", f"Mount it, or run: digitize init {home.root}")
        else:
            yield from _writable(folder)
    for folder in (home.inbox, home.ready, home.refused):
        yield from _writable(folder)


def _writable(folder: Path) -> Iterator[Check]:
    if os.access(folder, os.W_OK | os.X_OK):
        yield Check("folder", "ok", str(folder))
    else:
        yield Check("folder", "fail", f"{folder} cannot be written", f"Give this user rights on {folder}.")


def _space(home: Home) -> Iterator[Check]:
    if not home.archive.is_dir():
        return
    free, floor = shutil.disk_usage(home.archive).free >> 20, home.settings.min_free_mb
    state = "fail" if free < floor else "warn" if free < 4 * floor else "ok"
    remedy = "" if state == "ok" else f"Free space in {home.archive}; work pauses below min_free_mb = {floor}."
    yield Check("space", state, f"{free} MB free in {home.archive}", remedy)


def _ledger(home: Home) -> Iterator[Check]:
    try:
        open_engine(home.ledger_url).dispose()
    except DigitizeError as error:
        yield Check("ledger", "fail", str(error), error.hint)
    else:
        yield Check("ledger", "ok", home.settings.ledger_url or str(home.root / "ledger.db"))


def _tesseract(home: Home) -> Iterator[Check]:
    try:
        found = tools.require_tesseract(home.settings.ocr_languages)
    except tools.MissingTool as error:
        yield Check("tesseract", "fail", str(error), error.hint)
    else:
        yield Check("tesseract", "ok", f"{found.version}, {', '.join(home.settings.ocr_languages)}")
