"""Whether a message leaves about what was done, as it is said to who did it."""

from __future__ import annotations

from flask import current_app


def leaves() -> bool:
    """Without a mail server a message waits for ever, and who did it would wait for an answer to it."""
    return bool(current_app.config["MAIL"].by_server)


def on_its_way(whom: str) -> str:
    """`A message is on its way to everybody asked.`, or that they are not told from here."""
    return f"A message is on its way to {whom}." if leaves() else f"No e-mail is sent from here: tell {whom} yourself."
