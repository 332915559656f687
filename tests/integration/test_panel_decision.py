"""The decision (R5): grades and reasons, how it was reached, recommendations, actions arising, dissents, messages."""

from __future__ import annotations

from typing import Any

import pytest

from app import clock
from app.extensions import session
from app.models.panel import AgreedForm, PanelAction, PanelDissent, Reached
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.records import OutboxMessage
from app.models.reviews import Decision, GradeGiven, GradeStage
from app.policy.actor import SYSTEM
from app.policy.visibility import Aspect, sees, visible_recommendations
from app.services import gate, invariants, issuing, panel_decision, panel_items, panel_readings
from app.services.review_facts import changed_since_read, final_grades
from app.services.unit_of_work import unit_of_work
from tests.support import panels
from tests.support.panels import ALL, CHAIR, DEPUTY, PanelStory, panel_story, refusal
from tests.support.world import World
from workflows.states import PanelItemState, RecommendationState, ReviewState

pytestmark = pytest.mark.slow


def under_discussion(world: World, **grades: str) -> PanelStory:
    story = panel_story(world)
    story.read_by_all(**grades)
    with clock.set_to(panels.day_of(story.meeting_id)):
        story.opened()
    return story


def decide(story: PanelStory, login: str = CHAIR, grade: str = "good", **changes: Any) -> None:
    with panels.on_the_day(story.meeting_id, 20):
        story.decided(login, grade, **changes)


def refused(story: PanelStory, **changes: Any) -> str:
    said = refusal(lambda: decide(story, **changes))
    assert story.review.state is ReviewState.PANEL_MODERATION
    return said


# --- grades -------------------------------------------------------------------------------------------------------


def test_a_grade_that_differs_needs_its_reason_and_one_that_stays_none(world: World) -> None:
    with world.context():
        story = under_discussion(world)
        said = refused(story, grade="inadequate", reasons={"journey": "The visits of May.", "needs": " \n"})
        assert "Needs, support and outcomes: say why the grade moves." in said
        assert "Journey of the child: say why" not in said
        form = panels.reading_answers(story.item, "good", needs="inadequate")
        decide(story, form=form, reasons={"needs": "No plan since May."})
        finals = final_grades(story.review)
        assert {part: row.grade for part, row in finals.items()} == {"journey": 3, "needs": 1, "summary": 3}
        assert (finals["needs"].reason, finals["journey"].reason) == ("No plan since May.", "")
        assert invariants.broken() == {}


