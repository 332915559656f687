"""The small pages of an item and of a reading: adjourn, move, excuse, declare a conflict, add, dissent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for

from app.queries import panel
from app.queries.panel import SeenItem
from app.queries.reviews import NotVisible
from app.services import panel_decision, panel_items, panel_readings, panel_steps
from app.web import access, action_forms, asked, panel_item, panel_reading, review_pages
from app.web.actions import put_errors
from app.web.panel_choices import meeting_choices
from forms.base import PlumblineForm
from workflows.engine import GuardFailed


@dataclass(frozen=True)
class Action:
    """One action's page: what it asks, which service takes it, what is said before and afterwards."""

    label: str
    form: type[PlumblineForm]
    take: Callable[..., None]
    done: str
    about: str = ""
    warning: bool = False


ON_ITEM: dict[str, Action] = {
    "open": Action(
        "Open the discussion", action_forms.NothingForm, panel_items.open_discussion, "The discussion is open.",
        "From now on everybody who is here with a submitted reading sees all readings of this review.",
    ),
    "share_comments": Action(
        "Share the comments with the reviewer", action_forms.NothingForm, panel_items.share_comments,
        "The reviewer can read the comments.",
        "The reviewer reads the comments on each section, without grades and without whose they are.",
    ),
    "adjourn": Action(
        "Adjourn", action_forms.ReasonForm, panel_items.adjourn, "The item is adjourned. Every reading is kept.",
        "The review leaves this agenda undecided and waits to be listed at a later meeting. No reading is lost.",
    ),
    "move": Action(
        "Move to another meeting", action_forms.NothingForm, panel_items.move, "The item is moved.",
        "Its readings go with it; who sits at the other meeting and has not read it is invited.",
    ),
    "relist": Action(
        "List at a meeting", action_forms.NothingForm, panel_items.relist, "The item is listed.",
        "Who sits at that meeting and has not read the review is invited.",
    ),
    "dissent": Action(
        "Have a dissent recorded", action_forms.DissentForm, panel_decision.dissent, "Your dissent is recorded.",
        "It is kept with the decision, in your own words, and printed in the moderation record. It cannot be changed.",
    ),
}  # fmt: skip
ON_READING: dict[str, Action] = {
    "confirm": Action(
        "Confirm the earlier reading", action_forms.NothingForm, panel_readings.confirm, "Your reading is submitted.",
        "Your earlier reading stands for the text as it is now. You cannot change it after this.",
    ),
    "declare": Action(
        "Declare a conflict", action_forms.ConflictReasonForm, panel_readings.declare_conflict,
        "Thank you. The Head of QA has been told.",
        "Your access to this review ends at once. What you wrote is kept sealed and never counted.", warning=True,
    ),
    "add": Action(
        "Add to your reading", action_forms.AdditionForm, panel_readings.add, "It is added to your reading.",
        "A submitted reading is never changed: what you add stands beside it, with the time.",
    ),
    "excuse": Action(
        "Excuse from reading", action_forms.ReasonForm, panel_readings.excuse, "The member is excused.",
        "An excused member does not count for quorum, and sees the readings after the decision.",
    ),
    "invite_again": Action(
        "Invite again", action_forms.NothingForm, panel_readings.invite_again, "The member is invited again.",
        "The member is asked to read after all, and counts for quorum once the reading is submitted.",
    ),
}  # fmt: skip
LISTING = ("move", "relist")
BLUEPRINTS = (panel_item.bp, panel_reading.bp)  # with the routes below


@panel_item.bp.route("/<action>", methods=["GET", "POST"], endpoint="act")
@access.signed_in
def on_item(public_id: str, action: str) -> Any:
    """One action on the item."""
    find = panel.find_for_dissent if action == "dissent" else panel.find_item
    found = find(access.actor(), access.office(), public_id)
    trigger = "relist_opened" if action == "relist" and found.item.opened_at is not None else action
    action = "relist" if action == "relist_opened" else action
    wanted = ON_ITEM.get(action)
    offered = {each.trigger: each for each in panel_steps.available(access.actor(), found.item)}
    may = panel_decision.may_record_own(access.actor(), found.item) if action == "dissent" else trigger in offered
    if wanted is None or not may:
        raise NotVisible
    kind = (
        action_forms.meeting_form(meeting_choices(found.item.review, found.item.meeting_id))
        if action in LISTING
        else wanted.form
    )
    form = kind()
    shut = [reason.text for reason in offered[trigger].reasons] if trigger in offered else []

    def take(given: dict[str, Any]) -> None:
        if action == "dissent":
            wanted.take(access.actor(), found.item.id, **given)
        else:
            wanted.take(access.actor(), found.item.id, asked.version(), **given)

    here = _page_of(found)
    if request.method == "POST" and _taken(form, take):
        flash(wanted.done, "success")
        return redirect(here, 303)
    code = 422 if request.method == "POST" else 200
    return _page(found, wanted, form, here, found.item.version, shut, code)


@panel_reading.bp.route("/<action>", methods=["GET", "POST"], endpoint="act")
@access.signed_in
def on_reading(public_id: str, action: str) -> Any:
    """One action on a reading: the reader's own, or the excusing of somebody's."""
    wanted = ON_READING.get(action)
    if wanted is None:
        raise NotVisible
    others = action in ("excuse", "invite_again")
    find = panel.reading_for_somebody_else if others else panel.find_reading
    found, row = find(access.actor(), access.office(), public_id)
    offered = {each.trigger for each in panel_steps.available_on(access.actor(), row)}
    if action not in offered:
        raise NotVisible
    form = wanted.form()

    def take(given: dict[str, Any]) -> None:
        if action == "confirm":
            given["expected_version"] = asked.version()
        wanted.take(access.actor(), row.id, **given)

    item = url_for("panel_item.show", public_id=found.item.public_id)
    here = item if others else url_for("panel_reading.show", public_id=public_id)
    if request.method == "POST" and _taken(form, take):
        flash(wanted.done, "success")
        return redirect(url_for("my_work.index") if action == "declare" else here, 303)
    code = 422 if request.method == "POST" else 200
    name = row.person.name if others else ""
    return _page(found, wanted, form, here, row.version, [], code, name)


def _page_of(found: SeenItem) -> str:
    """The item's page; the review's for its reviewer, who is not of the panel."""
    if found.seen.sight.ties & panel.OF_THE_PANEL:
        return url_for("panel_item.show", public_id=found.item.public_id)
    return url_for("reviews.show", public_id=found.item.review.public_id)


def _taken(form: PlumblineForm, take: Callable[[dict[str, Any]], None]) -> bool:
    """Whether it was done; a guard's refusal goes to the field it names, and what was typed stays."""
    if not form.validate():
        return False
    try:
        take({field.short_name: field.data for field in form if field.short_name != "csrf_token"})
    except GuardFailed as refused:
        if not put_errors(form, refused):
            raise
        return False
    return True


def _page(
    found: SeenItem, wanted: Action, form: Any, here: str, version: int, shut: list[str], code: int, name: str = ""
) -> Any:
    return review_pages.page(
        "panel/action.html",
        found.seen,
        f"panel {wanted.label.lower()}"[:80],
        code,
        wide=False,
        caption=review_pages.caption(found.seen),
        wanted=wanted,
        form=form,
        fields=[field for field in form if field.short_name != "csrf_token"],
        version=version,
        back=here,
        shut=shut,
        name=name,
    )
