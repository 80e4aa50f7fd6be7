"""Ways to fail: each error is one sentence, carries its exit code and says what to do.

A bad page is a value in the ledger, never one of these. These end a command. They are caught in two places only:
``digitize.cli.main`` and the watch loop.
"""

from collections.abc import Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell, cron and systemd see; stable."""

    OK = 0
    ERROR = 1
    USAGE = 2
    SOME_PAGES_FAILED = 3
    NO_HOME = 10
    LOCKED = 11
    NOT_PERMITTED = 12
    UNAVAILABLE = 69
    IO = 74
    CONFIG = 78
    INTERRUPTED = 130


class DigitizeError(Exception):
    """The base: a sentence for the person, an exit code for the machine, a remedy where we know one.

    Sentence and remedy are English with ``{placeholders}`` for the *values*; ``config/messages/errors.toml`` has them
    in the other languages, and :func:`digitize.messages.explained` puts both together.
    """

    exit_code: ExitCode = ExitCode.ERROR

    def __init__(self, message: str, *, hint: str = "", **values: object) -> None:
        super().__init__(message)
        self.templates = (message, hint)
        self.values = values

    @property
    def hint(self) -> str:
        """The remedy in English; empty if none is known."""
        return filled(self.templates[1], self.values)

    def __str__(self) -> str:
        return " ".join(filled(text, self.values) for text in self.templates if text)


def filled(text: str, values: Mapping[str, object]) -> str:
    """A sentence with its values; without any it stands as it is, braces and all."""
    return text.format(**values) if values else text


class UsageError(DigitizeError):
    """The command was understood, but not what it was given."""

    exit_code = ExitCode.USAGE


class NoHome(DigitizeError):
    """No home of the program where one was looked for."""

    exit_code = ExitCode.NO_HOME


class Locked(DigitizeError):
    """Another run of this home is at work."""

    exit_code = ExitCode.LOCKED


class NotPermitted(DigitizeError):
    """The operating system does not let us."""

    exit_code = ExitCode.NOT_PERMITTED


class Unavailable(DigitizeError):
    """A share, an engine or an outside program is not there; nothing is anybody's fault."""

    exit_code = ExitCode.UNAVAILABLE


class StorageFailed(DigitizeError):
    """The disk is full or answers with errors."""

    exit_code = ExitCode.IO


class BadConfig(DigitizeError):
    """Settings or a configuration file are wrong."""

    exit_code = ExitCode.CONFIG


class NotFound(DigitizeError):
    """The item, page, record or file that was named does not exist."""


class Interrupted(DigitizeError):
    """Somebody stopped the command."""

    exit_code = ExitCode.INTERRUPTED
