"""Words and shape for frozen values: terminal screens, report texts, the status page. Decides nothing."""

from typing import TYPE_CHECKING

from digitize.lazily import offering

if TYPE_CHECKING:
    from digitize.render.items import item_text, items_text, outcome_word, pages_text, refusals_text
    from digitize.render.letter import letter_subject, letter_text
    from digitize.render.orders import order_text, orders_text
    from digitize.render.page import status_html
    from digitize.render.paper import bindings_text, lines_text, period_text, plan_text, two_years_text
    from digitize.render.screen import status_text, year_bar
    from digitize.render.sentences import no_plan

__all__ = [
    "bindings_text",
    "item_text",
    "items_text",
    "letter_subject",
    "letter_text",
    "lines_text",
    "no_plan",
    "order_text",
    "orders_text",
    "outcome_word",
    "pages_text",
    "period_text",
    "plan_text",
    "refusals_text",
    "status_html",
    "status_text",
    "two_years_text",
    "year_bar",
]

__getattr__ = offering(
    __name__,
    {
        "items": "item_text items_text outcome_word pages_text refusals_text",
        "letter": "letter_subject letter_text",
        "orders": "order_text orders_text",
        "page": "status_html",
        "paper": "bindings_text lines_text period_text plan_text two_years_text",
        "screen": "status_text year_bar",
        "sentences": "no_plan",
    },
)
