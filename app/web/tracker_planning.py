"""A tracker meeting planned, changed, called off; its agenda; who is here; its notes and its end (R4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from app.policy.tracker import of_tracker
from app.queries import tracker_meetings as queries
from app.queries.people import names_told_apart
from app.queries.reviews import NotVisible
from app.services import tracker_items, tracker_meetings
from app.services.unit_of_work import Stale
from app.web import access, action_forms, asked, errors, telling
from app.web.actions import posted_version
from app.web.panel_setting_up import sent
from app.web.tracker_forms import AddForm, AdditionForm, AttendForm, BuildForm, MeetingForm, NotesForm
from app.web.tracker_meetings import bp, by_owner, counted, crumbs, facts, find, title
from workflows.permissions import Permission

ASKED = "everybody asked"
USUAL = {"weeks": "4", "ask_owners": ["yes"]}  # chosen already when an agenda is begun


def here(public_id: str, place: str = "meeting") -> Any:
    """Back to a page of the meeting."""
    return redirect(url_for(f"tracker.{place}", public_id=public_id), 303)


# --- planning -------------------------------------------------------------------------------------------


@bp.route("/meetings/new", methods=["GET", "POST"])
@access.needs(Permission.RUN_TRACKER)
def plan() -> Any:
    """A new meeting. The operational managers are ticked, and who was asked last time; the day is nobody's to guess."""
    usual = tracker_meetings.usual_people()
    begin = {"people": usual} if request.method == "GET" else None
    form = MeetingForm(people=_offered(usual), data=begin)
    if request.method == "GET":
        return _plan_page(form, None, 200)
    made: list[str] = []
    if not sent(form, lambda: made.append(tracker_meetings.plan(access.actor(), form.plan()))):
        return _plan_page(form, None, 422)
    flash(
        f"The meeting is planned. {telling.on_its_way(ASKED)} Now choose what is on the agenda.",
        "success",
    )
    return here(made[0], "agenda")


ONLY_WORKERS = frozenset({"worker"})


def _offered(asked_already: Sequence[str]) -> dict[str, str]:
    """Managers and the office; a worker is asked as the owner of something on the agenda."""
    found = tracker_meetings.who_may_come()
    offered = {
        each.public_id: each.name
        for each in found
        if each.role_names != ONLY_WORKERS or each.public_id in asked_already
    }
    return names_told_apart(offered)


@bp.route("/meetings/<public_id>/change", methods=["GET", "POST"])
@access.needs(Permission.RUN_TRACKER)
def change(public_id: str) -> Any:
    """Another day, place or people. Where somebody changed it meanwhile both are shown, and nothing typed is lost."""
    meeting = find(public_id)
    _only_before(meeting)
    people = {row.person.public_id: row.person.name for row in meeting.people}
    begin = {"held_on": meeting.held_on, "place": meeting.place, "people": list(people)}
    offered = _offered(list(people))
    offered |= {key: name for key, name in people.items() if key not in offered}
    form = MeetingForm(people=offered, data=begin if request.method == "GET" else None)
    if request.method == "GET":
        return _plan_page(form, meeting, 200)
    meeting_id = meeting.id
    try:
        done = sent(form, lambda: tracker_meetings.change(access.actor(), meeting_id, posted_version(), form.plan()))
    except Stale:
        return _plan_page(form, find(public_id), 409, stale=True)
    if not done:
        return _plan_page(form, find(public_id), 422)
    flash(f"The meeting is changed. {telling.on_its_way(ASKED)}", "success")
    return here(public_id)


def _only_before(meeting: Any) -> None:
    """The page of a meeting that began is not there; what is sent to it says why it cannot be done."""
    if request.method == "GET" and (meeting.started_at is not None or meeting.cancelled_at is not None):
        raise NotVisible


def _plan_page(form: MeetingForm, meeting: Any, code: int, *, stale: bool = False) -> Any:
    version = posted_version() if meeting is not None and code == 422 else meeting.version if meeting else 0
    page = render_template(
        "tracker/plan.html",
        form=form,
        meeting=meeting,
        version=version,
        stands=facts(meeting) if stale else [],
        crumbs=crumbs(meeting),
    )
    return page, code


