"""Write config/plan/holidays.csv anew from the ``holidays`` library, after an update of it.

.venv/bin/python tools/holidays.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # in the place of this folder, whose file would stand before the library of that name

from digitize.calendar import by_library  # noqa: E402

YEARS = range(2015, 2041)


def lines() -> list[str]:
    """``day,kind``, in the order of the days."""
    found = []
    for year in map(by_library, YEARS):
        for kind in ("law", "moved", "worked"):
            found += [f"{day},{kind}" for day in getattr(year, kind)]
    return sorted(found)


if __name__ == "__main__":
    (ROOT / "config" / "plan" / "holidays.csv").write_text("\n".join(lines()) + "\n", encoding="utf-8")
