"""An action on a review that asks for a little: its page, then the service, then back to the review."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for

from app.policy.visibility import Aspect
from app.queries import reviews, supervision
from app.queries.reviews import NotVisible, Seen
from app.services import drafting, issuing, moderation, panel_items, planning, review_facts, steps
from app.services.form_versions import template_of
from app.web import access, asked, review_pages
from app.web import action_forms as forms
from app.web.panel_choices import meeting_choices
from forms.base import PlumblineForm
from workflows.engine import GuardFailed

bp = Blueprint("actions", __name__, url_prefix="/reviews/<public_id>")

Service = Callable[..., None]


@dataclass(frozen=True)
class Action:
    """One action's page: what it asks, which service takes it, what is said before and afterwards."""

    form: type[PlumblineForm]
    take: Service
    done: str
    about: str = ""
    warning: bool = False


ACTIONS: dict[str, Action] = {
    "start": Action(
        forms.NothingForm, planning.start, "The review has started.",
        "The review date is today. The child's status, the worker, the line manager and the six months you look "
        "back on are fixed at this day.",
    ),
    "share": Action(
        forms.NothingForm, drafting.share, "The draft is shared. The worker and the line manager have been told.",
        "The worker and the line manager can read the draft and respond to each section. You can still amend it.",
    ),
    "amend": Action(
        forms.NothingForm, drafting.amend, "Your amendments are shown.",
        "The worker and the line manager will see what you changed, marked in the text.",
    ),
    "take_back": Action(
        forms.ReasonForm, drafting.take_back, "The draft is back with you.",
        "For a redraft. Small amendments can be made in place, without taking it back.",
    ),
    "submit": Action(
        forms.NothingForm, drafting.submit, "The review is with the Head of QA.",
        "You cannot change the review after this, unless it is returned to you.",
    ),
    "return": Action(
        forms.ReasonForm, moderation.return_to_reviewer, "The review is returned to the reviewer.",
        "The reviewer reads your reason, and those you gave for single sections.",
    ),
    "agree_without_panel": Action(
        forms.ReasonForm, moderation.agree_without_panel, "The grades are final. Now issue the review.",
        "The grades become final and the recommendations are raised. The reason is kept.",
    ),
    "refer_to_panel": Action(
        forms.NothingForm, panel_items.refer, "The review is before the panel, and its members are invited to read.",
        "Each member reads alone and grades alone. Who is in conflict is out of it and told nothing.",
    ),
    "send_back": Action(
        forms.ReasonForm, panel_items.send_back, "The review is sent back to the reviewer.",
        "It leaves the agenda undecided. The readings are kept; the members read the redraft when it comes back.",
    ),
    "reopen_decision": Action(
        forms.ReasonForm, panel_items.reopen_decision, "The decision is reopened.",
        "The first decision and its record are kept, and the recommendations run on until the panel changes them.",
    ),
    "issue": Action(
        forms.IssueForm, issuing.issue, "The review is issued.",
        "From now on the reviewer, the worker and the line manager read the final review, and the owners of the "
        "recommendations find them under My work.",
    ),
    "record_upload": Action(forms.UploadForm, issuing.record_upload, "The upload date is kept."),
    "record_supervision": Action(forms.SupervisionForm, issuing.record_supervision, "The supervision date is kept."),
    "close": Action(
        forms.NothingForm, issuing.close, "The review is closed.",
        "Nothing is left to be done on it. It stays readable, and the Head of QA can reopen it with a reason.",
    ),
    "correct": Action(
        forms.CorrectionForm, issuing.correct, "The correction is added; everyone who had the review is told.",
        "An issued review is never changed: the correction is added to it.",
    ),
    "reopen": Action(forms.ReasonForm, issuing.reopen, "The review is open again."),
    "reopen_moderation": Action(
        forms.ReasonForm, moderation.reopen, "The review is back in first moderation.",
        "The first decision and its record are kept, and the recommendations run on until changed. The review is "
        "decided and issued anew.",
    ),
    "reassign": Action(
        forms.ReassignForm, planning.reassign, "The review is reassigned.",
        "The draft and who wrote it are kept; the new reviewer declares first, and gives every grade anew.",
    ),
    "withdraw": Action(
        forms.ReasonForm, issuing.withdraw, "The review is withdrawn.",
        "The review leaves the programme. What was written is kept, and only the Head of QA sees it.", warning=True,
    ),
}  # fmt: skip
LISTED = ("refer_to_panel", "reopen_decision")  # they choose the meeting it goes to
CONFIRM_NAME = ("withdraw", "record_upload")  # R11: the name is shown before these


