"""hOCR 1.2 of one page from what the worker left beside it: boxes in pixels of the page picture, canonical spelling.

What the recogniser itself wrote, in pixels of the picture it read, stays in the archive beside it; where the spelling
of a word was put right, its own reading stands in ``data-raw``.
"""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from lxml import etree

from digitize.transfer.alto import BadPage
from digitize.transfer.contents import PageContent
from digitize.transfer.xml import NameSpace, document

URI = "http://www.w3.org/1999/xhtml"
_RIGHT_TO_LEFT = {"ar", "fa"}
_html = NameSpace(URI)


def hocr(record: Mapping[str, Any], page: PageContent) -> bytes:
    """The document of one page; *record* is the worker's JSON of it.

    Raises:
        BadPage: *record* lacks what every page has.
    """
    try:
        return document(_root(record, page))
    except (KeyError, TypeError, ValueError) as error:
        raise BadPage(f"{error!r}") from error


def _root(record: Mapping[str, Any], page: PageContent) -> etree._Element:
    root = _html.root("html", {None: URI}, lang=page.language)
    head = _html.under(root, "head")
    _html.under(head, "title", page.name)
    _html.under(head, "meta", **{"http-equiv": "Content-Type", "content": "text/html; charset=utf-8"})
    engine = str(record["parameters"].get("engine") or "unknown")
    _html.under(head, "meta", name="ocr-system", content=engine)
    _html.under(head, "meta", name="ocr-capabilities", content="ocr_page ocr_par ocr_line ocrx_word")
    name, size = f"page_{page.number}", (int(record["width"]), int(record["height"]))
    place = f'image "{page.side}.jpg"; bbox 0 0 {size[0]} {size[1]}; ppageno {page.number - 1}'
    place += f"; lpageno {page.label}" if page.label else ""
    sheet = _html.under(_html.under(root, "body"), "div", **{"class": "ocr_page"}, id=name, title=place)
    direction = "rtl" if page.language in _RIGHT_TO_LEFT else ""
    paragraphs = groupby(record["lines"], key=lambda line: line["paragraph"])
    for number, (_, lines) in enumerate(paragraphs, 1):
        paragraph = _html.under(
            sheet, "p", **{"class": "ocr_par"}, id=f"{name}_par_{number}", lang=page.language, dir=direction
        )
        for place_, line in enumerate(lines, 1):
            _write_line(paragraph, f"{name}_line_{number}_{place_}", line)
    return root


def _write_line(paragraph: etree._Element, name: str, line: Mapping[str, Any]) -> None:
    title = f"{_box(line['box'])}; baseline {float(line['slope']):.4f} {float(line['offset']):.1f}"
    title += f"; x_size {float(line['size']):.1f}"
    element = _html.under(paragraph, "span", **{"class": "ocr_line"}, id=name, title=title)
    for number, word in enumerate(line["words"], 1):
        told = f"{_box(word['box'])}; x_wconf {float(word['confidence']):.0f}"
        raw = word["raw"] if word["raw"] != word["text"] else ""
        _html.under(
            element, "span", word["text"],
            **{"class": "ocrx_word", "data-raw": raw}, id=f"{name}_word_{number}", title=told,
        )  # fmt: skip


def _box(found: Mapping[str, Any]) -> str:
    return "bbox " + " ".join(str(int(found[side])) for side in ("left", "top", "right", "bottom"))
