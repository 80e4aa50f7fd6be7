"""A home: one folder with the settings, the share, the archive and the ledger of one library."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from digitize.errors import BadConfig, NoHome, NotPermitted
from digitize.resources import config_file
from digitize.settings import FILE_NAME, Loaded, Settings, load

MARKER = ".digitize"
"""Lies in share and archive. Missing marker = the mount is gone, never 'everything was deleted' (syncthing's rule)."""


@dataclass(frozen=True)
class Home:
    """Paths and settings of one home; made by :func:`open_home`, never changed."""

    root: Path
    loaded: Loaded

    @property
    def settings(self) -> Settings:
        """The settings, read once."""
        return self.loaded.settings

    @property
    def share(self) -> Path:
        """What the operator's PC sees."""
        return self.root / self.settings.share

    @property
    def inbox(self) -> Path:
        """The hot folder: one folder per physical item."""
        return self.share / "1_SKANERDAN"

    @property
    def ready(self) -> Path:
        """Copies of the newest PDFs."""
        return self.share / "2_TAYYOR"

    @property
    def refused(self) -> Path:
        """Refused files with their reasons."""
        return self.share / "3_QAYTARILGAN"

    @property
    def archive(self) -> Path:
        """Masters and derivatives."""
        return self.root / self.settings.archive

    @property
    def templates(self) -> Path:
        """The library's own report forms, if it has any."""
        return self.root / "templates"

    @property
    def lock_file(self) -> Path:
        """Held with flock by the one run or watch at work; freed by the kernel when the holder dies."""
        return self.root / ".digitize.lock"

    @property
    def intake_lock_file(self) -> Path:
        """Held by the one process that takes scans in: a run, a watch, or a ``watch --ingest-only`` beside a run."""
        return self.root / ".digitize.intake.lock"

    @property
    def presence_file(self) -> Path:
        """Shared by all of them; whoever has it alone is the first."""
        return self.root / ".digitize.present"

    @property
    def sidecar_lock_file(self) -> Path:
        """Held while sidecars are written, so that an older one never replaces a newer."""
        return self.root / ".digitize.sidecars"

    @property
    def ledger_url(self) -> str:
        """SQLAlchemy's address of the ledger."""
        return self.settings.ledger_url or f"sqlite:///{(self.root / 'ledger.db').absolute()}"

    @property
    def ledger_file(self) -> Path | None:
        """The ledger where it is a plain SQLite file; None for a server and for addresses with options."""
        kind, _, path = self.ledger_url.partition(":///")
        return Path(path) if kind == "sqlite" and path and "?" not in path else None


def find_root(given: Path | None) -> Path:
    """The folder that is meant: given, else ``DIGITIZE_HOME``, else here if it is one, else ``~/digitize``."""
    if given is not None:
        return given.absolute()
    if named := os.environ.get("DIGITIZE_HOME"):
        return Path(named).absolute()
    here = Path.cwd()
    return here if (here / FILE_NAME).is_file() else Path.home() / "digitize"


def open_home(given: Path | None) -> Home:
    """Open an existing home.

    Raises:
        NoHome: there is no ``digitize.toml``.
        BadConfig: its settings are wrong.
    """
    root = find_root(given)
    if not (root / FILE_NAME).is_file():
        raise NoHome("No digitize home at {root}.", hint="Make one with: digitize init {root}", root=root)
    home = Home(root, _settled(root, load(root)))
    _refuse_overlap(home)
    return home


def _settled(root: Path, loaded: Loaded) -> Loaded:
    """The files of the calendar are named from the home, wherever the program is started."""
    overrides, absences = (
        str(root / file) if file else "" for file in (loaded.settings.calendar_overrides, loaded.settings.absences)
    )
    return Loaded(replace(loaded.settings, calendar_overrides=overrides, absences=absences), loaded.origin)


def create_home(root: Path) -> Home:
    """Make the folders, markers and the settings file of a home; an existing home keeps everything it has."""
    root = root.absolute()
    try:
        root.mkdir(parents=True, exist_ok=True)
        settings = root / FILE_NAME
        if not settings.exists():
            settings.write_text(config_file(FILE_NAME).read_text(encoding="utf-8"), encoding="utf-8")
            settings.chmod(0o644)  # whatever the umask: who writes settings decides what the program does
        home = open_home(root)
        for folder in (home.inbox, home.ready, home.refused, home.archive / "masters", home.archive / "items"):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (home.share, home.archive):
            (folder / MARKER).touch()
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise NotPermitted(
            "A home cannot be made at {root}: {why}.",
            hint="Choose a folder you may write to.",
            root=root,
            why=error.strerror,
        ) from error
    return home


def _refuse_overlap(home: Home) -> None:
    share, archive = home.share.resolve(), home.archive.resolve()
    if share.is_relative_to(archive) or archive.is_relative_to(share):
        raise BadConfig(
            "share ({share}) and archive ({archive}) lie inside each other.",
            hint="Move one of them in digitize.toml.",
            share=share,
            archive=archive,
        )
