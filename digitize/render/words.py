"""Numbers, dates and sizes as people here write them."""

import math
from collections.abc import Iterable
from datetime import date, datetime

from digitize.messages import Say

SPACE = "\u00a0"
"""Between thousands: a no-break space, which every font has (babel's uz and the work plans use it too)."""
NOTHING = "—"


def number(value: float) -> str:
    """``61 200``; a fraction with a decimal comma, as many places as it has."""
    whole, _, part = f"{value:,}".partition(".")
    return whole.replace(",", SPACE) + (f",{part}" if part.strip("0") else "")


def cell(value: float | str | None) -> str:
    """A table cell: a number, the library's own text, or a dash."""
    if value is None:
        return NOTHING
    return value.replace("\n", " ") if isinstance(value, str) else number(value)


def pace(value: float | None) -> str:
    """What a day must bring: whole above ten (upwards, so that the goal is met), else one or two decimals."""
    if value is None:
        return NOTHING
    return number(math.ceil(value) if value >= 10 else round(value, 1 if value >= 1 else 2))


def long_date(day: date, say: Say) -> str:
    """``2026-yil 3-noyabr``."""
    return say("status.date", year=day.year, day=day.day, month=say(f"status.month_{day.month}"))


def short_date(day: date | None) -> str:
    """``03.11.2026``, for tables."""
    return f"{day:%d.%m.%Y}" if day else NOTHING


def moment(at: datetime, say: Say) -> str:
    """A local moment to the minute."""
    return f"{long_date(at, say)}, {at:%H:%M}"


def size(amount: int) -> str:
    """Bytes in decimal units, as disks are sold."""
    for unit, scale in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if amount >= scale:
            return f"{number(round(amount / scale, 1))}{SPACE}{unit}"
    return f"{number(amount)}{SPACE}B"


def counts(say: Say, pairs: Iterable[tuple[str, int]]) -> str:
    """``kutmoqda 3 · ishlanmoqda 1``; the keys are messages of ``status``."""
    return " · ".join(f"{say(f'status.{key}')} {number(value)}" for key, value in pairs)


def measure_name(measure: str, say: Say) -> str:
    """A measure in the reader's language."""
    return say(f"status.measure_{measure.replace('/', '_')}")


def plain(text: str) -> str:
    """Foreign text on one line: no control character may steer the terminal."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == SPACE else " " for sign in text)
