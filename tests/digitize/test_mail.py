"""One letter by SMTP, against a server that speaks it."""

import base64
import email
import email.policy
import socket
from collections.abc import Iterator
from pathlib import Path

import postbox
import pytest
from builders import make_desk
from postbox import Mailbox

from digitize import mail
from digitize.errors import Unavailable
from digitize.home import Home
from digitize.mail import Mail

LETTER = Mail("Raqamlashtirish: 128 sahifa", "Tunda 128 sahifa tayyor bo‘ldi.\n")
LOGIN = {"smtp_user": "digitize", "smtp_password_file": "smtp.secret"}


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with postbox.listening() as box:
        yield box


def _home(tmp_path: Path, box: Mailbox, **settings: object) -> Home:
    where = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_tls": "none", "mail_from": "digitize@tk.uz"}
    return make_desk(tmp_path, **({"mail_to": "rahbar@tk.uz, admin@tk.uz"} | where | settings)).home


def _password(home: Home, mode: int) -> None:
    path = home.root / "smtp.secret"
    path.write_text("kalit\n", encoding="utf-8")
    path.chmod(mode)


def test_a_letter_arrives_whole_with_its_uzbek_letters(tmp_path: Path, box: Mailbox):
    mail.send(_home(tmp_path, box), LETTER)

    message = email.message_from_bytes(box.letters[0], policy=email.policy.default)
    assert message["Subject"] == LETTER.subject
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    assert message["Auto-Submitted"] == "auto-generated"


def test_everybody_in_mail_to_gets_it(tmp_path: Path, box: Mailbox):
    assert mail.send(_home(tmp_path, box), LETTER) == ["rahbar@tk.uz", "admin@tk.uz"]

    assert [line.split()[1] for line in box.recipients] == ["TO:<rahbar@tk.uz>", "TO:<admin@tk.uz>"]


def test_the_password_comes_from_its_file(tmp_path: Path, box: Mailbox):
    home = _home(tmp_path, box, **LOGIN)
    _password(home, 0o640)

    mail.send(home, LETTER)

    assert base64.b64decode(box.logins[0].split()[-1]) == b"\0digitize\0kalit"


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o620, 0o601])
def test_a_password_file_that_is_open_to_others_is_not_used(tmp_path: Path, box: Mailbox, mode: int):
    home = _home(tmp_path, box, **LOGIN)
    _password(home, mode)

    with pytest.raises(Unavailable, match="chmod 600"):
        mail.send(home, LETTER)
    assert box.logins == []


def test_a_password_never_travels_in_clear_over_the_network(tmp_path: Path, box: Mailbox, monkeypatch):
    monkeypatch.setattr(mail, "_LOOPBACK", set())
    home = _home(tmp_path, box, **LOGIN)
    _password(home, 0o600)

    with pytest.raises(Unavailable, match="in clear"):
        mail.send(home, LETTER)
    assert box.logins == []


def test_a_server_without_encryption_gets_nothing_where_starttls_is_asked_for(tmp_path: Path, box: Mailbox):
    with pytest.raises(Unavailable, match="STARTTLS"):
        mail.send(_home(tmp_path, box, smtp_tls="starttls"), LETTER)

    assert box.letters == []


def test_a_server_that_refuses_the_recipient_is_unavailable_with_its_words(tmp_path: Path, box: Mailbox):
    box.refuse = "550 no such person"

    with pytest.raises(Unavailable, match="no such person"):
        mail.send(_home(tmp_path, box), LETTER)


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path, box: Mailbox):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    with pytest.raises(Unavailable, match="refused"):
        mail.send(_home(tmp_path, box, smtp_port=port), LETTER)


@pytest.mark.parametrize("missing", ["mail_to", "mail_from", "smtp_host"])
def test_half_a_configuration_is_named(tmp_path: Path, box: Mailbox, missing: str):
    with pytest.raises(Unavailable, match=missing):
        mail.send(_home(tmp_path, box, **{missing: ""}), LETTER)
