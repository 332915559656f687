"""Running a meeting of the panel: the order of its agenda, who is here, its end, and what was learnt (R4, R5)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from app.policy.rules import may
from app.queries import panel_meetings as queries
from app.queries.reviews import NotVisible
from app.services import panel_meetings
from app.services.unit_of_work import Stale
from app.web import access, asked, panel_agenda
from app.web.actions import posted_version
from app.web.panel_forms import MOST_THEMES, AttendForm, theme_fields, theme_rows, themes_data, themes_form
from app.web.panel_meetings import bp, crumbs, find, part_of, title
from app.web.panel_setting_up import sent
from workflows.permissions import Permission


@bp.post("/meetings/<public_id>/order")
@access.needs(Permission.SET_UP_PANEL)
def order(public_id: str) -> Any:
    """One item up or down, among those this person knows of; what is decided keeps its place."""
    found = find(public_id)
    agenda = queries.agenda(access.actor(), access.office(), found)
    ids = [row.item.public_id for row in agenda.undecided]
    _swap(ids, request.form.get("up", ""), -1)
    _swap(ids, request.form.get("down", ""), 1)
    panel_meetings.order(access.actor(), found.id, posted_version(), ids)
    flash("The agenda is in its new order.", "success")
    return redirect(url_for("panel.meeting", public_id=public_id) + "#agenda", 303)


def _swap(ids: list[str], wanted: str, step: int) -> None:
    if wanted in ids:
        here = ids.index(wanted)
        there = here + step
        if 0 <= there < len(ids):
            ids[here], ids[there] = ids[there], ids[here]


def _runs(public_id: str) -> Any:
    found = find(public_id)
    if not may(access.actor(), Permission.RUN_MEETING, found, access.office()):
        raise NotVisible
    return found


@bp.route("/meetings/<public_id>/attend", methods=["GET", "POST"])
@access.signed_in
def attend(public_id: str) -> Any:
    """Who is here. Saying it the first time begins the meeting."""
    found = _runs(public_id)
    if request.method == "GET" and not panel_agenda.can_attend(found):
        raise NotVisible
    seats = [seat for seat in found.seats if seat.left_at is None]
    here = [seat.person.public_id for seat in seats if str(seat.attendance) == "present"]
    form = AttendForm(
        seated={seat.person.public_id: f"{seat.person.name} ({part_of(found, seat).lower()})" for seat in seats},
        data={"present": here} if request.method == "GET" else None,
    )
    begun, meeting_id = found.started_at is not None, found.id
    if request.method == "POST" and sent(
        form, lambda: panel_meetings.attend(access.actor(), meeting_id, posted_version(), form.present.data or ())
    ):
        flash("Who is here is noted." if begun else "The meeting has begun.", "success")
        return redirect(url_for("panel.meeting", public_id=public_id), 303)
    code = 422 if request.method == "POST" else 200
    page = render_template("panel/attend.html", form=form, meeting=found, begun=begun, crumbs=crumbs(found))
    return page, code


@bp.post("/meetings/<public_id>/end")
@access.signed_in
def end(public_id: str) -> Any:
    """Nothing is left to decide."""
    found = _runs(public_id)
    panel_meetings.end(access.actor(), found.id, posted_version())
    flash("The meeting has ended. The minutes are complete.", "success")
    return redirect(url_for("panel.meeting", public_id=public_id), 303)


# --- themes of moderation -------------------------------------------------------------------------------

SPARE = 1  # an empty row at the end


@bp.route("/meetings/<public_id>/themes", methods=["GET", "POST"])
@access.needs(Permission.SET_UP_PANEL)
def themes(public_id: str) -> Any:
    """What was said again and again, and what was done with it; offered are the themes of the agreed forms (R5)."""
    found = find(public_id)
    if found.started_at is None:
        raise NotVisible
    if request.method == "GET":
        rows = _theme_rows(found)
        return _themes_page(found, themes_form(len(rows))(data=themes_data(rows)), len(rows), 200)
    number = min(max(asked.number(request.form.get("rows"), 1), 1), MOST_THEMES)
    form, meeting_id = themes_form(number)(), found.id
    if "add" in request.form:
        return _themes_page(found, _with_another(form, number), min(number + 1, MOST_THEMES), 200)
    try:
        rows = theme_rows(form, number)
        kept = sent(form, lambda: panel_meetings.keep_themes(access.actor(), meeting_id, rows))
    except Stale as stale:
        return _themes_page(find(public_id), form, number, 409, stale=stale.saved)
    if not kept:
        return _themes_page(find(public_id), form, number, 422)
    flash("The themes are kept.", "success")
    return redirect(url_for("panel.meeting", public_id=public_id), 303)


def _theme_rows(found: Any) -> list[dict[str, str]]:
    """Those kept, those offered and not kept yet, and room for more."""
    kept = [
        {
            "id": row.public_id,
            "version": str(row.version),
            "title": row.title,
            "done": str(row.done) if row.done else "",
            "what": row.what,
        }
        for row in panel_meetings.themes_of(found)
    ]
    agenda = queries.agenda(access.actor(), access.office(), found)
    known = {row["title"].casefold() for row in kept}
    offered = [{"title": text} for text in queries.offered_themes(agenda) if text.casefold() not in known]
    return [*kept, *offered, *({} for _ in range(SPARE))][:MOST_THEMES]


def _with_another(form: Any, number: int) -> Any:
    """The same form with one row more; what was typed stays."""
    rows = theme_rows(form, number)
    return themes_form(min(number + 1, MOST_THEMES))(formdata=None, data=themes_data([*rows, {}]))


def _themes_page(found: Any, form: Any, number: int, code: int, *, stale: Any = None) -> Any:
    page = render_template(
        "panel/themes.html",
        form=form,
        fields=theme_fields(form, number),
        number=number,
        more=number < MOST_THEMES,
        stale=stale,
        meeting_title=title(found),
        meeting=found,
        crumbs=crumbs(found),
    )
    return page, code
