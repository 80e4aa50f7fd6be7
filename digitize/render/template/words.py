"""The placeholders of a form: how they are written, what each one means, and what is said about wrong ones."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from digitize.errors import Sentence, UsageError, sentence, together
from digitize.messages import LANGUAGES, template
from digitize.uzbek import fold

ONCE = (
    "year", "report", "period", "since", "until", "month", "quarter", "library", "pages", "blank", "low", "previous",
    "working_days", "per_day", "titles", "fulltext", "linked", "correction", "closed",
)  # fmt: skip
"""What stands anywhere; the word for each is the message ``template.<field>``."""
ROWS = "rows"
PACED = ("operator", "scanner", "source")
"""What has a pace of its own: :class:`digitize.report.Share`."""
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        ROWS: (
            "section", "number", "name", "unit", "last_year", "planned", "done_period", "done", "percent", "note",
            "mechanism", "deadline", "responsible",
        ),
        "days": ("day", "day_pages"),
        **{f"{part}s": (part, *(f"{part}_{what}" for what in ("pages", "days", "per_day"))) for part in PACED},
        "types": ("type", "type_pages"),
    }
)  # fmt: skip
"""What stands in a row of a table that is repeated."""

_MARK = re.compile(r"\{\{([^{}]*)\}\}")
_BRACES = re.compile(r"\{\{|\}\}")
_AROUND = 30
"""Signs of the text around a mistake that are shown."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder of a form, and where it stands in its text."""

    start: int
    end: int
    field: str
    row: str = ""
    """The plan row of ``{{amalda:24}}``."""

    @property
    def group(self) -> str:
        """The group whose lines it repeats its row for; empty for what stands anywhere."""
        return "" if self.row else _group_of().get(self.field, "")


class Problems:
    """What is wrong in a form: gathered, so that one sentence names all of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unknown: dict[str, Sentence] = {}
        self._others: list[Sentence] = []

    def unknown(self, written: str) -> None:
        """A placeholder that nobody knows."""
        near = difflib.get_close_matches(_key(written.partition(":")[0]), _fields(), n=1)
        mark = f"{{{{{written.strip()}}}}}"
        if near:
            meant = marked(_fields()[near[0]], "uz")
            self._unknown[mark] = sentence("{mark} (did you mean {meant}?)", mark=mark, meant=meant)
        else:
            self._unknown[mark] = sentence("{mark}", mark=mark)

    def other(self, said: Sentence) -> None:
        """Anything else; a sentence without its full stop."""
        if said not in self._others:
            self._others.append(said)

    def raise_if_any(self) -> None:
        """Say what was found.

        Raises:
            UsageError: something was.
        """
        told = list(self._others)
        if self._unknown:
            told.insert(0, sentence("unknown {marks}", marks=together(self._unknown.values(), ", ")))
        if told:
            raise UsageError(
                "The template {path} cannot be filled in: {faults}.",
                hint="All placeholders: digitize report template",
                path=self._path,
                faults=together(told, "; "),
            )


GROUP_NAMES = ("rows", "days", "operators", "scanners", "sources", "types")
"""Each has a text in ``config/messages/errors.toml``."""


def several(groups: Iterable[str]) -> Sentence:
    """Names of groups as one value."""
    return together(map(sentence, groups), ", ")


def placeholders(text: str, problems: Problems) -> tuple[Placeholder, ...]:
    """The placeholders in *text*; what is no whole and known one goes to *problems*."""
    if "{{" not in text and "}}" not in text:
        return ()
    for brace in _BRACES.finditer(_MARK.sub(lambda match: " " * len(match[0]), text)):
        around = text[max(0, brace.start() - _AROUND) : brace.end() + _AROUND].strip()
        problems.other(
            sentence("braces that are not opened and closed in one paragraph or cell at {around!r}", around=around)
        )
    return tuple(_known(_MARK.finditer(text), problems))


def _known(matches: Iterable[re.Match[str]], problems: Problems) -> Iterator[Placeholder]:
    for match in matches:
        word, _, row = match[1].partition(":")
        field = _fields().get(_key(word))
        row = row.strip()
        if field is None or (":" in match[1] and (not row or field not in GROUPS[ROWS])):
            problems.unknown(match[1])
        else:
            yield Placeholder(match.start(), match.end(), field, row)


def word_of(field: str, language: str) -> str:
    """What stands between the braces, in the letters of *language*."""
    return template(f"template.{field}", language)


def marked(field: str, language: str) -> str:
    """The whole placeholder."""
    return f"{{{{{word_of(field, language)}}}}}"


def _key(word: str) -> str:
    """A word as it is compared: any alphabet, apostrophe and case; blanks and signs do not matter."""
    return "".join(re.findall(r"\w", fold(word))).replace("_", "")


@cache
def _fields() -> Mapping[str, str]:
    """Every word in every language -> its field."""
    names = (*ONCE, *(field for group in GROUPS.values() for field in group))
    return {_key(word_of(field, language)): field for field in names for language in LANGUAGES}


@cache
def _group_of() -> Mapping[str, str]:
    return {field: group for group, fields in GROUPS.items() for field in fields}
