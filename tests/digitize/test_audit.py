"""Is the machine fit to work?"""

from pathlib import Path

from builders import make_desk

from digitize import audit
from workers import tools


def _states(home) -> dict[str, str]:
    worst: dict[str, str] = {}
    for line in audit.examine(home):
        if worst.get(line.check) != "fail":
            worst[line.check] = line.state
    return worst


def test_a_healthy_home_is_all_right(tmp_path: Path):
    states = _states(make_desk(tmp_path).home)

    assert states == {"folder": "ok", "space": "ok", "ledger": "ok", "tesseract": "ok"}


def test_every_fault_names_its_remedy(tmp_path: Path, monkeypatch):
    home = make_desk(tmp_path, min_free_mb=1 << 40, ocr_languages=("uzb", "xyz")).home
    (home.share / ".digitize").unlink()
    monkeypatch.setattr(tools, "_SECONDS", 20.0)

    lines = [line for line in audit.examine(home) if line.state == "fail"]

    assert {line.check for line in lines} == {"folder", "space", "tesseract"}
    assert all(line.remedy for line in lines)
    assert "tesseract-ocr-xyz" in next(line.remedy for line in lines if line.check == "tesseract")