def test_every_section_has_its_final_grade(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = under_discussion(sqlite_world)
        form = panels.reading_answers(story.item, "good")
        form["overall"]["grade"], form["journey"] = None, {}
        said = refused(story, form=form)
        assert "Journey of the child: give the final grade." in said
        assert "Summary" in said


def test_every_grade_keeps_its_whole_history(sqlite_world: World) -> None:
    """Reviewer's draft and final, the Head's view, each private reading, the panel's: each by whom and when."""
    with sqlite_world.context():
        story = under_discussion(sqlite_world, director="inadequate")
        decide(story, grade="requires_improvement")
        rows = session.query(GradeGiven).filter_by(review_id=story.id, part="journey").order_by(GradeGiven.id).all()
        found = [(str(row.stage), row.grade) for row in rows]
        assert [stage for stage, _ in found] == [
            "reviewer_draft", "reviewer_final", "first_moderation", *["reading"] * 6, "final",
        ]  # fmt: skip
        assert sorted(grade for stage, grade in found if stage == "reading") == [1, 3, 3, 3, 3, 3]
        assert found[-1] == ("final", 2)


# --- how it was reached -------------------------------------------------------------------------------------------


def test_how_it_was_reached_is_said_and_the_chairs_own_say_has_its_reason(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = under_discussion(sqlite_world)
        for reached in ("", "by lot", None):
            assert "Say how the decision was reached." in refused(story, reached=reached)
        assert "The chair decided: give the reason." in refused(story, reached="chair_decided", reached_reason="  ")
        decide(story, reached="chair_decided", reached_reason="Risk remains, whatever the rest was.")
        made = session.query(Decision).filter_by(review_id=story.id).one()
        assert made.reason == "Risk remains, whatever the rest was."
        assert (story.item.reached, story.item.decision_id) == (Reached.CHAIR_DECIDED, made.id)


def test_who_decides_is_who_chairs(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = under_discussion(sqlite_world)
        for login in (DEPUTY, "director", "head.qa", "external.reviewer", "admin"):
            assert "NotPermitted" in refusal(lambda login=login: decide(story, login))  # type: ignore[misc]
        assert story.item.agreed is None


def test_what_was_not_opened_is_not_decided(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = panel_story(sqlite_world)
        story.read_by_all()
        with panels.on_the_day(story.meeting_id):
            panels.attend(sqlite_world, story.meeting_id)
        assert "WrongStage" in refused(story)
        item = story.item
        chair, given = sqlite_world.actor(CHAIR), story.agreed_form()
        save = lambda: panel_decision.save(chair, item.id, given, expected_version=0)  # noqa: E731
        assert "not under discussion" in refusal(save)


def test_the_form_is_saved_as_it_is_written_and_a_second_window_is_told(world: World) -> None:
    """Half a form may be kept; only what the form asks is."""
    with world.context():
        story = under_discussion(world)
        chair, item_id = world.actor(CHAIR), story.item.id
        given = {"form": {"journey": {"grade": "good"}, "identity": {"grade": "good"}, "weather": {"grade": "good"}},
                 "reasons": {"journey": "x", "weather": "y"}, "recommendations": {"nothing": {"what": "drop"}},
                 "more": "text"}  # fmt: skip
        saved = panel_decision.save(chair, item_id, given, expected_version=0)
        assert saved.version == 1
        kept = session.query(AgreedForm).one().answers
        assert set(kept["form"]) == {"journey"}
        assert kept["reasons"] == {"journey": "x", "needs": "", "summary": ""}
        assert (kept["recommendations"], "more" in kept) == ({}, False)
        assert "Stale" in refusal(lambda: panel_decision.save(chair, item_id, given, expected_version=0))
        assert panel_decision.save(chair, item_id, given, expected_version=1).version == 2
        assert "Stale" in refused(story)
        head = world.actor("head.qa")
        assert "NotPermitted" in refusal(lambda: panel_decision.save(head, item_id, given, expected_version=2))


# --- recommendations ----------------------------------------------------------------------------------------------


def settled(what: str, world: World, **changes: str) -> dict[str, str]:
    rest = {"reason": "The family has moved.", "action": "Tell the new school.", "impact": "It is known.",
            "owner": world.public_id("manager"), "due": "2027-02-01"}  # fmt: skip
    return {"what": what, **rest, **changes}


def the_row(story: PanelStory) -> dict[str, Any]:
    (row,) = panel_decision.open_rows(story.review, story.item)
    return row


@pytest.mark.parametrize(("what", "state"), [("keep", "agreed"), ("change", "agreed"), ("drop", "dropped")])
def test_a_recommendation_is_kept_changed_or_dropped(world: World, what: str, state: str) -> None:
    with world.context():
        story = under_discussion(world)
        row = the_row(story)
        decide(story, recommendations={row["key"]: settled(what, world)})
        made = story.recommendation()
        assert str(made.state) == state
        assert made.action == ("Tell the new school." if what == "change" else row["action"])
        if what == "change":
            assert (made.owner_id, made.effect) == (world.person("manager").id, "It is known.")
            assert made.due_on is not None
            assert made.due_on.isoformat() == "2027-02-01"
        assert any("The family has moved." in entry.text for entry in made.entries) is (what != "keep")
        assert changed_since_read(story.review) is (what != "keep")
        assert invariants.broken() == {}


def test_each_recommendation_is_settled_and_a_change_has_its_reason(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = under_discussion(world)
        key = the_row(story)["key"]
        for given, said in (
            ({}, "keep, change or drop this recommendation"),
            ({key: {"what": "perhaps"}}, "keep, change or drop this recommendation"),
            ({key: settled("drop", world, reason=" ")}, "give the reason"),
            ({key: settled("change", world, reason="")}, "give the reason"),
            ({key: settled("change", world, action="")}, "write the recommendation as it is now"),
            ({key: settled("change", world, owner="nobody")}, "Choose somebody from the list."),
        ):
            assert said in refused(story, recommendations=given), given


def test_a_recommendation_is_added(sqlite_world: World) -> None:
    world = sqlite_world
    row = {"key": "rnew", "level": "service", "action": "Train every team.", "impact": "", "owner": "", "due": ""}
    with world.context():
        story = under_discussion(world)
        for change, said in (
            ({"level": ""}, "is it for the child or for the service?"),
            ({"level": "planet"}, "is it for the child or for the service?"),
            ({"action": " ", "impact": "x"}, "say what should be done"),
            ({"owner": "nobody"}, "Choose somebody from the list."),
            ({"due": "yesterday"}, "Enter the date"),
            ({"key": "not a key"}, "mixed up"),
        ):
            assert said in refused(story, added=[{**row, **change}]), change
        assert "mixed up" in refused(story, added=[row, row])
        decide(story, added=[row, {**row, "key": "rblank", "action": ""}])
        raised = session.query(Recommendation).filter_by(review_id=story.id).order_by(Recommendation.id).all()
        assert [(each.action, str(each.level), str(each.state)) for each in raised][1:] == [
            ("Train every team.", "service", "agreed")
        ]


@pytest.mark.parametrize("why", ["is shown nothing of a child’s record", "has left"])
def test_the_panel_gives_nothing_to_somebody_who_may_own_nothing(sqlite_world: World, why: str) -> None:
    """Kept, changed, added or arising: each is refused at the field that puts it right."""
    world = sqlite_world
    login = "admin" if why.startswith("is shown") else "head.service"
    with world.context():
        story = PanelStory(world, panels.set_up(world), owner=login if why == "has left" else "worker")
        story.panel_moderation()
        story.read_by_all()
        with clock.set_to(panels.day_of(story.meeting_id)):
            story.opened()
        nobody = world.public_id(login)
        if why == "has left":
            with unit_of_work(SYSTEM) as work:
                work.lock(Person, world.person(login).id).ends_on = clock.today()  # it is past on the panel's day
        key = the_row(story)["key"]
        added = {"key": "rnew", "level": "child", "action": "Ring.", "impact": "", "owner": nobody, "due": ""}
        form = panels.reading_answers(story.item, "good")
        form["actions"] = {"any_actions": "some", "actions": [{"key": "ra", "action": "Look.", "owner": nobody}]}
        wanted: list[dict[str, Any]] = [
            {"recommendations": {key: settled("change", world, owner=nobody)}},
            {"recommendations": {key: settled("drop", world)}, "added": [added]},
            {"recommendations": {key: settled("drop", world)}, "form": form},
        ]
        if why == "has left":
            wanted.append({"recommendations": {key: {"what": "keep"}}})
        for changes in wanted:
            assert why in refused(story, **changes), changes
        decide(story, recommendations={key: settled("change", world)})


def test_an_added_recommendation_has_no_key_of_one_that_is_there(sqlite_world: World) -> None:
    """The page's key is the page's: the record's own is another."""
    with sqlite_world.context():
        story = under_discussion(sqlite_world)
        key = the_row(story)["key"]
        row = {"key": key, "level": "child", "action": "Another.", "impact": "", "owner": "", "due": ""}
        decide(story, added=[row])
        assert session.query(Recommendation).filter_by(review_id=story.id).count() == 2


def test_an_action_arising_goes_to_the_tracker(world: World) -> None:
    """Linked to the item, agreed, owned; not one of the child's recommendations, nor a change of them."""
    with world.context():
        story = under_discussion(world)
        row = {"key": "ra", "action": "Look at the chronology tool.", "owner": world.public_id("head.service"),
               "timescale": "By May"}  # fmt: skip
        form = panels.reading_answers(story.item, "good")
        form["actions"] = {"any_actions": "some", "actions": [{**row, "owner": "nobody"}]}
        assert "Choose somebody from the list." in refused(story, form=form)
        form["actions"] = {"any_actions": "some", "actions": [row]}
        decide(story, form=form)
        link = session.query(PanelAction).one()
        made = link.recommendation
        assert (link.item_id, link.timescale) == (story.item.id, "By May")
        assert (made.action, made.state) == ("Look at the chronology tool.", RecommendationState.AGREED)
        assert made.owner_id == world.person("head.service").id
        assert not changed_since_read(story.review)
        seen = session.query(Recommendation.id).filter(visible_recommendations(world.actor("head.qa"), gate.office()))
        assert made.id in {row_id for (row_id,) in seen}
        assert invariants.broken() == {}


# --- dissent ------------------------------------------------------------------------------------------------------


def test_dissents_are_recorded_by_the_chair_with_the_decision(world: World) -> None:
    """Of members who took part and of the reviewer, in their own words; of nobody else."""
    with world.context():
        story = under_discussion(world)
        panel_readings.declare_conflict(world.actor("head.service"), story.reading("head.service").id, reason="x")
        for login in ("worker", "head.service", "deputy.qa"):
            assert "A dissent is a member's who took part" in refused(story, dissents={world.public_id(login): "No."})
        assert "A dissent is" in refused(story, dissents={"nobody": "No."})
        wanted = {"director": "I read May otherwise.", "external.reviewer": "The plan was there.", "head.qa": "  "}
        decide(story, dissents={world.public_id(login): text for login, text in wanted.items()})
        found = {row.person.email.partition("@")[0]: row.text for row in session.query(PanelDissent)}
        assert found == {"director": "I read May otherwise.", "external.reviewer": "The plan was there."}
        assert {row.recorded_by_id for row in session.query(PanelDissent)} == {world.person(CHAIR).id}


def test_a_dissent_is_ones_own_once_and_until_the_review_is_issued(world: World) -> None:
    with world.context():
        story = under_discussion(world)
        item_id = story.item.id

        def dissent(login: str, text: str = "I read the visits of May otherwise.") -> None:
            panel_decision.dissent(world.actor(login), item_id, text=text)

        assert "NotPermitted" in refusal(lambda: dissent("director"))  # not decided yet
        decide(story, dissents={world.public_id("assistant.director"): "No."})
        dissent("director")
        dissent("external.reviewer")
        assert "Write what you do not agree with" in refusal(lambda: dissent("head.qa", " \x00"))
        for login in ("director", "assistant.director", "worker", "deputy.qa"):
            assert "NotPermitted" in refusal(lambda login=login: dissent(login))  # type: ignore[misc]
        with panels.on_the_day(story.meeting_id, 60):
            issuing.issue(
                world.actor("head.qa"), story.id, story.review.version, sent_on=clock.today(),
                tracker_meeting_on=clock.today(),
            )  # fmt: skip
        assert "NotPermitted" in refusal(lambda: dissent("head.qa"))
        assert session.query(PanelDissent).count() == 3
        assert invariants.broken() == {}


# --- who hears, and what ------------------------------------------------------------------------------------------


def test_the_worker_and_the_manager_are_told_that_it_is_decided_and_not_what(world: World) -> None:
    with world.context():
        story = under_discussion(world)
        decide(story, grade="inadequate")
        assert panels.told("review.decide") == {"external.reviewer", "worker", "manager", "head.qa"}
        for login in ("worker", "manager"):
            sight = sees(world.actor(login), story.review, gate.office())
            assert Aspect.DECIDED in sight
            assert not sight.aspects & {Aspect.FINAL, Aspect.READINGS, Aspect.GRADE_PATH, Aspect.RECOMMENDATIONS}
        columns = set(OutboxMessage.__table__.columns.keys())
        assert columns == {
            "id", "made_at", "recipient_id", "kind", "subject_kind", "subject_id", "sent_at", "dropped_why",
            "attempts", "try_after", "failed_at", "problem",
        }  # fmt: skip


def test_nobody_who_is_out_hears_of_the_item(world: World) -> None:
    """From the declaration on: opened, shared, adjourned, decided, sent back."""
    with world.context():
        story = panel_story(world)
        panel_readings.declare_conflict(world.actor("director"), story.reading("director").id, reason="A cousin.")
        assert panels.told("panel_reading.declare") == {"head.qa"}
        session.rollback()
        director = session.query(Person).filter_by(email="director@example.org").one().id
        before = session.query(OutboxMessage).filter_by(recipient_id=director).count()
        story.opened_on_the_day()
        with panels.on_the_day(story.meeting_id):
            panel_items.share_comments(world.actor(CHAIR), story.item.id, story.item.version)
            panel_items.adjourn(world.actor(CHAIR), story.item.id, story.item.version, reason="Late.")
            later = panels.set_up(world, 7, members=[login for login in ALL[1:] if login != "director"])
            panel_items.relist(world.actor("head.qa"), story.item.id, story.item.version, meeting=later)
        story.meeting_id = later
        with panels.on_the_day(later):
            panels.attend(world, later, [login for login in ALL if login != "director"])
            story.decided()
        session.rollback()
        assert session.query(OutboxMessage).filter_by(recipient_id=director).count() == before
        assert panels.told("panel_item.share_comments") == {"external.reviewer"}
        assert story.item.state is PanelItemState.DECIDED


def test_where_the_head_declares_who_acts_for_the_head_is_told(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        panel_readings.declare_conflict(world.actor("head.qa"), story.reading("head.qa").id, reason="A cousin.")
        assert panels.told("panel_reading.declare") == {"deputy.qa"}
        assert story.review.decided_at is None
        sight = sees(world.actor("head.qa"), story.review, gate.office())
        assert sight.aspects == {Aspect.EXISTS, Aspect.PROGRESS}
        assert session.query(GradeGiven).filter_by(stage=GradeStage.READING).count() == 0
