"""``digitize letter``: the last letter, or its mail once more."""

from typing import TYPE_CHECKING

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.lazily import later

if TYPE_CHECKING:
    from digitize import letter as letters
    from digitize import mail
else:
    letters, mail = later("digitize.letter"), later("digitize.mail")


@click.command()
@click.option("--send", is_flag=True, help="Mail a letter about the last day now: tries mail_* and smtp_* out.")
@json_option
@pass_context
def letter(context: Context, send: bool, as_json: bool) -> None:
    """Show the newest letter about a run; they are kept in the folder letters of the home."""
    if send:
        writer = letters.Writer(context.home, context.ledger, context.clock)
        written = letters.compose(writer, letters.Span(letters.day_before(context.clock.now())))
        to = mail.send(context.home, written.mail)
        context.tell(context.say("letter.sent", to=", ".join(to)))
        return
    path = letters.newest(context.home)
    if as_json:
        emit_json(letters.facts(path) if path else {})
    else:
        context.tell(path.read_text(encoding="utf-8").rstrip("\n") if path else context.say("letter.none"))
