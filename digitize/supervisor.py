"""What systemd is told (sd_notify(3)): that the service is ready, alive, stopping. Silence where nobody listens."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


def notify(*states: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send *states* (``READY=1``, ``WATCHDOG=1``, ``STATUS=…``) to the supervisor; a deaf one harms nobody."""
    address = environ.get("NOTIFY_SOCKET", "")
    if address:
        message = "\n".join(state.replace("\n", " ") for state in states).encode()
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(message, "\0" + address[1:] if address.startswith("@") else address)


def watchdog_seconds(environ: Mapping[str, str] = os.environ) -> float | None:
    """How often systemd wants to hear from us at least (WatchdogSec of the unit); None without a watchdog."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1_000_000 if microseconds.isdecimal() else None
