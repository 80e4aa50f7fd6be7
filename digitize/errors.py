"""Ways to fail: each error is one sentence, carries its exit code and says what to do.

A bad page is a value in the ledger, never one of these. These end a command. They are caught in two places only:
``digitize.cli.main`` and the watch loop.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person is told, in English with ``{placeholders}``, and apart from it the values that go in.

    ``config/messages/errors.toml`` and ``doctor.toml`` have it in the other languages, and
    :func:`digitize.messages.told` says it in one of them; a value may be such a sentence itself.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return filled(self.template, self.values)

    def __bool__(self) -> bool:
        return bool(self.template)


def sentence(template: str = "", /, **values: object) -> Sentence:
    """A sentence and its values."""
    return Sentence(template, values)


def together(sentences: Iterable[Sentence], mark: str = " ") -> Sentence:
    """Several sentences as one value with *mark* between them, each still to be said in any language."""
    values = {f"part{number}": one for number, one in enumerate(sentences)}
    return Sentence(mark.join(f"{{{name}}}" for name in values), values)


class Cause(ValueError):
    """Why something cannot be; whoever catches it puts it into a sentence of their own."""

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template)
        self.why = Sentence(template, values)

    def __str__(self) -> str:
        return str(self.why)


class DigitizeError(Exception):
    """The base: a sentence for the person, an exit code for the machine, a remedy where we know one.

    Both are kept as :class:`Sentence`; :func:`digitize.messages.explained` says them in another language.
    """

    exit_code: ExitCode = ExitCode.ERROR

    def __init__(self, message: str, *, hint: str = "", **values: object) -> None:
        super().__init__(message)
        self.what = Sentence(message, values)
        self.remedy = Sentence(hint, values)

    @property
    def hint(self) -> str:
        """The remedy in English; empty if none is known."""
        return str(self.remedy)

    def __str__(self) -> str:
        return " ".join(str(said) for said in (self.what, self.remedy) if said)


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
