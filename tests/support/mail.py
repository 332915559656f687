"""A mail server on this machine: enough SMTP for `smtplib`. It keeps what it was given and refuses as it is told."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Lock, Thread

from config import Mail


class MailServer(socketserver.ThreadingTCPServer):
    """`answers` says what it answers to an address or to a command, where that is not yes; None hangs up."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[EmailMessage] = []
        self.answers: dict[str, str | None] = {}
        self.lock = Lock()

    @property
    def mail(self) -> Mail:
        """As the environment would say it."""
        return Mail("smtp", "127.0.0.1", int(self.server_address[1]), sender="plumbline@reviews.example.org")

    def to(self) -> list[str]:
        """Whom it has something for, in order."""
        return [str(each["To"]) for each in self.taken]


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline():
            word = line.decode().strip()
            if not self._answered(word):
                return
            if word.upper() == "QUIT":
                return

    def _answered(self, word: str) -> bool:
        """Whether the talk goes on."""
        command = word.upper().split(":")[0].split(" ")[0]
        told = [key for key in self.server.answers if key in word or key == command]
        if told:
            return self._as_told(self.server.answers[told[0]])
        if command == "DATA":
            self._say("354 go on")
            self._take()
        self._say("221 bye" if command == "QUIT" else "250 yes")
        return True

    def _as_told(self, answer: str | None) -> bool:
        if answer is not None:
            self._say(answer)
        return answer is not None

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        made = message_from_bytes(b"".join(lines), policy=policy.default)
        with self.server.lock:
            self.server.taken.append(made)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """One that listens for as long as the block lasts."""
    with MailServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
