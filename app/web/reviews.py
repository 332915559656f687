"""The register and one review's own pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup

from app import clock
from app.policy.visibility import Aspect, Tie
from app.queries import history, panel, recommendations, reviews
from app.queries import register as queries
from app.queries.reviews import NotVisible
from app.services import panel_decision, review_facts, settings, steps
from app.services.form_versions import template_of
from app.web import access, asked, choosing, comparing, frame, paging, review_pages, words
from app.web.marks import stage_tag
from app.web.reading import shown_parts
from app.web.recommendations import line as recommendation_line
from app.web.wording import day, moment
from forms.completeness import progress
from workflows.permissions import Permission

bp = Blueprint("reviews", __name__, url_prefix="/reviews")
HOLDS_NO_REVIEW = frozenset({"administrator", "oversight"})
frame.navigation.add(
    "Reviews",
    "reviews.register",
    lambda person: bool(person.role_names - HOLDS_NO_REVIEW),
    also=("drafting", "discussion", "moderation", "actions"),
)


@bp.get("")
@access.signed_in
def register() -> Any:
    """Every review this person may know of, with filters."""
    filters = queries.Filters(**{key: request.args.get(key, "")[:100] for key in queries.Filters.__annotations__})
    found = queries.register(access.actor(), access.office(), filters, asked.page())
    return render_template(
        "reviews/register.html",
        found=found,
        filters=filters,
        options=_options(filters, found.people, may_grade=access.office().holds(access.actor().id)),
        table=_table(found),
        paging=paging.links(found, "Reviews", "reviews.register", **filters.as_query()),
        wide=True,
    )


def _options(filters: queries.Filters, people: Mapping[str, str], *, may_grade: bool) -> dict[str, Markup]:
    """Of each list to choose from above the register; final grades are for the Head's office."""
    options = {
        "stage": choosing.options(words.STATE, filters.stage),
        "status": choosing.options(words.CHILD_STATUS, filters.status),
        "reviewer": choosing.options(people, filters.reviewer),
        "worker": choosing.options(people, filters.worker),
        "month": choosing.months(clock.today().year, filters.month),
    }
    return {**options, "grade": choosing.options(words.GRADE, filters.grade)} if may_grade else options


LINK = Markup('<a class="govuk-link" href="%s">%s</a>')


def _table(found: queries.Register) -> list[list[str]]:
    """Every cell as it is shown: one that the table had to look into would take three times as long."""
    initials, page = found.initials, url_for("reviews.show", public_id="")
    return [_line(line, initials, page) for line in found.rows]


def _line(line: queries.Line, initials: dict[int, str], page: str) -> list[str]:
    review = line.review
    return [
        LINK % (page + review.public_id, review.reference),
        initials[review.child.id] if line.known else "–",
        stage_tag(str(review.state)),
        f"{line.days_in_stage:,}",
        line.holder,
        day(line.due_on) if line.due_on else "–",
        f"{review.planned_month:%B %Y}",
    ]


@bp.get("/<public_id>")
@access.signed_in
def show(public_id: str) -> Any:
    """One review: what is next, the task list or the text, as far as this person may see."""
    seen = review_pages.find(public_id)
    if {Aspect.EXISTS, Aspect.DECLARATION} == set(seen.sight.aspects):
        return redirect(url_for("drafting.declare", public_id=public_id))
    if Aspect.EXISTS not in seen.sight:
        return review_pages.page("reviews/dates.html", seen, "dates")
    return review_pages.page(
        "reviews/show.html",
        seen,
        "review",
        caption=review_pages.caption(seen),
        actions=[review_pages.in_brief(each, _where_all_is(seen)) for each in review_pages.actions(seen)],
        tasks=_tasks(seen),
        parts=shown_parts(seen),
        facts=_facts(seen),
        returned=_returned(seen),
        addenda=history.addenda(seen.review) if Aspect.FINAL in seen.sight else [],
        may_see_name=Aspect.IDENTITY in seen.sight,
        finals=_finals(seen),
        shared=panel.shared_comments(seen),
        reviews_it=Tie.REVIEWER in seen.sight.ties,
        dissent_of=seen.item if seen.item and panel_decision.may_record_own(access.actor(), seen.item) else None,
        conflict=_conflict(seen),
        siblings=reviews.siblings(access.actor(), access.office(), seen.review),
        may_add_sibling=access.allowed(Permission.PLAN_REVIEW) and str(seen.review.state) in ("planned", "drafting"),
    )


