"""Setting up a meeting of the panel and changing it, a substitute for an absent member, a meeting called off (R4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from app import clock
from app.queries import panel_meetings as queries
from app.queries.people import names_told_apart
from app.queries.reviews import NotVisible
from app.services import panel_meetings, settings
from app.services.unit_of_work import Stale
from app.web import access, action_forms, telling
from app.web.actions import posted_version, put_errors
from app.web.panel_forms import MeetingForm, SubstituteForm
from app.web.panel_meetings import bp, crumbs, facts, find
from app.web.wording import clock_time
from forms.base import PlumblineForm
from workflows.engine import GuardFailed
from workflows.permissions import Permission

SEATED = "everybody with a seat"


@bp.route("/meetings/new", methods=["GET", "POST"])
@access.needs(Permission.SET_UP_PANEL)
def set_up() -> Any:
    """A new meeting. It begins with the people and the place of the last one; the day is nobody's to guess."""
    people = names_told_apart({person.public_id: person.name for person in panel_meetings.who_may_sit()})
    form = MeetingForm(meta={"people": people}, data=_usual(people) if request.method == "GET" else None)
    if request.method == "GET":
        return _set_up_page(form, None, 200)
    made: list[str] = []
    if not sent(form, lambda: made.append(panel_meetings.set_up(access.actor(), form.plan()))):
        return _set_up_page(form, None, 422)
    flash(f"The meeting is set up. {telling.on_its_way(SEATED)}", "success")
    return redirect(url_for("panel.meeting", public_id=made[0]), 303)


def _usual(people: dict[str, str]) -> dict[str, Any]:
    last = queries.newest()
    known = _as_typed(last) if last is not None else {}
    members = [each for each in known.get("members", ()) if each in people]
    chairs = {key: known.get(key) for key in ("chair", "deputy_chair") if known.get(key) in people}
    return {"minutes": settings.load().panel_minutes, "place": known.get("place", ""), "members": members, **chairs}


def _as_typed(meeting: Any) -> dict[str, Any]:
    """A meeting as its form begins with it."""
    return {
        "day": clock.day_of(meeting.starts_at),
        "time": clock_time(meeting.starts_at),
        "minutes": meeting.minutes,
        "place": meeting.place,
        "chair": meeting.chair.public_id,
        "deputy_chair": meeting.deputy_chair.public_id if meeting.deputy_chair else None,
        "members": [seat.person.public_id for seat in meeting.seats if seat.left_at is None],
    }


def sent(form: PlumblineForm, take: Callable[[], Any]) -> bool:
    """Whether the form was right and the service took it; its refusals go to the fields they name."""
    if not form.validate():
        return False
    try:
        take()
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return False
    return True


@bp.route("/meetings/<public_id>/change", methods=["GET", "POST"])
@access.needs(Permission.SET_UP_PANEL)
def change(public_id: str) -> Any:
    """Another time, place or people. Where somebody changed it meanwhile both are shown, and nothing typed is lost."""
    meeting = find(public_id)
    if request.method == "GET" and (meeting.started_at is not None or meeting.cancelled_at is not None):
        raise NotVisible
    people = names_told_apart({person.public_id: person.name for person in panel_meetings.who_may_stay(meeting)})
    form = MeetingForm(meta={"people": people}, data=_as_typed(meeting) if request.method == "GET" else None)
    if request.method == "GET":
        return _set_up_page(form, meeting, 200)
    meeting_id = meeting.id
    try:
        done = sent(form, lambda: panel_meetings.change(access.actor(), meeting_id, posted_version(), form.plan()))
    except Stale:
        return _set_up_page(form, find(public_id), 409, stale=True)
    if not done:
        return _set_up_page(form, find(public_id), 422)
    flash(f"The meeting is changed. {telling.on_its_way(SEATED)}", "success")
    return redirect(url_for("panel.meeting", public_id=public_id), 303)


def _set_up_page(form: MeetingForm, meeting: Any, code: int, *, stale: bool = False) -> Any:
    version = posted_version() if meeting is not None and code == 422 else meeting.version if meeting else 0
    page = render_template(
        "panel/set_up.html",
        form=form,
        meeting=meeting,
        version=version,
        stands=facts(meeting) if stale else [],
        crumbs=crumbs(meeting),
    )
    return page, code


@bp.route("/meetings/<public_id>/cancel", methods=["GET", "POST"])
@access.needs(Permission.SET_UP_PANEL)
def cancel(public_id: str) -> Any:
    """It will not be held; what is listed is moved or adjourned first."""
    found = find(public_id)
    if request.method == "GET" and (found.started_at is not None or found.cancelled_at is not None):
        raise NotVisible
    form, meeting_id = action_forms.ReasonForm(), found.id
    if request.method == "POST" and sent(
        form,
        lambda: panel_meetings.cancel(access.actor(), meeting_id, posted_version(), reason=form.reason.data or ""),
    ):
        flash(f"The meeting is cancelled. {telling.on_its_way(SEATED)}", "success")
        return redirect(url_for("panel.meeting", public_id=public_id), 303)
    found = find(public_id)
    listed = queries.agenda(access.actor(), access.office(), found).undecided
    code = 422 if request.method == "POST" else 200
    page = render_template(
        "panel/cancel.html",
        form=form,
        meeting=found,
        listed=[row.review.reference for row in listed],
        crumbs=crumbs(found),
    )
    return page, code


@bp.route("/meetings/<public_id>/substitute", methods=["GET", "POST"])
@access.needs(Permission.SET_UP_PANEL)
def substitute(public_id: str) -> Any:
    """Somebody comes for an absent member; both names stay in the record (R4)."""
    found = find(public_id)
    if request.method == "GET" and (found.ended_at is not None or found.cancelled_at is not None):
        raise NotVisible
    seated = {seat.person.public_id: seat.person.name for seat in found.seats if seat.left_at is None}
    taken = {seat.person.public_id for seat in found.seats}
    free = {
        each.public_id: each.name
        for each in panel_meetings.who_may_sit(substitutes=True)
        if each.public_id not in taken
    }
    form = SubstituteForm(meta={"seated": seated, "free": free})
    if request.method == "POST" and sent(form, lambda: _substituted(form, found.id)):
        flash(f"The substitute is named. {telling.on_its_way('both')}", "success")
        return redirect(url_for("panel.meeting", public_id=public_id), 303)
    code = 422 if request.method == "POST" else 200
    found = find(public_id)
    page = render_template("panel/substitute.html", form=form, meeting=found, free=free, crumbs=crumbs(found))
    return page, code


def _substituted(form: Any, meeting_id: int) -> None:
    panel_meetings.substitute(
        access.actor(),
        meeting_id,
        posted_version(),
        absent=form.absent.data or "",
        by=form.by.data or "",
        reason=form.reason.data or "",
    )
