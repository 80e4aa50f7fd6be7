"""Where the data files of ``config/`` lie: in the source tree, or beside an installed wheel."""

import sys
from pathlib import Path

from digitize.errors import BadConfig

_SOURCE_TREE = Path(__file__).resolve().parent.parent / "config"
_INSTALLED = Path(sys.prefix) / "share" / "digitize"


def config_dir() -> Path:
    """The folder with the shipped configuration; the source tree wins, so that an edit is seen at once."""
    for folder in (_SOURCE_TREE, _INSTALLED):
        if (folder / "digitize.toml").is_file():
            return folder
    raise BadConfig(
        "The shipped configuration is missing from {installed}.", hint="Install digitize again.", installed=_INSTALLED
    )


def config_file(name: str) -> Path:
    """The path of one shipped file, e.g. ``catalog/marc21.toml``."""
    path = config_dir() / name
    if not path.is_file():
        raise BadConfig(
            "The shipped file {name} is missing from {parent}.",
            hint="Install digitize again.",
            name=name,
            parent=path.parent,
        )
    return path


def profile_names() -> list[str]:
    """The dialects of MARC that this program knows."""
    return sorted(path.stem for path in (config_dir() / "catalog").glob("*.toml"))
