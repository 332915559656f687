"""WHO SEES WHAT OF A REVIEW (R11): the one door that pages, lists, counts, documents and messages use.

It follows from the phase and from a person's ties to the review, never from a choice on a page. The table
is total: a tie and a phase that are not in it see nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true, union_all
from sqlalchemy.orm import aliased

from app.models.base import among, row_by_row
from app.models.panel import PanelItem
from app.models.people import Person, RoleName
from app.models.recommendations import Recommendation
from app.models.reviews import ConflictDeclaration, DeclarationStep, Review, StageEntry
from app.policy.acting import Office, acting_as, conflict_condition
from app.policy.actor import Actor
from app.policy.panel import chairs, had_panel, is_let_in, item_of, panel_condition, reads
from app.policy.rules import has_declared_conflict, may_open_record, sees_plans
from workflows.phases import phase
from workflows.states import Phase, ReviewState


class Aspect(StrEnum):
    """One thing that may be seen of a review."""

    EXISTS = "exists"  # reference, initials, stage
    DECLARATION = "declaration"  # what R7 shows before the record opens
    IDENTITY = "identity"  # name and case-system ID
    PROGRESS = "progress"  # dates, parts done: never text
    DRAFT = "draft"
    READ_REVISION = "read_revision"  # the latest revision that the worker and manager read
    OWN_ANSWER = "own_answer"
    OTHERS_ANSWER = "others_answer"  # each other's, once both have answered or the window has closed
    ALL_ANSWERS = "all_answers"
    SUBMITTED = "submitted"
    RETURN_REASONS = "return_reasons"
    FIRST_MODERATION = "first_moderation"
    OWN_READING = "own_reading"
    WHO_SUBMITTED = "who_submitted"
    READINGS = "readings"
    CHAIR_SHARED = "chair_shared"
    DECIDED = "decided"  # that it is decided, not what
    FINAL = "final"
    GRADE_PATH = "grade_path"
    RECOMMENDATIONS = "recommendations"
    HISTORY = "history"


class Tie(StrEnum):
    """How a person is tied to a review; what one sees is the union over one's ties."""

    REVIEWER = "reviewer"
    NEW_REVIEWER = "new_reviewer"  # has not declared yet
    PAST_REVIEWER = "past_reviewer"  # external, 20 working days after issue
    WORKER = "worker"
    LINE_MANAGER = "line_manager"
    HEAD_OF_QA = "head_of_qa"
    HEAD_IN_CONFLICT = "head_in_conflict"
    PANEL_MEMBER = "panel_member"  # not exempt
    PANEL_PRESENT = "panel_present"  # with a submitted reading, since the discussion was opened
    PANEL_CHAIR = "panel_chair"  # whoever chairs this item
    AGENCY_MANAGER = "agency_manager"


A = Aspect
_EVERYTHING = frozenset(A) - {A.OWN_READING, A.WHO_SUBMITTED, A.READINGS, A.DECLARATION, A.OWN_ANSWER}
_READER = frozenset({A.EXISTS, A.IDENTITY})
_SUBMITTED = _READER | {A.SUBMITTED, A.ALL_ANSWERS, A.RETURN_REASONS}
_ANSWERED = _READER | {A.READ_REVISION, A.OWN_ANSWER, A.OTHERS_ANSWER}
_ISSUED = _READER | {A.DECIDED, A.FINAL, A.GRADE_PATH, A.RECOMMENDATIONS}
_DATES = frozenset({A.EXISTS, A.PROGRESS})

_RESPONDENT: Mapping[Phase, frozenset[Aspect]] = {
    Phase.DRAFTING: frozenset({A.EXISTS}),
    Phase.DISCUSSION: _READER | {A.DRAFT, A.READ_REVISION, A.OWN_ANSWER, A.OTHERS_ANSWER},
    Phase.FIRST_MODERATION: _ANSWERED,
    Phase.PANEL_SEALED: _ANSWERED,
    Phase.PANEL_OPEN: _ANSWERED,
    Phase.DECIDED: _ANSWERED | {A.DECIDED},
    Phase.ISSUED: _ISSUED | {A.READ_REVISION, A.OWN_ANSWER, A.OTHERS_ANSWER},
}

