"""A contact sheet as pieces of HTML: no script, nothing from outside, everything foreign escaped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from statistics import mean

from digitize import __version__
from digitize.contact.contents import PROBLEMS, Scan, Side, Step
from digitize.contact.pictures import SURE, escaped
from digitize.contact.style import STYLE
from digitize.items import ItemView
from digitize.languages import tag_of
from digitize.messages import Say, known
from digitize.render.words import moment, number

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""The browser is told, too, that there is nothing to fetch and nothing to run."""

_SWITCHES = (("words", True), ("lines", True), ("steps", True), ("text", True), ("problems", False))
"""What can be shown and hidden; boxes that are ticked at first."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page of a scan with its picture as HTML and its text."""

    side: Side
    picture: str
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands at the top: the item, the limit of poorly read words, the local moment, the sheet's language."""

    item: ItemView
    low: float
    at: datetime
    language: str


def head(about: Heading, sides: Sequence[Side], say: Say) -> str:
    """Everything before the first page: title, switches, what to look at first, all numbers."""
    item = about.item
    title = f"{item.key} · {item.title}" if item.title and item.title != item.key else item.key
    return "\n".join(
        (
            f'<!DOCTYPE html>\n<html lang="{escaped(about.language)}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escaped(say('contact.title'))}: {escaped(title)}</title>",
            f"<style>{STYLE}</style></head>\n<body>",
            _switches(about.low, say),
            f'<header id="top"><p class="kind">{escaped(say("contact.title"))}</p><h1>{escaped(title)}</h1>',
            _summary(item, sides, about.at, say),
            "</header>",
            _index(sides, say),
            "<main>",
        )
    )


TAIL = "</main></body></html>\n"


def scan_section(scan: Scan, master: str, pages: Sequence[Drawn], say: Say) -> str:
    """One scan of the archive, *master* its picture as HTML, beside the page or pages it became."""
    verdict = min((page.side.verdict for page in pages), key=_rank)
    caption = f"{escaped(say('contact.master'))}: {escaped(scan.name)}" + (f" [{scan.frame + 1}]" if scan.frame else "")
    articles = "\n".join(_article(page, say) for page in pages)
    return (
        f'<section class="{verdict}">\n<figure class="master">{master}<figcaption>{caption}</figcaption></figure>\n'
        f'<div class="pages">{articles}</div>\n</section>\n'
    )


def _article(page: Drawn, say: Say) -> str:
    side = page.side
    place = f" · {say(f'contact.side_{side.side}')}" if side.side in ("left", "right") else ""
    heading = f"{say('contact.page', number=side.number)}{place}"
    mark = f'<b class="mark {side.verdict}">{escaped(say(f"contact.verdict_{side.verdict}"))}</b>'
    return "\n".join(
        (
            f'<article id="p{side.number}"><h2>{escaped(heading)} {mark}',
            f'<a href="#top" title="{escaped(say("contact.top"))}">↑</a></h2>',
            f'<figure class="page">{page.picture}</figure>',
            _text(page, say) if side.files else "",
            f'<div class="facts">{_reason(side)}{_facts(side, say)}{_steps(side.steps, say)}</div></article>',
        )
    )


def _reason(side: Side) -> str:
    lines = (escaped(line) for line in side.reason.splitlines())
    return f'<p class="reason">{"<br>".join(lines)}</p>' if side.reason else ""


def _facts(side: Side, say: Say) -> str:
    if not side.engine:
        return ""
    told: Mapping[str, str] = {
        "confidence": number(round(side.confidence, 1)),
        "worst": number(round(side.worst, 1)),
        "model": " ".join(filter(None, (side.language, f"({side.script})" if side.script else ""))),
        "votes": _pairs(dict(sorted(side.votes.items(), key=itemgetter(1), reverse=True))),
        "skew": f"{number(round(side.skew, 2))}°",
        "engine": f"{side.engine}, {number(round(side.read_at_dpi))} dpi",
    }
    rows = (
        f"<dt>{escaped(say(f'contact.{key}'))}</dt><dd>{escaped(value)}</dd>" for key, value in told.items() if value
    )
    return f"<dl>{''.join(rows)}</dl>"


def _steps(steps: Iterable[Step], say: Say) -> str:
    rows = "".join(_step(step, say) for step in steps)
    return f'<table class="steps">{rows}</table>' if rows else ""


