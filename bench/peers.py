"""OCRmyPDF on the same books, languages and cores: one PDF for each book in, a searchable PDF and its text out."""

import io
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import img2pdf
import pikepdf
from machine import Spent, spend
from packs import ROOT, Book, ScanFile
from PIL import Image

from workers.picture import Refused
from workers.scan import load

MODES = {"plain": (), "clean": ("--deskew", "--clean")}
"""Name -> options besides languages and jobs."""
_USUAL_DPI = 300
_LEAST_DPI = 50
_MOST_PIXELS = 400_000_000


@dataclass(frozen=True)
class PeerRun:
    """What one mode cost and made."""

    spent: Spent
    texts: Mapping[tuple[str, str], str]
    """(book, scan) -> text."""
    sizes: Mapping[str, int]
    failures: tuple[str, ...]


def program() -> str:
    """Path of OCRmyPDF: the one ``tools/bench.sh`` installs, else the system's; empty if there is none."""
    own = ROOT / ".bench" / "bin" / "ocrmypdf"
    return str(own) if own.exists() else shutil.which("ocrmypdf") or ""


def prepare(book: Book, folder: Path) -> tuple[Path, tuple[int, ...]]:
    """The book's scans as one PDF, pixels untouched where img2pdf can; and how many pages each scan has. Not timed."""
    target, counts = folder / f"{book.name}.in.pdf", []
    with pikepdf.Pdf.new() as whole:
        for scan in book.scans:
            with pikepdf.open(io.BytesIO(_pdf(scan))) as part:
                whole.pages.extend(part.pages)
                counts.append(len(part.pages))
        whole.save(target)
    return target, tuple(counts)


def _pdf(scan: ScanFile) -> bytes:
    layout = {} if _dpi(scan.path) else {"layout_fun": img2pdf.get_fixed_dpi_layout_fun((_USUAL_DPI, _USUAL_DPI))}
    try:
        return bytes(img2pdf.convert(str(scan.path), rotation=img2pdf.Rotation.ifvalid, **layout))
    except (img2pdf.AlphaChannelError, img2pdf.ImageOpenError, img2pdf.JpegColorspaceError, NotImplementedError):
        return bytes(img2pdf.convert(_flattened(scan.path), **layout))
    except ValueError:  # more than 8 bits a channel
        return bytes(img2pdf.convert(_scaled(scan.path), **layout))


def _dpi(path: Path) -> float:
    with Image.open(path) as picture:
        dpi = float(picture.info.get("dpi", (0, 0))[0])
    return dpi if dpi >= _LEAST_DPI else 0.0


def _flattened(path: Path) -> bytes:
    """What img2pdf refuses (transparency), on white."""
    out = io.BytesIO()
    with Image.open(path) as picture:
        dpi = _dpi(path) or _USUAL_DPI
        layer = picture.convert("RGBA")
        paper = Image.new("RGB", layer.size, "white")
        paper.paste(layer, mask=layer.getchannel("A"))
        paper.save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()


def _scaled(path: Path) -> bytes:
    """16 bits a channel scaled to 8, as our own decoder does it."""
    scan, out = load(path, 0, _MOST_PIXELS), io.BytesIO()
    if isinstance(scan, Refused):
        raise TypeError(scan.detail)
    Image.fromarray(scan.pixels).save(out, "PNG", dpi=(_dpi(path) or _USUAL_DPI,) * 2)
    return out.getvalue()


def run(books: Sequence[Book], mode: str, jobs: int, folder: Path) -> PeerRun:
    """Send *books* through OCRmyPDF, one after the other, as its user would."""
    spent, sizes, failures = Spent(), {}, []
    texts: dict[tuple[str, str], str] = {}
    for book in books:
        source, counts = prepare(book, folder)
        target, sidecar = folder / f"{book.name}.{mode}.pdf", folder / f"{book.name}.{mode}.txt"
        options = ["-l", book.told, "--jobs", str(jobs), "--quiet", *MODES[mode], "--sidecar", str(sidecar)]
        once = spend([program(), *options, str(source), str(target)], folder, _environment(folder), folder / "peer.log")
        spent += once
        if once.code or not target.exists():
            failures.append(f"OCRmyPDF {mode} ended with {once.code} on {book.name}: {_last(folder / 'peer.log')}")
            continue
        sizes[book.name] = target.stat().st_size
        pages = sidecar.read_text(encoding="utf-8").split("\f")
        for scan, count in zip(book.scans, counts, strict=True):
            texts[book.name, scan.path.name] = "\n".join(pages[:count])
            pages = pages[count:]
    return PeerRun(spent, texts, sizes, tuple(failures))


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}


def _last(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
