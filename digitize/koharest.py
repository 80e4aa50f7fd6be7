"""Koha's REST API for bibliographic records: fetch one, put one back.

Facts are from Koha's own OpenAPI description (api/v1/swagger/paths/biblios.yaml and oauth.yaml) and from
Koha/REST/V1/Biblios.pm: a record is asked for as MARCXML by ``Accept`` and put whole by ``Content-Type``; the schema is
named in ``x-record-schema``; the framework stays the record's own where no header names one; 403 is a locked record or
a missing right; errors are JSON with ``error``. There is no ETag, so only the caller can see a change in between.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from digitize import __version__, secret
from digitize.errors import BadConfig, NotPermitted, Sentence, Unavailable, sentence
from digitize.home import Home
from digitize.settings import Settings

MARCXML = "application/marcxml+xml"
ATTEMPTS = 4
"""Tries of one request before a server counts as away; a restart of Koha takes some seconds."""
FIRST_PAUSE = 1.0
"""Seconds before the second try; each further pause is twice as long."""
LONGEST_PAUSE = 60.0
"""Seconds; a server that asks for more (Retry-After) is away."""
TIMEOUT = 20.0
"""Seconds per answer; Koha indexes a record before it answers."""
_LARGEST = 16 << 20
"""Bytes of an answer; no record is larger."""
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_UNAUTHORIZED = 401
_AWAY = {429, 502, 503, 504}
"""Too many requests, and the three of a server behind which nobody stands; 500 is one record's trouble."""
_HINT = "Look at koha_* in digitize.toml; 'digitize doctor' says what is missing."


RefusalKind = Literal["not_found", "forbidden", "bad_record", "server_error", "unexpected", "unreadable"]
"""Each has a text in ``config/messages/koha.toml``."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Koha's answer to a request it does not follow, in its own words, or to one that we cannot read."""

    kind: RefusalKind
    detail: str = ""


_KINDS: Mapping[int, RefusalKind] = {400: "bad_record", 403: "forbidden", 404: "not_found"}


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes = b""
    headers: Message | None = None


class _NoRedirect(HTTPRedirectHandler):
    """A login must not follow an answer to another house."""

    def redirect_request(self, *_arguments: Any, **_words: Any) -> None:
        return None


