"""Immediate concerns (R6): raising one from any page, and what is done with it.

The page to raise one is open to whoever comes, since the first thing on it is whom to ring; sending it asks for
somebody signed in, and keeps what was typed. It opens nothing of a review: the child's name is shown, to be
confirmed, to those who may see it there already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from wtforms.fields.choices import SelectChoice

from app import clock
from app.policy.concerns import has_gone_up
from app.policy.visibility import Aspect
from app.queries import concerns as queries
from app.queries import reviews
from app.queries.concerns import SeenConcern
from app.queries.reviews import NotVisible, Seen
from app.services import concerns, records, settings
from app.web import access, asked, errors, frame, paging, telling
from app.web.action_forms import NothingForm
from app.web.actions import posted_version, put_errors
from app.web.concern_forms import KIND, STATE, CloseForm, DoneForm, PersonForm, RaiseForm
from app.web.wording import moment, weekday
from forms.base import PlumblineForm, clean_line
from workflows.engine import GuardFailed

bp = Blueprint("concerns", __name__, url_prefix="/concerns")
ANSWERING = frozenset({"head_of_qa", "deputy_qa", "assistant_director"})
frame.header_links.add("Raise a concern", "concerns.raise_concern", visible=frame.anybody)
frame.navigation.add("Concerns", "concerns.index", lambda person: bool(person.role_names & ANSWERING), order=3)

REVIEW_PAGE = re.compile(r"/reviews/([0-9a-f-]{36})(?:/|$)")

# --- raising ------------------------------------------------------------------------------------------------


@bp.route("/raise", methods=["GET", "POST"])
@access.public
def raise_concern() -> Any:
    """Whom to ring first; then the form. It comes with the review it was opened from, where there is one."""
    if frame.current_person() is None:
        return _sign_in_first()
    wanted = _wanted_review()
    seen = _review(wanted)
    form = _raise_form(seen)
    if request.method == "GET":
        return _raise_page(form, seen, 200)
    if wanted and seen is None:
        form.form_errors.append("The review you came from is not open to you now. Send the concern without it.")
        form.validate()
        return _raise_page(form, None, 422)
    public_id = _raised(form, seen) if form.validate() else None
    if public_id is None:
        return _raise_page(form, _review(wanted), 422)
    flash(_reached(form.about_head.answer), "success")
    return redirect(url_for("concerns.show", public_id=public_id), 303)


def _wanted_review() -> str:
    """The public id that the form or the address carries, or that of the review's page one came from."""
    if request.method == "POST":
        return str(clean_line(request.form.get("review", "")))[:36]
    if "review" in request.args:
        return str(clean_line(request.args["review"]))[:36]
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:  # no address at all
        return ""
    found = REVIEW_PAGE.search(came_from.path) if came_from.netloc == request.host else None
    return found.group(1) if found else ""


def _review(public_id: str) -> Seen | None:
    if not public_id:
        return None
    try:
        return reviews.get(access.actor(), access.office(), public_id)
    except NotVisible:
        return None


def _raise_form(seen: Seen | None) -> RaiseForm:
    form = RaiseForm()
    label = settings.load().case_system_label
    form.case_system_id.label.text = f"The child’s {label}, if you know it"
    if seen is None:
        del form.about_review
        return form
    form.case_system_id.label.text = f"If it is another child: the {label}, if you know it"
    question, yes, hint = _which_child(seen, label)
    form.about_review.label.text, form.about_review.description = question, hint
    form.about_review.choices = [
        SelectChoice("yes", f"Yes, it is about {yes}"),
        SelectChoice("no", "No, it is about another child, or about no one child"),
    ]
    return form


def _which_child(seen: Seen, label: str) -> tuple[str, str, str]:
    """(question, the child in the answer, hint): no more than this person may see of the review (R11)."""
    review = seen.review
    if Aspect.IDENTITY in seen.sight:
        child = review.child
        return f"Is it about {child.name}?", child.name, f"{label} {child.case_system_id}, review {review.reference}"
    initials = f", {review.child.initials}" if Aspect.EXISTS in seen.sight else ""
    return f"Is it about the child of review {review.reference}{initials}?", "this child", ""


