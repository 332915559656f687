"""A review before the panel: referred, listed, opened, adjourned, sent back, taken up again (R3 to R5)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_

from app import clock, working_days
from app.extensions import session
from app.models.panel import PanelItem, PanelMeeting, PanelReading
from app.models.reviews import FirstModeration, Review, Revision, RevisionKind
from app.policy.actor import Actor
from app.policy.panel import CURRENT, item_of, reading_of, why_exempt
from app.services import gate, settings
from app.services.form_versions import template_of
from app.services.moderation import finish, keep_views
from app.services.outcome import clear_outcome, dates_then, reopen_decisions
from app.services.panel_facts import form_for, meeting_facts, sitting
from app.services.panel_steps import (
    end_listing,
    let_in,
    lock_item,
    lock_item_alone,
    meeting_by_public_id,
    put_on_agenda,
    standing,
    take_item,
    take_reading,
)
from app.services.review_facts import latest_revision, moderation_of
from app.services.steps import lock_review, snapshot, take
from app.services.unit_of_work import Work, unit_of_work
from app.services.words import words
from forms import moderation as forms
from workflows.engine import GuardFailed, Reason, WrongStage
from workflows.states import PanelItemState, ReadingState


def refer(actor: Actor, review_id: int, version: int, *, meeting: str | None) -> None:
    """To the panel, at a meeting that can decide it. Who is in conflict is out from this moment (R4)."""
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        chosen = meeting_by_public_id(meeting)
        moderation = moderation_of(review)
        item = _new_item(work, review, chosen, _revision(review))
        take(work, review, "refer_to_panel", {"meeting": meeting}, meeting=meeting_facts(review, chosen))
        if moderation is not None:
            finish(work, moderation, "referred")
            keep_views(work, review, moderation)
        invite(work, item, moderation)


def _revision(review: Review) -> Revision:
    found = latest_revision(review)
    if found is None:
        raise WrongStage(Reason("Nothing has been submitted yet."))
    return found


def _new_item(work: Work, review: Review, meeting: PanelMeeting, revision: Revision) -> PanelItem:
    before = session.query(PanelItem).filter_by(review_id=review.id, latest=True).one_or_none()
    form = before.form_version if before is not None else form_for(review)  # the first one, for life (R13)
    if form is None:
        raise GuardFailed(Reason("No moderation form that fits this review's form is published.", "meeting"))
    if before is not None:
        before.latest = False
        session.flush()
    item = work.add(
        PanelItem(
            review_id=review.id,
            meeting_id=meeting.id,
            revision_id=revision.id,
            form_version_id=form.id,
            previous_id=before.id if before else None,
            state=PanelItemState.READING,
            due_on=due_on(meeting),
            referred_at=work.at,
            referred_by_id=work.person_id,
        )
    )
    put_on_agenda(work, item, meeting)
    session.expire(review, ["latest_item"])
    work.record("panel_item.refer", item)
    return item


def due_on(meeting: PanelMeeting) -> date:
    """The day by which readings are submitted."""
    day = clock.day_of(meeting.starts_at) or clock.today()
    return working_days.before(day, settings.load().reading_days, settings.closing_days())


def invite(work: Work, item: PanelItem, moderation: FirstModeration | None) -> None:
    """Everybody with a seat at the item's meeting reads it, save who is out; nobody is invited twice."""
    if item.meeting is None:
        return
    for seat in sitting(item.meeting):
        if reading_of(seat.person_id, item) is None:
            invite_one(work, item, seat.person_id, moderation, as_substitute=seat.substitute_for_id is not None)


def invite_one(
    work: Work, item: PanelItem, person_id: int, moderation: FirstModeration | None, *, as_substitute: bool = False
) -> None:
    """One member's reading. The first moderator's begins from the view already given, and counts in no figure (R3);
    nor does that of somebody who has seen the others' readings of this review."""
    view = moderation is not None and moderation.person_id == person_id
    reading = work.add(
        PanelReading(
            item_id=item.id,
            person_id=person_id,
            as_substitute=as_substitute,
            state=ReadingState.INVITED,
            answers=_begun(item, moderation) if view and moderation else {},
            begun_from_view=view,
            counted=not view and person_id not in gate.office().heads and not _has_seen_others(item, person_id),
        )
    )
    session.expire(item, ["readings"])
    work.record("panel_reading.invite", reading)
    if why := why_exempt(person_id, item.review):
        reading.exempt_at, reading.exempt_why = work.at, why
        take_reading(work, reading, "exempt")
    else:
        work.tell([person_id], "panel_reading.invite", reading)


def _begun(item: PanelItem, moderation: FirstModeration) -> dict[str, dict[str, object]]:
    review, form = template_of(item.review.form_version), template_of(item.form_version)
    return forms.begun_from(review, form, moderation.answers.get("views") or {}, item.revision.content["parts"])


def _has_seen_others(item: PanelItem, person_id: int) -> bool:
    """Let in to an earlier item of the review, or with a reading of one that was decided."""
    query = (
        session.query(PanelReading.id)
        .join(PanelReading.item)
        .filter(PanelItem.review_id == item.review_id, PanelItem.id != item.id, PanelReading.person_id == person_id)
        .filter(or_(PanelReading.let_in_at.is_not(None), PanelItem.decided_at.is_not(None)))
    )
    return query.first() is not None


