from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fulltext_pages import NOON
from lxml import etree
from schemas import schema

from digitize.transfer.alto import URI, BadPage, alto, words_in
from digitize.transfer.contents import PageContent

A = f"{{{URI}}}"


def box(left: int, top: int, right: int, bottom: int) -> dict[str, int]:
    return {"left": left, "top": top, "right": right, "bottom": bottom}


def line(*words: str, top: int, paragraph: int = 0) -> dict[str, Any]:
    return {
        "words": [
            {"text": word, "raw": word, "box": box(100 * place, top, 100 * place + 80, top + 20), "confidence": 91.5}
            for place, word in enumerate(words)
        ],
        "box": box(0, top, 100 * len(words), top + 20),
        "slope": 0.01,
        "offset": -4.0,
        "paragraph": paragraph,
        "size": 20.0,
    }


def record(*lines: dict[str, Any]) -> dict[str, Any]:
    return {
        "width": 620,
        "height": 880,
        "language": "uzb",
        "confidence": 91.5 if lines else 0.0,
        "parameters": {"engine": "tesseract 5.3.0"},
        "lines": list(lines),
    }


def page(number: int = 7) -> PageContent:
    return PageContent(number, "r", "whole", "0007.tif", "ab" * 32, ".tif", "uz-Latn", "", NOON)


def parsed(*lines: dict[str, Any]) -> etree._Element:
    return etree.fromstring(alto(record(*lines), page()))


def test_every_word_stands_in_its_line_and_block_with_place_and_certainty() -> None:
    root = parsed(line("Kutubxona", "fondi", top=50), line("Bog‘", top=120, paragraph=1))
    blocks = root.findall(f".//{A}TextBlock")
    assert [[s.get("CONTENT") for s in block.iter(f"{A}String")] for block in blocks] == [
        ["Kutubxona", "fondi"],
        ["Bog‘"],
    ]
    second = root.findall(f".//{A}String")[1]
    assert [second.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")] == ["100", "50", "80", "20", "0.92"]
    assert root.find(f".//{A}TextLine").get("BASELINE") == "0,66 200,68"


def test_a_word_broken_over_lines_names_the_whole_in_both_parts() -> None:
    root = parsed(line("katta", "kutub-", top=50), line("xonalar", top=80))
    parts = [(s.get("CONTENT"), s.get("SUBS_TYPE"), s.get("SUBS_CONTENT")) for s in root.iter(f"{A}String")]
    assert parts == [
        ("katta", None, None),
        ("kutub", "HypPart1", "kutubxonalar"),
        ("xonalar", "HypPart2", "kutubxonalar"),
    ]
    assert [hyphen.get("CONTENT") for hyphen in root.iter(f"{A}HYP")] == ["-"]


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (line("a", top=1),),
        (line("katta", "kutub-", top=50), line("xona-", top=80), line("lar", top=90, paragraph=2)),
    ],
)
def test_the_document_is_valid(lines: tuple[dict[str, Any], ...]) -> None:
    schema("alto-4-4.xsd").assertValid(parsed(*lines))


def test_signs_that_xml_cannot_hold_are_left_out() -> None:
    assert words_in(alto(record(line("a\x00b\x1f\ud800", "\uffff", top=1)), page())) == 2


def test_a_damaged_record_is_said_to_be_damaged() -> None:
    with pytest.raises(BadPage, match="lines"):
        alto({"width": 1}, page())


def test_no_document_can_name_a_file_to_be_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    evil = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{tmp_path / "secret"}">]><a>&e;</a>'
    assert words_in(evil.encode()) == 0


def test_the_printed_number_stands_beside_the_place_in_the_book() -> None:
    numbered = etree.fromstring(alto(record(line("bir", top=50)), replace(page(7), label="iv")))
    unknown = parsed(line("bir", top=50))

    def numbers(root: etree._Element) -> tuple[str | None, str | None]:
        found = root.find(f".//{A}Page")
        assert found is not None
        return found.get("PHYSICAL_IMG_NR"), found.get("PRINTED_IMG_NR")

    assert numbers(numbered) == ("7", "iv")
    assert numbers(unknown) == ("7", None)
    schema("alto-4-4.xsd").assertValid(numbered)
