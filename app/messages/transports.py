"""The ways a message leaves: a mail server, or, to try things out, a folder or the screen.

What goes wrong is one of two things. The server cannot be reached or does not want this service: nothing is wrong
with the message, and all others would fare the same (`Away`). Or it did not take this one (`NotTaken`). What a server
answers may quote what it was given, so that nothing of it is kept but its number.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

import click

from config import Mail

PERMANENT = 500
PATIENCE = 30  # seconds for each answer of the server: far less than a claim lasts


class Away(Exception):
    """No message can be sent just now; the text says why."""


class NotTaken(Exception):
    """This message was not taken; the text says why. `for_good`: trying again would not help."""

    def __init__(self, problem: str, *, for_good: bool = False) -> None:
        self.problem, self.for_good = problem, for_good
        super().__init__(problem)


class Transport(Protocol):
    """Somewhere a message goes."""

    def send(self, message: EmailMessage) -> None:
        """Hand it over. Raises Away, NotTaken."""


class Console:
    """On the screen."""

    def send(self, message: EmailMessage) -> None:
        click.echo(message.as_string())


class Folder:
    """A file for each in a folder, to be opened with any mail program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> None:
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{name}.eml").write_bytes(message.as_bytes())
        except OSError as error:
            raise Away(f"The folder of messages cannot be written ({error.strerror})") from error


class Smtp:
    """A mail server, connected to at the first message and left open for the next."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self._server: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        server = self._connected()
        try:
            server.send_message(message)
        except smtplib.SMTPSenderRefused as error:
            self.close()
            raise Away(f"The mail server takes nothing from PLUMBLINE_MAIL_FROM ({error.smtp_code})") from error
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _words in error.recipients.values()]
            code = max(codes, default=PERMANENT)  # none where it found no address at all in what it was given
            raise NotTaken(f"The mail server refused the address ({code})", for_good=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            self.close()
            code = error.smtp_code
            raise NotTaken(f"The mail server refused the message ({code})", for_good=code >= 500) from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotTaken("The mail server cannot write to an address with such letters", for_good=True) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise NotTaken("The mail server went away in the middle") from error

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            try:
                self._server = self._connect()
            except smtplib.SMTPAuthenticationError as error:
                raise Away(f"The mail server does not take the name and the password ({error.smtp_code})") from error
            except (OSError, smtplib.SMTPException) as error:
                raise Away(f"The mail server cannot be reached ({type(error).__name__})") from error
        return self._server

    def _connect(self) -> smtplib.SMTP:
        mail = self._mail
        if mail.how == "smtps":
            tls = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=PATIENCE, context=tls)
        else:
            server = smtplib.SMTP(mail.host, mail.port, timeout=PATIENCE)
        try:
            if mail.how == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if mail.user:
                server.login(mail.user, mail.password)
        except BaseException:
            server.close()
            raise
        return server

    def close(self) -> None:
        """Say goodbye, if it still listens."""
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()
            self._server.close()
            self._server = None


@contextmanager
def transport(mail: Mail) -> Iterator[Transport]:
    """The one that was chosen, for as long as something is sent."""
    if mail.how == "folder" and mail.folder is not None:
        yield Folder(mail.folder)
    elif mail.how == "console":
        yield Console()
    else:
        server = Smtp(mail)
        try:
            yield server
        finally:
            server.close()
