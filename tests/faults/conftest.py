"""Counts what the fault suite tried and prints its rows by number."""

from collections import Counter, defaultdict
from typing import Any

import pytest
from faults.killing import Tally, zygote

__all__ = ["zygote"]

ROWS = range(1, 41)
"""Rows of the fault matrix (docs/faults.md)."""


_TALLY = pytest.StashKey[Tally]()


def _tally_of(config: pytest.Config) -> Tally:
    return config.stash.setdefault(_TALLY, Tally())


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """The one tally of the session."""
    return _tally_of(request.config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell each report the rows that its test stands for."""
    for item in items:
        rows = {number for mark in item.iter_markers("fault") for number in mark.args}
        if rows and not any(name == "fault" for name, _ in item.user_properties):
            item.user_properties.append(("fault", sorted(rows)))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """One line a row: how many tests passed, what was skipped and why; then the kill points."""
    rows = _rows(terminalreporter.stats)
    if not rows:
        return
    terminalreporter.section("fault matrix")
    whole = "fault" in config.option.markexpr.replace("slow_fault", "").split()
    for number in ROWS if whole else sorted(rows):
        terminalreporter.write_line(f"row {number:2}  {_verdict(rows.get(number, {}))}")
    ran = sum(1 for found in rows.values() if found.get("passed") and not found.get("failed"))
    terminalreporter.write_line(f"{ran} of {len(ROWS)} rows ran and passed")
    tally = _tally_of(config)
    if tally.kill_points:
        terminalreporter.write_line(f"kill points {_each(tally.kill_points)}")
    if tally.failing_calls:
        terminalreporter.write_line(f"failing calls {_each(tally.failing_calls)}")
    if tally.kill_points or tally.failing_calls:
        terminalreporter.write_line(f"lost pages {tally.lost}; double counts {tally.doubled}")
    for name, where in tally.mutants.items():
        terminalreporter.write_line(f"mutant '{name}': {where}")


def _each(counts: Counter[str]) -> str:
    return f"{counts.total()} ({', '.join(f'{name} {count}' for name, count in sorted(counts.items()))})"


def _rows(stats: dict[str, list[Any]]) -> dict[int, dict[str, list[str]]]:
    rows: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for outcome, kept in (("passed", "passed"), ("failed", "failed"), ("error", "failed"), ("skipped", "skipped")):
        for report in stats.get(outcome, []):
            for name, numbers in getattr(report, "user_properties", []):
                if name == "fault":
                    for number in numbers:
                        rows[number][kept].append(_words(report))
    return rows


def _words(report: Any) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(report.nodeid).rpartition("::")[2]


def _verdict(found: dict[str, list[str]]) -> str:
    parts = []
    if failed := found.get("failed"):
        parts.append(f"FAILED: {', '.join(failed)}")
    if passed := found.get("passed"):
        parts.append(f"passed ({len(passed)} test{'s' * (len(passed) > 1)})")
    if skipped := found.get("skipped"):
        parts.append(f"skipped: {'; '.join(sorted(set(skipped)))}")
    return ", ".join(parts) or "not run"
