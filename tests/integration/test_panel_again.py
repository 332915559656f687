"""A review before the panel a second time: sent back and read again, a decision reopened (handbook 2)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.panel import PanelItem, PanelReading
from app.models.recommendations import Recommendation
from app.models.reviews import Decision, GradeGiven, GradeStage
from app.policy.actor import Actor
from app.policy.panel import chair_in_office
from app.policy.visibility import Aspect, sees
from app.queries import my_work
from app.queries import recommendations as queries
from app.queries.tracker_filters import Filters
from app.queries.tracker_register import register
from app.services import (
    gate,
    invariants,
    issuing,
    panel_decision,
    panel_items,
    panel_readings,
    recommendations,
)
from app.services.review_facts import final_grades
from tests.support import panels
from tests.support.panels import ALL, CHAIR, DEPUTY, PanelStory, panel_story, refusal
from tests.support.world import World
from workflows.states import PanelItemState, ReadingState, RecommendationState, ReviewState

pytestmark = pytest.mark.slow


def send_back(story: PanelStory, login: str = CHAIR, reason: str = "Say more of the visits of May.") -> None:
    panel_items.send_back(story.world.actor(login), story.id, story.review.version, reason=reason)


def to_panel_again(story: PanelStory, days: int = 14) -> None:
    """The redraft referred to another meeting."""
    story.meeting_id = panels.set_up(story.world, days)
    story.referred_again()


def confirm(story: PanelStory, login: str) -> None:
    row = story.reading(login)
    panel_readings.confirm(story.world.actor(login), row.id, expected_version=row.version)


def reopen(story: PanelStory, login: str = CHAIR, reason: str = "A letter came.", days: int = 14) -> None:
    meeting = panels.set_up(story.world, days)
    version = story.review.version
    panel_items.reopen_decision(story.world.actor(login), story.id, version, reason=reason, meeting=meeting)
    story.meeting_id = meeting


def readings_of(story: PanelStory) -> list[PanelReading]:
    session.rollback()
    return session.query(PanelReading).join(PanelItem).filter(PanelItem.review_id == story.id).all()


# --- sent back ----------------------------------------------------------------------------------------------------


def test_sent_back_unopened_the_members_confirm_or_read_anew(world: World) -> None:
    """The old readings are kept; nobody has seen another's, so both kinds count; the Head's counts in no figure."""
    with world.context():
        story = panel_story(world)
        story.read_by_all(director="inadequate")
        send_back(story)
        assert (story.review.state, str(story.item.state)) == (ReviewState.DRAFTING, "left")
        assert sees(world.actor("director"), story.review, gate.office()).aspects == frozenset()
        assert panels.told("review.send_back") == {"external.reviewer", "head.qa"}
        to_panel_again(story)
        item = story.item
        assert item.previous_id is not None
        assert {row.state for row in item.readings} == {ReadingState.INVITED}
        confirm(story, "director")
        story.read_by_all(head_service="outstanding")
        first, second = story.reading("director"), story.reading("head.service")
        assert (first.answers["journey"]["grade"], first.confirms_id is not None, first.counted) == (
            "inadequate", True, True,
        )  # fmt: skip
        assert (second.answers["journey"]["grade"], second.confirms_id, second.counted) == ("outstanding", None, True)
        assert [row.counted for row in readings_of(story) if row.person_id == world.person("head.qa").id] == [False] * 2
        assert len(readings_of(story)) == 2 * len(ALL)
        kept = session.query(GradeGiven).filter_by(review_id=story.id, stage=GradeStage.READING).count()
        assert kept == 2 * len(ALL) * 3
        assert invariants.broken() == {}


def test_sent_back_after_the_opening_what_is_read_again_counts_in_no_figure(world: World) -> None:
    """Save that of a member who was excused, and saw nothing."""
    with world.context():
        story = panel_story(world)
        panel_readings.excuse(world.actor(CHAIR), story.reading("director").id, reason="Ill.")
        story.opened_on_the_day()
        with panels.on_the_day(story.meeting_id, 20):
            send_back(story)
            to_panel_again(story)
            confirm(story, "head.service")
            story.read_by_all()
        counted = {row.person.email.partition("@")[0] for row in story.item.readings if row.counted}
        assert counted == {"director"}
        assert invariants.broken() == {}


def test_there_is_nothing_to_confirm_the_first_time_nor_from_somebody_elses(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        assert "no earlier reading" in refusal(lambda: confirm(story, "director"))
        row = story.reading("director")
        other = lambda: panel_readings.confirm(world.actor("head.service"), row.id, expected_version=row.version)  # noqa: E731
        assert "NotPermitted" in refusal(other)


def test_sending_back_needs_its_reason_and_the_chair(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        assert "Give the reason." in refusal(lambda: send_back(story, reason=" \n\x00"))
        for login in ("head.qa", "director", DEPUTY, "external.reviewer"):
            assert "NotPermitted" in refusal(lambda login=login: send_back(story, login))  # type: ignore[misc]
        assert story.item.state is PanelItemState.READING


# --- reopened -----------------------------------------------------------------------------------------------------


def decided(world: World, **changes: object) -> PanelStory:
    story = panel_story(world)
    story.decided_on_the_day(**changes)  # type: ignore[arg-type]
    return story


def test_a_decision_is_reopened_by_the_chair_in_office_and_the_first_is_kept(world: World) -> None:
    with world.context():
        story = decided(world, grade="requires_improvement")
        before, decision = story.item.id, story.item.decision_id
        with panels.on_the_day(story.meeting_id, 60):
            for login in ("head.qa", "director", DEPUTY):
                assert "NotPermitted" in refusal(lambda login=login: reopen_at(story, login))  # type: ignore[misc]
            reopen(story)
            assert (story.review.state, story.review.decided_how) == (ReviewState.PANEL_MODERATION, None)
            item = story.item
            assert (item.previous_id, item.state) == (before, PanelItemState.READING)
            assert Aspect.READINGS not in sees(world.actor("director"), story.review, gate.office())
            first = session.get(Decision, decision)
            assert first is not None
            assert (first.reopened_at is not None, first.reopened_reason) == (True, "A letter came.")
            assert not any(row.counted for row in item.readings)
            story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            story.opened()
            story.decided(grade="inadequate")
        assert {row.grade for row in final_grades(story.review).values()} == {1}
        finals = session.query(GradeGiven).filter_by(review_id=story.id, stage=GradeStage.FINAL).all()
        assert sorted(row.grade for row in finals) == [1, 1, 1, 2, 2, 2]
        assert session.query(Decision).filter_by(review_id=story.id).count() == 2
        assert invariants.broken() == {}


def reopen_at(story: PanelStory, login: str, meeting: str | None = None, reason: str = "A letter.") -> None:
    chosen = meeting or story.meeting_id
    version = story.review.version
    panel_items.reopen_decision(story.world.actor(login), story.id, version, reason=reason, meeting=chosen)


def test_a_decision_is_reopened_though_a_member_is_out_of_the_review(sqlite_world: World) -> None:
    """The chair fills the seats, and who is out of it follows from the facts, not from who may take somebody out."""
    world = sqlite_world
    with world.context():
        story = PanelStory(world, panels.set_up(world), manager_login="head.service")
        story.panel_moderation()
        story.decided_on_the_day()
        with panels.on_the_day(story.meeting_id, 60):
            reopen(story)
        assert story.reading("head.service").state is ReadingState.EXEMPT
        assert invariants.broken() == {}


def test_the_deputy_reopens_where_every_chair_is_in_conflict_and_nobody_where_both_are(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = decided(world)
        with panels.on_the_day(story.meeting_id, 60):
            assert chair_in_office(story.review) == world.person(CHAIR).id
            panel_readings.declare_conflict(world.actor(CHAIR), story.reading(CHAIR).id, reason="A cousin.")
            assert chair_in_office(story.review) == world.person(DEPUTY).id
            assert "NotPermitted" in refusal(lambda: reopen_at(story, CHAIR))
            reopen(story, DEPUTY)
            assert story.reading(CHAIR).exempt_why == "declared"
            panel_readings.declare_conflict(world.actor(DEPUTY), story.reading(DEPUTY).id, reason="A friend.")
            assert chair_in_office(story.review) is None


def test_reopening_needs_a_meeting_far_enough_a_reason_and_a_decision_of_the_panel(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story, soon, late = decided(world), panels.set_up(world, 14), panels.set_up(world, 28)
        with panels.on_the_day(story.meeting_id, 60):
            assert "Give the reason." in refusal(lambda: reopen_at(story, CHAIR, late, " "))
            assert "less than 5 working days" in refusal(lambda: reopen_at(story, CHAIR, soon))
            assert "Choose a meeting" in refusal(lambda: reopen_at(story, CHAIR, "nobody"))
            reopen_at(story, CHAIR, late)
            assert "WrongStage" in refusal(lambda: reopen_at(story, CHAIR, late))


@pytest.mark.parametrize(("what", "state"), [("keep", "in_progress"), ("change", "in_progress"), ("drop", "set_aside")])
def test_recommendations_run_on_until_the_second_decision_changes_them(world: World, what: str, state: str) -> None:
    with world.context():
        story = decided(world)
        with panels.on_the_day(story.meeting_id, 60):
            issuing.issue(
                world.actor("head.qa"), story.id, story.review.version, sent_on=clock.today(),
                tracker_meeting_on=clock.today(), told_by="N. Q.", told_on=clock.today(),
            )  # fmt: skip
            story.act("worker", "start")
            reopen(story)
            story.act("worker", "progress", text="The plan is written.")  # while the panel has it again
            assert story.recommendation().state is RecommendationState.IN_PROGRESS
            story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            story.opened()
            settle_and_decide(story, what)
        row = story.recommendation()
        assert str(row.state) == state
        words = [entry.text for entry in row.entries]
        assert any("It was done in another way." in each for each in words) is (what != "keep")
        if what == "change":
            assert (row.action, row.owner_id) == ("Write it in the plan.", world.person("worker").id)
            assert any("Changed by the panel from" in each for each in words)
        assert session.query(Recommendation).filter_by(review_id=story.id).count() == 1
        assert invariants.broken() == {}


def test_who_owns_a_recommendation_keeps_it_while_the_decision_is_taken_again(world: World) -> None:
    """It runs on until it is changed, with its dates: its owner and its verifier find it as before. What the second
    decision adds they know of once that is issued."""
    with world.context():
        story = decided(world)
        owner, office = world.actor("worker"), gate.office()
        with panels.on_the_day(story.meeting_id, 60):
            assert shown(story, owner) == []  # decided, not issued
            issue(story)
            public_id = story.recommendation().public_id
            story.act("worker", "start")
            reopen(story)
            assert shown(story, owner) == [public_id]
            assert queries.get(owner, office, public_id).public_id == public_id
            assert public_id in my_work_of(owner)
            assert shown(story, world.actor("siobhan.doyle")) == []
            story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            story.opened()
            more = {"key": "rnew", "level": "child", "action": "Ring the school.", "impact": "", "due": "2027-03-01"}
            story.decided(added=[{**more, "owner": world.public_id("worker")}])
            assert shown(story, owner) == [public_id]
            issue(story)
            assert len(shown(story, owner)) == 2


def issue(story: PanelStory) -> None:
    today = clock.today()
    issuing.issue(
        story.world.actor("head.qa"), story.id, story.review.version, sent_on=today, tracker_meeting_on=today,
        told_by="N. Q.", told_on=today,
    )  # fmt: skip


def shown(story: PanelStory, actor: Actor) -> list[str]:
    """What of this review's recommendations is in this person's list."""
    session.rollback()
    ids = select(Recommendation.public_id).where(Recommendation.review_id == story.id)
    known = set(session.scalars(ids))
    rows = register(actor, gate.office(), Filters(status="all")).rows
    return [row.public_id for row in rows if row.public_id in known]


def my_work_of(actor: Actor) -> str:
    session.rollback()
    return str(my_work.my_work(actor, gate.office()))


def settle_and_decide(story: PanelStory, what: str) -> None:
    item = story.item
    (row,) = panel_decision.open_rows(item.review, item)
    given = {
        "what": what, "reason": "It was done in another way.", "action": "Write it in the plan.", "impact": "",
        "owner": story.world.public_id("worker"), "due": "2027-03-01",
    }  # fmt: skip
    story.decided(recommendations={row["key"]: given})


def test_the_owner_and_the_panel_do_not_overwrite_each_other(sqlite_world: World) -> None:
    """What the decision changed is of another version than the owner's page."""
    world = sqlite_world
    with world.context():
        story = decided(world)
        with panels.on_the_day(story.meeting_id, 60):
            row = story.recommendation()
            seen, row_id = row.version, row.id
            reopen(story)
            story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            story.opened()
            settle_and_decide(story, "change")
            head, given = world.actor("head.qa"), {"reason": "Late."}
            said = refusal(lambda: recommendations.act(head, row_id, "set_aside", seen, given))
            assert "Stale" in said


def test_what_the_first_decision_added_is_settled_by_the_second(sqlite_world: World) -> None:
    """Two decisions may add under the same key of the page; an action that arose is none of the review's own."""
    world = sqlite_world
    added = {"key": "r1", "level": "service", "action": "Ring each school.", "impact": "", "owner": "", "due": ""}
    with world.context():
        story = decided(world, added=[added])
        with panels.on_the_day(story.meeting_id, 60):
            reopen(story)
            story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            story.opened()
            keys = [row["key"] for row in panel_decision.open_rows(story.review, story.item)]
            assert len(keys) == 2
            story.decided(added=[{**added, "action": "Ring each nursery."}])
        raised = session.query(Recommendation).filter_by(review_id=story.id).order_by(Recommendation.id)
        assert [row.action for row in raised][1:] == ["Ring each school.", "Ring each nursery."]
        assert invariants.broken() == {}


def test_what_was_agreed_without_a_panel_is_not_the_chairs_to_reopen(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = PanelStory(world, panels.set_up(world))
        for step in ("drafting", "discussion", "hos_moderation", "tracking"):
            getattr(story, step)()
        assert "NotPermitted" in refusal(lambda: reopen_at(story, CHAIR))
