"""Tesseract, one run at a time, on a picture file, with one model. What goes wrong with a page is a value.

Through pytesseract, which runs the program as a child: a crash or a hang of the engine kills that child and not us.
"""

import ctypes
import html
import os
import signal
import struct
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import pytesseract
from pytesseract import pytesseract as runner

from workers import hocr, tools
from workers.picture import Pixels
from workers.text import Reading, Unread

LARGEST_SIDE = 32_767
"""Pixels; Tesseract holds places on the page in 16 bits and refuses larger pictures ("Image too large")."""

_DPI = (70, 2400)
"""What Tesseract takes for a credible resolution (kMinCredibleResolution, kMaxCredibleResolution)."""

_SUBLANGUAGES = {"uzb": ("uzb_cyrl",), "uzb_cyrl": ("uzb",)}
"""Models whose data name others to be loaded with them (``tessedit_load_sublangs``); two models on one page
tripled the errors of Latin pages, so the others are switched off by name."""

_READ_BY = {"uzb_cyrl": "Cyrillic", "rus": "Cyrillic"}
"""Languages that the model of their whole script reads better, where it is installed. The alphabet of ``uzb_cyrl``
(its ``lstm-unicharset``) has no ь ы щ ? ! / % № « », and one reading for both languages leaves it to the words on
the page which it was."""

_FOREIGN = "ЈӘҺҸҜӰӦәӱјҹҝһӧҢӨҮҰƏҘҠӚұңүəҙөҡӛӉЄҖҤєҥҗӊЌЊЏЃњѓџќЉЋЂћђљӮӢҶЅӯӣҷѕ"
"""Letters of the script's model that neither Uzbek nor Russian has had since 1708; it is not to read them."""

_VARIABLES = {"Cyrillic": {"tessedit_char_blacklist": _FOREIGN, "load_system_dawg": "0"}}
"""Tesseract's settings by model. The script's word list (29 MB) changes nothing in what is read."""


_UNSURE = "0.7"
"""Mean certainty of a line under which it is read inverted, too: Tesseract's own limit."""

_TIFF_HEAD = 8 + 2 + 9 * 12 + 4
"""Bytes of a header and a directory of nine tags."""

_PR_SET_PDEATHSIG = 1


def tie() -> None:
    """From now on a Tesseract that this process starts ends with it, however it ends (Linux).

    For workers, which have one thread of Python: what is set here runs between fork and exec. A worker that is killed
    for its memory would otherwise leave its Tesseract reading for nobody.
    """
    plain, libc = runner.subprocess_args, ctypes.CDLL(None)

    def tied(*arguments: Any, **options: Any) -> dict[str, Any]:
        options = plain(*arguments, **options)
        return {**options, "preexec_fn": lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)}

    runner.subprocess_args = tied


class Layout(Enum):
    """What the picture holds: Tesseract's page segmentation mode, and whether print may be white on black.

    Where it may, Tesseract reads each line of which it is unsure twice more, inverted and once again as it is.
    """

    PAGE = (3, False)
    DARK_PAGE = (3, True)
    BLOCK = (6, False)
    LINE = (7, False)
    RAW_LINE = (13, False)

    @property
    def mode(self) -> int:
        """Tesseract's number."""
        return self.value[0]

    @property
    def variables(self) -> dict[str, str]:
        """Tesseract's settings for it."""
        return {"invert_threshold": _UNSURE if self.value[1] else "0"}


def read(picture: Path, model: str, dpi: float, timeout: float, layout: Layout = Layout.PAGE) -> Reading | Unread:
    """Read the text of *picture* (PNG or PNM) with *model*, in one run of at most *timeout* seconds.

    The engine's hOCR is written beside the picture and taken away again. Boxes are in pixels of the picture, words
    as the engine gave them.
    """
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # one process per core; threads only slow each other
    output = picture.with_suffix("")
    try:
        name = reader(model)
        options = _options(name, dpi, layout)
        runner.run_tesseract(str(picture), str(output), "", spelled(name), options, timeout=timeout)
        document = output.with_name(output.name + ".hocr").read_bytes()
        folder = html.escape(f"{picture.parent}/").encode()  # of one attempt; a page read again gives the same bytes
        return _reading(document.replace(folder, b""))
    except pytesseract.TesseractNotFoundError:
        return Unread("engine_missing", "The program 'tesseract' was not found.", retry=True)
    except pytesseract.TesseractError as error:
        return _failure(error.status, str(error.message), model)
    except RuntimeError:  # pytesseract's word for a timeout; its other errors are caught above
        return Unread("timeout", f"Tesseract was stopped after {timeout:.0f} s.", retry=True)
    except FileNotFoundError:
        return Unread("engine_crashed", "Tesseract ended without writing its result.", retry=True)
    finally:
        output.with_name(output.name + ".hocr").unlink(missing_ok=True)


def tiff(pixels: Pixels) -> bytes:
    """Plain grey values behind a short header (TIFF 6.0), for a file that lives for a second.

    Nothing is packed, and Leptonica reads whole rows of it; a PGM it takes pixel by pixel, in fifteen times the time.
    """
    height, width = pixels.shape
    words = ((258, 8), (259, 1), (262, 1), (277, 1))  # bits of a pixel, not packed, 0 is black, one channel
    longs = ((256, width), (257, height), (273, _TIFF_HEAD), (278, height), (279, width * height))
    tags = sorted([*((tag, 3, value) for tag, value in words), *((tag, 4, value) for tag, value in longs)])
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + bytes(4) + pixels.tobytes()


@cache
def reader(model: str) -> str:
    """The model that does the reading for *model* on this machine."""
    wide = _READ_BY.get(model, model)
    return wide if wide == model or wide in tools.probe_tesseract().languages else model


def spelled(name: str) -> str:
    """*name*, a :func:`reader`, as Tesseract's ``-l`` wants it, so that nothing else is loaded with it."""
    return "+".join([name, *(f"~{other}" for other in _SUBLANGUAGES.get(name, ()))])


def variables(name: str) -> dict[str, str]:
    """Tesseract's settings for *name*, a :func:`reader`."""
    return dict(_VARIABLES.get(name, {}))


def _options(name: str, dpi: float, layout: Layout) -> str:
    settings = variables(name) | layout.variables | {"tessedit_create_hocr": "1"}
    configured = " ".join(f"-c {key}={value}" for key, value in settings.items())
    return f"--dpi {credible(dpi)} --psm {layout.mode} {configured}"


def credible(dpi: float) -> int:
    """*dpi* as Tesseract takes it."""
    return round(min(max(dpi, _DPI[0]), _DPI[1]))


def _reading(document: bytes) -> Reading | Unread:
    try:
        parsed = hocr.parse(document)
    except hocr.BadHocr as error:
        return Unread("engine_crashed", str(error), retry=True)
    return Reading(parsed.lines, document, parsed.engine)


def _failure(status: int, message: str, model: str) -> Unread:
    detail = message[-300:].strip()
    if "couldn't load any languages" in message or "Error opening data file" in message:
        return Unread("engine_missing_language", f"Tesseract has no usable data for {model!r}: {detail}", retry=True)
    if "too large" in message:
        return Unread("too_large", detail, retry=False)
    return Unread("engine_crashed", f"Tesseract ended with status {status}: {detail}", retry=True)
