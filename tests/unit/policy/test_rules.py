"""One rule for each permission; what has none is refused."""

from __future__ import annotations

from typing import Any

import pytest

from app.models.people import RoleName
from app.models.recommendations import Recommendation
from app.models.reviews import DeclarationStep
from app.policy.acting import Office
from app.policy.actor import SYSTEM, Actor
from app.policy.rules import NOT_YOURS, RULES, may, may_open_record, why_not
from tests.unit.policy.people import NOBODY, actor, declare, person, review
from workflows.permissions import Permission
from workflows.states import ReviewState

P = Permission


def test_every_permission_has_a_rule() -> None:
    assert set(RULES) == set(P)


def test_a_permission_without_a_rule_is_refused() -> None:
    head = person(RoleName.HEAD_OF_QA)
    office = Office((head.id,), (), ())
    assert not may(actor(head), "fly", review(), office)  # type: ignore[arg-type]
    assert why_not(actor(head), office)("fly", None) == NOT_YOURS  # type: ignore[arg-type]
    assert why_not(actor(head), office)(P.PLAN_REVIEW, None) is None


REVIEWER = person(RoleName.REVIEWER)
WRITING = (P.EDIT_DRAFT, P.SHARE_DRAFT, P.TAKE_BACK, P.ANSWER_RESPONSE, P.SUBMIT_REVIEW)


@pytest.mark.parametrize("permission", WRITING)
def test_the_reviewer_writes_after_both_declarations_and_never_after_a_conflict(permission: P) -> None:
    who = actor(REVIEWER)
    silent = review(reviewer=REVIEWER)
    once = declare(review(reviewer=REVIEWER), REVIEWER, DeclarationStep.FACTS)
    free = declare(review(reviewer=REVIEWER), REVIEWER)
    later = declare(declare(review(reviewer=REVIEWER), REVIEWER), REVIEWER, DeclarationStep.NAME, conflicted=True)
    assert [may(who, permission, each, NOBODY) for each in (silent, once, free, later)] == [False, False, True, False]
    assert not may(actor(person()), permission, free, NOBODY)


@pytest.mark.parametrize("permission", [P.START_REVIEW, P.DECLARE_CONFLICT])
def test_the_reviewer_starts_and_declares_until_there_is_a_conflict(permission: P) -> None:
    who = actor(REVIEWER)
    assert may(who, permission, review(reviewer=REVIEWER), NOBODY)
    assert not may(who, permission, declare(review(reviewer=REVIEWER), REVIEWER, conflicted=True), NOBODY)
    assert not may(who, permission, review(), NOBODY)


def test_somebody_elses_declaration_opens_nothing() -> None:
    mine = review(reviewer=REVIEWER)
    declare(mine, person())
    assert not may_open_record(actor(REVIEWER), mine)


@pytest.mark.parametrize("state", ReviewState)
def test_a_draft_is_edited_in_drafting_and_discussion(state: ReviewState) -> None:
    free = declare(review(reviewer=REVIEWER, state=state), REVIEWER)
    wanted = state in (ReviewState.DRAFTING, ReviewState.DISCUSSION)
    assert may(actor(REVIEWER), P.EDIT_DRAFT, free, NOBODY) is wanted


def test_the_worker_and_the_manager_respond() -> None:
    made = review()
    assert may(actor(made.worker), P.RESPOND, made, NOBODY)
    assert may(actor(made.line_manager), P.RESPOND, made, NOBODY)
    assert not may(actor(made.reviewer), P.RESPOND, made, NOBODY)


HEAD = person(RoleName.HEAD_OF_QA)
OFFICE = Office((HEAD.id,), (), ())
HEADS = (P.REASSIGN_REVIEW, P.FIRST_MODERATE, P.ISSUE_REVIEW, P.CLOSE_REVIEW, P.WITHDRAW_REVIEW)


@pytest.mark.parametrize("permission", HEADS)
def test_the_head_acts_on_reviews_that_are_not_the_heads_own(permission: P) -> None:
    assert may(actor(HEAD), permission, review(), OFFICE)
    assert not may(actor(HEAD), permission, review(reviewer=HEAD), OFFICE)
    assert not may(actor(person()), permission, review(), OFFICE)


@pytest.mark.parametrize("permission", [P.AGREE_RECOMMENDATION, P.STEER_RECOMMENDATION])
def test_the_head_steers_recommendations(permission: P) -> None:
    """R4 of the review it came from; the office where it came from none."""
    of_review, of_none = Recommendation(review=review(reviewer=HEAD)), Recommendation(review=None)
    assert not may(actor(HEAD), permission, of_review, OFFICE)
    assert may(actor(HEAD), permission, of_none, OFFICE)
    assert may(actor(HEAD), permission, Recommendation(review=review()), OFFICE)
    assert not may(actor(person()), permission, of_none, OFFICE)


def test_the_owner_and_the_verifier_do_their_own() -> None:
    owner, verifier = person(), person()
    row = Recommendation(owner_id=owner.id, verifier_id=verifier.id)
    asked = (P.OWN_RECOMMENDATION, P.VERIFY_RECOMMENDATION)
    assert [may(actor(owner), each, row, OFFICE) for each in asked] == [True, False]
    assert [may(actor(verifier), each, row, OFFICE) for each in asked] == [False, True]


@pytest.mark.parametrize(
    ("permission", "administrator", "head"),
    [
        (P.ADMINISTER_PEOPLE, True, False),
        (P.ADMINISTER_FORMS, True, False),
        (P.CHANGE_SETTINGS, True, True),
        (P.PLAN_REVIEW, False, True),
        (P.SEE_PROGRAMME, False, True),
    ],
)
def test_what_belongs_to_no_review(permission: P, administrator: bool, head: bool) -> None:
    assert may(actor(person(RoleName.ADMINISTRATOR)), permission, None, OFFICE) is administrator
    assert may(actor(HEAD), permission, None, OFFICE) is head
    assert not may(actor(person(*set(RoleName) - {RoleName.ADMINISTRATOR})), permission, None, OFFICE)


PANELS = (P.RUN_MEETING, P.LIST_ITEM, P.CHAIR_ITEM, P.ADJOURN_ITEM, P.WITHDRAW_ITEM, P.READ_ALONE, P.EXCUSE_READER,
          P.SEAT_READER, P.LEAVE_ITEM)  # fmt: skip


@pytest.mark.parametrize("permission", P)
def test_nobody_and_a_stranger_may_do_nothing(permission: P) -> None:
    """The system's own acts go through no permission; unassigned rows are nobody's, not everybody's."""
    of_one = "RECOMMENDATION" in permission.name or permission in (P.REACH_PARTNER, P.TELL_FAMILY, P.ADD_EVIDENCE)
    subject: Any = Recommendation() if of_one else review()
    subject = person() if permission is P.SEE_SUPERVISION else subject
    if "CONCERN" in permission.name or permission in PANELS:
        return  # concerns and the panel are tried with their own policies
    assert not may(SYSTEM, permission, subject, NOBODY)
    assert not may(Actor(id=10**9, name="A stranger"), permission, subject, NOBODY)
