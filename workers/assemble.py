"""Page PDFs to one book: archival, linearized, with one font, checked before anybody uses it.

A page that cannot be used is a value (:class:`BookFailed`) that names it; a full disk is an ``OSError``,
because it is nobody's fault.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, OutlineItem, PageLocation, Pdf, String

from workers.folio import Label, labels
from workers.headings import Heading, headings
from workers.leaf import Leaf, read_leaf
from workers.masterpdf import MASTER
from workers.notice import A5, write_notice
from workers.pagepdf import FONT, save_pdf
from workers.pdfa import Description, describe
from workers.pdfcheck import check_pdf

_BATCH = 200
"""Files open at the same time; the usual limit of a process is 1024."""


@dataclass(frozen=True, slots=True)
class PageFile:
    """A page of the book: a PDF made by :mod:`workers.pagepdf` or :mod:`workers.masterpdf`."""

    pdf: Path
    has_text: bool = False
    """Words were found on the page; the book is refused if they are not in the file."""
    record: Path | None = None
    """What the worker wrote of the page beside it (``<side>.json``): page numbers are found there."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Stands in place of a page that failed or was refused."""

    lines: tuple[str, ...]
    """What the reader is told; the first is the heading and the entry in the outline."""


PagePart = PageFile | Notice


@dataclass(frozen=True, slots=True)
class BookJob:
    """Everything that makes one book's PDF; picklable. Same job, same files: same bytes."""

    out: Path
    """The file to write, in a folder of its own: intermediate files lie beside it and are removed."""
    pages: tuple[PagePart, ...]
    """At least one, in order."""
    about: Description


@dataclass(frozen=True, slots=True)
class BookDone:
    """The book is written and was read again without fault; it is not yet synced to the disk."""

    pages: int
    """All pages of the file, notices among them."""
    notices: int
    size: int
    """Bytes."""
    sha256: str
    labels: tuple[str, ...] = ()
    """The number printed on each page, empty where none is known."""
    headings: int = 0
    """Entries of the outline that are the book's own."""


@dataclass(frozen=True, slots=True)
class BookFailed:
    """No book was made; *page* (from 1) is the part to blame, None if it is the whole."""

    kind: str
    """``page_unreadable``, ``page_missing`` or ``check_failed``."""
    reason: str
    page: int | None = None


def assemble(job: BookJob) -> BookDone | BookFailed:
    """Write the book of *job* as PDF/A-2b and read it again.

    Raises:
        OSError: the disk is full, the folder is gone.
        ValueError: the job has no pages.
    """
    if not job.pages:
        raise ValueError(f"No pages for {job.out}.")
    with TemporaryDirectory(dir=job.out.parent, prefix="parts-") as work:
        sources = _sources(job.pages, Path(work))
        if isinstance(sources, BookFailed):
            return sources
        inside = _structure(job.pages)
        _write(job, _in_batches(sources, Path(work)), inside)
    return _checked(job, inside)


@dataclass(frozen=True, slots=True)
class _Structure:
    """What was found by looking at all pages together."""

    labels: tuple[Label | None, ...]
    headings: tuple[Heading, ...]
    heights: tuple[int, ...]
    """Of the page pictures, in pixels."""


def _structure(parts: Sequence[PagePart]) -> _Structure:
    leaves = [read_leaf(part.record) if isinstance(part, PageFile) else Leaf() for part in parts]
    return _Structure(labels(leaves), headings(leaves), tuple(leaf.height for leaf in leaves))


def _sources(parts: Sequence[PagePart], work: Path) -> tuple[Path, ...] | BookFailed:
    """One PDF for each part; notices are written as large as the page before them."""
    paths: list[Path] = []
    size = A5
    for number, part in enumerate(parts, start=1):
        if isinstance(part, Notice):
            paths.append(work / f"notice-{number}.pdf")
            write_notice(paths[-1], part.lines, size)
            continue
        found = _size(part.pdf, number)
        if isinstance(found, BookFailed):
            return found
        size = found
        paths.append(part.pdf)
    return tuple(paths)


def _size(path: Path, number: int) -> tuple[float, float] | BookFailed:
    """Width and height in points of a one-page PDF."""
    try:
        with pikepdf.open(path, attempt_recovery=False) as pdf:
            if len(pdf.pages) != 1:
                return BookFailed("page_unreadable", f"{path.name} has {len(pdf.pages)} pages.", number)
            left, low, right, high = map(float, pdf.pages[0].cropbox.as_list())
            return right - left, high - low
    except FileNotFoundError:
        return BookFailed("page_missing", f"{path.name} is not there.", number)
    except (pikepdf.PdfError, ValueError) as error:
        return BookFailed("page_unreadable", f"{path.name}: {error}", number)