# --- the agenda -----------------------------------------------------------------------------------------


def move(actor: Actor, item_id: int, version: int, *, meeting: str | None) -> None:
    """To another meeting before it is opened; its readings go with it."""
    with unit_of_work(actor) as work:
        item = lock_item(work, item_id, version)
        chosen = meeting_by_public_id(meeting)
        if chosen.id == item.meeting_id:
            raise GuardFailed(Reason("It is listed at this meeting already.", "meeting"))
        take_item(work, item, "move", {"meeting": meeting}, meeting=meeting_facts(item.review, chosen))
        end_listing(work, item, "moved")
        _list(work, item, chosen)


def relist(actor: Actor, item_id: int, version: int, *, meeting: str | None) -> None:
    """An adjourned item at a later meeting: to be read, or to be discussed where it had been opened."""
    with unit_of_work(actor) as work:
        item = lock_item(work, item_id, version)
        chosen = meeting_by_public_id(meeting)
        facts = meeting_facts(item.review, chosen)
        item.meeting_id = chosen.id
        take_item(
            work, item, "relist" if item.opened_at is None else "relist_opened", {"meeting": meeting}, meeting=facts
        )
        _list(work, item, chosen)
        let_in(work, item)


def _list(work: Work, item: PanelItem, meeting: PanelMeeting) -> None:
    item.meeting_id, item.due_on = meeting.id, due_on(meeting)
    session.flush()
    session.expire(item, ["meeting", "readings"])
    put_on_agenda(work, item, meeting)
    _ask_the_excused(work, item, meeting)
    invite(work, item, moderation_of(item.review))


def _ask_the_excused(work: Work, item: PanelItem, meeting: PanelMeeting) -> None:
    """Who was excused from an item for one meeting is asked anew for another, as long as it is read alone."""
    seated = {seat.person_id for seat in sitting(meeting)}
    for reading in item.readings:
        if reading.state is ReadingState.EXCUSED and reading.person_id in seated and item.opened_at is None:
            take_reading(work, reading, "sit_again")
            reading.excused_at = reading.excused_by_id = None


def adjourn(actor: Actor, item_id: int, version: int, *, reason: str) -> None:
    """Off this meeting's agenda, with every reading kept; it waits to be listed again."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        item = lock_item(work, item_id, version)
        take_item(work, item, "adjourn", {"reason": reason})
        end_listing(work, item, "adjourned", reason)
        item.meeting_id = None


# --- at the meeting -------------------------------------------------------------------------------------


def open_discussion(actor: Actor, item_id: int, version: int) -> None:
    """The one moment at which those present see each other's readings: an act of the chair, never a side effect."""
    with unit_of_work(actor) as work:
        item = lock_item(work, item_id, version)
        item.opened_at, item.opened_by_id, item.opened_acting = work.at, actor.id, standing(work, item)
        take_item(work, item, "open")
        let_in(work, item)


def share_comments(actor: Actor, item_id: int, version: int) -> None:
    """Let the reviewer, who joins the discussion, read the members' comments."""
    with unit_of_work(actor) as work:
        item = lock_item(work, item_id, version)
        take_item(work, item, "share_comments")
        item.shared_at, item.shared_by_id = work.at, actor.id


def send_back(actor: Actor, review_id: int, version: int, *, reason: str) -> None:
    """To the reviewer, with the reason; the item leaves the agenda undecided, its readings kept."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        item = _item(work, review)
        acting = standing(work, item)
        take(work, review, "send_back", {"reason": reason}, acting=acting)
        take_item(work, item, "send_back", {"reason": reason})
        end_listing(work, item, "sent_back", reason)
        review.due_on = settings.deadline(clock.today(), settings.load().redraft_days)


def withdraw_item(work: Work, review: Review, reason: str) -> None:
    """A review withdrawn while it is before the panel leaves it, in the same transaction; a decided item stays."""
    found = item_of(review)
    if found is not None and found.state in CURRENT:
        item = lock_item_alone(work, found.id)
        take_item(work, item, "withdraw", {"reason": reason})
        end_listing(work, item, "withdrawn", reason)


def _item(work: Work, review: Review) -> PanelItem:
    found = item_of(review)
    if found is None:
        raise WrongStage(Reason("This review is not before the panel."))
    return lock_item_alone(work, found.id)


def reopen_decision(actor: Actor, review_id: int, version: int, *, reason: str, meeting: str | None) -> None:
    """By the chair then in office, at a meeting to come; the first decision and its record are kept, and the
    recommendations run on until the panel changes them."""
    reason = words(reason, "reason")
    with unit_of_work(actor) as work:
        review = lock_review(work, review_id, version)
        chosen = meeting_by_public_id(meeting)
        given = {"reason": reason, **dates_then(review)}
        take(work, review, "reopen_decision", given, meeting=meeting_facts(review, chosen))
        clear_outcome(review)
        reopen_decisions(work, review, reason)
        item = _new_item(work, review, chosen, snapshot(work, review, RevisionKind.REOPENED))
        invite(work, item, None)
