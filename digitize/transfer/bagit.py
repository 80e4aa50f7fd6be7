"""BagIt 1.0 (RFC 8493): a folder that proves its own completeness.

Paths in a manifest have CR, LF and % written as %0D, %0A, %25 (section 2.1.3).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from digitize.errors import Cause

_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_AGENT = "Bag-Software-Agent"
_CHUNK = 1 << 20
_ESCAPES = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))


@dataclass(frozen=True, slots=True)
class Payload:
    """One file under ``data/``."""

    path: str
    """Relative to ``data/``, with forward slashes."""
    sha256: str
    size: int


class Spoilt(Cause):
    """A file is not what it should be; the text says which and how."""


def is_bag(folder: Path) -> bool:
    """Whether this program has written that folder as a bag."""
    info = folder / "bag-info.txt"
    return (folder / "bagit.txt").is_file() and info.is_file() and f"{_AGENT}: digitize " in info.read_text("utf-8")


@dataclass
class Bag:
    """Being filled; :meth:`seal` writes manifests, :func:`verify` reads everything back."""

    folder: Path
    payload: list[Payload] = field(default_factory=list)

    def put(self, path: str, content: bytes) -> Payload:
        """Write *content* as a file of the payload."""
        target = self._place(path)
        target.write_bytes(content)
        return self._enter(Payload(path, hashlib.sha256(content).hexdigest(), len(content)))

    def copy(self, path: str, source: Path, sha256: str) -> Payload:
        """Copy a file whose hash is known.

        Raises:
            Spoilt: its bytes are not those.
            OSError: it cannot be read, or the copy not be written.
        """
        digest, size = hashlib.sha256(), 0
        with source.open("rb") as file, self._place(path).open("xb") as copy:
            while block := file.read(_CHUNK):
                digest.update(block)
                size += copy.write(block)
        if digest.hexdigest() != sha256:
            found = digest.hexdigest()[:16]
            raise Spoilt("{source} is not what the ledger says (SHA-256 {found}…).", source=source, found=found)
        return self._enter(Payload(path, sha256, size))

    def _place(self, path: str) -> Path:
        target = self.folder / "data" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _enter(self, file: Payload) -> Payload:
        self.payload.append(file)
        return file

    def seal(self, info: Mapping[str, str]) -> None:
        """Write declaration, description and manifests; *info* gets the Payload-Oxum."""
        oxum = f"{sum(file.size for file in self.payload)}.{len(self.payload)}"
        tags = {
            "bagit.txt": _DECLARATION,
            "bag-info.txt": "".join(
                f"{key}: {_one_line(text)}\n" for key, text in [*info.items(), ("Payload-Oxum", oxum)]
            ),
            "manifest-sha256.txt": "".join(
                f"{file.sha256}  data/{_escaped(file.path)}\n" for file in sorted(self.payload, key=lambda f: f.path)
            ),
        }
        for name, text in tags.items():
            (self.folder / name).write_bytes(text.encode())
        sums = "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(tags.items()))
        (self.folder / "tagmanifest-sha256.txt").write_bytes(sums.encode())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(path: str) -> str:
    for sign, written in _ESCAPES:
        path = path.replace(sign, written)
    return path


def _plain(path: str) -> str:
    for sign, written in reversed(_ESCAPES):
        path = path.replace(written, sign)
    return path


def verify(folder: Path) -> int:
    """Read a bag back: every file of both manifests is there with its hash, and no payload besides; how many files.

    Raises:
        Spoilt: naming the first file that does not fit.
        OSError: a file cannot be read.
    """
    listed = 0
    for manifest in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        for line in (folder / manifest).read_bytes().decode().splitlines():
            sha256, _, path = line.partition("  ")
            _prove(folder / _plain(path), sha256)
            listed += path.startswith("data/")
    found = sum(1 for path in (folder / "data").rglob("*") if path.is_file())
    if found != listed:
        fault = "{folder} holds {found} files, its manifest lists {listed}."
        raise Spoilt(fault, folder=folder, found=found, listed=listed)
    return found


def _prove(path: Path, sha256: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise Spoilt("{path} is missing.", path=path) from error
    if found != sha256:
        raise Spoilt("{path} is not what its manifest says.", path=path)
