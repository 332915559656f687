"""Plans in the papers' columns: the list, one plan, its quarterly look, its headings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app import clock
from app.imports.dates import says_only
from app.queries import plans as queries
from app.queries.reviews import NotVisible
from app.services import plans
from app.services.unit_of_work import Stale
from app.web import access, asked, errors, frame, paging, words
from app.web.actions import posted_version, put_errors
from app.web.plan_forms import KINDS, RAGS, TONES, PlanForm, ReviewForm, SectionForm
from app.web.wording import count_noun, day
from forms.base import PlumblineForm
from workflows.engine import GuardFailed
from workflows.permissions import Permission

bp = Blueprint("plans", __name__, url_prefix="/plans")

SEES, KEEPS = access.needs(Permission.SEE_PLANS), access.needs(Permission.KEEP_PLANS)
frame.navigation.add(
    "Plans", "plans.index", lambda _person: access.allowed(Permission.SEE_PLANS), also=("plan_lines", "imports")
)


def find(public_id: str) -> Any:
    """The plan of this address, if this person may know of it. Else 404."""
    return queries.get(access.actor(), access.office(), public_id)


def keeps() -> bool:
    return access.allowed(Permission.KEEP_PLANS)


def crumbs(plan: Any = None, *more: dict[str, str], back: str = "") -> list[dict[str, str]]:
    """The way to a page below the list, or below a plan; `back` is where in it, if not at its beginning."""
    own = [{"text": plan.name, "href": back or url_for("plans.show", public_id=plan.public_id)}] if plan else []
    return [{"text": "Plans", "href": url_for("plans.index")}, *own, *more]


# --- the list, and a plan ---------------------------------------------------------------------------------


@bp.get("")
@SEES
def index() -> Any:
    """Every plan: when it is looked at next, how many lines it has, and of how many something is unsure."""
    rows = queries.listing(access.actor(), access.office())
    return render_template("plans/index.html", table=[_row(row) for row in rows], keeps=keeps(), wide=True)


def _row(row: queries.PlanRow) -> dict[str, Any]:
    plan = row.plan
    return {
        "name": plan.name,
        "url": url_for("plans.show", public_id=plan.public_id),
        "kind": KINDS[str(plan.kind)],
        "lines": row.lines,
        "unsure": row.unsure,
        "look": "Ended" if plan.ended_at else day(plan.review_on),
        "late": _late(plan),
    }


def _late(plan: Any) -> str:
    """That the quarterly look is due, in words."""
    if plan.ended_at is not None or plan.review_on is None or plan.review_on > clock.today():
        return ""
    return "Due today" if plan.review_on == clock.today() else "Overdue"


def _to_be_looked_at(plan: Any) -> str:
    """When the look was or is to be held, in a sentence."""
    if plan.review_on is None:
        return ""
    return f"It {'was' if plan.review_on < clock.today() else 'is'} to be looked at on {day(plan.review_on)}."


@bp.get("/<public_id>")
@SEES
def show(public_id: str) -> Any:
    """The plan's table with its headings inside, and beside each line how its recommendation stands."""
    plan, only = find(public_id), _only()
    table = queries.table(access.actor(), access.office(), plan, asked.page(), only)
    in_order = {line.row.id: number for number, line in enumerate(table.lines, table.page.first)}
    numbers = queries.numbers(plan.id) if only else in_order
    return render_template(
        "plans/show.html",
        plan=plan,
        kind=KINDS[str(plan.kind)],
        facts=_facts(plan, table),
        only=ONLY.get(only, ""),
        by_rag=_by_rag(plan, only) if table.total > 1 else [],
        late=_late(plan),
        to_be_looked_at=_to_be_looked_at(plan),
        sections=[_section(heading, lines, numbers) for heading, lines in table.sections],
        contents=[] if only else _contents(plan, table),
        paging=_paging(plan, table, only),
        keeps=keeps() and plan.ended_at is None,
        looks=[
            {"at": look.held_on, "title": "Looked at", "by": by, "text": look.notes} for look, by in queries.looks(plan)
        ],
        batches=[_batch(row) for row in queries.batches(plan)] if keeps() else [],
        crumbs=crumbs(),
        wide=True,
    )


