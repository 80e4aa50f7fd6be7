"""Runs the program's commands in forked children that wait for a debugger, as often as asked; see killing.py.

Everything is loaded once, so that a kill costs a fork and not the start of an interpreter. Speaks JSON lines: a task
``{"arguments": [...], "mutant": "", "log": path}`` is answered by ``{"pid": n}``; the line ``go`` lets the child run
and is answered by ``{"status": exit code, or minus the signal}``.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import cv2
from faults.quick import quick_engine

from digitize import alarm, cli, desk, ingest, letter, lock, pipeline, progress, stopping, store, watch
from digitize.commands import intake
from workers import assemble, page, probe

LOADED = (alarm, intake, letter, lock, progress, stopping, watch, assemble, page, probe)
"""Imported here so that no child has to."""


def _remove_before_commit() -> None:
    """The original leaves the hot folder when its master stands, before the ledger knows it."""
    enter, keep = ingest._enter, store.keep_master

    def wrong(desk_, file, staged, probed, taken):  # type: ignore[no-untyped-def]
        def keep_and_remove(home, copy, extension):  # type: ignore[no-untyped-def]
            target = keep(home, copy, extension)
            store.remove_original(file.path, copy.signature)
            return target

        store.keep_master = keep_and_remove
        enter(desk_, file, staged, probed, taken)

    ingest._enter = wrong


def _no_sync() -> None:
    """Files are written and named, but nobody waits for the disk."""
    os.fsync = lambda handle: None  # type: ignore[assignment]


def _no_folder_sync() -> None:
    """The bytes are waited for, their new name in its folder is not."""
    store.fsync_dir = lambda folder: None


MUTANTS: dict[str, Callable[[], None]] = {
    "": lambda: None,
    "original removed before the commit": _remove_before_commit,
    "no fsync": _no_sync,
    "no fsync of the folder": _no_folder_sync,
}


def main() -> None:
    """One child after the other until the tasks end."""
    cv2.setNumThreads(1)
    desk.LocalEngine = lambda *_: quick_engine()  # type: ignore[assignment,misc]
    pipeline.check_tools = lambda _: None
    for line in sys.stdin:
        gate, opener = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(opener)
            _child(gate, json.loads(line))
        os.close(gate)
        _say({"pid": pid})
        sys.stdin.readline()
        os.write(opener, b"g")
        os.close(opener)
        _say({"status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])})


def _say(answer: dict[str, int]) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201


def _child(gate: int, task: dict[str, object]) -> None:
    """Wait for the gate, run one command, leave without a word of cleaning up."""
    code = 70
    try:
        log = os.open(str(task["log"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(log, stream)
        MUTANTS[str(task["mutant"])]()
        os.read(gate, 1)
        code = cli.run([str(word) for word in task["arguments"]])  # type: ignore[attr-defined]
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001  (a forked child must never return into its parent's loop)
        Path(str(task["log"])).write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
