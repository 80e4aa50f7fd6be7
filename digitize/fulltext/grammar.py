"""The query language: what a reader typed becomes terms and filters; nothing a reader types is a syntax error.

``kitob fondi`` both · ``"kutubxona fondi"`` side by side, ``"kutubxona fond*"`` with any ending ·
``kitob OR gazeta`` · ``kitob NOT jurnal``, ``kitob -jurnal`` ·
``item:INV-1001 type:gazeta year:1975 year:1970-1980 script:kirill from:2026-03 to:2026-05-15``.
AND binds more than OR; brackets bind most: ``(kitob OR gazeta) toshkent``. ``year`` is that of the book, from its
record; ``from`` and ``to`` are the first and the last day on which the page was digitized, as a year, a month or a day.
"""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, product
from typing import Literal

from digitize.errors import UsageError
from digitize.uzbek import fold, ocr_key, strict_key

_QUOTES = '"“”„«»'
_TOKEN = re.compile(
    rf"(?P<filter>item|type|year|script|from|to):"
    rf"(?:[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<value>(?:\S*[^\s)])?))"
    rf"|(?P<close>\))(?=[\s)]|$)"
    rf"|(?P<minus>(?<!\S)-)?(?:(?<![^\s(-])(?P<open>\()"
    rf"|(?<![^\s(-])[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}]?|(?P<word>[^\s{_QUOTES}](?:\S*[^\s)])?))"
    rf"|[{_QUOTES}]"
)
_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_SCRIPTS = {"lotin": "Latn", "lat": "Latn", "kiril": "Cyrl", "cyr": "Cyrl", "arab": "Arab"}
"""What the folded name of a script begins with: lotin, лотин, латиница, uz-Latn; kirill, кириллица; arab, арабский."""
_OCR_PREFIX = 4
"""OCR-tolerant keys of shorter words match whole words only: ``gol`` would find every third word."""
_OCR_SHORTEST = 3
"""Shorter words are not sought by OCR-tolerant keys at all."""
MOST_TERMS = 100
"""Words and phrases of one query: nobody types more, and each is compared with every word of every hit."""
_SHORTER = "Take a part of it, in quotes if the words stand side by side."
_CUT = re.compile(r"(?:t|y|ty|tya|tyab|shc)$")
"""A beginning that may go on to one of the twin spellings of ``digitize.uzbek.keys``."""


Column = Literal["strict", "folded", "ocr"]
LEVELS: tuple[Column, ...] = ("strict", "folded", "ocr")
"""From the most to the least exact; also the names of the columns of keys."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words that must stand side by side in *column* of the keys; the last one may go on if *prefix*."""

    column: Column
    words: tuple[str, ...]
    prefix: bool


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to find, at the three levels; a level with nothing of its own to say takes the folded pattern."""

    strict: Pattern
    folded: Pattern
    ocr: Pattern

    def at(self, level: Column) -> Pattern:
        """The pattern of one level."""
        return {"strict": self.strict, "folded": self.folded, "ocr": self.ocr}[level]

    @property
    def cut(self) -> bool:
        """Whether its exact spelling may stand on a page that its folded key does not find.

        So it is with a beginning that ends inside letters which the key makes one (``konstitut`` for
        ``konstitutsiya``, whose key has no ts), and with a mark that only the key takes out of the word.
        """
        inside = self.folded.prefix and _CUT.search(self.folded.words[-1])
        return bool(inside) or len(self.strict.words) != len(self.folded.words)


@dataclass(frozen=True, slots=True)
class Group:
    """All of *wanted* and none of *unwanted* on one page."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty = everything; several values of one filter are alternatives."""

    items: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """Folded, as every word: qo'lyozma is қўлёзма."""
    scripts: tuple[str, ...] = ()
    years: tuple[tuple[int, int], ...] = ()
    """First and last year, both included."""
    since: date | None = None
    until: date | None = None
    """First and last day of digitization, both included."""


@dataclass(frozen=True, slots=True)
class Query:
    """Pages that satisfy one of *groups* and all *filters*."""

    groups: tuple[Group, ...]
    filters: Filters

    @property
    def widest(self) -> tuple[Column, ...]:
        """Levels that together find whatever any level finds; one is a third of the work of three."""
        terms = [term for group in self.groups for term in group.wanted]
        if any(term.cut for term in terms):
            return LEVELS
        return ("ocr",) if all(term.ocr.prefix == term.folded.prefix for term in terms) else ("folded", "ocr")


_Alternatives = Sequence[Group]
"""What may stand on a page, one group or another; a group that wants nothing only takes pages away."""


@dataclass
class _Level:
    """What was read inside one pair of brackets."""

    before: list[Group] = field(default_factory=list)
    """What stands before the last OR."""
    here: _Alternatives = ()
    negate: bool = False
    """The next thing is not wanted."""

    def take(self, found: _Alternatives) -> None:
        if found:
            found = _without(found) if self.negate else found
            self.here, self.negate = _both(self.here, found) if self.here else found, False

    def operator(self, name: str) -> None:
        self.negate = name == "NOT"
        if name == "OR":
            self.before, self.here = self.all, ()

    @property
    def all(self) -> list[Group]:
        return [*self.before, *self.here]


