"""A finished PDF read again before anybody uses it: every page there, nothing that an archive forbids."""

import warnings
from collections.abc import Collection, Iterator
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream

FORBIDDEN_KEYS = frozenset(
    {
        "/JavaScript",
        "/JS",
        "/OpenAction",
        "/AA",
        "/Launch",
        "/EmbeddedFiles",
        "/EF",
        "/AcroForm",
        "/XFA",
        "/SMask",
    }
)
"""Actions, forms, attached files (ISO 19005-2, 6.4, 6.5, 6.8) and transparency; we never write any."""
_MAX_DEPTH = 20


def check_pdf(path: Path, pages: int, with_text: Collection[int] = ()) -> tuple[str, ...]:
    """What is wrong with the file; empty if it has *pages* pages, each with a picture, and PDF/A-2b's build.

    *with_text* names the pages, from 1, that must have words. Sentences are for the administrator.
    """
    try:
        with pikepdf.open(path, attempt_recovery=False) as pdf:
            return tuple(_problems(pdf, pages, frozenset(with_text)))
    except (pikepdf.PdfError, FileNotFoundError) as error:
        return (f"The file cannot be opened: {error}.",)


def _problems(pdf: Pdf, pages: int, with_text: frozenset[int]) -> Iterator[str]:
    if len(pdf.pages) != pages:
        yield f"The file has {len(pdf.pages)} pages instead of {pages}."
    for number, page in enumerate(pdf.pages, start=1):
        yield from _page_problems(page, number, number in with_text)
    yield from _archive_problems(pdf)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that JBIG2 is not decoded here; nothing is wrong with the file
        damages = pdf.check_pdf_syntax()
    yield from (f"The file is damaged: {problem}." for problem in damages)


def _page_problems(page: Page, number: int, must_have_text: bool) -> Iterator[str]:  # noqa: FBT001
    images = page.resources.get("/XObject", Dictionary()).as_dict()
    if not images:
        yield f"Page {number} has no picture."
    for name, image in images.items():
        if not image.read_raw_bytes():
            yield f"Page {number} has an empty picture {name}."
        if image.get("/Interpolate", False):
            yield f"Page {number} has an interpolated picture {name}."
    fonts = page.resources.get("/Font", Dictionary())
    if must_have_text and not fonts.keys():
        yield f"Page {number} has lost its text."
    for font in fonts.as_dict().values():
        if not _is_embedded(font):
            yield f"Page {number} uses a font that is not in the file."


def _is_embedded(font: Object) -> bool:
    descendants = font.get("/DescendantFonts", [font])
    return all("/FontFile2" in descendant.get("/FontDescriptor", Dictionary()) for descendant in descendants)


def _archive_problems(pdf: Pdf) -> Iterator[str]:
    if pdf.is_encrypted:
        yield "The file is encrypted."
    if pdf.pdf_version < "1.7":
        yield f"The file is PDF {pdf.pdf_version}."
    if "/ID" not in pdf.trailer:
        yield "The file has no identifier."
    intents = pdf.Root.get("/OutputIntents", Array())
    if not any(intent.S == Name.GTS_PDFA1 and "/DestOutputProfile" in intent for intent in intents.as_list()):
        yield "The file has no colour profile."
    metadata = pdf.open_metadata(update_docinfo=False)
    if metadata.pdfa_status != "2B":
        yield "The metadata do not say PDF/A-2b."
    found = sorted({key for thing in pdf.objects for key in _bad_keys(thing)})
    if found:
        yield f"The file has {', '.join(found)}."


def _bad_keys(thing: object, depth: int = 0) -> Iterator[str]:
    """Forbidden keys and filters of one object; what it refers to is an object itself."""
    if not isinstance(thing, Object) or depth > _MAX_DEPTH or (depth and thing.is_indirect):
        return
    if isinstance(thing, Array):
        for part in thing.as_list():
            yield from _bad_keys(part, depth + 1)
    if isinstance(thing, Dictionary | Stream):
        yield from FORBIDDEN_KEYS.intersection(thing.keys())
        if "/LZWDecode" in str(thing.get("/Filter", "")):
            yield "/LZWDecode"
        for key in thing.keys():  # noqa: SIM118  (a stream's own iteration is not over keys)
            yield from _bad_keys(thing.get(key), depth + 1)