def _raise_page(form: RaiseForm, seen: Seen | None, code: int) -> Any:
    body = render_template(
        "concerns/raise.html",
        form=form,
        fields=[field for field in form if field.short_name != "csrf_token"],
        review_id=seen.review.public_id if seen else "",
        phone=settings.load().duty_team_phone,
        has_raised=bool(queries.listing(access.actor(), access.office(), "raised").total),
    )
    if seen is not None:
        shown = "name" if Aspect.IDENTITY in seen.sight else "reference"
        records.log_view(access.actor(), seen.review, "page", f"{shown}, raising a concern")
    return body, code


def _raised(form: RaiseForm, seen: Seen | None) -> str | None:
    """The new concern's public id; None where a reason went to its field."""
    about_it = seen is not None and form.about_review.data == "yes"
    new = concerns.NewConcern(
        kind=form.kind.data,
        text=form.text.data or "",
        about_head=form.about_head.answer,
        case_system_id=form.case_system_id.data or "",
        review=seen.review.public_id if seen is not None and about_it else "",
    )
    try:
        return concerns.raise_concern(access.actor(), new)
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return None


def _reached(about_head: bool | None) -> str:
    """R6: at once. Where no message leaves, whoever raises it is not left to believe that somebody was rung up."""
    whom, have = ("the assistant director", "has") if about_head else ("the Head of QA and the deputy", "have")
    if telling.leaves():
        return f"Your concern is raised. {whom[0].upper()}{whom[1:]} {have} been told."
    return f"Your concern is raised. It stands first in My work of {whom}. {telling.on_its_way('them')}"


def _sign_in_first() -> Any:
    """Whom to ring, and the way in. A session that ran out over the form loses nothing typed."""
    sent = request.method == "POST"
    onward = url_for("concerns.raise_concern", review=_wanted_review() or None)
    page = render_template(
        "concerns/sign_in_first.html",
        sign_in_url=url_for("accounts.sign_in", next=onward),
        phone=settings.load().duty_team_phone,
        fields=errors.typed_fields(request.form.items(multi=True)) if sent else [],
        sent=sent,
    )
    return page, 401 if sent else 200


# --- lists --------------------------------------------------------------------------------------------------


@bp.get("")
@access.signed_in
def index() -> Any:
    """Those one handles or was given, open first; and those one raised."""
    actor, office = access.actor(), access.office()
    answers = queries.answers_for_any(actor, office)
    view = "raised" if request.args.get("view") == "raised" or not answers else "mine"
    found = queries.listing(actor, office, view, asked.page())
    return render_template(
        "concerns/index.html",
        heading="Immediate concerns" if answers else "My concerns",
        open_lines=[_line(row) for row in found.rows if str(row.state) != "closed"],
        closed_lines=[_line(row) for row in found.rows if str(row.state) == "closed"],
        views=_views(view) if answers else [],
        paging=paging.links(found, "Concerns", "concerns.index", view=view),
        raised=view == "raised",
        wide=True,
    )


def _views(view: str) -> list[dict[str, Any]]:
    words = {"mine": "To deal with", "raised": "Raised by me"}
    return [
        {"text": text, "href": url_for("concerns.index", view=key), "current": key == view}
        for key, text in words.items()
    ]


def _line(row: Any) -> dict[str, Any]:
    """A reference and what it is about: never a child, never a word of the text (R11)."""
    return {
        "reference": row.reference,
        "url": url_for("concerns.show", public_id=row.public_id),
        "kind": KIND[str(row.kind)],
        "raised": moment(row.raised_at),
        "by": row.raised_by.name,
        "holder": ", ".join(_holders(row)),
        "state": STATE[str(row.state)],
    }


