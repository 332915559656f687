"""The words for the panel's states and parts, and a filled-in moderation form to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.queries import reviews
from app.queries.panel import SeenItem
from forms import moderation as forms
from forms.answers import show_part

ITEM = {
    "reading": ("Being read", "blue"),
    "discussing": ("Under discussion", "plum"),
    "decided": ("Decided", "green"),
    "adjourned": ("Waiting to be listed", "amber"),
    "left": ("Off the agenda", "grey"),
}


# How an item left an agenda.
LEFT = {
    "decided": ("Decided", "green"),
    "adjourned": ("Adjourned", "amber"),
    "moved": ("Moved to another meeting", "grey"),
    "sent_back": ("Sent back to the reviewer", "grey"),
    "withdrawn": ("Review withdrawn", "grey"),
}


def item_tag(item: Any) -> tuple[str, str]:
    """How an item stands, in a word and its tone. One that was opened and adjourned is not under discussion before
    its new meeting begins."""
    waits = str(item.state) == "discussing" and (item.meeting is None or item.meeting.started_at is None)
    return ("Discussion goes on", "amber") if waits else ITEM[str(item.state)]


READING = {
    "invited": ("Not started", "grey"),
    "reading": ("Reading", "blue"),
    "submitted": ("Submitted", "green"),
    "excused": ("Excused", "amber"),
    "exempt": ("Exempt", "grey"),
    "left": ("Not at this meeting", "grey"),
}
PART = {"chair": "Chair", "deputy_chair": "Deputy chair", "member": "Member", "substitute": "Substitute"}
AGREE = {"agree": "Agrees", "partly": "Partly agrees", "disagree": "Does not agree", "": ""}
REACHED = {"agreed": "Agreed by the panel", "chair_decided": "Decided by the chair"}
OUT = {
    "reviewer": "wrote it",
    "worker": "the worker",
    "line_manager": "the line manager",
    "declared": "declared a conflict",
}
# A grid may shorten the grades, with a key (handbook 5).
SHORT = {4: "Out", 3: "Good", 2: "RI", 1: "Inad"}
STEPS = {0: "agreed", 1: "1 step", 2: "2 steps", 3: "3 steps"}


def shown_form(found: SeenItem, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A moderation form as it was filled in: {key, title, shown} for each part that was asked."""
    people = reviews.names_of_everybody()
    return [
        {
            "key": part.key,
            "title": part.title,
            "shown": show_part(found.form, part.key, answers.get(part.key) or {}, people=people, confidential=True),
        }
        for part in forms.asked(found.review_form, found.form)
    ]
