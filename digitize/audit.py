"""Is the machine fit to work, and does the home stand as it should? Finds; the commands tell."""

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

import digitize
from digitize import koharest, lock, mail
from digitize.clock import Clock
from digitize.errors import DigitizeError
from digitize.home import MARKER, Home
from digitize.ledger import opening
from digitize.ledger.faults import REMEDY
from digitize.ledger.models import Event, Item
from digitize.ledger.session import open_engine, reading
from digitize.mounts import NETWORK, file_system
from digitize.resources import config_dir
from digitize.settings import FILE_NAME
from workers import tools

OLDEST_SQLITE = (3, 35)
"""RETURNING came with 3.35."""
FIRST_YEAR = 2024
"""A clock before it stands at a factory's date."""

_QUICK_SECONDS = 1.5
"""The ledger's own check is given up after so long: a doctor who takes minutes is not asked."""
_CLOCK_SLACK = timedelta(minutes=5)
_FEW_INODES = 10_000


@dataclass(frozen=True, slots=True)
class Check:
    """One line of ``digitize doctor``."""

    check: str
    state: str
    """``ok``, ``warn`` or ``fail``."""
    detail: str
    remedy: str = ""


Lines = Iterator[Check]


def examine(home: Home, clock: Clock) -> list[Check]:
    """Every check, in the order in which one would repair; the lines of one check share its name."""
    about_home: tuple[Callable[[Home], Lines], ...] = (
        _folders, _share_type, _space, _inodes, _settings, _program, _secrets, _mail, _koha, _sqlite, _ledger,
    )  # fmt: skip
    after: tuple[Callable[[Home], Lines], ...] = (_holder, _tesseract, _restoration, _fonts, _optional)
    lines = [line for check in about_home for line in check(home)]
    lines += _clock(home, clock.now())
    return lines + [line for check in after for line in check(home)]


def _folders(home: Home) -> Lines:
    for folder in (home.share, home.archive):
        if not (folder / MARKER).is_file():
            yield Check("folder", "fail", f"{folder} has no {MARKER}", f"Mount it, or run: digitize init {home.root}")
        else:
            yield _writable(folder)
    for folder in (home.inbox, home.ready, home.refused):
        yield _writable(folder)


def _writable(folder: Path) -> Check:
    """Rights and mount options are both asked; a file system mounted read-only refuses root, too."""
    if not folder.is_dir():
        return Check("folder", "fail", f"{folder} is missing", "Make it again with: digitize init")
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return Check("folder", "fail", f"{folder} is mounted read-only", f"mount -o remount,rw the disk of {folder}")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Check("folder", "fail", f"{folder} cannot be written", f"Give this user rights on {folder}.")
    return Check("folder", "ok", str(folder))


def _share_type(home: Home) -> Lines:
    kind, polling = file_system(home.share.resolve()), home.settings.polling
    if kind not in NETWORK:
        yield Check("share", "ok", kind or "file system unknown")
    elif polling == "never":
        yield Check(
            "share",
            "warn",
            f"{kind}: other computers' writes raise no event here",
            'Set polling = "auto" in digitize.toml',
        )
    else:
        yield Check("share", "ok", f"{kind}: looked at by polling")


def _space(home: Home) -> Lines:
    for folder in (home.share, home.archive):
        if not folder.is_dir():
            continue
        free, floor = shutil.disk_usage(folder).free >> 20, home.settings.min_free_mb
        state = "fail" if free < floor else "warn" if free < 4 * floor else "ok"
        remedy = "" if state == "ok" else f"Free space in {folder}; work pauses below min_free_mb = {floor}."
        yield Check("space", state, f"{free} MB free in {folder}", remedy)


def _inodes(home: Home) -> Lines:
    """File systems that make inodes as they need them say that they have none at all."""
    for folder in (home.share, home.archive):
        if not folder.is_dir():
            continue
        status = os.statvfs(folder)
        if status.f_files and status.f_favail < _FEW_INODES:
            remedy = f"Remove small files from the disk of {folder}, or make it anew with more inodes (mkfs.ext4 -N)."
            state = "warn" if status.f_favail else "fail"
            yield Check("inodes", state, f"room for {status.f_favail} more files in {folder}", remedy)
        else:
            yield Check("inodes", "ok", f"enough in {folder}")


