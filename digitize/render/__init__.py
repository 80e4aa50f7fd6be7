"""Words and shape for frozen values: terminal screens, report texts, the status page. Decides nothing."""

from typing import TYPE_CHECKING

from digitize.lazily import offering

if TYPE_CHECKING:
    from digitize.render.letter import letter_subject, letter_text
    from digitize.render.orders import order_text, orders_text
    from digitize.render.page import status_html
    from digitize.render.paper import bindings_text, lines_text, period_text, plan_text, two_years_text
    from digitize.render.screen import status_screen, status_text, year_bar
    from digitize.render.sentences import no_plan

__all__ = [
    "bindings_text",
    "letter_subject",
    "letter_text",
    "lines_text",
    "no_plan",
    "order_text",
    "orders_text",
    "period_text",
    "plan_text",
    "status_html",
    "status_screen",
    "status_text",
    "two_years_text",
    "year_bar",
]

__getattr__ = offering(
    __name__,
    {
        "letter": "letter_subject letter_text",
        "orders": "order_text orders_text",
        "page": "status_html",
        "paper": "bindings_text lines_text period_text plan_text two_years_text",
        "screen": "status_screen status_text year_bar",
        "sentences": "no_plan",
    },
)
