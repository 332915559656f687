"""Quality activities other than practice reviews: the list, one activity, its parts, its recommendations."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.queries import activities as queries
from app.queries import recommendations, reviews
from app.queries.initials import told_apart
from app.queries.reviews import NotVisible
from app.services import activities, records, settings, tags
from app.services import activity_recommendations as raising
from app.services.unit_of_work import Stale
from app.web import access, activity_documents, asked, frame, paging, words
from app.web import activity_forms as forms
from app.web.actions import posted_version, put_errors
from app.web.activity_warnings import Warned, warnings_of
from app.web.wording import day
from forms.base import PlumblineForm, clean_line
from workflows.engine import GuardFailed
from workflows.permissions import Permission

bp = Blueprint("activities", __name__, url_prefix="/activities")
frame.navigation.add(
    "Activities",
    "activities.index",
    lambda _person: access.allowed(Permission.RECORD_ACTIVITY),
    order=4,
    also=("activity_documents",),
)


# --- the list -------------------------------------------------------------------------------------------


@bp.get("")
@access.needs(Permission.RECORD_ACTIVITY)
def index() -> Any:
    """Every activity, newest first, by kind and year."""
    actor, office = access.actor(), access.office()
    filters = queries.Filters(clean_line(request.args.get("kind", ""))[:60], asked.number(request.args.get("year"), 0))
    found = queries.listing(actor, office, filters, asked.page())
    counts = queries.counts(actor, office, found.rows)
    return render_template(
        "activities/index.html",
        table=[_line(row, counts.get(row.id, queries.Counted())) for row in found.rows],
        kinds=_options(queries.kinds(), filters.kind),
        years=_options({str(year): str(year) for year in queries.years(actor, office)}, str(filters.year)),
        filtered=bool(filters.as_query()),
        paging=paging.links(found, "Activities", "activities.index", **filters.as_query()),
        wide=True,
    )


def _options(labels: dict[str, str], chosen: str) -> list[dict[str, Any]]:
    return [{"value": key, "text": text, "selected": key == chosen} for key, text in labels.items()]


def _line(row: Any, counted: queries.Counted) -> list[Any]:
    agencies = len(row.parts)
    return [
        {"text": row.reference, "url": url_for("activities.show", public_id=row.public_id)},
        row.kind.name,
        row.title,
        {"text": day(row.held_on), "value": row.held_on.isoformat()},
        agencies or "",
        counted.every,
        counted.open,
    ]


# --- recording ------------------------------------------------------------------------------------------


@bp.route("/record", methods=["GET", "POST"])
@access.needs(Permission.RECORD_ACTIVITY)
def record() -> Any:
    """Write down one activity; each agency named gets a part to be filled in."""
    form = forms.ActivityForm(kinds=queries.kinds())
    if request.method == "POST" and form.validate():
        try:
            public_id = activities.record(access.actor(), form.details())
        except GuardFailed as refused:
            _put(form, refused)
        else:
            flash("The activity is recorded. Now add what was found, and raise its recommendations.", "success")
            return redirect(url_for("activities.show", public_id=public_id), 303)
    return _form_page("record.html", form, crumbs=_crumbs(), back=url_for("activities.index"))


def _put(form: PlumblineForm, refused: GuardFailed) -> None:
    """Each reason beside its field; one that belongs to none is a page of its own."""
    if not put_errors(form, refused):
        raise refused


def _form_page(template: str, form: PlumblineForm, code: int | None = None, **more: Any) -> Any:
    """A form as it stands: 422 where it was sent and something is wrong with it."""
    sent = 422 if request.method == "POST" else 200
    names = [field.short_name for field in form if field.short_name != "csrf_token"]
    page = {"stands": [], **more}
    body = render_template(f"activities/{template}", form=form, fields=forms.bound(form, names), **page)
    return body, code or sent


def _crumbs(activity: Any = None) -> list[dict[str, str]]:
    own = [{"text": activity.reference, "href": _url(activity)}] if activity else []
    return [{"text": "Activities", "href": url_for("activities.index")}, *own]


def _url(activity: Any) -> str:
    return url_for("activities.show", public_id=activity.public_id)


# --- one activity ---------------------------------------------------------------------------------------


def _find(public_id: str) -> Any:
    return queries.get(access.actor(), access.office(), public_id)


@bp.get("/<public_id>")
@access.needs(Permission.RECORD_ACTIVITY)
def show(public_id: str) -> Any:
    """What it was, what each agency found, what was recommended."""
    activity = _find(public_id)
    rows = queries.recommendations_of(access.actor(), access.office(), activity)
    body = render_template(
        "activities/show.html",
        activity=activity,
        kind=activity.kind.name,
        facts=_facts(activity),
        parts=[_part(activity, part) for part in activity.parts],
        parts_heading="Each agency’s part" if activity.kind.several else "Agencies that took part",
        documents=activity_documents.lines(activity),
        table=_recommendations(activity, rows),
        crumbs=_crumbs(),
        wide=True,
    )
    records.log_views(access.actor(), rows, "page", "activity")
    return body


def _facts(activity: Any) -> list[dict[str, str]]:
    recorded = f"{activity.recorded_by.name}, {day(activity.recorded_at)}"
    rows = [("Kind", activity.kind.name), ("Date", day(activity.held_on)), ("Recorded by", recorded)]
    return [{"key": key, "value": value} for key, value in rows]


def _part(activity: Any, part: Any) -> dict[str, str]:
    return {
        "agency": part.agency,
        "contact": part.contact,
        "found": part.found,
        "url": url_for("activities.change_part", public_id=activity.public_id, part_id=part.id),
    }


COLUMNS = ("Reference", "Initials", "Action", "Answers", "Owner", "Due", "How it stands", "Status")
WHERE_ANY = ("Initials", "Answers")  # left out where no recommendation has any


def _recommendations(activity: Any, rows: list[Any]) -> dict[str, Any]:
    """References and initials, as any list has them (R11)."""
    initials = told_apart(row.child for row in rows if row.child is not None)
    agencies = {activities.finding_of(part): part.agency for part in activity.parts}
    lines = [_recommendation(row, initials, agencies) for row in rows]
    columns = [name for name in COLUMNS if name not in WHERE_ANY or any(line[name] for line in lines)]
    return {"columns": columns, "rows": [[line[name] for name in columns] for line in lines]}


def _recommendation(row: Any, initials: dict[int, str], agencies: dict[str, str]) -> dict[str, Any]:
    return {
        "Reference": {"text": row.reference, "url": url_for("recommendations.show", public_id=row.public_id)},
        "Initials": initials[row.child.id] if row.child else "",
        "Action": row.action,
        "Answers": agencies.get(row.finding, ""),
        "Owner": row.owner.name if row.owner else "Nobody yet",
        "Due": day(row.due_on) if row.due_on else "No date",
        "How it stands": {"rag": recommendations.colour_of(row)},
        "Status": {"tag": words.RECOMMENDATION[str(row.state)]},
    }


@bp.route("/<public_id>/change", methods=["GET", "POST"])
@access.needs(Permission.RECORD_ACTIVITY)
def change(public_id: str) -> Any:
    """Correct what was recorded; the agencies are changed part by part."""
    activity = _find(public_id)
    saved = {"kind": activity.kind.key, "title": activity.title, "held_on": activity.held_on}
    form = forms.ActivityForm(kinds=queries.kinds(), data={**saved, "summary": activity.summary})
    del form.agencies
    if request.method == "POST" and form.validate():
        try:
            activities.change(access.actor(), activity.id, posted_version(), form.details())
        except GuardFailed as refused:
            _put(form, refused)
        except Stale:
            return _change_page(_find(public_id), form, stale=True)
        else:
            flash("The activity is changed.", "success")
            return redirect(url_for("activities.show", public_id=public_id), 303)
    return _change_page(_find(public_id), form)


def _change_page(activity: Any, form: PlumblineForm, *, stale: bool = False) -> Any:
    stands = [
        *_facts(activity),
        {"key": "Title", "value": activity.title},
        {"key": "Summary", "value": activity.summary},
    ]
    return _form_page(
        "change.html",
        form,
        409 if stale else None,
        activity=activity,
        version=_version(activity, stale=stale),
        stands=stands if stale else [],
        crumbs=_crumbs(activity),
        back=_url(activity),
    )


def _version(activity: Any, *, stale: bool) -> int:
    """The page's own while it is put right; the saved one where both texts are shown, to be saved on top of it."""
    return posted_version() if request.method == "POST" and not stale else activity.version


