"""tools/setup.sh on machines where something is missing: one sentence, exit code 1, nothing half done."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EVERYDAY = ("cat", "cut", "dirname", "env", "grep", "mktemp", "rm", "sh", "sha256sum", "tail")
"""What every Debian has before anything is installed."""


@dataclass
class Machine:
    """A made-up machine: a PATH with the everyday tools and whatever programs the test writes."""

    folder: Path

    def __post_init__(self) -> None:
        self.programs.mkdir(parents=True)
        for name in EVERYDAY:
            (self.programs / name).symlink_to(shutil.which(name) or f"/bin/{name}")
        (self.project / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "tools" / "setup.sh", self.project / "tools")
        (self.project / "requirements.lock").write_text("# nothing\n", encoding="utf-8")

    @property
    def programs(self) -> Path:
        return self.folder / "bin"

    @property
    def project(self) -> Path:
        return self.folder / "a project"

    def has(self, name: str, script: str) -> None:
        """A program that does what *script* says."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def setup(self, *options: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.programs / "sh"), str(self.project / "tools" / "setup.sh"), *options]
        environment = {"PATH": str(self.programs), "TMPDIR": str(self.folder)}
        return subprocess.run(command, env=environment, cwd=self.folder, capture_output=True, text=True, check=False)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Debian with every package installed, an ordinary user, no Python."""
    made = Machine(tmp_path)
    made.has("dpkg-query", "printf installed")
    made.has("id", "echo 1000")
    return made


def _one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if line.startswith("setup: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_missing_packages_without_sudo_are_named(machine: Machine) -> None:
    machine.has("dpkg-query", 'case "$*" in *uzb-cyrl) exit 1;; *) printf installed;; esac')

    sentence = _one_sentence(machine.setup())

    assert "tesseract-ocr-uzb-cyrl" in sentence
    assert "sudo" in sentence


def test_root_needs_no_sudo(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("dpkg-query", '[ -e "$TMPDIR/done" ] && printf installed')
    machine.has("apt-get", '[ "$1" = update ] || : > "$TMPDIR/done"')

    done = machine.setup()

    assert "installing Debian packages: tesseract-ocr " in done.stdout
    assert "Python 3.11" in _one_sentence(done)  # it went on to the next thing that is missing


def test_without_network_the_sentence_names_packages_and_remedy(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("dpkg-query", "exit 1")
    machine.has("apt-get", "echo 'E: Unable to fetch some archives' >&2; exit 100")

    done = machine.setup()

    assert "check the network" in _one_sentence(done)
    assert "E: Unable to fetch some archives" in done.stderr


def test_an_old_python_is_not_enough(machine: Machine) -> None:
    machine.has("python3", "exit 1")  # the answer of an old one to "are you 3.11?"

    assert "Python 3.11 or newer" in _one_sentence(machine.setup())


def test_python_without_venv_is_named_when_nothing_helps(machine: Machine) -> None:
    machine.has("python3", 'case "$*" in *ensurepip*) exit 1;; esac')

    assert "'venv' and 'ensurepip'" in _one_sentence(machine.setup())


def test_without_the_package_index_pips_words_and_the_log_are_shown(machine: Machine) -> None:
    machine.has("python3", _PYTHON_WHOSE_PIP_FAILS)

    done = machine.setup()

    assert "pip could not install" in _one_sentence(done)
    assert "ERROR: No matching distribution" in done.stderr
    assert not (machine.project / ".venv" / ".digitize-setup").exists()


def test_a_second_call_changes_nothing(machine: Machine) -> None:
    machine.has("python3", _PYTHON_WHOSE_PIP_WORKS)
    first = machine.setup()
    assert first.returncode == 0, first.stderr

    second = machine.setup()

    assert second.stdout == "setup: everything is here\n"
    assert second.returncode == 0


def test_a_new_lock_makes_the_environment_anew(machine: Machine) -> None:
    machine.has("python3", _PYTHON_WHOSE_PIP_WORKS)
    machine.setup()
    (machine.project / "requirements.lock").write_text("# something else\n", encoding="utf-8")

    assert "making the virtual environment" in machine.setup().stdout


def test_what_the_fault_suite_breaks_things_with_is_installed_only_when_asked_and_its_lack_ends_nothing(
    machine: Machine,
) -> None:
    machine.has("python3", _PYTHON_WHOSE_PIP_WORKS)
    machine.has("id", "echo 0")
    machine.has("dpkg-query", 'case "$*" in *strace|*faketime) exit 1;; *) printf installed;; esac')
    machine.has("apt-get", "echo 'E: Unable to fetch some archives' >&2; exit 100")

    unasked, asked = machine.setup(), machine.setup("--faults")

    assert "strace" not in unasked.stdout + unasked.stderr
    assert "installing Debian packages: strace faketime" in asked.stdout
    assert "going on without: strace faketime" in asked.stdout
    assert asked.returncode == 0


def test_elsewhere_than_on_debian_missing_programs_are_named(machine: Machine) -> None:
    (machine.programs / "dpkg-query").unlink()

    assert "tesseract is missing and this is not Debian" in _one_sentence(machine.setup())


def test_elsewhere_than_on_debian_a_missing_model_is_named(machine: Machine) -> None:
    (machine.programs / "dpkg-query").unlink()
    machine.has("pdftotext", ":")
    machine.has("tesseract", "echo uzb; echo rus")

    assert "'uzb_cyrl'" in _one_sentence(machine.setup())


_PYTHON_THAT_MAKES = """
[ "$1 $2" = "-m venv" ] || exit 0
{mkdir} -p "$4/bin"
printf '#!/bin/sh\\n[ "$2" = pip ] || exit 0\\n{answer}\\n' > "$4/bin/python"
printf '#!/bin/sh\\necho digitize, version 0\\n' > "$4/bin/digitize"
{chmod} +x "$4/bin/python" "$4/bin/digitize"
"""
_TOOLS = {"mkdir": shutil.which("mkdir"), "chmod": shutil.which("chmod")}
_PYTHON_WHOSE_PIP_FAILS = _PYTHON_THAT_MAKES.format(answer="echo ERROR: No matching distribution; exit 1", **_TOOLS)
_PYTHON_WHOSE_PIP_WORKS = _PYTHON_THAT_MAKES.format(answer="exit 0", **_TOOLS)