TABLE: Mapping[Tie, Mapping[Phase, frozenset[Aspect]]] = {
    Tie.REVIEWER: {
        Phase.PLANNED: frozenset({A.EXISTS, A.DECLARATION, A.IDENTITY}),
        Phase.DRAFTING: _READER | {A.DRAFT, A.PROGRESS, A.RETURN_REASONS, A.ALL_ANSWERS},
        Phase.DISCUSSION: _READER | {A.DRAFT, A.PROGRESS, A.READ_REVISION, A.RETURN_REASONS, A.ALL_ANSWERS},
        Phase.FIRST_MODERATION: _SUBMITTED,
        Phase.PANEL_SEALED: _SUBMITTED,
        Phase.PANEL_OPEN: _SUBMITTED | {A.CHAIR_SHARED},
        Phase.DECIDED: _SUBMITTED | {A.CHAIR_SHARED, A.DECIDED},
        Phase.ISSUED: _ISSUED | _SUBMITTED | {A.HISTORY},
    },
    Tie.NEW_REVIEWER: dict.fromkeys(
        (Phase.PLANNED, Phase.DRAFTING, Phase.DISCUSSION), frozenset({A.EXISTS, A.DECLARATION})
    ),
    Tie.PAST_REVIEWER: {Phase.ISSUED: frozenset({A.EXISTS, A.RECOMMENDATIONS})},
    Tie.WORKER: _RESPONDENT,
    Tie.LINE_MANAGER: _RESPONDENT,
    Tie.HEAD_OF_QA: {
        Phase.PLANNED: _EVERYTHING,
        Phase.DRAFTING: _DATES | {A.IDENTITY, A.RETURN_REASONS},
        Phase.DISCUSSION: _DATES | {A.IDENTITY, A.RETURN_REASONS},
        Phase.FIRST_MODERATION: _EVERYTHING,
        Phase.PANEL_SEALED: _EVERYTHING | {A.OWN_READING, A.WHO_SUBMITTED},
        Phase.PANEL_OPEN: _EVERYTHING | {A.OWN_READING, A.WHO_SUBMITTED},
        Phase.DECIDED: _EVERYTHING | {A.OWN_READING, A.READINGS},
        Phase.ISSUED: _EVERYTHING | {A.OWN_READING, A.READINGS},
        Phase.WITHDRAWN: _EVERYTHING,
    },
    Tie.HEAD_IN_CONFLICT: {
        **dict.fromkeys(Phase, _DATES),
        Phase.ISSUED: _ISSUED | _DATES,
    },
    Tie.PANEL_MEMBER: {
        Phase.PANEL_SEALED: _READER | {A.SUBMITTED, A.ALL_ANSWERS, A.OWN_READING},
        Phase.PANEL_OPEN: _READER | {A.SUBMITTED, A.ALL_ANSWERS, A.OWN_READING},
        Phase.DECIDED: _READER | {A.SUBMITTED, A.ALL_ANSWERS, A.OWN_READING, A.READINGS, A.DECIDED, A.FINAL},
        Phase.ISSUED: _READER | {A.SUBMITTED, A.ALL_ANSWERS, A.OWN_READING, A.READINGS, A.DECIDED, A.FINAL},
    },
    Tie.PANEL_PRESENT: {Phase.PANEL_OPEN: frozenset({A.READINGS})},
    Tie.PANEL_CHAIR: dict.fromkeys((Phase.PANEL_SEALED, Phase.PANEL_OPEN), frozenset({A.WHO_SUBMITTED})),
    Tie.AGENCY_MANAGER: {
        each: frozenset({A.PROGRESS}) for each in Phase if each not in (Phase.PLANNED, Phase.WITHDRAWN)
    },
}


@dataclass(frozen=True)
class Sight:
    """What one person sees of one review: the ties that gave it, and the aspects."""

    ties: frozenset[Tie]
    aspects: frozenset[Aspect]

    def __contains__(self, aspect: Aspect) -> bool:
        return aspect in self.aspects


def phase_of(review: Review, item: PanelItem | None = None) -> Phase:
    """The phase of a stored review; `item` is the one before the panel, read where it is not given."""
    if item is None and review.state is ReviewState.PANEL_MODERATION:
        item = item_of(review)
    opened = item is not None and item.opened_at is not None
    return phase(review.state, item_opened=opened, issued=review.issued_at is not None)


def ties(
    actor: Actor, review: Review, office: Office, *, past: bool = False, item: PanelItem | None = None
) -> frozenset[Tie]:
    """How this person is tied to this review. `past`: 20 working days have gone since issue. `item`: before the
    panel, as `policy.panel` found it."""
    if actor.id is None:
        return frozenset()
    found = {Tie.AGENCY_MANAGER} if _manages_agency(actor, review) else set()
    if actor.shown_no_child:
        return frozenset(found)
    if actor.id == review.reviewer_id and not has_declared_conflict(actor, review):
        found.add(_reviewer_tie(actor, review, past=past))
    if actor.id == review.worker_id:
        found.add(Tie.WORKER)
    if actor.id == review.line_manager_id:
        found.add(Tie.LINE_MANAGER)
    if acting_as(actor.id, review, office):
        found.add(Tie.HEAD_OF_QA)
    elif actor.id in office.heads:
        found.add(Tie.HEAD_IN_CONFLICT)
    return frozenset(found | _panel_ties(actor, item))


