"""``item.toml``: what the operator says about a book. Wrong words are a value, so that the pages still go on."""

import difflib
import re
import tomllib
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

TYPES = ("kitob", "gazeta", "jurnal", "albom", "xarita", "qo‘lyozma", "nota nashri", "boshqa")
"""The seven kinds of the service's regulations and 'the rest'."""

SOURCES = ("reja", "buyurtma", "pullik", "retro", "jadid", "o‘lkashunoslik")
"""Why an item is digitized (design, plan rows)."""

_APOSTROPHES = dict.fromkeys(map(ord, "'`´’ʻʼ"), "‘")


class ItemSheet(BaseModel):
    """The fields of item.toml; all may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    title: str = Field("", max_length=1000)
    author: str = Field("", max_length=300)
    year: int | None = Field(None, gt=0)
    type: str = "kitob"
    record: str | int = ""
    source: str = "reja"
    collection: str = Field("", max_length=64)
    operator: str = Field("", max_length=120)
    scanner: str = Field("", max_length=60)
    pages: int | None = Field(None, gt=0)
    language: Literal[
        "", "uz", "uz-Latn", "uz-Cyrl", "ru", "ar", "uz-Arab", "en", "fr", "de", "fa", "tr", "tg", "kk", "ky"
    ] = ""


@dataclass(frozen=True, slots=True)
class BadSheet:
    """Why an item.toml was not applied: one of :data:`PROBLEMS`, at *field*, with what helps to correct it."""

    problem: str
    field: str
    detail: str


PROBLEMS = ("syntax", "unknown_field", "number", "text", "choice", "value")
"""Each has a text in ``config/messages/sheet.toml``."""

_PROBLEM_OF = {
    "extra_forbidden": "unknown_field",
    "int_type": "number",
    "greater_than": "number",
    "string_type": "text",
    "literal_error": "choice",
}
"""Pydantic's name of an error -> ours; whatever else is wrong is ``value``."""


def parse(raw: bytes) -> ItemSheet | BadSheet:
    """Read item.toml as UTF-8, or as the code page of old Windows editors."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1251", "replace")
    try:
        sheet = ItemSheet(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        return BadSheet("syntax", "", place[1] if place else str(text.rstrip().count("\n") + 1))
    except ValidationError as error:
        return _bad(error.errors()[0])
    return _one_of(sheet)


def _bad(error: ErrorDetails) -> BadSheet:
    field = str(error["loc"][0])
    problem = _PROBLEM_OF.get(error["type"], "value")
    detail = {"unknown_field": _near(field), "choice": str(error.get("ctx", {}).get("expected", ""))}
    return BadSheet(problem, field, detail.get(problem, error["msg"]))


def _one_of(sheet: ItemSheet) -> ItemSheet | BadSheet:
    changes: dict[str, str] = {}
    for key, value, allowed in (("type", sheet.type, TYPES), ("source", sheet.source, SOURCES)):
        plain = value.strip().casefold().translate(_APOSTROPHES)
        if plain not in allowed:
            return BadSheet("choice", key, " | ".join(allowed))
        changes[key] = plain
    return sheet.model_copy(update=changes)


def _near(key: str) -> str:
    near = difflib.get_close_matches(key, ItemSheet.model_fields, n=1)
    return f"{near[0]}?" if near else " | ".join(ItemSheet.model_fields)
