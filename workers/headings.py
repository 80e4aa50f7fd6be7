"""The headings of a book, for the outline of its PDF: few and right rather than many.

A row is a heading if it is called one ("2-bob", "ГЛАВА III", "§ 4", "Mundarija"), or is set clearly larger than the
book's body, or is a Roman number with a title on a line of its own. Running heads, title pages and the lines of a table
of contents are none.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from workers.folio import edge_rows
from workers.leaf import Leaf, Row

_LARGER = 1.3
"""Letters so many times as high as the body's are a heading's; capitals alone measure up to 1.15."""
_ALIKE = 0.12
"""Sizes that differ less are one kind of heading."""
_SURE = 70.0
"""Confidence under which a row called large may be a smear."""
_WORDS = 16
"""A heading has no more."""
_RUNNING = 3
"""A row that stands at the edge of so many pages is a running head."""
_CROWDED = 3.0
"""Headings of one size per page from which they are the text itself: verses, posters, newspapers."""
_DEEPEST = 4
_LONGEST = 120
"""Characters of an entry."""

_NUMBER = r"(?:\d{1,3}|[IVXLCІХС]{1,7})"
_ORDINAL = r"\w+(?:inchi|инчи|[аяоы][яйе]|ья)"
_CALLED = (
    (10, r"qism|қисм|часть"),
    (20, r"bo[ʻ‘’'`]?lim|бўлим|раздел"),
    (30, r"bob|боб|глава"),
    (40, r"fasl|фасл"),
)
"""Rank and name: a part holds sections, these chapters, these subchapters."""
_CHAPTER, _PARAGRAPH, _NUMBERED, _BY_SIZE = 30, 50, 60, 70

_KINDS = tuple(
    (
        rank,
        re.compile(
            rf"(?:{_NUMBER}\s*[-–—.]?\s*(?:{name})|{_ORDINAL}\s+(?:{name})|(?:{name})\s+(?:{_NUMBER}|{_ORDINAL}))"
            r"(?![\w-])[.:]?\s*(?P<title>.*)",
            re.IGNORECASE,
        ),
    )
    for rank, name in _CALLED
)
_PARAGRAPH_SIGN = re.compile(r"§\s*\d{1,3}\b[.:]?\s*(?P<title>.*)")
_ROMAN_TITLE = re.compile(r"[IVXLC]{1,6}\.\s+(?P<title>\w+ [^\W\d_].*)")
"""Two words at least: "I. Karimov" is a name."""
_CONTENTS = re.compile(r"mundarija|мундарижа|оглавление|содержание", re.IGNORECASE)
_ALONE = re.compile(
    r"mundarija|мундарижа|оглавление|содержание|kirish|кириш|введение|so[ʻ‘’'`]z ?boshi|сўз ?боши|предисловие|"
    r"muqaddima|муқаддима|xulosa(?:lar)?|хулоса(?:лар)?|заключение|xotima|хотима|ilova(?:lar)?|илова(?:лар)?|приложени[ея]|"
    r"(?:foydalanilgan )?adabiyotlar(?: ro[ʻ‘’'`]yxati)?|(?:фойдаланилган )?адабиётлар(?: рўйхати)?|"
    r"(?:список )?литератур[аы]|izohlar|изоҳлар|glossariy|глоссарий",
    re.IGNORECASE,
)
_ENTRY_OF_CONTENTS = re.compile(r".*\w.*(?:[.·•…_ ]{2,}|\s)\d{1,4}\W*")


@dataclass(frozen=True, slots=True)
class Heading:
    """One entry of the outline."""

    title: str
    page: int
    """Its place in the book, from 0."""
    top: int
    """Upper edge on the page picture, in pixels."""
    level: int
    """From 1."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A heading before its level is known."""

    title: str
    page: int
    top: int
    rank: int
    size: float
    """Against the body's."""
    bare: bool = False
    """A name and a number without a title."""


def headings(leaves: Sequence[Leaf]) -> tuple[Heading, ...]:
    """The headings of a book in reading order, levels without gaps."""
    body = _body(leaves)
    if not body:
        return ()
    running = _running(leaves)
    found = [one for page, leaf in enumerate(leaves) for one in _on_page(page, leaf, body, running)]
    return _levelled(_not_crowded(found, len(leaves)))