@bp.route("/do/<action>", methods=["GET", "POST"])
@access.signed_in
def do(public_id: str, action: str) -> Any:
    """Ask for what the action needs; take it; say what happened. Refusals name their field."""
    seen = review_pages.find(public_id)
    wanted = ACTIONS.get(action)
    offered = {each.trigger: each for each in steps.available(access.actor(), seen.review)}
    if wanted is None or (action not in offered and request.method == "GET"):
        raise NotVisible
    if action not in offered:
        steps.refuse(access.actor(), seen.review, action)
    form = _form(seen, action, wanted)
    if request.method == "POST":
        if form.validate() and _taken(seen, wanted, form):
            flash(wanted.done, "success")
            return redirect(_after(public_id, action), 303)
        return _page(seen, action, wanted, form, offered, 422)
    return _page(seen, action, wanted, form, offered, 200)


def _form(seen: Seen, action: str, wanted: Action) -> PlumblineForm:
    kind = wanted.form
    if action == "return":
        template = template_of(seen.review.form_version)
        kind = forms.return_form([(part.key, part.title) for part in template.parts])
    if action in LISTED:
        kind = forms.meeting_form(meeting_choices(seen.review), reason=action == "reopen_decision")
    if action == "issue" and review_facts.changed_since_read(seen.review):
        kind = forms.IssueChangedForm
    return kind(meta={"people": _people(action), "names": {}}, data=_known(seen, action))


def _known(seen: Seen, action: str) -> dict[str, Any]:
    """The day the line manager recorded on the supervision sheet, for the Head of QA to confirm."""
    return {"supervision_on": supervision.day_told(seen.review)} if action == "record_supervision" else {}


def _people(action: str) -> dict[str, str]:
    return reviews.people_to_choose("reviewer") if action == "reassign" else {}


def _taken(seen: Seen, wanted: Action, form: PlumblineForm) -> bool:
    """Whether the action was taken; a guard's refusal goes to the field it names, what was typed stays."""
    given = _given(form)
    try:
        wanted.take(access.actor(), seen.review.id, posted_version(), **given)
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return False
    return True


def _given(form: PlumblineForm) -> dict[str, Any]:
    """What was typed, by the service's own argument names; reasons for single parts come as one mapping."""
    typed = {field.short_name: field.data for field in form if field.short_name != "csrf_token"}
    parts = {key.removeprefix("part_"): text or "" for key, text in typed.items() if key.startswith("part_")}
    rest = {key: value for key, value in typed.items() if not key.startswith("part_")}
    return {**rest, "part_reasons": parts} if parts else rest


def posted_version(name: str = "version") -> int:
    """The version the page had; a missing or forged one is stale, never a crash."""
    return asked.version(name)


def put_errors(form: PlumblineForm, refused: GuardFailed) -> bool:
    """Each reason to its field. False when a reason belongs to no field here: then it is a page of its own."""
    if any(reason.target not in form._fields for reason in refused.reasons):
        return False
    for reason in refused.reasons:
        field = form[str(reason.target)]
        field.errors = [*field.errors, reason.text]
    return True


def _after(public_id: str, action: str) -> str:
    if action in ("withdraw",):
        return url_for("reviews.register")
    return url_for("reviews.show", public_id=public_id)


def _page(seen: Seen, action: str, wanted: Action, form: PlumblineForm, offered: Any, code: int) -> Any:
    fresh = review_pages.find(seen.review.public_id)
    label = offered[action].label
    shut = [
        {"text": reason.text, "href": review_pages.target_url(fresh, reason.target, offered)}
        for reason in offered[action].reasons
    ]
    return review_pages.page(
        "reviews/action.html",
        fresh,
        f"action {action}",
        code,
        wide=False,
        form=form,
        fields=[field for field in form if field.short_name != "csrf_token"],
        label=label,
        wanted=wanted,
        shut=shut,
        version=fresh.review.version,
        caption=review_pages.caption(fresh),
        confirm=fresh.review.child if action in CONFIRM_NAME and Aspect.IDENTITY in fresh.sight else None,
    )
