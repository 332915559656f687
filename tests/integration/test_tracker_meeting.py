"""The tracker meeting: planned, filled, walked, ended; what is said of one goes into its history whole or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.recommendations import Forecast, Recommendation, RecommendationEntry
from app.models.records import AuditEvent, OutboxMessage
from app.models.tracker import TrackerItem
from app.policy.acting import load_office
from app.queries import tracker_meetings as queries
from app.queries.reviews import NotVisible
from app.services import invariants, issuing, moderation, tracker_asks, tracker_items, tracker_meetings
from app.services.unit_of_work import NotFound, Stale
from tests.support import trackers
from tests.support.stages import Story
from tests.support.trackers import begun, fill, issued, item_of, meeting, planned, say, started, wanted
from tests.support.world import World
from workflows.engine import GuardFailed, NotPermitted, Refused, WrongStage

pytestmark = pytest.mark.slow


def targets(refused: pytest.ExceptionInfo[Refused]) -> list[str | None]:
    return [reason.target for reason in refused.value.reasons]


def told(kind: str) -> list[int]:
    return list(session.scalars(select(OutboxMessage.recipient_id).where(OutboxMessage.kind == kind)))


def actions(row_id: int) -> list[str]:
    query = select(RecommendationEntry.action).where(RecommendationEntry.recommendation_id == row_id)
    return list(session.scalars(query.order_by(RecommendationEntry.id)))


def agenda(world: World, login: str, public_id: str) -> list[str]:
    """References on it as one person knows it."""
    session.rollback()
    office = load_office(session, clock.today())
    actor = world.actor(login)
    found = queries.get(actor, office, public_id)
    return [item.recommendation.reference for item in queries.agenda(actor, office, found)]


# --- planning -------------------------------------------------------------------------------------------


def test_everybody_asked_is_told_and_may_know_of_the_meeting(world: World) -> None:
    with world.context():
        made = planned(world)
        assert set(told("tracker_meeting.plan")) == {world.person(login).id for login in ("head.service", "manager")}
        assert agenda(world, "manager", made) == []
        for stranger in ("worker", "external.reviewer", "admin", "oversight", "agency", "internal.reviewer"):
            with pytest.raises(NotVisible):
                agenda(world, stranger, made)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"held_on": None}, "held_on"),
        ({"held_on": clock.today() - timedelta(days=400)}, "held_on"),
        ({"held_on": clock.today() + timedelta(days=4000)}, "held_on"),
        ({"people": []}, "people"),
        ({"people": ["nobody"]}, "people"),
    ],
)
def test_a_day_that_is_past_and_people_who_cannot_come_are_refused(
    sqlite_world: World, changes: dict[str, Any], field: str
) -> None:
    with sqlite_world.context():
        plan = wanted(sqlite_world, **changes)
        with pytest.raises(GuardFailed) as refused:
            tracker_meetings.plan(sqlite_world.actor("head.qa"), plan)
        assert targets(refused) == [field]


def test_only_the_heads_office_plans(sqlite_world: World) -> None:
    with sqlite_world.context():
        for login in ("head.service", "deputy.qa", "manager", "admin"):
            with pytest.raises(NotPermitted):
                tracker_meetings.plan(sqlite_world.actor(login), wanted(sqlite_world))


def test_a_change_tells_who_was_asked_and_who_is(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        made = planned(world)
        row = meeting(made)
        plan = wanted(world, 12, ("manager", "director"))
        tracker_meetings.change(world.actor("head.qa"), row.id, row.version, plan)
        names = {each.person.email.partition("@")[0] for each in meeting(made).people}
        assert names == {"manager", "director"}
        people = {world.person(login).id for login in ("head.service", "manager", "director")}
        assert set(told("tracker_meeting.change")) == people


def test_a_cancelled_meeting_takes_nothing_more(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = issued(world)
        made = planned(world, 0)
        fill(world, made)
        row, head = meeting(made), world.actor("head.qa")
        tracker_meetings.cancel(head, row.id, row.version)
        row = meeting(made)
        for act in (
            lambda: tracker_meetings.attend(head, row.id, row.version, []),
            lambda: tracker_meetings.cancel(head, row.id, row.version),
            lambda: tracker_meetings.change(head, row.id, row.version, wanted(world)),
            lambda: fill(world, made),
            lambda: say(world, item_of(made, story.recommendation())),
        ):
            with pytest.raises(WrongStage):
                act()


# --- the agenda -----------------------------------------------------------------------------------------


def test_what_is_due_comes_by_owner_and_what_is_not_stays_away(world: World) -> None:
    """Due within the weeks asked for; overdue and waiting for impact in any case; not before issue."""
    with world.context():
        later = issued(world)  # due in 40 days, owned by Daniel Osei
        of_manager = issued(world, owner="head.service")
        done = started(world)
        done.act("worker", "complete", evidence="The plan of 2 December names the person.")
        trackers.review_at(world, trackers.ReviewState.TRACKING)  # decided, not issued
        made = planned(world)
        assert fill(world, made, weeks=1) == (1, 0)
        assert agenda(world, "head.qa", made) == [done.recommendation().reference]
        assert fill(world, made, weeks=8) == (2, 0)
        order = [row.recommendation().reference for row in (done, later, of_manager)]
        assert agenda(world, "head.qa", made) == order
        assert fill(world, made, weeks=0) == (0, 0)


def test_one_that_was_moved_to_a_plan_comes_when_its_date_does(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = issued(world)
        made = planned(world)
        _in_plan(story.recommendation().id)
        assert fill(world, made, weeks=1) == (0, 0)
        assert fill(world, made, weeks=8) == (1, 0)


def _in_plan(row_id: int) -> None:
    """Another part of the product moves it; here it is only where it would be."""
    from sqlalchemy import text

    from app import extensions

    session.rollback()
    with extensions.engine().begin() as connection:
        moved = text("UPDATE recommendation SET state = 'in_plan', plan = 'Workforce plan' WHERE id = :id")
        connection.execute(moved, {"id": row_id})


def test_owners_are_asked_where_that_is_wanted(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        issued(world)
        made = planned(world)
        fill(world, made, ask=True)
        assert world.person("worker").id in {row.person_id for row in meeting(made).people}
        assert world.person("worker").id in told("tracker_meeting.plan")


@pytest.mark.parametrize("reference", ["", "PR-0000-0000/1", "x" * 41])
def test_what_is_no_reference_is_not_added(sqlite_world: World, reference: str) -> None:
    world = sqlite_world
    with world.context():
        row = meeting(planned(world))
        with pytest.raises(GuardFailed) as refused:
            tracker_items.add(world.actor("head.qa"), row.id, row.version, reference)
        assert targets(refused) == ["reference"]


def test_one_is_added_by_its_reference_once_moved_and_taken_off(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        first, second = issued(world).recommendation().reference, issued(world).recommendation().reference
        made, head = planned(world), world.actor("head.qa")
        for reference in (first, second):
            row = meeting(made)
            tracker_items.add(head, row.id, row.version, reference)
        row = meeting(made)
        with pytest.raises(GuardFailed):
            tracker_items.add(head, row.id, row.version, first)
        tracker_items.order(head, row.id, meeting(made).version, [each.public_id for each in row.items][::-1])
        assert agenda(world, "head.qa", made) == [second, first]
        row = meeting(made)
        tracker_items.remove(head, row.id, row.version, row.items[0].public_id)
        assert agenda(world, "head.qa", made) == [first]


def test_a_page_that_is_out_of_date_changes_no_agenda(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        issued(world)
        made = planned(world)
        row_id, version = meeting(made).id, meeting(made).version
        fill(world, made)
        with pytest.raises(Stale):
            tracker_items.order(world.actor("head.qa"), row_id, version, [])


# --- R4 -------------------------------------------------------------------------------------------------


def test_the_deputy_steers_where_the_head_is_in_conflict(world: World) -> None:
    with world.context():
        free, close = issued(world), _close_to_head(world)
        made = planned(world, 0)
        assert fill(world, made) == (1, 0)
        assert fill(world, made, login="deputy.qa") == (1, 0)
        trackers.begin(world, made)
        item = item_of(made, close.recommendation())
        with pytest.raises(NotPermitted):
            say(world, item)
        say(world, item, login="deputy.qa")
        with pytest.raises(NotPermitted):
            say(world, item_of(made, free.recommendation()), login="deputy.qa")
        assert actions(close.recommendation().id)[-1] == "discuss"
        row = meeting(made)
        with pytest.raises(GuardFailed):
            tracker_items.add(world.actor("head.qa"), row.id, row.version, close.recommendation().reference)


def _close_to_head(world: World) -> Story:
    """Issued by the deputy: the Head of QA chaired this child's plan."""
    story = CloseToHead(world, independent_chair=world.public_id("head.qa"))
    for step in ("drafting", "discussion", "hos_moderation", "tracking", "issued"):
        getattr(story, step)()
    return story


