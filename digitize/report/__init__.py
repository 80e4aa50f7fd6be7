"""What the library is told about its year: the status of today, and reports of a week, month, quarter or year.

Frozen values only; ``digitize.render`` gives them words and shape. No number is stored anywhere: each is a query.
"""

from digitize.report.night import Night, night
from digitize.report.overview import Attention, Disk, Pace, PageCounts, Status, status
from digitize.report.periods import Day, Kind, PeriodReport, PeriodRow, bounds, period
from digitize.report.rows import Row

__all__ = [
    "Attention",
    "Day",
    "Disk",
    "Kind",
    "Night",
    "Pace",
    "PageCounts",
    "PeriodReport",
    "PeriodRow",
    "Row",
    "Status",
    "bounds",
    "night",
    "period",
    "status",
]