def _settings(home: Home) -> Lines:
    file = home.root / FILE_NAME
    if file.resolve().is_relative_to(home.share.resolve()):
        yield Check("settings", "fail", f"{file} lies in the share", "Move the share out of the home's own folder.")
    if file.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield Check("settings", "fail", f"{file} can be written by others", f"chmod go-w {file}")
    elif home.root.stat().st_mode & stat.S_IWOTH:
        yield Check("settings", "fail", f"{home.root} can be written by everybody", f"chmod o-w {home.root}")
    else:
        yield Check("settings", "ok", str(file))


def _program(home: Home) -> Lines:
    """Whoever may drop a scan must not be able to drop a program (OCRmyPDF's watcher refuses the same)."""
    places = {Path(digitize.__file__).parent, Path(sys.prefix), config_dir()}
    for place in sorted(path.resolve() for path in places):
        for folder in (home.share.resolve(), home.archive.resolve()):
            if place.is_relative_to(folder) or folder.is_relative_to(place):
                detail = f"the program ({place}) and {folder} lie inside each other"
                yield Check("program", "fail", detail, "Move the home, or install the program elsewhere.")
                return
    yield Check("program", "ok", sys.prefix)


def _secrets(home: Home) -> Lines:
    file = home.root / FILE_NAME
    written = opening.shown_address(home) != home.ledger_url and home.loaded.origin["ledger_url"] == FILE_NAME
    if written and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        remedy = f"Keep it in ~/.pgpass of this user, in DIGITIZE_LEDGER_URL, or: chmod 600 {file}"
        yield Check("secret", "fail", f"{file} holds the ledger's password and can be read by others", remedy)
    for key, value in vars(home.settings).items():
        if not key.endswith("_file") or not value:
            continue
        file = home.root / str(value)
        if not file.is_file():
            yield Check("secret", "fail", f"{key} = {value}: there is no such file", f"Write {file}, mode 0600.")
        elif file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Check("secret", "fail", f"{file} can be read by others", f"chmod 600 {file}")
        else:
            yield Check("secret", "ok", str(file))


def _mail(home: Home) -> Lines:
    """Only what the settings say; 'digitize letter --send' tries the way itself."""
    settings = home.settings
    if not mail.recipients(settings):
        yield Check("mail", "ok", "no letter is sent (mail_to is empty)")
    elif missing := mail.gap(settings):
        yield Check("mail", "fail", missing, "Look at mail_* and smtp_* in digitize.toml.")
    else:
        yield Check("mail", "ok", f"{settings.mail_to} through {settings.smtp_host}; try it: digitize letter --send")


def _koha(home: Home) -> Lines:
    """Only what the settings say; 'digitize link koha --dry-run' tries the way itself."""
    settings = home.settings
    if not settings.koha_url:
        return
    if missing := koharest.gap(settings):
        yield Check("koha", "fail", missing, "Look at koha_* in digitize.toml.")
    else:
        yield Check("koha", "ok", f"{settings.koha_url}; try it: digitize link koha --dry-run")


def _sqlite(home: Home) -> Lines:
    if opening.ledger_file(home) is None:
        return
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield Check("sqlite", "fail", sqlite3.sqlite_version, "Install SQLite 3.35 or newer (Debian 12 has it).")
    elif not _has_fts5():
        yield Check("sqlite", "fail", f"{sqlite3.sqlite_version} without FTS5", "Install Debian's libsqlite3-0.")
    else:
        yield Check("sqlite", "ok", f"{sqlite3.sqlite_version} with FTS5")


def _has_fts5() -> bool:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE t USING fts5(a)")
        except sqlite3.OperationalError:
            return False
    return True


def _ledger(home: Home) -> Lines:
    file = opening.ledger_file(home)
    if file is None:
        yield _opened(home)
    elif not file.is_file():
        lost = opening.has_masters(home)
        yield Check("ledger", "fail", f"{file} is missing", REMEDY if lost else f"Make it: digitize init {home.root}")
    elif (kind := file_system(file.resolve())) in NETWORK:
        yield Check(
            "ledger", "fail", f"{file} lies on {kind}: SQLite is not safe there", "Move the home to a local disk."
        )
    else:
        yield _sound(home, file)