class CloseToHead(Story):
    """The deputy does the Head's work."""

    def moderated(self) -> None:
        from tests.support.stages import moderation_answers

        given = moderation_answers(self.review, self.grade)
        moderation.save(self.world.actor("deputy.qa"), self.id, given, expected_version=0)

    def tracking(self) -> None:
        self.moderated()
        deputy = self.world.actor("deputy.qa")
        moderation.agree_without_panel(deputy, self.id, self.review.version, reason="The grades are well evidenced.")

    def issued(self) -> None:
        deputy, today = self.world.actor("deputy.qa"), clock.today()
        on = today + timedelta(days=20)
        issuing.issue(deputy, self.id, self.review.version, sent_on=today, tracker_meeting_on=on)


def test_what_the_head_may_not_know_is_in_no_list_nor_count(sqlite_world: World) -> None:
    """Taken up again after it was put on the agenda: closed to the Head in conflict until it is issued anew."""
    world = sqlite_world
    with world.context():
        free, close = issued(world), _close_to_head(world)
        made = planned(world, 0)
        fill(world, made)
        fill(world, made, login="deputy.qa")
        both = {free.recommendation().reference, close.recommendation().reference}
        assert set(agenda(world, "head.qa", made)) == both
        moderation.reopen(world.actor("deputy.qa"), close.id, close.review.version, reason="A grade was wrong.")
        assert agenda(world, "head.qa", made) == [free.recommendation().reference]
        assert agenda(world, "deputy.qa", made) == [close.recommendation().reference]
        office = load_office(session, clock.today())
        counted = queries.meetings(world.actor("head.qa"), office).coming
        assert [(line.items, line.discussed) for line in counted] == [(1, 0)]


