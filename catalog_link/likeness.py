"""How alike a scanned book and a record are: numbers as gates, names by their letters, each finding explained.

Being wrong is worse than being silent: a likeness is only *sure* where title, author and year are known on both
sides and agree, and no number of either title is missing from the other. A slip of spelling, or a subtitle such as
"roman" that one side lacks, is forgiven for one more number that agrees: the pages. Any other subtitle is not: a
textbook and its exercises share title, author and year, and often nearly the pages.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from digitize.uzbek import fold, strict_key, to_latin

SPARE_PAGES = 24
"""Covers, flyleaves, plates and roman-numbered preliminaries that a scan has beyond the pages a record counts."""
SLIP_LETTERS = 7
"""A word this long may differ in one inner letter and still be the same word; ends carry grammar, so they may not."""
RIVAL = 85.0
"""A second record whose title is this alike and that no gate excludes makes any choice a person's."""
_BLOCK = 16

_BREAK = re.compile(r"\s[:;=/]\s|\s*[:;=/]\s|(?<=\w\w)\.\s|$")
_ROMAN = re.compile(r"[IVXІХ]+")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}
_LOOKALIKES = str.maketrans("ІХ", "IX")
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_ORDINALS = {
    fold(word): number
    for number, words in enumerate(
        (
            "birinchi первый первая первое первой",
            "ikkinchi второй вторая второе",
            "uchinchi третий третья третье третьей",
            "toʻrtinchi четвертый четвертая четвертое четвёртый четвёртая",
            "beshinchi пятый пятая пятое пятой",
            "oltinchi шестой шестая шестое",
            "yettinchi седьмой седьмая седьмое",
            "sakkizinchi восьмой восьмая восьмое",
            "toʻqqizinchi девятый девятая девятое девятой",
            "oʻninchi десятый десятая десятое десятой",
        ),
        1,
    )
    for word in words.split()
}
_GENRES = frozenset(
    fold(
        "roman romanlar tarixiy qissa qissalar hikoya hikoyalar sheʼr sheʼrlar doston dostonlar ertak ertaklar esse "
        "badia drama dramalar komediya komediyalar pyesa pyesalar novella novellalar povest asar asarlar tanlangan "
        "saylanma va роман романы исторический повесть повести рассказ рассказы стихи стихотворения поэма поэмы сказка "
        "сказки драма пьеса пьесы комедия очерк очерки избранное избранные произведения и"
    ).split()
)
"""Words of a subtitle that say what kind of literature a book is, and nothing by which it is another book."""
_PAGES = re.compile(r"(\d+)[\s\],)]*(?:\[\d+\][\s,]*)?(?:b|bet|p|pp|pages|s|с|стр|sahifa|sh)\b")
_VOLUMES = re.compile(r"\b(?:v|vol|t|т|том|jild)\b\W*(?:\(|$)")


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a book, whether from its record or from the person who scanned it; empty is unknown."""

    title: str
    author: str = ""
    year: str = ""
    pages: int | None = None
    serial: bool = False
    """The record describes a newspaper or a journal as a whole, from its first year on."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """One comparison; None where a side does not know."""

    title: float
    """0 to 100."""
    exact: bool
    """Titles are equal letter by letter, alphabets apart."""
    slip: bool
    """Titles are equal but for one slip of spelling, or for a subtitle that only names a kind of literature."""
    numbers: bool
    author: bool | None
    year: bool | None
    pages: bool | None

    @property
    def excluded(self) -> bool:
        """A gate says that it is another book."""
        return not self.numbers or False in (self.author, self.year, self.pages)

    @property
    def sure(self) -> bool:
        """Everything needed is known and agrees."""
        agree = self.numbers and self.author is True and self.year is True
        return agree and self.pages is not False and (self.exact or (self.slip and self.pages is True))

    @property
    def score(self) -> float:
        """0 to 100, to put candidates in order for a person; decides nothing."""
        gates = (self.author, self.year, self.pages, self.numbers)
        known = sum({True: 10.0, False: 0.0, None: 5.0}[gate] for gate in gates)
        return round(0.6 * self.title + known, 1)


def compare(scan: About, record: About) -> Likeness:
    """Hold a scan against a record."""
    return Likeness(
        title=max(fuzz.ratio(fold(one), fold(other)) for one, other in _title_pairs(scan.title, record.title)),
        exact=_spelt(scan.title) == _spelt(record.title),
        slip=_is_slip(fold(scan.title), fold(record.title)) or _same_but_genre(scan.title, record.title),
        numbers=numbers(scan.title) == numbers(record.title),
        author=same_author(scan.author, record.author),
        year=scan.year == record.year if scan.year and record.year else None,
        pages=_same_pages(scan.pages, record.pages),
    )


def main_title(text: str) -> str:
    """The title proper: what stands before ISBD's ``:``, ``=``, ``/``, ``;`` or a full stop after a word."""
    found = _BREAK.search(text.strip())
    return text.strip()[: found.start()] if found else text.strip()


