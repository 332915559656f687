"""A recommendation from an activity: raised and agreed by the Head of QA at once, and its owner told (R8, R9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.activities import Activity
from app.models.people import Person
from app.models.recommendations import Level, PartnerRoute, Recommendation, RecommendationTag
from app.models.reviews import Child
from app.policy.actor import Actor
from app.services import settings, tags
from app.services.activities import finding_of, lock_activity
from app.services.planning import NewChild, child_reasons, next_number, put_child
from app.services.raising import default_verifier, independent, take_recommendation
from app.services.steps import holder_by_public_id
from app.services.unit_of_work import Work, unit_of_work
from app.services.words import words
from workflows.engine import GuardFailed, Reason
from workflows.states import RecommendationState

LONGEST_WORDS = 2000  # as in the review's form
UNKNOWN_CHILD = "Nobody here has this ID. Check it, or add the child's name and date of birth below."


@dataclass(frozen=True, kw_only=True)
class Partner:
    """The agency that is asked, who there, and how it is reached (R8)."""

    agency: str
    contact: str = ""
    route: str = ""


@dataclass(frozen=True, kw_only=True)
class NewRecommendation:
    """One recommendation as it is written; people by public id, a child by the exact case-system ID."""

    level: str
    action: str
    effect: str = ""
    owner: str = ""
    verifier: str = ""
    due_on: date | None = None
    finding: str = ""
    themes: Sequence[str] = ()
    framework: Sequence[str] = ()
    case_system_id: str = ""
    child_name: str = ""
    born_on: date | None = None
    partner: Partner = field(default_factory=lambda: Partner(agency=""))


@dataclass(frozen=True)
class Raised:
    """What was made, for the sentence that says so."""

    public_id: str
    reference: str


def recommend(actor: Actor, activity_id: int, new: NewRecommendation) -> Raised:
    """Raise it, agree it, tell its owner; send it to nobody yet. Raises GuardFailed naming each field."""
    with unit_of_work(actor) as work:
        activity = lock_activity(work, activity_id)
        people = _People.of(new)
        if reasons := [*_reasons(activity, new), *people.reasons()]:
            raise GuardFailed(*reasons)
        row = work.add(_proposed(work, activity, new, people))
        take_recommendation(work, row, "agree")
        row.accept_due_on = settings.deadline(clock.today(), settings.load().accept_days)
        work.tell([row.owner_id], "recommendation.owned", row)
        if new.partner.agency.strip():
            _name_partner(work, row, new.partner)
        return Raised(row.public_id, row.reference)


@dataclass(frozen=True)
class _People:
    owner: Person | None
    verifier: Person | None

    @classmethod
    def of(cls, new: NewRecommendation) -> _People:
        """The verifier chosen, else who it is by R9."""
        owner = holder_by_public_id(new.owner, "owner") if new.owner else None
        if new.verifier:
            return cls(owner, holder_by_public_id(new.verifier, "verifier"))
        return cls(owner, default_verifier(owner))

    def reasons(self) -> list[Reason]:
        if self.owner is None or self.verifier is None or independent(self.verifier, self.owner):
            return []
        return [Reason("The verifier may not be the owner, nor somebody the owner manages.", "verifier")]


def _reasons(activity: Activity, new: NewRecommendation) -> list[Reason]:
    found = []
    if new.level not in tuple(Level):
        found.append(Reason("Say whether it is for a child or for the service.", "level"))
    if not words(new.action, "action", LONGEST_WORDS):
        found.append(Reason("Say what should be done.", "action"))
    if new.finding and new.finding not in {finding_of(part) for part in activity.parts}:
        found.append(Reason("Choose a part of this activity.", "finding"))
    chosen = {*new.themes, *new.framework}
    if chosen and chosen - tags.known().keys:
        found.append(Reason("Choose from the themes listed.", "themes"))
    if new.level == Level.CHILD and not words(new.case_system_id, "case_system_id", 40):
        found.append(Reason("Enter the child's case-system ID.", "case_system_id"))
    if new.partner.agency.strip() and new.partner.route not in tuple(PartnerRoute):
        found.append(Reason("Say how the agency is reached.", "route"))
    if not new.partner.agency.strip() and (new.partner.contact.strip() or new.partner.route):
        found.append(Reason("Name the agency.", "agency"))
    return found


def _proposed(work: Work, activity: Activity, new: NewRecommendation, people: _People) -> Recommendation:
    number = next_number(f"recommendation-of-activity-{activity.id}")
    return Recommendation(
        reference=f"{activity.reference}/{number}",
        state=RecommendationState.PROPOSED,
        version=1,
        activity=activity,
        child=_child(work, new) if new.level == Level.CHILD else None,
        level=Level(new.level),
        finding=new.finding,
        tag_rows=[RecommendationTag(tag=tag) for tag in dict.fromkeys([*new.themes, *new.framework])],
        action=words(new.action, "action", LONGEST_WORDS),
        effect=words(new.effect, "effect", LONGEST_WORDS),
        owner=people.owner,
        verifier=people.verifier,
        due_on=new.due_on,
        first_due_on=new.due_on,
        raised_at=work.at,
    )


def _child(work: Work, new: NewRecommendation) -> Child:
    """The child of exactly this ID; one that is new here is added with the name and the date of birth."""
    key = words(new.case_system_id, "case_system_id", 40)
    known = find_child(key)
    if known is None and not (new.child_name.strip() and new.born_on):
        raise GuardFailed(Reason(UNKNOWN_CHILD, "case_system_id"))
    if known is not None and not new.child_name.strip():
        return known
    child = NewChild(case_system_id=key, name=words(new.child_name, "child_name", 120), born_on=new.born_on)
    if reasons := child_reasons(child):
        raise GuardFailed(*reasons)
    return put_child(work, child)


def find_child(case_system_id: str) -> Child | None:
    """By the exact ID. Only for those who may record activities: the answer says that the child is known here."""
    return session.scalars(select(Child).where(Child.case_system_id == case_system_id)).one_or_none()


def _name_partner(work: Work, row: Recommendation, partner: Partner) -> None:
    """The step by which an agency is named later too, so that the history reads alike."""
    given = {
        "agency": words(partner.agency, "agency", 200),
        "contact": words(partner.contact, "contact", 200),
        "route": partner.route,
    }
    take_recommendation(work, row, "partner", given)
    row.partner_agency, row.partner_contact = given["agency"], given["contact"]
    row.partner_route = PartnerRoute(partner.route)
