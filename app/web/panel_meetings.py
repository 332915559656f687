"""The panel's meetings: the list, setting one up, its own page, who is here, what was learnt (R3 to R5)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for

from app import clock
from app.policy.panel import ON_PANEL, of_meetings
from app.policy.rules import may
from app.queries import panel_agreement
from app.queries import panel_meetings as queries
from app.queries.initials import told_apart
from app.services import settings
from app.web import access, asked, frame, paging, panel_agenda, panel_links
from app.web.panel_agreement_words import at_meeting, of_year
from app.web.panel_forms import DONE, NOT_YET
from app.web.wording import clock_time, day, weekday
from workflows.permissions import Permission

bp = Blueprint("panel", __name__, url_prefix="/panel")
OTHER_PAGES = ("panel_item", "panel_reading", "panel_documents")


def _has_to_do_with_it(_person: Any) -> bool:
    return access.actor().has(*ON_PANEL) or of_meetings(access.actor(), access.office())


frame.navigation.add("Panel", "panel.index", _has_to_do_with_it, also=OTHER_PAGES)


# --- the list -------------------------------------------------------------------------------------------


@bp.get("")
@access.signed_in
def index() -> Any:
    """Meetings to come and past; for the Head of QA what waits to be listed."""
    actor, office = access.actor(), access.office()
    found = queries.meetings(actor, office, asked.page())
    waiting = queries.waiting(actor, office)
    initials = told_apart(row.item.review.child for row in waiting)
    return render_template(
        "panel/index.html",
        coming=[_line(row) for row in found.coming],
        past=[_line(row) for row in found.past.rows],
        paging=paging.links(found.past, "Past meetings", "panel.index") if found.past.pages > 1 else None,
        waiting=[_waiting(row, initials) for row in waiting],
        lists=office.holds(actor.id),
        sets_up=access.allowed(Permission.SET_UP_PANEL),
        sits=_has_to_do_with_it(None),
        wide=True,
    )


def _line(row: queries.Line) -> dict[str, Any]:
    meeting = row.meeting
    return {
        "title": title(meeting),
        "url": url_for("panel.meeting", public_id=meeting.public_id),
        "time": clock_time(meeting.starts_at),
        "place": meeting.place,
        "chair": meeting.chair.name,
        "part": part_of(meeting, row.seat) if row.seat else "",
        "tag": standing(meeting),
    }


def _waiting(row: queries.Waiting, initials: dict[int, str]) -> dict[str, Any]:
    item = row.item
    return {
        "reference": item.review.reference,
        "initials": initials[item.review.child.id],
        "url": panel_links.offered("panel_item.show", public_id=item.public_id),
        "stage": "Discussion was opened" if item.opened_at else "Not opened yet",
        "why": row.reason,
        "since": day(row.since),
        "list_url": panel_links.offered("panel_item.act", public_id=item.public_id, action="relist"),
    }


def title(meeting: Any) -> str:
    """`Panel of 3 December 2026`."""
    return f"Panel of {day(meeting.starts_at)}"


def standing(meeting: Any) -> tuple[str, str]:
    """How the meeting itself stands: a word and its tone."""
    if meeting.cancelled_at is not None:
        return "Cancelled", "grey"
    if meeting.ended_at is not None:
        return "Ended", "green"
    if meeting.started_at is not None:
        return "Begun", "plum"
    when = clock.day_of(meeting.starts_at) or clock.today()
    if when == clock.today():
        return "Today", "amber"
    return ("To come", "blue") if when > clock.today() else ("Not held", "red")


def part_of(meeting: Any, seat: Any) -> str:
    """What somebody is at a meeting."""
    if seat.left_at is not None:
        return "Cannot come"
    if seat.substitute_for is not None:
        return f"Substitute for {seat.substitute_for.name}"
    return {meeting.chair_id: "Chair", meeting.deputy_chair_id: "Deputy chair"}.get(seat.person_id, "Member")


@bp.get("/agreement")
@access.signed_in
def agreement() -> Any:
    """The rolling twelve months, over the items whose readings this person may all see."""
    year = panel_agreement.of_year(access.actor(), access.office())
    return render_template("panel/agreement.html", crumbs=crumbs(), **of_year(year))


# --- the meeting's own page -----------------------------------------------------------------------------


def find(public_id: str) -> Any:
    """The meeting of this address, if this person may know of it. Else 404."""
    return queries.get(access.actor(), access.office(), public_id)


def crumbs(meeting: Any = None) -> list[dict[str, str]]:
    """The way to a page below the list, or below a meeting."""
    own = [{"text": title(meeting), "href": url_for("panel.meeting", public_id=meeting.public_id)}] if meeting else []
    return [{"text": "Panel", "href": url_for("panel.index")}, *own]


@bp.get("/meetings/<public_id>")
@access.signed_in
def meeting(public_id: str) -> Any:
    """When and where, who sits, the agenda as this person may know it, and what can be done."""
    actor, office = access.actor(), access.office()
    found = find(public_id)
    agenda = queries.agenda(actor, office, found)
    quorum = settings.load().quorum
    kept = queries.themes(actor, office, found, agenda)
    return render_template(
        "panel/meeting.html",
        meeting=found,
        title=title(found),
        standing=standing(found),
        facts=facts(found),
        quorum=panel_agenda.quorum_words(quorum),
        people=_people(found),
        too_few=_too_few(found, quorum),
        rows=panel_agenda.rows(agenda, found, quorum),
        left=panel_agenda.left_rows(agenda),
        orders=may_set_up() and found.ended_at is None and len(agenda.undecided) > 1,
        actions=_actions(found, agenda, bool(kept)),
        documents=_documents(found, agenda),
        agreement=at_meeting(panel_agreement.at_meeting(agenda)),
        themes=[_theme(row) for row in kept],
        crumbs=crumbs(),
        wide=True,
    )


def facts(meeting: Any) -> list[dict[str, str]]:
    """A meeting's facts, key by key."""
    found = [
        ("Date", weekday(meeting.starts_at)),
        ("Time", f"{clock_time(meeting.starts_at)}, for {meeting.minutes} minutes"),
        ("Place", meeting.place),
        ("Chair", meeting.chair.name),
        ("Deputy chair", meeting.deputy_chair.name if meeting.deputy_chair else "Nobody"),
    ]
    return [{"key": key, "value": value} for key, value in found if value]


