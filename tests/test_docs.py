"""The papers and the program say the same: commands, exit codes, folders, reasons for refusal."""

import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from digitize.cli import COMMANDS, cli
from digitize.errors import ExitCode
from workers.picture import REFUSALS

ROOT = Path(__file__).resolve().parent.parent
PAPERS = (
    "README.md",
    "CHANGELOG.md",
    "docs/operate.md",
    "docs/design.md",
    "docs/faults.md",
    "docs/decisions.md",
    "samples/README.md",
    "bench/README.md",
)
LINK = re.compile(r"\]\((?!https?:)(?P<target>[^)#]+)")


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for child in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), child)
            assert found is not None
            yield from _commands(found, f"{name} {child}")


def test_the_readme_opens_with_the_two_commands_of_a_newcomer() -> None:
    first_block = _text("README.md").split("```")[1]

    assert [line.partition("#")[0].strip() for line in first_block.strip().splitlines()] == [
        "sh",
        "make demo",
        "make test",
    ]


@pytest.mark.parametrize("name", PAPERS)
def test_no_paper_holds_two_versions_of_a_paragraph_side_by_side(name: str) -> None:
    assert re.findall(r"^(?:<{7}|={7}|>{7})", _text(name), re.MULTILINE) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_table_of_the_readme(name: str) -> None:
    assert re.search(rf"^\| `digitize {name}\b", _text("README.md"), re.MULTILINE)


def test_the_readme_names_no_command_that_does_not_exist() -> None:
    named = set(re.findall(r"^\| `digitize ([a-z]+)", _text("README.md"), re.MULTILINE))

    assert set() == named - set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_every_option_of_it_explains_itself(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None

    for path, found in _commands(command, name):
        assert found.help, f"digitize {path} has no help"
        for option in found.params:
            if isinstance(option, click.Option):
                assert option.help, f"digitize {path} {option.opts[0]} has no help"


@pytest.mark.parametrize("code", ExitCode, ids=lambda code: code.name)
def test_every_exit_code_is_explained_to_the_administrator(code: ExitCode) -> None:
    assert re.search(rf"^\| {code.value} \|", _text("docs/operate.md"), re.MULTILINE)


@pytest.mark.parametrize("kind", REFUSALS)
def test_every_reason_for_refusal_is_explained(kind: str) -> None:
    assert f"| `{kind}` |" in _text("docs/operate.md")


@pytest.mark.parametrize("package", ["digitize", "digitize/ledger", "workers", "catalog_link"])
def test_the_design_says_where_every_module_is(package: str) -> None:
    table = _text("docs/design.md").split(f"| in `{package}/` | modules |")[1].split("\n\n")[0]
    there = {module.name for module in pkgutil.iter_modules([str(ROOT / package)])} - {"__main__"}

    assert sorted(re.findall(r"[|·] `(\w+)`", table)) == sorted(there)


@pytest.mark.parametrize("name", PAPERS)
def test_every_link_between_the_papers_leads_somewhere(name: str) -> None:
    folder = (ROOT / name).parent

    assert [target for target in LINK.findall(_text(name)) if not (folder / target).exists()] == []


@pytest.mark.parametrize("target", re.findall(r"^([a-z]+):.*## ", _text("Makefile"), re.MULTILINE))
def test_every_target_of_the_makefile_is_in_the_readme(target: str) -> None:
    assert f"`make {target}`" in _text("README.md") or f"make {target} " in _text("README.md")


def test_the_changelog_speaks_of_this_version() -> None:
    from digitize import __version__  # noqa: PLC0415

    assert f"## [{__version__}]" in _text("CHANGELOG.md")
