"""Measures a finished home against a folder of truths: error rate of text and PDF, skew, size.

    .venv/bin/python bench/accuracy.py HOME TRUTH [-o RESULT.md]

The truth has a folder per item with a text for every scan (the pages of an opening apart by form feed) and, if known,
truth.json: name of the scan -> {"skew_deg": degrees}, sign as OpenCV's getRotationMatrix2D.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scoring import score


@dataclass(frozen=True)
class Accuracy:
    """One item: percent of wrong characters in the text and in what pdftotext finds, degrees, kilobytes."""

    item: str
    pages: int
    text: float
    worst_scan: float
    pdf: float
    skew_errors: tuple[float, ...]
    kilobytes: float

    @property
    def row(self) -> str:
        skew = f"{statistics.median(self.skew_errors):.2f} / {max(self.skew_errors):.2f}" if self.skew_errors else "–"
        figures = f"{self.text:.2f} | {self.worst_scan:.2f} | {self.pdf:.2f} | {skew} | {self.kilobytes:.0f}"
        return f"| {self.item} | {self.pages} | {figures} |"


def pages_of(home: Path, item: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "digitize", "--home", str(home), "page", "list", item, "--json"]
    found: list[dict[str, Any]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def measure(home: Path, truth: Path) -> Accuracy:
    item = truth.name
    folder = home / "archive" / "items" / item
    pages = pages_of(home, item)
    scans = list(dict.fromkeys(page["name"] for page in pages))
    texts = {page["number"]: (folder / "text" / f"{page['number']:04d}.txt").read_text("utf-8") for page in pages}
    read = {scan: "\f".join(texts[page["number"]] for page in pages if page["name"] == scan) for scan in scans}
    wanted = {scan: (truth / f"{Path(scan).stem}.txt").read_text("utf-8") for scan in scans}
    pdf = folder / f"{item}.pdf"
    found = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    return Accuracy(
        item=item,
        pages=len(pages),
        text=score(" ".join(read.values()), " ".join(wanted.values())).cer,
        worst_scan=max(score(read[scan], wanted[scan]).cer for scan in scans),
        pdf=score(found, " ".join(wanted.values())).cer,
        skew_errors=skew_errors(truth, pages),
        kilobytes=pdf.stat().st_size / 1024 / len(pages),
    )


def skew_errors(truth: Path, pages: list[dict[str, Any]]) -> tuple[float, ...]:
    known = truth / "truth.json"
    if not known.exists():
        return ()
    facts = json.loads(known.read_text("utf-8"))
    return tuple(abs(page["skew"] - facts[page["name"]]["skew_deg"]) for page in pages)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a finished home against known texts.")
    parser.add_argument("home", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args()
    measured = [measure(chosen.home, folder) for folder in sorted(chosen.truth.iterdir()) if folder.is_dir()]
    lines = [
        f"# Accuracy, {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}",
        "",
        "| item | pages | text, % wrong | worst scan | pdftotext | skew error, median / max ° | KB a page |",
        "|---|---|---|---|---|---|---|",
        *(one.row for one in measured),
        "",
    ]
    print("\n".join(lines))
    if chosen.output:
        chosen.output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
