"""Forms for administrators: what there is, how each will look and read, loading, publishing, retiring."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import TextAreaField

from app import clock
from app.insight import areas
from app.queries import settings as queries
from app.queries.settings import VersionLine
from app.services import form_versions
from app.web import access
from forms import shipped
from forms.answers import blank_part, show_part
from forms.base import PlumblineForm
from forms.builder import make_form
from forms.descriptor import AnyQuestion, FormTemplate, GradeQuestion, Part, RowsQuestion, TemplateError
from forms.ids import new_row_key
from forms.shapes import blank_row
from workflows.engine import GuardFailed
from workflows.permissions import Permission

bp = Blueprint("forms_admin", __name__, url_prefix="/settings/forms")

LARGEST = 256 * 1024
STATES = {"draft": ("Draft", "amber"), "published": ("Published", "green"), "retired": ("Retired", "grey")}
PURPOSES = {"practice_review": "Practice review", "moderation": "Moderation"}
SOMEBODY = {"somebody": "Somebody with an account"}


@bp.get("")
@access.needs(Permission.ADMINISTER_FORMS)
def index() -> ResponseReturnValue:
    """Every form and its versions."""
    return render_template("forms_admin/index.html", forms=list(queries.forms().values()), states=STATES)


@bp.get("/<public_id>")
@access.needs(Permission.ADMINISTER_FORMS)
def version(public_id: str) -> ResponseReturnValue:
    """One version: where it stands, and its parts to look at."""
    line, template = _find(public_id)
    return render_template(
        "forms_admin/version.html",
        line=line,
        template=template,
        state=STATES[line.state],
        purpose=PURPOSES[template.purpose],
    )


def _find(public_id: str) -> tuple[VersionLine, FormTemplate]:
    line = queries.form_version(public_id)
    if line is None:
        abort(404)
    return line, form_versions.template_of(form_versions.find(line.key, line.number))


# The preview


@bp.get("/<public_id>/parts/<part>")
@access.needs(Permission.ADMINISTER_FORMS)
def part(public_id: str, part: str) -> ResponseReturnValue:
    """One part as the writer will see it, or (`?as=reader`) as it will read, with answers made up here."""
    line, template = _find(public_id)
    keys = [each.key for each in template.parts]
    if part not in keys:
        abort(404)
    wanted = template.part(part)
    reading = request.args.get("as") == "reader"
    return render_template(
        "forms_admin/part.html",
        line=line,
        part=wanted,
        place=f"Part {keys.index(part) + 1} of {len(keys)}",
        following=next(iter(keys[keys.index(part) + 1 :]), ""),
        reading=reading,
        form=None if reading else _empty_form(template, wanted),
        grading=None if reading else _grading(template, wanted),
        area=areas.TITLES[areas.HELP_AND_PROTECTION],
        shown=_example(template, wanted) if reading else [],
    )


def _empty_form(template: FormTemplate, part: Part) -> Any:
    """The writer's own form, each list with one row, so that its questions can be seen."""
    rows = [question for question in part.questions if isinstance(question, RowsQuestion) and not question.fixed]
    answers = blank_part(part) | {question.key: [blank_row(question, new_row_key())] for question in rows}
    return make_form(template, part.key, answers=answers, people=SOMEBODY)


def _grading(template: FormTemplate, part: Part) -> dict[str, Any] | None:
    """The criteria beside the grade, as on the page of a draft."""
    question = next((each for each in part.questions if isinstance(each, GradeQuestion)), None)
    if question is None:
        return None
    criteria = shipped.criteria(template.criteria)
    return {
        "question": question.key,
        "hints": criteria.hints(question.criteria),
        "look_for": criteria.look_for(question.criteria, areas.HELP_AND_PROTECTION),
        "grades": [
            {"key": point.key, "label": point.label, "sentences": criteria.indicators(question.criteria, point.key)}
            for point in template.scale.points
        ],
    }


def _example(template: FormTemplate, part: Part) -> list[Any]:
    answers = {question.key: _answer(question, template, clock.today()) for question in part.questions}
    return show_part(template, part.key, answers, people=SOMEBODY, confidential=True)