def _in_batches(sources: tuple[Path, ...], work: Path) -> tuple[Path, ...]:
    """The same pages in so few files that all can be open at once."""
    if len(sources) <= _BATCH:
        return sources
    merged: list[Path] = []
    for start in range(0, len(sources), _BATCH):
        merged.append(work / f"batch-{start}-of-{len(sources)}.pdf")
        with ExitStack() as opened, Pdf.new() as batch:
            _append(batch, sources[start : start + _BATCH], opened)
            save_pdf(batch, merged[-1])
    return _in_batches(tuple(merged), work)


def _write(job: BookJob, sources: tuple[Path, ...], inside: _Structure) -> None:
    with ExitStack() as opened, Pdf.new() as book:
        _append(book, sources, opened)
        describe(book, job.about)
        _label(book, inside.labels)
        _outline(book, job.pages, inside)
        save_pdf(book, job.out, linearize=True)


def _append(book: Pdf, sources: Sequence[Path], opened: ExitStack) -> None:
    """Add all pages of *sources* to *book*; fonts that map alike become one, and so do scans that are the same.

    The sources stay open in *opened* until the book is saved: their pictures are copied only then.
    """
    shared: dict[bytes, Object] = {}
    for path in sources:
        source = opened.enter_context(pikepdf.open(path))
        for page in source.pages:
            apart = tuple(_taken_out(page.obj.Resources))  # or every page would bring its own copy along
            book.pages.append(page)
            for group, name, thing, key in apart:
                if key not in shared:
                    shared[key] = book.copy_foreign(thing)
                book.pages[-1].obj.Resources[group][name] = shared[key]


def _taken_out(resources: Object) -> Iterator[tuple[str, str, Object, bytes]]:
    """Group, name, object and fingerprint of what pages may share; it is no longer among *resources*."""
    for group, name in (("/Font", FONT), ("/XObject", MASTER)):
        thing = resources.get(group, Dictionary()).get(name)
        if thing is not None:
            del resources[group][name]
            content = thing.ToUnicode.read_bytes() if name == FONT else thing.read_raw_bytes()
            yield group, name, thing, hashlib.sha256(content).digest()


def _label(book: Pdf, printed: Sequence[Label | None]) -> None:
    """Printed numbers as page labels (ISO 32000-1, 12.4.2); nothing if no page has one.

    A page without a number gets its place in the file in brackets, as cataloguers write what is not printed.
    """
    if not any(printed):
        return
    numbers = Array()
    expected: Label | None = None
    for place, label in enumerate(printed):
        if label is None:
            numbers.append(place)
            numbers.append(Dictionary(P=String(f"[{place + 1}]")))
        elif label != expected:
            numbers.append(place)
            numbers.append(Dictionary(S=Name("/" + label.style), St=label.value))
        expected = label and replace(label, value=label.value + 1)
    book.Root.PageLabels = Dictionary(Nums=numbers)


def _outline(book: Pdf, parts: Sequence[PagePart], inside: _Structure) -> None:
    """The book's headings, and an entry for each notice: an incomplete book says so. Shown when the book opens."""
    notices = [Heading(part.lines[0], place, 0, 1) for place, part in enumerate(parts) if isinstance(part, Notice)]
    entries = sorted((*inside.headings, *notices), key=lambda entry: (entry.page, entry.top))
    if not entries:
        return
    with book.open_outline() as outline:
        above: list[tuple[int, OutlineItem]] = []
        for entry in entries:
            item = _entry(book, entry, inside.heights[entry.page])
            above = [(level, parent) for level, parent in above if level < entry.level]
            (above[-1][1].children if above else outline.root).append(item)
            above.append((entry.level, item))
    book.Root.PageMode = Name.UseOutlines


def _entry(book: Pdf, heading: Heading, height: int) -> OutlineItem:
    """An entry that leads to the heading's upper edge, a little above it."""
    _, bottom, _, top = map(float, book.pages[heading.page].trimbox.as_list())
    share = min(1.0, max(0.0, (heading.top - 0.01 * height) / height)) if height else 0.0
    return OutlineItem(heading.title, heading.page, PageLocation.FitH, top=round(top - share * (top - bottom), 1))


def _checked(job: BookJob, inside: _Structure) -> BookDone | BookFailed:
    notices = sum(isinstance(part, Notice) for part in job.pages)
    with_text = [number for number, part in enumerate(job.pages, 1) if isinstance(part, PageFile) and part.has_text]
    problems = check_pdf(job.out, len(job.pages), with_text)
    if problems:
        return BookFailed("check_failed", " ".join(problems))
    with job.out.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    names = tuple(str(label or "") for label in inside.labels)
    return BookDone(len(job.pages), notices, job.out.stat().st_size, digest, names, len(inside.headings))