def _holders(row: Any) -> list[str]:
    """Who has it now, by name."""
    if row.acknowledged_by is None and row.about_head:
        return ["The assistant director"]
    if row.acknowledged_by is None:
        first = "The Head of QA and the deputy"
        return [first, "the assistant director"] if has_gone_up(row, clock.now()) else [first]
    return list(dict.fromkeys([row.acknowledged_by.name, *queries.people_it_was_given_to(row).values()]))


# --- one concern --------------------------------------------------------------------------------------------


@bp.get("/<public_id>")
@access.signed_in
def show(public_id: str) -> Any:
    """What was said, what has happened, what this person can do."""
    seen = queries.get(access.actor(), access.office(), public_id)
    row = seen.concern
    offered = concerns.available(access.actor(), row)
    state = str(row.state)
    body = render_template(
        "concerns/show.html",
        row=row,
        kind=KIND[str(row.kind)],
        state=STATE[state],
        danger_now=state != "closed" and str(row.kind) == "child_at_risk",
        phone=settings.load().duty_team_phone,
        deadline=_deadline(seen),
        entries=_entries(seen),
        facts=_facts(seen),
        review_url=_review_url(seen),
        actions=[_button(row, action) for action in offered if not action.reasons],
        crumbs=_crumbs(),
        wide=True,
    )
    _log(seen)
    return body


def _review_url(seen: SeenConcern) -> str:
    """Only for those who may open the review by themselves."""
    review = seen.concern.review
    return url_for("reviews.show", public_id=review.public_id) if review and seen.may_open_review else ""


def _crumbs() -> list[dict[str, str]]:
    return [{"text": "Concerns", "href": url_for("concerns.index")}]


def _log(seen: SeenConcern) -> None:
    """A concern that names a review shows something of it. The log of one about the Head does not say so."""
    row = seen.concern
    if row.review is not None:
        what = "concern" if not row.about_head else "name" if seen.child_name else "reference"
        records.log_view(access.actor(), row.review, "page", what)


def _deadline(seen: SeenConcern) -> str:
    row = seen.concern
    if row.acknowledged_at is not None:
        return ""
    if seen.gone_up:
        return "Nobody acknowledged it on the day it was raised, so it has gone to the assistant director."
    return f"It waits to be acknowledged by the end of {weekday(row.raised_at)}."


def _entries(seen: SeenConcern) -> list[dict[str, Any]]:
    """Each step with its time and its person, in the order they happened."""
    row = seen.concern
    to = "the assistant director" if row.about_head else "the Head of QA and the deputy"
    found = [{"title": "Raised", "at": row.raised_at, "by": row.raised_by.name, "text": f"It went to {to}."}]
    if seen.gone_up:
        found.append({"title": "Went to the assistant director", "at": row.acknowledge_before, "by": "", "text": ""})
    if row.acknowledged_by is not None:
        found.append({"title": "Acknowledged", "at": row.acknowledged_at, "by": row.acknowledged_by.name, "text": ""})
    for each in row.given:
        title = f"Given to {each.person.name}"
        found.append({"title": title, "at": each.given_at, "by": each.given_by.name, "text": ""})
        if each.ended_by is not None:
            back = {"title": f"Taken back from {each.person.name}", "at": each.ended_at, "by": each.ended_by.name}
            found.append({**back, "text": ""})
    if row.acted_on_by is not None:
        found.append({"title": "Acted on", "at": row.acted_on_at, "by": row.acted_on_by.name, "text": row.done})
    if row.closed_by is not None:
        words = f"{row.outcome}\n\nOn the case record: {row.recorded_where}"
        found.append({"title": "Closed", "at": row.closed_at, "by": row.closed_by.name, "text": words})
    return sorted(found, key=lambda entry: entry["at"])


