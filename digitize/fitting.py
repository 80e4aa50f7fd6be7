"""What a person wrote becomes a value of the wanted type, or one sentence that says what should stand there."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin

from digitize.errors import Cause


class Unfit(Cause):
    """A value that cannot be what is wanted; the sentence says what can."""


@dataclass(frozen=True, slots=True)
class Within:
    """Bounds of a number, both included but for *over*; the length of a text; its whole form."""

    least: float | None = None
    most: float | None = None
    over: float | None = None
    length: int | None = None
    form: str | None = None

    def check(self, value: Any) -> None:
        """Refuse what lies outside."""
        if self.least is not None and value < self.least:
            raise Unfit("it must be {least} or more", least=f"{self.least:g}")
        if self.over is not None and value <= self.over:
            raise Unfit("it must be more than {least}", least=f"{self.over:g}")
        if self.most is not None and value > self.most:
            raise Unfit("it must be {most} or less", most=f"{self.most:g}")
        if self.length is not None and len(value) > self.length:
            raise Unfit("it may have at most {most} signs", most=self.length)
        if self.form is not None and not re.fullmatch(self.form, value):
            raise Unfit("it must have the form {form}", form=self.form)


def fitted(wanted: Any, given: Any) -> Any:
    """*given* as a value of the type *wanted*, which may be annotated with :class:`Within`.

    Raises:
        Unfit: saying what should stand there.
    """
    if get_origin(wanted) is Annotated:
        inner, *rules = get_args(wanted)
        value = fitted(inner, given)
        for rule in rules:
            rule.check(value)
        return value
    if get_origin(wanted) is Literal:
        return _one_of(get_args(wanted), given)
    return _READ[get_origin(wanted) or wanted](given)


def _one_of(choices: tuple[Any, ...], given: Any) -> Any:
    """A choice as it is, or in the letters of the environment."""
    for choice in choices:
        if given == choice or (isinstance(given, str) and given == str(choice)):
            return choice
    raise Unfit("it must be one of {choices}", choices=", ".join(map(repr, choices)))


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise Unfit("it must be a text in quotes")
    return given


def _truth(given: Any) -> bool:
    word = str(given).lower()
    if word not in _WORDS:
        raise Unfit("it must be true or false")
    return _WORDS[word]


_WORDS = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(("false", "0", "no", "off"), False)


def _whole(given: Any) -> int:
    try:
        value = int(given)
    except (TypeError, ValueError, OverflowError):
        raise Unfit("it must be a whole number") from None
    if isinstance(given, bool) or (isinstance(given, float) and value != given):
        raise Unfit("it must be a whole number")
    return value


def _real(given: Any) -> float:
    try:
        value = float(given)
    except (TypeError, ValueError):
        raise Unfit("it must be a number") from None
    if isinstance(given, bool) or not math.isfinite(value):
        raise Unfit("it must be a number")
    return value


def _texts(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list | tuple):
        raise Unfit("it must be a list of texts in quotes")
    return tuple(_text(one) for one in given)


_READ: Mapping[Any, Callable[[Any], Any]] = MappingProxyType(
    {str: _text, bool: _truth, int: _whole, float: _real, tuple: _texts, Path: lambda given: Path(_text(given))}
)
