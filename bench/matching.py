"""The labelled matching set: how many scans find their record, how many a person is asked about, how many are wrong.

    .venv/bin/python bench/matching.py [-o bench/results/matching.md]

The set is ``tests/labelled.py``: a small catalogue with every trap (editions, volumes, namesakes, doubles, the other
alphabet) and what operators type about its books. Only title and author are given, no number. A wrong link ends the
script with code 1.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from labelled import Case, books, cases
from marcs import profile
from tables import table, tell

from catalog_link import iso2709
from catalog_link.match import Match, Wanted, match
from catalog_link.records import Described, describe
from catalog_link.values import Flaw


def catalogue() -> list[Described]:
    parsed = (iso2709.parse(book.marc) for book in books())
    return [describe(one, profile()) for one in parsed if not isinstance(one, Flaw)]


def outcome(known: list[Described], case: Case) -> str:
    """``right``, ``wrong``, ``asked`` or ``silent``."""

    def find(kind: str, value: str) -> list[int]:
        return [place for place, said in enumerate(known) if any((k.kind, k.value) == (kind, value) for k in said.keys)]

    found = match(Wanted("", about=case.scan), find, lambda place: known[place].about)
    if isinstance(found, Match):
        return "right" if known[found.record].number == case.right else "wrong"
    return "asked" if getattr(found, "candidates", ()) else "silent"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("-o", "--output", type=Path)
    given = words.parse_args()
    known = catalogue()
    found = [(case, outcome(known, case)) for case in cases()]
    count = Counter((case.kind, bool(case.right), what) for case, what in found)
    kinds = list(dict.fromkeys((case.kind, bool(case.right)) for case, _ in found))
    heads = (
        "what was typed",
        "a record is there",
        "scans",
        "linked right",
        "linked wrong",
        "for review",
        "no candidate",
    )
    rows = []
    for kind, there in kinds:
        right, wrong, asked, silent = (count[kind, there, what] for what in ("right", "wrong", "asked", "silent"))
        total = right + wrong + asked + silent
        rows.append((kind, "yes" if there else "no", total, right, wrong, asked, silent))
    total = Counter(what for _, what in found)
    with_record = sum(bool(case.right) for case, _ in found)
    certain = sum(bool(case.right) and case.kind != "title only" for case, _ in found)
    lines = [
        "# Matching by title and author: measured",
        "",
        "`bench/matching.py`; the set is `tests/labelled.py`.",
        "",
        f"- {len(found)} scans, {with_record} of them of a book whose record is there",
        f"- wrong links: {total['wrong']}",
        f"- found: {total['right']} of {with_record}; with author and year typed {total['right']} of {certain}",
        f"- for review: {total['asked']}; without a candidate: {total['silent']}",
        "",
        "A bare title is never certain: the catalogue may lack the edition that was scanned.",
        "",
        table(heads, rows),
        "",
    ]
    tell("\n".join(lines), given.output)
    sys.exit(1 if total["wrong"] else 0)


if __name__ == "__main__":
    main()
