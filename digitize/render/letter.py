"""The letter after a run: what the head of service wants to know before the first coffee, on one page of plain text."""

from datetime import datetime

from digitize.messages import Say
from digitize.render.sentences import (
    disk_sentence,
    headline,
    pace_sentences,
    page_counts,
    place,
    queue_counts,
)
from digitize.render.words import number, plain
from digitize.report import Attention, Night, Status

_MOST_NEEDS = 20


def letter_text(status: Status, night: Night, span: tuple[datetime, datetime], ending: str, say: Say) -> str:
    """The whole letter; *span* is local time, *ending* a sentence about a run that did not come to its own end."""
    parts = [
        [headline(status, say)],
        [_work(night, span, say), *([plain(ending)] if ending else []), *_bad(night, say)],
        [f"{say('status.counted_pages')}: {page_counts(status, say)}", *pace_sentences(status, say)],
        [f"{say('status.queue')}: {queue_counts(status, say)}"],
        [disk_sentence(status.disk, say)] if status.disk else [],
        _needs(status, say),
        [say("letter.more", status="digitize status", page="HOLAT.html")],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def letter_subject(status: Status, night: Night, ending: str, say: Say) -> str:
    """One line that says whether one has to read on."""
    bad = ending or status.troubled or status.attention
    mood = say("letter.subject_attention" if bad else "letter.subject_well")
    return plain(say("letter.subject", day=f"{status.day:%d.%m.%Y}", pages=number(night.pages), mood=mood))


def _work(night: Night, span: tuple[datetime, datetime], say: Say) -> str:
    done = {key: number(getattr(night, key)) for key in ("files", "pages", "books", "linked")}
    return say("letter.work", start=f"{span[0]:%d.%m %H:%M}", end=f"{span[1]:%d.%m %H:%M}", **done)


def _bad(night: Night, say: Say) -> list[str]:
    unbuilt = [say("letter.unbuilt", books=number(night.unbuilt))] if night.unbuilt else []
    if night.failed + night.refused:
        return [say("letter.trouble", failed=number(night.failed), refused=number(night.refused)), *unbuilt]
    return unbuilt or [say("letter.no_trouble")]


def _needs(status: Status, say: Say) -> list[str]:
    needs = status.attention
    if not needs:
        return [say("status.attention_none")]
    more = len(needs) - _MOST_NEEDS
    return [
        say("status.attention", number=number(len(needs))),
        *(_need(need, say) for need in needs[:_MOST_NEEDS]),
        *([say("status.attention_more", number=number(more))] if more > 0 else []),
    ]


def _need(need: Attention, say: Say) -> str:
    return f"- {say(f'status.who_{need.who}')}: {place(need, say)}: {plain(need.reason)}"
