"""Sending what waits: one message after the other, each claimed, asked about again, handed over, and written down."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

from app.messages import words
from app.messages.transports import Away, NotTaken, Transport
from app.queries import outbox as queries
from app.services import outbox
from app.services.outbox import Claim

MOST_AT_ONCE = 500


@dataclass
class Run:
    """What one run came to: `put_off` is tried again, `failed` was given up.

    `away` says why it stopped early, if it did.
    """

    sent: int = 0
    dropped: int = 0
    put_off: int = 0
    failed: int = 0
    away: str = ""


def send(transport: Transport, sender: str, *, most: int = MOST_AT_ONCE) -> Run:
    """Send up to `most` messages. Where the mail server cannot be reached it stops: no other would fare better."""
    run = Run(failed=outbox.give_up())
    for _ in range(most):
        claimed = outbox.claim()
        if claimed is None:
            break
        _one(run, claimed, transport, sender)
        if run.away:
            break
    return run


def _one(run: Run, claimed: Claim, transport: Transport, sender: str) -> None:
    try:
        transport.send(_composed(claimed, sender))
    except queries.NotToBeSent as why:
        outbox.drop(claimed, str(why))
        run.dropped += 1
    except NotTaken as refused:
        given_up = outbox.put_off(claimed, refused.problem, for_good=refused.for_good)
        run.failed += given_up
        run.put_off += not given_up
    except Away as why:
        outbox.let_go(claimed, str(why))
        run.away = str(why)
    else:
        outbox.sent(claimed)
        run.sent += 1


def _composed(claimed: Claim, sender: str) -> EmailMessage:
    """The mail itself, for whom may still have it. Raises NotToBeSent, NotTaken."""
    letter = queries.letter(claimed.message_id)
    try:
        return words.mail(letter, sender)
    except Exception as error:  # the library's parser of addresses raises what it likes; the next message goes on
        raise NotTaken("The account's address cannot be written to", for_good=True) from error
