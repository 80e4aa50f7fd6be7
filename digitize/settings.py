"""Settings: typed, frozen, read once. Nothing else in the program reads the environment or ``digitize.toml``.

Precedence: ``DIGITIZE_<KEY>`` in the environment, then ``digitize.toml`` of the home, then the default here. An
unknown key is an error with the nearest known one; all problems are reported at once.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from zoneinfo import ZoneInfo

from digitize.errors import BadConfig, Sentence, sentence, together
from digitize.fitting import Unfit, Within, fitted

FILE_NAME = "digitize.toml"
_PREFIX = "DIGITIZE_"
_NOT_SETTINGS = {"DIGITIZE_HOME"}
_LISTS = {"ocr_languages", "staff"}

Language = Literal["uz", "uz-Cyrl", "ru", "en"]


@dataclass(frozen=True)
class Settings:
    """Every setting with its default; the words of explanation stand in ``config/digitize.toml``."""

    library: str = ""
    library_code: Annotated[str, Within(length=20)] = ""
    language: Language = "uz"
    timezone: str = "Asia/Tashkent"
    ledger_url: str = ""
    share: Path = Path("share")
    archive: Path = Path("archive")

    settle_seconds: Annotated[float, Within(least=0)] = 5.0
    item_quiet_minutes: Annotated[float, Within(least=0)] = 10.0
    rescan_seconds: Annotated[float, Within(over=0)] = 60.0
    polling: Literal["auto", "always", "never"] = "auto"
    max_megapixels: Annotated[int, Within(over=0)] = 400

    jobs: Annotated[int, Within(least=0)] = 0
    page_timeout_seconds: Annotated[float, Within(over=0)] = 300.0
    worker_memory_mb: Annotated[int, Within(least=512)] = 2048
    max_attempts: Annotated[int, Within(least=1)] = 3
    lease_seconds: Annotated[float, Within(over=0)] = 900.0
    min_free_mb: Annotated[int, Within(least=0)] = 500
    nice: Annotated[int, Within(least=0, most=19)] = 10
    ionice_idle: bool = True
    hang_minutes: Annotated[float, Within(over=0)] = 60.0
    stop_seconds: Annotated[float, Within(over=0, most=25)] = 20.0

    letter_language: Literal[Language, ""] = ""
    letter_at: Annotated[str, Within(form=r"^(|([01]\d|2[0-3]):[0-5]\d)$")] = "07:00"
    mail_to: str = ""
    mail_from: str = ""
    smtp_host: str = ""
    smtp_port: Annotated[int, Within(over=0, most=65535)] = 587
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password_file: str = ""

    restore_profile: str = "kitob"
    split: Literal["auto", "on", "off"] = "auto"
    ocr_languages: tuple[str, ...] = ("uzb", "uzb_cyrl", "rus")
    recognizer: Literal["auto", "program"] = "auto"
    low_confidence: Annotated[float, Within(least=0, most=100)] = 60.0
    jpeg_quality: Annotated[int, Within(least=1, most=100)] = 70
    pdf: Literal["layers", "bitonal", "lossless"] = "layers"
    publish_copy: bool = True

    count_blank: bool = True
    week_days: Literal[5, 6] = 5
    calendar_overrides: str = ""
    staff: tuple[str, ...] = ()
    absences: str = ""
    price_list: str = ""

    catalog_profile: str = "marc21"
    url_template: str = "https://kutubxona.example/{key}.pdf"
    ark_naan: Annotated[str, Within(form=r"^\d{5,9}$")] = "99999"

    koha_url: str = ""
    koha_auth: Literal["oauth", "basic"] = "oauth"
    koha_user: str = ""
    koha_secret_file: str = ""


def _known_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (OSError, KeyError, ValueError) as error:
        raise Unfit("it must be a time zone such as Asia/Tashkent") from error


_KEYS = tuple(field.name for field in fields(Settings))


@dataclass(frozen=True)
class Loaded:
    """The settings of one home and, for every key, where its value comes from."""

    settings: Settings
    origin: Mapping[str, str]


def load(home: Path, environ: Mapping[str, str] | None = None) -> Loaded:
    """Read the settings of *home*.

    Raises:
        BadConfig: naming every unknown key and every value that does not fit, at once.
    """
    given: dict[str, Any] = {}
    origin = dict.fromkeys(_KEYS, "default")
    problems: list[Sentence] = []
    environment = os.environ if environ is None else environ
    for source, found in ((FILE_NAME, _from_file(home / FILE_NAME)), ("environment", _from_environ(environment))):
        for key, value in found.items():
            if key in origin:
                given[key], origin[key] = value, source
            else:
                problems.append(_unknown(key, source))
    values, unfit = _fitting(given, origin)
    if problems or unfit:
        raise BadConfig("{problems}", hint=_HINT, problems=together(problems + unfit))
    return Loaded(Settings(**values), origin)


def _fitting(given: Mapping[str, Any], origin: Mapping[str, str]) -> tuple[dict[str, Any], list[Sentence]]:
    """The values in their types, and a sentence about each that has none."""
    values: dict[str, Any] = {}
    problems: list[Sentence] = []
    wanted = get_type_hints(Settings, include_extras=True) if given else {}
    for key, value in given.items():
        try:
            values[key] = fitted(wanted[key], value)
            if key == "timezone":
                _known_timezone(values[key])
        except Unfit as error:
            place = {"key": key, "source": _place(origin[key])}
            problems.append(
                sentence("Setting {key} in {source}: {why}, not {value!r}.", why=error, value=value, **place)
            )
    return values, problems


_HINT = "See 'digitize config show' in a new home for all keys."


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(
            "{path} cannot be read: {error}.", hint="Correct the line and try again.", path=path, error=error
        ) from error


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in environ.items():
        if name.startswith(_PREFIX) and name not in _NOT_SETTINGS:
            key = name.removeprefix(_PREFIX).lower()
            found[key] = tuple(filter(None, value.split(","))) if key in _LISTS else value
    return found


def _unknown(key: str, source: str) -> Sentence:
    place = {"key": key, "source": _place(source)}
    if near := difflib.get_close_matches(key, _KEYS, n=1):
        return sentence("Unknown setting {key} in {source}; did you mean {near}?", near=near[0], **place)
    return sentence("Unknown setting {key} in {source}.", **place)


def _place(source: str) -> Sentence:
    return sentence(FILE_NAME) if source == FILE_NAME else sentence("the environment")
