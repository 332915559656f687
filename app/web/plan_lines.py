"""One line of a plan: its page, adding and changing it, what is unsure of it, taking it out and back."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.imports.columns import LABELS
from app.queries import plans as queries
from app.queries.reviews import NotVisible
from app.services import plans
from app.services.unit_of_work import Stale
from app.web import access, errors
from app.web.actions import posted_version
from app.web.plan_forms import RAGS, LineForm, SettleForm
from app.web.plans import KEEPS, SEES, crumbs, find, keeps, place_of, sent, shown
from app.web.wording import day

bp = Blueprint("plan_lines", __name__, url_prefix="/plans")
NAMES = {**LABELS, "due_on": "The day it is due", "section_id": "Section", "doubts": "What is unsure"}
HIDDEN = {"fingerprint", "extra"}
PLACE = re.compile(r"[0-9]{1,4}")  # of a doubt among those of the line


def _find(line_id: str) -> queries.Line:
    return queries.line(access.actor(), access.office(), line_id)


@bp.get("/lines/<line_id>")
@SEES
def show(line_id: str) -> Any:
    """All of a line, what is unsure of it, what it follows, and how it came to be as it is."""
    line = _find(line_id)
    row = line.row
    number = queries.number_of(row)
    return render_template(
        "plans/line.html",
        line=shown(line, number),
        row=row,
        plan=row.plan,
        facts=_facts(line, number),
        doubts=row.doubts,
        entries=[_entry(entry) for entry in reversed(row.entries)],
        came=_came(row),
        keeps=keeps() and row.plan.ended_at is None,
        crumbs=crumbs(row.plan, back=place_of(row.plan, row, number)),
    )


def _facts(line: queries.Line, number: int) -> list[dict[str, str]]:
    row, told = line.row, shown(line)
    rows = [
        ("Line", str(number or "")),
        ("Section", row.section.title if row.section else ""),
        *((LABELS[key], getattr(row, key)) for key in ("why", "who", "what")),
        (LABELS["by_when"], told["by_when"]),
        ("The day it is due", told["due"]),
        *((LABELS[key], getattr(row, key)) for key in ("how_known", "experience")),
        ("RAG", RAGS[str(row.rag)] if row.rag else "None yet"),
        ("Comments on progress", row.comments),
        *row.extra.items(),
    ]
    return [{"key": key, "value": value or "Nothing yet"} for key, value in rows if value or key in LABELS.values()]


def _came(row: Any) -> str:
    if row.source_row:
        return f"It came from row {row.source_row} of a file."
    return "It follows a recommendation." if row.recommendation_id else ""


def _entry(entry: Any) -> dict[str, Any]:
    after = {key: value for key, value in entry.after.items() if key not in HIDDEN}
    if "removed" in after:
        return _said(entry, "Taken out of the plan" if after["removed"] else "Put back into the plan", "")
    names = ", ".join(NAMES.get(key, key) for key in after)
    texts = [
        f"{NAMES.get(key, key)}: {_value(key, entry.before.get(key))} → {_value(key, value)}"
        for key, value in after.items()
        if key not in ("section_id",)
    ]
    return _said(entry, f"Changed: {names}", "\n".join(texts))


def _said(entry: Any, title: str, text: str) -> dict[str, Any]:
    return {"title": title, "at": entry.at, "by": entry.person.name, "text": text}


def _value(key: str, value: Any) -> str:
    """A value of the history in words."""
    if not value:
        return "nothing"
    if key == "doubts":
        return f"{len(value)} unsure"
    if key == "due_on":
        return day(date.fromisoformat(value))
    return f"“{value}”"


# --- adding and changing ----------------------------------------------------------------------------------


@bp.route("/<public_id>/lines/new", methods=["GET", "POST"])
@KEEPS
def new(public_id: str) -> Any:
    """One more line, at the end of its section."""
    plan = find(public_id)
    if request.method == "GET" and plan.ended_at is not None:
        raise NotVisible
    form, plan_id = _form(plan, None), plan.id
    if request.method == "POST" and sent(form, lambda: plans.add_line(access.actor(), plan_id, form.given())):
        flash(f"The line is added.{_missing(form)}", "success")
        return redirect(url_for("plans.show", public_id=public_id), 303)
    return _form_page(form, find(public_id), None, "Add a line", "Add the line")


def _form(plan: Any, data: dict[str, Any] | None) -> LineForm:
    titles = {section.public_id: section.title for section in queries.sections(plan)}
    return LineForm(sections=titles, data=data if request.method == "GET" else None)


def _form_page(form: LineForm, plan: Any, row: Any, title: str, button: str) -> Any:
    again = request.method == "POST"
    back = url_for("plan_lines.show", line_id=row.public_id) if row else url_for("plans.show", public_id=plan.public_id)
    version = posted_version() if again else row.version if row else 0
    page = render_template(
        "plans/form.html", form=form, title=title, button=button, plan=plan, back=back, version=version,
        crumbs=crumbs(plan), intro="", warning=False,
    )  # fmt: skip
    return page, 422 if again else 200


def _missing(form: LineForm) -> str:
    """A hint, no refusal: the paper has lines of which it is not yet said what is to be done."""
    return "" if form.what.data else f" “{LABELS['what']}” is still empty: say there what is to be done."


def _as_typed(row: Any) -> dict[str, Any]:
    texts = {key: getattr(row, key) for key in plans.TEXTS}
    section = row.section.public_id if row.section else ""
    return {**texts, "due_on": row.due_on, "rag": str(row.rag) if row.rag else "", "section": section}


@bp.route("/lines/<line_id>/change", methods=["GET", "POST"])
@KEEPS
def change(line_id: str) -> Any:
    """Other words; what stood there before stays in the history."""
    row = _standing(line_id)
    form, row_id = _form(row.plan, _as_typed(row)), row.id
    if request.method == "POST":
        try:
            if sent(form, lambda: plans.change_line(access.actor(), row_id, posted_version(), form.given())):
                flash(f"The line is changed.{_missing(form)}", "success")
                return redirect(url_for("plan_lines.show", line_id=line_id), 303)
        except Stale:
            return _stale(form, _find(line_id).row)
    row = _find(line_id).row
    return _form_page(form, row.plan, row, "Change a line", "Save the line")


def _stale(form: LineForm, row: Any) -> Any:
    """Both texts of each column; the day, the colour and the heading that were chosen are carried along."""
    saved = _as_typed(row)
    fields = [
        errors.StaleField(name=key, label=form[key].label.text, yours=form[key].data or "", saved=saved[key])
        for key in plans.TEXTS
    ]
    here = url_for("plan_lines.show", line_id=row.public_id)
    return errors.stale_page(fields, version=row.version, action=request.path, back_url=here)


def _standing(line_id: str) -> Any:
    """A line that something can still be done to."""
    row = _find(line_id).row
    if request.method == "GET" and (row.removed_at is not None or row.plan.ended_at is not None):
        raise NotVisible
    return row


@bp.route("/lines/<line_id>/settle", methods=["GET", "POST"])
@KEEPS
def settle(line_id: str) -> Any:
    """What is unsure of it: the day its words mean, or that it stands as it is."""
    row = _standing(line_id)
    if request.method == "GET" and not row.doubts:
        raise NotVisible
    form, row_id = SettleForm(doubts=row.doubts), row.id
    if request.method == "POST":
        chosen = [int(each) for each in form.settled.data or () if PLACE.fullmatch(each)]
        given: dict[str, Any] = {"due_on": form.due_on.data, "settled": chosen}
        if sent(form, lambda: plans.settle(access.actor(), row_id, posted_version(), **given)):
            flash("It is settled.", "success")
            return redirect(url_for("plan_lines.show", line_id=line_id), 303)
    line = _find(line_id)
    again = request.method == "POST"
    page = render_template(
        "plans/settle.html",
        form=form,
        line=shown(line),
        row=line.row,
        version=posted_version() if again else line.row.version,
        crumbs=crumbs(line.row.plan),
    )
    return page, 422 if again else 200


# --- out and back -----------------------------------------------------------------------------------------


@bp.post("/lines/<line_id>/remove")
@KEEPS
def remove(line_id: str) -> Any:
    """Marked removed. It can be put back."""
    row = _find(line_id).row
    plan_id = row.plan.public_id
    plans.remove_line(access.actor(), row.id, posted_version())
    flash("The line is taken out of the plan. It can be put back from its page.", "success")
    return redirect(url_for("plans.show", public_id=plan_id), 303)


@bp.post("/lines/<line_id>/put-back")
@KEEPS
def put_back(line_id: str) -> Any:
    """A removed line stands in the plan again."""
    plans.put_back(access.actor(), _find(line_id).row.id, posted_version())
    flash("The line stands in the plan again.", "success")
    return redirect(url_for("plan_lines.show", line_id=line_id), 303)


@bp.get("/<public_id>/removed")
@SEES
def removed(public_id: str) -> Any:
    """What was taken out, newest first."""
    plan = find(public_id)
    rows = [
        {
            "text": (row.what or row.why or row.comments)[:160],
            "url": url_for("plan_lines.show", line_id=row.public_id),
            "on": day(row.removed_at),
        }
        for row in queries.removed(plan)
    ]
    return render_template("plans/removed.html", plan=plan, rows=rows, crumbs=crumbs(plan))