def _panel_ties(actor: Actor, item: PanelItem | None) -> set[Tie]:
    """None for an exempt member, the chair too: the panel's ties begin with not being out (R4)."""
    if reads(actor, item) is None:
        return set()
    also = {Tie.PANEL_PRESENT: is_let_in(actor, item), Tie.PANEL_CHAIR: chairs(actor, item)}
    return {Tie.PANEL_MEMBER, *(tie for tie, held in also.items() if held)}


def _reviewer_tie(actor: Actor, review: Review, *, past: bool) -> Tie:
    if past and review.issued_at is not None and review.reviewer.agency_id is not None:
        return Tie.PAST_REVIEWER
    return Tie.REVIEWER if may_open_record(actor, review) else Tie.NEW_REVIEWER


def _manages_agency(actor: Actor, review: Review) -> bool:
    agency = review.reviewer.agency_id
    return actor.has(RoleName.AGENCY_MANAGER) and agency is not None and agency == actor.agency_id


def sees(actor: Actor, review: Review, office: Office, *, past: bool = False, item: PanelItem | None = None) -> Sight:
    """What this person sees of this review now: the union over the ties, nothing without one.

    A list hands over the `item` of each review that has one; a page of one review lets it be read here.
    """
    if item is None and had_panel(review):
        item = item_of(review)
    held = ties(actor, review, office, past=past, item=item)
    now = phase_of(review, item)
    aspects: frozenset[Aspect] = frozenset().union(*(TABLE[tie].get(now, frozenset()) for tie in held))
    return Sight(held, aspects)


Made = TypeVar("Made")
Kind = ParamSpec("Kind")
KEEP = 256


def made_once(
    build: Callable[Concatenate[Actor, Office, Kind], Made],
) -> Callable[Concatenate[Actor, Office, Kind], Made]:
    """The same condition or query for the same person in the same office: making it cost more than asking it.

    It may hold nothing but who is asking, who is in the office and which of a few kinds is asked for, so that
    there is nothing in it that grows old.
    """
    made: dict[Hashable, Made] = {}

    @wraps(build)
    def condition(actor: Actor, office: Office, /, *kind: Kind.args, **none: Kind.kwargs) -> Made:
        who = (office.heads, office.deputies, office.assistant_directors, tuple(sorted(office.delegated.items())))
        found = made.get((actor, who, kind))
        if found is None:
            if len(made) >= KEEP:
                made.clear()
            found = made[actor, who, kind] = build(actor, office, *kind, **none)
        return found

    return condition


_BEGUN = [state for state in ReviewState if state not in (ReviewState.PLANNED, ReviewState.WITHDRAWN)]


@made_once
def visible_reviews(actor: Actor, office: Office) -> ColumnElement[bool]:
    """The reviews whose existence this person may know of, as SQL: where `sees` has EXISTS or PROGRESS."""
    agency = [and_(arm, among(Review.state, _BEGUN)) for arm in _agency_arms(actor)]
    return or_(known_reviews(actor, office), *agency)


@made_once
def known_reviews(actor: Actor, office: Office) -> ColumnElement[bool]:
    """Those of which this person may know whose they are: where `sees` has EXISTS."""
    if actor.id is None or actor.shown_no_child:
        return false()
    return or_(*_own_arms(actor, actor.id), panel_condition(actor), *_office_arms(actor.id, office))


@made_once
def visible_beyond_dates(actor: Actor, office: Office) -> ColumnElement[bool]:
    """Those of which this person sees more than dates: what a filter by worker, status, theme or case-system
    ID may be asked of, or a list that shows nothing would still answer whose review it is (R11)."""
    if actor.id is None or actor.shown_no_child:
        return false()
    in_office = _office_arms(actor.id, office)
    if actor.id in office.heads:
        in_office = [Review.issued_at.is_not(None), ~conflict_condition(actor.id)]  # the sooner answered first
    declared = and_(true() if actor.agency_id is None else Review.issued_at.is_(None), _declared_twice(actor))
    reviewing, working, managing = _own_arms(actor, actor.id)
    read = Review.state != ReviewState.DRAFTING
    own = (and_(reviewing, declared), and_(working, read), and_(managing, read))
    # The office first: for a Head nearly every review is seen by it, and no list of all readings is made.
    return or_(false(), *in_office, *own, panel_condition(actor))