# --- parts ----------------------------------------------------------------------------------------------


@bp.route("/<public_id>/parts/add", methods=["GET", "POST"])
@access.needs(Permission.RECORD_ACTIVITY)
def add_part(public_id: str) -> Any:
    """One more agency, with what was found."""
    activity, form = _find(public_id), forms.PartForm()
    if request.method == "POST" and form.validate():
        try:
            activities.add_part(access.actor(), activity.id, posted_version(), form.details())
        except GuardFailed as refused:
            _put(form, refused)
        except Stale:
            return _part_page(_find(public_id), form, None, stale=True)
        else:
            flash("The agency’s part is added.", "success")
            return redirect(url_for("activities.show", public_id=public_id), 303)
    return _part_page(_find(public_id), form, None)


@bp.route("/<public_id>/parts/<int:part_id>", methods=["GET", "POST"])
@access.needs(Permission.RECORD_ACTIVITY)
def change_part(public_id: str, part_id: int) -> Any:
    """What one agency found."""
    activity = _find(public_id)
    part = _its_part(activity, part_id)
    form = forms.PartForm(data={"agency": part.agency, "contact": part.contact, "found": part.found})
    if request.method == "POST" and form.validate():
        try:
            activities.change_part(access.actor(), activity.id, part_id, posted_version(), form.details())
        except GuardFailed as refused:
            _put(form, refused)
        except Stale:
            return _part_page(_find(public_id), form, part_id, stale=True)
        else:
            flash("The agency’s part is saved.", "success")
            return redirect(url_for("activities.show", public_id=public_id), 303)
    return _part_page(_find(public_id), form, part_id)