def title_block(title: str) -> str:
    """A short key under which equal titles meet, so that not every record must be compared; '' for no title."""
    return fold(main_title(title)).replace(" ", "")[:_BLOCK]


def author_block(author: str) -> str:
    """The same for authors: the first name of more than one letter, in a heading the surname."""
    return next(iter(names(author)), "")


def names(author: str) -> list[str]:
    """The folded words of a name that are no initials."""
    return [word for word in fold(author).split() if len(word) > 1]


def numbers(text: str) -> frozenset[int]:
    """Every number of a title, in digits, as an ordinal in words or in roman figures."""
    found = set()
    for token in _TOKEN.findall(text):
        if token.isdecimal():
            found.add(int(token))
        elif _ROMAN.fullmatch(token):
            found.add(_roman(token.translate(_LOOKALIKES)))
        elif (word := fold(token)) in _ORDINALS:
            found.add(_ORDINALS[word])
    return frozenset(found)


def page_count(extent: str) -> int | None:
    """Pages of one volume from a record's extent, ``12, 245 b.``: the greatest count; None if it speaks of volumes."""
    text = extent.casefold()
    if _VOLUMES.search(text):
        return None
    return max((int(count) for count in _PAGES.findall(text)), default=None)


def same_author(one: str, other: str) -> bool | None:
    """Whether two names mean one person; None where a side is empty or gives no more than a surname.

    A name of more than one letter must be shared, and every other word of either side must find its word or
    initial on the other.
    """
    left, right = fold(one).split(), fold(other).split()
    shared = set(names(one)) & set(names(other))
    if not left or not right:
        return None
    if not shared:
        return False
    rest = [[word for word in words if word not in shared] for words in (left, right)]
    if not all(_initials_agree(words, others) for words, others in (rest, rest[::-1])):
        return False
    return True if len(shared) > 1 or all(rest) else None


def _initials_agree(words: list[str], others: list[str]) -> bool:
    """Each word has its like among the others, as far as there are any."""
    return not others or all(
        any(word == other or (1 in (len(word), len(other)) and word[0] == other[0]) for other in others)
        for word in words[: len(others)]
    )


def _roman(token: str) -> int:
    values = [_ROMAN_VALUES[sign] for sign in token]
    return sum(-value if value < max(values[place:]) else value for place, value in enumerate(values))


def _title_pairs(scan: str, record: str) -> Iterator[tuple[str, str]]:
    """Both in full, and a bare title against the other's title proper."""
    yield scan, record
    if main_title(scan) == scan.strip():
        yield scan, main_title(record)
    if main_title(record) == record.strip():
        yield main_title(scan), record


def _same_but_genre(scan: str, record: str) -> bool:
    """Titles proper are the same, and of two subtitles that only name a kind of literature one says no more."""
    (one, kinds), (other, others) = _parted(scan), _parted(record)
    return (kinds <= others or others <= kinds) and _is_slip(one, other)


def _parted(text: str) -> tuple[str, frozenset[str]]:
    """The folded title proper and the words of such a subtitle; the whole title where it has another one or none."""
    proper = main_title(text)
    words = frozenset(fold(text.strip()[len(proper) :]).split())
    return (fold(proper), words) if words <= _GENRES else (fold(text), frozenset())


def _spelt(text: str) -> str:
    return " ".join(_TOKEN.findall(strict_key(to_latin(text))))


def _is_slip(one: str, other: str) -> bool:
    """Folded texts that are equal, the marks of oʻ and gʻ forgotten, or one long word has one other inner letter."""
    left, right = one.split(), other.split()
    if len(left) != len(right) or not left:
        return False
    unequal = [pair for pair in zip(left, right, strict=True) if pair[0] != pair[1]]
    return not unequal or (len(unequal) == 1 and _one_letter(*unequal[0]))


def _one_letter(one: str, other: str) -> bool:
    if min(len(one), len(other)) < SLIP_LETTERS or one[0] != other[0] or one[-2:] != other[-2:]:
        return False
    return Levenshtein.distance(one, other) == 1


def _same_pages(scanned: int | None, counted: int | None) -> bool | None:
    if not scanned or not counted:
        return None
    return counted <= scanned <= counted + SPARE_PAGES
