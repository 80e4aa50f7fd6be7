"""One letter by SMTP. The password comes from a file that nobody else may read, and never travels in clear."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from digitize import secret
from digitize.errors import Sentence, Unavailable, sentence
from digitize.home import Home
from digitize.settings import Settings

TIMEOUT_SECONDS = 10.0
"""Per answer of the server; a letter must hold up neither the morning nor a shutdown."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_HINT = "Look at mail_* and smtp_* in digitize.toml; 'digitize letter --send' tries again."


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent; *subject* is one line."""

    subject: str
    text: str


def recipients(settings: Settings) -> list[str]:
    """The addresses of ``mail_to``; none = no mail is wanted."""
    return [address.strip() for address in settings.mail_to.split(",") if address.strip()]


def gap(settings: Settings) -> Sentence:
    """What is missing or unsafe in the settings of a mail that is wanted; empty if nothing."""
    if not (recipients(settings) and settings.mail_from and settings.smtp_host):
        return sentence("mail_to, mail_from and smtp_host are all needed")
    if settings.smtp_user and not settings.smtp_password_file:
        return sentence("smtp_user is set, but not smtp_password_file")
    if settings.smtp_user and settings.smtp_tls == "none" and settings.smtp_host not in _LOOPBACK:
        return sentence("smtp_tls is none, so the password would travel in clear")
    return sentence()


def send(home: Home, mail: Mail) -> list[str]:
    """Send *mail* to everybody in ``mail_to``; the addresses.

    Raises:
        Unavailable: it could not be sent, and why.
    """
    settings = home.settings
    wanted = recipients(settings)
    if missing := gap(settings):
        raise _not_sent(settings, missing)
    try:
        message = _message(settings, wanted, mail)
        with _connected(settings) as server:
            if settings.smtp_user:
                password = secret.first_line(home.root / settings.smtp_password_file)
                server.login(settings.smtp_user, password)
            server.send_message(message, settings.mail_from, wanted)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise _not_sent(settings, error) from error
    return wanted


def _not_sent(settings: Settings, error: object) -> Unavailable:
    if settings.smtp_host:
        return Unavailable(
            "The letter was not sent through {server}: {error}.", hint=_HINT, server=settings.smtp_host, error=error
        )
    return Unavailable("The letter was not sent: {error}.", hint=_HINT, error=error)


def _message(settings: Settings, wanted: list[str], mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, ", ".join(wanted), mail.subject
    message["Date"], message["Message-ID"] = formatdate(localtime=True), make_msgid(domain=settings.smtp_host)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers it
    message.set_content(mail.text)
    return message


def _connected(settings: Settings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if settings.smtp_tls == "tls":
        return smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS)
    if settings.smtp_tls == "starttls":
        try:
            server.starttls(context=context)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
    return server