def _sound(home: Home, file: Path) -> Check:
    try:
        fault = opening.faults(file, _QUICK_SECONDS)
    except opening.TooLong:
        found = _opened(home)
        return Check(found.check, found.state, f"{found.detail}; too large for a quick check", found.remedy)
    return Check("ledger", "fail", f"{file} is corrupt: {fault}", REMEDY) if fault else _opened(home)


def _opened(home: Home) -> Check:
    try:
        open_engine(home.ledger_url).dispose()
    except DigitizeError as error:
        return Check("ledger", "fail", str(error), error.hint)
    return Check("ledger", "ok", str(opening.ledger_file(home) or opening.shown_address(home)))


def _clock(home: Home, now: datetime) -> Lines:
    remedy = "Set the clock: timedatectl set-ntp true"
    newest = _newest_event(home)
    if now.year < FIRST_YEAR:
        yield Check("clock", "fail", f"{now:%Y-%m-%d %H:%M} UTC is before this program was written", remedy)
    elif newest is not None and newest > now + _CLOCK_SLACK:
        yield Check(
            "clock",
            "fail",
            f"{now:%Y-%m-%d %H:%M} UTC is before what the ledger saw last ({newest:%Y-%m-%d %H:%M})",
            remedy,
        )
    else:
        yield Check("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC")


def _newest_event(home: Home) -> datetime | None:
    """None also where the ledger cannot be read; another line says so."""
    with suppress(DigitizeError):
        engine = opening.open_ledger(home)
        try:
            with reading(engine) as session:
                return session.scalar(select(func.max(Event.at)))
        finally:
            engine.dispose()
    return None


def _holder(home: Home) -> Lines:
    work, intake = (lock.holder(file) for file in (home.lock_file, home.intake_lock_file))
    if not work and not intake:
        yield Check("lock", "ok", "no run is at work")
    for found, what in ((work, "a run is at work"), (intake if intake != work else "", "scans are taken in")):
        if found:
            remedy = f"A second one ends with exit code 11; to stop this one: kill {found.partition(',')[0]}"
            yield Check("lock", "ok", f"{what}: process {found}", remedy)


def _tesseract(home: Home) -> Lines:
    try:
        found = tools.require_tesseract(home.settings.ocr_languages)
    except tools.MissingTool as error:
        yield Check("tesseract", "fail", str(error), error.hint)
    else:
        yield Check("tesseract", "ok", f"{found.version}, {', '.join(home.settings.ocr_languages)}")


def _restoration(home: Home) -> Lines:
    """The tables of restoration, and what single items have set for themselves."""
    from digitize import decisions  # noqa: PLC0415  (loads pictures)

    try:
        tables = decisions.profiles(home.settings)
    except DigitizeError as error:
        yield _told("restoration", error)
        return
    wrong = [_told("restoration", error) for error in _unfit(home, decisions.unfit)]
    yield from wrong or [Check("restoration", "ok", ", ".join(tables))]


def _unfit(home: Home, judge: Callable[[Item], DigitizeError | None]) -> list[DigitizeError]:
    """What items have set and cannot be; nothing also where the ledger cannot be read."""
    with suppress(DigitizeError):
        engine = opening.open_ledger(home)
        try:
            with reading(engine) as session:
                return [wrong for item in session.scalars(select(Item).order_by(Item.key)) if (wrong := judge(item))]
        finally:
            engine.dispose()
    return []


def _told(check: str, error: DigitizeError) -> Check:
    return Check(check, "fail", str(error).removesuffix(error.hint).rstrip(), error.hint)


def _fonts(_home: Home) -> Lines:
    """Notices for missing pages are drawn with it; the one built into Pillow lacks Cyrillic."""
    if name := tools.find_font():
        yield Check("fonts", "ok", name)
    else:
        yield Check("fonts", "warn", "no font for Uzbek notices", "Install it with: sudo apt install fonts-dejavu-core")


def _optional(_home: Home) -> Lines:
    for name, what in (("jbig2", "smaller black-and-white pages"), ("verapdf", "a second judge of PDF/A")):
        path = shutil.which(name)
        yield Check(name, "ok", path or f"not found; not needed, it would give {what}")
