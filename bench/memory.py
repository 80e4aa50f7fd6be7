"""Peak memory of a worker on one large page: A3, 400 dpi, colour.

    .venv/bin/python bench/memory.py [--picture FILE] [--json]

The page is printed here if none is given. It goes through :func:`workers.page.process_page` in a fresh process, as in
the pool; what counts is the most that this process had resident (VmHWM), start of Python and libraries included.
Tesseract is a process of its own and is named beside it.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
SIZE = (4677, 6614)
"""A3 at 400 dpi."""
SENTENCE = "Kutubxona fondi bilan ishlash va kitobxonlarga xizmat ko‘rsatish bo‘yicha yangi tartib ishlab chiqildi. "


def printed() -> Image.Image:
    """Two columns of 11-point print and a picture on toned, grainy paper."""
    page = Image.new("RGB", SIZE, (244, 236, 214))
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf", 61)
    for column in (400, 2450):
        for row in range(60):
            draw.text((column, 400 + 95 * row), (SENTENCE * 2)[7 * row % 60 :][:52], fill=(40, 34, 30), font=font)
    y, x = np.mgrid[0:1200, 0:1700]
    waves = np.clip(128 + 60 * np.sin(x / 61) + 60 * np.cos(y / 83 + x / 190), 0, 255).astype(np.uint8)
    page.paste(Image.fromarray(np.dstack([waves, waves[::-1], 255 - waves])), (2450, 4800))
    dice = np.random.default_rng(5)
    for top in range(0, SIZE[1], 512):
        strip = np.asarray(page.crop((0, top, SIZE[0], min(SIZE[1], top + 512))), dtype=np.int16)
        grain = dice.integers(-5, 6, strip.shape[:2], dtype=np.int16)[..., None]
        page.paste(Image.fromarray(np.clip(strip + grain, 0, 255).astype(np.uint8)), (0, top))
    return page


def work(picture: Path, folder: Path) -> dict[str, object]:
    """In the child: the whole page, then what it cost."""
    from workers.page import PageDone, PageJob, limit_child, process_page  # noqa: PLC0415  (part of what is measured)

    limit_child(2048)
    done = process_page(PageJob(picture, 0, folder, languages=("uzb",)))
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "ok": isinstance(done, PageDone),
        "worker_mb": round(peak / 1024),
        "tesseract_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "pdf_kb": sum(path.stat().st_size for path in folder.glob("*.pdf")) // 1000,
    }


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--picture", type=Path)
    words.add_argument("--json", action="store_true", dest="as_json")
    words.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.child:
        print(json.dumps(work(given.picture, given.child)))
        return
    with tempfile.TemporaryDirectory() as folder:
        picture = given.picture or Path(folder) / "a3.jpg"
        if not given.picture:
            printed().save(picture, quality=90, dpi=(400, 400))
        (Path(folder) / "out").mkdir()
        command = [sys.executable, __file__, "--picture", str(picture.resolve()), "--child", str(Path(folder) / "out")]
        found = json.loads(subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE).stdout)
    print(json.dumps(found) if given.as_json else ", ".join(f"{name} {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