def _step(step: Step, say: Say) -> str:
    name = _named(f"contact.step_{step.name}", step.name, say)
    numbers = _pairs(step.values)
    told = f"<code>{escaped(numbers)}</code>" if numbers else "" if step.undone else "—"
    if step.undone:
        reason = _named(f"undone.{step.undone}", step.undone, say)
        sentence = say("contact.undone" if step.guarded else "contact.not_taken", reason=reason)
        told += f"<em>{escaped(sentence)}</em>"
    return f'<tr class="{"undone" if step.guarded else ""}"><th>{escaped(name)}</th><td>{told}</td></tr>'


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()
    )


def _text(page: Drawn, say: Say) -> str:
    if not page.text.strip():
        return f'<p class="none">{escaped(say("contact.no_text"))}</p>'
    tag = tag_of(page.side.language)
    lines = "".join(f"{escaped(line)}\n" if line.strip() else "</p><p>" for line in page.text.strip().splitlines())
    return f'<div class="text" dir="auto" lang="{tag}"><p>{lines}</p></div>'


def _summary(item: ItemView, sides: Sequence[Side], at: datetime, say: Say) -> str:
    read = [side.confidence for side in sides if side.confidence]
    sure = number(round(mean(read), 1)) if read else "—"
    told = say("contact.summary", pages=number(len(sides)), confidence=sure)
    state = say(f"items.{item.state}")
    about = " · ".join(filter(None, (item.type, state, item.operator, item.record)))
    made = say("contact.made", moment=moment(at, say), version=__version__)
    return f"<p>{escaped(about)} · {escaped(told)}</p>\n<p class=small>{escaped(made)}</p>"


def _switches(low: float, say: Say) -> str:
    """Boxes to tick; being brothers of what follows, they show and hide it without a script."""
    boxes = "".join(
        f'<input type="checkbox" id="s-{name}"{" checked" if ticked else ""}>'
        f'<label for="s-{name}">{escaped(say(f"contact.show_{name}"))}</label>'
        for name, ticked in _SWITCHES
    )
    limits = {"limit": number(max(SURE, low)), "low": number(low)}
    legend = "".join(
        f'<i class="key {kind}"></i>{escaped(say(f"contact.{text}", **limits))}'
        for kind, text in (("sure", "sure"), ("doubt", "doubtful"), ("poor", "poor"), ("weak", "weakest"))
    )
    return f'{boxes}<p class="legend">{legend}</p>'


def _index(sides: Sequence[Side], say: Say) -> str:
    problems = sorted((side for side in sides if side.verdict != "ok"), key=lambda side: _rank(side.verdict))
    rows = "".join(_problem(side, say) for side in problems)
    first = (
        f"<h2>{escaped(say('contact.look_first', number=number(len(problems))))}</h2><table>{rows}</table>"
        if problems
        else f"<p>{escaped(say('contact.nothing'))}</p>"
    )
    numbers = "".join(f'<a class="{side.verdict}" href="#p{side.number}">{side.number}</a>' for side in sides)
    return f'<nav>{first}<h2>{escaped(say("contact.all_pages"))}</h2><p class="numbers">{numbers}</p></nav>'


def _problem(side: Side, say: Say) -> str:
    page = f'<a href="#p{side.number}">{escaped(say("contact.page", number=side.number))}</a>'
    mark = f'<b class="mark {side.verdict}">{escaped(say(f"contact.verdict_{side.verdict}"))}</b>'
    return f"<tr><td>{page}</td><td>{mark}</td><td>{escaped(_why(side, say))}</td></tr>"


def _why(side: Side, say: Say) -> str:
    """What is known about the trouble, on one line."""
    if side.reason:
        return side.reason.splitlines()[0]
    if side.verdict == "low":
        sure = {"worst": side.worst, "confidence": side.confidence}
        return ", ".join(f"{say(f'contact.{key}')} {number(round(value, 1))}" for key, value in sure.items())
    undone = [step for step in side.steps if step.guarded] if side.verdict == "undone" else []
    return "; ".join(_reason_of(step, say) for step in undone)


def _reason_of(step: Step, say: Say) -> str:
    return f"{_named(f'contact.step_{step.name}', step.name, say)}: {_named(f'undone.{step.undone}', step.undone, say)}"


def _named(key: str, recorded: str, say: Say) -> str:
    """What the page's record says, in the words of the house; as it was recorded where a later version wrote it."""
    return say(key) if known(key) else recorded


def _rank(verdict: str) -> int:
    """Place among the verdicts, the worst first."""
    return PROBLEMS.index(verdict) if verdict in PROBLEMS else len(PROBLEMS)
