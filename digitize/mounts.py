"""Which file system holds a folder; network ones raise no events here and keep no SQLite file safe."""

from pathlib import Path

NETWORK = {"cifs", "smb3", "smbfs", "nfs", "nfs4", "9p", "fuse.sshfs", "fuse.rclone", "ncpfs"}
"""File systems whose remote writes raise no event here."""


def file_system(folder: Path, mounts: str | None = None) -> str:
    """Type of the mount that holds *folder*, from /proc/mounts; empty if it cannot be told."""
    try:
        table = Path("/proc/mounts").read_text(encoding="utf-8") if mounts is None else mounts
    except OSError:
        return ""
    best, kind = "", ""
    for line in table.splitlines():
        _, point, type_, *_ = line.split(" ")
        point = point.encode().decode("unicode_escape")
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, type_
    return kind