# What the page says above a table that is not the whole plan.
ONLY = {
    "unsure": "Only the lines of which something is unsure are shown.",
    "overdue": "Only overdue lines are shown.",
    **{key: f"Only lines whose RAG is {word.lower()} are shown." for key, word in RAGS.items()},
    "none": "Only lines that are not red, amber, green or blue yet are shown.",
}


def _by_rag(plan: Any, only: str) -> list[dict[str, Any]]:
    """The whole plan, or the lines of one colour: what is red is what a quarterly look is for."""
    here = url_for("plans.show", public_id=plan.public_id)
    views = [("", "All lines"), *RAGS.items(), ("none", "No colour yet")]
    return [
        {"text": word, "href": f"{here}?only={key}" if key else here, "current": key == only} for key, word in views
    ]


def _only() -> str:
    """Which lines were asked for; all of them where that is none of the ways."""
    given = request.args.get("only", "")
    return given if given in ONLY else ""


def _paging(plan: Any, table: queries.Table, only: str) -> dict[str, str] | None:
    if table.page.pages == 1:
        return None
    return paging.links(table.page, "Lines", "plans.show", public_id=plan.public_id, only=only or None)


def _facts(plan: Any, table: queries.Table) -> list[dict[str, str]]:
    rows = [
        ("Lines", f"{table.total:,}", ""),
        ("Unsure", count_noun(table.unsure, "line") if table.unsure else "Nothing", "unsure" if table.unsure else ""),
        ("Overdue", count_noun(table.overdue, "line") if table.overdue else "", "overdue"),
        ("Next look", "" if plan.ended_at else day(plan.review_on), ""),
        ("Ended", day(plan.ended_at), ""),
    ]
    return [
        {"key": key, "value": value, "only": url_for("plans.show", public_id=plan.public_id, only=only) if only else ""}
        for key, value, only in rows
        if value
    ]


def place_of(plan: Any, row: Any, number: int) -> str:
    """The address of the page of its plan on which a line stands, and of the line there."""
    if not number:
        return url_for("plans.show", public_id=plan.public_id)
    page = 1 + (number - 1) // queries.PAGE
    return url_for("plans.show", public_id=plan.public_id, page=page, _anchor=anchor(row))


def anchor(row: Any) -> str:
    """The id of a line inside the page of its plan."""
    return f"line-{row.public_id}"


def _contents(plan: Any, table: queries.Table) -> list[dict[str, str]]:
    """Where each heading stands, of a plan that has several pages."""
    if table.page.pages == 1:
        return []
    here = url_for("plans.show", public_id=plan.public_id)
    return [
        {"text": heading.title, "href": f"{here}?page={table.begins[heading.id]}#section-{heading.public_id}"}
        for heading in table.headings
    ]


def _section(heading: Any, lines: list[queries.Line], numbers: dict[int, int]) -> dict[str, Any]:
    edit = url_for("plans.section", section_id=heading.public_id) if heading is not None and keeps() else ""
    return {
        "title": heading.title if heading is not None else "",
        "anchor": f"section-{heading.public_id}" if heading is not None else "",
        "edit": edit,
        "lines": [shown(line, numbers[line.row.id]) for line in lines],
    }


