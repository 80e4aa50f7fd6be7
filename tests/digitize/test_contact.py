"""The contact sheet: what a person must see of every page, and nothing a page's text or name could do to the reader."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from builders import drop, make_desk, take_all
from fakes import InlineEngine
from faults.quick import quick_engine
from PIL import Image

from digitize.cli import run
from digitize.contact.contents import Scan, Side, Step
from digitize.contact.words import read_words
from digitize.contact.write import SheetJob, write_sheet
from digitize.errors import NotPermitted
from digitize.items import ItemView
from digitize.messages import LANGUAGES, speaker
from digitize.work import work

HOSTILE = "</pre><script>alert(1)</script><img src=\"http://x.example/a.png\" onerror='x'>&amp;\u202e\x00\ud800"
VOID = {"meta", "img", "input", "br"}
STEPS = (
    Step("orientation", {"turned": 90}),
    Step("crop", {"corners": "10 20 190 20 190 280 10 280", "sides": 4}),
    Step("deskew", {"angle": -0.5}),
)


class Page(HTMLParser):
    """Reads a sheet: tags in balance, every reference to anything, the text by element class."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def ids(self, kind: str) -> list[str]:
        return [str(attrs["id"]) for tag, attrs in self.tags if tag == kind and "id" in attrs]

    def classes(self, kind: str) -> list[str]:
        return [str(attrs.get("class")) for tag, attrs in self.tags if tag == kind]


