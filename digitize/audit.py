"""Is the machine fit to work, and does the home stand as it should? Finds; the commands tell."""

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

import digitize
from digitize import koharest, lock, mail, recogniser
from digitize.clock import Clock
from digitize.errors import DigitizeError, Sentence, sentence
from digitize.home import MARKER, Home
from digitize.ledger import opening
from digitize.ledger.faults import REMEDY
from digitize.ledger.models import Event, Item
from digitize.ledger.session import open_engine, reading
from digitize.messages import told
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
    """One line of ``digitize doctor``, in the language that was asked for."""

    check: str
    state: str
    """``ok``, ``warn`` or ``fail``."""
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, still to be said in some language."""

    check: str
    state: str
    detail: Sentence
    remedy: Sentence = field(default_factory=sentence)

    def told(self, language: str) -> Check:
        """As a line."""
        return Check(self.check, self.state, told(self.detail, language), told(self.remedy, language))


Lines = Iterator[Finding]


def examine(home: Home, clock: Clock, language: str = "en") -> list[Check]:
    """Every check, in the order in which one would repair; the lines of one check share its name."""
    about_home: tuple[Callable[[Home], Lines], ...] = (
        _folders, _share_type, _space, _inodes, _settings, _program, _secrets, _mail, _koha, _sqlite, _ledger,
    )  # fmt: skip
    after: tuple[Callable[[Home], Lines], ...] = (_holder, _tesseract, _restoration, _fonts, _optional)
    found = [line for check in about_home for line in check(home)]
    found += _clock(home, clock.now())
    found += [line for check in after for line in check(home)]
    return [line.told(language) for line in found]


def _ok(check: str, detail: str, **values: object) -> Finding:
    return Finding(check, "ok", Sentence(detail, values))


def _bad(check: str, detail: str, remedy: str, *, state: str = "fail", **values: object) -> Finding:
    return Finding(check, state, Sentence(detail, values), Sentence(remedy, values))


def _told(check: str, error: DigitizeError) -> Finding:
    return Finding(check, "fail", error.what, error.remedy)


def _folders(home: Home) -> Lines:
    for folder in (home.share, home.archive):
        if not (folder / MARKER).is_file():
            yield _bad(
                "folder", "{folder} has no {marker}", "Mount it, or run: digitize init {root}",
                folder=folder, marker=MARKER, root=home.root,
            )  # fmt: skip
        else:
            yield _writable(folder)
    for folder in (home.inbox, home.ready, home.refused):
        yield _writable(folder)


def _writable(folder: Path) -> Finding:
    """Rights and mount options are both asked; a file system mounted read-only refuses root, too."""
    if not folder.is_dir():
        return _bad("folder", "{folder} is missing", "Make it again with: digitize init", folder=folder)
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return _bad(
            "folder", "{folder} is mounted read-only", "Mount its disk anew: 'mount -o remount,rw'", folder=folder
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return _bad("folder", "{folder} cannot be written", "Give this user rights on {folder}.", folder=folder)
    return _ok("folder", "{folder}", folder=folder)


def _share_type(home: Home) -> Lines:
    kind, polling = file_system(home.share.resolve()), home.settings.polling
    if not kind:
        yield _ok("share", "file system unknown")
    elif kind not in NETWORK:
        yield _ok("share", "{kind}", kind=kind)
    elif polling == "never":
        yield _bad(
            "share", "{kind}: other computers' writes raise no event here", "Set 'polling = auto' in digitize.toml.",
            state="warn", kind=kind,
        )  # fmt: skip
    else:
        yield _ok("share", "{kind}: looked at by polling", kind=kind)


def _space(home: Home) -> Lines:
    for folder in (home.share, home.archive):
        if not folder.is_dir():
            continue
        free, floor = shutil.disk_usage(folder).free >> 20, home.settings.min_free_mb
        if free < 4 * floor:
            yield _bad(
                "space", "{free} MB free in {folder}", "Free space there; work pauses below min_free_mb = {floor}.",
                state="fail" if free < floor else "warn", free=free, folder=folder, floor=floor,
            )  # fmt: skip
        else:
            yield _ok("space", "{free} MB free in {folder}", free=free, folder=folder)


def _inodes(home: Home) -> Lines:
    """File systems that make inodes as they need them say that they have none at all."""
    for folder in (home.share, home.archive):
        if not folder.is_dir():
            continue
        status = os.statvfs(folder)
        if status.f_files and status.f_favail < _FEW_INODES:
            yield _bad(
                "inodes", "room for {count} more files in {folder}",
                "Remove small files from that disk, or make it anew with more inodes: 'mkfs.ext4 -N'",
                state="warn" if status.f_favail else "fail", count=status.f_favail, folder=folder,
            )  # fmt: skip
        else:
            yield _ok("inodes", "enough in {folder}", folder=folder)


def _settings(home: Home) -> Lines:
    file = home.root / FILE_NAME
    if file.resolve().is_relative_to(home.share.resolve()):
        yield _bad("settings", "{file} lies in the share", "Move the share out of the home's own folder.", file=file)
    if file.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield _bad("settings", "{file} can be written by others", "chmod go-w {file}", file=file)
    elif home.root.stat().st_mode & stat.S_IWOTH:
        yield _bad("settings", "{root} can be written by everybody", "chmod o-w {root}", root=home.root)
    else:
        yield _ok("settings", "{file}", file=file)


def _program(home: Home) -> Lines:
    """Whoever may drop a scan must not be able to drop a program (OCRmyPDF's watcher refuses the same)."""
    places = {Path(digitize.__file__).parent, Path(sys.prefix), config_dir()}
    for place in sorted(path.resolve() for path in places):
        for folder in (home.share.resolve(), home.archive.resolve()):
            if place.is_relative_to(folder) or folder.is_relative_to(place):
                yield _bad(
                    "program", "the program ({place}) and {folder} lie inside each other",
                    "Move the home, or install the program elsewhere.", place=place, folder=folder,
                )  # fmt: skip
                return
    yield _ok("program", "{folder}", folder=sys.prefix)


def _secrets(home: Home) -> Lines:
    file = home.root / FILE_NAME
    written = opening.shown_address(home) != home.ledger_url and home.loaded.origin["ledger_url"] == FILE_NAME
    if written and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield _bad(
            "secret", "{file} holds the ledger's password and can be read by others",
            "Keep it in '~/.pgpass' of this user, in 'DIGITIZE_LEDGER_URL', or: 'chmod 600 {file}'", file=file,
        )  # fmt: skip
    for key, value in vars(home.settings).items():
        if not key.endswith("_file") or not value:
            continue
        file = home.root / str(value)
        if not file.is_file():
            yield _bad(
                "secret", "{key} = {value}: there is no such file", "Write {file}, mode 0600.",
                key=key, value=value, file=file,
            )  # fmt: skip
        elif file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield _bad("secret", "{file} can be read by others", "chmod 600 {file}", file=file)
        else:
            yield _ok("secret", "{file}", file=file)


def _mail(home: Home) -> Lines:
    """Only what the settings say; 'digitize letter --send' tries the way itself."""
    settings = home.settings
    if not mail.recipients(settings):
        yield _ok("mail", "no letter is sent (mail_to is empty)")
    elif missing := mail.gap(settings):
        yield _bad("mail", "{missing}", "Look at mail_* and smtp_* in digitize.toml.", missing=missing)
    else:
        host = settings.smtp_host
        yield _ok("mail", "{to} through {host}; try it: 'digitize letter --send'", to=settings.mail_to, host=host)


def _koha(home: Home) -> Lines:
    """Only what the settings say; 'digitize link koha --dry-run' tries the way itself."""
    settings = home.settings
    if not settings.koha_url:
        return
    if missing := koharest.gap(settings):
        yield _bad("koha", "{missing}", "Look at koha_* in digitize.toml.", missing=missing)
    else:
        yield _ok("koha", "{url}; try it: 'digitize link koha --dry-run'", url=settings.koha_url)


def _sqlite(home: Home) -> Lines:
    if opening.ledger_file(home) is None:
        return
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        yield _bad("sqlite", "{version}", "Install SQLite 3.35 or newer (Debian 12 has it).", version=version)
    elif not _has_fts5():
        yield _bad("sqlite", "{version} without FTS5", "Install Debian's 'libsqlite3-0'.", version=version)
    else:
        yield _ok("sqlite", "{version} with FTS5", version=version)


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
        remedy = REMEDY if opening.has_masters(home) else "Make it: digitize init {root}"
        yield _bad("ledger", "{file} is missing", remedy, file=file, root=home.root)
    elif (kind := file_system(file.resolve())) in NETWORK:
        yield _bad(
            "ledger", "{file} lies on {kind}: SQLite is not safe there", "Move the home to a local disk.",
            file=file, kind=kind,
        )  # fmt: skip
    else:
        yield _sound(home, file)


def _sound(home: Home, file: Path) -> Finding:
    try:
        fault = opening.faults(file, _QUICK_SECONDS)
    except opening.TooLong:
        found = _opened(home)
        return replace(found, detail=sentence("{found}; too large for a quick check", found=found.detail))
    except DigitizeError as error:
        return _told("ledger", error)
    return _bad("ledger", "{file} is corrupt: {fault}", REMEDY, file=file, fault=fault) if fault else _opened(home)


def _opened(home: Home) -> Finding:
    try:
        open_engine(home.ledger_url).dispose()
    except DigitizeError as error:
        return _told("ledger", error)
    return _ok("ledger", "{file}", file=opening.ledger_file(home) or opening.shown_address(home))


def _clock(home: Home, now: datetime) -> Lines:
    """The clock before the ledger's newest event, or before this program was written, is wrong."""
    newest = _newest_event(home)
    shown = f"{now:%Y-%m-%d %H:%M} UTC"
    remedy = "Set the clock: 'timedatectl set-ntp true'"
    if now.year < FIRST_YEAR:
        yield _bad("clock", "{now} is before this program was written", remedy, now=shown)
    elif newest is not None and newest > now + _CLOCK_SLACK:
        last = f"{newest:%Y-%m-%d %H:%M}"
        yield _bad("clock", "{now} is before what the ledger saw last ({last})", remedy, now=shown, last=last)
    else:
        yield _ok("clock", "{now}", now=shown)


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
        yield _ok("lock", "no run is at work")
    remedy = "A second one ends with exit code 11; to stop this one: 'kill {number}'"
    if work:
        yield _bad("lock", "a run is at work: process {found}", remedy, state="ok", found=work, number=_number(work))
    if intake and intake != work:
        number = _number(intake)
        yield _bad("lock", "scans are taken in: process {found}", remedy, state="ok", found=intake, number=number)


def _number(holder: str) -> str:
    return holder.partition(",")[0]


def _tesseract(home: Home) -> Lines:
    languages = home.settings.ocr_languages
    try:
        found = recogniser.required(languages)
    except DigitizeError as error:
        yield _told("tesseract", error)
    else:
        yield _ok("tesseract", "{version}, {languages}", version=found.version, languages=", ".join(languages))


def _restoration(home: Home) -> Lines:
    """The tables of restoration, and what single items have set for themselves."""
    from digitize import decisions  # noqa: PLC0415  (loads pictures)

    try:
        tables = decisions.profiles(home.settings)
    except DigitizeError as error:
        yield _told("restoration", error)
        return
    wrong = [_told("restoration", error) for error in _unfit(home, decisions.unfit)]
    yield from wrong or [_ok("restoration", "{tables}", tables=", ".join(tables))]


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


def _fonts(_home: Home) -> Lines:
    """Notices for missing pages are drawn with it; the one built into Pillow lacks Cyrillic."""
    if name := tools.find_font():
        yield _ok("fonts", "{name}", name=name)
    else:
        remedy = "Install it with: {command}"
        command = "sudo apt install fonts-dejavu-core"
        yield _bad("fonts", "no font for Uzbek notices", remedy, state="warn", command=command)


def _optional(_home: Home) -> Lines:
    for name, what in (
        ("jbig2", "not found; not needed, it would give smaller black-and-white pages"),
        ("verapdf", "not found; not needed, it would give a second judge of PDF/A"),
    ):
        yield _ok(name, "{path}", path=path) if (path := shutil.which(name)) else _ok(name, what)
