"""Settings: typed, frozen, read once."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from digitize.errors import BadConfig
from digitize.messages import explained
from digitize.settings import Settings, load


def _write(home: Path, text: str) -> Path:
    (home / "digitize.toml").write_text(text, encoding="utf-8")
    return home


def test_an_empty_home_has_the_defaults(tmp_path: Path):
    assert load(tmp_path, {}).settings == Settings()


def test_the_environment_wins_over_the_file_and_each_value_knows_its_origin(tmp_path: Path):
    _write(tmp_path, 'settle_seconds = 9\nlanguage = "ru"')

    loaded = load(tmp_path, {"DIGITIZE_SETTLE_SECONDS": "1.5", "DIGITIZE_HOME": "/x"})

    assert (loaded.settings.settle_seconds, loaded.settings.language) == (1.5, "ru")
    origins = [loaded.origin[key] for key in ("settle_seconds", "language", "jobs")]
    assert origins == ["environment", "digitize.toml", "default"]


def test_an_unknown_key_is_an_error_with_the_nearest_known_one(tmp_path: Path):
    with pytest.raises(BadConfig, match="did you mean settle_seconds"):
        load(_write(tmp_path, "setle_seconds = 3"), {})


def test_all_problems_are_reported_at_once(tmp_path: Path):
    _write(tmp_path, 'foo = 1\njobs = "many"\nlanguage = "fr"')

    with pytest.raises(BadConfig) as caught:
        load(tmp_path, {})

    assert all(word in str(caught.value) for word in ("foo", "jobs", "language"))


@pytest.mark.parametrize("text", ["settle_seconds = ", 'timezone = "Mars/Base"', "settle_seconds = -1"])
def test_a_value_that_does_not_fit_is_one_sentence(tmp_path: Path, text: str):
    with pytest.raises(BadConfig):
        load(_write(tmp_path, text), {})


def test_every_problem_is_told_in_the_language_of_the_house(tmp_path: Path):
    _write(tmp_path, 'jobs = "many"\nfoo = 1\nsettle_second = 3')

    with pytest.raises(BadConfig) as caught:
        load(tmp_path, {})

    assert explained(caught.value, "uz") == (
        "Noma’lum sozlama (digitize.toml): foo. Noma’lum sozlama (digitize.toml): settle_second; balki "
        "settle_seconds? jobs sozlamasi (digitize.toml): butun son bo‘lishi kerak, “many” emas. "
        "Barcha kalitlar: yangi uyda 'digitize config show'."
    )


def test_settings_never_change_after_reading():
    with pytest.raises(FrozenInstanceError):
        Settings().jobs = 5  # type: ignore[misc]
