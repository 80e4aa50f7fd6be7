"""A small Koha: the paths of its OpenAPI description that this program uses, on a real port, with Koha's own habits.

After api/v1/swagger/paths/biblios.yaml, oauth.yaml and Koha/REST/V1/Biblios.pm: content types, answers and their codes;
a put record loses its copies (952) and gets a new 005, as C4::Biblio does.
"""

import base64
import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pymarc

FORMATS = ("application/json", "application/marcxml+xml", "application/marc-in-json", "application/marc", "text/plain")


HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


class Koha:
    """What it holds, what it was asked, and how it is to misbehave."""

    def __init__(self) -> None:
        self.records: dict[int, bytes] = {}
        self.locked: set[int] = set()
        self.asked: list[str] = []
        self.moods: list[int] = []
        """Statuses of the next answers, first one first, in place of the right ones; 0 hangs up without a word."""
        self.valid = "t-1"
        self.tokens = 0
        self.drops = ""
        """Tag of a field that it forgets when a record is put."""
        self.schemas: list[str] = []
        self.url = ""

    def shelve(self, number: int, raw: bytes) -> bytes:
        """Keep an ISO 2709 record as the one with this number; what a library's export of it looks like."""
        (record,) = pymarc.MARCReader(raw, force_utf8=True)
        assert record is not None
        record.add_field(pymarc.Field("999", pymarc.Indicators(" ", " "), [pymarc.Subfield("c", str(number))]))
        exported: bytes = record.as_marc()
        record.remove_fields("952")
        self.records[number] = HEAD + pymarc.record_to_xml(record, namespace=True)
        return exported

    def fields(self, number: int) -> list[str]:
        return [str(field) for field in self.read(self.records[number]).fields]

    def edit(self, number: int, old: str, new: str) -> None:
        """A cataloguer at work."""
        self.records[number] = self.records[number].replace(old.encode(), new.encode())

    @staticmethod
    def read(xml: bytes) -> pymarc.Record:
        (record,) = pymarc.parse_xml_to_array(io.BytesIO(xml))
        return record

    def put(self, number: int, xml: bytes) -> None:
        record = self.read(xml)
        record.remove_fields("952", "005", *filter(None, [self.drops]))
        record.add_ordered_field(pymarc.Field("005", data="20261103010203.0"))
        self.records[number] = HEAD + pymarc.record_to_xml(record, namespace=True)


class _Handler(BaseHTTPRequestHandler):
    koha: Koha

    def log_message(self, *_: object) -> None: ...

    def _answer(self, status: int, body: object, kind: str = "application/json") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if status == 503:
            self.send_header("Retry-After", "3")
        self.end_headers()
        self.wfile.write(data)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _moody(self) -> bool:
        self.koha.asked.append(f"{self.command} {self.path.removeprefix('/api/v1')}")
        mood = self.koha.moods.pop(0) if self.koha.moods else 200
        if mood == 0:
            self.close_connection = True
            self.connection.close()
        elif mood != 200:
            self._answer(mood, {"error": "Something went wrong, check Koha logs for details."})
        return mood != 200

    def _number(self) -> int | None:
        """The record that is meant, once who asks is known; None: it was answered already."""
        basic = "Basic " + base64.b64encode(b"admin:s3cret").decode()
        if self.headers.get("Authorization") not in {f"Bearer {self.koha.valid}", basic}:
            self._answer(401, {"error": "Authentication failure."})
            return None
        found = re.fullmatch(r"/api/v1/biblios/(\d+)", self.path)
        if not found or int(found[1]) not in self.koha.records:
            self._answer(404, {"error": "Bibliographic record not found", "error_code": "not_found"})
            return None
        return int(found[1])

    def do_POST(self) -> None:
        form = parse_qs(self._body().decode())
        if self._moody():
            return
        if form != {"grant_type": ["client_credentials"], "client_id": ["id"], "client_secret": ["s3cret"]}:
            self._answer(403, {"error": "unauthorized_client"})
            return
        self.koha.tokens += 1
        self._answer(200, {"access_token": self.koha.valid, "token_type": "Bearer", "expires_in": 3600})

    def do_GET(self) -> None:
        if self._moody() or (number := self._number()) is None:
            return
        if self.headers["Accept"] != "application/marcxml+xml":
            self._answer(406, list(FORMATS))
            return
        self._answer(200, self.koha.records[number], "application/marcxml+xml")

    def do_PUT(self) -> None:
        body = self._body()
        if self._moody() or (number := self._number()) is None:
            return
        if number in self.koha.locked:
            self._answer(403, {"error": "You do not have permission to edit a locked record"})
        elif self.headers["Content-Type"] != "application/marcxml+xml":
            self._answer(406, list(FORMATS))
        elif self.headers.get("x-record-schema", "MARC21") not in {"MARC21", "UNIMARC"}:
            self._answer(
                400, {"errors": [{"message": "Not in enum list: MARC21, UNIMARC.", "path": "/x-record-schema"}]}
            )
        else:
            self.koha.schemas.append(self.headers["x-record-schema"])
            self.koha.put(number, body)
            self._answer(200, {"id": number})


@contextmanager
def running() -> Iterator[Koha]:
    """A Koha that listens on a free port of this machine."""
    koha = Koha()
    handler = type("Handler", (_Handler,), {"koha": koha})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        koha.url = f"http://127.0.0.1:{server.server_port}"
        yield koha
        server.shutdown()
        thread.join()