def gap(settings: Settings) -> Sentence:
    """What is missing or unsafe in the settings of a Koha that is wanted; empty if nothing."""
    address = urlsplit(settings.koha_url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        return sentence("koha_url is no http or https address")
    if not (settings.koha_user and settings.koha_secret_file):
        return sentence("koha_user and koha_secret_file are both needed")
    if address.scheme == "http" and address.hostname not in _LOOPBACK:
        return sentence("koha_url is http, so the secret would travel in clear")
    return sentence()


class KohaRest:
    """One Koha. Not for several threads."""

    def __init__(self, settings: Settings, word: str, sleep: Callable[[float], None]) -> None:
        self._base = settings.koha_url.rstrip("/") + "/api/v1"
        self._user, self._word = settings.koha_user, word
        self._basic = settings.koha_auth == "basic"
        self._token = ""
        self._sleep = sleep
        self._opener: OpenerDirector = build_opener(_NoRedirect)

    @classmethod
    def of(cls, home: Home, sleep: Callable[[float], None]) -> "KohaRest":
        """The Koha of the settings.

        Raises:
            BadConfig: something is missing in them, or the secret's file is open to others.
        """
        settings = home.settings
        if missing := gap(settings):
            raise BadConfig("Koha cannot be asked: {missing}.", hint=_HINT, missing=missing)
        try:
            word = secret.first_line(home.root / settings.koha_secret_file)
        except (OSError, ValueError) as error:
            raise BadConfig("Koha cannot be asked: {error}.", hint=_HINT, error=error) from error
        return cls(settings, word, sleep)

    def get(self, number: int) -> bytes | Refusal:
        """The record as MARCXML.

        Raises:
            Unavailable: Koha does not answer, not even after :data:`ATTEMPTS` tries.
            NotPermitted: it does not know the login.
        """
        answer = self._ask("GET", number, {"Accept": MARCXML})
        return answer if isinstance(answer, Refusal) else answer.body

    def put(self, number: int, record: bytes, schema: str) -> Refusal | None:
        """Put a whole record, MARCXML, in the place of the one with this number; None is success.

        Repeating it does no harm, so a try that timed out is repeated.

        Raises:
            Unavailable, NotPermitted: as :meth:`get`.
        """
        headers = {"Content-Type": MARCXML, "Accept": "application/json", "x-record-schema": schema}
        answer = self._ask("PUT", number, headers, record)
        return answer if isinstance(answer, Refusal) else None

    def _ask(
        self, method: str, number: int, headers: Mapping[str, str], body: bytes | None = None
    ) -> _Answer | Refusal:
        url = f"{self._base}/biblios/{number}"
        answer = self._send(method, url, {**headers, "Authorization": self._login()}, body)
        if answer.status == _UNAUTHORIZED and self._token:  # tokens live an hour
            self._token = ""
            answer = self._send(method, url, {**headers, "Authorization": self._login()}, body)
        if answer.status == _UNAUTHORIZED:
            raise NotPermitted(
                "Koha at {base} does not accept the login: {why}.", hint=_HINT, base=self._base, why=_words(answer)
            )
        if answer.status == 200:
            return answer
        kind = _KINDS.get(answer.status, "server_error" if answer.status >= 500 else "unexpected")
        return Refusal(kind, _words(answer))

    def _login(self) -> str:
        if self._basic:
            return "Basic " + base64.b64encode(f"{self._user}:{self._word}".encode()).decode("ascii")
        if not self._token:
            self._token = self._new_token()
        return f"Bearer {self._token}"

    def _new_token(self) -> str:
        form = {"grant_type": "client_credentials", "client_id": self._user, "client_secret": self._word}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = self._send("POST", f"{self._base}/oauth/token", headers, urlencode(form).encode("ascii"))
        token = _json(answer).get("access_token") if answer.status == 200 else None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise NotPermitted("Koha at {base} gives no token: {why}.", hint=_HINT, base=self._base, why=_words(answer))
        return token

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> _Answer:
        """One request, repeated while the server is away; the last answer if it has one."""
        answer = self._once(method, url, headers, body)
        for again in range(ATTEMPTS - 1):
            wait = max(FIRST_PAUSE * 2**again, _asked_pause(answer))
            if not _is_away(answer) or wait > LONGEST_PAUSE:
                break
            self._sleep(wait)
            answer = self._once(method, url, headers, body)
        if isinstance(answer, str) or answer.status in _AWAY:
            said = answer if isinstance(answer, str) else _words(answer)
            raise Unavailable(
                "Koha at {base} does not answer: {said}.", hint="Try again later.", base=self._base, said=said
            )
        return answer

    def _once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> _Answer | str:
        """The answer, or in words why there is none."""
        told = {"User-Agent": f"digitize/{__version__}", **headers}
        request = Request(url, data=body, headers=told, method=method)  # noqa: S310  (gap() looked at the scheme)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as found:
                return _Answer(found.status, _whole(found.read(_LARGEST + 1)), found.headers)
        except HTTPError as error:
            with error:
                return _Answer(error.code, error.read(_LARGEST), error.headers)
        except URLError as error:
            return str(error.reason)
        except (OSError, HTTPException) as error:
            return f"{type(error).__name__}: {error}"


def _is_away(answer: _Answer | str) -> bool:
    return isinstance(answer, str) or answer.status >= 500 or answer.status in _AWAY


def _whole(body: bytes) -> bytes:
    if len(body) > _LARGEST:
        raise HTTPException(f"an answer of more than {_LARGEST} bytes")
    return body


def _asked_pause(answer: _Answer | str) -> float:
    """Seconds a server asks us to wait; dates are not sent by Koha and count as none."""
    asked = "" if isinstance(answer, str) or answer.headers is None else answer.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else 0.0


def _json(answer: _Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _words(answer: _Answer) -> str:
    """What an answer says went wrong, on one line."""
    said = _json(answer).get("error")
    text = " ".join(str(said).split())[:300] if said else ""
    return f"HTTP {answer.status} {text}".rstrip(" .")
