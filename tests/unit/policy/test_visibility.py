"""The table under R11, written here from the handbook, cell by cell; whatever is not in it is not seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.models.people import Person, RoleName
from app.models.reviews import DeclarationStep, Review
from app.policy import tracker, visibility
from app.policy.acting import Office
from app.policy.actor import SYSTEM, Actor
from app.policy.concerns import handled_concerns, visible_concerns
from app.policy.visibility import (
    TABLE,
    Aspect,
    Tie,
    phase_of,
    sees,
    ties,
    visible_as_own,
    visible_beyond_dates,
    visible_in_register,
    visible_recommendations,
    visible_reviews,
)
from tests.unit.policy.people import NOBODY, actor, declare, person, review
from workflows.states import Phase, ReviewState

P = Phase
NAMED = "exists identity"
READ = "read_revision own_answer others_answer"
SUBMITTED = "submitted all_answers return_reasons"
OUTCOME = "decided final grade_path recommendations"
# Everything there is to be shown, without what is a reader's own or the panel's.
EVERYTHING = (
    "exists identity progress draft read_revision others_answer all_answers submitted return_reasons "
    "first_moderation chair_shared decided final grade_path recommendations history"
)
# The reviewer: "own draft", "draft, all answers", "what was submitted; reasons if returned", "the same",
# "what the chair shared", "final review, why a grade moved". What somebody has read does not go away.
REVIEWER = {
    P.PLANNED: f"{NAMED} declaration",
    P.DRAFTING: f"{NAMED} draft progress return_reasons all_answers",
    P.DISCUSSION: f"{NAMED} draft progress return_reasons all_answers read_revision",
    P.FIRST_MODERATION: f"{NAMED} {SUBMITTED}",
    P.PANEL_SEALED: f"{NAMED} {SUBMITTED}",
    P.PANEL_OPEN: f"{NAMED} {SUBMITTED} chair_shared",
    P.DECIDED: f"{NAMED} {SUBMITTED} chair_shared decided",
    P.ISSUED: f"{NAMED} {SUBMITTED} {OUTCOME} history",
}
# Worker and line manager: "that it has begun, by whom", "draft, own answers; each other's once both have answered",
# "what they read and answered", "the same", "that it is decided", "final review, reasons, recommendations".
RESPONDENT = {
    P.DRAFTING: "exists",
    P.DISCUSSION: f"{NAMED} draft {READ}",
    P.FIRST_MODERATION: f"{NAMED} {READ}",
    P.PANEL_SEALED: f"{NAMED} {READ}",
    P.PANEL_OPEN: f"{NAMED} {READ}",
    P.DECIDED: f"{NAMED} {READ} decided",
    P.ISSUED: f"{NAMED} {READ} {OUTCOME}",
}
# The Head: "dates, progress (text only to reassign)", "the same", "everything", "review, own reading, who submitted",
# "everything", "everything"; planned and withdrawn: everything.
HEAD = {
    P.PLANNED: EVERYTHING,
    P.DRAFTING: f"{NAMED} progress return_reasons",
    P.DISCUSSION: f"{NAMED} progress return_reasons",
    P.FIRST_MODERATION: EVERYTHING,
    P.PANEL_SEALED: f"{EVERYTHING} own_reading who_submitted",
    P.PANEL_OPEN: f"{EVERYTHING} own_reading who_submitted",
    P.DECIDED: f"{EVERYTHING} own_reading readings",
    P.ISSUED: f"{EVERYTHING} own_reading readings",
    P.WITHDRAWN: EVERYTHING,
}
# A panel member: "nothing" three times, "submitted review, answers, own reading", "all readings", "the same".
PANEL = f"{NAMED} submitted all_answers own_reading"
PANEL_MEMBER = {
    P.PANEL_SEALED: PANEL,
    P.PANEL_OPEN: PANEL,
    P.DECIDED: f"{PANEL} readings decided final",
    P.ISSUED: f"{PANEL} readings decided final",
}
# Opened and not decided, members present with a submitted reading see all readings; before, the Head and who chairs
# see who has submitted, and never what.
HANDBOOK: dict[Tie, dict[Phase, str]] = {
    Tie.REVIEWER: REVIEWER,
    Tie.NEW_REVIEWER: dict.fromkeys((P.PLANNED, P.DRAFTING, P.DISCUSSION), "exists declaration"),
    Tie.PAST_REVIEWER: {P.ISSUED: "exists recommendations"},
    Tie.WORKER: RESPONDENT,
    Tie.LINE_MANAGER: RESPONDENT,
    Tie.HEAD_OF_QA: HEAD,
    Tie.HEAD_IN_CONFLICT: {**dict.fromkeys(P, "exists progress"), P.ISSUED: f"{NAMED} progress {OUTCOME}"},
    Tie.PANEL_MEMBER: PANEL_MEMBER,
    Tie.PANEL_PRESENT: {P.PANEL_OPEN: "readings"},
    Tie.PANEL_CHAIR: dict.fromkeys((P.PANEL_SEALED, P.PANEL_OPEN), "who_submitted"),
    Tie.AGENCY_MANAGER: dict.fromkeys(set(P) - {P.PLANNED, P.WITHDRAWN}, "progress"),
}


@pytest.mark.parametrize("tie", Tie)
@pytest.mark.parametrize("phase", Phase)
def test_every_cell_is_the_handbooks(tie: Tie, phase: Phase) -> None:
    wanted = HANDBOOK[tie].get(phase, "").split()
    assert TABLE[tie].get(phase, frozenset()) == frozenset(map(Aspect, wanted))


def test_nobody_is_shown_another_reading_before_the_opening_nor_who_is_not_let_in_before_the_decision() -> None:
    for tie, cells in TABLE.items():
        shown = {phase for phase, aspects in cells.items() if Aspect.READINGS in aspects}
        assert shown <= ({P.PANEL_OPEN} if tie is Tie.PANEL_PRESENT else {P.DECIDED, P.ISSUED})


# --- which ties a person has --------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CHIEF, DEPUTY = person(RoleName.HEAD_OF_QA), person(RoleName.DEPUTY_QA)
OFFICE = Office((CHIEF.id,), (DEPUTY.id,), ())


def tied(who: Person, of: Review, office: Office = NOBODY, **rest: Any) -> set[Tie]:
    return set(ties(actor(who), of, office, **rest))


def test_the_reviewer_is_new_until_both_declarations_and_nothing_after_a_conflict() -> None:
    made = review()
    assert tied(made.reviewer, made) == {Tie.NEW_REVIEWER}
    declare(made, made.reviewer, DeclarationStep.FACTS)
    assert tied(made.reviewer, made) == {Tie.NEW_REVIEWER}
    declare(made, made.reviewer, DeclarationStep.NAME)
    assert tied(made.reviewer, made) == {Tie.REVIEWER}
    declare(made, made.reviewer, DeclarationStep.NAME, conflicted=True)
    assert tied(made.reviewer, made) == set()


@pytest.mark.parametrize(
    ("external", "issued", "past", "wanted"),
    [
        (True, True, True, Tie.PAST_REVIEWER),
        (True, True, False, Tie.REVIEWER),
        (True, False, True, Tie.REVIEWER),
        (False, True, True, Tie.REVIEWER),
    ],
)
def test_an_external_reviewer_is_past_twenty_days_after_issue(
    external: bool, issued: bool, past: bool, wanted: Tie
) -> None:
    writer = person(RoleName.REVIEWER, agency_id=1 if external else None)
    made = declare(review(reviewer=writer, issued_at=NOW if issued else None), writer)
    assert tied(writer, made, past=past) == {wanted}


def test_the_other_ties() -> None:
    made = review()
    assert tied(made.worker, made) == {Tie.WORKER}
    assert tied(made.line_manager, made) == {Tie.LINE_MANAGER}
    assert tied(person(*RoleName), made) == set()
    assert ties(SYSTEM, made, OFFICE) == frozenset()


def test_the_head_and_who_acts_for_the_head() -> None:
    assert tied(CHIEF, review(), OFFICE) == {Tie.HEAD_OF_QA}
    assert tied(DEPUTY, review(), OFFICE) == set()
    own = review(independent_chair=CHIEF)
    assert tied(CHIEF, own, OFFICE) == {Tie.HEAD_IN_CONFLICT}
    assert tied(DEPUTY, own, OFFICE) == {Tie.HEAD_OF_QA}


def test_a_head_who_wrote_it_sees_what_the_reviewer_sees() -> None:
    made = declare(review(reviewer=CHIEF, state=ReviewState.HOS_MODERATION), CHIEF)
    sight = sees(actor(CHIEF), made, OFFICE)
    assert sight.ties == {Tie.REVIEWER, Tie.HEAD_IN_CONFLICT}
    assert Aspect.SUBMITTED in sight
    assert Aspect.FIRST_MODERATION not in sight


def test_an_agency_manager_is_tied_to_the_reviews_of_the_agency() -> None:
    writer = person(RoleName.REVIEWER, agency_id=7)
    manager, other = person(RoleName.AGENCY_MANAGER, agency_id=7), person(RoleName.AGENCY_MANAGER, agency_id=8)
    made = review(reviewer=writer)
    assert tied(manager, made) == {Tie.AGENCY_MANAGER}
    assert tied(other, made) == tied(person(agency_id=7), made) == set()
    assert tied(person(RoleName.AGENCY_MANAGER), review()) == set()
    both = person(RoleName.AGENCY_MANAGER, RoleName.REVIEWER, agency_id=7)
    assert Tie.AGENCY_MANAGER in tied(both, review(reviewer=both))
    assert tied(both, review(reviewer=both)) > {Tie.AGENCY_MANAGER}


@pytest.mark.parametrize("role", [RoleName.ADMINISTRATOR, RoleName.OVERSIGHT])
def test_to_whom_no_child_is_shown_no_tie_by_name_counts(role: RoleName) -> None:
    """Named by a record still, with the role of before gone; with any other role beside it the tie holds (R11)."""
    now, also = person(role), person(role, RoleName.WORKER)
    assert (
        tied(now, review(worker=now)) == tied(now, review(line_manager=now)) == tied(now, review(reviewer=now)) == set()
    )
    assert tied(also, review(worker=also)) == {Tie.WORKER}
    asked = (
        visible_reviews, visible_beyond_dates, visible_recommendations, visible_as_own, visible_in_register,
    )  # fmt: skip
    assert {str(condition(actor(now), OFFICE)) for condition in asked} == {"false"}


def test_the_phase_of_a_stored_review() -> None:
    assert phase_of(review(state=ReviewState.TRACKING)) is P.DECIDED
    assert phase_of(review(state=ReviewState.TRACKING, issued_at=NOW)) is P.ISSUED


def test_the_system_is_shown_no_review() -> None:
    asked = (
        visible_reviews, visible_beyond_dates, visible_recommendations, visible_as_own, visible_in_register,
    )  # fmt: skip
    assert {str(condition(SYSTEM, OFFICE)) for condition in asked} == {"false"}


def test_conditions_are_kept_for_a_while_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same question gives the same condition; many askers do not fill the memory."""
    monkeypatch.setattr(visibility, "KEEP", 2)
    for number in range(5):
        who = Actor(id=10_000 + number, name="")
        assert visible_reviews(who, NOBODY) is visible_reviews(who, NOBODY)


def test_the_system_is_shown_no_concern() -> None:
    assert str(handled_concerns(SYSTEM, OFFICE)) == str(visible_concerns(SYSTEM, OFFICE)) == "false"


def test_the_system_is_shown_no_recommendation_and_no_tracker_meeting() -> None:
    for condition in (visibility.visible_in_register, visibility.visible_one_by_one, tracker.visible_meetings):
        assert str(condition(SYSTEM, OFFICE)) == "false"


def test_who_acts_for_the_head_asks_the_register_as_the_policy_says() -> None:
    acting = Office((CHIEF.id,), (DEPUTY.id,), (), {DEPUTY.id: "away"})
    asked = visibility.visible_in_register(actor(DEPUTY), acting)
    assert str(asked) == str(visibility.visible_recommendations(actor(DEPUTY), acting))
    assert str(asked) != str(visibility.visible_in_register(actor(person()), acting))