def _own_arms(actor: Actor, person_id: int) -> list[ColumnElement[bool]]:
    """One arm for each tie of one's own, each beginning with a column that has an index."""
    said = ConflictDeclaration
    conflicted = select(said.review_id).where(said.person_id == person_id, said.conflicted)  # few: read once
    begun = among(Review.state, _BEGUN)
    reviews = and_(
        Review.reviewer_id == person_id,
        Review.state != ReviewState.WITHDRAWN,
        _before_undeclared(actor),
        Review.id.not_in(conflicted),
    )
    return [reviews, and_(Review.worker_id == person_id, begun), and_(Review.line_manager_id == person_id, begun)]


def _before_undeclared(actor: Actor) -> ColumnElement[bool]:
    """A reviewer who never declared sees it only early. Who submitted it has declared (an invariant), so that
    the declarations are looked up for few."""
    early = among(Review.state, (ReviewState.PLANNED, ReviewState.DRAFTING, ReviewState.DISCUSSION))
    return or_(early, Review.submitted_by_id == Review.reviewer_id, _declared_twice(actor))


def _declared_twice(actor: Actor) -> ColumnElement[bool]:
    """Both declarations of no conflict are made (R7), so that the record is open."""
    said = ConflictDeclaration
    mine = select(said.id).where(said.review_id == Review.id, said.person_id == actor.id, ~said.conflicted)
    return and_(*(mine.where(said.step == step).exists() for step in (DeclarationStep.FACTS, DeclarationStep.NAME)))


def _office_arms(person_id: int, office: Office) -> list[ColumnElement[bool]]:
    """`acting_as` (and a Head's own sight of dates) as SQL; none for somebody who is not of the office."""
    if person_id in office.heads:
        return [true()]
    no_head_free = and_(true(), *(conflict_condition(head) for head in office.heads))
    own_conflict = conflict_condition(person_id)
    options: list[ColumnElement[bool]] = []
    if person_id in office.delegated:
        options.append(~own_conflict)
    if person_id in office.deputies:
        options.append(and_(no_head_free, ~own_conflict))
    if person_id in office.assistant_directors:
        deputies_out = and_(true(), *(conflict_condition(deputy) for deputy in office.deputies))
        options.append(and_(no_head_free, deputies_out, ~own_conflict))
    return options


def _agency_arms(actor: Actor) -> list[ColumnElement[bool]]:
    if not actor.has(RoleName.AGENCY_MANAGER) or actor.agency_id is None:
        return []
    return [Review.reviewer_id.in_(select(Person.id).where(Person.agency_id == actor.agency_id))]


# Whose a recommendation is with no other tie: its owner's, its verifier's, and a director's who settles a dispute.
OWN_COLUMNS = (Recommendation.owner_id, Recommendation.verifier_id, Recommendation.director_id)


@made_once
def visible_recommendations(actor: Actor, office: Office) -> ColumnElement[bool]:
    """The recommendations this person may know of: owned, to be verified or to be settled from issue on, or seen
    with their review (R11)."""
    if actor.id is None or actor.shown_no_child:
        return false()
    no_review = Recommendation.review_id.is_(None)
    if actor.id in office.heads:
        return or_(no_review, ~hidden_from_head(actor, office))
    mine = or_(*(column == actor.id for column in OWN_COLUMNS))
    return or_(
        and_(mine, _open_to_its_people()),
        Recommendation.review_id.in_(_tied_reviews(actor, office)),
        *_office_recommendations(actor.id, office),
    )


@made_once
def hidden_from_head(actor: Actor, _office: Office) -> ColumnElement[bool]:
    """The recommendations that a Head may not know of yet (R4)."""
    return Recommendation.review_id.in_(_kept_from_head(actor.id or 0))


@made_once
def visible_as_own(actor: Actor, office: Office) -> ColumnElement[bool]:
    """`visible_recommendations` of one that the person owns or verifies: a tie to its review adds nothing.

    The review of each is looked up, where the other lists every review first: right for few rows, not for a list.
    """
    if actor.id is None or actor.shown_no_child:
        return false()
    if actor.id in office.heads:
        return ~_kept_from_head(actor.id).where(Review.id == Recommendation.review_id).exists()
    return or_(_open_to_its_people(), *_office_recommendations(actor.id, office))


