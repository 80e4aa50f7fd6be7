"""Filling in a form made in Word.

Word cuts a placeholder into pieces wherever it marked a spelling mistake or somebody changed a letter; so the text of
a paragraph is looked at as a whole, and the value takes the looks of the placeholder's first letter.
"""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from itertools import takewhile
from pathlib import Path

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.opc.part import XmlPart
from docx.oxml.ns import qn
from lxml.etree import _Element as Element

from digitize.errors import UsageError, sentence
from digitize.plan.office import DAMAGED
from digitize.render.template.values import Filling, Line, repeated, text_of
from digitize.render.template.words import Placeholder, Problems, placeholders, several

_PARAGRAPH, _ROW, _TEXT = qn("w:p"), qn("w:tr"), qn("w:t")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_ONCE_ONLY = (qn("w:bookmarkStart"), qn("w:bookmarkEnd"))
_OWN_NUMBERS = tuple(f"{{http://schemas.microsoft.com/office/word/2010/wordml}}{name}" for name in ("paraId", "textId"))
"""Elements and attributes whose names may stand in a document once; a repeated row leaves them out."""
_PARTS = re.compile(r"/word/(document|header|footer)\d*\.xml")
"""Where a form has its text; a placeholder in a remark on the margin is talk about it."""


def fill_docx(template: Path, filling: Filling) -> bytes:
    """The document *template* with the values of *filling* in the places of its placeholders.

    Raises:
        UsageError: it is no DOCX, or a placeholder in it is wrong; all that are wrong are named.
    """
    try:
        paper = Document(str(template))
    except (PackageNotFoundError, *DAMAGED) as error:
        raise UsageError(
            "The template {template} is no Word document: {error}.",
            hint="Save it as DOCX, without a password.",
            template=template,
            error=error,
        ) from error
    problems = Problems(template)
    for part in paper.part.package.iter_parts():
        if isinstance(part, XmlPart) and _PARTS.fullmatch(str(part.partname)):
            _Filler(filling, problems).fill(part.element)
    problems.raise_if_any()
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


class _Filler:
    """One part of the document: its body, a header, a footer."""

    def __init__(self, filling: Filling, problems: Problems) -> None:
        self._filling = filling
        self._problems = problems
        self._written: set[Element] = set()
        """Paragraphs with values in them, which may look like placeholders: nobody looks at them again."""

    def fill(self, root: Element) -> None:
        """Repeat the rows first, then write what stands once."""
        for row in list(root.iter(_ROW)):
            if row.getparent() is not None and (group := self._group(row)):
                self._repeat(_block(row, group, self._group), group)
        for paragraph in root.iter(_PARAGRAPH):
            if paragraph not in self._written:
                self._write(paragraph, {})

    def _group(self, row: Element) -> str:
        """The group whose lines a row is repeated for."""
        groups = sorted({found.group for found in self._found(row) if found.group})
        if len(groups) > 1:
            self._problems.other(sentence("one row of a table has placeholders of {groups}", groups=several(groups)))
        return groups[0] if groups else ""

    def _found(self, row: Element) -> Iterator[Placeholder]:
        """The placeholders of a row, those of a table inside it left out."""
        for paragraph in row.iter(_PARAGRAPH):
            if next(paragraph.iterancestors(_ROW)) is row:
                yield from placeholders(_text(paragraph), self._problems)

    def _repeat(self, block: Sequence[Element], group: str) -> None:
        """Write *block* once for each line."""
        titles = [all(found.field == "section" for found in self._found(row)) for row in block]
        for place, line in repeated(self._filling.groups[group], titles, group):
            block[0].addprevious(self._filled(block[place], line))
        for row in block:
            _remove(row)

    def _filled(self, row: Element, line: Line) -> Element:
        copy = deepcopy(row)
        for element in list(copy.iter(*_ONCE_ONLY)):
            _remove(element)
        for element in copy.iter():
            for name in _OWN_NUMBERS:
                element.attrib.pop(name, "")
        for paragraph in copy.iter(_PARAGRAPH):
            self._write(paragraph, line)
            self._written.add(paragraph)
        return copy

    def _write(self, paragraph: Element, line: Line) -> None:
        texts = _texts(paragraph)
        for found in reversed(placeholders("".join(text.text or "" for text in texts), self._problems)):
            if found.group and found.field not in line:
                stray = sentence(
                    "a placeholder of {group} stands outside the rows of a table", group=sentence(found.group)
                )
                self._problems.other(stray)
            else:
                _replace(texts, found.start, found.end, text_of(self._filling.value(found, line, self._problems)))


def _block(row: Element, group: str, group_of: Callable[[Element], str]) -> list[Element]:
    """*row* and the rows right below it that are repeated for the same lines."""
    below = takewhile(lambda other: other.tag == _ROW and group_of(other) == group, row.itersiblings())
    return [row, *below]


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _texts(paragraph: Element) -> list[Element]:
    """The pieces of text of a paragraph, those of a text box hung on it left out."""
    return [text for text in paragraph.iter(_TEXT) if next(text.iterancestors(_PARAGRAPH)) is paragraph]


def _text(paragraph: Element) -> str:
    return "".join(text.text or "" for text in _texts(paragraph))


def _replace(texts: Sequence[Element], start: int, end: int, value: str) -> None:
    """Put *value* in the place of the signs from *start* to *end* of all *texts* together."""
    offset = 0
    for text in texts:
        old = text.text or ""
        left, right = max(start - offset, 0), min(end - offset, len(old))
        offset += len(old)
        if left < right:
            text.text = old[:left] + value + old[right:]
            text.set(_SPACE, "preserve")
            value = ""
