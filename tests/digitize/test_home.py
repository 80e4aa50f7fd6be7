"""A home and how it is found."""

from pathlib import Path

import pytest

from digitize.cli import run
from digitize.errors import BadConfig, NoHome, NotPermitted
from digitize.home import MARKER, create_home, find_root, open_home


def test_init_makes_the_folders_and_markers_of_the_design(tmp_path: Path):
    home = create_home(tmp_path / "uy")

    for name in ("share/1_SKANERDAN", "share/2_TAYYOR", "share/3_QAYTARILGAN", "archive/masters", "archive/items"):
        assert (home.root / name).is_dir()
    assert (home.share / MARKER).is_file()
    assert (home.archive / MARKER).is_file()


def test_init_twice_keeps_what_was_written(tmp_path: Path):
    create_home(tmp_path)
    (tmp_path / "digitize.toml").write_text('library = "Vobkent AKM"', encoding="utf-8")

    assert create_home(tmp_path).settings.library == "Vobkent AKM"


def test_a_folder_without_settings_is_no_home(tmp_path: Path):
    with pytest.raises(NoHome, match="digitize init"):
        open_home(tmp_path)


def test_the_current_folder_is_the_home_if_it_is_one(tmp_path: Path, monkeypatch):
    create_home(tmp_path)
    monkeypatch.delenv("DIGITIZE_HOME", raising=False)
    monkeypatch.chdir(tmp_path)

    assert find_root(None) == tmp_path


def test_the_environment_names_the_home(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("DIGITIZE_HOME", str(tmp_path / "x"))

    assert find_root(None) == tmp_path / "x"


def test_an_archive_inside_the_share_is_refused(tmp_path: Path):
    create_home(tmp_path)
    (tmp_path / "digitize.toml").write_text('archive = "share/archive"', encoding="utf-8")

    with pytest.raises(BadConfig, match="inside each other"):
        open_home(tmp_path)


def test_a_home_where_a_file_stands_is_refused_in_one_sentence(tmp_path: Path):
    (tmp_path / "fayl").write_text("")

    with pytest.raises(NotPermitted, match="cannot be made"):
        create_home(tmp_path / "fayl")


def test_a_new_home_says_what_each_folder_is_for_and_what_comes_next(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    assert run(["init", str(tmp_path / "uy")]) == 0

    told = capfd.readouterr().out.splitlines()
    assert told[1:3] == [
        f"  {tmp_path / 'uy/share/1_SKANERDAN'}", "    skanlar shu yerga qo‘yiladi, har kitobga alohida papka",
    ]  # fmt: skip
    assert told[-1] == f"Keyingi qadam: 'digitize --home {tmp_path / 'uy'} doctor' hammasi joyida ekanini tekshiradi."
