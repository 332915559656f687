"""Who may: one rule for each permission. Deny by default: a permission without a rule is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.models.panel import PanelItem, PanelMeeting, PanelReading
from app.models.people import Person, RoleName
from app.models.recommendations import Recommendation
from app.models.reviews import Review
from app.policy import panel
from app.policy.acting import Office, acting_as
from app.policy.actor import Actor
from app.policy.concerns import acts_on, handles, may_raise
from workflows.permissions import Permission
from workflows.states import ReviewState

Rule = Callable[[Actor, Any, Office], bool]

DRAFT_STATES = (ReviewState.DRAFTING, ReviewState.DISCUSSION)


def is_reviewer(actor: Actor, review: Review, _office: Office) -> bool:
    """The reviewer of this review, as long as no conflict has been declared (R7)."""
    return actor.id == review.reviewer_id and not has_declared_conflict(actor, review)


def has_declared_conflict(actor: Actor, review: Review) -> bool:
    """A conflict declared once ends access for good; only a reassignment brings somebody else."""
    return any(said.conflicted for said in review.declarations if said.person_id == actor.id)


def may_open_record(actor: Actor, review: Review) -> bool:
    """R7: the record opens for the reviewer after both declarations of no conflict."""
    if actor.id != review.reviewer_id:
        return False
    free = {said.step for said in review.declarations if said.person_id == actor.id and not said.conflicted}
    return not has_declared_conflict(actor, review) and len(free) == 2


def writes(actor: Actor, review: Review, office: Office) -> bool:
    """The reviewer, after both declarations; a new reviewer after a reassignment declares first."""
    return is_reviewer(actor, review, office) and may_open_record(actor, review)


def edits_draft(actor: Actor, review: Review, office: Office) -> bool:
    return review.state in DRAFT_STATES and writes(actor, review, office)


def responds(actor: Actor, review: Review, _office: Office) -> bool:
    return actor.id is not None and actor.id in (review.worker_id, review.line_manager_id)


def acts_as_head(actor: Actor, review: Review, office: Office) -> bool:
    return acting_as(actor.id, review, office) is not None


def acts_as_head_for(actor: Actor, recommendation: Recommendation, office: Office) -> bool:
    """The Head's work on a recommendation: R4 of its review, or the Head's office where it has none."""
    if recommendation.review is None:
        return office.holds(actor.id)
    return acts_as_head(actor, recommendation.review, office)


def holds_office(actor: Actor, _subject: Any, office: Office) -> bool:
    return office.holds(actor.id)


def owns(actor: Actor, recommendation: Recommendation, _office: Office) -> bool:
    return actor.id is not None and actor.id == recommendation.owner_id


def verifies(actor: Actor, recommendation: Recommendation, _office: Office) -> bool:
    return actor.id is not None and actor.id == recommendation.verifier_id


def directs(actor: Actor, recommendation: Recommendation, _office: Office) -> bool:
    """The director a dispute that stands was given to (R9)."""
    return actor.id is not None and actor.id == recommendation.director_id


def reaches_partner(actor: Actor, recommendation: Recommendation, office: Office) -> bool:
    """The council link who owns it (R8), or the Head's office."""
    return owns(actor, recommendation, office) or acts_as_head_for(actor, recommendation, office)


def tells_family(actor: Actor, recommendation: Recommendation, office: Office) -> bool:
    """Who works with the family, owns the change or checks it, and the Head's office."""
    review = recommendation.review
    working = review is not None and actor.id is not None and actor.id in (review.worker_id, review.line_manager_id)
    own = owns(actor, recommendation, office) or verifies(actor, recommendation, office)
    return working or own or acts_as_head_for(actor, recommendation, office)


def adds_evidence(actor: Actor, recommendation: Recommendation, office: Office) -> bool:
    """Its owner, its verifier, and the Head's office."""
    own = owns(actor, recommendation, office) or verifies(actor, recommendation, office)
    return own or acts_as_head_for(actor, recommendation, office)


