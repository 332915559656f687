"""Taking in a file: send it, look at its columns, look at its rows, take it in, and see what became of each row."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app import clock
from app.imports import dates
from app.imports.book import LARGEST_FILE
from app.imports.dates import Kind
from app.queries import imports as queries
from app.queries import plans as plan_queries
from app.queries.reviews import NotVisible
from app.services import imports
from app.services.imports import Into
from app.services.unit_of_work import Stale
from app.web import access, asked, errors, import_words
from app.web.actions import posted_version, put_errors
from app.web.import_words import MADE
from app.web.plan_forms import UploadForm, UploadPlanForm
from app.web.plans import KEEPS, crumbs, find
from workflows.engine import GuardFailed, Reason, Refused
from workflows.permissions import Permission

bp = Blueprint("imports", __name__)


# --- sending it -------------------------------------------------------------------------------------------


@bp.route("/plans/import", methods=["GET", "POST"])
@KEEPS
@access.takes_files
def into_any_plan() -> Any:
    """A file into a plan that is chosen here, or into a new one."""
    plans = {plan.public_id: plan.name for plan in plan_queries.to_choose(access.actor(), access.office())}
    form = UploadPlanForm(plans=plans)
    into = Into(plan=form.plan.data or "", name=form.name.data or "", kind=form.kind.data or "")
    return _upload(form, into, "Import a plan", crumbs())


@bp.route("/plans/<public_id>/import", methods=["GET", "POST"])
@KEEPS
@access.takes_files
def into_plan(public_id: str) -> Any:
    """A file into this plan."""
    plan = find(public_id)
    if request.method == "GET" and plan.ended_at is not None:
        raise NotVisible
    return _upload(UploadForm(), Into(plan=public_id), f"Import a file into {plan.name}", crumbs(plan))


@bp.route("/activities/<public_id>/import", methods=["GET", "POST"])
@access.needs(Permission.RECORD_ACTIVITY)
@access.takes_files
def into_activity(public_id: str) -> Any:
    """The recommendations of an activity, from a file."""
    activity = queries.activity(access.actor(), access.office(), public_id)
    title = f"Import recommendations of {activity.title}"
    return _upload(UploadForm(), Into(activity=public_id), title, import_words.activity_crumbs(activity))


def _upload(form: UploadForm, into: Into, title: str, way: list[dict[str, str]]) -> Any:
    if request.method == "POST" and form.validate():
        try:
            draft = imports.begin(access.actor(), into, *_sent_file())
            return redirect(url_for("imports.columns", draft_id=draft), 303)
        except GuardFailed as refused:
            if not put_errors(form, refused):
                raise
    page = render_template(
        "imports/upload.html", form=form, title=title, crumbs=way, begun=_begun(), of_activity=bool(into.activity)
    )
    return page, 422 if request.method == "POST" else 200


def _sent_file() -> tuple[str, bytes]:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise GuardFailed(Reason("Choose the file.", "file"))
    content = sent.stream.read(LARGEST_FILE + 1)
    return sent.filename, content


def _begun() -> list[dict[str, str]]:
    """Files this person has sent and not taken in."""
    return [
        {"text": row.file_name, "url": url_for("imports.columns", draft_id=row.public_id)}
        for row in queries.drafts(access.actor())
    ]


# --- its columns ------------------------------------------------------------------------------------------


def _find(draft_id: str) -> queries.Draft:
    return queries.draft(access.actor(), draft_id)


def _or_done(draft_id: str) -> Any:
    """Where to, when there is no such draft: what became of it, if it was taken in."""
    batch = queries.batch(access.actor(), access.office(), draft_id)
    return redirect(url_for("imports.done", public_id=batch.public_id), 303)


@bp.route("/imports/<draft_id>", methods=["GET", "POST"])
@KEEPS
def columns(draft_id: str) -> Any:
    """Which sheet and which headings, and what each column means: guessed, and here to be corrected."""
    try:
        draft = _find(draft_id)
    except NotVisible:
        return _or_done(draft_id)
    problems: list[dict[str, str]] = []
    if request.method == "POST":
        row_id, given = draft.row.id, _table_choices(draft)
        try:
            imports.choose_table(access.actor(), row_id, posted_version(), **given)
            here = "imports.columns" if "again" in request.form else "imports.rows"
            return redirect(url_for(here, draft_id=draft_id), 303)
        except Stale:
            return errors.refused_page([import_words.STALE], url_for("imports.columns", draft_id=draft_id))
        except GuardFailed as refused:
            problems = [{"text": reason.text, "href": f"#{reason.target or 'header'}"} for reason in refused.reasons]
        draft = _find(draft_id)
    page = render_template(
        "imports/columns.html",
        problems=problems,
        version=draft.row.version,
        posted=request.form,
        **import_words.table(draft, request.form),
    )
    return page, 422 if problems else 200


def _table_choices(draft: queries.Draft) -> dict[str, Any]:
    """As posted. On another sheet or heading row the columns are guessed anew."""
    sheet = asked.number(request.form.get("sheet"), draft.found.place)
    sheet = sheet if sheet < len(draft.found.book.sheets) else draft.found.place
    header = asked.number(request.form.get("header"), draft.found.layout.header)
    heads = min(2, max(1, asked.number(request.form.get("heads"), 1)))
    means = {each.index: request.form.get(f"column-{each.index}", each.means) for each in draft.found.layout.columns}
    same = (sheet, header) == (draft.found.place, draft.found.layout.header)
    return {"sheet": sheet, "header": header, "heads": heads, "columns": means if same else {}}


# --- its rows ---------------------------------------------------------------------------------------------


@bp.route("/imports/<draft_id>/rows", methods=["GET", "POST"])
@KEEPS
def rows(draft_id: str) -> Any:
    """Row by row: what will be made, what is unsure, with a place to say what was meant. Then all of it at once."""
    try:
        draft = _find(draft_id)
    except NotVisible:
        return _or_done(draft_id)
    wrong: dict[str, str] = {}
    if request.method == "POST":
        said, wrong = _row_choices()
        if not wrong:
            return _chosen(draft_id, draft.row.id, said)
    shown = import_words.rows(draft, asked.page(), request.args.get("show") == "unsure")
    page = render_template(
        "imports/rows.html",
        version=posted_version() if wrong else draft.row.version,
        wrong=wrong,
        typed=request.form,
        **shown,
    )
    return page, 422 if wrong else 200


def _chosen(draft_id: str, row_id: int, said: dict[str, dict[int, Any]]) -> Any:
    """What was said is kept; then the next page, or all of it is taken in."""
    months = {"last_of_month": request.form.get("months") == "last"} if "months" in request.form else {}
    try:
        version = imports.choose_rows(access.actor(), row_id, posted_version(), said, **months)
        if request.form.get("do") != "import":
            where = {"show": request.args.get("show"), "page": request.form.get("to") or request.args.get("page")}
            kept: dict[str, Any] = {key: value for key, value in where.items() if value}
            return redirect(url_for("imports.rows", draft_id=draft_id, **kept), 303)
        done = imports.take_in(access.actor(), row_id, version)
    except Stale:
        return errors.refused_page([import_words.STALE], url_for("imports.rows", draft_id=draft_id))
    except Refused as refused:
        return errors.refused_page(refused.reasons, url_for("imports.rows", draft_id=draft_id))
    flash("The file is taken in.", "success")
    return redirect(url_for("imports.done", public_id=done), 303)


def _row_choices() -> tuple[dict[str, dict[int, Any]], dict[str, str]]:
    """(what was said by kind and row, what could not be read by field)."""
    said: dict[str, dict[int, Any]] = {"made": {}, "days": {}, "changed": {}}
    wrong: dict[str, str] = {}
    for name, value in request.form.items():
        kind, _, row = name.partition("-")
        number = asked.number(row, 0)
        if not number:
            continue
        if kind == "made":
            said["made"][number] = value if value in MADE else None
        elif kind == "changed":
            said["changed"][number] = value if value in ("update", "add") else None
        elif kind == "day":
            day, why = _typed_day(value)
            said["days"][number] = day.isoformat() if day else None
            if why:
                wrong[name] = f"Row {number}: {why}"
    return said, wrong


def _typed_day(text: str) -> tuple[date | None, str]:
    if not text.strip():
        return None, ""
    found = dates.read(text[:100], clock.today())
    if found.kind is Kind.DAY:
        return found.on, ""
    return None, "write a whole day, such as 31/3/2027 or 31 March 2027, or leave it empty"


@bp.post("/imports/<draft_id>/drop")
@KEEPS
def drop(draft_id: str) -> Any:
    """Thrown away: nothing of it is kept."""
    imports.drop(access.actor(), _find(draft_id).row.id)
    flash("The file is thrown away. Nothing was taken in.", "success")
    return redirect(url_for("plans.index"), 303)


# --- what became of it ------------------------------------------------------------------------------------


@bp.get("/imports/done/<public_id>")
@KEEPS
def done(public_id: str) -> Any:
    """Every row of the file, and what was made of it."""
    batch = queries.batch(access.actor(), access.office(), public_id)
    return render_template("imports/done.html", **import_words.outcome(batch, asked.page()))


@bp.route("/imports/done/<public_id>/undo", methods=["GET", "POST"])
@KEEPS
def undo(public_id: str) -> Any:
    """All that came with it is taken back, after a look at what was changed since."""
    batch = queries.batch(access.actor(), access.office(), public_id)
    if batch.undone_at is not None:
        return redirect(url_for("imports.done", public_id=public_id), 303)
    if request.method == "POST":
        batch_id, back = batch.id, url_for("imports.undo", public_id=public_id)
        try:
            imports.undo(access.actor(), batch_id, seen=asked.number(request.form.get("seen"), -1))
        except GuardFailed as refused:
            return errors.refused_page(refused.reasons, back)
        flash("The import is undone. All that came with it is taken back.", "success")
        return redirect(url_for("imports.done", public_id=public_id), 303)
    return render_template("imports/undo.html", **import_words.before_undo(batch))