@bp.route("/meetings/<public_id>/cancel", methods=["GET", "POST"])
@access.needs(Permission.RUN_TRACKER)
def cancel(public_id: str) -> Any:
    """It will not be held; what is on its agenda stays open."""
    meeting = find(public_id)
    _only_before(meeting)
    form, meeting_id = action_forms.NothingForm(), meeting.id
    if request.method == "POST" and sent(
        form, lambda: tracker_meetings.cancel(access.actor(), meeting_id, posted_version())
    ):
        flash(f"The meeting is cancelled. {telling.on_its_way(ASKED)}", "success")
        return here(public_id)
    page = render_template("tracker/cancel.html", form=form, meeting=meeting, crumbs=crumbs(meeting))
    return page, 422 if request.method == "POST" else 200


# --- the agenda -----------------------------------------------------------------------------------------


def _to_order(public_id: str) -> Any:
    """The meeting, for who may put something on its agenda."""
    meeting = find(public_id)
    if not of_tracker(access.actor(), access.office()):
        raise NotVisible
    return meeting


@bp.get("/meetings/<public_id>/agenda")
@access.signed_in
def agenda(public_id: str) -> Any:
    """What is on it by owner, and what could be."""
    meeting = _to_order(public_id)
    if meeting.ended_at is not None or meeting.cancelled_at is not None:
        raise NotVisible
    return _agenda_page(meeting, BuildForm(formdata=None, data=USUAL), AddForm(formdata=None), 200)


def _agenda_page(meeting: Any, build: BuildForm, add: AddForm, code: int) -> Any:
    items = queries.agenda(access.actor(), access.office(), meeting)
    steered = {item.public_id for item in items if queries.steers(access.actor(), access.office(), item)}
    order = [item.public_id for item in items]
    page = render_template(
        "tracker/agenda.html",
        meeting=meeting,
        title=title(meeting),
        build=build,
        add=add,
        owners=by_owner(items),
        steered=steered,
        first=order[:1],
        last=order[-1:],
        crumbs=crumbs(meeting),
    )
    return page, code


@bp.post("/meetings/<public_id>/agenda/build")
@access.signed_in
def build(public_id: str) -> Any:
    """Everything that is due for a look, at once."""
    meeting = _to_order(public_id)
    form, meeting_id = BuildForm(), meeting.id
    done: list[tuple[int, int]] = []

    def take() -> None:
        weeks, owners = asked.number(form.weeks.data, 4), bool(form.ask_owners.data)
        made = tracker_items.build(access.actor(), meeting_id, posted_version(), weeks=weeks, ask_owners=owners)
        done.append(made)

    if not sent(form, take):
        return _agenda_page(find(public_id), form, AddForm(formdata=None), 422)
    added, left = done[0]
    room = f" There is no room for {left:,} more: an agenda holds {tracker_items.MOST}." if left else ""
    flash(f"{counted(added)} added.{room}" if added else f"Nothing new is due for a look.{room}", "success")
    return here(public_id, "agenda")


@bp.post("/meetings/<public_id>/agenda/add")
@access.signed_in
def add(public_id: str) -> Any:
    """One more."""
    meeting = _to_order(public_id)
    form, meeting_id = AddForm(), meeting.id
    given = form.reference.data or ""
    if not sent(form, lambda: tracker_items.add(access.actor(), meeting_id, posted_version(), given)):
        build_form = BuildForm(formdata=None, data=USUAL)
        return _agenda_page(find(public_id), build_form, form, 422)
    flash("It is on the agenda.", "success")
    return here(public_id, "agenda")


