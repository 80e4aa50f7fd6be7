"""Commands of the administrator: init, doctor, config."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import ExitCode
from digitize.home import create_home, find_root
from digitize.lazily import later
from digitize.messages import speaker

if TYPE_CHECKING:
    from digitize import audit
    from digitize.ledger import opening
else:
    audit, opening = later("digitize.audit"), later("digitize.ledger.opening")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@pass_context
def init(context: Context, folder: Path | None) -> None:
    """Make a home at FOLDER: settings, share, archive, ledger. What exists stays as it is."""
    home = create_home(folder or find_root(context.given_home))
    opening.open_ledger(home).dispose()
    say = speaker(context.given_language or home.settings.language)
    folders = {"inbox": home.inbox, "ready": home.ready, "refused": home.refused}
    context.tell(str(home.root))
    for name, path in folders.items():
        context.tell(f"  {path}\n    {say(f'common.init_{name}')}")
    context.tell(say("common.init_next", command=f"digitize --home {home.root} doctor"))


@click.command()
@json_option
@pass_context
def doctor(context: Context, as_json: bool) -> int:
    """Is this machine and this home fit to work? Each line with its remedy."""
    checks = audit.examine(context.home, context.clock, context.language)
    if as_json:
        emit_json([asdict(check) for check in checks])
    else:
        for check in checks:
            click.echo(f"{check.state.upper():4}  {check.check}: {check.detail}")
            if check.remedy:
                click.echo(f"      -> {check.remedy}")
    return ExitCode.ERROR if any(check.state == "fail" for check in checks) else ExitCode.OK


@click.group()
def config() -> None:
    """The settings of this home."""


@config.command()
@json_option
@pass_context
def show(context: Context, as_json: bool) -> None:
    """Every setting, its value and where the value comes from."""
    loaded = context.home.loaded
    values = {key: _plain(value) for key, value in asdict(loaded.settings).items()}
    if values["ledger_url"]:
        values["ledger_url"] = opening.shown_address(context.home)
    if as_json:
        emit_json({key: {"value": value, "origin": loaded.origin[key]} for key, value in values.items()})
        return
    for key, value in values.items():
        click.echo(f"{key} = {value!r}  ({loaded.origin[key]})")


def _plain(value: object) -> object:
    """A value as TOML writes it."""
    return str(value) if isinstance(value, Path) else list(value) if isinstance(value, tuple) else value
