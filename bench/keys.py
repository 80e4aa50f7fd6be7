"""Measures the search keys: how fast they are made, and how many words they make one that are not.

    .venv/bin/python bench/keys.py [TEXTS ...] [--output bench/results/keys.md]

TEXTS are files or folders of UTF-8 text, by default the samples'. Two words collide if they share a key and are not the
same word in two alphabets or with other marks: Cyrillic words are first transliterated by the rules of 1995, marks made
canonical, capitals small.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from machine import described
from tables import tell

from digitize.uzbek import fold, ocr_key, strict_key, to_cyrillic, to_latin

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "texts"
CHARACTERS = 400_000
"""Of text that each key is timed on; texts are repeated to that length."""
WORKS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("fold", fold),
    ("ocr_key", ocr_key),
    ("strict_key", strict_key),
    ("to_latin", to_latin),
    ("to_cyrillic", to_cyrillic),
)


@dataclass(frozen=True)
class Collisions:
    """Words of the texts that share a key with another word."""

    words: int
    groups: Sequence[tuple[str, ...]]

    @property
    def rate(self) -> float:
        """Share of words that a key adds to another word, in percent."""
        return 100 * sum(len(group) - 1 for group in self.groups) / max(1, self.words)


def collisions(words: Iterable[str], key: Callable[[str], str]) -> Collisions:
    """*words*: each once, as :func:`vocabulary` gives them."""
    sharing: dict[str, list[str]] = defaultdict(list)
    count = 0
    for word in words:
        sharing[key(word)].append(word)
        count += 1
    return Collisions(count, [tuple(group) for group in sharing.values() if len(group) > 1])


def vocabulary(texts: Iterable[str]) -> list[str]:
    """Every word with letters once, in the Latin of 1995 with canonical marks."""
    words = {word for text in texts for word in strict_key(to_latin(text)).split() if word[0].isalpha()}
    return sorted(words)


def speed(work: Callable[[str], str], pages: Sequence[str]) -> float:
    """Million characters per processor second, page by page; the best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        for page in pages:
            work(page)
        best = min(best, time.process_time() - began)
    return sum(map(len, pages)) / best / 1e6


def read(places: Sequence[Path]) -> list[str]:
    files = [file for place in places for file in (sorted(place.rglob("*.txt")) if place.is_dir() else [place])]
    return [file.read_text(encoding="utf-8", errors="replace") for file in files]


def report(texts: Sequence[str]) -> str:
    words = vocabulary(texts)
    lines = [
        f"`bench/keys.py`, {described()}; {len(texts)} texts.",
        "",
        "| | million characters a second of one core, Latin | Cyrillic |",
        "|---|---|---|",
    ]
    pages = {alphabet: _pages(texts, alphabet) for alphabet in (to_latin, to_cyrillic)}
    for name, work in WORKS:
        latin, cyrillic = (speed(work, some) for some in pages.values())
        lines.append(f"| `{name}` | {latin:.1f} | {cyrillic:.1f} |")
    lines += [
        "",
        f"| of {len(words)} different words | groups that share a key | words added to another, % |",
        "|---|---|---|",
    ]
    for name, key in WORKS[:2]:
        found = collisions(words, key)
        lines.append(f"| `{name}` | {len(found.groups)} | {found.rate:.2f} |")
    shown = "; ".join(" = ".join(group) for group in collisions(words, fold).groups[:12])
    return "\n".join([*lines, "", f"Made one by `fold`: {shown or 'none'}.", ""])


def _pages(texts: Sequence[str], alphabet: Callable[[str], str]) -> list[str]:
    """The texts in one alphabet, often enough to be timed."""
    pages = [alphabet(text) for text in texts]
    return pages * max(1, CHARACTERS // max(1, sum(map(len, pages))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, nargs="*", default=[SAMPLES])
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    tell(f"# Search keys: measured\n\n{report(read(given.texts))}", given.output)


if __name__ == "__main__":
    main()
