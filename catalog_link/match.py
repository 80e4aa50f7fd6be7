"""Which record describes this book: a ladder of exact numbers, pure, with the ledger handed in as a question.

Numbers are gates and never fuzzy: a score that forgives one digit answers volume 777 with volume 77. A later
rung may score titles; it belongs at the end of :data:`LADDER` and answers :class:`Ambiguous` unless it is sure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog_link.records import fold_isbn, fold_number

MAX_CANDIDATES = 3
"""How many records a person is offered in the review list."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known about a scanned book."""

    key: str
    """Its folder's name: inventory number, barcode, record number or ISBN."""
    record_number: str = ""
    """Typed by the operator in item.toml."""


@dataclass(frozen=True, slots=True)
class Match:
    """Exactly one record, and the rule that found it."""

    rule: str
    record: int


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A person must decide; at most three candidates, best first."""

    rule: str
    reason: str
    """``several`` records answer, or the ``typed_unknown`` number contradicts the rest."""
    candidates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No rule found anything."""


Verdict = Match | Ambiguous | NoMatch
Find = Callable[[str, str], Sequence[int]]
"""``find(kind, folded value)`` -> ids of the live records with that key."""
Rung = Callable[[Wanted, Find], Verdict]


def match(wanted: Wanted, find: Find) -> Verdict:
    """The verdict of the first rung that says anything."""
    verdicts = (rung(wanted, find) for rung in LADDER)
    return next((verdict for verdict in verdicts if not isinstance(verdict, NoMatch)), NoMatch())


def _by_typed_number(wanted: Wanted, find: Find) -> Verdict:
    """A typed number that no record has is a warning: what the folder's name finds needs a person's eye."""
    number = fold_number(wanted.record_number)
    if not number:
        return NoMatch()
    found = find("record", number)
    isbn = fold_isbn(wanted.record_number)
    if not found and isbn:
        return _verdict("isbn", find("isbn", isbn))
    if found:
        return _verdict("record", found)
    others = (*_by_key_records(wanted, find), *_by_isbn_records(wanted, find))
    return Ambiguous("record", "typed_unknown", _best(others)) if others else NoMatch()


def _by_key(wanted: Wanted, find: Find) -> Verdict:
    """Inventory number or barcode; one that is another record's control number as well is no certainty."""
    found = _by_key_records(wanted, find)
    return _verdict("inventory" if find("inventory", fold_number(wanted.key)) else "record", found)


def _by_isbn(wanted: Wanted, find: Find) -> Verdict:
    return _verdict("isbn", _by_isbn_records(wanted, find))


LADDER: tuple[Rung, ...] = (_by_typed_number, _by_key, _by_isbn)


def _by_key_records(wanted: Wanted, find: Find) -> Sequence[int]:
    key = fold_number(wanted.key)
    return (*find("inventory", key), *find("record", key)) if key else ()


def _by_isbn_records(wanted: Wanted, find: Find) -> Sequence[int]:
    isbn = fold_isbn(wanted.key)
    return find("isbn", isbn) if isbn else ()


def _verdict(rule: str, records: Sequence[int]) -> Verdict:
    distinct = tuple(dict.fromkeys(records))
    if not distinct:
        return NoMatch()
    return Match(rule, distinct[0]) if len(distinct) == 1 else Ambiguous(rule, "several", _best(distinct))


def _best(records: Sequence[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(records))[:MAX_CANDIDATES]