HERE = {"present": ("Here", "green"), "absent": ("Not here", "grey"), "expected": ("Not here yet", "grey")}


def _theme(row: Any) -> dict[str, str]:
    return {"key": row.title, "value": f"{DONE[str(row.done)]}. {row.what}" if row.done else NOT_YET}


def _people(meeting: Any) -> list[dict[str, Any]]:
    """Who sits, the chairs first. Why somebody cannot come is the Head's office's to read."""
    chairs = [meeting.chair_id, meeting.deputy_chair_id]
    seats = sorted(meeting.seats, key=lambda seat: (_place(seat, chairs), seat.person.name))
    tells_why = may_set_up()
    return [
        {
            "name": seat.person.name,
            "part": part_of(meeting, seat),
            "tag": HERE[str(seat.attendance)] if meeting.started_at and seat.left_at is None else None,
            "why": seat.left_reason if tells_why and seat.left_at else "",
        }
        for seat in seats
    ]


def _place(seat: Any, chairs: list[int | None]) -> int:
    if seat.left_at is not None:
        return 3
    return chairs.index(seat.person_id) if seat.person_id in chairs else 2


def _too_few(meeting: Any, quorum: int) -> str:
    """Said to who sets it up: too few seats for any item to be decided."""
    seated = sum(seat.left_at is None for seat in meeting.seats)
    over = meeting.ended_at is not None or meeting.cancelled_at is not None
    if seated >= quorum or over or not may_set_up():
        return ""
    return f"{seated} {'has' if seated == 1 else 'have'} a seat, and {quorum} make a quorum: no review can be listed."


def may_set_up() -> bool:
    return access.allowed(Permission.SET_UP_PANEL)


def _actions(meeting: Any, agenda: queries.Agenda, collated: bool) -> list[dict[str, Any]]:
    """What this person can do to the meeting now, the main thing first."""
    over = meeting.ended_at is not None or meeting.cancelled_at is not None
    begun = meeting.started_at is not None
    runs = may(access.actor(), Permission.RUN_MEETING, meeting, access.office())
    sets_up = may_set_up()
    found = []
    if runs and panel_agenda.can_attend(meeting):
        found.append(_link("attend", meeting, "Say who has arrived or left" if begun else "Say who is here", not begun))
    if runs and begun and not over:
        found.append(_end(meeting, agenda))
    if sets_up and meeting.ended_at is not None:
        main = not collated and bool(agenda.decided)
        found.append(_link("themes", meeting, "Collate the themes of moderation", main))
    if sets_up and not begun and not over:
        found.append(_link("change", meeting, "Change the meeting"))
    if sets_up and not over:
        found.append(_link("substitute", meeting, "Name a substitute"))
    if sets_up and not begun and not over:
        found.append({**_link("cancel", meeting, "Cancel the meeting"), "style": "warning"})
    return found


def _link(name: str, meeting: Any, label: str, main: bool = False) -> dict[str, Any]:
    url = url_for(f"panel.{name}", public_id=meeting.public_id)
    return {"name": name, "label": label, "url": url, "method": "get", "style": "primary" if main else "secondary"}


def _end(meeting: Any, agenda: queries.Agenda) -> dict[str, Any]:
    waiting = [
        {"text": f"{row.review.reference} is not decided: decide it or adjourn it", "target": ""}
        for row in agenda.undecided
    ]
    url = url_for("panel.end", public_id=meeting.public_id)
    return {"name": "end", "label": "End the meeting", "url": url, "version": meeting.version, "reasons": waiting}


def _documents(meeting: Any, agenda: queries.Agenda) -> list[dict[str, str]]:
    """What can be taken away from the meeting."""
    reads = any(row.own is not None for row in agenda.on) and meeting.ended_at is None
    wanted = [
        ("pack", "Pre-read pack (PDF)", reads and meeting.cancelled_at is None),
        ("minutes", "Minutes", meeting.started_at is not None),
        ("minutes_pdf", "Minutes (PDF)", meeting.started_at is not None),
        ("calendar", "Calendar file", meeting.cancelled_at is None and meeting.ended_at is None),
    ]
    found = [
        (text, panel_links.offered(f"panel_documents.{name}", public_id=meeting.public_id))
        for name, text, shown in wanted
        if shown
    ]
    return [{"text": text, "url": url} for text, url in found if url]
