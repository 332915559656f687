"""Reading alone (R3): the submitted review on one side, one's own moderation form on the other."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for

from app import clock
from app.insight import areas
from app.policy.visibility import Aspect
from app.queries import panel, reviews
from app.queries.panel import OnForms, SeenItem
from app.services import panel_facts, panel_readings, panel_steps
from app.services.unit_of_work import Stale
from app.web import access, asked, errors, panel_words, review_pages, words
from app.web.frame import errors_of, put_at_fields
from app.web.grading import grading_of
from app.web.reading import shown_parts
from app.web.responses import said_of, shown_responses
from app.web.wording import clock_time
from forms import moderation as forms
from forms.answers import from_form
from forms.builder import PartForm, make_form
from workflows.engine import GuardFailed, Refused

bp = Blueprint("panel_reading", __name__, url_prefix="/panel/readings/<public_id>")
EDITABLE = ("invited", "reading")

# Which parts of a review a part of the moderation form is about, where they do not share a key.
ABOUT = {
    "overall": ("child", "standards"),
    "feedback": ("feedback_family", "feedback_worker", "feedback_manager"),
    "child_level": ("recommendations",),
    "service_level": (),
    "actions": (),
}


@bp.route("", methods=["GET", "POST"])
@access.signed_in
def show(public_id: str) -> Any:
    """Read, and fill in the form; it saves itself, and is final once it is submitted.

    Of what is posted the rules are asked once, of the locked rows. One who is refused is told so only where the page
    is theirs to see.
    """
    if request.method == "GET":
        found, row = _again(public_id)
        return _page(found, row, _forms(found, row.answers))
    try:
        return _post(public_id)
    except Refused:
        _again(public_id)
        raise


def _again(public_id: str) -> tuple[SeenItem, Any]:
    return panel.find_reading(access.actor(), access.office(), public_id)


def _post(public_id: str) -> Any:
    found, row = panel.own_to_write(access.actor(), public_id) or _again(public_id)
    made = _forms(found, row.answers, request.form)
    pressed = next(filter(None, [form.press_row_button(request.form) for form in made.values()]), None)
    answers = _answers(found, made, row.answers)
    wrong = [problem for form in made.values() for problem in errors_of(form)]
    to_do: list[dict[str, str]] = []
    try:
        if "submit" in request.form and not (pressed or wrong or errors.wants_json()):
            to_do = _submit(found, row.id, answers, made)
            if not to_do:
                return redirect(url_for("panel_reading.show", public_id=public_id), 303)
        kept = panel_readings.save(access.actor(), row.id, answers, expected_version=asked.version())
    except Stale as stale:
        return _stale(found, made, stale, public_id)
    return _saved(made, kept, pressed, wrong or to_do, public_id)


def _submit(found: OnForms, reading_id: int, answers: Any, made: dict[str, PartForm]) -> list[dict[str, str]]:
    """What is still to do, nothing once it is submitted; it is saved and submitted in one, or neither."""
    sealed = "" if found.item.opened_at else " Nobody sees it before the discussion is opened."
    try:
        panel_readings.submit(access.actor(), reading_id, expected_version=asked.version(), answers=answers)
    except GuardFailed as refused:
        for form in made.values():
            put_at_fields(form, refused.reasons)
        return [{"text": reason.text, "href": f"#{reason.target or 'main-content'}"} for reason in refused.reasons]
    flash(f"Your reading is submitted.{sealed}", "success")
    return []


def _forms(found: OnForms, answers: Any, posted: Any = None) -> dict[str, PartForm]:
    people, names = reviews.people_of_a_form()
    return {
        part.key: make_form(
            found.form, part.key, formdata=posted, answers=answers.get(part.key), people=people, names=names
        )
        for part in forms.asked(found.review_form, found.form)
    }


def _answers(found: OnForms, made: dict[str, PartForm], before: Any) -> dict[str, Any]:
    """What may be saved of what was posted, right or wrong."""
    for form in made.values():
        form.validate()
    return {key: from_form(found.form.part(key), form, before.get(key)) for key, form in made.items()}


def _saved(made: dict[str, PartForm], kept: Any, pressed: str | None, wrong: Any, public_id: str) -> Any:
    if errors.wants_json():
        return jsonify(version=kept.version, saved_at=clock_time(kept.at))
    here = url_for("panel_reading.show", public_id=public_id)
    if wrong:
        return _page(*_again(public_id), made, wrong, 422)
    if pressed:
        return redirect(f"{here}#{pressed}", 303)
    flash("Your reading is saved. It is not submitted yet.", "success")
    return redirect(here, 303)


def _page(found: SeenItem, row: Any, made: dict[str, PartForm], wrong: Any = (), code: int = 200) -> Any:
    done, number = panel.parts_done(found, row.answers)
    facts, text = panel_facts.reading_facts(row), shown_parts(found.seen)
    return review_pages.page(
        "panel/reading.html",
        found.seen,
        "panel reading",
        code,
        caption=review_pages.caption(found.seen),
        reading=row,
        item=found.item,
        editable=str(row.state) in EDITABLE and facts.may_still_read,
        may_confirm=facts.has_earlier and str(row.state) in EDITABLE,
        open_to_me=Aspect.READINGS in found.seen.sight,
        may_add=_may_add(row),
        parts=_parts(found, made, text),
        rest=_rest(found, text),
        done=done,
        number=number,
        wrong=list(wrong),
        shown=_shown(found, row),
        state_words=panel_words.READING[str(row.state)],
        words_of=words,
    )


def _may_add(row: Any) -> bool:
    """Whether something can be added now: submitted, and let in to a discussion that was opened (R3)."""
    if str(row.state) != "submitted":
        return False
    return any(each.trigger == "add" for each in panel_steps.available_on(access.actor(), row))


def _parts(found: SeenItem, made: dict[str, PartForm], text: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts of the form, each with the parts of the review it is about and what was answered to them."""
    shown = {part["key"]: part for part in text}
    responses = shown_responses(found.seen)
    area = areas.area_of(str(found.item.review.child_status))
    return [
        {
            "key": key,
            "title": found.form.part(key).title,
            "form": form,
            "grading": grading_of(found.form, found.form.part(key), area),
            "about": [
                {**shown[each], "said": said_of(responses, each)} for each in ABOUT.get(key, (key,)) if each in shown
            ],
        }
        for key, form in made.items()
    ]


