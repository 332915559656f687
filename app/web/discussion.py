"""The talk about a draft: responding to it, answering the responses, what changed since it was read."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for

from app.policy.visibility import Aspect
from app.queries import reviews
from app.queries.reviews import NotVisible, Seen
from app.services import discussion, drafting, review_facts, steps
from app.services.form_versions import template_of
from app.services.unit_of_work import Stale
from app.web import access, comparing, errors, review_pages, words
from app.web.action_forms import AttemptForm, ReplyForm
from app.web.actions import posted_version
from app.web.reading import shown_parts
from app.web.responses import said_of, shown_responses
from app.web.wording import clock_time
from forms.clean import clean_text
from workflows.engine import GuardFailed, NotPermitted, Reason

bp = Blueprint("discussion", __name__, url_prefix="/reviews/<public_id>")
ANSWERED = Reason("There is nothing here to answer now: it was answered meanwhile, or the discussion has ended.")
REPLY_FIELD = re.compile(r"reply-\d+-(reply|reply_text)\Z")
STANCES = tuple(words.STANCE.items())


@bp.get("/discussion")
@access.signed_in
def show(public_id: str) -> Any:
    """The draft by section, the responses beside it, and the reviewer's answers under each."""
    seen = review_pages.find(public_id)
    if not seen.sight.aspects & {Aspect.ALL_ANSWERS, Aspect.OWN_ANSWER}:
        raise NotVisible
    return _page(seen)


def _page(
    seen: Seen,
    reply_forms: dict[int, ReplyForm] | None = None,
    attempt_form: AttemptForm | None = None,
    code: int = 200,
) -> Any:
    responses = shown_responses(seen)
    offered = {each.trigger for each in steps.available(access.actor(), seen.review)}
    return review_pages.page(
        "reviews/discussion.html",
        seen,
        "discussion",
        code,
        caption=review_pages.caption(seen),
        parts=[{**part, "said": said_of(responses, part["key"])} for part in shown_parts(seen)],
        responses=responses,
        changes=_changes(seen),
        words=words,
        may_answer="take_back" in offered,
        may_respond="respond" in offered and not _has_answered(seen),
        reply_forms=reply_forms if reply_forms is not None else _reply_forms(seen),
        attempt_form=attempt_form or AttemptForm(formdata=None),
        actions=[a for a in review_pages.actions(seen) if a["name"] in ("amend", "submit", "take_back")],
    )


def _has_answered(seen: Seen) -> bool:
    read = review_facts.last_read(seen.review)
    mine = [each for each in reviews.responses(seen.review) if each.person_id == access.actor().id]
    return any(read is not None and each.revision_id == read.id for each in mine)


def _changes(seen: Seen) -> list[dict[str, Any]]:
    """What changed between the last two revisions that the worker and the manager could read."""
    read = [each for each in seen.review.revisions if each.kind in review_facts.READ_KINDS]
    return comparing.changes(seen, read[-2].content["parts"], read[-1].content["parts"]) if len(read) > 1 else []


@bp.route("/respond", methods=["GET", "POST"])
@access.signed_in
def respond(public_id: str) -> Any:
    """Read the draft and say, section by section, whether one agrees. Saves itself; sent once."""
    seen = review_pages.find(public_id, Aspect.DRAFT, Aspect.OWN_ANSWER)
    if _has_answered(seen):
        return redirect(url_for("discussion.show", public_id=public_id))
    if request.method == "GET":
        draft = reviews.response_draft(access.actor(), seen.review)
        return _respond_page(seen, draft.answers if draft else {}, draft.version if draft else 0)
    answers = _posted_answers(seen)
    if errors.wants_json() or "save" in request.form:
        return _save_draft(seen, answers)
    try:
        discussion.respond(access.actor(), seen.review.id, answers, revision_number=posted_version("revision"))
    except GuardFailed as refused:
        return _respond_page(seen, answers, posted_version(), refused, 422)
    except Stale:
        flash("The reviewer has shown an amended draft since you opened this page. Read it, then send your response.")
        return _respond_page(review_pages.find(public_id), answers, posted_version(), None, 409)
    flash("Thank you. Your response is with the reviewer.", "success")
    return redirect(url_for("discussion.show", public_id=public_id), 303)


def _posted_answers(seen: Seen) -> dict[str, Any]:
    parts = {
        part.key: {
            "stance": request.form.get(f"stance-{part.key}", ""),
            "text": clean_text(request.form.get(f"text-{part.key}", "")),
        }
        for part in template_of(seen.review.form_version).parts
    }
    if "agree_rest" in request.form:
        for said in parts.values():
            said["stance"] = said["stance"] or "agree"
    reflections = {key: clean_text(request.form.get(key, "")) for key in ("proud_of", "do_differently")}
    return {"parts": parts, **reflections}