def shown(line: queries.Line, number: int = 0) -> dict[str, Any]:
    """A line as its table and its own page take it."""
    row, followed = line.row, line.followed
    texts = {key: getattr(row, key) for key in ("why", "who", "what", "how_known", "experience", "comments")}
    only_day = says_only(row.by_when, row.due_on)  # then it is said once, as every other day is
    return {
        **texts,
        "by_when": day(row.due_on) if only_day else row.by_when,
        "number": number,
        "anchor": anchor(row),
        "url": url_for("plan_lines.show", line_id=row.public_id),
        "due": "" if only_day else day(row.due_on),
        "overdue": line.overdue,
        "unsure": len(row.doubts),
        "rag": (RAGS[str(row.rag)], TONES[str(row.rag)]) if row.rag else None,
        "followed": follows(followed) if followed else None,
        "follows": row.recommendation_id is not None,
        "extra": row.extra,
    }


def follows(followed: queries.Followed) -> dict[str, Any]:
    """The recommendation behind a line, for somebody who may open it."""
    return {
        "reference": followed.reference,
        "url": url_for("recommendations.show", public_id=followed.public_id),
        "colour": followed.colour,
        "state": words.RECOMMENDATION[followed.state],
        "latest": followed.latest,
        "latest_on": day(followed.latest_on),
        "owner": followed.owner,
    }


def _batch(row: Any) -> dict[str, str]:
    undone = f", undone {day(row.undone_at)}" if row.undone_at else ""
    return {
        "text": f"{row.file_name}, {day(row.made_at)}{undone}",
        "url": url_for("imports.done", public_id=row.public_id),
    }


# --- making and keeping one -------------------------------------------------------------------------------


@bp.route("/new", methods=["GET", "POST"])
@KEEPS
def new() -> Any:
    """A plan with nothing in it yet."""
    form, made = PlanForm(), list[str]()
    if request.method == "POST" and sent(form, lambda: made.append(plans.make(access.actor(), **_plan_data(form)))):
        flash("The plan is made. Add its lines, or take in a file.", "success")
        return redirect(url_for("plans.show", public_id=made[0]), 303)
    return _form_page(form, "Make a plan", "Make the plan", None)


def _plan_data(form: PlanForm) -> dict[str, Any]:
    return {"name": form.name.data or "", "kind": form.kind.data or "", "review_on": form.review_on.data}


def sent(form: PlumblineForm, take: Callable[[], Any]) -> bool:
    """Whether the form was right and the service took it; its refusals go to the fields they name."""
    if not form.validate():
        return False
    try:
        take()
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return False
    return True


def _form_page(form: PlumblineForm, title: str, button: str, plan: Any, **more: Any) -> Any:
    """A page with one form on it. `version` is the plan's as the form was opened."""
    sent_again = request.method == "POST"
    version = posted_version() if sent_again else (plan.version if plan is not None else 0)
    back = url_for("plans.show", public_id=plan.public_id) if plan is not None else url_for("plans.index")
    page = render_template(
        "plans/form.html", form=form, title=title, button=button, plan=plan, version=version,
        **{"back": back, "crumbs": crumbs(plan), "intro": "", "warning": False, **more},
    )  # fmt: skip
    return page, 422 if sent_again else 200


def _stale(form: PlumblineForm, plan: Any, stands: dict[str, tuple[str, str]]) -> Any:
    """Both side by side: field, its words as typed, its words as saved."""
    fields = [
        errors.StaleField(name=name, label=form[name].label.text, yours=yours, saved=saved)
        for name, (yours, saved) in stands.items()
    ]
    back = url_for("plans.show", public_id=plan.public_id)
    return errors.stale_page(fields, version=plan.version, action=request.path, back_url=back)


@bp.route("/<public_id>/change", methods=["GET", "POST"])
@KEEPS
def change(public_id: str) -> Any:
    """Its name, its kind, the day of the next look."""
    plan = _kept(public_id)
    data = {"name": plan.name, "kind": str(plan.kind), "review_on": plan.review_on}
    form = PlanForm(data=data if request.method == "GET" else None)
    if request.method == "POST":
        plan_id = plan.id
        try:
            if sent(form, lambda: plans.change(access.actor(), plan_id, posted_version(), **_plan_data(form))):
                flash("The plan is changed.", "success")
                return redirect(url_for("plans.show", public_id=public_id), 303)
        except Stale:
            plan = find(public_id)
            return _stale(form, plan, {"name": (form.name.data or "", plan.name)})
    return _form_page(form, "Change the plan", "Save the plan", find(public_id))


