"""Bad input to the panel's services: a clear refusal, nothing changed, and never an exception of another kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app import clock
from app.extensions import session
from app.models.panel import AgreedForm
from app.services import invariants, panel_decision, panel_items, panel_readings
from tests.support import panels
from tests.support.panels import CHAIR, PanelStory, panel_story, refusal
from tests.support.world import World
from workflows.states import PanelItemState, ReadingState

pytestmark = pytest.mark.slow

LONG = "x" * 30_000
NOBODY = "00000000-0000-4000-8000-000000000000"
# What a page never sends: unknown, of another kind, longer than any id, what PostgreSQL cannot hold.
STRANGE_IDS: tuple[Any, ...] = (None, "", "nobody", NOBODY, "\x00", "\ud800", LONG)


# --- a reading ----------------------------------------------------------------------------------------------------

BAD_PARTS: list[tuple[Any, str]] = [
    ({"journey": {"grade": "superb"}}, "not one of the answers listed"),
    ({"journey": {"grade": 3}}, "not one of the answers listed"),
    ({"journey": {"grade": ["good"]}}, "not one of the answers listed"),
    ({"journey": {"comment": LONG}}, "characters or fewer"),
    ({"journey": {"comment": 7}}, "must be text"),
    ({"journey": {"mood": "x"}}, "is not a question of this part"),
    ({"journey": "good"}, "must be an object"),
    ({"journey": None}, "must be an object"),
    ({"actions": {"actions": "x"}}, "must be a list"),
    ({"actions": {"actions": [{"key": "x y"}]}}, "must be a list"),
    ({"actions": {"actions": [{"key": "r1", "mood": "x"}]}}, "is not asked here"),
]


@pytest.mark.parametrize(("answers", "said"), BAD_PARTS)
def test_a_reading_that_is_not_the_forms_is_refused(sqlite_world: World, answers: dict[str, Any], said: str) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        row, director = story.reading("director"), world.actor("director")
        for act in (panel_readings.save, panel_readings.submit):
            found = refusal(lambda act=act: act(director, row.id, answers=answers, expected_version=row.version))  # type: ignore[misc]
            assert said in found
        assert (story.reading("director").state, story.reading("director").answers) == (ReadingState.INVITED, {})


def test_what_the_form_does_not_ask_of_this_review_is_not_kept(world: World) -> None:
    """Parts of sections that the review does not have, and control characters in what is written."""
    with world.context():
        story = panel_story(world)
        row, director = story.reading("director"), world.actor("director")
        given = {
            "identity": {"grade": "good"},
            "weather": {"x": 1},
            "needs": {"comment": " May\x00 \ud800and June\r\n"},
        }
        panel_readings.save(director, row.id, given, expected_version=row.version)
        kept = story.reading("director").answers
        assert set(kept) == {"needs"}
        assert kept["needs"]["comment"] == "May and June"


def test_a_reading_that_is_not_whole_is_not_submitted(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        row, director = story.reading("director"), world.actor("director")
        given = panels.reading_answers(row.item, "good")
        given["needs"] = {"agree": "disagree", "grade": None, "comment": ""}
        said = refusal(lambda: panel_readings.submit(director, row.id, answers=given, expected_version=row.version))
        assert "Needs, support and outcomes" in said
        assert story.reading("director").answers == {}, "refused whole: the page saves the draft first"
        said = refusal(lambda: panel_readings.submit(director, row.id, expected_version=row.version))
        assert said.count("Journey of the child") == 2


def test_nobody_writes_or_learns_of_anothers_reading(world: World) -> None:
    """Whoever asks, of whatever version: not permitted, and never the text of it as a stale page."""
    with world.context():
        story = panel_story(world)
        story.read("head.service", "inadequate", "Sealed words.")
        row = story.reading("director")
        given = panels.reading_answers(row.item, "good", "Sealed words.")
        panel_readings.save(world.actor("director"), row.id, given, expected_version=row.version)
        theirs = {login: story.reading(login).id for login in ("director", "head.service")}
        for login in ("head.service", "head.qa", CHAIR, "worker", "external.reviewer", "admin"):
            for owner, row_id in theirs.items():
                if owner != login:
                    for act in on_a_reading(world, login, row_id, given):
                        said = refusal(act)
                        assert said.startswith("NotPermitted")
                        assert "Sealed words" not in said


def on_a_reading(world: World, login: str, row_id: int, given: dict[str, Any]) -> list[Callable[[], object]]:
    actor = world.actor(login)
    return [
        lambda: panel_readings.save(actor, row_id, given, expected_version=99),
        lambda: panel_readings.submit(actor, row_id, answers=given, expected_version=99),
        lambda: panel_readings.confirm(actor, row_id, expected_version=99),
        lambda: panel_readings.add(actor, row_id, text="More."),
        lambda: panel_readings.declare_conflict(actor, row_id, reason="A cousin."),
    ]


@pytest.mark.parametrize("reason", ["", "  \n", "\x00\x07", LONG])
def test_reasons_are_words_and_not_too_many(world: World, reason: str) -> None:
    with world.context():
        story = panel_story(world)
        story.read_by_all()
        with clock.set_to(panels.day_of(story.meeting_id)):
            story.opened()
            row, item, review = story.reading("director"), story.item, story.review
            chair, director = world.actor(CHAIR), world.actor("director")
            acts: list[Callable[[], object]] = [
                lambda: panel_items.adjourn(chair, item.id, item.version, reason=reason),
                lambda: panel_items.send_back(chair, review.id, review.version, reason=reason),
                lambda: panel_readings.declare_conflict(director, row.id, reason=reason),
                lambda: panel_readings.add(director, row.id, text=reason),
                lambda: panel_readings.excuse(chair, row.id, reason=reason),
            ]
            for act in acts:
                assert refusal(act).startswith(("GuardFailed", "WrongStage"))
        assert story.item.state is PanelItemState.DISCUSSING
        assert story.reading("director").state is ReadingState.SUBMITTED
        assert invariants.broken() == {}


def test_an_addition_is_beside_the_reading_and_only_after_the_opening(world: World) -> None:
    with world.context():
        story = panel_story(world)
        story.read("director")
        add = lambda: panel_readings.add(world.actor("director"), story.reading("director").id, text="And May.")  # noqa: E731
        assert "has not been opened to you" in refusal(add)
        before = story.reading("director").answers
        story.opened_on_the_day()
        add()
        add()
        row = story.reading("director")
        assert [each.text for each in row.additions] == ["And May.", "And May."]
        assert row.answers == before


# --- items and meetings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strange", STRANGE_IDS, ids=lambda each: repr(each)[:12])
def test_a_meeting_that_is_not_on_the_list_is_refused(world: World, strange: Any) -> None:
    with world.context():
        story = panel_story(world)
        waiting = PanelStory(world, panels.set_up(world))
        waiting.to_be_referred()
        head, item, review = world.actor("head.qa"), story.item, waiting.review
        asked = (
            lambda: panel_items.move(head, item.id, item.version, meeting=strange),
            lambda: panel_items.refer(head, review.id, review.version, meeting=strange),
        )
        for act in asked:
            assert "GuardFailed" in refusal(act)
        panel_items.adjourn(head, item.id, item.version, reason="Snow.")
        item = story.item
        assert "GuardFailed" in refusal(lambda: panel_items.relist(head, item.id, item.version, meeting=strange))


def test_rows_that_are_not_there_are_not_found(world: World) -> None:
    with world.context():
        head, chair = world.actor("head.qa"), world.actor(CHAIR)
        meeting = panels.set_up(world)
        acts: list[Callable[[], object]] = [
            lambda: panel_items.refer(head, 999, 1, meeting=meeting),
            lambda: panel_items.move(head, 999, 1, meeting=meeting),
            lambda: panel_items.open_discussion(chair, 999, 1),
            lambda: panel_items.send_back(chair, 999, 1, reason="x"),
            lambda: panel_readings.save(chair, 999, {}, expected_version=1),
            lambda: panel_readings.excuse(chair, 999, reason="x"),
            lambda: panel_decision.save(chair, 999, {}, expected_version=0),
            lambda: panel_decision.decide(chair, 999, 1),
            lambda: panel_decision.dissent(chair, 999, text="x"),
        ]
        for act in acts:
            assert refusal(act).startswith("NotFound")


def test_a_review_that_is_not_before_the_panel_has_nothing_to_decide(world: World) -> None:
    with world.context():
        story = PanelStory(world, panels.set_up(world))
        story.to_be_referred()
        chair, review = world.actor(CHAIR), story.review
        for act in (
            lambda: panel_decision.decide(chair, review.id, review.version),
            lambda: panel_items.send_back(chair, review.id, review.version, reason="x"),
        ):
            assert "not before the panel" in refusal(act)
        meeting = panels.set_up(world)
        reopen = lambda: panel_items.reopen_decision(  # noqa: E731
            chair, review.id, review.version, reason="x", meeting=meeting
        )
        assert refusal(reopen).startswith("WrongStage")


def test_a_page_of_an_old_version_changes_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        story.read_by_all()
        head, chair, item, review = world.actor("head.qa"), world.actor(CHAIR), story.item, story.review
        later = panels.set_up(world, 17)
        for act in (
            lambda: panel_items.move(head, item.id, item.version - 1, meeting=later),
            lambda: panel_items.adjourn(chair, item.id, item.version - 1, reason="x"),
            lambda: panel_items.open_discussion(chair, item.id, item.version - 1),
            lambda: panel_items.send_back(chair, review.id, review.version - 1, reason="x"),
            lambda: panel_decision.decide(chair, review.id, review.version - 1),
        ):
            assert refusal(act).startswith("Stale")


# --- the agreed form ----------------------------------------------------------------------------------------------

BAD_FORMS: list[dict[str, Any]] = [
    {"form": {"journey": {"grade": "superb"}}},
    {"form": {"journey": {"comment": LONG}}},
    {"form": "all good"},
    {"form": ["journey"]},
    {"reasons": {"journey": LONG}},
    {"reasons": "because"},
    {"recommendations": {"r0000000001": "keep"}},
    {"recommendations": {"r0000000001": {"what": "keep", "reason": LONG}}},
    {"recommendations": {"r0000000001": {"what": "change", "due": "2026-02-30"}}},
    {"recommendations": {"r0000000001": {"what": "change", "due": 20260230}}},
    {"recommendations": ["keep"]},
    {"added": [{"action": "No key."}]},
    {"added": ["x"]},
    {"added": [{"key": "\x00", "action": "x"}]},
    {"added": [{"key": "x" * 100, "action": "x"}]},
    {"added": [{"key": "r1", "action": LONG}]},
    {"added": [{"key": "r1", "action": "x", "owner": LONG}]},
    {"added": [{"key": "r1", "action": "x", "due": "the day after"}]},
    {"reached": LONG},
    {"reached_reason": LONG},
    {"themes": [LONG]},
    {"dissents": {NOBODY: LONG}},
    {"dissents": {LONG: "x"}},
    {"dissents": "nobody"},
]


@pytest.mark.parametrize("given", BAD_FORMS, ids=lambda each: repr(each)[:40])
def test_a_form_that_is_not_a_decisions_is_refused(sqlite_world: World, given: dict[str, Any]) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        story.opened_on_the_day()
        chair, item, version = world.actor(CHAIR), story.item, story.review.version
        whole = {**story.agreed_form(), **given}
        for act in (
            lambda: panel_decision.save(chair, item.id, given, expected_version=0),
            lambda: panel_decision.decide(chair, story.id, version, answers=whole),
        ):
            with panels.on_the_day(story.meeting_id, 20):
                refusal(act)
        session.rollback()
        assert session.query(AgreedForm).count() == 0
        assert story.item.state is PanelItemState.DISCUSSING


def test_odd_but_harmless_forms_are_kept_as_far_as_they_are_asked(world: World) -> None:
    """Nothing at all, empty tables, control characters: kept clean, and decided only when whole."""
    with world.context():
        story = panel_story(world)
        story.opened_on_the_day()
        chair, item_id = world.actor(CHAIR), story.item.id
        blank: dict[str, Any] = dict.fromkeys(("form", "reasons", "recommendations", "added", "themes", "dissents"))
        for number, given in enumerate(({}, blank, {"themes": ["\x00 ", "Chrono\x07logies"], "reached": "\x00agreed"})):
            panel_decision.save(chair, item_id, given, expected_version=number)
        kept = session.query(AgreedForm).one().answers
        assert (kept["themes"], kept["reached"]) == (["Chronologies"], "agreed")
        with panels.on_the_day(story.meeting_id, 20):
            said = refusal(lambda: panel_decision.decide(chair, story.id, story.review.version))
            assert "give the final grade" in said
            assert "keep, change or drop" in said


def test_strange_owners_are_nobody_on_either_database(world: World) -> None:
    with world.context():
        story = panel_story(world)
        story.opened_on_the_day()
        key = panel_decision.open_rows(story.review, story.item)[0]["key"]
        for strange in ("nobody", NOBODY, "no\x00body"):
            change = {"what": "change", "reason": "x", "action": "x", "impact": "", "owner": strange, "due": ""}
            with panels.on_the_day(story.meeting_id, 20):
                said = refusal(lambda given={key: change}: story.decided(recommendations=given))  # type: ignore[misc]
            assert "Choose somebody from the list." in said
