"""The reviewer's pages: the declaration, one part of the form, the check before sharing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for

from app import clock
from app.insight import areas
from app.policy.visibility import Aspect, Tie
from app.queries import reviews
from app.queries.reviews import NotVisible, Seen
from app.services import drafting, planning, review_facts
from app.services.form_versions import template_of
from app.services.unit_of_work import Stale
from app.web import access, asked, errors, recommendation_hints, review_pages, words
from app.web.action_forms import ConflictForm
from app.web.grading import grading_of
from app.web.reading import shown_parts
from app.web.recommendation_hints import Hints
from app.web.wording import clock_time
from forms.answers import from_form
from forms.builder import PartForm, make_form
from forms.descriptor import FormTemplate, Part
from forms.fields import RowsField, TextField
from forms.hints import part_hints

bp = Blueprint("drafting", __name__, url_prefix="/reviews/<public_id>")


@bp.route("/declare", methods=["GET", "POST"])
@access.signed_in
def declare(public_id: str) -> Any:
    """R7: a declaration on the initials and the people, then one on the name; a conflict ends access."""
    seen = review_pages.find(public_id, Aspect.DECLARATION)
    form = ConflictForm()
    step = planning.next_step(access.actor(), seen.review)
    if step is None:
        return redirect(url_for("reviews.show", public_id=public_id))
    if request.method == "POST" and form.validate():
        conflicted = form.conflict.data == "yes"
        planning.declare(access.actor(), seen.review.id, conflicted=conflicted, reason=form.reason.data or "")
        if conflicted:
            flash("Thank you. The Head of QA has been told and will reassign the review.", "success")
            return redirect(url_for("my_work.index"), 303)
        return redirect(url_for("drafting.declare", public_id=public_id), 303)
    code = 422 if form.errors else 200
    return review_pages.page(
        "reviews/declare.html", seen, "declaration", code, form=form, step=str(step), words=words, wide=False
    )


@bp.route("/parts/<part>", methods=["GET", "POST"])
@access.signed_in
def part(public_id: str, part: str) -> Any:
    """Write one part. A POST saves what it can, then says what is wrong; nothing typed is lost."""
    seen = _writable(public_id)
    template = template_of(seen.review.form_version)
    wanted = _part_of(template, part)
    saved = reviews.part_of(seen.review, wanted.key)
    if request.method == "GET":
        return _part_page(seen, template, wanted, _form(template, wanted, saved), saved)
    form = _form(template, wanted, saved, request.form)
    pressed = form.press_row_button(request.form)
    form.validate()
    answers = from_form(wanted, form, saved.answers if saved else None)
    expected = asked.version() if saved else 0  # where nobody has saved there is nothing to overwrite
    try:
        kept = drafting.save_part(access.actor(), seen.review.id, wanted.key, answers, expected_version=expected)
    except Stale as stale:
        return _stale(seen, template, wanted, form, stale)
    return _saved(seen, template, wanted, form, kept, pressed)


def _writable(public_id: str) -> Seen:
    seen = review_pages.find(public_id, Aspect.DRAFT)
    if Tie.REVIEWER not in seen.sight.ties:
        raise NotVisible
    return seen


def _part_of(template: FormTemplate, key: str) -> Part:
    try:
        return template.part(key)
    except KeyError as error:
        raise NotVisible from error


def _form(template: FormTemplate, part: Part, saved: Any, posted: Any = None) -> PartForm:
    people, names = reviews.people_of_a_form() if _names_people(part) else (None, None)
    return make_form(
        template,
        part.key,
        formdata=posted,
        answers=saved.answers if saved else None,
        people=people,
        names=names,
        today=clock.today(),
    )


def _names_people(part: Part) -> bool:
    """Whether somebody is chosen in this part: only then are the people read, at every page and every save."""
    columns = (each for question in part.questions for each in getattr(question, "columns", (question,)))
    return any(each.kind == "person" for each in columns)


def _saved(
    seen: Seen, template: FormTemplate, part: Part, form: PartForm, kept: drafting.Saved, pressed: str | None
) -> Any:
    if errors.wants_json():
        problems = [str(error) for field in form for error in field.errors if isinstance(error, str)]
        return jsonify(version=kept.version, saved_at=clock_time(kept.at), problems=problems)
    if form.errors:
        fresh = review_pages.find(seen.review.public_id, Aspect.DRAFT)
        return _part_page(fresh, template, part, form, reviews.part_of(fresh.review, part.key), 422)
    public_id = seen.review.public_id
    if pressed:
        return redirect(url_for("drafting.part", public_id=public_id, part=part.key) + f"#{pressed}", 303)
    if "and_continue" in request.form:
        following = _neighbour(template, part)
        if following is not None:
            return redirect(url_for("drafting.part", public_id=public_id, part=following.key), 303)
    flash(f"Saved: {part.title}.", "success")
    return redirect(url_for("reviews.show", public_id=public_id), 303)


def _neighbour(template: FormTemplate, part: Part) -> Part | None:
    keys = [each.key for each in template.parts]
    after = keys.index(part.key) + 1
    return template.parts[after] if after < len(keys) else None


def _part_page(seen: Seen, template: FormTemplate, part: Part, form: PartForm, saved: Any, code: int = 200) -> Any:
    keys = [each.key for each in template.parts]
    area = areas.area_of(str(seen.review.child_status))
    hints = _hints(seen, template, part, saved)
    return review_pages.page(
        "reviews/part.html",
        seen,
        f"part {part.key}",
        code,
        part=part,
        form=form,
        version=saved.version if saved else 0,
        caption=review_pages.caption(seen),
        place=f"Part {keys.index(part.key) + 1} of {len(keys)}",
        last=part.key == keys[-1],
        grading=grading_of(template, part, area),
        area=areas.TITLES[area],
        hints=hints.lines,
        tells_of=hints.tells_of,
    )


def _hints(seen: Seen, template: FormTemplate, part: Part, saved: Any) -> Hints:
    """For the writer alone, from what is saved; never a gate (handbook 5, R8)."""
    if part is template.recommendations_part:
        return recommendation_hints.of_draft(seen, template, review_facts.answers_of(seen.review))
    return Hints([hint.message for hint in part_hints(template, part.key, saved.answers if saved else {})])


def _stale(seen: Seen, template: FormTemplate, part: Part, form: PartForm, stale: Stale) -> Any:
    """Both texts side by side; keeping mine is a deliberate save on top of theirs."""
    row = stale.saved
    mine, theirs = _texts(form), _texts(_form(template, part, row))
    fields = [
        errors.StaleField(name=name, label=label, yours=text, saved=theirs.get(name, (label, ""))[1])
        for name, (label, text) in mine.items()
    ]
    address = url_for("drafting.part", public_id=seen.review.public_id, part=part.key)
    return errors.stale_page(
        fields, version=row.version, action=address, saved_by=row.saved_by.name, saved_at=row.saved_at, back_url=address
    )


def _texts(form: Any, title: str = "") -> dict[str, tuple[str, str]]:
    """Every text of a part's form by its posted name, those inside rows too: (label, what stands there)."""
    found: dict[str, tuple[str, str]] = {}
    for field in form:
        if isinstance(field, TextField):
            found[field.name] = (f"{title}{field.label.text}", str(field.data or ""))
        elif isinstance(field, RowsField):
            for row in field.rows:
                found.update(_texts(row.form, f"{row.title}: "))
    return found


@bp.get("/check")
@access.signed_in
def check(public_id: str) -> Any:
    """Check your answers: the whole draft to read, with what is still to do, before it is shared."""
    seen = _writable(public_id)
    facts = review_facts.facts_for(access.actor(), seen.review)
    template, answers = template_of(seen.review.form_version), review_facts.answers_of(seen.review)
    warned = recommendation_hints.of_draft(seen, template, answers)
    to_do = facts.share_gaps if str(seen.review.state) == "drafting" else facts.submit_gaps
    return review_pages.page(
        "reviews/check.html",
        seen,
        "check",
        parts=shown_parts(seen),
        warnings=warned.lines,
        tells_of=warned.tells_of,
        to_do=[{"text": gap.text, "href": review_pages.target_url(seen, gap.target)} for gap in to_do],
        actions=[action for action in review_pages.actions(seen) if action["name"] in ("share", "amend", "submit")],
        today=clock.today(),
    )