def test_the_order_of_what_one_does_not_know_stays(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        stories = [issued(world), _close_to_head(world), issued(world)]
        made = planned(world)
        head, deputy = world.actor("head.qa"), world.actor("deputy.qa")
        for actor, story in zip((head, deputy, head), stories, strict=True):
            row = meeting(made)
            tracker_items.add(actor, row.id, row.version, story.recommendation().reference)
        moderation.reopen(deputy, stories[1].id, stories[1].review.version, reason="A grade was wrong.")
        known = [item_of(made, story.recommendation()).public_id for story in (stories[2], stories[0])]
        row = meeting(made)
        tracker_items.order(head, row.id, row.version, known)
        wanted_order = [stories[each].recommendation().reference for each in (2, 1, 0)]
        assert [item.recommendation.reference for item in meeting(made).items] == wanted_order


# --- what is said ---------------------------------------------------------------------------------------


def test_saved_it_is_the_meetings_alone_recorded_it_is_history(world: World) -> None:
    with world.context():
        story = started(world)
        made = begun(world)
        row = story.recommendation()
        before = (row.version, actions(row.id))
        say(world, item_of(made, row), record=False, progress="Half of it.", forecast="at_risk")
        row = story.recommendation()
        assert (row.version, actions(row.id), row.forecast) == (*before, None)
        due = row.due_on
        assert due is not None
        new = due + timedelta(days=20)
        note: dict[str, Any] = {
            "progress": "Half of it.",
            "decision": "Go on.",
            "next_step": "Ring the school.",
            "forecast": "at_risk",
        }
        say(world, item_of(made, row), **note, new_due_on=new, new_due_reason="The school was closed.")
        row = story.recommendation()
        assert actions(row.id) == [*before[1], "discuss", "extend"]
        assert (row.forecast, row.due_on, row.first_due_on) == (Forecast.AT_RISK, new, due)
        entry = session.scalars(select(RecommendationEntry).where(RecommendationEntry.action == "discuss")).one()
        assert entry.text == "Progress: Half of it.\n\nDecision: Go on.\n\nWhat comes next: Ring the school."
        item = item_of(made, row)
        assert item.discussed_at == entry.at
        assert item.discussed_by_id == world.person("head.qa").id
        assert invariants.broken() == {}


@pytest.mark.parametrize(
    ("note", "fields"),
    [
        ({"progress": ""}, ["progress"]),
        ({"new_due_on": "soon"}, ["new_due_reason"]),
        ({"new_due_on": "yesterday", "new_due_reason": "Late."}, ["new_due_on"]),
        ({"new_due_reason": "Late."}, ["new_due_on"]),
        ({"forecast": "rosy"}, ["forecast"]),
        ({"decision": "x" * 20_001}, ["decision"]),
        ({"decision": "Ring AMA  Kestrel at home."}, ["decision"]),
    ],
)
def test_what_cannot_be_recorded_names_its_field_and_changes_nothing(
    sqlite_world: World, note: dict[str, Any], fields: list[str]
) -> None:
    world = sqlite_world
    with world.context():
        from app.services import planning

        child = planning.NewChild(case_system_id="CS777777", name="Ama Kestrel", born_on=clock.today())
        story = started(world, child=child)
        made = begun(world)
        days = {"soon": 60, "yesterday": -1}
        given: dict[str, Any] = {}
        given |= {k: clock.today() + timedelta(days=days[str(v)]) if k == "new_due_on" else v for k, v in note.items()}
        events = len(session.scalars(select(AuditEvent.id)).all())
        with pytest.raises(GuardFailed) as refused:
            say(world, item_of(made, story.recommendation()), **given)
        assert targets(refused) == fields
        session.rollback()
        assert len(session.scalars(select(AuditEvent.id)).all()) == events
        assert item_of(made, story.recommendation()).version == 1


def test_recorded_twice_with_the_same_words_it_is_one_line(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = started(world)
        made = begun(world)
        for _ in range(2):
            say(world, item_of(made, story.recommendation()))
        assert actions(story.recommendation().id).count("discuss") == 1
        say(world, item_of(made, story.recommendation()), progress="No: all of it.")
        assert actions(story.recommendation().id).count("discuss") == 2


def test_changed_after_it_was_recorded_it_is_to_be_recorded_again(sqlite_world: World) -> None:
    """The minutes would say something else than the history does."""
    world = sqlite_world
    with world.context():
        story = started(world)
        made = begun(world)
        say(world, item_of(made, story.recommendation()))
        say(world, item_of(made, story.recommendation()), record=False, progress="Something else.")
        assert item_of(made, story.recommendation()).discussed_at is None
        with pytest.raises(GuardFailed) as refused:
            trackers.end(world, made)
        assert story.recommendation().reference in str(refused.value)
        say(world, item_of(made, story.recommendation()), progress="Something else.")
        trackers.end(world, made)


def test_somebody_elses_save_is_not_overwritten(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = started(world)
        item = item_of(begun(world), story.recommendation())
        first = tracker_items.Note(progress="Mine.")
        version = item.version
        tracker_items.save(world.actor("head.qa"), item.id, first, expected_version=version)
        other = tracker_items.Note(progress="Theirs.")
        with pytest.raises(Stale):
            tracker_items.save(world.actor("head.qa"), item.id, other, expected_version=version, record=True)


def test_closed_between_agenda_and_meeting_it_takes_no_words(world: World) -> None:
    with world.context():
        story = issued(world)
        made = planned(world, 0)
        fill(world, made)
        story.recommendation_done()
        trackers.begin(world, made)
        item = item_of(made, story.recommendation())
        for record in (True, False):
            with pytest.raises(WrongStage):
                say(world, item, record=record)
        assert actions(story.recommendation().id)[-1] == "verify"
        trackers.end(world, made)


def test_one_in_a_plan_is_talked_about_and_keeps_its_date(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = issued(world)
        made = begun(world)
        _in_plan(story.recommendation().id)
        item = item_of(made, story.recommendation())
        with pytest.raises(GuardFailed) as refused:
            say(world, item, new_due_on=trackers.in_weeks(20), new_due_reason="The plan says so.")
        assert targets(refused) == ["new_due_on"]
        session.rollback()
        say(world, item_of(made, story.recommendation()))
        assert actions(story.recommendation().id)[-1] == "discuss"


def test_before_it_begins_and_after_it_ended_nothing_is_written(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = started(world)
        made = planned(world, 0)
        fill(world, made)
        with pytest.raises(WrongStage):
            say(world, item_of(made, story.recommendation()))
        trackers.begin(world, made)
        say(world, item_of(made, story.recommendation()))
        trackers.end(world, made)
        row, head = meeting(made), world.actor("head.qa")
        item = item_of(made, story.recommendation()).public_id
        for act in (
            lambda: say(world, item_of(made, story.recommendation()), progress="Later."),
            lambda: say(world, item_of(made, story.recommendation()), progress="Later.", record=False),
            lambda: tracker_meetings.keep_notes(head, row.id, row.version, "Later."),
            lambda: tracker_meetings.attend(head, row.id, row.version, []),
            lambda: tracker_meetings.end(head, row.id, row.version),
            lambda: tracker_items.remove(head, row.id, row.version, item),
            lambda: tracker_items.order(head, row.id, row.version, [item]),
            lambda: fill(world, made),
        ):
            with pytest.raises(WrongStage):
                act()


def test_a_meeting_of_another_day_does_not_begin(sqlite_world: World) -> None:
    with sqlite_world.context(), pytest.raises(WrongStage):
        trackers.begin(sqlite_world, planned(sqlite_world, 3))


def test_nobody_is_here_who_was_not_asked(sqlite_world: World) -> None:
    with sqlite_world.context():
        with pytest.raises(GuardFailed) as refused:
            trackers.begin(sqlite_world, planned(sqlite_world, 0), ["worker"])
        assert targets(refused) == ["present"]


def test_after_the_end_is_only_added(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        made, head = begun(world), world.actor("head.qa")
        row = meeting(made)
        tracker_meetings.keep_notes(head, row.id, row.version, "The next meeting is in January.")
        trackers.end(world, made)
        row = meeting(made)
        tracker_meetings.add_to_minutes(head, row.id, row.version, "In room 3.")
        kept = meeting(made).notes
        assert kept == ("The next meeting is in January.\n\nAdded on 23 November 2026 by Nasreen Qureshi: In room 3.")
        row = meeting(made)
        with pytest.raises(GuardFailed):
            tracker_meetings.add_to_minutes(head, row.id, row.version, "  ")


def test_what_is_off_the_agenda_is_gone_for_everybody(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = issued(world)
        made = begun(world)
        item = item_of(made, story.recommendation())
        row = meeting(made)
        with pytest.raises(NotFound):
            tracker_items.remove(world.actor("deputy.qa"), row.id, row.version, item.public_id)
        tracker_items.remove(world.actor("head.qa"), row.id, meeting(made).version, item.public_id)
        assert session.scalars(select(TrackerItem)).all() == []
        assert session.get(Recommendation, story.recommendation().id) is not None


# --- what is asked by itself ----------------------------------------------------------------------------


def test_verifiers_are_asked_when_impact_is_due_and_once(world: World) -> None:
    with world.context():
        story = started(world)
        story.act("worker", "complete", evidence="The plan of 2 December names the person.")
        assert tracker_asks.ask() == tracker_asks.Asked(0, 0)
        with clock.set_to(trackers.on(100)):
            assert tracker_asks.ask().verifiers == 1
            assert tracker_asks.ask().verifiers == 0
            assert told("recommendation.impact_due") == [world.person("manager").id]
            assert story.recommendation().impact_asked_at == clock.now()
            story.act("manager", "not_seen", action="Ring the school each week.", due_on=trackers.in_weeks(4))
            story.act("worker", "complete", evidence="Rung each week since.")
        with clock.set_to(trackers.on(200)):
            assert tracker_asks.ask().verifiers == 1
        assert invariants.broken() == {}


def test_who_is_asked_to_a_meeting_is_told_a_week_before_and_once(world: World) -> None:
    with world.context():
        made = planned(world, 10)
        assert tracker_asks.ask().invited == 0
        with clock.set_to(trackers.on(3)):
            assert tracker_asks.ask().invited == 3
            assert tracker_asks.ask().invited == 0
            row = meeting(made)
            plan = wanted(world, 7, (*trackers.ASKED, "director"))
            tracker_meetings.change(world.actor("head.qa"), row.id, row.version, plan)
            assert tracker_asks.ask().invited == 1
        assert set(told("tracker_meeting.prepare")) == {
            world.person(login).id for login in (*trackers.ASKED, "director")
        }


def test_a_cancelled_meeting_is_not_prepared(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        row = meeting(planned(world, 3))
        tracker_meetings.cancel(world.actor("head.qa"), row.id, row.version)
        assert tracker_asks.ask().invited == 0