@made_once
def visible_in_register(actor: Actor, office: Office, all_open: bool = False) -> ColumnElement[bool]:
    """`visible_recommendations` as a register of sixty thousand asks it: row by row for a Head, who sees nearly all;
    for who sees few, one list of ids for each tie, since each is found by an index where the whole is not.

    `all_open`: asked while all open ones are gone through, so that the lists are looked into and not gone by.
    """
    if actor.id is None or actor.shown_no_child or (actor.id in office.heads and not all_open):
        return visible_as_own(actor, office)
    if actor.id in office.heads:
        return or_(Recommendation.review_id.is_(None), ~hidden_from_head(actor, office))
    if office.holds(actor.id):
        return visible_recommendations(actor, office)
    row = aliased(Recommendation)
    open_to_its_people = _open_to_its_people(row)
    ids = [select(row.id).where(getattr(row, own.key) == actor.id, open_to_its_people) for own in OWN_COLUMNS]
    of_review = [_tied_reviews(actor, office), *(select(Review.id).where(a) for a in _office_arms(actor.id, office))]
    ids += [select(row.id).where(row.review_id.in_(reviews)) for reviews in of_review]
    found: ColumnElement[bool] = (row_by_row(Recommendation.id) if all_open else Recommendation.id).in_(union_all(*ids))
    return found


@made_once
def visible_one_by_one(actor: Actor, office: Office) -> ColumnElement[bool]:
    """`visible_recommendations` of few that other columns find: each is looked up, and no list of the person's reviews
    is made, which grows with every year."""
    if actor.id is None or actor.shown_no_child or actor.id in office.heads:
        return visible_as_own(actor, office)
    mine = or_(*(column == actor.id for column in OWN_COLUMNS))
    seen = [_tied_reviews(actor, office), *(select(Review.id).where(arm) for arm in _office_arms(actor.id, office))]
    of_review = [reviews.where(Review.id == Recommendation.review_id).exists() for reviews in seen]
    of_none = [Recommendation.review_id.is_(None)] if office.holds(actor.id) else []
    return or_(and_(mine, _open_to_its_people()), *of_review, *of_none)


def _tied_reviews(actor: Actor, office: Office) -> Select[int]:
    """The issued reviews to which this person is tied by name."""
    people = or_(Review.reviewer_id == actor.id, Review.worker_id == actor.id, Review.line_manager_id == actor.id)
    return select(Review.id).where(Review.issued_at.is_not(None), people, visible_reviews(actor, office))


def visible_among_few(actor: Actor, office: Office) -> ColumnElement[bool]:
    """`visible_recommendations` once more, row by row where that can be asked."""
    return visible_as_own(actor, office) if actor.id in office.heads else visible_recommendations(actor, office)


def _open_to_its_people(row: type[Recommendation] = Recommendation) -> ColumnElement[bool]:
    """From issue on its owner and its verifier know of it; one without a review they know at once."""
    known = or_(Review.issued_at.is_not(None), _runs_on(row))
    of_review = select(Review.id).where(Review.id == row.review_id, known)
    return or_(row.review_id.is_(None), of_review.exists())


def _runs_on(row: type[Recommendation]) -> ColumnElement[bool]:
    """Issued once, and its decision taken up again: what was raised by then runs on until changed (handbook 2)."""
    issued = select(StageEntry.id).where(
        StageEntry.review_id == Review.id, StageEntry.action == "issue", StageEntry.at >= row.raised_at
    )
    return and_(
        Review.issued_at.is_(None),
        Review.state != ReviewState.WITHDRAWN,
        issued.correlate(Review, row).exists(),
    )


def _office_recommendations(person_id: int, office: Office) -> list[ColumnElement[bool]]:
    """Those that come with the office; none for somebody who is not of it."""
    arms = _office_arms(person_id, office)
    found: list[ColumnElement[bool]] = [Recommendation.review_id.in_(select(Review.id).where(arm)) for arm in arms]
    return [*found, Recommendation.review_id.is_(None)] if office.holds(person_id) else found


def _kept_from_head(head_id: int) -> Select[int]:
    """A Head in conflict reads a review's recommendations from issue on, as anybody tied to it does.

    That a closed review is issued is a constraint: to say so here lets the index find the few that are not.
    """
    open_states = [state for state in ReviewState if state is not ReviewState.CLOSED]
    return select(Review.id).where(
        Review.issued_at.is_(None), among(Review.state, open_states), conflict_condition(head_id)
    )


def visible_plans(actor: Actor, office: Office) -> ColumnElement[bool]:
    """Every plan, or none: a plan is service-level and names no child. What follows a recommendation is asked of
    that recommendation."""
    return true() if sees_plans(actor, None, office) else false()


def visible_activities(actor: Actor, office: Office) -> ColumnElement[bool]:
    """The quality activities this person may open: the Head's office records and reads them. Whoever owns or checks
    a recommendation of one reads its kind, reference and date beside it, and no more (R11)."""
    return true() if office.holds(actor.id) else false()