@bp.route("/<public_id>/look", methods=["GET", "POST"])
@KEEPS
def look(public_id: str) -> Any:
    """The quarterly look was held: what was said, and when the next one is."""
    plan, form = _kept(public_id), ReviewForm()
    if request.method == "POST":
        given: dict[str, Any] = {"held_on": form.held_on.data, "notes": form.notes.data, "next_on": form.next_on.data}
        plan_id = plan.id
        try:
            if sent(form, lambda: plans.record_review(access.actor(), plan_id, posted_version(), **given)):
                flash("The look is recorded, and the day of the next one is set.", "success")
                return redirect(url_for("plans.show", public_id=public_id), 303)
        except Stale:
            return _stale(form, find(public_id), {"notes": (form.notes.data or "", "")})
    intro = _to_be_looked_at(plan)
    return _form_page(form, "Record the quarterly look", "Record it", find(public_id), intro=intro)


@bp.route("/<public_id>/end", methods=["GET", "POST"])
@KEEPS
def end(public_id: str) -> Any:
    """It is kept no longer: nothing is added, and all of it stays to be read."""
    plan, form = _kept(public_id), PlumblineForm()
    plan_id = plan.id
    if request.method == "POST" and sent(form, lambda: plans.end(access.actor(), plan_id, posted_version())):
        flash("The plan has ended.", "success")
        return redirect(url_for("plans.show", public_id=public_id), 303)
    intro = (
        "Nothing is added to a plan that has ended, and no recommendation moves into it. All of it can still be read."
    )
    return _form_page(form, "End the plan", "End the plan", find(public_id), intro=intro, warning=True)


def _kept(public_id: str) -> Any:
    """A plan that something can still be done to."""
    plan = find(public_id)
    if request.method == "GET" and plan.ended_at is not None:
        raise NotVisible
    return plan


# --- headings ---------------------------------------------------------------------------------------------


@bp.route("/<public_id>/sections/new", methods=["GET", "POST"])
@KEEPS
def new_section(public_id: str) -> Any:
    """One more heading inside the table."""
    plan, form = _kept(public_id), SectionForm()
    plan_id = plan.id
    if request.method == "POST" and sent(
        form, lambda: plans.add_section(access.actor(), plan_id, title=form.title.data or "")
    ):
        flash("The heading is added.", "success")
        return redirect(url_for("plans.show", public_id=public_id), 303)
    return _form_page(form, "Add a heading", "Add the heading", find(public_id))


@bp.route("/sections/<section_id>", methods=["GET", "POST"])
@KEEPS
def section(section_id: str) -> Any:
    """Other words for a heading, or away with one that heads nothing."""
    plan, row = queries.section(access.actor(), access.office(), section_id)
    stands = {"title": row.title, "seen": row.title}
    form = SectionForm(data=stands if request.method == "GET" else None)
    if request.method == "POST" and _section_done(form, row.id):
        flash("The heading is removed." if "remove" in request.form else "The heading is changed.", "success")
        return redirect(url_for("plans.show", public_id=plan.public_id), 303)
    plan, row = queries.section(access.actor(), access.office(), section_id)
    form.seen.data = row.title
    return _form_page(form, "Change a heading", "Save the heading", plan, remove="Remove the heading")


def _section_done(form: SectionForm, row_id: int) -> bool:
    if "remove" in request.form:
        return sent(form, lambda: plans.remove_section(access.actor(), row_id))
    given = {"title": form.title.data or "", "seen": form.seen.data or ""}
    return sent(form, lambda: plans.change_section(access.actor(), row_id, **given))
