"""Which record describes this book: a ladder of exact numbers, pure, with the ledger handed in as a question.

Numbers are gates and never fuzzy: a score that forgives one digit answers volume 777 with volume 77. The last rung
compares titles and authors, and answers :class:`Ambiguous` unless it is sure.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog_link.likeness import RIVAL, About, Likeness, compare, names, numbers, title_block
from catalog_link.records import fold_isbn, fold_issn, fold_number
from catalog_link.values import BLOCK_LIMIT

MAX_CANDIDATES = 3
"""How many records a person is offered in the review list."""
LEAST = 60.0
"""A title less alike is not worth a person's look."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known about a scanned book."""

    key: str
    """Its folder's name: inventory number, barcode, record number or ISBN."""
    record_number: str = ""
    """Typed by the operator in item.toml."""
    about: About | None = None
    """Title and the rest, if a title was typed."""


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
    """``several`` records answer, the ``typed_unknown`` number contradicts the rest, titles are only ``alike``, or the
    journal's records are of an ``other_issue``."""
    candidates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No rule found anything."""


Verdict = Match | Ambiguous | NoMatch
Find = Callable[[str, str], Sequence[int]]
"""``find(kind, folded value)`` -> ids of the live records with that key."""
Tell = Callable[[int], About | None]
"""``tell(id)`` -> what that record says of its book."""
Rung = Callable[[Wanted, Find], Verdict]


def match(wanted: Wanted, find: Find, tell: Tell | None = None) -> Verdict:
    """The verdict of the first rung that says anything; titles are compared only if *tell* is given."""
    verdicts = (rung(wanted, find) for rung in LADDER)
    verdict = next((verdict for verdict in verdicts if not isinstance(verdict, NoMatch)), NoMatch())
    if isinstance(verdict, NoMatch) and tell:
        verdict = _by_issn(wanted, find, tell)
    if isinstance(verdict, NoMatch) and wanted.about and tell:
        return _by_title(wanted.about, find, tell)
    return verdict


def _by_title(about: About, find: Find, tell: Tell) -> Verdict:
    """Sure of one record, with no rival that could be meant as well; else the three most alike for a person."""
    records, whole = _block(about, find)
    told = ((record, tell(record)) for record in records)
    scored = [(compare(about, other), record) for record, other in told if other]
    likely = sorted((pair for pair in scored if pair[0].title >= LEAST), key=lambda pair: (-pair[0].score, pair[1]))
    possible = [record for likeness, record in likely if _could_be(likeness)]
    sure = [record for likeness, record in likely if likeness.sure]
    if whole and len(sure) == 1 and possible == sure:
        return Match("title", sure[0])
    candidates = tuple(record for _, record in likely[:MAX_CANDIDATES])
    return Ambiguous("title", "alike", candidates) if candidates else NoMatch()


def _could_be(likeness: Likeness) -> bool:
    return likeness.sure or (likeness.title >= RIVAL and not likeness.excluded)


def _block(about: About, find: Find) -> tuple[Sequence[int], bool]:
    """Records that share the title's key or a name of the author, and whether that is all of them."""
    keys = [("title", title_block(about.title)), *(("author", name) for name in names(about.author))]
    found = [find(kind, value) for kind, value in keys if value]
    records = tuple(dict.fromkeys(record for some in found for record in some))
    return records, all(len(some) < BLOCK_LIMIT for some in found)


def _by_issn(wanted: Wanted, find: Find, tell: Tell) -> Verdict:
    """An issue hangs on its journal's record, or on a record of its own if year and number say the same."""
    number = fold_issn(wanted.record_number) or (fold_issn(wanted.key) if "issn" in wanted.key.casefold() else "")
    told = [(record, tell(record)) for record in (find("issn", number) if number else ())]
    if not told:
        return NoMatch()
    issue = _issue(wanted, number)
    fit = [record for record, about in told if about and _has_issue(about, issue)]
    if len(fit) == 1:
        return Match("issn", fit[0])
    return Ambiguous("issn", "several" if fit else "other_issue", _best([record for record, _ in told]))


def _issue(wanted: Wanted, issn: str) -> frozenset[int]:
    """Every number known of an issue: its year and what stands in its title or its folder's name."""
    about = wanted.about or About("")
    rest = re.sub(r"\d{4}\W?\d{3}[\dXxХх]", " ", wanted.key, count=1) if fold_issn(wanted.key) == issn else ""
    return numbers(f"{about.year} {about.title} {rest}")


def _has_issue(record: About, issue: frozenset[int]) -> bool:
    """A journal has every issue from its first year on; a record of one issue has that one."""
    year = int(record.year or 0)
    if record.serial:
        return all(number >= year for number in issue if _is_year(number))
    return bool(year) and len(issue) > 1 and issue == {year, *numbers(record.title)}


def _is_year(number: int) -> bool:
    return 1400 <= number < 2100


def _by_typed_number(wanted: Wanted, find: Find) -> Verdict:
    """A typed number that no record has is a warning: what the folder's name finds needs a person's eye."""
    number = fold_number(wanted.record_number)
    if not number:
        return NoMatch()
    found = find("record", number)
    if not found and find("issn", fold_issn(wanted.record_number)):
        return NoMatch()  # of a journal's issue more must be known than its ISSN
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
