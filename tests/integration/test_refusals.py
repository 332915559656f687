"""Bad input at the services' door: refused with a sentence, and nothing half-written, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text

from app import clock, extensions
from app.extensions import session
from app.models import Base
from app.models.records import OutboxMessage
from app.models.reviews import ResponseItem
from app.policy.actor import SYSTEM
from app.services import discussion, drafting, form_versions, issuing, moderation, planning, recommendations, settings
from app.services.unit_of_work import NotFound, Stale, digest, unit_of_work
from forms.descriptor import TemplateError
from forms.reading import AnswerError
from tests.support.remembering import remembered
from tests.support.stages import Story, answers, moderation_answers, plan, response, review_at
from tests.support.world import LIBRARY, World
from workflows.engine import GuardFailed, NotPermitted, Refused, UnknownAction, WrongStage
from workflows.states import RecommendationState, ReviewState

pytestmark = pytest.mark.slow

REFUSALS = (Refused, Stale, NotFound, AnswerError, TemplateError)
LONG = "a long story " * 15_400  # 200,000 characters
CONTROLS = "\x00\x01\x1b\x7f\ud800"
Act = Callable[[], object]


def fingerprint() -> dict[str, str]:
    """Every row of every table."""
    session.rollback()
    with extensions.engine().connect() as connection:
        return {
            table.name: digest([list(map(str, row)) for row in connection.execute(text(f"SELECT * FROM {table.name}"))])
            for table in Base.metadata.sorted_tables
        }


def refused(act: Act, kind: type[Exception] | tuple[type[Exception], ...] = REFUSALS) -> str:
    """The sentence of the refusal; the database is as it was, to the last row."""
    before = fingerprint()
    with pytest.raises(kind) as why:
        act()
    assert fingerprint() == before
    said = str(why.value)
    assert said.strip()
    return said


@pytest.fixture
def inside(world: World) -> Iterator[World]:
    with world.context():
        yield world


# --- versions, stages, persons ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [0, -1, 99, 10**12])
def test_a_forged_version_is_stale(inside: World, version: int) -> None:
    story = review_at(inside, ReviewState.DRAFTING)
    story.written()
    actor = inside.actor("external.reviewer")
    refused(lambda: drafting.share(actor, story.id, version), Stale)
    refused(lambda: issuing.withdraw(inside.actor("head.qa"), story.id, version, reason="x"), Stale)


def test_a_review_that_does_not_exist_is_not_found(inside: World) -> None:
    refused(lambda: drafting.share(inside.actor("external.reviewer"), 999, 1), NotFound)
    refused(lambda: recommendations.act(inside.actor("worker"), 999, "start", 1, {}), NotFound)


def test_the_wrong_stage_and_the_wrong_person(inside: World) -> None:
    story = review_at(inside, ReviewState.DRAFTING)
    reviewer, head = inside.actor("external.reviewer"), inside.actor("head.qa")
    version = story.review.version
    said = refused(lambda: drafting.submit(reviewer, story.id, version), WrongStage)
    assert "cannot be done at this stage: it is at “draft”" in said
    assert "not yours" in refused(lambda: drafting.share(head, story.id, version), NotPermitted)
    refused(lambda: planning.plan_review(inside.actor("admin"), plan(inside)), NotPermitted)
    refused(lambda: planning.plan_review(SYSTEM, plan(inside)), NotPermitted)
    refused(lambda: discussion.save_draft(inside.actor("worker"), story.id, {}, expected_version=0), WrongStage)
    refused(lambda: moderation.save(head, story.id, {}, expected_version=0), WrongStage)
    refused(lambda: planning.declare(head, story.id, conflicted=False), NotPermitted)


# --- the draft ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "given"),
    [
        ("no_such_part", {}),
        ("x" * 5_000, {}),
        ("journey", {"grade": "superb"}),
        ("journey", {"grade": 4}),
        ("journey", {"grade": ["good"]}),
        ("journey", {"evidence": LONG}),
        ("journey", {"evidence": {"text": "x"}}),
        ("journey", {"nonsense": "x"}),
        ("journey", ["evidence"]),
        ("recommendations", {"child_level": [{"action": "no key"}]}),
        ("recommendations", {"child_level": [{"key": "r0000000001", "due": "2026-02-30"}]}),
        ("recommendations", {"child_level": [{"key": "r0000000001"}, {"key": "r0000000001"}]}),
    ],
)
def test_answers_that_are_none_are_refused(inside: World, part: str, given: Any) -> None:
    story = review_at(inside, ReviewState.DRAFTING)
    actor = inside.actor("external.reviewer")
    refused(lambda: drafting.save_part(actor, story.id, part, given, expected_version=0))


def test_control_characters_are_left_out_of_what_is_kept(inside: World) -> None:
    """PostgreSQL cannot hold some of them, and a spreadsheet can hold none: they go before they are stored."""
    story = review_at(inside, ReviewState.DISCUSSION)
    actor = inside.actor("external.reviewer")
    given = {**answers(inside)["journey"], "evidence": f"Seen{CONTROLS} alone."}
    drafting.save_part(actor, story.id, "journey", given, expected_version=1)
    drafting.take_back(actor, story.id, story.review.version, reason=f"Too{CONTROLS} early.")
    story = review_at(inside, ReviewState.DISCUSSION)
    said = response(story.review, "correction", f"No{CONTROLS}.") | {"proud_of": CONTROLS + "The visits."}
    discussion.respond(inside.actor("worker"), story.id, said, revision_number=1)
    item = session.query(ResponseItem).first()
    assert item is not None
    assert item.text == "No."


def test_withdrawn_after_the_decision_it_leaves_nothing_to_do(inside: World) -> None:
    """Its recommendations are set aside with the reason, and their owners, who never heard of them, are not told."""
    story = review_at(inside, ReviewState.TRACKING)
    issuing.withdraw(inside.actor("head.qa"), story.id, story.review.version, reason="Planned twice.")
    row = story.recommendation()
    assert row.state is RecommendationState.SET_ASIDE
    assert row.entries[-1].text == "The review was withdrawn: Planned twice."
    told = select(OutboxMessage.kind).where(OutboxMessage.kind == "recommendation.set_aside")
    assert session.scalars(told).all() == []
    assert "is reopened first" in refused(lambda: story.act("head.qa", "reopen", reason="x"), GuardFailed)


@pytest.mark.parametrize("reason", ["", "   ", "\x00\x01", LONG])
def test_a_reason_is_words_and_not_a_book(inside: World, reason: str) -> None:
    story = review_at(inside, ReviewState.DISCUSSION)
    reviewer, head = inside.actor("external.reviewer"), inside.actor("head.qa")
    version = story.review.version
    refused(lambda: drafting.take_back(reviewer, story.id, version, reason=reason), GuardFailed)
    refused(lambda: issuing.withdraw(head, story.id, version, reason=reason), GuardFailed)
    new = inside.public_id("internal.reviewer")
    refused(lambda: planning.reassign(head, story.id, version, new_reviewer=new, reason=reason), GuardFailed)
    refused(lambda: planning.declare(reviewer, story.id, conflicted=True, reason=reason), GuardFailed)
    refused(lambda: drafting.log_attempt(reviewer, story.id, as_who="worker", how=reason), GuardFailed)


# --- responses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"parts": {}},
        {"parts": {"journey": {"stance": "perhaps"}}},
        {"parts": {"no_part": {"stance": "agree"}}},
        {"parts": {"journey": {"stance": "disagree", "text": "\x00 "}}},
        {"parts": {"journey": {"stance": "disagree", "text": LONG}}},
    ],
)
def test_a_response_that_is_none_is_refused(inside: World, given: Any) -> None:
    story = review_at(inside, ReviewState.DISCUSSION)
    whole = response(story.review)["parts"]
    mixed = {"parts": {**whole, **given["parts"]}} if given.get("parts") and "no_part" not in given["parts"] else given
    refused(lambda: discussion.respond(inside.actor("worker"), story.id, mixed, revision_number=1), GuardFailed)


def test_a_response_says_nothing_of_parts_that_are_not_there(inside: World) -> None:
    story = review_at(inside, ReviewState.DISCUSSION)
    given = response(story.review)
    given["parts"]["x" * 500] = {"stance": "agree", "text": ""}
    discussion.respond(inside.actor("worker"), story.id, given, revision_number=1)
    kept = {item.part for item in session.query(ResponseItem)}
    assert kept == {"journey", "needs", "summary", "recommendations"}


def test_a_response_to_what_was_not_read_and_a_second_one(inside: World) -> None:
    story = review_at(inside, ReviewState.DISCUSSION)
    worker, given = inside.actor("worker"), response(story.review)
    refused(lambda: discussion.respond(worker, story.id, given, revision_number=2), Stale)
    long = {**given, "proud_of": LONG}
    refused(lambda: discussion.respond(worker, story.id, long, revision_number=1), GuardFailed)
    discussion.respond(worker, story.id, given, revision_number=1)
    refused(lambda: discussion.respond(worker, story.id, given, revision_number=1), GuardFailed)


def test_an_answer_to_nothing_or_of_no_kind(inside: World) -> None:
    story = review_at(inside, ReviewState.DISCUSSION)
    story.responded("disagree", "The visits of May are missing.")
    item = session.query(ResponseItem.id).order_by(ResponseItem.id).limit(1).scalar()
    reviewer = inside.actor("external.reviewer")
    refused(lambda: drafting.answer(reviewer, story.id, 9_999, reply="kept", text="x"), NotFound)
    refused(lambda: drafting.answer(reviewer, story.id, item, reply="shrugged", text="x"), GuardFailed)
    refused(lambda: drafting.answer(reviewer, story.id, item, reply="kept", text=" "), GuardFailed)
    refused(lambda: drafting.answer(reviewer, story.id, item, reply="kept", text=LONG), GuardFailed)
    other = review_at(inside, ReviewState.DISCUSSION)
    refused(lambda: drafting.answer(reviewer, other.id, item, reply="kept", text="x"), NotFound)


# --- planning -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("child", "said"),
    [
        ({"case_system_id": " "}, "Enter the case-system ID"),
        ({"case_system_id": "9" * 41}, "Use 40 characters or fewer"),
        ({"name": "x" * 200}, "Use 120 characters or fewer"),
        ({"name": "12 34"}, "Enter the child's name"),
        ({"name": "\x00"}, "Enter the child's name"),
        ({"born_on": None}, "Enter the date of birth"),
        ({"expected_on": date(2026, 12, 1)}, "Enter the date of birth"),
        ({"born_on": date(2026, 11, 24)}, "in the future"),
        ({"born_on": date(1990, 1, 1)}, "older than 25"),
        ({"born_on": None, "expected_on": date(2028, 1, 1)}, "more than ten months away"),
        ({"born_on": None, "expected_on": date(2025, 1, 1)}, "long past"),
    ],
)
def test_a_child_that_cannot_be(inside: World, child: dict[str, Any], said: str) -> None:
    given = plan(inside)
    wanted = replace(given, child=replace(given.child, **child))
    assert said in refused(lambda: planning.plan_review(inside.actor("head.qa"), wanted), GuardFailed)


@pytest.mark.parametrize(
    "changes",
    [
        {"theme": LONG},
        {"planned_month": date(1999, 1, 1)},
        {"planned_month": date(9999, 12, 1)},
        {"reviewer": ""},
        {"reviewer": "nobody"},
        {"reviewer": "\x00"},
        {"worker": "nobody"},
        {"line_manager": LONG},
        {"independent_chair": "nobody"},
        {"look_back_workers": ["nobody"]},
        {"form_version": "nothing"},
    ],
)
def test_a_plan_that_cannot_be(inside: World, changes: dict[str, Any]) -> None:
    wanted = plan(inside, **changes)
    refused(lambda: planning.plan_review(inside.actor("head.qa"), wanted), GuardFailed)


def test_two_children_do_not_share_an_id(inside: World) -> None:
    head = inside.actor("head.qa")
    first = plan(inside)
    planning.plan_review(head, first)
    for other in ({"name": "Somebody Else"}, {"born_on": date(2015, 1, 1)}):
        wanted = plan(inside, child=replace(first.child, **other))
        assert "another child: check the ID" in refused(partial(planning.plan_review, head, wanted), GuardFailed)
    planning.plan_review(head, plan(inside, child=replace(first.child, name=first.child.name.upper())))


# --- moderation, issue --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["sample", "none"])
def test_a_grade_that_is_none_is_not_made_final(inside: World, rule: str) -> None:
    with unit_of_work(inside.actor("head.qa")) as work:
        settings.put(work, {"panel_rule": {"kind": rule, "percent": 0}})
    story = review_at(inside, ReviewState.HOS_MODERATION)
    head = inside.actor("head.qa")
    given = moderation_answers(story.review)
    given["views"]["journey"]["grade"] = "superb"
    moderation.save(head, story.id, given, expected_version=0)
    version = story.review.version
    said = refused(lambda: moderation.agree_without_panel(head, story.id, version, reason="x"), GuardFailed)
    assert "give your view of the grade" in said


def test_where_no_panel_follows_a_moved_grade_says_why(inside: World) -> None:
    with unit_of_work(inside.actor("head.qa")) as work:
        settings.put(work, {"panel_rule": {"kind": "none", "percent": 0}})
    story = review_at(inside, ReviewState.HOS_MODERATION)
    head = inside.actor("head.qa")
    given = moderation_answers(story.review)
    given["views"]["journey"]["grade"] = "inadequate"
    moderation.save(head, story.id, given, expected_version=0)
    version = story.review.version
    said = refused(lambda: moderation.agree_without_panel(head, story.id, version, reason="x"), GuardFailed)
    assert "say why" in said
    given["views"]["journey"]["reason"] = "Nobody saw the child between March and June."
    moderation.save(head, story.id, given, expected_version=1)
    moderation.agree_without_panel(head, story.id, story.review.version, reason="x")
    assert story.review.state is ReviewState.TRACKING


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sent_on": None}, "Enter the date sent"),
        ({"sent_on": date(2026, 11, 20)}, "cannot be before the decision"),
        ({"sent_on": date(2026, 12, 20)}, "cannot be in the future"),
        ({"sent_on": "2026-11-23"}, "Enter the date sent"),
        ({"tracker_meeting_on": None}, "date of the tracker meeting"),
        ({"tracker_meeting_on": date(2026, 11, 1)}, "cannot be before the decision"),
        ({"told_by": LONG}, "Use 200 characters or fewer"),
    ],
)
def test_an_issue_that_cannot_be(inside: World, changes: dict[str, Any], said: str) -> None:
    story = review_at(inside, ReviewState.TRACKING)
    head, version, today = inside.actor("head.qa"), story.review.version, clock.today()
    given = {"sent_on": today, "tracker_meeting_on": today + timedelta(days=20), **changes}
    assert said in refused(lambda: issuing.issue(head, story.id, version, **given), GuardFailed)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "who told them?"),
        ({"told_by": "Nasreen Qureshi"}, "When were they told"),
        ({"told_by": "Nasreen Qureshi", "told_on": date(2026, 12, 24)}, "cannot be in the future"),
        ({"told_by": "Nasreen Qureshi", "told_on": date(2026, 11, 1)}, "cannot be before the decision"),
        ({"told_on": date(2026, 11, 23)}, "who told them?"),
    ],
)
def test_nobody_learns_of_a_moved_grade_from_a_document(inside: World, told: dict[str, Any], said: str) -> None:
    story = moved(inside)
    head, version, today = inside.actor("head.qa"), story.review.version, clock.today()
    given = {"sent_on": today, "tracker_meeting_on": today, **told}
    assert said in refused(lambda: issuing.issue(head, story.id, version, **given), GuardFailed)


@remembered
def moved(world: World) -> Story:
    """A decided review with another grade than the worker read."""
    with unit_of_work(world.actor("head.qa")) as work:
        settings.put(work, {"panel_rule": {"kind": "none", "percent": 0}})
    story = review_at(world, ReviewState.HOS_MODERATION)
    given = moderation_answers(story.review)
    given["views"]["journey"] = {"grade": "requires_improvement", "reason": "The plan of May was not carried out."}
    moderation.save(world.actor("head.qa"), story.id, given, expected_version=0)
    moderation.agree_without_panel(
        world.actor("head.qa"), story.id, story.review.version, reason="The record is plain."
    )
    return story


# --- recommendations ----------------------------------------------------------------------------------------------


@pytest.fixture
def issued(inside: World) -> Story:
    story = review_at(inside, ReviewState.TRACKING)
    story.issued()
    return story


def test_a_step_of_a_recommendation_that_is_none(issued: Story) -> None:
    for trigger in ("agree", "drop", "fly", "", "__class__", "to_closed"):
        refused(partial(issued.act, "head.qa", trigger), UnknownAction)


@pytest.mark.parametrize(
    ("owner", "verifier"), [("worker", "worker"), ("manager", "worker"), ("head.service", "manager")]
)
def test_the_verifier_is_not_the_owner_nor_managed_by_the_owner(issued: Story, owner: str, verifier: str) -> None:
    named = {"owner": issued.world.public_id(owner), "verifier": issued.world.public_id(verifier)}
    assert "may not be the owner" in refused(lambda: issued.act("head.qa", "name", **named), GuardFailed)


@pytest.mark.parametrize("given", [{}, {"owner": "nobody"}, {"owner": "\x00"}, {"owner": LONG}, {"owner": None}])
def test_an_owner_is_somebody(issued: Story, given: dict[str, Any]) -> None:
    refused(lambda: issued.act("head.qa", "name", **given), GuardFailed)


def test_what_comes_with_a_step_is_checked(issued: Story) -> None:
    refused(lambda: issued.act("worker", "dispute", reason="\x00"), GuardFailed)
    refused(lambda: issued.act("head.qa", "set_aside", reason=LONG), GuardFailed)
    refused(lambda: issued.act("head.qa", "move_to_plan", reason="x", plan="p" * 201), GuardFailed)
    for day in (None, "2026-12-24", date(2020, 1, 1)):
        refused(partial(issued.act, "head.qa", "extend", due_on=day, reason="x"), GuardFailed)
    issued.act("worker", "start")
    refused(lambda: issued.act("worker", "progress", text="x", forecast="sunny"), GuardFailed)
    refused(lambda: issued.act("worker", "complete", evidence=" "), GuardFailed)


def test_a_recommendation_without_an_owner_is_not_reopened_into_work(inside: World) -> None:
    """The database refused it once, where a sentence should have."""
    story = Story(inside)
    story.drafting()
    given = answers(inside)
    given["recommendations"]["child_level"][0]["owner"] = None
    actor = inside.actor("external.reviewer")
    for part, said in given.items():
        drafting.save_part(actor, story.id, part, said, expected_version=0)
    drafting.share(actor, story.id, story.review.version)
    story.hos_moderation()
    story.tracking()
    story.issued()
    story.act("head.qa", "set_aside", reason="It belongs to the year's plan.")
    assert "Nobody owns" in refused(lambda: story.act("head.qa", "reopen", reason="x"), GuardFailed)
    named = {"owner": inside.public_id("worker"), "verifier": inside.public_id("manager")}
    story.act("head.qa", "name", **named)
    story.act("head.qa", "reopen", reason="The plan was dropped.")


def test_a_closed_review_gets_no_open_recommendation(inside: World) -> None:
    story = review_at(inside, ReviewState.CLOSED)
    assert "is reopened first" in refused(lambda: story.act("head.qa", "reopen", reason="x"), GuardFailed)


# --- templates ----------------------------------------------------------------------------------------------------

SMALL = (LIBRARY / "practice-review-small.yaml").read_text(encoding="utf8")
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    "template",
    [
        "",
        "just words",
        "[1, 2",
        "{}",
        BOMB,
        "key: !!python/object/apply:os.system ['true']\n",
        "key: !!python/name:os.getcwd\n",
        "x" * 300_000,
        SMALL + "#" * 300_000,
        SMALL.replace("purpose: practice_review", "purpose: practice_review\nbefore: os.getcwd"),
        SMALL.replace("purpose: practice_review", "purpose: practice_review\nconditions: ['os.getcwd']"),
        SMALL.replace("kind: graded", "kind: executed", 1),
        SMALL.replace("{value: 4,", "{value: 9,", 1),
        "[" * 5_000,
        "key: \x00",
    ],
)
def test_a_template_that_is_none(inside: World, template: str) -> None:
    refused(lambda: form_versions.load(inside.actor("admin"), template), (TemplateError, GuardFailed))
