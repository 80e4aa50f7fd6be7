"""Second opinions on PDF files from programs that are not ours; where one is missing, the test is skipped."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

_RUNNER = Path(__file__).resolve().parents[1] / "tools" / "verapdf"


def validator() -> str:
    """veraPDF's own command, or the runner that ``make verapdf`` builds around its library."""
    found = shutil.which("verapdf")
    if found:
        return found
    if (_RUNNER / "target" / "classes" / "Validate.class").is_file() and shutil.which("java"):
        return str(_RUNNER / "verapdf")
    pytest.skip("no verapdf on the path, no runner in tools/verapdf (make verapdf builds it with Java and Maven)")


def assert_archival(paths: Iterable[Path]) -> None:
    """Every file is PDF/A-2b in veraPDF's eyes."""
    files = [str(path) for path in paths]
    assert files
    command = [validator(), "--flavour", "2b", "--format", "text", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"})
    verdicts = [line for line in done.stdout.splitlines() if line.startswith("PASS ")]
    assert (done.returncode, len(verdicts)) == (0, len(files)), done.stdout + done.stderr


def assert_whole(paths: Iterable[Path]) -> None:
    """Every file passes ``qpdf --check`` without a warning."""
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    for path in paths:
        done = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
