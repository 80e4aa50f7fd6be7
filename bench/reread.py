"""What a stranger finds in a finished PDF: the text that pdftotext takes out, and its pages read again as scans.

Every page is drawn at 300 dpi and read by the bare Tesseract program, as somebody would do who has nothing but the
file, with the model that read its scan.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from workers.engines import reader, spelled

DPI = 300


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