def _facts(seen: SeenConcern) -> list[dict[str, str]]:
    row, label = seen.concern, settings.load().case_system_label
    rows = [
        ("Raised by", row.raised_by.name),
        ("About the Head of QA", "Yes" if row.about_head else "No"),
        ("Child", seen.child_name or seen.child_initials),
        (label, seen.child_id),
        (f"{label}, as typed", row.case_system_id),
        ("Review", row.review.reference if row.review else ""),
        ("With", ", ".join(_holders(row))),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


# --- what is done with it -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Action:
    """What one action asks for, says first, and says afterwards."""

    form: type[PlumblineForm]
    label: str
    done: str
    about: str = ""
    style: str = "secondary"


ACTIONS = {
    "acknowledge": Action(
        NothingForm, "Acknowledge", "You have acknowledged the concern. The person who raised it has been told.",
        "Acknowledging says that you have read it and that you will see to it.", "primary",
    ),
    "act": Action(
        DoneForm, "Record what was done", "What was done is recorded. The person who raised it has been told.",
        style="primary",
    ),
    "close": Action(
        CloseForm, "Close the concern", "The concern is closed. The person who raised it has been told.",
        style="primary",
    ),
    "give": Action(
        PersonForm, "Give it to somebody", "It is given. The person has been told.",
        "The person you choose reads the whole concern from now on, and may record what was done. "
        "Do not choose somebody it is about.",
    ),
    "take_back": Action(
        PersonForm, "Take it back from somebody", "It is taken back.",
        "The person no longer sees the concern. That it was given stays in its history.",
    ),
}  # fmt: skip


def _button(row: Any, action: Any) -> dict[str, Any]:
    """Acknowledging is one click, since the concern has just been read; the rest asks for something."""
    at_once = action.trigger == "acknowledge"
    return {
        "name": action.trigger,
        "label": action.label,
        "url": url_for("concerns.do", public_id=row.public_id, action=action.trigger),
        "method": "post" if at_once else "get",
        "version": row.version if at_once else None,
        "style": ACTIONS[action.trigger].style,
        "explanation": ACTIONS[action.trigger].about if at_once else "",
    }


@bp.route("/<public_id>/do/<action>", methods=["GET", "POST"])
@access.signed_in
def do(public_id: str, action: str) -> Any:
    """Ask for what the action needs; take it; say what happened. Refusals name their field."""
    seen = queries.get(access.actor(), access.office(), public_id)
    wanted = ACTIONS.get(action)
    offered = concerns.available(access.actor(), seen.concern)
    open_now = {each.trigger for each in offered if not each.reasons}
    if wanted is None or (request.method == "GET" and action not in open_now):
        raise NotVisible
    if action not in {each.trigger for each in offered}:
        return errors.refused_page([errors.NOT_NOW], url_for("concerns.show", public_id=public_id))
    form = wanted.form(meta={"people": _people(seen, action), "names": {}})
    if request.method == "POST" and form.validate() and _taken(seen, action, form):
        flash(wanted.done, "success")
        return redirect(url_for("concerns.show", public_id=public_id), 303)
    if request.method == "POST":
        seen = queries.get(access.actor(), access.office(), public_id)
    return _action_page(seen, wanted, form, 422 if request.method == "POST" else 200)


def _people(seen: SeenConcern, action: str) -> dict[str, str]:
    if action == "give":
        return queries.people_to_give_to(seen.concern, access.office())
    return queries.people_it_was_given_to(seen.concern) if action == "take_back" else {}


def _taken(seen: SeenConcern, action: str, form: PlumblineForm) -> bool:
    given = {field.short_name: field.data for field in form if field.short_name != "csrf_token"}
    try:
        getattr(concerns, action)(access.actor(), seen.concern.id, posted_version(), **given)
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return False
    return True


def _action_page(seen: SeenConcern, wanted: Action, form: PlumblineForm, code: int) -> Any:
    row = seen.concern
    body = render_template(
        "concerns/action.html",
        row=row,
        kind=KIND[str(row.kind)],
        wanted=wanted,
        form=form,
        fields=[field for field in form if field.short_name != "csrf_token"],
        crumbs=[*_crumbs(), {"text": row.reference, "href": url_for("concerns.show", public_id=row.public_id)}],
    )
    _log(seen)
    return body, code
