"""Measures one run: pages a minute, processor time, size, character error rate; beside OCRmyPDF where it is installed.

    .venv/bin/python bench/bench.py [--items FOLDER] [--texts FOLDER] [--jobs N] [--json]

*items* holds a folder per item, *texts* a file ``<item>.txt`` with what stands on its pages. Every run starts in a new
home in a temporary folder, so nothing is warm but the files themselves.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import img2pdf
from rapidfuzz.distance import Levenshtein

ROOT = Path(__file__).resolve().parent.parent
APOSTROPHES = re.compile("[‘’ʻʼ`´′]")
PICTURES = {".tif", ".tiff", ".jpg", ".jpeg", ".png"}


@dataclass(frozen=True)
class Measured:
    """What one program did with the same pages."""

    program: str
    pages: int
    wall_seconds: float
    cpu_seconds: float
    bytes_per_page: float
    cer: Mapping[str, float]
    """Item -> errors per character of the truth, in percent."""

    @property
    def pages_per_minute(self) -> float:
        return 60 * self.pages / self.wall_seconds


def plain(text: str) -> str:
    """Text for comparison: NFC, one kind of apostrophe, white space as one blank."""
    return " ".join(APOSTROPHES.sub("'", unicodedata.normalize("NFC", text)).split())


def error_rate(read: str, truth: str) -> float:
    """Character error rate in percent of the truth's length."""
    wanted = plain(truth)
    return 100 * Levenshtein.distance(plain(read), wanted) / max(len(wanted), 1)


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds on the wall and in the processor, children of children included."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure_digitize(items: Path, texts: Path, jobs: int, folder: Path) -> Measured:
    """A whole ``digitize run`` in a new home."""
    home = folder / "home"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DIGITIZE_")}
    environment["DIGITIZE_SETTLE_SECONDS"] = "0"

    def digitize(*words: str) -> str:
        command = [sys.executable, "-m", "digitize", *words]
        done = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    digitize("init", str(home))
    shutil.copytree(items, home / "share" / "1_SKANERDAN", dirs_exist_ok=True)
    wall, cpu = timed(lambda: print(digitize("--home", str(home), "-q", "run", "--jobs", str(jobs)), end=""))
    pages = json.loads(digitize("--home", str(home), "status", "--json"))["pages"]["year"]
    ready = home / "share" / "2_TAYYOR"
    size = sum(pdf.stat().st_size for pdf in ready.glob("*.pdf"))
    cer = {
        truth.stem: error_rate((ready / truth.name).read_text("utf-8-sig"), truth.read_text("utf-8"))
        for truth in sorted(texts.glob("*.txt"))
        if (ready / truth.name).exists()
    }
    return Measured("digitize", pages, wall, cpu, size / max(pages, 1), cer)


def measure_ocrmypdf(items: Path, texts: Path, jobs: int, folder: Path) -> Measured:
    """The same pictures through ``ocrmypdf --deskew --clean``, one PDF per item."""
    options = ["--deskew", "--clean", "-l", "uzb+uzb_cyrl", "--jobs", str(jobs), "--quiet"]
    inputs: dict[str, int] = {}
    for item in sorted(path for path in items.iterdir() if path.is_dir()):
        pictures = sorted(path for path in item.iterdir() if path.suffix.lower() in PICTURES)
        (folder / f"{item.name}.in.pdf").write_bytes(img2pdf.convert([str(path) for path in pictures]))
        inputs[item.name] = len(pictures)

    def work() -> None:
        for key in inputs:
            pdf, text = folder / f"{key}.pdf", folder / f"{key}.txt"
            subprocess.run(
                ["ocrmypdf", *options, "--sidecar", str(text), str(folder / f"{key}.in.pdf"), str(pdf)], check=True
            )

    wall, cpu = timed(work)
    pages = sum(inputs.values())
    size = sum((folder / f"{key}.pdf").stat().st_size for key in inputs)
    cer = {
        key: error_rate((folder / f"{key}.txt").read_text("utf-8"), (texts / f"{key}.txt").read_text("utf-8"))
        for key in inputs
        if (texts / f"{key}.txt").exists()
    }
    return Measured("ocrmypdf", pages, wall, cpu, size / max(pages, 1), cer)


def table(rows: Sequence[Measured]) -> str:
    """The figures for people."""
    lines = [f"{'':10} {'pages':>5} {'wall s':>7} {'CPU s':>7} {'pages/min':>9} {'KB/page':>8}  CER %"]
    for row in rows:
        cer = "  ".join(f"{key} {value:.2f}" for key, value in row.cer.items())
        lines.append(
            f"{row.program:10} {row.pages:5} {row.wall_seconds:7.1f} {row.cpu_seconds:7.1f} "
            f"{row.pages_per_minute:9.1f} {row.bytes_per_page / 1000:8.0f}  {cer}"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--items", type=Path, default=ROOT / "samples" / "items")
    words.add_argument("--texts", type=Path, default=ROOT / "samples" / "texts")
    words.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    words.add_argument("--json", action="store_true", dest="as_json")
    given = words.parse_args()
    programs = [measure_digitize]
    if shutil.which("ocrmypdf"):
        programs.append(measure_ocrmypdf)
    rows = []
    for measure in programs:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(given.items.resolve(), given.texts.resolve(), given.jobs, Path(folder)))
    print(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2) if given.as_json else table(rows))
    if len(programs) == 1:
        print("bench: ocrmypdf is not installed, so there is nothing to compare with.", file=sys.stderr)


if __name__ == "__main__":
    main()