def _save_draft(seen: Seen, answers: dict[str, Any]) -> Any:
    row = discussion.save_draft(access.actor(), seen.review.id, answers, expected_version=posted_version())
    if errors.wants_json():
        return jsonify(version=row.version, saved_at=clock_time(row.saved_at))
    flash("Your response is saved. It has not been sent.", "success")
    return redirect(url_for("discussion.respond", public_id=seen.review.public_id), 303)


def _respond_page(
    seen: Seen, answers: dict[str, Any], version: int, refused: GuardFailed | None = None, code: int = 200
) -> Any:
    reasons = refused.reasons if refused else ()
    read = review_facts.last_read(seen.review)
    given = answers.get("parts") or {}
    return review_pages.page(
        "reviews/respond.html",
        seen,
        "respond",
        code,
        caption=review_pages.caption(seen),
        parts=[{**part, "given": given.get(part["key"]) or {}} for part in shown_parts(seen)],
        answers=answers,
        stances=STANCES,
        version=version,
        revision=read.number if read else 0,
        problems={reason.target: reason.text for reason in reasons},
        error_list=[{"text": reason.text, "href": f"#{reason.target}"} for reason in reasons if reason.target]
        + [{"text": reason.text} for reason in reasons if not reason.target],
        changes=_changes(seen),
    )


@bp.post("/replies")
@access.signed_in
def reply(public_id: str) -> Any:
    """The reviewer's answers to corrections and disagreements: all that were written, in one go."""
    seen = review_pages.find(public_id, Aspect.ALL_ANSWERS)
    open_forms = _reply_forms(seen, request.form)
    if not open_forms or _answered_meanwhile(open_forms):
        raise NotPermitted(ANSWERED)
    written = {item_id: form for item_id, form in open_forms.items() if _is_written(form)}
    valid = [form.validate() for form in written.values()]  # each of them, so that each says what is wrong
    if all(valid):
        given = {item_id: (form.reply.data or "", form.reply_text.data or "") for item_id, form in written.items()}
        try:
            drafting.answer_all(access.actor(), seen.review.id, given)
        except GuardFailed as refused:
            _put_reply_errors(written, refused)
        else:
            _say_saved(len(given))
            return redirect(url_for("discussion.show", public_id=public_id), 303)
    return _page(seen, reply_forms=_reply_forms(seen, request.form) | written, code=422)


def _reply_forms(seen: Seen, posted: Any = None) -> dict[int, ReplyForm]:
    """A form for each correction and disagreement without an answer, by the item's id."""
    open_items = [
        item
        for response in reviews.responses(seen.review)
        for item in response.items
        if str(item.stance) != "agree" and item.reply is None
    ]
    return {item.id: ReplyForm(formdata=posted, prefix=f"reply-{item.id}-") for item in open_items}


def _is_written(form: ReplyForm) -> bool:
    return bool(form.reply.data or form.reply_text.data)


def _answered_meanwhile(open_forms: dict[int, ReplyForm]) -> bool:
    """Whether something was written to an item that is no longer open; the refusal shows it back."""
    names = {field.name for form in open_forms.values() for field in form}
    return any(request.form[name].strip() for name in request.form if REPLY_FIELD.match(name) and name not in names)


def _say_saved(answers: int) -> None:
    if answers:
        flash("Your answers are saved." if answers > 1 else "Your answer is saved.", "success")
    else:
        flash("Nothing was written, so nothing is saved.")


def _put_reply_errors(forms: dict[int, ReplyForm], refused: GuardFailed) -> None:
    """Each reason beside its own field; what was typed stays in all of them."""
    for reason in refused.reasons:
        for form in forms.values():
            for field in (form.reply, form.reply_text):
                if field.name == reason.target:
                    field.errors = [*field.errors, reason.text]


@bp.post("/attempts")
@access.signed_in
def attempt(public_id: str) -> Any:
    """A try to reach somebody who has not responded."""
    seen = review_pages.find(public_id, Aspect.ALL_ANSWERS)
    form = AttemptForm()
    if form.validate():
        try:
            drafting.log_attempt(access.actor(), seen.review.id, as_who=form.as_who.data or "", how=form.how.data or "")
        except GuardFailed as refused:
            form.how.errors = [reason.text for reason in refused.reasons]
        else:
            flash("The attempt is logged.", "success")
            return redirect(url_for("discussion.show", public_id=public_id), 303)
    return _page(seen, attempt_form=form, code=422)