@bp.post("/<public_id>/name")
@access.signed_in
def name(public_id: str) -> Any:
    """Show the child's name and case-system ID to somebody who may see them: a click, and a line in the log."""
    seen = review_pages.find(public_id, Aspect.IDENTITY)
    return review_pages.page(
        "reviews/name.html",
        seen,
        "name and case-system ID",
        wide=False,
        case_system_label=settings.load().case_system_label,
    )


def _conflict(seen: reviews.Seen) -> dict[str, str] | None:
    """What the present reviewer declared, for whoever acts as Head of QA and nobody else (R7)."""
    if Tie.HEAD_OF_QA not in seen.sight.ties:
        return None
    said = [each for each in seen.review.declarations if each.conflicted and each.person_id == seen.review.reviewer_id]
    return {"by": seen.review.reviewer.name, "reason": said[-1].reason} if said else None


def _returned(seen: reviews.Seen) -> dict[str, Any] | None:
    """Why it came back, for those who may read it, while the redraft is being written."""
    if Aspect.RETURN_REASONS not in seen.sight or str(seen.review.state) not in ("drafting", "discussion"):
        return None
    found = history.last_return(seen.review)
    titles = {part.key: part.title for part in template_of(seen.review.form_version).parts}
    if found is None:
        return None
    return {
        "mine": seen.review.reviewer_id == access.actor().id,
        "by": found.by,
        "at": found.at,
        "reason": found.reason,
        "parts": [(titles[key], text) for key, text in found.part_reasons.items() if key in titles],
    }


def _finals(seen: reviews.Seen) -> list[dict[str, str]]:
    """Each section's final grade beside the reviewer's, with the reason where it moved (R5)."""
    if Aspect.FINAL not in seen.sight:
        return []
    template = template_of(seen.review.form_version)
    labels = {point.value: (point.label, point.key) for point in template.scale.points}
    finals = review_facts.final_grades(seen.review)
    latest = review_facts.latest_revision(seen.review)
    submitted = review_facts.grades_in(template, latest.content["parts"]) if latest else {}
    return [
        {
            "section": part.title,
            "final": labels[finals[part.key].grade][0],
            "key": labels[finals[part.key].grade][1],
            "reviewer": labels[submitted[part.key]][0] if part.key in submitted else "",
            "reason": finals[part.key].reason,
        }
        for part, _question in template.grade_questions
        if part.key in finals
    ]


def _where_all_is(seen: reviews.Seen) -> str:
    """The page that lists everything still to do at this stage."""
    moderating = str(seen.review.state) == "hos_moderation"
    return url_for("moderation.show" if moderating else "drafting.check", public_id=seen.review.public_id)


def _tasks(seen: reviews.Seen) -> list[dict[str, Any]]:
    """The parts of the form in order, with how far each has come: for the writer, or as progress alone."""
    review = seen.review
    if Aspect.PROGRESS not in seen.sight or str(review.state) not in ("drafting", "discussion"):
        return []
    template = template_of(review.form_version)
    states = progress(template, review_facts.answers_of(review), unborn=review.child.unborn)
    may_write = Aspect.DRAFT in seen.sight
    return [_task(review.public_id, part, states[part.key], may_write) for part in template.parts]


def _task(public_id: str, part: Any, state: str, may_write: bool) -> dict[str, Any]:
    text, tone = words.PROGRESS[state]
    url = url_for("drafting.part", public_id=public_id, part=part.key) if may_write else ""
    return {"title": part.title, "status": text, "tone": tone, "url": url}


def _facts(seen: reviews.Seen) -> list[dict[str, str]]:
    review = seen.review
    rows = [
        ("Worker", review.worker.name),
        ("Line manager", review.line_manager.name),
        ("Reviewer", review.reviewer.name),
        ("Theme or focus", review.theme or "None"),
        ("Planned for", f"{review.planned_month:%B %Y}"),
        ("Review date", day(review.reviewed_on) if review.reviewed_on else "Not started"),
        ("Looks back to", day(review.look_back_from) if review.look_back_from else "Fixed when the review starts"),
        ("Form", f"{review.form_version.template.title}, version {review.form_version.number}"),
    ]
    known = BEGUN if not seen.sight.aspects & {Aspect.IDENTITY, Aspect.PROGRESS} else tuple(key for key, _value in rows)
    return [{"key": key, "value": value} for key, value in rows if key in known]