def _answer(question: AnyQuestion, template: FormTemplate, today: date) -> Any:
    """An answer of the right shape that says nothing about anybody."""
    if isinstance(question, RowsQuestion):
        keys = [row.key for row in question.fixed] or ["example"]
        cells = {column.key: _answer(column, template, today) for column in question.columns}
        return [{"key": key, **cells} for key in keys]
    made: dict[str, Any] = {
        "text": "What the writer has written stands here.",
        "grade": template.scale.points[1].key,
        "yes_no": True,
        "date": today.isoformat(),
        "person": "somebody",
    }
    options = [option.key for option in getattr(question, "options", ())]
    made |= {"choice": next(iter(options), None), "choices": options[:2]}
    return made[question.kind]


# Loading


class LoadForm(PlumblineForm):
    """A template's text: a file, or pasted."""

    file = FileField("A file", description="YAML, in UTF-8, up to 256 KB.")
    text = TextAreaField("Or the text itself", description="What you paste counts where no file is chosen.")

    def read(self) -> str | None:
        """The text as it was given; None where it is no text, with the reason beside its field."""
        sent = self.file.data
        if not sent:
            return self._pasted()
        raw = sent.stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            self.file.errors = ["The file is larger than 256 KB, which no form is"]
            return None
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.file.errors = ["The file is not text in UTF-8. Save it as plain text in UTF-8 and choose it again"]
            return None
        if not text.strip():
            self.file.errors = ["The file is empty"]
            return None
        self.text.data = text  # shown again beside what is wrong with it
        return text

    def _pasted(self) -> str | None:
        if not (self.text.data or "").strip():
            self.file.errors = ["Choose a file, or paste the text of a form"]
            return None
        return str(self.text.data)


@bp.route("/load", methods=["GET", "POST"])
@access.needs(Permission.ADMINISTER_FORMS)
@access.takes_files
def load() -> ResponseReturnValue:
    """Check a template and keep it as a draft. What was typed stays, with what is wrong and where."""
    form = LoadForm()
    text = form.read() if form.is_submitted() and form.validate() else None
    if text is None:
        return _load_page(form, 422 if form.is_submitted() else 200)
    try:
        loaded = form_versions.load(access.actor(), text)
    except TemplateError as wrong:
        form.text.errors = [_plain(wrong)]
        return _load_page(form, 422)
    except GuardFailed as refused:
        form.text.errors = [reason.text for reason in refused.reasons]
        return _load_page(form, 422)
    flash("The form is kept as a draft. Look at every part of it before you publish it.", "success")
    return redirect(url_for("forms_admin.version", public_id=loaded.public_id), 303)


def _plain(wrong: TemplateError) -> str:
    """Where and what, as a sentence."""
    reason = f"{wrong.reason[:1].upper()}{wrong.reason[1:]}"
    return f"At {wrong.place}: {wrong.reason}" if wrong.place else reason


def _load_page(form: LoadForm, code: int) -> ResponseReturnValue:
    return render_template("forms_admin/load.html", form=form), code


# Publishing and retiring


@bp.route("/<public_id>/publish", methods=["GET", "POST"])
@access.needs(Permission.ADMINISTER_FORMS)
def publish(public_id: str) -> ResponseReturnValue:
    """Ask once more, then publish what was looked at."""
    line, template = _find(public_id)
    if request.method == "POST":
        form_versions.publish(access.actor(), line.id, request.form.get("checksum", ""))
        flash(f"{template.title} {line.number} is published. Nothing can change it now.", "success")
        return redirect(url_for("forms_admin.version", public_id=public_id), 303)
    if line.state != "draft":
        abort(404)
    return render_template("forms_admin/publish.html", line=line, template=template)


@bp.route("/<public_id>/retire", methods=["GET", "POST"])
@access.needs(Permission.ADMINISTER_FORMS)
def retire(public_id: str) -> ResponseReturnValue:
    """Ask once more, then take it out of use for new reviews."""
    line, template = _find(public_id)
    if request.method == "POST":
        form_versions.retire(access.actor(), line.id)
        flash(f"{template.title} {line.number} is retired. Reviews begun on it keep it.", "success")
        return redirect(url_for("forms_admin.version", public_id=public_id), 303)
    if line.state != "published":
        abort(404)
    others = [each for each in form_versions.published(template.purpose) if each.id != line.id]
    return render_template("forms_admin/retire.html", line=line, template=template, last=not others)
