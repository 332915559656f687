"""The first page: what waits for me, and one main action each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, url_for

from app import clock
from app.queries import concerns, my_work, outbox
from app.web import access, frame, panel_links, telling, words
from app.web import concerns as concern_pages
from app.web.wording import clock_time, count_noun, day, moment
from workflows.permissions import Permission

bp = Blueprint("my_work", __name__)
frame.navigation.add("My work", "my_work.index")
TOO_LONG = timedelta(hours=1)  # that a message waits: the command that sends runs every minute

PAGES = {
    "review": "reviews.show",
    "declare": "drafting.declare",
    "respond": "discussion.respond",
    "discussion": "discussion.show",
    "moderation": "moderation.show",
    "recommendation": "recommendations.show",
    "plan": "plans.show",
    "panel_meeting": "panel.meeting",
    "panel_themes": "panel.themes",
    "panel_reading": "panel_reading.show",
    "tracker_meeting": "tracker.meeting",
    "tracker_prepare": "tracker.prepare",
    "supervision": "supervision.sheet",
}


@bp.get("/")
@access.signed_in
def index() -> Any:
    """Concerns nobody has acknowledged; then waiting for me, for others, coming up, recently finished."""
    work = my_work.my_work(access.actor(), access.office())
    initials = work.initials
    raised = concerns.for_my_work(access.actor(), access.office())
    return render_template(
        "my_work/index.html",
        alerts=[_alert(row) for row in raised.alerts],
        waiting=[
            *(_concern_line(row, CONCERN_TO_DO) for row in raised.waiting),
            *_messages(),
            *(_line(item, initials) for item in work.waiting),
        ],
        others=[
            *(_concern_line(row, CONCERN_RAISED) for row in raised.others),
            *(_line(item, initials) for item in work.others),
        ],
        coming=[_line(item, initials) for item in work.coming],
        finished=[_line(item, initials) for item in work.finished],
        nothing=_nothing(access.actor().role_names),
        wide=True,
    )


# Whoever has only these sees no review: an empty page that did not say so would look broken.
NOTHING = {
    frozenset({"oversight"}): "You see no review of a single child: nothing will wait for you here.",
    frozenset({"administrator"}): "You look after accounts, forms and settings, which are under Settings. "
    "You see no review, so that nothing of one waits for you here.",
    frozenset({"agency_manager"}): "You see how far your agency's reviews have come, under Reviews. "
    "What is to be done waits for the reviewers themselves.",
}


def _nothing(role_names: frozenset[str]) -> str:
    """Why there is nothing, for whom there will be nothing either."""
    return NOTHING.get(frozenset(map(str, role_names)), "What needs you comes here by itself, with its date.")


def _alert(row: Any) -> dict[str, str]:
    """What leads the page: that it is there, since when, and the way to it. Never a word of what was written."""
    today = clock.day_of(row.raised_at) == clock.today()
    raised = f"at {clock_time(row.raised_at)} today" if today else f"on {moment(row.raised_at)}"
    return {
        "heading": f"Immediate concern {row.reference} needs you",
        "text": f"{concern_pages.KIND[str(row.kind)]}. Raised {raised} by {row.raised_by.name}.",
        "url": url_for("concerns.show", public_id=row.public_id),
    }


CONCERN_TO_DO = {"acknowledged": "Record what was done about a concern", "acted_on": "Close a concern"}
CONCERN_RAISED = {
    "raised": "Your concern is not acknowledged yet",
    "acknowledged": "Your concern is acknowledged",
    "acted_on": "Your concern has been acted on",
}


def _messages() -> Iterator[dict[str, Any]]:
    """For who looks after accounts: messages that could not be sent, and, where there is a mail server to send them,
    those that nobody sends or that it does not take."""
    if not access.allowed(Permission.ADMINISTER_PEOPLE):
        return
    found = outbox.counts()
    if found.failed:
        yield _message_line(f"See what could not be sent: {count_noun(found.failed, 'message')}", "")
    since = found.since
    if since is None or not telling.leaves():
        return
    if found.unreached or since < clock.now() - TOO_LONG:
        title = "See why the mail server is not reached" if found.unreached else "See why nothing is sent"
        yield _message_line(title, f"{count_noun(found.waiting, 'message')} waiting, the oldest since {moment(since)}")


def _message_line(title: str, note: str) -> dict[str, Any]:
    return {
        "reference": "E-mail",
        "initials": "",
        "title": title,
        "note": note,
        "url": url_for("messages.index"),
        "due": "",
    }


def _concern_line(row: Any, words: dict[str, str]) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "initials": "",
        "title": words[str(row.state)],
        "note": concern_pages.KIND[str(row.kind)],
        "url": url_for("concerns.show", public_id=row.public_id),
        "due": f"raised {day(row.raised_at)}",
    }


def _line(item: my_work.Item, initials: dict[int, str]) -> dict[str, Any]:
    late = words.overdue(my_work.days_late(item.due_on))
    return {
        "reference": item.reference,
        "initials": initials[item.child.id] if item.child else "",
        "title": item.what,
        "note": item.note,
        "url": _url(item),
        "due": late or _when(item),
        "late": bool(late),
    }


def _when(item: my_work.Item) -> str:
    """Whoever looks at one page in the morning is not asked to know the date."""
    if item.due_on == clock.today():
        return "due today"
    return f"due {day(item.due_on)}" if item.due_on else day(item.meets_on)


def _url(item: my_work.Item) -> str:
    if item.where in PAGES:
        return panel_links.to(PAGES[item.where], public_id=item.public_id)
    if item.where == "panel_relist":
        return panel_links.to("panel_item.act", public_id=item.public_id, action="relist")
    return url_for("actions.do", public_id=item.public_id, action=item.where)