BEGUN = ("Reviewer", "Planned for")  # who sees only that it has begun, by whom


@bp.get("/<public_id>/recommendations", endpoint="recommendations")
@access.signed_in
def show_recommendations(public_id: str) -> Any:
    """What this review recommended, and how far each has come."""
    seen = review_pages.find(public_id, Aspect.RECOMMENDATIONS)
    rows = recommendations.of_review(access.actor(), access.office(), seen.review)
    initials = recommendations.initials_of(rows)
    lines = [recommendation_line(row, initials) for row in rows]
    return review_pages.page("reviews/recommendations.html", seen, "recommendations", rows_shown=lines)


@bp.get("/<public_id>/history", endpoint="history")
@access.signed_in
def show_history(public_id: str) -> Any:
    """Stages, who held it, every grade with who, when and why (R5)."""
    seen = review_pages.find(public_id, Aspect.HISTORY)
    kind = request.args.get("kind", "")
    return review_pages.page(
        "reviews/history.html",
        seen,
        "history",
        entries=[_entry(entry) for entry in history.timeline(seen.review, kind)],
        kinds=[
            {"text": text, "href": f"?kind={key}#what-happened", "current": key == kind}
            for key, text in words.HISTORY.items()
        ],
        grades=_grades(seen),
        stays=[
            [
                words.STATE[stay.state],
                day(stay.from_on),
                day(stay.to_on) if stay.to_on else "now",
                stay.days,
                stay.holder,
            ]
            for stay in history.stays(seen.review, access.office())
        ],
        revisions=[
            (each.number, f"{each.number}: {words.REVISION[str(each.kind)]}, {moment(each.made_at)}")
            for each in seen.review.revisions
        ],
    )


@bp.get("/<public_id>/compare")
@access.signed_in
def compare(public_id: str) -> Any:
    """Any two revisions, struck and inserted words."""
    seen = review_pages.find(public_id, Aspect.HISTORY)
    by_number = {each.number: each for each in seen.review.revisions}
    numbers = [asked.number(request.args.get(name), 0) for name in ("old", "new")]
    if any(number not in by_number for number in numbers):
        raise NotVisible
    old, new = (by_number[number] for number in numbers)
    return review_pages.page(
        "reviews/compare.html",
        seen,
        f"revisions {old.number} and {new.number}",
        old=old,
        new=new,
        kinds=words.REVISION,
        changes=comparing.changes(seen, old.content["parts"], new.content["parts"]),
    )


def _entry(entry: history.Entry) -> dict[str, Any]:
    title = "Given to the reviewer" if entry.action == "allocated" else steps.label(entry.action)
    by = f"{entry.by}, acting: {entry.acting}" if entry.acting else entry.by
    tag = {"text": words.STATE[entry.state], "tone": words.TONE[entry.state]} if entry.state else None
    return {"title": title, "at": entry.at, "by": by, "text": entry.reason, "tag": tag}


def _grades(seen: reviews.Seen) -> list[dict[str, Any]]:
    """A row for each graded section, in the form's order: its grades as they were given, with who, when
    and why; never the stored number (handbook 5)."""
    template = template_of(seen.review.form_version)
    labels = {point.value: point.label for point in template.scale.points}
    paths = history.grade_paths(seen)
    return [
        {
            "section": part.title,
            "moved": "Moved" if paths[part.key].moved else "",
            "steps": [_grade_row(step, labels) for step in paths[part.key].steps],
            "readings": [_grade_row(step, labels) for step in paths[part.key].readings],
        }
        for part, _question in template.grade_questions
        if part.key in paths
    ]


def _grade_row(step: history.GradeStep, labels: dict[int, str]) -> list[str]:
    return [words.GRADE_STAGE[step.stage], labels[step.grade], step.by, moment(step.at), step.reason]