def _body(leaves: Sequence[Leaf]) -> float:
    """Height of the letters of the book's running text; 0 without text."""
    sizes = [(row.size, row.letters) for leaf in leaves for row in leaf.rows if row.size > 0 and row.letters]
    return statistics.median([size for size, letters in sizes for _ in range(0, letters, 8)]) if sizes else 0.0


def _plain(text: str) -> str:
    """Without digits, case and signs: what a running head is recognised by."""
    return "".join(char for char in text.casefold() if char.isalpha())


def _running(leaves: Sequence[Leaf]) -> frozenset[str]:
    seen = Counter(text for leaf in leaves for text in {_plain(row.text) for row in edge_rows(leaf)})
    return frozenset(text for text, pages in seen.items() if pages >= _RUNNING)


# --- rows ----------------------------------------------------------------------------------------------------------


def _on_page(page: int, leaf: Leaf, body: float, running: frozenset[str]) -> Iterator[_Found]:
    """The headings of one page, titles that run over several rows joined."""
    contents = _is_contents(leaf)
    title_page = _is_title_page(leaf, body)
    place = 0
    while place < len(leaf.rows):
        row = leaf.rows[place]
        found = None if _plain(row.text) in running else _heading(leaf, place, body)
        if found and (contents or title_page):
            found = found if contents and _CONTENTS.fullmatch(_trimmed(row.text)) else None
        if found:
            rows = _rows_of(leaf, place, found, body)
            yield replace(found, title=_joined(rows), page=page)
            place += len(rows)
        else:
            place += 1


def _heading(leaf: Leaf, place: int, body: float) -> _Found | None:
    row = leaf.rows[place]
    words = row.text.split()
    if len(words) > _WORDS or row.letters < 2 or row.text.rstrip()[-1:] in ",;" or not _opens(leaf, place):
        return None
    size = row.size / body
    for rank, kind in (*_KINDS, (_PARAGRAPH, _PARAGRAPH_SIGN)):
        called = kind.fullmatch(row.text.strip())
        if called and _is_title(called["title"]):
            return _Found("", 0, row.top, rank, size, bare=not called["title"])
    if _ALONE.fullmatch(_trimmed(row.text)) and (row.text.isupper() or size > 1.1 or _is_centred(leaf, row)):
        return _Found("", 0, row.top, _CHAPTER, size)
    if size >= _LARGER and row.confidence >= _SURE and sum(map(str.isalpha, row.text)) > 0.6 * sum(map(len, words)):
        return _Found("", 0, row.top, _BY_SIZE, size)
    numbered = _ROMAN_TITLE.fullmatch(row.text.strip())
    if (
        numbered
        and _is_sentence(numbered["title"])
        and _stands_alone(leaf, place)
        and not row.text.rstrip().endswith(".")
    ):
        return _Found("", 0, row.top, _NUMBERED, size)
    return None


def _is_title(text: str) -> bool:
    """Nothing, or something that begins as a title does; "2-bob asosida" is a sentence."""
    first = next((char for char in text if char.isalnum()), "")
    return not text or first.isupper() or first.isdigit()


def _is_sentence(text: str) -> bool:
    """Words as in a title: the second one small, or all in capitals; "V. Ivan Petrov" is a name."""
    return text[:1].isupper() and (text.split()[1][:1].islower() or text.isupper())


def _opens(leaf: Leaf, place: int) -> bool:
    """Whether the row begins a paragraph."""
    return place == 0 or leaf.rows[place - 1].paragraph != leaf.rows[place].paragraph


def _stands_alone(leaf: Leaf, place: int) -> bool:
    return _opens(leaf, place) and (place + 1 == len(leaf.rows) or _opens(leaf, place + 1))


def _measure(leaf: Leaf) -> tuple[int, int]:
    """Left and right edge of the column of text."""
    return min(row.left for row in leaf.rows), max(row.right for row in leaf.rows)


def _is_centred(leaf: Leaf, row: Row) -> bool:
    left, right = _measure(leaf)
    before, after = row.left - left, right - row.right
    return min(before, after) > 0.1 * (right - left) and abs(before - after) < 0.1 * (right - left)


def _rows_of(leaf: Leaf, place: int, found: _Found, body: float) -> list[Row]:
    """The heading's first row and those that go on with it."""
    rows = [leaf.rows[place]]
    while len(rows) < 4:
        at = place + len(rows)
        if at == len(leaf.rows) or not _goes_on(leaf, at, found, body, first=len(rows) == 1):
            return rows
        rows.append(leaf.rows[at])
    return rows


