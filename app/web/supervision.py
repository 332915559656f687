"""The sheet for a worker's next supervision: what to talk about, and the day it was talked about."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.queries import supervision as queries
from app.queries.recommendations import colour_of
from app.services import records
from app.services import supervision as services
from app.web import access, frame, words
from app.web.panel_setting_up import sent
from app.web.tracker_forms import TalkForm
from app.web.tracker_meetings import due
from app.web.wording import day

bp = Blueprint("supervision", __name__, url_prefix="/supervision")
MOST_OF_ACTION = 60  # beside a box to tick, after the reference and the initials
SUPERVISED = frozenset({"worker", "line_manager", "operational_manager"})
frame.navigation.add("Supervision", "supervision.index", lambda person: bool(person.role_names & SUPERVISED), order=3)


@bp.get("")
@access.signed_in
def index() -> Any:
    """Those whom this person supervises, and his or her own sheet."""
    found = queries.supervised(access.actor(), access.office())
    return render_template(
        "supervision/index.html",
        people=[
            {
                "name": each.person.name,
                "url": url_for("supervision.sheet", public_id=each.person.public_id),
                "reviews": each.reviews,
                "recommendations": each.recommendations,
            }
            for each in found
        ],
        own=url_for("supervision.sheet", public_id=frame.current_person().public_id),
    )


@bp.route("/<public_id>", methods=["GET", "POST"])
@access.signed_in
def sheet(public_id: str) -> Any:
    """What to talk about. Who supervises the worker says on which day it was done."""
    worker = queries.find_worker(access.actor(), access.office(), public_id)
    records_it, worker_id, name = services.may_record(access.actor(), worker), worker.id, worker.name
    found = queries.sheet(access.actor(), access.office(), worker)
    form = TalkForm(things=_things(found))
    if request.method == "GET":
        return _page(found, form if records_it else None, 200)
    new: list[int] = []
    if not sent(form, lambda: new.append(services.record(access.actor(), worker_id, form.talk()))):
        again = queries.sheet(
            access.actor(), access.office(), queries.find_worker(access.actor(), access.office(), public_id)
        )
        return _page(again, form, 422)
    flash(f"The supervision with {name} is recorded." if new[0] else "That was recorded already.", "success")
    return redirect(url_for("supervision.sheet", public_id=public_id), 303)


def _things(found: queries.Sheet) -> dict[str, str]:
    """What can be ticked, by what it is and its public id."""
    initials = found.initials
    reviews = {
        f"review:{each.review.public_id}": f"Review {each.review.reference}, {initials[each.review.child_id]}"
        for each in found.reviews
    }
    rows = {
        f"recommendation:{row.public_id}": " ".join(filter(None, (row.reference, _initials(row, initials), _told(row))))
        for row in (*found.open, *found.changed)
    }
    return {**reviews, **rows}


def _told(row: Any) -> str:
    """As much of it as tells which it is."""
    return shorten(row.action, MOST_OF_ACTION, placeholder="…")


def _initials(row: Any, initials: dict[int, str]) -> str:
    child = row.review.child if row.review else row.child
    return initials[child.id] if child else ""


def _page(found: queries.Sheet, form: TalkForm | None, code: int) -> Any:
    initials, about = found.initials, queries.references(found.talks)
    shown: list[Any] = [*(each.review for each in found.reviews), *found.open, *found.changed]
    body = render_template(
        "supervision/sheet.html",
        worker=found.worker,
        own=found.worker.id == access.actor().id,
        reviews=[_review(each, initials) for each in found.reviews],
        open=[_row(row, initials, found) for row in found.open],
        changed=[_changed(row, initials) for row in found.changed],
        talks=[_talk(each, about) for each in found.talks],
        form=form,
        crumbs=[{"text": "Supervision", "href": url_for("supervision.index")}],
    )
    records.log_views(access.actor(), shown, "page", "supervision sheet")
    return body, code


def _review(each: queries.Issued, initials: dict[int, str]) -> dict[str, Any]:
    review = each.review
    return {
        "reference": review.reference,
        "initials": initials[review.child_id],
        "url": url_for("reviews.show", public_id=review.public_id),
        "issued": day(review.issued_at),
        "theme": review.theme,
        "strengths": [{"part": part, "text": text} for part, text in each.strengths],
    }


def _row(row: Any, initials: dict[int, str], found: queries.Sheet) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "initials": _initials(row, initials),
        "url": url_for("recommendations.show", public_id=row.public_id),
        "action": row.action,
        "effect": row.effect,
        "owner": row.owner.name if row.owner else "Nobody yet",
        "due": due(row),
        "colour": colour_of(row),
        "state": words.RECOMMENDATION[str(row.state)],
        "last": day(found.last_talk.get(row.id)),
    }


def _changed(row: Any, initials: dict[int, str]) -> dict[str, str]:
    """What we changed, in the words for the child or family where somebody wrote them."""
    return {
        "reference": row.reference,
        "initials": _initials(row, initials),
        "url": url_for("recommendations.show", public_id=row.public_id),
        "words": row.family_words,
        "impact": row.impact,
        "told": day(row.family_told_on),
    }


def _talk(each: Any, about: dict[int, str]) -> dict[str, str]:
    return {"on": day(each.held_on), "what": about[each.id] or each.notes, "by": each.recorded_by.name}
