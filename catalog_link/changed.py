"""What two versions of a record say differently, whatever syntax each is written in."""

import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from catalog_link.attach import is_marked, readable
from catalog_link.encoding import UTF8, encoding_of
from catalog_link.profile import Profile
from catalog_link.records import parse
from catalog_link.values import Flaw, Syntax


@dataclass(frozen=True, slots=True)
class Version:
    """A record as it stood somewhere."""

    raw: bytes
    syntax: Syntax
    profile: Profile


@dataclass(frozen=True, slots=True)
class Difference:
    """Fields as people read MARC that only one version has, each in its record's order."""

    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gone or self.come)

    @property
    def lines(self) -> tuple[str, ...]:
        """A diff: ``- 245 10 $a …``, ``+ 245 10 $a …``."""
        return (*(f"- {text}" for text in self.gone), *(f"+ {text}" for text in self.come))


def difference(before: Version, after: Version, ignored: Collection[str] = (), *, links: bool) -> Difference | Flaw:
    """Fields that went or came; fields of ours count only if *links*, the *ignored* tags never.

    Order says nothing: systems sort what they store. Of the leader only what kind of record it is counts, since
    lengths and the mark of the encoding belong to the syntax. A version that cannot be read is the answer itself.
    """
    one, other = _lines(before, ignored, links=links), _lines(after, ignored, links=links)
    if isinstance(one, Flaw):
        return one
    if isinstance(other, Flaw):
        return other
    return Difference(_without(one, other), _without(other, one))


def _lines(version: Version, ignored: Collection[str], *, links: bool) -> list[str] | Flaw:
    parsed = parse(version.raw, version.syntax)
    if isinstance(parsed, Flaw):
        return parsed
    encoding = UTF8 if version.syntax is Syntax.MARCXML else encoding_of(parsed, version.profile)
    kind = parsed.leader[6:8].decode("latin-1")
    fields = (field for field in parsed.fields if field.tag not in ignored)
    kept = (field for field in fields if links or not is_marked(field, version.profile, encoding))
    texts = (unicodedata.normalize("NFC", readable(field, encoding)) for field in kept)
    return [f"000/06-07 {kind}", *texts]


def _without(lines: list[str], others: list[str]) -> tuple[str, ...]:
    """The lines that are not among the others, each as often as it is missing there."""
    left = Counter(others)
    only = []
    for line in lines:
        if left[line]:
            left[line] -= 1
        else:
            only.append(line)
    return tuple(only)
