"""The letter after a run: a text and a JSON file in the home, a copy in the share, a mail where one is wanted.

A letter that cannot be written or sent is one warning; it never fails a run.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine as Ledger
from sqlalchemy.exc import SQLAlchemyError

from digitize import mail, render, report, store
from digitize.clock import Clock
from digitize.errors import DigitizeError, Locked, UsageError
from digitize.home import MARKER, Home
from digitize.ledger.session import reading
from digitize.mail import Mail
from digitize.messages import Say, explained, speaker
from digitize.settings import Language

SHARE_NAME = "XAT.txt"
"""The newest letter beside HOLAT.html; with BOM and CRLF, for old Notepad."""

_NAME = "%Y-%m-%d-%H%M"


@dataclass(frozen=True)
class Writer:
    """Who writes, from which ledger, at what time."""

    home: Home
    ledger: Ledger
    clock: Clock

    @property
    def say(self) -> Say:
        """The letter's own language; it may be another than the operator's."""
        return speaker(self.language)

    @property
    def language(self) -> Language:
        """``letter_language``, else ``language``."""
        return self.home.settings.letter_language or self.home.settings.language

    def local(self, moment: datetime) -> datetime:
        """As the clock on the wall shows it."""
        return moment.astimezone(ZoneInfo(self.home.settings.timezone))


@dataclass
class Span:
    """What a letter is about; the run fills it in."""

    started: datetime
    stopped: bool = False
    fault: str = ""
    """Sentence of the error that ended the run."""
    mailed: bool = True
    """Whether to send it, too, where ``mail_to`` is set."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as text, as facts, and as a mail with its subject."""

    at: datetime
    """Local."""
    mail: Mail
    facts: Mapping[str, Any]


def folder(home: Home) -> Path:
    """Where letters are kept: ``<home>/letters/2026-11-20-0702.txt`` and ``.json``."""
    return home.root / "letters"


def newest(home: Home) -> Path | None:
    """The last letter, by its name."""
    return max(folder(home).glob("*.txt"), default=None)


def facts(path: Path) -> dict[str, Any]:
    """What the letter at *path* says, as data."""
    found: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return found


def day_before(now: datetime) -> datetime:
    """Where a letter begins that follows no other."""
    return now - timedelta(days=1)


@contextmanager
def after_run(writer: Writer, warn: Callable[[str], None], *, mailed: bool) -> Iterator[Span]:
    """Write the letter when the block ends, however it ends; not when another run was at work, nor after Ctrl-C."""
    span = Span(writer.clock.now(), mailed=mailed)
    wanted, finished = True, False
    try:
        yield span
        finished = True
    except (Locked, UsageError, KeyboardInterrupt):
        wanted = False
        raise
    except DigitizeError as error:
        span.fault = writer.say("letter.fault", error=explained(error, writer.language))
        raise
    finally:
        if wanted:
            span.fault = span.fault or ("" if finished else writer.say("letter.broken"))
            deliver(writer, span, warn)


def deliver(writer: Writer, span: Span, warn: Callable[[str], None]) -> None:
    """Write and send; what goes wrong is said through *warn*, one line each. A full disk does not stop the mail."""
    try:
        letter = compose(writer, span)
    except DigitizeError as error:
        warn(writer.say("letter.not_written", error=explained(error, writer.language)))
        return
    except SQLAlchemyError as error:
        warn(writer.say("letter.not_written", error=error))
        return
    try:
        keep(writer.home, letter)
    except OSError as error:
        warn(writer.say("letter.not_written", error=error))
    if span.mailed and mail.recipients(writer.home.settings):
        try:
            mail.send(writer.home, letter.mail)
        except DigitizeError as error:
            warn(writer.say("letter.not_sent", error=explained(error, writer.language)))


def compose(writer: Writer, span: Span) -> Letter:
    """Ask the ledger what was done in *span* and how the library stands now."""
    settings = replace(writer.home.settings, language=writer.language)
    now, say = writer.clock.now(), writer.say
    with reading(writer.ledger) as session:
        status = report.status(session, settings, None, now, writer.home.archive)
        night = report.night(session, span.started)
    ending = span.fault or (say("letter.stopped") if span.stopped else "")
    between = writer.local(span.started), writer.local(now)
    written = Mail(
        render.letter_subject(status, night, ending, say),
        render.letter_text(status, night, between, ending, say),
    )
    facts = {"started": between[0], "ended": between[1], "stopped": span.stopped, "fault": span.fault}
    return Letter(between[1], written, facts | {"work": asdict(night), "status": asdict(status)})


def keep(home: Home, letter: Letter) -> None:
    """Put the letter into the home and, where it is mounted, into the share.

    Raises:
        OSError: the disk does not take it.
    """
    path = folder(home) / f"{letter.at:{_NAME}}.txt"
    store.write_durable(path, letter.mail.text.encode())
    facts = json.dumps(dict(letter.facts), ensure_ascii=False, indent=2, default=str)
    store.write_durable(path.with_suffix(".json"), facts.encode("utf-8", "replace"))
    if (home.share / MARKER).is_file():
        notepad = f"\ufeff{letter.mail.text}".replace("\n", "\r\n")
        with suppress(PermissionError):  # somebody on a Windows PC is reading the last one
            store.write_durable(home.share / SHARE_NAME, notepad.encode())


def daily(writer: Writer, warn: Callable[[str], None]) -> None:
    """For a service that never ends: one letter a day, from ``letter_at`` on, about what was done since the last."""
    at = writer.home.settings.letter_at
    now = writer.clock.now()
    local = writer.local(now)
    if not at or local.time() < time.fromisoformat(at):
        return
    last = newest(writer.home)
    if last is None or last.stem < f"{local:%Y-%m-%d}-{at.replace(':', '')}":
        deliver(writer, Span(_moment(writer, last) or day_before(now)), warn)


def _moment(writer: Writer, letter: Path | None) -> datetime | None:
    """When a letter was written, by its name."""
    if letter is None:
        return None
    try:
        found = datetime.strptime(letter.stem, _NAME)  # noqa: DTZ007  (the zone is the library's, set below)
    except ValueError:
        return None
    return found.replace(tzinfo=ZoneInfo(writer.home.settings.timezone))