def _goes_on(leaf: Leaf, at: int, found: _Found, body: float, *, first: bool) -> bool:
    """Whether row *at* continues the heading above it."""
    row, above = leaf.rows[at], leaf.rows[at - 1]
    if row.top - above.bottom > 2.0 * max(row.size, above.size) or row.letters < 2 or len(row.text.split()) > _WORDS:
        return False
    if _heading_by_name(row):
        return False
    size = row.size / body
    if found.size >= _LARGER:
        return abs(size / found.size - 1) < _ALIKE or (found.bare and first and size >= _LARGER)
    if found.bare and first:
        return row.text.isupper() or (_stands_alone(leaf, at) and _is_centred(leaf, row) and row.text[-1] not in ".,;")
    if row.text.isupper() and above.text.isupper() and not _ALONE.fullmatch(_trimmed(above.text)):
        return True
    return row.paragraph == above.paragraph and (at + 1 == len(leaf.rows) or _opens(leaf, at + 1))


def _heading_by_name(row: Row) -> bool:
    return any(kind.fullmatch(row.text.strip()) for _, kind in _KINDS) or bool(_ALONE.fullmatch(_trimmed(row.text)))


def _trimmed(text: str) -> str:
    return text.strip(' .:-–—*"“”«»')


def _joined(rows: Sequence[Row]) -> str:
    """The rows as one line; a word broken at the end of a row is whole again."""
    title = rows[0].text.strip()
    for row in rows[1:]:
        broken = title.endswith("-") and title[-2:-1].isalpha() and row.text[:1].islower()
        title = title[:-1] + row.text.strip() if broken else f"{title} {row.text.strip()}"
    title = " ".join(title.split())
    return title if len(title) <= _LONGEST else title[: _LONGEST - 1].rstrip() + "…"


# --- pages ---------------------------------------------------------------------------------------------------------


def _is_contents(leaf: Leaf) -> bool:
    """A page of which most rows end in a number."""
    entries = sum(bool(_ENTRY_OF_CONTENTS.fullmatch(row.text)) for row in leaf.rows)
    named = any(_CONTENTS.fullmatch(_trimmed(row.text)) for row in leaf.rows)
    return entries >= 4 and entries >= (0.25 if named else 0.4) * len(leaf.rows)


def _is_title_page(leaf: Leaf, body: float) -> bool:
    """A page of large letters: a cover or a title page, whose rows are no chapters."""
    large = sum(row.letters for row in leaf.rows if row.size >= _LARGER * body)
    return large > 0.3 * sum(row.letters for row in leaf.rows) and sum(row.letters for row in leaf.rows) < 400


# --- levels --------------------------------------------------------------------------------------------------------


def _not_crowded(found: Sequence[_Found], pages: int) -> list[_Found]:
    """Without the sizes of which there are too many for headings."""
    by_size = sum(one.rank == _BY_SIZE for one in found)
    return [one for one in found if one.rank != _BY_SIZE or by_size <= _CROWDED * pages]


def _levelled(found: Sequence[_Found]) -> tuple[Heading, ...]:
    ranks = [_rank(one, found) for one in found]
    order = {rank: level for level, rank in enumerate(sorted(set(ranks)), 1)}
    return tuple(
        Heading(one.title, one.page, one.top, min(order[rank], _DEEPEST))
        for one, rank in zip(found, ranks, strict=True)
    )


def _rank(one: _Found, found: Sequence[_Found]) -> tuple[float, int]:
    """Where a heading stands among the others: by its name, or by its size below the named ones at least as large."""
    if one.rank != _BY_SIZE:
        return (float(one.rank), 0)
    named = {rank: statistics.median(s.size for s in found if s.rank == rank) for rank in {s.rank for s in found}}
    named.pop(_BY_SIZE, None)
    larger = [rank for rank, size in named.items() if size >= one.size * (1 - _ALIKE)]
    return (max(larger) + 0.5 if larger else 0.0, _size_class(one, found))


def _size_class(one: _Found, found: Sequence[_Found]) -> int:
    """0 for the largest kind of headings known by their size, 1 for the next."""
    sizes = sorted((other.size for other in found if other.rank == _BY_SIZE), reverse=True)
    steps = (before / after - 1 > _ALIKE for before, after in pairwise(sizes) if after >= one.size)
    return sum(steps)
