"""The tracker's meetings: the list, one meeting's own page, its minutes (handbook 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, make_response, render_template, url_for

from app import clock
from app.documents.html import page as as_page
from app.documents.pdf import render_pdf
from app.documents.tracker_content import TrackerMinutesContent, read_tracker_minutes
from app.documents.tracker_minutes import tracker_minutes
from app.policy.tracker import of_tracker, reads_notes
from app.queries import tracker_meetings as queries
from app.queries import tracker_minutes as minutes_queries
from app.queries.panel_documents import Made
from app.queries.recommendations import Colour, colour_of
from app.services import records
from app.web import access, asked, frame, paging, words
from app.web.wording import count_noun, day, moment, weekday
from workflows.permissions import Permission

bp = Blueprint("tracker", __name__, url_prefix="/tracker")


# They are asked to prepare for a meeting; others come from the line of it under My work.
MANAGE = frozenset({"line_manager", "operational_manager", "assistant_director", "director"})


def _has_to_do_with_it(person: Any) -> bool:
    return of_tracker(access.actor(), access.office()) or bool(person.role_names & MANAGE)


frame.navigation.add("Tracker meetings", "tracker.index", _has_to_do_with_it, order=3, also=("tracker_item",))


def runs() -> bool:
    """Whether this person plans and holds the meetings."""
    return access.allowed(Permission.RUN_TRACKER)


# --- the list -------------------------------------------------------------------------------------------


@bp.get("")
@access.signed_in
def index() -> Any:
    """Meetings to come and past, as far as this person has to do with them."""
    found = queries.meetings(access.actor(), access.office(), asked.page())
    return render_template(
        "tracker/index.html",
        coming=[_line(row) for row in found.coming],
        past=[_line(row) for row in found.past.rows],
        paging=paging.links(found.past, "Past meetings", "tracker.index") if found.past.pages > 1 else None,
        runs=runs(),
        wide=True,
    )


def _line(row: queries.Line) -> dict[str, Any]:
    return {
        "title": title(row.meeting),
        "url": url_for("tracker.meeting", public_id=row.meeting.public_id),
        "place": row.meeting.place or "–",
        "items": row.items,
        "discussed": row.discussed,
        "tag": standing(row.meeting),
    }


def title(meeting: Any) -> str:
    """`Tracker meeting of 3 December 2026`."""
    return f"Tracker meeting of {day(meeting.held_on)}"


def standing(meeting: Any) -> tuple[str, str]:
    """How the meeting itself stands: a word and its tone."""
    if meeting.cancelled_at is not None:
        return "Cancelled", "grey"
    if meeting.ended_at is not None:
        return "Ended", "green"
    if meeting.started_at is not None:
        return "Begun", "plum"
    today = clock.today()
    if meeting.held_on == today:
        return "Today", "amber"
    return ("To come", "blue") if meeting.held_on > today else ("Not held", "red")


def find(public_id: str) -> Any:
    """The meeting of this address, if this person may know of it. Else 404."""
    return queries.get(access.actor(), access.office(), public_id)


def crumbs(meeting: Any = None) -> list[dict[str, str]]:
    """The way to a page below the list, or below a meeting."""
    own = [{"text": title(meeting), "href": url_for("tracker.meeting", public_id=meeting.public_id)}] if meeting else []
    return [{"text": "Tracker meetings", "href": url_for("tracker.index")}, *own]


# --- one meeting ----------------------------------------------------------------------------------------


@bp.get("/meetings/<public_id>")
@access.signed_in
def meeting(public_id: str) -> Any:
    """When and where, who is asked, the agenda as this person may know it, and what can be done."""
    actor, office = access.actor(), access.office()
    found = find(public_id)
    items = queries.agenda(actor, office, found)
    return render_template(
        "tracker/meeting.html",
        meeting=found,
        title=title(found),
        standing=standing(found),
        facts=facts(found),
        owners=by_owner(items),
        number=len(items),
        builds=of_tracker(actor, office) and found.ended_at is None,
        hint=_hint(found, items),
        discussed=sum(item.discussed_at is not None for item in items),
        people=_people(found),
        notes=found.notes if reads_notes(actor, office, found) else "",
        actions=_actions(found, items),
        documents=_documents(found),
        crumbs=crumbs(),
        wide=True,
    )


def _hint(meeting: Any, items: Sequence[Any]) -> str:
    """How the meeting begins, to whoever holds it, until it has begun."""
    if not runs() or meeting.started_at is not None or meeting.cancelled_at is not None:
        return ""
    if not items:
        return "First choose what is on the agenda."
    today = meeting.held_on == clock.today()
    return "It begins when you say who is here." if today else "On its day you say here who has come, and it begins."


def facts(meeting: Any) -> list[dict[str, str]]:
    """A meeting's facts, key by key."""
    rows = [
        ("Date", weekday(meeting.held_on)),
        ("Place", meeting.place),
        ("Began", moment(meeting.started_at)),
        ("Ended", moment(meeting.ended_at)),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def by_owner(items: Sequence[Any]) -> list[dict[str, Any]]:
    """The agenda in its order, under the name of each owner; one who owns others further down is named again."""
    initials = queries.initials_of(items)
    found: list[dict[str, Any]] = []
    for item in items:
        owner = item.recommendation.owner
        name = owner.name if owner else "Nobody owns these yet"
        if not found or found[-1]["name"] != name:
            found.append({"name": name, "rows": []})
        found[-1]["rows"].append(line(item, initials[item.recommendation_id]))
    return found


def line(item: Any, initials: str) -> dict[str, Any]:
    """One recommendation on an agenda."""
    row = item.recommendation
    return {
        "public_id": item.public_id,
        "url": url_for("tracker_item.show", public_id=item.public_id),
        "reference": row.reference,
        "initials": initials,
        "action": row.action,
        "due": due(row),
        "colour": _standing(row),
        "state": words.RECOMMENDATION[str(row.state)],
        "said": said_tag(item),
        "fresh": item.discussed_at is None,
    }


def due(row: Any) -> str:
    """What comes next and by when, to stand beside the colour."""
    if row.impact_due_on and str(row.state) == "action_complete":
        return f"Impact to be checked by {day(row.impact_due_on)}"
    return f"Due {day(row.due_on)}" if row.due_on else "Without a date"


def _standing(row: Any) -> Any:
    """The colour; of one that is settled without an outcome, how: in a plan, set aside."""
    colour = colour_of(row)
    return colour if colour.word != "Settled" else Colour(words.RECOMMENDATION[str(row.state)][0], colour.tone)


def said_tag(item: Any) -> tuple[str, str]:
    """Whether it was talked about yet."""
    if item.discussed_at is not None:
        return "Discussed", "green"
    if item.meeting.ended_at is not None or item.meeting.cancelled_at is not None:
        return "Not discussed", "grey"
    return ("Not discussed yet", "grey") if queries.can_be_talked_about(item) else ("Settled since", "blue")


HERE = {True: ("Here", "green"), False: ("Not here", "grey"), None: ("Not said yet", "grey")}


def _people(meeting: Any) -> list[dict[str, Any]]:
    rows = sorted(meeting.people, key=lambda row: row.person.name)
    return [{"name": row.person.name, "tag": HERE[row.present] if meeting.started_at else None} for row in rows]


def _actions(meeting: Any, items: Sequence[Any]) -> list[dict[str, Any]]:
    """What this person can do to the meeting now, the main thing first."""
    begun = meeting.started_at is not None
    if meeting.cancelled_at is not None:
        return []
    if meeting.ended_at is not None:
        minutes = _link("minutes", meeting, "Read the minutes", main=True)
        return [minutes, _link("notes", meeting, "Add to the minutes")] if runs() else [minutes]
    found = [*_walk(items)] if begun else []
    if runs() and (begun or meeting.held_on == clock.today()):
        label = "Say who has arrived or left" if begun else "Say who is here"
        found.append(_link("attend", meeting, label, main=bool(items) and not begun))
    if runs() and begun:
        found += [_link("notes", meeting, "Write notes of the meeting"), _end(meeting)]
    if of_tracker(access.actor(), access.office()):
        choose = _link("agenda", meeting, "Choose what is on the agenda", main=not items and not begun)
        found = [*found, choose] if items else [choose, *found]
    if not begun and queries.prepares(access.actor(), meeting):
        found.append(_link("prepare", meeting, "Prepare for the meeting", main=not found))
    if runs() and not begun:
        found.append(_link("change", meeting, "Change the meeting"))
        found.append({**_link("cancel", meeting, "Cancel the meeting"), "style": "warning"})
    return found


def _walk(items: Sequence[Any]) -> list[dict[str, Any]]:
    """To the first that was not talked about yet, on the shared screen."""
    left = [item for item in items if item.discussed_at is None and queries.can_be_talked_about(item)]
    first = (left or list(items))[:1]
    if not any(queries.steers(access.actor(), access.office(), item) for item in items):
        return []
    label = "Go through the agenda" if len(left) == len(items) else "Go on with the agenda"
    return [
        {"name": "walk", "label": label, "url": url_for("tracker_item.show", public_id=each.public_id), "method": "get"}
        for each in first
    ]


def _link(name: str, meeting: Any, label: str, main: bool = False) -> dict[str, Any]:
    url = url_for(f"tracker.{name}", public_id=meeting.public_id)
    return {"name": name, "label": label, "url": url, "method": "get", "style": "primary" if main else "secondary"}


def _end(meeting: Any) -> dict[str, Any]:
    return {
        "name": "end",
        "label": "End the meeting",
        "url": url_for("tracker.end", public_id=meeting.public_id),
        "version": meeting.version,
        "style": "secondary",
        "explanation": "The minutes are fixed then. What was not reached stays open.",
    }


def _documents(meeting: Any) -> list[dict[str, str]]:
    if meeting.started_at is None:
        return []
    wanted = (("minutes", "Minutes"), ("minutes_pdf", "Minutes (PDF)"))
    return [{"text": text, "url": url_for(f"tracker.{name}", public_id=meeting.public_id)} for name, text in wanted]


def counted(number: int) -> str:
    """`1 recommendation`, `9 recommendations`."""
    return count_noun(number, "recommendation")


# --- the minutes ----------------------------------------------------------------------------------------


@bp.get("/meetings/<public_id>/minutes")
@access.signed_in
def minutes(public_id: str) -> Any:
    """What was said, as a page that prints well; the accessible format."""
    made, content = _minutes(public_id)
    body = render_template(
        "panel/minutes.html",
        page=as_page(tracker_minutes(content)),
        pdf_url=url_for("tracker.minutes_pdf", public_id=public_id),
        crumbs=crumbs(find(public_id)),
    )
    records.log_views(access.actor(), made.tells_of, "page", "tracker minutes")
    return body


@bp.get("/meetings/<public_id>/minutes.pdf")
@access.signed_in
def minutes_pdf(public_id: str) -> Any:
    """The same content as a tagged PDF."""
    made, content = _minutes(public_id)
    pdf = render_pdf(tracker_minutes(content))
    records.log_views(access.actor(), made.tells_of, "pdf", "tracker minutes")
    response = make_response(pdf)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="tracker-{content.on}-minutes.pdf"'
    return response


def _minutes(public_id: str) -> tuple[Made, TrackerMinutesContent]:
    made = minutes_queries.minutes(access.actor(), access.office(), public_id)
    return made, read_tracker_minutes(made.data)
