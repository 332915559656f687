"""Two people at once: each race ends in one clean outcome, nothing is lost, the chain holds."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import session
from app.models.records import AuditEvent
from app.models.reviews import Child, Decision, Response, Review, ReviewPart, Revision
from app.services import (
    accounts,
    discussion,
    drafting,
    invariants,
    issuing,
    moderation,
    planning,
    recommendations,
    records,
)
from app.services.unit_of_work import digest
from tests.concurrency.racing import many, race, until_saved
from tests.support.stages import Story, answers, moderation_answers, plan, response, review_at
from tests.support.world import World
from workflows.states import RecommendationState, ReviewState


def at(world: World, state: ReviewState) -> Story:
    """A review at a stage, made in a context that is closed before the race begins."""
    with world.context():
        story = review_at(world, state)
        session.rollback()
        return story


def version_of(world: World, story: Story) -> int:
    with world.context():
        return story.review.version


def count(of: Any, /, **where: Any) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(of).filter_by(**where)) or 0


def text_of(world: World, evidence: str) -> dict[str, Any]:
    return {**answers(world)["journey"], "evidence": evidence}


@pytest.mark.postgres
def test_a_double_share_is_one_share(pg: World) -> None:
    story = at(pg, ReviewState.DRAFTING)
    with pg.context():
        story.written()
    version = version_of(pg, story)

    def share() -> None:
        drafting.share(pg.actor("external.reviewer"), story.id, version)

    assert sorted(race(pg, share, share)) == ["Stale", "done"]
    with pg.context():
        assert count(Revision, review_id=story.id) == 1
        assert count(AuditEvent, kind="review.share") == 1


@pytest.mark.postgres
def test_an_autosave_against_a_share_loses_nothing(pg: World) -> None:
    """Whichever is first: the text is kept, and what was shared is the draft as it stood at one moment."""
    story = at(pg, ReviewState.DRAFTING)
    with pg.context():
        story.written()
        old, new = text_of(pg, answers(pg)["journey"]["evidence"]), text_of(pg, "Written while it was being shared.")
    version = version_of(pg, story)

    def share() -> None:
        drafting.share(pg.actor("external.reviewer"), story.id, version)

    def save() -> None:
        drafting.save_part(pg.actor("external.reviewer"), story.id, "journey", new, expected_version=1)

    assert race(pg, share, save) == ["done", "done"]
    with pg.context():
        revision = session.scalars(select(Revision)).one()
        part = session.scalars(select(ReviewPart).filter_by(part="journey")).one()
        assert part.answers["evidence"] == new["evidence"]
        assert revision.content["parts"]["journey"]["evidence"] in (old["evidence"], new["evidence"])
        assert revision.digest == digest(revision.content)


@pytest.mark.postgres
def test_of_two_saves_of_one_part_the_second_is_told(pg: World) -> None:
    story = at(pg, ReviewState.DRAFTING)
    with pg.context():
        texts = [text_of(pg, "From the first window."), text_of(pg, "From the second window.")]

    def save(number: int) -> None:
        drafting.save_part(pg.actor("external.reviewer"), story.id, "journey", texts[number], expected_version=0)

    outcomes = race(pg, lambda: save(0), lambda: save(1))
    assert sorted(outcomes) == ["Stale", "done"]
    with pg.context():
        part = session.scalars(select(ReviewPart)).one()
        assert part.answers["evidence"] == texts[outcomes.index("done")]["evidence"]


@pytest.mark.postgres
def test_saves_of_two_parts_do_not_notice_each_other(pg: World) -> None:
    story = at(pg, ReviewState.DRAFTING)
    with pg.context():
        given = answers(pg)

    def save(part: str) -> None:
        drafting.save_part(pg.actor("external.reviewer"), story.id, part, given[part], expected_version=0)

    assert race(pg, lambda: save("journey"), lambda: save("needs")) == ["done", "done"]
    with pg.context():
        assert count(ReviewPart, review_id=story.id) == 2


@pytest.mark.postgres
def test_of_two_submissions_one_is_made(pg: World) -> None:
    story = at(pg, ReviewState.DISCUSSION)
    with pg.context():
        story.responded()
    version = version_of(pg, story)

    def submit() -> None:
        drafting.submit(pg.actor("external.reviewer"), story.id, version)

    assert sorted(race(pg, submit, submit)) == ["Stale", "done"]
    with pg.context():
        assert count(Revision, review_id=story.id, kind="submitted") == 1
        assert count(AuditEvent, kind="review.draw") == 1


@pytest.mark.postgres
def test_of_two_responses_of_one_person_one_is_kept(pg: World) -> None:
    story = at(pg, ReviewState.DISCUSSION)
    with pg.context():
        given = response(story.review)

    def respond() -> None:
        discussion.respond(pg.actor("worker"), story.id, given, revision_number=1)

    assert sorted(race(pg, respond, respond)) == ["GuardFailed", "done"]
    with pg.context():
        assert count(Response, review_id=story.id) == 1


@pytest.mark.postgres
def test_two_planners_never_share_a_reference(pg: World) -> None:
    with pg.context():
        plans = [plan(pg), plan(pg)]

    def put(number: int) -> None:
        planning.plan_review(pg.actor("head.qa"), plans[number])

    assert race(pg, lambda: put(0), lambda: put(1)) == ["done", "done"]
    with pg.context():
        assert session.scalars(select(Review.reference).order_by(Review.reference)).all() == ["2026-001", "2026-002"]


@pytest.mark.postgres
def test_two_planners_of_one_new_child_make_one_child(pg: World) -> None:
    with pg.context():
        wanted = plan(pg)

    def put() -> None:
        planning.plan_review(pg.actor("head.qa"), wanted)

    assert sorted(race(pg, put, put)) in (["GuardFailed", "done"], ["done", "done"])
    with pg.context():
        assert count(Child) == 1


@pytest.mark.postgres
def test_of_two_first_saves_of_a_moderation_the_second_is_told(pg: World) -> None:
    story = at(pg, ReviewState.HOS_MODERATION)
    with pg.context():
        given = moderation_answers(story.review)

    def save() -> None:
        moderation.save(pg.actor("head.qa"), story.id, given, expected_version=0)

    assert sorted(race(pg, save, save)) == ["Stale", "done"]


@pytest.mark.postgres
def test_a_double_agree_is_one_decision(pg: World) -> None:
    story = at(pg, ReviewState.HOS_MODERATION)
    with pg.context():
        story.moderated()
    version = version_of(pg, story)

    def agree() -> None:
        moderation.agree_without_panel(pg.actor("head.qa"), story.id, version, reason="Well evidenced.")

    assert sorted(race(pg, agree, agree)) == ["Stale", "done"]
    with pg.context():
        assert count(Decision, review_id=story.id) == 1


@pytest.mark.postgres
def test_a_review_does_not_close_while_a_recommendation_is_reopened(pg: World) -> None:
    story = at(pg, ReviewState.CLOSED)
    with pg.context():
        issuing.reopen(pg.actor("head.qa"), story.id, story.review.version, reason="One thing is left.")
        row = story.recommendation()
        row_id, row_version = row.id, row.version
    version = version_of(pg, story)

    def close() -> None:
        issuing.close(pg.actor("head.qa"), story.id, version)

    def reopen() -> None:
        given = {"reason": "It came back."}
        recommendations.act(pg.actor("head.qa"), row_id, "reopen", row_version, given)

    assert sorted(race(pg, close, reopen)) == ["GuardFailed", "done"]
    with pg.context():
        closed = story.review.state is ReviewState.CLOSED
        assert closed is (story.recommendation().state is RecommendationState.CLOSED)


@pytest.mark.postgres
@pytest.mark.parametrize("number", range(2))
def test_an_autosave_while_ones_own_account_is_changed(pg: World, number: int) -> None:
    """What is saved names who saved, and the other holds that person's row: neither waits for ever."""
    story = at(pg, ReviewState.DRAFTING)
    with pg.context():
        story.written()
        reviewer, admin, new = pg.actor("external.reviewer"), pg.actor("admin"), text_of(pg, "Saved meanwhile.")

    def save() -> None:
        drafting.save_part(reviewer, story.id, "journey", new, expected_version=1)

    def reset() -> None:
        accounts.set_temporary_password(admin, reviewer.id or 0, "a hash")

    acts = (save, reset) if number else (reset, save)
    assert race(pg, *acts, in_turn=True) == ["done", "done"]


