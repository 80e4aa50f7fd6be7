"""Reads finished PDFs as if they were scans: what do people see who print them or read them in again?

    .venv/bin/python bench/reread.py HOME TRUTH [-o RESULT.md]

Every page of a home's PDFs is drawn at 300 dpi and read by the bare Tesseract program, as a stranger would do who has
nothing but the file, with the model that read its scan. The table sets that error rate beside those of the text in the
home and of what pdftotext takes out of the file, and says how many bytes a page has. *TRUTH* has a folder per item
with a text for every scan, the pages of an opening apart by form feed. ``bench/bench.py`` asks the same of its run.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
from packs import ROOT
from scoring import score

from workers.engines import reader, spelled

DPI = 300


@dataclass(frozen=True)
class Reread:
    """One item: error rates in percent before and after, kilobytes a page, what independent programs say."""

    item: str
    pages: int
    text: float
    taken: float
    again: float
    kilobytes: float
    largest: float
    sound: str

    @property
    def row(self) -> str:
        figures = f"{self.text:.2f} | {self.taken:.2f} | {self.again:.2f} | {self.again - self.text:+.2f}"
        return f"| {self.item} | {self.pages} | {figures} | {self.kilobytes:.0f} | {self.largest:.0f} | {self.sound} |"


def pages_of(home: Path, item: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "digitize", "--home", str(home), "page", "list", item, "--json"]
    found: list[dict[str, Any]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def taken_out(pdf: Path) -> str:
    """The text of *pdf* as pdftotext finds it."""
    return subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True).stdout


def read_again(pages: Sequence[tuple[Path, int, str]], jobs: int) -> list[str]:
    """The text of each page, given as PDF, number from 1 and model; empty where no model read its scan."""
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda page: _read_page(*page), pages))


def _read_page(pdf: Path, number: int, model: str) -> str:
    if not model:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "page"
        place = ["-f", str(number), "-l", str(number), "-singlefile", "-r", str(DPI), "-gray"]
        subprocess.run(["pdftoppm", *place, str(pdf), str(picture)], check=True, capture_output=True)
        command = ["tesseract", f"{picture}.pgm", "-", "-l", spelled(reader(model)), "--dpi", str(DPI)]
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "OMP_THREAD_LIMIT": "1"}
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


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
    """Bytes of the pictures of each page, their masks among them."""
    with pikepdf.open(pdf) as file:
        shown = [list(page.resources.XObject.as_dict().values()) for page in file.pages]
        with_masks = [[*images, *(image.Mask for image in images if "/Mask" in image)] for images in shown]
        return [sum(len(image.read_raw_bytes()) for image in images) for images in with_masks]


def measure(home: Path, truth: Path, jobs: int) -> Reread:
    folder = home / "archive" / "items" / truth.name
    pdf = folder / f"{truth.name}.pdf"
    pages = pages_of(home, truth.name)
    wanted = " ".join(
        (truth / f"{Path(scan).stem}.txt").read_text("utf-8") for scan in dict.fromkeys(page["name"] for page in pages)
    )
    text = (folder / f"{truth.name}.txt").read_text("utf-8")
    again = read_again([(pdf, page["number"], page["language"]) for page in pages], jobs)
    return Reread(
        item=truth.name,
        pages=len(pages),
        text=score(text, wanted).cer,
        taken=score(taken_out(pdf), wanted).cer,
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
    wanted = [folder for folder in chosen if not given.items or folder.name in given.items]
    rows = [measure(given.home, folder, given.jobs) for folder in wanted]
    lines = [
        f"# PDFs read again, {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}",
        "",
        "| item | pages | text, % wrong | pdftotext | PDF read again | difference | KB a page | largest | checks |",
        "|---|---|---|---|---|---|---|---|---|",
        *(row.row for row in rows),
        "",
    ]
    print("\n".join(lines))
    if given.output:
        given.output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
