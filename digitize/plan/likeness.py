"""Is this the row of last year? Names of rows change a little: another year in them, a misread letter."""

from collections.abc import Iterable

ALIKE = 90.0
"""Least likeness (0-100, rapidfuzz ratio of the folded texts) at which two names are one row of two years.

In the work plans of tests/plans no two rows of one library are more alike than 83, while rows that stayed the same
from library to library meet at 84 to 99.6, most of them above 90.
"""


def nearest(key: str, known: Iterable[str]) -> str | None:
    """The one of *known* that is *key* or most like it; None where all are other rows."""
    known = tuple(known)
    if key in known:
        return key
    from rapidfuzz import fuzz, process  # noqa: PLC0415  ('status' has all its names already)

    found = process.extractOne(key, known, scorer=fuzz.ratio, score_cutoff=ALIKE)
    return found[0] if found else None
