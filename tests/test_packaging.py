"""What a library installs is what was tested: the wheel's content, and the lock with its hashes."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;\\]+)(?P<rest>(?:.*\\\n)+.*)", re.MULTILINE)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as built:
        return built.namelist()


def test_the_wheel_brings_three_packages_and_no_other_name(wheel: list[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel}

    assert {"digitize", "workers", "catalog_link"} == {top for top in tops if not top.startswith("digitize-")}


def test_the_wheel_brings_every_module_of_the_tree(wheel: list[str]) -> None:
    packages = ("digitize", "workers", "catalog_link")
    tree = {path.relative_to(ROOT).as_posix() for package in packages for path in (ROOT / package).rglob("*.py")}

    assert tree == {name for name in wheel if name.endswith(".py")}


def test_the_wheel_brings_every_file_of_config(wheel: list[str]) -> None:
    folder = ROOT / "config"
    tree = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    assert tree == {name.partition("/share/digitize/")[2] for name in wheel if "/share/digitize/" in name}


def test_the_packages_that_are_tested_are_the_ones_of_this_tree() -> None:
    import catalog_link  # noqa: PLC0415
    import digitize  # noqa: PLC0415
    import workers  # noqa: PLC0415

    files = [Path(module.__file__ or "").resolve() for module in (digitize, workers, catalog_link)]

    assert all(file.is_relative_to(ROOT) for file in files)


def test_every_dependency_is_locked_to_a_version_it_allows() -> None:
    locked: dict[str, list[str]] = {}
    for match in LOCKED.finditer(LOCK):
        locked.setdefault(match["name"], []).append(match["version"])
    wanted = map(Requirement, [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]])

    loose = [str(one) for one in wanted if not any(map(one.specifier.contains, locked.get(one.name, [])))]

    assert loose == [], "run 'make lock'"


def test_every_locked_package_carries_hashes() -> None:
    packages = [line.partition("==")[0] for line in LOCK.splitlines() if line[:1].isalpha()]

    assert packages == [match["name"] for match in LOCKED.finditer(LOCK) if "--hash=sha256:" in match["rest"]]


def test_the_lock_names_no_package_index() -> None:
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links", LOCK) == []
