"""What the library is told about its year: the status of today, and reports of a week, month, quarter or year.

Frozen values only; ``digitize.render`` gives them words and shape. Each number is a query,
but for those of a closed month, which stand.
"""

from typing import TYPE_CHECKING

from digitize.lazily import offering

if TYPE_CHECKING:
    from digitize.report.closing import close_month
    from digitize.report.nightwork import Night, night
    from digitize.report.overview import Attention, Disk, Pace, Status, main_row, status
    from digitize.report.periods import bounds, explain_row, period
    from digitize.report.rows import Row
    from digitize.report.values import Corrections, Day, Kind, PeriodReport, PeriodRow, Share
    from digitize.report.written import lines_json, report_json
    from digitize.report.years import YearCell, YearPair, side_by_side

__all__ = [
    "Attention",
    "Corrections",
    "Day",
    "Disk",
    "Kind",
    "Night",
    "Pace",
    "PeriodReport",
    "PeriodRow",
    "Row",
    "Share",
    "Status",
    "YearCell",
    "YearPair",
    "bounds",
    "close_month",
    "explain_row",
    "lines_json",
    "main_row",
    "night",
    "period",
    "report_json",
    "side_by_side",
    "status",
]

__getattr__ = offering(
    __name__,
    {
        "closing": "close_month",
        "nightwork": "Night night",
        "overview": "Attention Disk Pace Status main_row status",
        "periods": "bounds explain_row period",
        "rows": "Row",
        "values": "Corrections Day Kind PeriodReport PeriodRow Share",
        "written": "lines_json report_json",
        "years": "YearCell YearPair side_by_side",
    },
)
