"""Before a tracker meeting: one's own recommendations, and which of them to bring up to date first."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, url_for

from app.queries import recommendations
from app.queries import tracker_meetings as queries
from app.queries.initials import told_apart
from app.queries.recommendations import colour_of
from app.queries.reviews import NotVisible
from app.services import recommendations as services
from app.services import records
from app.services.unit_of_work import Stale
from app.web import access, words
from app.web.actions import posted_version
from app.web.frame import errors_of
from app.web.panel_setting_up import sent
from app.web.tracker_forms import ProgressForm
from app.web.tracker_meetings import bp, counted, crumbs, due, find
from app.web.tracker_planning import here
from app.web.wording import moment


def _meeting(public_id: str) -> Any:
    meeting = find(public_id)
    if not queries.prepares(access.actor(), meeting):
        raise NotVisible
    return meeting


@bp.get("/meetings/<public_id>/prepare")
@access.signed_in
def prepare(public_id: str) -> Any:
    """Your 9 recommendations, update these 4."""
    return _page(_meeting(public_id), {}, 200)


@bp.post("/meetings/<public_id>/prepare/<recommendation>")
@access.signed_in
def prepared(public_id: str, recommendation: str) -> Any:
    """A few words of progress on one of them, without leaving the page."""
    _meeting(public_id)
    row = recommendations.get(access.actor(), access.office(), recommendation)
    form, row_id = ProgressForm(prefix=row.public_id), row.id

    def take() -> None:
        given = {"text": form["text"].data or "", "forecast": form.forecast.data or None}
        services.act(access.actor(), row_id, "progress", posted_version(), given)

    try:
        done = sent(form, take)
    except Stale:
        if recommendation not in {each.row.public_id for each in _own()}:
            raise  # not this person's any more: the page for that shows what was typed
        return _page(find(public_id), {recommendation: form}, 409, stale=recommendation)
    if not done:
        return _page(find(public_id), {recommendation: form}, 422)
    flash("Progress is recorded.", "success")
    return here(public_id, "prepare")


def _page(meeting: Any, typed: dict[str, ProgressForm], code: int, *, stale: str = "") -> Any:
    found = queries.preparation(access.actor(), access.office())
    number = len(found.own)
    children = [child for each in found.own if (child := _child(each.row))]
    initials = told_apart([*children, *(child for row in found.of_others if (child := _child(row)))])
    cards = [_card(each, initials, typed) for each in found.own]
    body = render_template(
        "tracker/prepare.html",
        meeting=meeting,
        number=number,
        sentence=_sentence(number, len(found.to_update)),
        update=[card for card in cards if card["why"] or card["public_id"] in typed],
        rest=[card for card in cards if not card["why"] and card["public_id"] not in typed],
        others=[{**_line(row, initials), "owner": row.owner.name if row.owner else ""} for row in found.of_others],
        wrong=[each for form in typed.values() for each in errors_of(form)],
        stale=stale,
        crumbs=crumbs(meeting),
    )
    records.log_views(access.actor(), _all(found), "page", "tracker preparation")
    return body, code


def _own() -> list[queries.ToPrepare]:
    return queries.preparation(access.actor(), access.office()).own


def _all(found: queries.Preparation) -> list[Any]:
    return [*(each.row for each in found.own), *found.of_others]


def _child(row: Any) -> Any:
    return row.review.child if row.review else row.child


def _sentence(number: int, stale: int) -> str:
    if not number:
        return "You own no open recommendation: there is nothing to prepare."
    if not stale:
        return f"You own {counted(number)}, and each is up to date."
    return f"You own {counted(number)}. Update {'this one' if stale == 1 else f'these {stale}'} before the meeting."


def _line(row: Any, initials: dict[int, str]) -> dict[str, Any]:
    child = _child(row)
    return {
        "reference": row.reference,
        "initials": initials[child.id] if child else "",
        "url": url_for("recommendations.show", public_id=row.public_id),
        "action": row.action,
        "due": due(row),
        "colour": colour_of(row),
        "state": words.RECOMMENDATION[str(row.state)],
    }


def _card(each: queries.ToPrepare, initials: dict[int, str], typed: dict[str, ProgressForm]) -> dict[str, Any]:
    row = each.row
    writes = str(row.state) == "in_progress"
    fresh = ProgressForm(formdata=None, prefix=row.public_id) if writes else None
    return {
        **_line(row, initials),
        "public_id": row.public_id,
        "version": row.version,
        "why": each.why,
        "last": f"Last said on {moment(each.last)}" if each.last else "",
        "form": typed.get(row.public_id, fresh) if writes else None,
        "instead": "" if writes else _instead(row),
    }


def _instead(row: Any) -> str:
    """What is done on its own page before progress can be written."""
    return "Start the work" if row.accepted_at is not None else "Accept or dispute it, then start"
