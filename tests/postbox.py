"""A mail server on loopback: the few words of SMTP that a client says, and a box for what it brings."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Mailbox:
    """What arrived; *refuse* answers the recipient with that line."""

    port: int = 0
    refuse: str = ""
    logins: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: Mailbox = self.server.box  # type: ignore[attr-defined]
        self._say("220 box")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "EHLO":
                self._say("250-box", "250-8BITMIME", "250 AUTH PLAIN")
            elif verb == "AUTH":
                box.logins.append(line)
                self._say("235 welcome")
            elif verb == "RCPT":
                box.recipients.append(line)
                self._say(box.refuse or "250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                box.letters.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self._say("250 kept")
            else:
                self._say("221 bye" if verb == "QUIT" else "250 ok")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@contextmanager
def listening() -> Iterator[Mailbox]:
    """A box that takes mail during the block."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Talk) as server:
        server.daemon_threads = True
        server.box = Mailbox(server.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.box  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()