def item(**changes: object) -> ItemView:
    plain = ItemView(
        key="INV-1", title="Nizom", type="kitob", source="reja", state="published", pages=1, done=1, pdf="", record="",
        links=[], language="", operator="", overrides={},
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def side(folder: Path, number: int = 1, text: str = "Kutubxona fondi\n\nboy", **changes: object) -> Side:
    """A finished page with its files."""
    stem = folder / f"p{number}" / "whole"
    stem.parent.mkdir(exist_ok=True)
    Image.new("RGB", (200, 300), "white").save(stem.with_suffix(".jpg"))
    stem.with_suffix(".txt").write_text(text, encoding="utf-8", errors="replace")
    sure = zip(text.split(), (96.0, 70.0, 20.0), strict=False)
    words = [
        {"text": word, "box": {"left": 9 * at, "top": 5, "right": 9 * at + 8, "bottom": 15}, "confidence": percent}
        for at, (word, percent) in enumerate(sure)
    ]
    stem.with_suffix(".json").write_text(json.dumps({"width": 200, "height": 300, "lines": [{"words": words}]}))
    plain = Side(
        number=number, side="whole", state="done", outcome="ok", confidence=91.0, worst=64.2, language="uzb",
        script="Latn", skew=-0.5, kind="", reason="", steps=STEPS, votes={"uzb_cyrl": 20.0, "uzb": 93.8},
        engine="tesseract 5.3.0", read_at_dpi=168.0, files=stem,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def scan(folder: Path, *sides: Side, name: str = "0001.png") -> Scan:
    master = folder / "master.png"
    Image.new("RGB", (300, 200), "grey").save(master)
    return Scan(name, 0, master, sides)


def sheet(folder: Path, *scans: Scan, language: str = "uz", **changes: object) -> str:
    target = folder / "sheet.html"
    moment = datetime(2026, 11, 26, 18, 30, tzinfo=UTC)
    job = SheetJob(item(**changes), scans, target, 60.0, 10_000_000, moment, language)
    size = write_sheet(job, InlineEngine(), speaker(language))
    assert size == target.stat().st_size
    return target.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_shows_scan_page_steps_words_and_text_in_every_language(tmp_path: Path, language: str):
    undone = (*STEPS, Step("clean", {}, "faint text would be lost"))
    page = Page(sheet(tmp_path, scan(tmp_path, side(tmp_path, steps=undone)), language=language))
    told = " ".join(page.words)

    assert page.open == []
    assert page.ids("article") == ["p1"]
    assert [tag for tag, _ in page.tags].count("img") == 2
    assert [attrs["points"] for tag, attrs in page.tags if tag == "polygon"] == ["10,20 190,20 190,280 10,280"]
    for expected in ("uzb 93.8, uzb_cyrl 20", "64,2", "angle -0.5", "Kutubxona fondi", "0001.png", "tesseract 5.3.0"):
        assert expected in told
    assert speaker(language)("undone.faint text would be lost") in told


def test_words_are_framed_by_certainty_and_the_weakest_region_is_marked(tmp_path: Path):
    page = Page(sheet(tmp_path, scan(tmp_path, side(tmp_path))))

    assert page.classes("path") == ["sure", "doubt", "poor", "weak"]
    assert "boy 20" in page.words


def test_an_opening_shows_its_scan_once_with_the_cut_and_both_pages(tmp_path: Path):
    steps = (STEPS[1], Step("split", {"gutter": 0.5}))
    pages = [side(tmp_path, number, side=half, steps=steps) for number, half in ((3, "left"), (4, "right"))]
    page = Page(sheet(tmp_path, scan(tmp_path, *pages)))

    cuts = [attrs for tag, attrs in page.tags if tag == "line"]
    assert [(cut["x1"], cut["y1"], cut["x2"], cut["y2"]) for cut in cuts] == [("100", "20", "100", "280")]
    assert page.ids("article") == ["p3", "p4"]
    assert page.classes("figure") == ["master", "page", "page"]


def test_pages_with_trouble_stand_first_and_the_worst_of_them_first_of_all(tmp_path: Path):
    bad = {"state": "failed", "outcome": "", "reason": "Sahifa juda katta.\nQayta skanerlang.", "files": None}
    sides = [
        side(tmp_path, 1),
        side(tmp_path, 2, outcome="blank"),
        side(tmp_path, 3, outcome="low"),
        side(tmp_path, 4, **bad),
        side(tmp_path, 5, steps=(Step("split", {}, "text crosses the gutter"),)),
        side(tmp_path, 6, steps=(Step("clean", {}, "switched off"),)),
    ]
    text = sheet(tmp_path, *(scan(tmp_path, one) for one in sides))
    navigation = Page(text[text.index("<nav>") : text.index("</nav>") + 6])

    links = [attrs["href"] for tag, attrs in navigation.tags if tag == "a"]
    assert links[:4] == ["#p4", "#p3", "#p5", "#p2"]
    assert links[4:] == [f"#p{number}" for number in range(1, 7)]
    assert "Sahifa juda katta." in navigation.words


def test_nothing_foreign_becomes_markup_and_nothing_is_fetched(tmp_path: Path):
    page = side(tmp_path, text=HOSTILE, steps=(Step(HOSTILE, {HOSTILE: HOSTILE}, HOSTILE),), reason=HOSTILE, kind="x")
    voted = replace(page, votes={HOSTILE: 1.0}, engine=HOSTILE, language=HOSTILE, script=HOSTILE)
    text = sheet(tmp_path, scan(tmp_path, voted, name=HOSTILE), key=HOSTILE, title=HOSTILE, operator=HOSTILE)
    read = Page(text)

    assert read.open == []
    assert {tag for tag, _ in read.tags} & {"script", "link", "iframe", "object", "base", "form"} == set()
    assert [attrs for _, attrs in read.tags if any(name.startswith("on") for name in attrs)] == []
    sources = [str(attrs[name]) for _, attrs in read.tags for name in ("src", "href") if name in attrs]
    assert {source for source in sources if not source.startswith(("data:image/jpeg;base64,", "#"))} == set()
    assert "\x00" not in text
    assert "\u202e" not in text
    policy = next(attrs["content"] for tag, attrs in read.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_a_picture_or_record_that_is_gone_or_spoilt_costs_only_itself(tmp_path: Path):
    first, second = side(tmp_path, 1), side(tmp_path, 2)
    assert first.files is not None
    assert second.files is not None
    first.files.with_suffix(".jpg").unlink()
    second.files.with_suffix(".json").write_text("{")
    second.files.with_suffix(".txt").unlink()
    broken = scan(tmp_path, second)
    (tmp_path / "cut.tif").write_bytes(b"II*\0\x08\0\0\0")
    page = Page(sheet(tmp_path, scan(tmp_path, first), replace(broken, master=tmp_path / "cut.tif")))

    assert page.ids("article") == ["p1", "p2"]
    assert [tag for tag, _ in page.tags].count("img") == 2
    assert "Rasmni ko‘rsatib bo‘lmadi: fayl joyida yo‘q" in page.words


def test_a_page_with_a_full_page_of_text_stays_within_80_kilobytes(tmp_path: Path):
    page = side(tmp_path, text="Kutubxona fondi boy \n" * 45)
    assert page.files is not None
    noise = Image.effect_noise((874, 1240), 90).convert("RGB")
    noise.save(page.files.with_suffix(".jpg"), quality=70)
    words = [
        {"text": "Kutubxona", "box": {"left": 1000, "top": 2000, "right": 1100, "bottom": 2040}, "confidence": 95.0}
    ]
    page.files.with_suffix(".json").write_text(
        json.dumps({"width": 874, "height": 1240, "lines": [{"words": words * 320}]})
    )
    shown = scan(tmp_path, page)
    noise.save(tmp_path / "master.png", compress_level=1)

    assert len(sheet(tmp_path, shown)) - len(sheet(tmp_path)) < 82_000


def test_a_folder_that_may_not_be_written_is_one_sentence_and_the_old_sheet_stays(tmp_path: Path, monkeypatch):
    (tmp_path / "sheet.html").write_text("eski")

    def refuse(self: Path, mode: str = "r", *rest: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(NotPermitted, match=r"sheet\.html"):
        sheet(tmp_path)
    monkeypatch.undo()

    assert (tmp_path / "sheet.html").read_text() == "eski"


def test_words_of_a_spoilt_record_are_no_words(tmp_path: Path):
    (tmp_path / "a.json").write_text('{"width": 1, "height": 1, "lines": [{"words": [{}]}]}')

    assert read_words(tmp_path / "a.json") is None
    assert read_words(tmp_path / "none.json") is None


def test_the_command_shows_what_the_house_really_made(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    desk = replace(make_desk(tmp_path), engine=quick_engine())
    drop(desk, "O'z <1>", "1.png")
    (desk.home.inbox / "O'z <1>" / "2.png").write_bytes(b"no picture")
    take_all(desk)
    work(desk)
    target = tmp_path / "varaq.html"

    assert run(["--home", str(desk.home.root), "item", "show", "O'z <1>", "--html", str(target)]) == 0

    page = Page(target.read_text(encoding="utf-8"))
    assert page.ids("article") == ["p1", "p2"]
    assert page.classes("section") == ["ok", "rejected"]
    assert [tag for tag, _ in page.tags].count("img") == 2
    assert "2 sahifa" in capfd.readouterr().out
