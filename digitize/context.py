"""What every command shares: the home, the ledger, the language, and the one way to print JSON."""

import getpass
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitize.clock import Clock, SystemClock
from digitize.errors import NoHome, NotPermitted
from digitize.home import Home, open_home
from digitize.messages import Say, speaker
from digitize.plan.line import Author
from digitize.settings import Language, Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session


@dataclass
class Context:
    """Made by the top command from its flags; opens things when a command first asks for them."""

    given_home: Path | None = None
    given_language: Language | None = None
    verbosity: int = 0

    @property
    def clock(self) -> Clock:
        """The machine's clock."""
        return SystemClock()

    @cached_property
    def home(self) -> Home:
        """The home named by --home, DIGITIZE_HOME or the current folder."""
        return open_home(self.given_home)

    @cached_property
    def ledger(self) -> "Engine":
        """The open ledger of the home, migrated."""
        from digitize.ledger.opening import open_ledger  # noqa: PLC0415  (who only looks does without SQLAlchemy)

        return open_ledger(self.home)

    def reading(self) -> "AbstractContextManager[Session]":
        """A session that only looks into the ledger."""
        from digitize.ledger.session import reading  # noqa: PLC0415

        return reading(self.ledger)

    def transaction(self) -> "AbstractContextManager[Session]":
        """A session in one transaction."""
        from digitize.ledger.session import transaction  # noqa: PLC0415

        return transaction(self.ledger)

    @property
    def language(self) -> Language:
        """--lang, else the setting; Uzbek where there is no home: a viloyat adds up reports and has none."""
        if self.given_language:
            return self.given_language
        try:
            return self.home.settings.language
        except NoHome:
            return Settings().language

    @property
    def local_settings(self) -> Settings:
        """The settings in the language asked for."""
        return replace(self.home.settings, language=self.language)

    @property
    def say(self) -> Say:
        """Speaks the chosen language."""
        return speaker(self.language)

    @property
    def author(self) -> Author:
        """The person at the keyboard, now."""
        try:
            who = getpass.getuser()
        except (KeyError, OSError):
            who = "unknown"  # a container user without a name
        return Author(who, self.clock.now())

    def tell(self, text: str) -> None:
        """Print for a person, unless -q."""
        if self.verbosity >= 0:
            click.echo(text)


pass_context = click.make_pass_decorator(Context, ensure=True)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def emit_json(data: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print *data* as one JSON document in UTF-8; dates as ISO, file names that are no text with replacement marks."""
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def write_file(path: Path, data: Iterable[bytes]) -> None:
    """Write a report or plan, in as many pieces as it comes.

    Raises:
        NotPermitted: the file cannot be written.
    """
    try:
        with path.open("wb") as file:
            file.writelines(data)
    except OSError as error:
        raise NotPermitted(
            "The file cannot be written to {path}: {why}.", hint="Choose another file.", path=path, why=error.strerror
        ) from error
