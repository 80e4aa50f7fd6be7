"""Passwords from files: settings never hold one, and a file that others may read is refused."""

import os
import stat
from pathlib import Path

from digitize.errors import Cause

_OPEN_TO_OTHERS = stat.S_IRWXO | stat.S_IWGRP


def first_line(path: Path) -> str:
    """The first line of a password file, if only its owner and group may read it.

    Raises:
        OSError: it cannot be read.
        Cause: others may read or change it; the sentence says how to mend that.
    """
    with path.open(encoding="utf-8") as file:
        if os.fstat(file.fileno()).st_mode & _OPEN_TO_OTHERS:
            raise Cause("{path} may be read or changed by others: 'chmod 600 {path}'", path=path)
        return file.readline().rstrip("\r\n")
