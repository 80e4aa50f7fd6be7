"""What reading a page costs: Tesseract as a program beside Tesseract in this process, on the same pictures and models.

    .venv/bin/python bench/engines.py [FOLDER]

*FOLDER* holds a folder of scans per item (default: our samples). Each picture is read three times each way, in
turn; the least processor time counts.
"""

import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from digitize.uzbek import canonical
from workers import binding, engines, recognize
from workers.page import PageJob
from workers.picture import Refused
from workers.restore import restore
from workers.scan import load
from workers.text import Reading, Unread

ROOT = Path(__file__).resolve().parent.parent
PICTURES = {".tif", ".jpg", ".png"}
TURNS = 3
WAYS = {"program": engines.read, "inside": binding.read}


def cpu() -> float:
    """Seconds of this process and its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def pages(folder: Path) -> Iterator[tuple[str, Path, float, str]]:
    """Name, grey picture for the recogniser, its resolution and model, of every page below *folder*."""
    with tempfile.TemporaryDirectory() as work:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in PICTURES):
            job = PageJob(path, 0, Path(work))
            scan = load(path, 0, job.max_pixels)
            if isinstance(scan, Refused):
                continue
            for page in restore(scan, {}, split=True, gutter=None):
                options = recognize.RecognizeOptions(job.languages)
                text = recognize.recognize(page, Path(work), options, binding.read)
                if isinstance(text, Unread) or not text.lines:
                    continue
                grey = Path(work) / "page.tif"
                grey.write_bytes(engines.tiff(page.grey))
                yield f"{path.parent.name}/{path.name}", grey, page.dpi * page.scale, text.language


def words(reading: Reading | Unread) -> str:
    lines = [] if isinstance(reading, Unread) else reading.lines
    return canonical(" ".join(word.raw for line in lines for word in line.words))


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "samples" / "items"
    totals = dict.fromkeys(WAYS, 0.0)
    print(f"{'page':28} {'model':10}" + "".join(f"{way:>10}" for way in WAYS) + "   letters that differ")
    for name, grey, dpi, model in pages(folder):
        least = dict.fromkeys(WAYS, float("inf"))
        read = dict.fromkeys(WAYS, "")
        for _ in range(TURNS):
            for way, engine in WAYS.items():
                before = cpu()
                read[way] = words(engine(grey, model, dpi, 120.0))
                least[way] = min(least[way], cpu() - before)
        differ = Levenshtein.distance(read["program"], read["inside"])
        print(f"{name:28} {model:10}" + "".join(f"{least[way]:9.2f}s" for way in WAYS) + f"   {differ}", flush=True)
        totals = {way: totals[way] + least[way] for way in WAYS}
    print(f"inside costs {totals['inside'] / totals['program']:.2f} of the program")


if __name__ == "__main__":
    main()
