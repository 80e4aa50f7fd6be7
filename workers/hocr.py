"""hOCR 1.2 as Tesseract writes it, read into words and lines. The bytes themselves stay as they are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from workers.text import Box, Line, Word

_XHTML = "{http://www.w3.org/1999/xhtml}"
_LINES = {"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"}
_PROPERTY = re.compile(r"\s*(\w+)\s+([^;]*)")


class BadHocr(ValueError):
    """The document is cut short or is no hOCR; the engine died or the disk was full."""


@dataclass(frozen=True, slots=True)
class Document:
    """One page of hOCR."""

    lines: tuple[Line, ...]
    """Raw words, boxes in pixels of the picture that was read, in reading order."""
    engine: str
    """``ocr-system`` of the document, e.g. ``tesseract 5.3.0``."""


def parse(document: bytes) -> Document:
    """Read one hOCR page.

    Raises:
        BadHocr: the document does not parse to its end.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise BadHocr(f"The recogniser's hOCR is damaged: {error}.") from error
    return Document(tuple(_lines(root)), _engine(root))


def _engine(root: etree._Element) -> str:
    for meta in root.iter(_XHTML + "meta"):
        if meta.get("name") == "ocr-system":
            return meta.get("content") or ""
    return ""


def _lines(root: etree._Element) -> Iterator[Line]:
    for number, paragraph in enumerate(root.iter(_XHTML + "p")):
        for element in paragraph.iter(_XHTML + "span"):
            if element.get("class") in _LINES:
                words = tuple(_words(element))
                if words:
                    yield _line(element, words, number)


def _words(line: etree._Element) -> Iterator[Word]:
    for element in line.iter(_XHTML + "span"):
        text = str(etree.tostring(element, encoding="unicode", method="text", with_tail=False)).strip()
        if element.get("class") == "ocrx_word" and text:
            properties = _properties(element)
            yield Word(text, text, _box(properties), float(properties.get("x_wconf", "0")))


def _line(element: etree._Element, words: tuple[Word, ...], paragraph: int) -> Line:
    properties = _properties(element)
    slope, offset = 0.0, 0.0
    if "baseline" in properties:
        slope, offset = (float(value) for value in properties["baseline"].split()[:2])
    return Line(words, _box(properties), slope, offset, paragraph, float(properties.get("x_size", "0")))


def _properties(element: etree._Element) -> Mapping[str, str]:
    """The ``title`` of an element: ``bbox 1 2 3 4; x_wconf 96``. Names end at the space, values at the semicolon."""
    found = (_PROPERTY.match(part) for part in (element.get("title") or "").split(";"))
    return {match[1]: match[2].strip() for match in found if match}


def _box(properties: Mapping[str, str]) -> Box:
    values = [int(value) for value in properties.get("bbox", "0 0 0 0").split()[:4]]
    return Box(*values)
