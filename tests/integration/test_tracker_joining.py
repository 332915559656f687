"""Joining two recommendations and parting them again (R8): the older goes on, and nothing is lost either way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import clock
from app.extensions import session
from app.models.recommendations import Recommendation, RecommendationEntry
from app.models.records import AuditEvent, OutboxMessage
from app.services import invariants, issuing, joining, recommendations, records, review_facts
from app.services.unit_of_work import Stale, unit_of_work
from tests.support import tracker
from tests.support.remembering import remembered
from tests.support.tracker import Told, issued, join, part, row, stored, take
from tests.support.world import TODAY, World
from workflows.engine import GuardFailed, NotPermitted, Refused, WrongStage
from workflows.states import RecommendationState

pytestmark = [pytest.mark.slow, pytest.mark.databases("sqlite")]


@remembered
def two(world: World) -> tuple[Told, Told]:
    """The second a day younger."""
    with clock.set_to(TODAY):
        older = issued(world)
    with clock.set_to(TODAY + timedelta(days=1)):
        return older, issued(world)


def whole() -> None:
    session.rollback()
    assert invariants.broken() == {}
    assert records.verify_changes().whole


@pytest.mark.parametrize("from_the_newer", [True, False])
def test_the_older_goes_on_whichever_one_it_was_started_from(world: World, from_the_newer: bool) -> None:
    with world.context():
        older, newer = two(world)
        kept = join(world, newer, older) if from_the_newer else join(world, older, newer)
        assert kept == row(older).public_id
        assert row(older).state is RecommendationState.AGREED
        aside = row(newer)
        assert (aside.state, aside.joined_into_id) == (RecommendationState.SET_ASIDE, row(older).id)
        assert aside.joined_from is RecommendationState.AGREED
        whole()


@pytest.mark.databases("sqlite", "postgresql")
def test_both_histories_have_a_line_and_both_owners_are_told(world: World) -> None:
    with world.context():
        older, newer = two(world)
        join(world, newer, older, reason="They ask for the same.")
        lines = {story.id: row(story).entries[-1] for story in (older, newer)}
        assert (lines[newer.id].action, lines[newer.id].details["into"]) == ("join", row(older).public_id)
        assert (lines[older.id].action, lines[older.id].details["other"]) == ("joined_here", row(newer).public_id)
        assert {line.text for line in lines.values()} == {"They ask for the same."}
        kinds = session.scalars(select(OutboxMessage.kind).where(OutboxMessage.kind.contains("join"))).all()
        assert sorted(kinds) == ["recommendation.join", "recommendation.joined_here"]


STANDS: dict[str, list[tuple[str, str, dict[str, str]]]] = {
    "agreed": [],
    "accepted": [("worker", "accept", {})],
    "disputed": [("worker", "dispute", {"reason": "It was done."})],
    "in progress": [("worker", "start", {}), ("worker", "progress", {"text": "Begun.", "forecast": "at_risk"})],
    "complete": [("worker", "start", {}), ("worker", "complete", {"evidence": "The plan of 2 December."})],
}


@pytest.mark.parametrize("stands", list(STANDS))
@pytest.mark.databases("sqlite", "postgresql")
def test_undoing_it_restores_exactly_what_there_was(world: World, stands: str) -> None:
    """Every column but the version, which counts the two steps."""
    with world.context():
        older, newer = two(world)
        for login, trigger, given in STANDS[stands]:
            take(world, newer, login, trigger, **given)
        ids = row(older).id, row(newer).id
        before = [stored(each) for each in ids]
        join(world, newer, older)
        part(world, newer)
        after = [stored(each) for each in ids]
        assert after[1].pop("version") == before[1].pop("version") + 2  # type: ignore[operator]
        assert after == before
        whole()


@pytest.mark.databases("sqlite", "postgresql")
def test_what_was_joined_goes_to_the_root(world: World) -> None:
    with world.context():
        first, second = two(world)
        with clock.set_to(TODAY + timedelta(days=2)):
            third = issued(world)
        join(world, second, first)
        assert join(world, third, second) == row(first).public_id
        assert row(third).joined_into_id == row(first).id
        whole()


def test_one_that_others_were_joined_into_is_not_joined_away(world: World) -> None:
    with world.context():
        first, second = two(world)
        with clock.set_to(TODAY + timedelta(days=2)):
            third = issued(world)
        join(world, third, second)
        with pytest.raises(GuardFailed, match="Undo those joinings first"):
            join(world, second, first)
        part(world, third)
        join(world, second, first)
        whole()


def test_with_itself_or_twice_it_is_refused(world: World) -> None:
    with world.context():
        older, newer = two(world)
        with pytest.raises(GuardFailed, match="Choose another"):
            join(world, newer, newer)
        join(world, newer, older)
        with pytest.raises(GuardFailed, match="joined already"):
            join(world, older, newer)
        whole()


@pytest.mark.parametrize("settled", ["older", "newer"])
def test_only_what_is_open_is_joined(world: World, settled: str) -> None:
    with world.context():
        older, newer = two(world)
        {"older": older, "newer": newer}[settled].recommendation_done()
        with pytest.raises(Refused):
            join(world, newer, older)
        with pytest.raises(Refused):
            join(world, older, newer)
        assert session.scalar(select(func.count()).where(Recommendation.joined_into_id.is_not(None))) == 0


def test_it_needs_its_reason_and_a_choice(world: World) -> None:
    with world.context():
        older, newer = two(world)
        with pytest.raises(GuardFailed, match="Give the reason"):
            join(world, newer, older, reason="  ")
        for nonsense in ("", "nobody", None, "x" * 30_000):
            with pytest.raises(GuardFailed):
                joining.join(world.actor("head.qa"), row(newer).id, row(newer).version, nonsense, "Because.")
        join(world, newer, older)
        with pytest.raises(GuardFailed, match="Give the reason"):
            part(world, newer, reason="")


@pytest.mark.parametrize("login", ["worker", "manager", "external.reviewer", "director", "deputy.qa"])
def test_only_the_heads_office_joins_and_parts(world: World, login: str) -> None:
    with world.context():
        older, newer = two(world)
        with pytest.raises((NotPermitted, GuardFailed)):
            join(world, newer, older, login)
        join(world, newer, older)
        with pytest.raises(NotPermitted):
            part(world, newer, login)
        assert row(newer).state is RecommendationState.SET_ASIDE


def test_the_head_in_conflict_with_one_of_them_joins_them_from_neither_end(world: World) -> None:
    """Whose practice the Head directly supervises, the deputy steers (R4)."""
    with world.context():
        older, newer = two(world)
        with unit_of_work(world.actor("admin")):
            world.person("worker").line_manager_id = world.person("head.qa").id
        in_conflict = [story for story in (older, newer) if not steers(world, story)]
        assert in_conflict == [older, newer]
        for one, into in ((older, newer), (newer, older)):
            with pytest.raises(NotPermitted):
                join(world, one, into)


def steers(world: World, story: Told) -> bool:
    return recommendations.may_steer(world.actor("head.qa"), row(story))


@pytest.mark.databases("sqlite", "postgresql")
def test_from_a_stale_page_nothing_is_joined(world: World) -> None:
    with world.context():
        older, newer = two(world)
        found, into = row(newer), row(older).public_id
        found_id, version = found.id, found.version
        take(world, newer, "worker", "accept")
        with pytest.raises(Stale):
            joining.join(world.actor("head.qa"), found_id, version, into, "Because.")
        join(world, newer, older)
        with pytest.raises(Stale):
            joining.part(world.actor("head.qa"), found_id, version, "Because.")


def test_what_was_never_joined_cannot_be_parted(world: World) -> None:
    with world.context():
        _older, newer = two(world)
        take(world, newer, "head.qa", "set_aside", reason="Not needed.")
        with pytest.raises(WrongStage):
            part(world, newer)
        take(world, newer, "head.qa", "reopen", reason="Needed.")
        assert row(newer).state is RecommendationState.IN_PROGRESS


def test_a_joined_one_is_parted_and_not_reopened(world: World) -> None:
    with world.context():
        older, newer = two(world)
        join(world, newer, older)
        with pytest.raises(GuardFailed, match="undo the joining"):
            take(world, newer, "head.qa", "reopen", reason="Needed.")


# --- what a review counts as open ---------------------------------------------------------------------------------


def close(world: World, story: Told) -> None:
    head, today = world.actor("head.qa"), clock.today()
    if story.review.uploaded_on is None:
        issuing.record_upload(head, story.id, story.review.version, uploaded_on=today)
        issuing.record_supervision(head, story.id, story.review.version, supervision_on=today)
    issuing.close(head, story.id, story.review.version)


def test_a_review_does_not_close_while_its_recommendation_goes_on_elsewhere(world: World) -> None:
    with clock.set_to(TODAY + timedelta(days=2)), world.context():
        older, newer = two(world)
        join(world, newer, older)
        assert review_facts.open_recommendations(newer.review) == 1
        with pytest.raises(GuardFailed):
            close(world, newer)
        older.recommendation_done()
        assert review_facts.open_recommendations(newer.review) == 0
        close(world, newer)
        whole()


def test_what_went_on_is_not_reopened_behind_a_closed_review(world: World) -> None:
    with clock.set_to(TODAY + timedelta(days=2)), world.context():
        older, newer = two(world)
        join(world, newer, older)
        older.recommendation_done()
        close(world, newer)
        with pytest.raises(GuardFailed, match="has ended"):
            take(world, older, "head.qa", "reopen", reason="It came back.")
        with pytest.raises(GuardFailed, match="has ended"):
            part(world, newer)
        issuing.reopen(world.actor("head.qa"), newer.id, newer.review.version, reason="It came back.")
        take(world, older, "head.qa", "reopen", reason="It came back.")
        assert review_facts.open_recommendations(newer.review) == 1
        whole()


def test_the_one_that_goes_on_does_not_wait_for_the_joined(world: World) -> None:
    with clock.set_to(TODAY + timedelta(days=2)), world.context():
        older, newer = two(world)
        join(world, newer, older)
        older.recommendation_done()
        close(world, older)
        whole()


@pytest.mark.databases("sqlite", "postgresql")
def test_each_step_is_one_event(world: World) -> None:
    with world.context():
        older, newer = two(world)
        before = session.scalar(select(func.count(AuditEvent.id))) or 0
        join(world, newer, older)
        part(world, newer)
        kinds = session.scalars(select(AuditEvent.kind).order_by(AuditEvent.id)).all()[before:]
        assert kinds == ["recommendation.join", "recommendation.part_agreed"]
        assert (
            session.scalar(
                select(func.count(RecommendationEntry.id)).where(RecommendationEntry.action == "parted_here")
            )
            == 1
        )


@pytest.mark.databases("sqlite", "postgresql")
def test_what_another_review_joined_comes_back_when_its_own_is_withdrawn(world: World) -> None:
    """Reopened and withdrawn, a review takes its recommendations with it, and not those of others."""
    with clock.set_to(TODAY + timedelta(days=2)), world.context():
        older, newer = two(world)
        join(world, newer, older)
        head = world.actor("head.qa")
        from app.services import moderation

        moderation.reopen(head, older.id, older.review.version, reason="A fact was wrong.")
        issuing.withdraw(head, older.id, older.review.version, reason="It was planned twice.")
        assert row(older).state is RecommendationState.SET_ASIDE
        assert (row(newer).state, row(newer).joined_into_id) == (RecommendationState.AGREED, None)
        whole()


def test_the_page_offers_joining_and_its_undoing(world: World) -> None:
    with world.context():
        older, newer = two(world)
        head = world.actor("head.qa")
        assert "join" in [each.trigger for each in recommendations.available(head, row(newer))]
        join(world, newer, older)
        offered = [each.trigger for each in recommendations.available(head, row(newer))]
        assert [each for each in offered if each.startswith("part_")] == ["part_agreed"]
        assert "reopen" not in offered
        assert row(newer).action == tracker.LIKE