PLAN_READERS = (
    RoleName.OPERATIONAL_MANAGER, RoleName.LINE_MANAGER, RoleName.DIRECTOR, RoleName.ASSISTANT_DIRECTOR,
    RoleName.PANEL_CHAIR, RoleName.DEPUTY_CHAIR,
)  # fmt: skip


def sees_plans(actor: Actor, _subject: Any, office: Office) -> bool:
    """A plan is service-level and names no child: managers and directors read it, the office keeps it."""
    return office.holds(actor.id) or actor.has(*PLAN_READERS)


def sees_supervision(actor: Actor, worker: Person, office: Office) -> bool:
    """Who supervises the worker, and the Head's office; the worker reads the sheet about his or her own work."""
    return actor.id is not None and (actor.id in (worker.id, worker.line_manager_id) or office.holds(actor.id))


def decides(actor: Actor, review: Review, _office: Office) -> bool:
    """Who chairs the review's item; once it is decided, the chair then in office, to reopen it (R4)."""
    if review.state is ReviewState.PANEL_MODERATION:
        return panel.chairs(actor, panel.item_of(review))
    of_chairs = actor.has(RoleName.PANEL_CHAIR, RoleName.DEPUTY_CHAIR)
    return of_chairs and panel.had_panel(review) and panel.chair_in_office(review) == actor.id


def decides_for(actor: Actor, recommendation: Recommendation, office: Office) -> bool:
    """Whoever decided the review, the chair or a deputy; the Head for what comes from elsewhere."""
    if acts_as_head_for(actor, recommendation, office):
        return True
    review = recommendation.review
    return review is not None and actor.id is not None and actor.id == review.decided_by_id


# --- the panel ------------------------------------------------------------------------------------------


def runs_meeting(actor: Actor, meeting: PanelMeeting, office: Office) -> bool:
    """The Head of QA or a deputy; the chair and the deputy chair, who say who is here."""
    return office.holds(actor.id) or (actor.id is not None and actor.id in (meeting.chair_id, meeting.deputy_chair_id))


def acts_as_head_on(actor: Actor, item: PanelItem | PanelReading, office: Office) -> bool:
    on = item.item if isinstance(item, PanelReading) else item
    return acts_as_head(actor, on.review, office)


def chairs_item(actor: Actor, item: PanelItem, _office: Office) -> bool:
    return panel.chairs(actor, item)


def adjourns(actor: Actor, item: PanelItem, office: Office) -> bool:
    """The chair; the Head of QA before it is opened, and where nobody is left to chair it (R4)."""
    if panel.chairs(actor, item):
        return True
    without_chair = item.opened_at is None or panel.chairing(item) is None
    return without_chair and acts_as_head(actor, item.review, office)


def reads_it(actor: Actor, reading: PanelReading, _office: Office) -> bool:
    """One's own, as long as one is of the panel and not exempt (R3)."""
    return actor.id == reading.person_id and panel.reads(actor, reading.item) is not None


def excuses(actor: Actor, reading: PanelReading, office: Office) -> bool:
    """Who chairs excuses the members; the Head of QA excuses the chair (R4), and where nobody chairs."""
    chairing, meeting = panel.chairing(reading.item), reading.item.meeting
    if chairing is None or meeting is None or reading.person_id in (chairing.person_id, meeting.chair_id):
        return acts_as_head(actor, reading.item.review, office)
    return chairing.person_id == actor.id


def seats_reader(actor: Actor, reading: PanelReading, office: Office) -> bool:
    """Whoever fills the seats, though in conflict with the review, or lists the item, or reopens its decision: who is
    asked to read, and who is out, follows from that."""
    review = reading.item.review
    in_office = office.holds(actor.id) or acts_as_head(actor, review, office)
    return in_office or (actor.id is not None and panel.chair_in_office(review) == actor.id)


def leaves_item(actor: Actor, reading: PanelReading, _office: Office) -> bool:
    return actor.id is not None and actor.id == reading.person_id


