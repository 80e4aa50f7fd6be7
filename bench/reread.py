"""Reads finished PDFs as if they were scans: what do people see who print them or read them in again?

    .venv/bin/python bench/reread.py HOME TRUTH [-o RESULT.md]

Every page of a home's PDFs is drawn at 300 dpi and goes through page work again, with the model that read its scan. The
table sets its error rate beside that of the text in the home, and says how many bytes a page has. *TRUTH* has a folder
per item with a text for every scan, the pages of an opening apart by form feed.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
from scoring import score

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from workers.page import PageDone, PageJob, limit_child, process_page  # noqa: E402  (found through the line above)

DPI = 300


@dataclass(frozen=True)
class Reread:
    """One item: error rates in percent before and after, kilobytes a page, what independent programs say."""

    item: str
    pages: int
    text: float
    again: float
    kilobytes: float
    largest: float
    sound: str

    @property
    def row(self) -> str:
        figures = f"{self.text:.2f} | {self.again:.2f} | {self.again - self.text:+.2f}"
        return f"| {self.item} | {self.pages} | {figures} | {self.kilobytes:.0f} | {self.largest:.0f} | {self.sound} |"


def pages_of(home: Path, item: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "digitize", "--home", str(home), "page", "list", item, "--json"]
    found: list[dict[str, Any]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def read_page(pdf: Path, number: int, model: str) -> str:
    """Page *number* (from 0) of *pdf*, drawn and read."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page.png"
        with pypdfium2.PdfDocument(pdf) as document:
            document[number].render(scale=DPI / 72).to_pil().convert("RGB").save(picture, dpi=(DPI, DPI))
        (Path(folder) / "out").mkdir()
        known = (model,) if model else ("uzb", "uzb_cyrl", "rus")
        done = process_page(PageJob(picture, 0, Path(folder) / "out", languages=known, prior=model))
    return " ".join(side.text for side in done.sides) if isinstance(done, PageDone) else ""


def soundness(pdf: Path) -> str:
    """What qpdf and veraPDF say, where they are."""
    runner = ROOT / "tools" / "verapdf" / "verapdf"
    words = []
    for name, command in (("qpdf", ["qpdf", "--check", str(pdf)]), ("veraPDF 2b", [str(runner), str(pdf)])):
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            continue
        if name == "qpdf" or done.returncode != 2:
            words.append(f"{name} {'passed' if done.returncode == 0 else 'FAILED'}")
    return ", ".join(words)


def page_sizes(pdf: Path) -> list[int]:
    """Bytes of the pictures of each page."""
    import pikepdf  # noqa: PLC0415  (after the workers, whose start is measured elsewhere)

    with pikepdf.open(pdf) as file:
        return [
            sum(len(image.read_raw_bytes()) + len(image.get("/Mask", image).read_raw_bytes()) for image in images)
            for images in (list(page.resources.XObject.as_dict().values()) for page in file.pages)
        ]


def measure(pool: ProcessPoolExecutor, home: Path, truth: Path) -> Reread:
    folder = home / "archive" / "items" / truth.name
    pdf = folder / f"{truth.name}.pdf"
    pages = pages_of(home, truth.name)
    wanted = " ".join(
        (truth / f"{Path(scan).stem}.txt").read_text("utf-8") for scan in dict.fromkeys(page["name"] for page in pages)
    )
    text = (folder / f"{truth.name}.txt").read_text("utf-8")
    again = pool.map(read_page, [pdf] * len(pages), range(len(pages)), [page["language"] for page in pages])
    return Reread(
        item=truth.name,
        pages=len(pages),
        text=score(text, wanted).cer,
        again=score(" ".join(again), wanted).cer,
        kilobytes=pdf.stat().st_size / 1000 / len(pages),
        largest=max(page_sizes(pdf)) / 1000,
        sound=soundness(pdf),
    )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("home", type=Path)
    words.add_argument("truth", type=Path)
    words.add_argument("--items", nargs="*", help="only these")
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("-o", "--output", type=Path)
    given = words.parse_args()
    chosen = [folder for folder in sorted(given.truth.iterdir()) if folder.is_dir()]
    with ProcessPoolExecutor(given.jobs, initializer=limit_child, initargs=(4096,)) as pool:
        rows = [measure(pool, given.home, folder) for folder in chosen if not given.items or folder.name in given.items]
    lines = [
        f"# PDFs read again, {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}",
        "",
        "| item | pages | text, % wrong | PDF drawn and read again | difference | KB a page | largest | checks |",
        "|---|---|---|---|---|---|---|---|",
        *(row.row for row in rows),
        "",
    ]
    print("\n".join(lines))
    if given.output:
        given.output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
