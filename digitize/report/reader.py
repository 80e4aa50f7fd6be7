"""A report out of its JSON again, every value of its type."""

from functools import cache

from pydantic import TypeAdapter

from digitize.report.values import PeriodReport


def report_of(text: str | bytes) -> PeriodReport:
    """The report that *text* holds.

    Raises:
        pydantic.ValidationError: it holds none; the error names the place.
    """
    return _reader().validate_json(text)


@cache
def _reader() -> TypeAdapter[PeriodReport]:
    return TypeAdapter(PeriodReport)