def administers(actor: Actor, _subject: Any, _office: Office) -> bool:
    return actor.has(RoleName.ADMINISTRATOR)


def head_or_administrator(actor: Actor, subject: Any, office: Office) -> bool:
    return administers(actor, subject, office) or holds_office(actor, subject, office)


RULES: dict[Permission, Rule] = {
    Permission.PLAN_REVIEW: holds_office,
    Permission.DECLARE_CONFLICT: is_reviewer,
    Permission.START_REVIEW: is_reviewer,
    Permission.REASSIGN_REVIEW: acts_as_head,
    Permission.EDIT_DRAFT: edits_draft,
    Permission.SHARE_DRAFT: writes,
    Permission.RESPOND: responds,
    Permission.TAKE_BACK: writes,
    Permission.ANSWER_RESPONSE: edits_draft,
    Permission.SUBMIT_REVIEW: writes,
    Permission.FIRST_MODERATE: acts_as_head,
    Permission.CHAIR_DECISION: decides,
    Permission.SET_UP_PANEL: holds_office,
    Permission.RUN_MEETING: runs_meeting,
    Permission.LIST_ITEM: acts_as_head_on,
    Permission.CHAIR_ITEM: chairs_item,
    Permission.ADJOURN_ITEM: adjourns,
    Permission.WITHDRAW_ITEM: acts_as_head_on,
    Permission.READ_ALONE: reads_it,
    Permission.EXCUSE_READER: excuses,
    Permission.SEAT_READER: seats_reader,
    Permission.LEAVE_ITEM: leaves_item,
    Permission.ISSUE_REVIEW: acts_as_head,
    Permission.CLOSE_REVIEW: acts_as_head,
    Permission.WITHDRAW_REVIEW: acts_as_head,
    Permission.AGREE_RECOMMENDATION: decides_for,
    Permission.OWN_RECOMMENDATION: owns,
    Permission.VERIFY_RECOMMENDATION: verifies,
    Permission.STEER_RECOMMENDATION: acts_as_head_for,
    Permission.DIRECT_RECOMMENDATION: directs,
    Permission.REACH_PARTNER: reaches_partner,
    Permission.TELL_FAMILY: tells_family,
    Permission.ADD_EVIDENCE: adds_evidence,
    Permission.RECORD_ACTIVITY: holds_office,
    Permission.KEEP_PLANS: holds_office,
    Permission.SEE_PLANS: sees_plans,
    Permission.RUN_TRACKER: holds_office,
    Permission.SEE_SUPERVISION: sees_supervision,
    Permission.RAISE_CONCERN: may_raise,
    Permission.HANDLE_CONCERN: handles,
    Permission.ACT_ON_CONCERN: acts_on,
    Permission.ADMINISTER_PEOPLE: administers,
    Permission.ADMINISTER_FORMS: administers,
    Permission.CHANGE_SETTINGS: head_or_administrator,
    Permission.SEE_PROGRAMME: holds_office,
}

OF_NO_RECORD = frozenset(
    {
        Permission.ADMINISTER_PEOPLE,
        Permission.ADMINISTER_FORMS,
        Permission.CHANGE_SETTINGS,
        Permission.RAISE_CONCERN,
        Permission.HANDLE_CONCERN,
        Permission.ACT_ON_CONCERN,
    }
)
NOT_YOURS = "This is not yours to do."


def may(actor: Actor, permission: Permission, subject: Any, office: Office) -> bool:
    """Whether this person may; a permission without a rule is refused, and so is whatever belongs to a record to whom
    no child is shown, though a record may name them still (R11)."""
    if actor.shown_no_child and permission not in OF_NO_RECORD:
        return False
    rule = RULES.get(permission)
    return rule is not None and rule(actor, subject, office)


def why_not(actor: Actor, office: Office) -> Callable[[Permission, Any], str | None]:
    """The policy's answer for a command: None, or a sentence."""

    def answer(permission: Permission, subject: Any) -> str | None:
        return None if may(actor, permission, subject, office) else NOT_YOURS

    return answer
