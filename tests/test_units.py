"""The units and the cron file call commands that exist, with options they have; systemd has nothing to object."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from digitize.cli import cli
from digitize.errors import ExitCode

CONFIG = Path(__file__).resolve().parent.parent / "config"
UNITS = sorted((CONFIG / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
TIMERS = [path for path in UNITS if path.suffix == ".timer"]
CRON = (CONFIG / "cron" / "digitize").read_text(encoding="utf-8")
PROGRAM = "/opt/digitize/.venv/bin/digitize"
HARDENING = {
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "NoNewPrivileges": "yes",
    "SystemCallFilter": "@system-service",
    "OOMPolicy": "continue",
    "UMask": "0007",
    "User": "digitize",
}


def _unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


def _cron_commands() -> Iterator[str]:
    for line in CRON.splitlines():
        if re.match(r"[\d*]", line):
            yield line.split(maxsplit=6)[6]


def _parse(command: click.Command, name: str, words: list[str], parent: click.Context | None = None) -> None:
    """What click itself says to *words*, without running anything."""
    context = command.make_context(name, list(words), parent)
    if isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]  # click's only way to ask for them
        child_name, child, arguments = command.resolve_command(context, rest)
        assert child is not None
        _parse(child, child_name or "", arguments, context)


COMMANDS = sorted({*(_unit(path)["Service"]["ExecStart"] for path in SERVICES), *_cron_commands()})


@pytest.mark.parametrize("line", COMMANDS)
def test_every_line_calls_a_command_that_exists_with_options_it_has(line: str):
    program, *words = shlex.split(line)

    assert program == PROGRAM
    _parse(cli, "digitize", words)


def test_the_check_itself_sees_a_command_or_an_option_that_does_not_exist():
    for wrong in (["wach"], ["run", "--untill", "07:00"], ["--quite", "run"]):
        with pytest.raises(click.UsageError):
            _parse(cli, "digitize", wrong)


def test_cron_and_systemd_call_the_same_commands():
    units = {_unit(path)["Service"]["ExecStart"] for path in SERVICES if path.stem != "digitize-watch"}

    assert units == set(_cron_commands())


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_every_service_is_hardened_and_waits_for_its_mount(path: Path):
    unit = _unit(path)
    service = unit["Service"]

    assert {key: service.get(key) for key in HARDENING} == HARDENING
    home = service["Environment"].removeprefix("DIGITIZE_HOME=")
    assert home in service["ReadWritePaths"].split()
    assert unit["Unit"]["RequiresMountsFor"].split() == service["ReadWritePaths"].split()


def test_the_service_tells_systemd_of_itself_and_stops_through_its_parent():
    service = _unit(CONFIG / "systemd" / "digitize-watch.service")["Service"]

    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) >= 60
    assert service["Restart"] == "always"
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) > 30
    assert service["AmbientCapabilities"] == "CAP_LEASE"
    assert set(service["RestartPreventExitStatus"].split()) <= {str(int(code)) for code in ExitCode}


def test_a_night_beside_the_service_and_pages_for_a_person_are_no_failures_of_the_unit():
    service = _unit(CONFIG / "systemd" / "digitize-nightly.service")["Service"]

    assert {int(code) for code in service["SuccessExitStatus"].split()} == {
        ExitCode.SOME_PAGES_FAILED,
        ExitCode.LOCKED,
    }


def test_damage_is_a_failure_of_its_unit():
    service = _unit(CONFIG / "systemd" / "digitize-verify.service")["Service"]

    assert "SuccessExitStatus" not in service


@pytest.mark.parametrize("path", TIMERS, ids=lambda path: path.name)
def test_every_timer_catches_up_after_a_night_without_power_and_has_its_service(path: Path):
    timer = _unit(path)["Timer"]

    assert timer["Persistent"] == "true"
    assert timer["RandomizedDelaySec"]
    assert path.with_suffix(".service") in SERVICES


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_has_nothing_to_object(tmp_path: Path):
    """The program is not installed under /opt here, so a file that can be run stands in for it."""
    stand_in = shutil.which("true") or "/bin/true"
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace(PROGRAM, stand_in)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    units = [str(tmp_path / path.name) for path in UNITS]

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True, text=True, check=False, env=os.environ | {"SYSTEMD_LOG_LEVEL": "notice"},
    )  # fmt: skip

    assert (done.returncode, [line for line in done.stderr.splitlines() if "digitize" in line]) == (0, [])
