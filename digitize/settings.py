"""Settings: typed, frozen, read once. Nothing else in the program reads the environment or ``digitize.toml``.

Precedence: ``DIGITIZE_<KEY>`` in the environment, then ``digitize.toml`` of the home, then the default here. An
unknown key is an error with the nearest known one; all problems are reported at once.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from digitize.errors import BadConfig

FILE_NAME = "digitize.toml"
_PREFIX = "DIGITIZE_"
_NOT_SETTINGS = {"DIGITIZE_HOME"}

Language = Literal["uz", "uz-Cyrl", "ru", "en"]


class Settings(BaseModel):
    """Every setting with its default; the words of explanation stand in ``config/digitize.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    library: str = ""
    library_code: str = Field("", max_length=20)
    language: Language = "uz"
    timezone: str = "Asia/Tashkent"
    ledger_url: str = ""
    share: Path = Path("share")
    archive: Path = Path("archive")

    settle_seconds: float = Field(5.0, ge=0)
    item_quiet_minutes: float = Field(10.0, ge=0)
    rescan_seconds: float = Field(60.0, gt=0)
    polling: Literal["auto", "always", "never"] = "auto"
    max_megapixels: int = Field(400, gt=0)

    jobs: int = Field(0, ge=0)
    page_timeout_seconds: float = Field(300.0, gt=0)
    worker_memory_mb: int = Field(2048, ge=512)
    max_attempts: int = Field(3, ge=1)
    lease_seconds: float = Field(900.0, gt=0)
    min_free_mb: int = Field(500, ge=0)
    nice: int = Field(10, ge=0, le=19)
    ionice_idle: bool = True
    hang_minutes: float = Field(60.0, gt=0)
    stop_seconds: float = Field(20.0, gt=0, le=25)

    letter_language: Language | Literal[""] = ""
    letter_at: str = Field("07:00", pattern=r"^(|([01]\d|2[0-3]):[0-5]\d)$")
    mail_to: str = ""
    mail_from: str = ""
    smtp_host: str = ""
    smtp_port: int = Field(587, gt=0, le=65535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password_file: str = ""

    restore_profile: str = "kitob"
    split: Literal["auto", "on", "off"] = "auto"
    ocr_languages: tuple[str, ...] = ("uzb", "uzb_cyrl", "rus")
    recognizer: Literal["auto", "program"] = "auto"
    low_confidence: float = Field(60.0, ge=0, le=100)
    jpeg_quality: int = Field(70, ge=1, le=100)
    pdf: Literal["layers", "bitonal"] = "layers"
    publish_copy: bool = True

    count_blank: bool = True
    week_days: Literal[5, 6] = 5
    calendar_overrides: str = ""
    price_list: str = ""

    catalog_profile: str = "marc21"
    url_template: str = "https://kutubxona.example/{key}.pdf"
    ark_naan: str = Field("99999", pattern=r"^\d{5,9}$")

    koha_url: str = ""
    koha_auth: Literal["oauth", "basic"] = "oauth"
    koha_user: str = ""
    koha_secret_file: str = ""

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        ZoneInfo(value)  # raises for an unknown name
        return value


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
    values: dict[str, Any] = {}
    origin = dict.fromkeys(Settings.model_fields, "default")
    problems: list[str] = []
    environment = os.environ if environ is None else environ
    for source, found in ((FILE_NAME, _from_file(home / FILE_NAME)), ("environment", _from_environ(environment))):
        for key, value in found.items():
            if key in Settings.model_fields:
                values[key], origin[key] = value, source
            else:
                problems.append(_unknown(key, source))
    try:
        settings = Settings(**values)
    except (ValidationError, OSError, KeyError) as error:
        raise BadConfig(" ".join(problems + _sentences(error, origin)), hint=_HINT) from error
    if problems:
        raise BadConfig(" ".join(problems), hint=_HINT)
    return Loaded(settings, origin)


_HINT = "See 'digitize config show' in a new home for all keys."


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path} cannot be read: {error}.", hint="Correct the line and try again.") from error


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in environ.items():
        if name.startswith(_PREFIX) and name not in _NOT_SETTINGS:
            key = name.removeprefix(_PREFIX).lower()
            found[key] = tuple(value.split(",")) if key == "ocr_languages" else value
    return found


def _unknown(key: str, source: str) -> str:
    near = difflib.get_close_matches(key, Settings.model_fields, n=1)
    return f"Unknown setting {key!r} in {source}" + (f"; did you mean {near[0]!r}?" if near else ".")


def _sentences(error: Exception, origin: Mapping[str, str]) -> list[str]:
    if not isinstance(error, ValidationError):
        return [f"{error}."]
    return [
        f"Setting {key!r} in {origin.get(key, 'settings')}: {detail['msg']}, got {detail['input']!r}."
        for detail in error.errors()
        for key in [str(detail["loc"][0])]
    ]
