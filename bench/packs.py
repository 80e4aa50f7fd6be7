"""The pages that are measured: books of scans with what stands on them and, where known, how they lie."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workers.tools import probe_tesseract

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
DATA = ROOT.parent / "shared" / "data"
PACKS = ("samples", "dev", "real")

PICTURES = {".tif", ".tiff", ".jpg", ".jpeg", ".png"}
OURS = ("uzb", "uzb_cyrl", "rus")
"""Models among which our program votes unless told otherwise: the default of ``ocr_languages``."""
_UZBEK = "uzb+uzb_cyrl"
_LANGUAGES = {"uzb": (_UZBEK, OURS), "uzb_cyrl": (_UZBEK, OURS), "rus": ("rus", OURS)}
"""First word of the manifest's language -> what OCRmyPDF is told, what our program may choose from."""


@dataclass(frozen=True)
class ScanFile:
    """One picture file and its truth; None or empty = not known."""

    path: Path
    texts: tuple[str, ...]
    """One for each page on it, in order."""
    skew: float | None = None
    spread: bool | None = None
    """Two pages side by side."""
    corners: tuple[tuple[float, float], ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


@dataclass(frozen=True)
class Book:
    """Scans that go through the programs as one item; the name carries the pack it is from."""

    pack: str
    name: str
    scans: tuple[ScanFile, ...]
    told: str = _UZBEK
    """OCRmyPDF's ``-l``."""
    models: tuple[str, ...] = OURS
    """Our ``ocr_languages``."""
    sheet: Path | None = None
    """The operator's item.toml."""

    @property
    def uzbek(self) -> bool:
        return self.told == _UZBEK


def available(data: Path = DATA) -> tuple[str, ...]:
    """The packs that are here; our samples always are, and are measured where there is nothing better."""
    found = tuple(name for name in ("dev", "real") if (data / name).is_dir())
    return found or ("samples",)


def load(packs: Sequence[str], data: Path = DATA) -> tuple[list[Book], list[str]]:
    """The books of *packs*, and sentences about what is left out because its model is not installed."""
    books: list[Book] = []
    for pack in packs:
        books += {"samples": samples, "dev": lambda: dev(data), "real": lambda: real(data)}[pack]()
    known = set(probe_tesseract().languages)
    lacking = {book.name: [model for model in book.told.split("+") if model not in known] for book in books}
    notes = [f"{name} is left out: Tesseract has no {', '.join(models)}." for name, models in lacking.items() if models]
    return [book for book in books if not lacking[book.name]], notes


def samples() -> list[Book]:
    """Our own pages; the truth of an item is one file with a form feed between pages."""
    books = []
    for folder in sorted((SAMPLES / "items").iterdir()):
        pages = (SAMPLES / "texts" / f"{folder.name}.txt").read_text(encoding="utf-8").split("\f")
        paths = _pictures(folder)
        each = len(pages) // len(paths)
        cut = [tuple(pages[each * place : each * (place + 1)]) for place in range(len(paths))]
        scans = [ScanFile(path, texts, spread=each == 2) for path, texts in zip(paths, cut, strict=True)]
        books.append(Book("samples", folder.name, tuple(scans), sheet=_sheet(folder)))
    return books


def dev(data: Path) -> list[Book]:
    """The development pack: spoilt prints whose angle and corners are known."""
    books = []
    for folder in sorted((data / "dev" / "items").iterdir()):
        truth = data / "dev" / "truth" / folder.name
        listed = truth / "truth.json"
        facts = json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else {}
        scans = tuple(_scan(path, truth / f"{path.stem}.txt", facts.get(path.name, {})) for path in _pictures(folder))
        books.append(Book("dev", folder.name, scans, sheet=_sheet(folder)))
    return books


def real(data: Path) -> list[Book]:
    """Pages nobody here made, one book for each set of the manifest."""
    folder = data / "real"
    sets: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        sets[entry["set"]].append(entry)
    books = []
    for name, entries in sorted(sets.items()):
        language = entries[0]["lang"].split()[0]
        told, models = _LANGUAGES.get(language, (language, tuple(language.split("+"))))
        paths = sorted((folder / entry["file"], entry) for entry in entries)
        scans = tuple(_scan(path, path.with_suffix(".txt"), entry) for path, entry in paths)
        books.append(Book("real", name, tuple(replace(scan, spread=None) for scan in scans), told, models))
    return books


def _scan(path: Path, truth: Path, facts: dict[str, Any]) -> ScanFile:
    texts = tuple(truth.read_text(encoding="utf-8").split("\f"))
    corners = tuple((float(x), float(y)) for x, y in facts.get("page_corners", ()))
    return ScanFile(path, texts, facts.get("skew_deg"), facts.get("spread"), corners)


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)


def _sheet(folder: Path) -> Path | None:
    return folder / "item.toml" if (folder / "item.toml").exists() else None
