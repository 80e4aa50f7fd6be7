"""Peak memory of a worker on one large page: A3, 400 dpi, colour; for both ways of reading.

    .venv/bin/python bench/memory.py [--picture FILE] [--json] [-o RESULT.md]

The page is printed here if none is given. It goes the whole road, :func:`workers.probe.probe` and
:func:`workers.page.process_page`, each in a fresh process, as in the pool; what counts is the most that this process
had resident (VmHWM), start of Python and libraries included. A Tesseract in a process of its own is named beside it.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import machine
import numpy as np
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
MOST_MB = 400
"""What a worker may have resident (design, section 7)."""
SIZE = (4677, 6614)
"""A3 at 400 dpi."""
LATIN = "Kutubxona fondi bilan ishlash va kitobxonlarga xizmat ko‘rsatish bo‘yicha yangi tartib ishlab chiqildi. "
CYRILLIC = "Кутубхона фонди билан ишлаш ва китобхонларга хизмат кўрсатиш бўйича янги тартиб ишлаб чиқилди. "


@dataclass(frozen=True)
class Road:
    """One way through: what is printed on the page, who reads it, whether the item's language is known."""

    name: str
    text: str
    in_process: bool
    prior: str = ""
    read: bool = True
    """False: only intake's look at the file."""


ROADS = (
    Road("intake: probe", LATIN, in_process=False, read=False),
    Road("Tesseract as a program, Latin", LATIN, in_process=False, prior="uzb"),
    Road("Tesseract as a program, Cyrillic, vote", CYRILLIC, in_process=False),
    Road("Tesseract in the process, Latin", LATIN, in_process=True, prior="uzb"),
    Road("Tesseract in the process, Latin, vote", LATIN, in_process=True),
    Road("Tesseract in the process, Cyrillic, vote", CYRILLIC, in_process=True),
)


def printed(sentence: str) -> Image.Image:
    """Two columns of 11-point print and a picture on toned, grainy paper."""
    page = Image.new("RGB", SIZE, (244, 236, 214))
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf", 61)
    for column in (400, 2450):
        for row in range(60):
            draw.text((column, 400 + 95 * row), (sentence * 2)[7 * row % 60 :][:52], fill=(40, 34, 30), font=font)
    y, x = np.mgrid[0:1200, 0:1700]
    waves = np.clip(128 + 60 * np.sin(x / 61) + 60 * np.cos(y / 83 + x / 190), 0, 255).astype(np.uint8)
    page.paste(Image.fromarray(np.dstack([waves, waves[::-1], 255 - waves])), (2450, 4800))
    dice = np.random.default_rng(5)
    for top in range(0, SIZE[1], 512):
        strip = np.asarray(page.crop((0, top, SIZE[0], min(SIZE[1], top + 512))), dtype=np.int16)
        grain = dice.integers(-5, 6, strip.shape[:2], dtype=np.int16)[..., None]
        page.paste(Image.fromarray(np.clip(strip + grain, 0, 255).astype(np.uint8)), (0, top))
    return page


def work(picture: Path, folder: Path, road: Road) -> dict[str, object]:
    """In the child: the whole page, then what it cost."""
    from workers.page import PageDone, PageJob, limit_child, process_page  # noqa: PLC0415  (part of what is measured)
    from workers.picture import Probed  # noqa: PLC0415
    from workers.probe import probe  # noqa: PLC0415

    limit_child(2048)
    if road.read:
        ok = isinstance(
            process_page(PageJob(picture, 0, folder, prior=road.prior, in_process=road.in_process)), PageDone
        )
    else:
        ok = isinstance(probe(picture, 400_000_000), Probed)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "road": road.name,
        "ok": ok,
        "worker_mb": round(peak / 1024),
        "tesseract_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
        if not road.in_process
        else 0,
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "pdf_kb": sum(path.stat().st_size for path in folder.glob("*.pdf")) // 1000,
    }


def measured(picture: Path, road: Road) -> Mapping[str, object]:
    """Send *picture* down *road* in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--picture", str(picture.resolve()), "--child", road.name, folder]
        return json.loads(subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE).stdout)


def lines_of(found: list[Mapping[str, object]]) -> list[str]:
    """The report."""
    rows = [
        f"| {one['road']} | {one['worker_mb']} | {one['tesseract_mb'] or '–'} | {one['pdf_kb'] or '–'} |"
        for one in found
    ]
    worst = max(int(str(one["worker_mb"])) for one in found)
    verdict = "reached" if worst <= MOST_MB and all(one["ok"] for one in found) else "NOT reached"
    return [
        "# Memory of a worker", "", f"{machine.described(('tesseract', '--version'))}.", "",
        f"One page of {SIZE[0]} x {SIZE[1]} pixels in colour (A3 at 400 dpi); MB resident at most.", "",
        "| road | worker | Tesseract's own process | PDF, kB |", "| :-- | --: | --: | --: |", *rows, "",
        f"At most {worst} MB in a worker; wanted: {MOST_MB}, {verdict}.", "",
    ]  # fmt: skip


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--picture", type=Path)
    words.add_argument("--json", action="store_true", dest="as_json")
    words.add_argument("-o", "--output", type=Path)
    words.add_argument("--only", default="", help="only roads whose name contains this")
    words.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.child:
        name, out = given.child
        print(json.dumps(work(given.picture, Path(out), next(road for road in ROADS if road.name == name))))
        return
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for road in (road for road in ROADS if given.only in road.name):
            picture = given.picture or Path(folder) / f"{ord(road.text[0])}.jpg"
            if not picture.exists():
                printed(road.text).save(picture, quality=90, dpi=(400, 400))
            found.append(measured(picture, road))
    lines = lines_of(found)
    print(json.dumps(found) if given.as_json else "\n".join(lines))
    if given.output:
        given.output.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