@bp.post("/meetings/<public_id>/agenda/order")
@access.signed_in
def order(public_id: str) -> Any:
    """One up, down or off, among those this person knows of."""
    meeting = _to_order(public_id)
    if wanted := request.form.get("remove", ""):
        tracker_items.remove(access.actor(), meeting.id, posted_version(), wanted)
        flash("It is off the agenda. The recommendation is as it was.", "success")
        return here(public_id, "agenda")
    ids = [item.public_id for item in queries.agenda(access.actor(), access.office(), meeting)]
    _swap(ids, request.form.get("up", ""), -1)
    _swap(ids, request.form.get("down", ""), 1)
    tracker_items.order(access.actor(), meeting.id, posted_version(), ids)
    return here(public_id, "agenda")


def _swap(ids: list[str], wanted: str, step: int) -> None:
    at = ids.index(wanted) if wanted in ids else -1
    there = at + step
    if at >= 0 and 0 <= there < len(ids):
        ids[at], ids[there] = ids[there], ids[at]


# --- at the meeting -------------------------------------------------------------------------------------


@bp.route("/meetings/<public_id>/attend", methods=["GET", "POST"])
@access.needs(Permission.RUN_TRACKER)
def attend(public_id: str) -> Any:
    """Who is here. Saying it the first time begins the meeting."""
    meeting = find(public_id)
    if request.method == "GET" and (meeting.ended_at is not None or meeting.cancelled_at is not None):
        raise NotVisible
    present = [row.person.public_id for row in meeting.people if row.present]
    rows = sorted(meeting.people, key=lambda row: row.person.name)
    people = names_told_apart({row.person.public_id: row.person.name for row in rows})
    form = AttendForm(people=people, data={"present": present} if request.method == "GET" else None)
    begun, meeting_id = meeting.started_at is not None, meeting.id
    if request.method == "POST" and sent(
        form, lambda: tracker_meetings.attend(access.actor(), meeting_id, posted_version(), form.present.data or ())
    ):
        flash("Who is here is noted." if begun else "The meeting has begun.", "success")
        return here(public_id)
    code = 422 if request.method == "POST" else 200
    meeting = find(public_id)
    page = render_template("tracker/attend.html", form=form, meeting=meeting, begun=begun, crumbs=crumbs(meeting))
    return page, code


@bp.post("/meetings/<public_id>/end")
@access.needs(Permission.RUN_TRACKER)
def end(public_id: str) -> Any:
    """The minutes are fixed from now on."""
    tracker_meetings.end(access.actor(), find(public_id).id, posted_version())
    flash("The meeting has ended. The minutes are fixed.", "success")
    return here(public_id)


@bp.route("/meetings/<public_id>/notes", methods=["GET", "POST"])
@access.needs(Permission.RUN_TRACKER)
def notes(public_id: str) -> Any:
    """While it is on, the notes; once it has ended, what is added to them."""
    meeting = find(public_id)
    if request.method == "GET" and meeting.started_at is None:
        raise NotVisible
    ended, meeting_id = meeting.ended_at is not None, meeting.id
    form: Any = AdditionForm() if ended else NotesForm(data={"text": meeting.notes})
    keep = tracker_meetings.add_to_minutes if ended else tracker_meetings.keep_notes
    if request.method == "GET":
        return _notes_page(meeting, form, 200)
    try:
        done = sent(form, lambda: keep(access.actor(), meeting_id, posted_version(), form.text.data or ""))
    except Stale as stale:
        return _notes_stale(stale, form, public_id)
    if not done:
        return _notes_page(find(public_id), form, 422)
    flash("It is added to the minutes." if ended else "The notes are kept.", "success")
    return here(public_id)


def _notes_page(meeting: Any, form: Any, code: int) -> Any:
    page = render_template("tracker/notes.html", form=form, meeting=meeting, crumbs=crumbs(meeting))
    return page, code


def _notes_stale(stale: Stale, form: Any, public_id: str) -> Any:
    address = url_for("tracker.notes", public_id=public_id)
    fields = [errors.StaleField("text", "Notes", yours=form.text.data or "", saved=stale.saved.notes)]
    return errors.stale_page(fields, version=stale.saved.version, action=address, back_url=address)