@pytest.mark.slow
def test_four_hundred_saves_from_four_windows_lose_nothing(sqlite_world: World) -> None:
    """One file of SQLite, four threads: each reads the version and saves, again where somebody was first."""
    world = sqlite_world
    story = at(world, ReviewState.DRAFTING)
    with world.context():
        drafting.save_part(
            world.actor("external.reviewer"), story.id, "journey", text_of(world, "0"), expected_version=0
        )

    def save(worker: int, number: int) -> None:
        actor = world.actor("external.reviewer")
        given = text_of(world, f"Window {worker}, save {number}.")

        def once() -> None:
            session.rollback()
            version = session.scalar(select(ReviewPart.version).filter_by(part="journey"))
            drafting.save_part(actor, story.id, "journey", given, expected_version=version or 0)

        until_saved(once)

    assert set(many(world, 4, save, 100)) == {"done"}
    with world.context():
        assert session.scalars(select(ReviewPart.version).filter_by(part="journey")).one() == 401
        assert count(AuditEvent, kind="review.save_part") == 401
        assert records.verify_changes().whole


def test_the_chain_holds_under_four_writers(world: World) -> None:
    """Four reviewers' windows on four reviews, with looks logged and sealed between."""
    stories = [at(world, ReviewState.DRAFTING) for _ in range(4)]

    def write(worker: int, number: int) -> None:
        actor, story = world.actor("external.reviewer"), stories[worker]
        given = text_of(world, f"Save {number}.")
        drafting.save_part(actor, story.id, "journey", given, expected_version=number)
        records.log_view(actor, story.review, "page", "draft")
        if number % 5 == worker:
            records.seal_views()

    assert set(many(world, 4, write, 12)) == {"done"}
    with world.context():
        assert count(AuditEvent, kind="review.save_part") == 48
        assert records.verify_changes().whole
        records.seal_views()
        views = records.verify_views()
        assert (views.whole, views.rows) == (True, 48)
        assert invariants.broken() == {}
