"""One recommendation at the tracker meeting: it fills a shared screen, and what is said of it is written beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for

from app.queries import tracker_meetings as queries
from app.queries.recommendations import FORECASTS, colour_of
from app.queries.recorded_steps import last_saved
from app.services import records, tracker_items
from app.services.unit_of_work import Stale
from app.web import access, asked, errors, words
from app.web.actions import put_errors
from app.web.frame import errors_of
from app.web.recommendation_words import LABELS, source
from app.web.tracker_forms import ItemForm
from app.web.tracker_meetings import crumbs, said_tag, title
from app.web.wording import clock_time, day
from workflows.engine import GuardFailed

bp = Blueprint("tracker_item", __name__, url_prefix="/tracker/items/<public_id>")
TEXTS = (*tracker_items.TEXTS, "new_due_reason")
LABEL = {**tracker_items.TEXTS, "new_due_reason": "Why the date moves"}


@bp.route("", methods=["GET", "POST"])
@access.signed_in
def show(public_id: str) -> Any:
    """Read it and write what is said; it saves itself. Recorded, it goes into the recommendation's history."""
    item = queries.find_item(access.actor(), access.office(), public_id)
    if request.method == "GET":
        return _page(item, ItemForm(formdata=None, obj=item), 200)
    form = ItemForm()
    wrong = not form.validate()
    if any(form[name].errors for name in (*TEXTS, "forecast")):
        return _not_saved(item, form)
    recording = "record" in request.form and not (wrong or errors.wants_json())
    item_id, version = item.id, asked.version()
    here = _Here(public_id, item.recommendation.reference, item.meeting_id, item.meeting.public_id)
    try:
        kept = tracker_items.save(access.actor(), item_id, form.note(), expected_version=version, record=recording)
    except Stale as stale:
        return _stale(public_id, form, stale)
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return _not_saved(queries.find_item(access.actor(), access.office(), public_id), form)
    return _saved(here, form, kept, recorded=recording)


@dataclass(frozen=True)
class _Here:
    """Where one is, for the way on after a save: nothing is read for it again."""

    public_id: str
    reference: str
    meeting_id: int
    meeting: str


def _not_saved(item: Any, form: ItemForm) -> Any:
    if errors.wants_json():
        return jsonify(message=" ".join(each["text"] for each in errors_of(form))), 422
    return _page(item, form, 422, version=asked.version())


def _saved(here: _Here, form: ItemForm, kept: tracker_items.Saved, *, recorded: bool) -> Any:
    wrong = errors_of(form)
    if errors.wants_json():
        answer = {"version": kept.version, "saved_at": clock_time(kept.at), "problems": [e["text"] for e in wrong]}
        return jsonify(answer)
    if wrong:
        return _page(queries.find_item(access.actor(), access.office(), here.public_id), form, 422)
    follows = _next(here) if recorded or "next" in request.form else here.public_id
    said = f"{here.reference} is recorded." if recorded else "What you wrote is saved."
    flash(said if follows else f"{said} It was the last on the agenda.", "success")
    if not follows:
        return redirect(url_for("tracker.meeting", public_id=here.meeting), 303)
    return redirect(url_for("tracker_item.show", public_id=follows), 303)


def _next(here: _Here) -> str:
    """The one after, among those this person knows of; nothing after the last."""
    order = queries.order_of(access.actor(), access.office(), here.meeting_id)
    at = order.index(here.public_id) + 1 if here.public_id in order else len(order)
    return order[at] if at < len(order) else ""


# --- the page -------------------------------------------------------------------------------------------


def _page(item: Any, form: ItemForm, code: int, *, version: int | None = None) -> Any:
    row, meeting = item.recommendation, item.meeting
    items = queries.agenda(access.actor(), access.office(), meeting)
    here, initials = [each.id for each in items].index(item.id), queries.initials_of(items)
    open_now = meeting.started_at is not None and meeting.ended_at is None
    steers = queries.steers(access.actor(), access.office(), item)
    heard = queries.said_to(access.actor(), access.office(), items)
    body = render_template(
        "tracker/item.html",
        item=item,
        row=row,
        meeting=meeting,
        form=form,
        version=item.version if version is None else version,
        initials=initials[item.recommendation_id],
        place=f"{here + 1} of {len(items)}",
        meeting_title=title(meeting),
        said=said_tag(item),
        colour=colour_of(row),
        state=words.RECOMMENDATION[str(row.state)],
        facts=_facts(row),
        before=_url(items[here - 1]) if here else "",
        after=_url(items[here + 1]) if here + 1 < len(items) else "",
        entries=[_entry(*each) for each in queries.last_entries(access.actor(), access.office(), row)],
        writes=open_now and steers and queries.can_be_talked_about(item),
        why_not=_why_not(item, steers=steers, heard=item.id in heard),
        written=_written(item) if item.id in heard else [],
        so_far=[_minute(each, initials, heard) for each in items if each.discussed_at is not None],
        crumbs=crumbs(meeting),
        wide=True,
    )
    records.log_view(access.actor(), row, "page", "tracker item")
    return body, code