def _both(left: _Alternatives, right: _Alternatives) -> _Alternatives:
    """Each of the one with each of the other."""
    return _few(
        [
            Group(_once((*one.wanted, *other.wanted)), _once((*one.unwanted, *other.unwanted)))
            for one, other in islice(product(left, right), MOST_TERMS + 1)
        ]
    )


def _without(found: _Alternatives) -> _Alternatives:
    """Pages on which none of the alternatives holds: of each something is missing, or something stands there."""
    none: _Alternatives = ()
    for group in found:
        missing = [*(Group((), (term,)) for term in group.wanted), *(Group((term,)) for term in group.unwanted)]
        none = _both(none, missing) if none else missing
    return none


def _once(terms: Sequence[Term]) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(terms))


def _few(found: _Alternatives) -> _Alternatives:
    if sum(len(group.wanted) + len(group.unwanted) for group in found) > MOST_TERMS:
        raise UsageError("More than {most} words cannot be looked for at once.", hint=_SHORTER, most=MOST_TERMS)
    return found


@dataclass
class _Reader:
    """Collects groups and filters while the tokens go by; brackets that have no partner end with the query."""

    levels: list[_Level] = field(default_factory=lambda: [_Level()])
    filters: dict[str, list[str]] = field(default_factory=dict)

    def take(self, match: re.Match[str]) -> None:
        level = self.levels[-1]
        level.negate |= bool(match["minus"])
        if name := match["filter"]:
            self.filters.setdefault(name, []).append(match["quoted"] or match["value"] or "")
        elif match["open"]:
            self.levels.append(_Level())
        elif match["close"]:
            self._close()
        elif match["word"] in ("AND", "OR", "NOT") and not match["minus"]:
            level.operator(match["word"])
        elif term := make_term(match["phrase"] or match["word"] or "", phrase=match["phrase"] is not None):
            level.take([Group((term,))])

    def _close(self) -> None:
        if len(self.levels) > 1:
            inner = self.levels.pop()
            self.levels[-1].take(inner.all)

    def end(self) -> _Alternatives:
        """Everything that was read."""
        while len(self.levels) > 1:
            self._close()
        return _few(list(dict.fromkeys(self.levels[0].all)))


def parse(text: str) -> Query:
    """Read what a person typed.

    Raises:
        UsageError: there is no word to look for, there are too many, or a filter's value makes no sense.
    """
    reader = _Reader()
    for match in _TOKEN.finditer(text):
        reader.take(match)
    groups = tuple(reader.end())
    if not groups or not all(group.wanted for group in groups):
        raise UsageError(
            "The query {text!r} names no word to find.",
            hint='Write a word, or a "phrase"; -word only takes pages away.',
            text=text,
        )
    return Query(groups, _filters(reader.filters))


def make_term(text: str, *, phrase: bool) -> Term | None:
    """The patterns of one word (its beginning, for Uzbek adds endings) or one phrase (whole words); None if empty.

    A star at the end of a phrase lets its last word go on.
    """
    strict, folded, ocr = (tuple(key(text).split()) for key in (strict_key, fold, ocr_key))
    if not folded:
        return None
    prefix = (not phrase or text.rstrip().endswith("*")) and not folded[-1].isdigit()
    plain = Pattern("folded", folded, prefix)
    exact = Pattern("strict", strict, prefix) if strict else plain
    if max(map(len, folded)) < _OCR_SHORTEST:
        return Term(exact, plain, plain)
    return Term(exact, plain, Pattern("ocr", ocr, prefix and len(folded[-1]) >= _OCR_PREFIX))


def _filters(raw: dict[str, list[str]]) -> Filters:
    return Filters(
        items=tuple(raw.get("item", ())),
        types=tuple(fold(value) for value in raw.get("type", ())),
        scripts=tuple(_script(value) for value in raw.get("script", ())),
        years=tuple(_years(value) for value in raw.get("year", ())),
        since=max((_days("from", value)[0] for value in raw.get("from", ())), default=None),
        until=min((_days("to", value)[1] for value in raw.get("to", ())), default=None),
    )


def _script(value: str) -> str:
    name = fold(value).removeprefix("uz ")
    for beginning, script in _SCRIPTS.items():
        if name.startswith(beginning):
            return script
    raise UsageError(
        "script:{value} is not known.", hint="Write script:lotin, script:kirill or script:arab.", value=value
    )


def _years(value: str) -> tuple[int, int]:
    found = _YEARS.fullmatch(value)
    if not found or int(found[2] or found[1]) < int(found[1]):
        raise UsageError("year:{value} is not a year.", hint="Write year:1975 or year:1970-1980.", value=value)
    return int(found[1]), int(found[2] or found[1])


def _days(name: str, value: str) -> tuple[date, date]:
    """The first and the last day of a year, a month or a day."""
    found = _DAY.fullmatch(value)
    year, month, day = (int(part) if part else None for part in (found.groups() if found else (None,) * 3))
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError as error:
        raise UsageError(
            "{name}:{value} is not a day.",
            hint="Write {name}:2026, {name}:2026-03 or {name}:2026-03-15.",
            name=name,
            value=value,
        ) from error
    last = month or 12
    return first, date(first.year, last, day or monthrange(first.year, last)[1])
