"""First moderation (R2): the review on one side, the checklist and one's own view on the other."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for

from app.policy.visibility import Aspect
from app.queries.reviews import NotVisible, Seen
from app.services import moderation, review_facts, steps
from app.services.form_versions import template_of
from app.services.unit_of_work import Stale
from app.web import access, errors, recommendation_hints, review_pages, words
from app.web.actions import posted_version
from app.web.reading import shown_parts
from app.web.responses import said_of, shown_responses
from app.web.wording import clock_time
from forms.clean import clean_text

bp = Blueprint("moderation", __name__, url_prefix="/reviews/<public_id>")
YES_NO = ("yes", "no")


@bp.route("/moderation", methods=["GET", "POST"])
@access.signed_in
def show(public_id: str) -> Any:
    """Check every part, give a view of every grade; the bar below says what is open."""
    seen = review_pages.find(public_id, Aspect.FIRST_MODERATION)
    if seen.review.submitted_at is None:
        raise NotVisible  # there is nothing to moderate before
    row = review_facts.moderation_of(seen.review)
    if request.method == "GET":
        return _page(seen, row.answers if row else {}, row.version if row else 0)
    answers = _posted(seen)
    try:
        saved = moderation.save(
            access.actor(),
            seen.review.id,
            answers,
            expected_version=posted_version(),
            revision_number=posted_version("revision"),
        )
    except Stale as stale:
        return _stale(seen, answers, stale)
    if errors.wants_json():
        return jsonify(version=saved.version, saved_at=clock_time(saved.saved_at))
    flash("Your moderation is saved.", "success")
    return redirect(url_for("moderation.show", public_id=public_id), 303)


def _posted(seen: Seen) -> dict[str, Any]:
    """What the form carries; an answer that is neither yes nor no, or an unknown grade, is no answer."""
    template = template_of(seen.review.form_version)
    grades = {point.key for point in template.scale.points}
    return {
        "checks": {part.key: _check(part.key) for part in template.parts},
        "issues": {"answer": _one_of("once-issues", YES_NO), "comment": _text("once-issues-comment")},
        "clear": {"answer": _one_of("once-clear", YES_NO), "comment": _text("once-clear-comment")},
        "views": {
            part.key: {"grade": _one_of(f"view-{part.key}", grades), "reason": _text(f"view-{part.key}-reason")}
            for part, _question in template.grade_questions
        },
    }


def _check(part: str) -> dict[str, str]:
    found = {key: _one_of(f"check-{part}-{key}", YES_NO) for key in review_facts.CHECKS}
    return {**found, "comment": _text(f"check-{part}-comment")}


def _one_of(name: str, allowed: Any) -> str:
    value = request.form.get(name, "")
    return value if value in allowed else ""


def _text(name: str) -> str:
    return str(clean_text(request.form.get(name, "")))[:20_000]


def _page(seen: Seen, answers: dict[str, Any], version: int, code: int = 200) -> Any:
    template = template_of(seen.review.form_version)
    offered = steps.available(access.actor(), seen.review)
    may = any(each.trigger == "return" for each in offered)
    responses = shown_responses(seen)
    graded = {part.key for part, _question in template.grade_questions}
    checks = answers.get("checks") or {}
    done = sum(all((checks.get(part.key) or {}).get(key) for key in review_facts.CHECKS) for part in template.parts)
    shown = shown_parts(seen)
    choices = [action for action in review_pages.actions(seen) if action["name"] in CHOICES]
    read = review_facts.answers_of(seen.review) if may else {}
    hints = recommendation_hints.of_draft(seen, template, read) if may else recommendation_hints.Hints()
    return review_pages.page(
        "reviews/moderation.html",
        seen,
        "moderation",
        code,
        caption=review_pages.caption(seen),
        parts=[
            {
                **part,
                "said": said_of(responses, part["key"]),
                "check": checks.get(part["key"]) or {},
                "view": (answers.get("views") or {}).get(part["key"]) or {} if part["key"] in graded else None,
            }
            for part in shown
        ],
        answers=answers,
        version=version,
        revision=seen.review.revisions[-1].number,
        may=may,
        done=done,
        checks=review_facts.CHECKS,
        once=review_facts.ONCE,
        grades=[(point.key, point.label) for point in template.scale.points],
        draw=words.DRAW.get(str(seen.review.panel_draw), ""),
        actions=[review_pages.in_brief(action, "#to-do", few=2) for action in choices],
        to_do=_to_do(choices),
        words_of=words,
        hints=hints.lines,
        tells_of=hints.tells_of,
    )


CHOICES = ("return", "refer_to_panel", "agree_without_panel")


def _to_do(choices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every reason of every choice, each once."""
    found = {reason["text"]: reason for action in choices for reason in action["reasons"]}
    return list(found.values())


def _stale(seen: Seen, answers: dict[str, Any], stale: Stale) -> Any:
    """Both versions of the comments side by side; choices made here are carried along."""
    saved = stale.saved
    mine, theirs = _comments(answers), _comments(saved.answers)
    fields = [
        errors.StaleField(name=name, label=label, yours=text, saved=theirs.get(name, (label, ""))[1])
        for name, (label, text) in mine.items()
    ]
    address = url_for("moderation.show", public_id=seen.review.public_id)
    return errors.stale_page(
        fields,
        version=saved.version,
        action=address,
        saved_by=saved.person.name,
        saved_at=saved.saved_at,
        back_url=address,
    )


def _comments(answers: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Every text of a moderation by its posted name."""
    found = {}
    for part, check in (answers.get("checks") or {}).items():
        found[f"check-{part}-comment"] = (f"Comment on {part}", check.get("comment") or "")
    for part, view in (answers.get("views") or {}).items():
        found[f"view-{part}-reason"] = (f"Reason for your view of {part}", view.get("reason") or "")
    for key in ("issues", "clear"):
        found[f"once-{key}-comment"] = (review_facts.ONCE[key], (answers.get(key) or {}).get("comment") or "")
    return found