def _url(item: Any) -> str:
    return url_for("tracker_item.show", public_id=item.public_id)


def _facts(row: Any) -> list[dict[str, str]]:
    rows = [
        ("Owner", row.owner.name if row.owner else "Nobody yet"),
        ("Due", day(row.due_on) if row.due_on else "No date"),
        ("First due", day(row.first_due_on) if row.first_due_on and row.first_due_on != row.due_on else ""),
        ("Impact to be checked by", day(row.impact_due_on) if row.impact_due_on else ""),
        ("Verifier", row.verifier.name if row.verifier else "Nobody yet"),
        ("Plan", row.plan),
        ("Source", source(row)),
        ("Level", words.LEVEL[str(row.level)]),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def _entry(entry: Any, reads: bool) -> dict[str, Any]:
    """Where the words are not this person's to read, that something happened and when."""
    happened = {"title": LABELS.get(entry.action, entry.action), "at": entry.at}
    return {**happened, "by": entry.person.name, "text": entry.text} if reads else happened


def _why_not(item: Any, *, steers: bool, heard: bool) -> str:
    """Why nothing can be written here now."""
    if not heard:
        return "What is said of it at the meeting is for its owner and its verifier."
    row, meeting = item.recommendation, item.meeting
    if meeting.cancelled_at is not None:
        return "The meeting was cancelled."
    if meeting.ended_at is not None:
        return "The meeting has ended: its minutes are fixed."
    if not queries.can_be_talked_about(item):
        how = words.OUTCOME[str(row.outcome)][0] if row.outcome else words.RECOMMENDATION[str(row.state)][0]
        return f"Settled since the agenda was made: {how}. {row.impact}".strip()
    if not steers:
        return "What is said of it is written by whoever does the Head of QA’s work on it."
    return "The meeting has not begun: say first who is here." if meeting.started_at is None else ""


def _written(item: Any) -> list[dict[str, str]]:
    """What was written of it, to read."""
    forecast = FORECASTS[str(item.forecast)].word if item.forecast else ""
    rows = [
        ("Progress", item.progress),
        ("Evidence", item.evidence),
        ("Impact heard", item.impact),
        ("Forecast", forecast),
        ("Decision", item.decision),
        ("What comes next", item.next_step),
        ("New date", day(item.new_due_on)),
        ("Why the date moves", item.new_due_reason),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


NOT_SO_FAR = ("Evidence", "Why the date moves")


def _minute(item: Any, initials: dict[int, str], heard: frozenset[int]) -> dict[str, Any]:
    """One line of the minutes as they build."""
    return {
        "url": _url(item),
        "reference": item.recommendation.reference,
        "initials": initials[item.recommendation_id],
        "rows": [row for row in _written(item) if row["key"] not in NOT_SO_FAR] if item.id in heard else [],
    }


# --- two people at once ---------------------------------------------------------------------------------


def _stale(public_id: str, form: ItemForm, stale: Stale) -> Any:
    """Both texts side by side; keeping mine is a deliberate save on top of the other."""
    saved, address = stale.saved, url_for("tracker_item.show", public_id=public_id)
    by, at = last_saved(saved)
    fields = [errors.StaleField(name, LABEL[name], form[name].data or "", getattr(saved, name)) for name in TEXTS]
    return errors.stale_page(
        [*fields, _stale_forecast(form, saved), *_stale_date(form, saved)],
        version=saved.version,
        action=address,
        saved_by=by,
        saved_at=at,
        back_url=address,
        without=("record", "next", "save"),  # keeping one's words is not yet recording them
    )


def _stale_forecast(form: ItemForm, saved: Any) -> errors.StaleField:
    mine, theirs = form.forecast.data or "", str(saved.forecast or "")
    known = {key: colour.word for key, colour in FORECASTS.items()}
    return errors.StaleField(
        "forecast", "Forecast", mine, theirs, False, known.get(mine, ""), known.get(theirs, "Nothing chosen")
    )


def _stale_date(form: ItemForm, saved: Any) -> list[errors.StaleField]:
    """The three boxes are carried together; what differs is shown once, as a day in words."""
    mine, theirs = form.new_due_on.data, saved.new_due_on
    boxes = [(f"new_due_on-{box}", str(value)) for box, value in form.new_due_on.typed.items()]
    first, *rest = boxes
    shown = errors.StaleField(
        first[0],
        "New date",
        first[1],
        first[1] if mine == theirs else f"{theirs}",
        False,
        day(mine) or "No new date",
        day(theirs) or "No new date",
    )
    return [shown, *(errors.StaleField(name, "", value, value) for name, value in rest)]
