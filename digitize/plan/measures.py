"""Measures: what a plan row counts, proposed from its words, and the query that counts it."""

import enum
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from digitize.errors import BadConfig
from digitize.ledger.totals import Counted
from digitize.plan.cells import Cell
from digitize.plan.words import holds, word_key
from digitize.resources import config_file


class Measure(enum.StrEnum):
    """What the ledger can count for a row (design, plan rows); ``manual`` is filled in by hand."""

    PAGES = "pages"
    TITLES = "titles"
    TITLES_PAGES = "titles/pages"
    FULLTEXT = "fulltext"
    LINKED = "linked"
    ORDERED_PAGES = "ordered_pages"
    DELIVERED = "delivered"
    PAID_SUM = "paid_sum"
    QR = "qr"
    RETRO = "retro"
    JADID = "jadid"
    LOCAL_HISTORY = "local_history"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Query:
    """The things a measure counts, part by part, and the items it looks at; no source = all of them.

    *kinds* names the customers of each part where a measure tells them apart.
    """

    parts: tuple[Counted, ...]
    sources: tuple[str, ...] = ()
    kinds: tuple[tuple[str, ...], ...] = ()


QUERIES: dict[Measure, Query] = {
    Measure.PAGES: Query((Counted.PAGES,)),
    Measure.TITLES: Query((Counted.TITLES,)),
    Measure.TITLES_PAGES: Query((Counted.TITLES, Counted.PAGES)),
    Measure.FULLTEXT: Query((Counted.FULLTEXT,)),
    Measure.LINKED: Query((Counted.LINKED,)),
    Measure.ORDERED_PAGES: Query((Counted.PAGES,), ("buyurtma",)),
    Measure.DELIVERED: Query((Counted.DELIVERED_COPIES,)),
    Measure.PAID_SUM: Query((Counted.PAID,)),
    Measure.QR: Query((Counted.QR,)),
    Measure.RETRO: Query((Counted.TITLES,), ("retro",)),
    Measure.JADID: Query((Counted.TITLES,), ("jadid",)),
    Measure.LOCAL_HISTORY: Query((Counted.FULLTEXT,), ("o‘lkashunoslik",)),
    Measure.MANUAL: Query(()),
}


CUSTOMERS = (("mahalliy", "tashkilot"), ("chet el",), ("akm",))
"""The three lines of 'Masofadan xizmat': local users, users abroad, library institutions."""


def query_of(measure: Measure, unit: str, planned: Cell) -> Query:
    """What *measure* asks the ledger for a row of that *unit* and plan.

    Deliveries are counted in pages where the unit says so, in copies elsewhere; a plan of three parts tells the
    customers apart.
    """
    if measure is not Measure.DELIVERED:
        return QUERIES[measure]
    in_pages = holds(word_key(unit), tuple(map(word_key, ("sahifa", "bet", "страниц"))))
    counted = Counted.DELIVERED_PAGES if in_pages else Counted.DELIVERED_COPIES
    if len(planned.parts) == len(CUSTOMERS):
        return Query((counted,) * len(CUSTOMERS), kinds=CUSTOMERS)
    return Query((counted,))


def whole(measure: Measure, parts: Sequence[int]) -> int:
    """The one number that percent, need and forecast are about: all deliveries together, else the last part."""
    return sum(parts) if measure is Measure.DELIVERED else parts[-1]


def goal(measure: Measure, cell: Cell) -> tuple[int, ...]:
    """The parts of a cell that *measure* is held against, () where they do not fit.

    A plain measure on a cell ``19/3991`` takes the part that is meant: titles stand first, pages last.
    ``titles/pages`` on a cell with one number takes it for pages.
    """
    parts = cell.parts
    if measure is Measure.MANUAL or not parts:
        return parts
    if measure is Measure.TITLES_PAGES:
        return parts if len(parts) == 2 else parts[-1:] if len(parts) == 1 else ()
    if len(parts) == 1 or (measure is Measure.DELIVERED and len(parts) == len(CUSTOMERS)):
        return parts
    counted = QUERIES[measure].parts[0]
    return (parts[-1:] if counted is Counted.PAGES else parts[:1]) if len(parts) == 2 else ()


def propose(unit: str, name: str, mechanism: str, *cells: Cell) -> Measure:
    """The measure that the words of a row suggest; *cells* (plan, fact) tell pages from titles/pages."""
    row = (word_key(unit), word_key(name), word_key(f"{name} {mechanism}"))
    measure = next((rule.measure for rule in _rules() if rule.fits(*row)), Measure.MANUAL)
    if measure is Measure.PAGES and any(len(cell.parts) == 2 for cell in cells):
        return Measure.TITLES_PAGES
    return measure


@dataclass(frozen=True, slots=True)
class _Rule:
    measure: Measure
    units: tuple[str, ...]
    name: tuple[str, ...]
    any: tuple[str, ...]

    def fits(self, unit: str, name: str, text: str) -> bool:
        return (
            (not self.units or holds(unit, self.units))
            and all(word in name for word in self.name)
            and (not self.any or holds(text, self.any))
        )


@cache
def _rules() -> tuple[_Rule, ...]:
    path = config_file("plan/measures.toml")
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
        return tuple(
            _Rule(Measure(table["measure"]), *(_keys(table.get(part, [])) for part in ("units", "name", "any")))
            for table in tables
        )
    except (tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise BadConfig(
            "The plan rules {path} are not understood: {error}.", hint="Restore the file.", path=path, error=error
        ) from error


def _keys(words: list[str]) -> tuple[str, ...]:
    return tuple(word_key(word) for word in words)
