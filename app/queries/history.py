"""A review's life: when it came to each stage and who had it, and the path of every grade (R5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app import clock, working_days
from app.extensions import session
from app.models.records import ClosingDay
from app.models.reviews import Addendum, FirstModeration, GradeGiven, GradeStage, Review, ReviewerSpell, StageEntry
from app.policy.acting import Office
from app.policy.visibility import Aspect
from app.queries.reviews import MOVES, Seen, holder_of

ORDER = list(GradeStage)


@dataclass(frozen=True)
class Entry:
    """One thing that happened to a review. `acting` says for whom and why, where it was not the Head."""

    action: str
    state: str
    at: datetime
    by: str
    reason: str = ""
    acting: str = ""


@dataclass(frozen=True)
class GradeStep:
    """One grade in a path: who, when, at what stage, why."""

    stage: str
    grade: int
    by: str
    at: datetime
    reason: str


# What a person looks for in a long history; a step in none of these is found under everything.
KINDS: Mapping[str, frozenset[str]] = {
    "stages": MOVES,
    "words": frozenset({"amend", "respond", "correct"}),
    "people": frozenset({"allocated", "reassign"}),
    "dates": frozenset({"issue", "record_upload", "record_supervision"}),
}


def timeline(review: Review, kind: str = "") -> list[Entry]:
    """Newest first: handed over, and every step taken; of one of `KINDS`, or all."""
    query = select(StageEntry).where(StageEntry.review_id == review.id).options(joinedload(StageEntry.person))
    steps = [
        Entry(row.action, str(row.state), row.at, row.person.name, row.reason, row.acting)
        for row in session.scalars(query)
    ]
    spells = select(ReviewerSpell).where(ReviewerSpell.review_id == review.id).options(joinedload(ReviewerSpell.person))
    given = [Entry("allocated", "", row.from_at, row.person.name, row.reason) for row in session.scalars(spells)]
    found = sorted([*steps, *given], key=lambda entry: entry.at, reverse=True)
    return [entry for entry in found if kind not in KINDS or entry.action in KINDS[kind]]


@dataclass(frozen=True)
class Stay:
    """One stay in a stage: from when, to when (None: now), how many working days, with whom."""

    state: str
    from_on: date
    to_on: date | None
    days: int
    holder: str


def stays(review: Review, office: Office) -> list[Stay]:
    """Every stay, oldest first; a step that does not change the stage is no stay."""
    query = select(StageEntry).where(StageEntry.review_id == review.id).order_by(StageEntry.at, StageEntry.id)
    begun = [("planned", _day(review.planned_at))]
    for row in session.scalars(query):
        if str(row.state) != begun[-1][0]:
            begun.append((str(row.state), _day(row.at)))
    ends: list[date | None] = [day for _state, day in begun[1:]]
    closing = frozenset(session.scalars(select(ClosingDay.day)))
    found = []
    for (state, start), end in zip(begun, [*ends, None], strict=True):
        days = working_days.between(start, end or clock.today(), closing)
        found.append(Stay(state, start, end, days, _held_by(review, state, office)))
    return found


def _day(moment: datetime) -> date:
    return clock.day_of(moment) or clock.today()


def _held_by(review: Review, state: str, office: Office) -> str:
    if state == str(review.state):
        return holder_of(review, office)
    return {
        "planned": review.reviewer.name,
        "drafting": review.reviewer.name,
        "discussion": "The worker, the line manager and the reviewer",
        "hos_moderation": "The Head of QA or a deputy",
        "panel_moderation": "The panel",
        "tracking": "The owners of the recommendations",
    }.get(state, "")


@dataclass(frozen=True)
class Returned:
    """Why a review came back to its reviewer, as a whole and part by part."""

    by: str
    at: datetime
    reason: str
    part_reasons: dict[str, str]


def last_return(review: Review) -> Returned | None:
    """The newest return, by the first moderator or by the panel's chair; None where there was none."""
    found = [each for each in (_returned(review), _sent_back(review)) if each is not None]
    return max(found, key=lambda each: each.at, default=None)


def _returned(review: Review) -> Returned | None:
    query = (
        select(FirstModeration)
        .where(FirstModeration.review_id == review.id, FirstModeration.outcome == "returned")
        .options(joinedload(FirstModeration.person))
        .order_by(FirstModeration.finished_at.desc())
        .limit(1)
    )
    row = session.scalars(query).one_or_none()
    if row is None or row.finished_at is None:
        return None
    return Returned(row.person.name, row.finished_at, row.reason, row.part_reasons or {})


def _sent_back(review: Review) -> Returned | None:
    query = (
        select(StageEntry)
        .where(StageEntry.review_id == review.id, StageEntry.action == "send_back")
        .options(joinedload(StageEntry.person))
        .order_by(StageEntry.id.desc())
        .limit(1)
    )
    row = session.scalars(query).one_or_none()
    return Returned(row.person.name, row.at, row.reason, {}) if row is not None else None


def addenda(review: Review) -> list[Addendum]:
    """Corrections added to the issued review, oldest first."""
    return list(session.scalars(select(Addendum).where(Addendum.review_id == review.id).order_by(Addendum.id)))


@dataclass(frozen=True)
class GradePath:
    """One part's grades: the steps of its path in the order given, and beside it what each member of the panel read
    alone, which is nobody's next step."""

    steps: list[GradeStep]
    readings: list[GradeStep]

    @property
    def moved(self) -> bool:
        return len({step.grade for step in self.steps}) > 1


def grade_paths(seen: Seen) -> dict[str, GradePath]:
    """Each part's grades, those of stages that this person may see (R3, R5)."""
    query = (
        select(GradeGiven)
        .where(GradeGiven.review_id == seen.review.id)
        .options(joinedload(GradeGiven.person))
        .order_by(GradeGiven.id)
    )
    paths: dict[str, GradePath] = {}
    for row in session.scalars(query):
        if _may_see(seen, row.stage):
            step = GradeStep(str(row.stage), row.grade, row.person.name, row.given_at, row.reason)
            path = paths.setdefault(row.part, GradePath([], []))
            (path.readings if row.stage is GradeStage.READING else path.steps).append(step)
    return paths


def _may_see(seen: Seen, stage: GradeStage) -> bool:
    """The first moderator's view and private readings are sealed from those whose table does not have them."""
    needed = {GradeStage.FIRST_MODERATION: Aspect.FIRST_MODERATION, GradeStage.READING: Aspect.READINGS}
    return stage not in needed or needed[stage] in seen.sight
