"""Do the links of the records still lead somewhere: the file in the archive, and on request the address readers use."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from sqlalchemy.orm import Session

from catalog_link.attach import UNCHANGED
from digitize import __version__, link, store
from digitize.clock import local_day
from digitize.home import Home
from digitize.ledger import catalog as ledger
from digitize.ledger.models import Item, LinkState
from digitize.link import LinkedRecord
from digitize.settings import Settings

Ask = Callable[[str], str]
"""``ask(url)`` -> empty if there is something, else what came instead."""
_DENIED = {"HTTP 404", "HTTP 410"}
"""Not found, and gone for good."""
_NO_HEAD = {405, 501}
"""The server is there, but does not answer this way of asking."""
_TIMEOUT = 10.0
"""Seconds; a reader would not wait longer."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A link that leads nowhere."""

    item: str
    record: str
    url: str
    problem: str
    """``file_missing``, ``file_size``, ``url_dead`` or ``not_written``; each has a text in ``catalog.toml``."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """How many links were looked at, and those that lead nowhere."""

    links: int
    dead: tuple[Dead, ...]
    answered: tuple[str, ...] = ()
    """Items at whose address there is something."""


def check(session: Session, home: Home, ask: Ask | None = None) -> Checked:
    """Look at every link of a published item; addresses are asked only if *ask* is given."""
    count = 0
    dead: list[Dead] = []
    answered: list[str] = []
    for record, links in ledger.linked_records(session):
        for one in links:
            if one.state != LinkState.LINKED or not one.item.pdf_sha256:
                continue
            count += 1
            url = link.address(one.item, home.settings)
            found = [Dead(one.item.key, record.number, url, *what) for what in _problems(home, one.item, url, ask)]
            dead += found
            if ask and all(problem.problem != "url_dead" for problem in found):
                answered.append(one.item.key)
            if not one.field:
                dead.append(Dead(one.item.key, record.number, url, "not_written", one.reason))
    return Checked(count, tuple(dead), tuple(answered))


def mark(session: Session, checked: Checked, settings: Settings, now: datetime) -> list[LinkedRecord]:
    """Write into the records which addresses are dead and which live again; what changed by that.

    Dead is what its server denies. One that is silent, or no network, says nothing about the address.
    """
    denied = {dead.item for dead in checked.dead if dead.problem == "url_dead" and dead.detail in _DENIED}
    for key in denied.union(checked.answered):
        one = ledger.link_of(session, link.item_named(session, key).id)
        if one is not None:
            one.dead = (one.dead or local_day(now, settings.timezone).isoformat()) if key in denied else ""
    done = link.attach_links(session, settings, now)
    return [record for record in done.records if record.action != UNCHANGED]


def _problems(home: Home, item: Item, url: str, ask: Ask | None) -> Iterator[tuple[str, str]]:
    path = store.pdf_path(home, item.key)
    if not path.is_file():
        yield "file_missing", str(path)
    elif item.pdf_size and path.stat().st_size != item.pdf_size:
        yield "file_size", f"{path.stat().st_size} / {item.pdf_size}"
    if ask and (answer := ask(url)):
        yield "url_dead", answer


def ask_server(url: str, method: str = "HEAD") -> str:
    """Ask for the head of an address, over HTTP or HTTPS alone; never raises for what the network does.

    A server that gives no heads is asked for the whole, of which nothing is read.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        return "no http address"
    request = Request(url, method=method, headers={"User-Agent": f"digitize/{__version__}"})  # noqa: S310
    try:
        with urlopen(request, timeout=_TIMEOUT):  # noqa: S310  (the scheme was looked at)
            return ""
    except HTTPError as error:
        error.close()
        return ask_server(url, "GET") if method == "HEAD" and error.code in _NO_HEAD else f"HTTP {error.code}"
    except URLError as error:
        return str(error.reason)
    except (OSError, HTTPException, ValueError) as error:
        return f"{type(error).__name__}: {error}"
