"""Tesseract inside this process: the models stay loaded and no program is started for each reading.

It reads the same files with the same models as :mod:`workers.engines` in three quarters of the processor time
(``bench/engines.py``). A crash here takes the process along, so only the pool's children call it, and only for a
page's first attempt: whatever goes wrong, the next attempt is the program's.
"""

import ctypes
import os
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import tesserocr
from PIL import UnidentifiedImageError

from workers import hocr, tools
from workers.engines import Layout, credible, reader, spelled, variables
from workers.text import Reading, Unread

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title></title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name='ocr-system' content='tesseract {version}'/>
  <meta name='ocr-capabilities' content='ocr_page ocr_carea ocr_par ocr_line ocrx_word'/>
 </head>
 <body>
"""
_FOOT = " </body>\n</html>\n"

_QUIET = {"debug_file": os.devnull}


def available() -> bool:
    """Whether the program's models were found; without them the program itself has to say what is wrong."""
    return bool(_data_folder())


def read(picture: Path, model: str, dpi: float, timeout: float, layout: Layout = Layout.PAGE) -> Reading | Unread:
    """As :func:`workers.engines.read`; nothing is written beside the picture."""
    try:
        engine = _loaded(reader(model))
    except RuntimeError as error:
        return Unread("engine_missing_language", f"Tesseract has no usable data for {model!r}: {error}", retry=True)
    try:
        engine.SetPageSegMode(layout.mode)
        for name, value in layout.variables.items():
            engine.SetVariable(name, value)
        engine.SetImageFile(str(picture))
        engine.SetSourceResolution(credible(dpi))
        started = time.monotonic()
        finished = engine.Recognize(round(timeout * 1000))
        if time.monotonic() - started >= timeout:
            return Unread("timeout", f"Tesseract was stopped after {timeout:.0f} s.", retry=True)
        if not finished:
            return Unread("engine_crashed", "Tesseract gave no result.", retry=True)
        return _reading(engine.GetHOCRText(0))
    except (RuntimeError, UnidentifiedImageError) as error:
        return Unread("engine_crashed", f"Tesseract failed: {error}", retry=True)
    finally:
        engine.Clear()
        engine.ClearAdaptiveClassifier()  # and its list of the page's words: the next page must not depend on this one


@cache
def _loaded(name: str) -> tesserocr.PyTessBaseAPI:
    """The engine with the model *name*; kept, for loading takes a tenth of a page's time."""
    return tesserocr.PyTessBaseAPI(path=_data_folder(), lang=spelled(name), variables=_QUIET | variables(name))


def rest() -> None:
    """Give back what the models take, some 60 MB; the next reading loads its model anew."""
    _loaded.cache_clear()
    with suppress(AttributeError):  # a system without GNU's C library
        ctypes.CDLL(None).malloc_trim(0)


@cache
def _data_folder() -> str:
    """Where the program keeps its models; empty if it is not there."""
    return tools.probe_tesseract().data


def _reading(page: str) -> Reading | Unread:
    document = (_HEAD.format(version=_version()) + page + _FOOT).encode()
    try:
        parsed = hocr.parse(document)
    except hocr.BadHocr as error:
        return Unread("engine_crashed", str(error), retry=True)
    return Reading(parsed.lines, document, parsed.engine)


def _version() -> str:
    return str(tesserocr.tesseract_version()).split()[1]