def _its_part(activity: Any, part_id: int) -> Any:
    found = next((part for part in activity.parts if part.id == part_id), None)
    if found is None:
        raise NotVisible
    return found


def _part_page(activity: Any, form: PlumblineForm, part_id: int | None, *, stale: bool = False) -> Any:
    part = next((each for each in activity.parts if each.id == part_id), None)
    return _form_page(
        "part.html",
        form,
        409 if stale else None,
        activity=activity,
        part=part,
        version=_version(activity, stale=stale),
        stands=_as_saved(activity, part) if stale else [],
        crumbs=_crumbs(activity),
        back=_url(activity),
    )


def _as_saved(activity: Any, part: Any) -> list[dict[str, str]]:
    """This part as it stands now; the agencies, where a part is being added or was removed meanwhile."""
    if part is None:
        agencies = ", ".join(each.agency for each in activity.parts) or "None yet"
        return [{"key": "Agencies", "value": agencies}]
    rows = [("Agency", part.agency), ("Who answered for it", part.contact), ("What was found", part.found)]
    return [{"key": key, "value": value or "Nothing yet"} for key, value in rows]


@bp.post("/<public_id>/parts/<int:part_id>/remove")
@access.needs(Permission.RECORD_ACTIVITY)
def remove_part(public_id: str, part_id: int) -> Any:
    """Take an agency out again; refused where a recommendation answers its part."""
    activity = _find(public_id)
    activities.remove_part(access.actor(), activity.id, part_id, posted_version())
    flash("The agency’s part is removed.", "success")
    return redirect(url_for("activities.show", public_id=public_id), 303)


# --- its recommendations --------------------------------------------------------------------------------


@bp.route("/<public_id>/recommend", methods=["GET", "POST"])
@access.needs(Permission.RECORD_ACTIVITY)
def recommend(public_id: str) -> Any:
    """Raise one recommendation. What to look at again is said once; sent again as it is, it is raised."""
    activity = _find(public_id)
    form = _recommend_form(activity)
    if request.method == "GET":
        return _recommend_page(activity, form, None, 200)
    if not form.validate():
        return _recommend_page(activity, form, None, 422)
    warned = warnings_of(form, activity, _raised_of(activity))
    if warned.news(clean_line(request.form.get("warned", ""))):
        return _recommend_page(activity, form, warned, 200)
    try:
        made = raising.recommend(access.actor(), activity.id, form.new())
    except GuardFailed as refused:
        _put(form, refused)
        return _recommend_page(_find(public_id), form, warned if warned.lines else None, 422)
    flash(f"Recommendation {made.reference} is raised. Its owner has been told.", "success")
    return redirect(url_for("activities.show", public_id=public_id), 303)


def _raised_of(activity: Any) -> int:
    counted = queries.counts(access.actor(), access.office(), [activity])
    return counted.get(activity.id, queries.Counted()).every


def _recommend_form(activity: Any) -> forms.RecommendForm:
    everybody = reviews.people_to_own()
    return forms.RecommendForm(
        meta={"people": everybody, "names": everybody},
        tags=tags.known(),
        parts={activities.finding_of(part): part.agency for part in activity.parts},
        label=settings.load().case_system_label,
    )


def _recommend_page(activity: Any, form: forms.RecommendForm, warned: Warned | None, code: int) -> Any:
    """The new child's own fields are shown once the ID was found to be nobody's."""
    unknown = any(form[name].errors for name in ("case_system_id", *forms.NEW_CHILD_FIELDS))
    typed = any(form[name].data for name in forms.NEW_CHILD_FIELDS)
    main = [name for name in forms.MAIN_FIELDS if name != "finding" or activity.parts]
    body = render_template(
        "activities/recommend.html",
        activity=activity,
        form=form,
        main=forms.bound(form, main),
        new_child=forms.bound(form, forms.NEW_CHILD_FIELDS) if unknown or typed else [],
        partner=forms.bound(form, forms.PARTNER_FIELDS),
        partner_open=any(form[name].data or form[name].errors for name in forms.PARTNER_FIELDS),
        warned=warned,
        crumbs=_crumbs(activity),
        back=_url(activity),
    )
    records.log_views(access.actor(), warned.tells_of if warned else [], "page", "recommendation to raise")
    return body, code
