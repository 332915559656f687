"""The first page: what waits for me, and one main action each."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for

from app.queries import my_work
from app.web import access, frame, words
from app.web.wording import day

bp = Blueprint("my_work", __name__)
frame.navigation.add("My work", "my_work.index")

PAGES = {
    "review": "reviews.show",
    "declare": "drafting.declare",
    "respond": "discussion.respond",
    "discussion": "discussion.show",
    "moderation": "moderation.show",
    "recommendation": "recommendations.show",
}


@bp.get("/")
@access.signed_in
def index() -> Any:
    """Waiting for me, waiting for others, coming up, recently finished."""
    work = my_work.my_work(access.actor(), access.office())
    return render_template(
        "my_work/index.html",
        waiting=[_line(item) for item in work.waiting],
        others=[_line(item) for item in work.others],
        coming=[_line(item) for item in work.coming],
        finished=[_line(item) for item in work.finished],
        wide=True,
    )


def _line(item: my_work.Item) -> dict[str, Any]:
    late = words.overdue(my_work.days_late(item.due_on))
    return {
        "reference": item.reference,
        "initials": item.initials,
        "title": item.what,
        "note": item.note,
        "url": _url(item),
        "due": late or (f"due {day(item.due_on)}" if item.due_on else ""),
        "late": bool(late),
    }


def _url(item: my_work.Item) -> str:
    if item.where in PAGES:
        return url_for(PAGES[item.where], public_id=item.public_id)
    return url_for("actions.do", public_id=item.public_id, action=item.where)