def _rest(found: SeenItem, text: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts of the review that no part of the form is about."""
    about = {each for part in forms.asked(found.review_form, found.form) for each in ABOUT.get(part.key, (part.key,))}
    return [part for part in text if part["key"] not in about]


def _shown(found: SeenItem, row: Any) -> list[dict[str, Any]]:
    """One's own submitted reading, to read."""
    if str(row.state) in EDITABLE:
        return []
    return panel_words.shown_form(found, row.answers)


def _stale(found: OnForms, made: dict[str, PartForm], stale: Stale, public_id: str) -> Any:
    """Both texts side by side; keeping mine is a deliberate save on top of the other."""
    mine, saved = _texts(made), _texts(_forms(found, stale.saved.answers))
    fields = [
        errors.StaleField(name=name, label=label, yours=text, saved=saved.get(name, (label, ""))[1])
        for name, (label, text) in mine.items()
    ]
    address = url_for("panel_reading.show", public_id=public_id)
    return errors.stale_page(
        fields,
        version=stale.saved.version,
        action=address,
        saved_by=access.actor().name,
        saved_at=stale.saved.saved_at or clock.now(),
        back_url=address,
        without=("submit",),  # keeping one's words is not yet submitting
    )


def _texts(made: dict[str, PartForm]) -> dict[str, tuple[str, str]]:
    """Every comment by its posted name."""
    return {
        form["comment"].name: (f"Comment on {key}", str(form["comment"].data or ""))
        for key, form in made.items()
        if "comment" in form
    }
