"""What a message says. By its kind alone: no name, no grade, no finding, nothing that somebody typed (R11)."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from flask import current_app

from app import clock
from app.queries.outbox import Letter

# What it is about, and the page that its link opens.
ABOUT = {
    "review": ("review {}", "reviews.show"),
    "recommendation": ("recommendation {}", "recommendations.show"),
    "concern": ("immediate concern {}", "concerns.show"),
    "panel_meeting": ("the panel's meeting of {}", "panel.meeting"),
    "panel_reading": ("review {}", "panel_reading.show"),
    "tracker_meeting": ("the tracker meeting of {}", "tracker.meeting"),
}

# What is asked of whoever gets it. What a decision was, or that something came back, is read inside.
ASKED = {
    "concern.raise": "It needs to be acknowledged today.",
    "concern.went_up": "Nobody acknowledged it on its day, and it has come to you.",
    "concern.give": "You are asked to act on it.",
    "panel_meeting.cancel": "It is cancelled.",
    "panel_meeting.set_up": "You are asked to sit on the panel.",
    "panel_meeting.substitute": "Somebody sits in another's place.",
    "panel_reading.invite": "You are asked to read it alone, before the meeting.",
    "recommendation.complete": "You are asked to check what changed.",
    "recommendation.impact_due": "You are asked whether its impact can be seen.",
    "recommendation.owned": "You are asked to own it.",
    "review.plan": "You are asked to review it.",
    "review.reassign": "You are asked to review it.",
    "review.share": "It is there for you to read and answer.",
    "review.submit": "It waits for first moderation.",
    "tracker_meeting.cancel": "It is cancelled.",
    "tracker_meeting.plan": "You are asked to come.",
    "tracker_meeting.prepare": "Bring what you own up to date before it, please.",
}
OTHERWISE = "Something about it has changed."
LAST = """\
This message says no more on purpose. Sign in to read the rest.
It was sent by Plumbline, where nobody reads an answer."""


def mail(letter: Letter, sender: str) -> EmailMessage:
    """One message, to one address. Its Message-ID is the same each time it is tried."""
    what, endpoint = ABOUT[letter.about]
    subject = what.format(letter.reference)
    asked = ASKED.get(letter.kind, OTHERWISE)
    made = EmailMessage()
    made["From"] = sender
    made["To"] = letter.address
    made["Subject"] = f"Plumbline: {subject}"
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = f"<message-{letter.message_id}.{letter.made_at:%Y%m%d%H%M%S}@{_host()}>"
    made["Auto-Submitted"] = "auto-generated"  # so that no absence is answered to
    made.set_content(f"This is about {subject}.\n\n{asked}\n\n{link(endpoint, letter.public_id)}\n\n{LAST}\n")
    return made


def link(endpoint: str, public_id: str) -> str:
    """The page's whole address, as people use it; there is no request to take it from."""
    where = urlsplit(str(current_app.config["ADDRESS"]))
    bound = current_app.url_map.bind(where.netloc, url_scheme=where.scheme)
    return bound.build(endpoint, {"public_id": public_id}, force_external=True)


def _host() -> str:
    return urlsplit(str(current_app.config["ADDRESS"])).hostname or "localhost"
