"""ALTO 4.4 of one page from what the worker left beside it: blocks, lines, words with their places and certainty.

Words broken by a hyphen at a line's end say which whole they belong to (SUBS_CONTENT), so that a viewer finds them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from lxml import etree

from digitize.fulltext.words import is_broken, joined
from digitize.transfer.contents import PageContent
from digitize.transfer.xml import NameSpace, document

URI = "http://www.loc.gov/standards/alto/ns-v4#"
VERSION = "4.4"
_alto = NameSpace(URI)

_Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    box: _Box
    certainty: float
    whole: str = ""
    """The word it is a part of, if it is broken over two lines."""
    part: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    words: tuple[_Word, ...]
    box: _Box
    paragraph: int
    baseline: str
    """Two points, as ALTO writes them."""


class BadPage(ValueError):
    """The page's record beside its PDF cannot be understood."""


def alto(record: Mapping[str, Any], page: PageContent) -> bytes:
    """The document of one page; *record* is the worker's JSON of it.

    Raises:
        BadPage: *record* lacks what every page has.
    """
    try:
        lines = _linked([_line(found) for found in record["lines"]])
        size = int(record["width"]), int(record["height"])
        return document(_root(record, page, lines, size))
    except (KeyError, TypeError, ValueError) as error:
        raise BadPage(f"{error!r}") from error


def _root(
    record: Mapping[str, Any], page: PageContent, lines: Sequence[_Line], size: tuple[int, int]
) -> etree._Element:
    root = _alto.root("alto", {None: URI}, SCHEMAVERSION=VERSION)
    _describe(_alto.under(root, "Description"), record, page)
    name = f"P{page.number}"
    sheet = _alto.under(
        _alto.under(root, "Layout"), "Page", ID=name, PHYSICAL_IMG_NR=page.number, PRINTED_IMG_NR=page.label,
        WIDTH=size[0], HEIGHT=size[1],
        LANG=page.language, PC=_share(record.get("confidence")) if lines else None,
    )  # fmt: skip
    space = _alto.under(sheet, "PrintSpace", **_place((0, 0, *size)))
    counter = 0
    for block, (_, group) in enumerate(groupby(lines, key=lambda line: line.paragraph), 1):
        members = list(group)
        box = _around(line.box for line in members)
        element = _alto.under(space, "TextBlock", ID=f"{name}_B{block}", LANG=page.language, **_place(box))
        for line in members:
            counter += 1
            _write_line(element, f"{name}_L{counter}", line)
    return root


def _describe(about: etree._Element, record: Mapping[str, Any], page: PageContent) -> None:
    _alto.under(about, "MeasurementUnit", "pixel")
    source = _alto.under(about, "sourceImageInformation")
    _alto.under(source, "fileName", page.name)
    if page.sha256:
        _alto.under(source, "fileIdentifier", f"sha256:{page.sha256}", fileIdentifierLocation="digitize")
    processing = _alto.under(about, "Processing", ID="OCR")
    _alto.under(processing, "processingCategory", "contentGeneration")
    if page.done_at:
        _alto.under(processing, "processingDateTime", page.done_at.isoformat(timespec="seconds"))
    _alto.under(processing, "processingStepSettings", f"model {record.get('language') or 'none'}")
    software = _alto.under(processing, "processingSoftware")
    _alto.under(software, "softwareName", str(record["parameters"].get("engine") or "unknown"))


def _write_line(block: etree._Element, name: str, line: _Line) -> None:
    element = _alto.under(block, "TextLine", ID=name, BASELINE=line.baseline, **_place(line.box))
    for number, word in enumerate(line.words, 1):
        if number > 1:
            _alto.under(element, "SP", HPOS=line.words[number - 2].box[2], VPOS=word.box[1])
        first = word.part == 1
        _alto.under(
            element, "String", ID=f"{name}_S{number}", CONTENT=word.text[:-1] if first else word.text,
            **_place(word.box), WC=_share(word.certainty), SUBS_TYPE=f"HypPart{word.part}" if word.part else "",
            SUBS_CONTENT=word.whole,
        )  # fmt: skip
        if first:
            _alto.under(element, "HYP", CONTENT=word.text[-1])


def _line(found: Mapping[str, Any]) -> _Line:
    words = tuple(_Word(word["text"], _box(word["box"]), float(word["confidence"])) for word in found["words"])
    box = _box(found["box"])
    return _Line(words, box, int(found["paragraph"]), _baseline(box, float(found["slope"]), float(found["offset"])))


def _baseline(box: _Box, slope: float, offset: float) -> str:
    start = box[3] + offset
    return f"{box[0]},{round(start)} {box[2]},{round(start + slope * (box[2] - box[0]))}"


def _linked(lines: Sequence[_Line]) -> list[_Line]:
    """The lines, their broken words told of the whole."""
    kept = [list(line.words) for line in lines]
    for before, after in pairwise(kept):
        if before and after and is_broken(before[-1].text, after[0].text) and not before[-1].part:
            first, second = before[-1], after[0]
            whole = joined(first.text, second.text)
            before[-1] = _Word(first.text, first.box, first.certainty, whole, 1)
            after[0] = _Word(second.text, second.box, second.certainty, whole, 2)
    return [
        _Line(tuple(words), line.box, line.paragraph, line.baseline) for words, line in zip(kept, lines, strict=True)
    ]


def _box(found: Mapping[str, Any]) -> _Box:
    return int(found["left"]), int(found["top"]), int(found["right"]), int(found["bottom"])


def _around(boxes: Iterable[_Box]) -> _Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _place(box: _Box) -> dict[str, object]:
    left, top, right, bottom = box
    return {"HPOS": left, "VPOS": top, "WIDTH": max(0, right - left), "HEIGHT": max(0, bottom - top)}


def _share(percent: object) -> str:
    """ALTO's certainty is a share of one."""
    return f"{min(100.0, max(0.0, float(str(percent or 0)))) / 100:.2f}"


def words_in(document_: bytes) -> int:
    """How many words an ALTO document holds; reads it whole.

    Raises:
        etree.XMLSyntaxError: it is damaged.
    """
    root = etree.fromstring(document_, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    return sum(1 for _ in root.iter(f"{{{URI}}}String"))
