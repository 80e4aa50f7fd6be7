"""Draws the real scans on which ours is farthest behind OCRmyPDF: master, page and all texts.

    .venv/bin/python bench/worst.py FOLDER [SCAN ...]

Without SCAN the ten that stand in ``bench/results/real.md``. FOLDER gets ``index.html``; it shows ground truth and
pictures of the development pack and is not for keeping.
"""

import argparse
import html
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packs import ROOT, Book, ScanFile, load
from PIL import Image
from real import KEPT, REASONS, Kept
from scoring import score

from workers.page import PageDone, PageJob, process_page

RESULT = ROOT / "bench" / "results" / "real.md"
HIGH = 1000
"""Pixels of the pictures' height."""
_STYLE = (
    "body{font:14px sans-serif;max-width:1500px;margin:auto}img{height:700px;margin-right:8px}"
    "section{border-top:2px solid;margin-top:2em}div{display:flex;gap:1em}"
    "pre{flex:1;white-space:pre-wrap;font-size:9pt}"
)


def worst_named(result: str) -> list[str]:
    """The scans of the table of the farthest behind."""
    part = result.split("## Farthest behind", 1)[1].split("\n## ", 1)[0]
    cells = [line.split("|")[1].strip() for line in part.splitlines() if line.startswith("| ")]
    return [cell for cell in cells if "." in cell]


def restored(book: Book, scan: ScanFile, folder: Path) -> tuple[list[Path], str]:
    """The pictures of our pages and their text."""
    profile = tomllib.loads((ROOT / "config" / "restore.toml").read_text("utf-8"))["kitob"]
    done = process_page(PageJob(scan.path, 0, folder, profile, languages=book.models, in_process=True))
    if not isinstance(done, PageDone):
        return [], done.reason
    return [folder / f"{side.side}.jpg" for side in done.sides], "\n".join(side.text for side in done.sides)


def small(source: Path, target: Path) -> str:
    """Reduce a picture; the name it now has."""
    with Image.open(source) as picture:
        shown = picture.convert("RGB")
    shown.thumbnail((2 * HIGH, HIGH))
    shown.save(target, quality=80)
    return target.name


def section(book: Book, scan: ScanFile, kept: Kept, folder: Path) -> Iterator[str]:
    """One scan as HTML."""
    name = scan.path.name
    why = tomllib.loads(REASONS.read_text("utf-8"))["why"].get(name, "")
    with tempfile.TemporaryDirectory() as work:
        pages, text = restored(book, scan, Path(work))
        pictures = [small(scan.path, folder / f"{name}.master.jpg")]
        pictures += [small(page, folder / f"{name}.{page.stem}.jpg") for page in pages]
    texts = {"truth": scan.text, "ours": text}
    texts |= {f"OCRmyPDF {mode}": kept.of(book, mode, 1).get(name, "") for mode in ("plain", "clean")}
    yield f"<section><h2>{html.escape(name)}</h2><p>{html.escape(why)}</p>"
    yield from (f'<img src="{picture}" alt="">' for picture in pictures)
    yield "<div>"
    for said, read in texts.items():
        rate = score(read, scan.text)
        yield f"<pre><b>{said}, {rate.cer:.2f} %, recall {rate.recall:.2f} %</b>\n{html.escape(read)}</pre>"
    yield "</div></section>"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("scans", nargs="*")
    given = words.parse_args()
    named = given.scans or worst_named(RESULT.read_text("utf-8"))
    known = {scan.path.name: (book, scan) for book in load(["real"])[0] for scan in book.scans}
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = Kept(KEPT)
    parts = [line for name in named for line in section(*known[name], kept, given.folder)]
    head = f'<!DOCTYPE html><meta charset="utf-8"><title>Farthest behind</title><style>{_STYLE}</style>'
    (given.folder / "index.html").write_text("\n".join([head, *parts]), encoding="utf-8")
    print(given.folder / "index.html")


if __name__ == "__main__":
    main()
