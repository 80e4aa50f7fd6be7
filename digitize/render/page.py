"""The status as one HTML file in the share: opens with a double click, needs no server, refreshes itself."""

from collections.abc import Iterable, Sequence
from html import escape

from digitize.messages import Say
from digitize.render.sentences import (
    counted_rows,
    disk_sentence,
    headline,
    item_counts,
    no_plan,
    pace_sentences,
    page_counts,
    place,
    queue_counts,
)
from digitize.render.words import cell, moment, number, pace, plain, short_date
from digitize.report import Pace, Status

REFRESH_SECONDS = 60
_MOST_NEEDS = 200

_STYLE = """
body{font:16px/1.45 system-ui,"Segoe UI",sans-serif;margin:1.5rem auto;max-width:60rem;padding:0 1rem;color:#1b1b1b}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:1.4rem 0 .3rem}p{margin:.2rem 0}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #ccc;
vertical-align:top}td.n,th.n{text-align:right;white-space:nowrap}
.bar{position:relative;height:1.4rem;background:#e4e4e4;border:1px solid #888;margin:.4rem 0}
.bar i{display:block;height:100%;background:#2f6f4f}
.bar b{position:absolute;top:-.2rem;bottom:-.2rem;width:2px;background:#b00020}
.needs td:nth-child(2){min-width:10rem}
.bad{color:#b00020;font-weight:bold}.small{color:#555;font-size:.85rem}
"""


def status_html(status: Status, say: Say) -> str:
    """The whole file as text; everything foreign in it is escaped."""
    head = "".join(
        (
            f'<meta charset="utf-8"><meta http-equiv="refresh" content="{REFRESH_SECONDS}">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{_e(say('status.title'))}</title><style>{_STYLE}</style>",
        )
    )
    body = "\n".join(
        (
            f"<h1>{_e(say('status.title'))}</h1>",
            _p(headline(status, say)),
            _year(status, say),
            _numbers(status, say),
            _plan(status, say),
            _attention(status, say),
            _p(disk_sentence(status.disk, say)) if status.disk else "",
            _p(say("status.updated", moment=moment(status.at, say)), "small"),
        )
    )
    return f"<!DOCTYPE html>\n<html><head>{head}</head>\n<body>\n{body}\n</body></html>\n"


def _e(text: str) -> str:
    return escape(plain(text))


def _p(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{_e(text)}</p>' if kind else f"<p>{_e(text)}</p>"


def _year(status: Status, say: Say) -> str:
    title = f"<h2>{_e(say('status.plan_of', year=status.year))}</h2>"
    if not status.rows:
        return title + _p(no_plan(status.year, say))
    if status.pace is None:
        return ""
    return title + _bar(status.pace) + "".join(_p(sentence) for sentence in pace_sentences(status, say))


def _bar(line: Pace) -> str:
    planned = max(line.planned, 1)
    done, expected = (min(100.0, round(100 * value / planned, 1)) for value in (line.done, line.expected))
    return f'<div class="bar"><i style="width:{done}%"></i><b style="left:{expected}%"></b></div>'


def _numbers(status: Status, say: Say) -> str:
    lines = (
        ("counted_pages", page_counts, False),
        ("queue", queue_counts, status.troubled),
        ("items", item_counts, False),
    )
    rows = (
        f"<tr><th>{_e(say(f'status.{key}'))}</th><td{' class=bad' if bad else ''}>{_e(text(status, say))}</td></tr>"
        for key, text, bad in lines
    )
    return f"<table>{''.join(rows)}</table>"


def _plan(status: Status, say: Say) -> str:
    rows = [
        (
            row.number,
            row.name,
            row.unit,
            cell(row.planned),
            cell(row.done),
            cell(row.percent),
            pace(row.per_workday_needed),
            short_date(row.forecast),
        )
        for row in counted_rows(status)
    ]
    heads = [
        say(f"status.{key}") for key in ("number", "name", "unit", "planned", "done", "percent", "per_day", "until")
    ]
    return _table(heads, rows, numbers_from=3) if rows else ""


def _attention(status: Status, say: Say) -> str:
    needs = status.attention
    if not needs:
        return _p(say("status.attention_none"))
    rows = [(say(f"status.who_{need.who}"), place(need, say), need.reason) for need in needs[:_MOST_NEEDS]]
    heads = [say(f"status.{key}") for key in ("who", "where", "reason")]
    more = len(needs) - _MOST_NEEDS
    tail = _p(say("status.attention_more", number=number(more))) if more > 0 else ""
    return (
        f"<h2>{_e(say('status.attention', number=number(len(needs))))}</h2>"
        f"{_table(heads, rows, numbers_from=3, kind='needs')}{tail}"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int, kind: str = "plan") -> str:
    def line(tag: str, cells: Sequence[str]) -> str:
        kinds = ("" if place < numbers_from else ' class="n"' for place in range(len(cells)))
        return (
            "<tr>"
            + "".join(f"<{tag}{kind}>{_e(text)}</{tag}>" for kind, text in zip(kinds, cells, strict=True))
            + "</tr>"
        )

    return f"<table class={kind}>{line('th', heads)}{''.join(line('td', row) for row in rows)}</table>"
