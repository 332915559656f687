"""A decision taken up again: its record is kept as it was issued, for those who had it (handbook 2, R11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.documents.content import (
    ModerationContent,
    ReviewContent,
    content_sha256,
    in_force,
    read_moderation,
    read_review,
)
from app.documents.moderation_record import moderation_record
from app.documents.pdf import render_pdf
from app.documents.review_record import review_record
from app.extensions import session
from app.policy.acting import load_office
from app.queries import documents
from app.queries.reviews import NotVisible
from app.services import issuing, moderation, panel_decision, planning, settings
from app.services.unit_of_work import unit_of_work
from tests.integration.test_panel_again import reopen, send_back
from tests.integration.test_panel_records import changed_to, issue, only_row, with_actions
from tests.support import panels, stages
from tests.support.panels import PanelStory, panel_story
from tests.support.stages import Story, review_at
from tests.support.world import TODAY, World
from tests.unit.documents.support import checked, text_of
from workflows.states import ReviewState

pytestmark = pytest.mark.pdf

TIED = ("external.reviewer", "worker", "manager")


def review_of(world: World, story: Story, number: int | None = None, login: str = "head.qa") -> ReviewContent:
    office = load_office(session, clock.today())
    filed = documents.review_content(world.actor(login), story.review, office, number)
    assert filed.template is not None
    return read_review(filed.template, filed.data)


def moderation_of(world: World, story: Story, number: int | None = None, login: str = "head.qa") -> ModerationContent:
    office = load_office(session, clock.today())
    filed = documents.moderation_content(world.actor(login), story.review, office, number)
    return read_moderation(filed.template, filed.data)


def who_has(world: World, story: Story, number: int | None, *logins: str) -> set[str]:
    """Of these, those who may have both records of a decision; nobody may have one alone."""
    found = set()
    for login in logins:
        had = [_has(build, world, story, number, login) for build in (review_of, moderation_of)]
        assert len(set(had)) == 1, login
        found |= {login} if all(had) else set()
    return found


def _has(build: Any, world: World, story: Story, number: int | None, login: str) -> bool:
    try:
        build(world, story, number, login)
    except NotVisible:
        return False
    return True


def why_of(world: World, story: Story, login: str) -> list[tuple[int, str]]:
    office = load_office(session, clock.today())
    return [(row.number, row.why) for row in documents.kept(world.actor(login), story.review, office)]


def tracked(world: World) -> Story:
    """Agreed where no panel sits, so that the Head's view may be another than the reviewer's."""
    with unit_of_work(world.actor("head.qa")) as work:
        settings.put(work, {"panel_rule": {"kind": "none"}})
    return review_at(world, ReviewState.TRACKING)


def reopened(world: World, reason: str = "A letter came.") -> Story:
    """Agreed without a panel, issued, corrected, and taken up again."""
    story = tracked(world)
    story.issued()
    head = world.actor("head.qa")
    issuing.correct(head, story.id, story.review.version, text="The visit was in May.", reason="A slip.")
    moderation.reopen(head, story.id, story.review.version, reason=reason)
    return story


def agreed_again(story: Story, grade: str = "requires_improvement") -> None:
    given = stages.moderation_answers(story.review, grade)
    for view in given["views"].values():
        view["reason"] = "The letter shows it."
    head = story.world.actor("head.qa")
    moderation.save(head, story.id, given, expected_version=0)
    moderation.agree_without_panel(head, story.id, story.review.version, reason="The letter weighs more.")


def issued_again(story: Story) -> None:
    today = clock.today()
    issuing.issue(
        story.world.actor("head.qa"), story.id, story.review.version, sent_on=today,
        tracker_meeting_on=today, told_by="Nasreen", told_on=today,
    )  # fmt: skip


# --- what it says ---------------------------------------------------------------------------------------


def test_the_first_record_is_what_was_issued_whatever_was_decided_since(world: World) -> None:
    """The SHA-256 it was filed by is found again, while the review is looked at anew and after the second decision."""
    with world.context():
        story = tracked(world)
        story.issued()
        head = world.actor("head.qa")
        issuing.correct(head, story.id, story.review.version, text="The visit was in May.", reason="A slip.")
        first = content_sha256(review_of(world, story)), content_sha256(moderation_of(world, story))

        def again() -> tuple[str, str]:
            kept = review_of(world, story, 1), moderation_of(world, story, 1)
            return content_sha256(in_force(kept[0])), content_sha256(in_force(kept[1]))

        with clock.set_to(TODAY + timedelta(days=60)):
            moderation.reopen(head, story.id, story.review.version, reason="A letter came.")
            assert again() == first
            agreed_again(story)
            assert again() == first
            issued_again(story)
        with clock.set_to(TODAY + timedelta(days=61)):
            issuing.correct(head, story.id, story.review.version, text="And in June.", reason="Another.")
            assert again() == first
            second = review_of(world, story)
            assert second.reopened is None
            assert {row.final for row in second.grades} == {"Requires improvement to be good"}
            assert {row.final for row in review_of(world, story, 1).grades} == {"Good"}
            assert content_sha256(second) not in first


def test_it_is_marked_as_reopened_on_every_page_and_names_both_figures(world: World) -> None:
    with world.context():
        story = reopened(world)
        review, panel = review_of(world, story, 1), moderation_of(world, story, 1)
        for document, now, was in (
            (review_record(review), content_sha256(review), content_sha256(in_force(review))),
            (moderation_record(panel), content_sha256(panel), content_sha256(in_force(panel))),
        ):
            pdf = render_pdf(document)
            text = text_of(pdf)
            assert checked(pdf) == []
            assert text.count("Reopened, not in force") >= 2
            assert "Record of the first decision, of" in text
            assert now in text
            assert was in text
            assert now != was
            assert "A letter came." not in text


def test_a_redraft_and_another_reviewer_leave_the_first_record_as_it_was(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = tracked(world)
        story.issued()
        first = content_sha256(review_of(world, story)), content_sha256(moderation_of(world, story))
        head = world.actor("head.qa")
        with clock.set_to(TODAY + timedelta(days=10)):
            moderation.reopen(head, story.id, story.review.version, reason="A letter came.")
            moderation.save(head, story.id, stages.moderation_answers(story.review), expected_version=0)
            moderation.return_to_reviewer(head, story.id, story.review.version, reason="Ask the school.")
            assert who_has(world, story, 1, *TIED) == set(TIED)
            planning.reassign(
                head, story.id, story.review.version, new_reviewer=world.public_id("farida.noor"), reason="Away."
            )
            kept = review_of(world, story, 1), moderation_of(world, story, 1)
            assert (content_sha256(in_force(kept[0])), content_sha256(in_force(kept[1]))) == first
            assert kept[0].conduct.reviewer == world.person("external.reviewer").name
            # earlier grades never open to the reviewer before submission; who gave the review up has no tie to it
            assert who_has(world, story, 1, "farida.noor", *TIED) == {"worker", "manager"}


def test_what_the_second_panel_changes_drops_and_adds_is_not_in_the_first_record(world: World) -> None:
    with world.context():
        story = panel_story(world)
        story.opened_on_the_day()
        with panels.on_the_day(story.meeting_id, 20):
            changed = changed_to("Agree two people to ring.", owner=world.public_id("worker"))
            added = {"key": "added1", "level": "service", "action": "Share the method.", "impact": "Others gain."}
            story.decided(
                recommendations={only_row(story): changed},
                added=[added],
                form=with_actions(story),
                dissents={world.public_id("external.reviewer"): "I had it right."},
            )
            issue(world, story)
            first = review_of(world, story), moderation_of(world, story)
            reopen(story)
        later = {"key": "added1", "level": "service", "action": "XSECOND", "impact": "More."}
        rows = {"what": "drop", "reason": "It is done."}
        story.opened_on_the_day()
        with panels.on_the_day(story.meeting_id, 20):
            keys = [row["key"] for row in panels_rows(story)]
            story.decided(recommendations=dict.fromkeys(keys, rows), added=[later], grade="requires_improvement")
            assert [row.action for row in review_of(world, story).recommendations] == ["XSECOND"]
            kept = review_of(world, story, 1), moderation_of(world, story, 1)
            assert in_force(kept[0]) == first[0]
            assert in_force(kept[1]) == first[1]
            assert [row.action for row in kept[0].recommendations] == ["Agree two people to ring.", "Share the method."]


def panels_rows(story: PanelStory) -> list[dict[str, Any]]:
    """What the panel has to settle."""
    item = story.item
    return [dict(row) for row in panel_decision.open_rows(item.review, item)]


# --- who may have it ------------------------------------------------------------------------------------


def test_who_had_it_keeps_it_and_nobody_else_gets_it(world: World) -> None:
    with world.context():
        story = reopened(world)
        everybody = ("head.qa", *TIED, "deputy.qa", "admin", "chair", "director", "agency", "oversight", "head.service")
        assert who_has(world, story, 1, *everybody) == {"head.qa", *TIED}
        assert who_has(world, story, None, *everybody) == set()
        assert who_has(world, story, 2, *everybody) == set()
        assert who_has(world, story, 0, *everybody) == set()
        agreed_again(story)
        assert who_has(world, story, 1, *everybody) == {"head.qa", *TIED}
        assert who_has(world, story, None, *everybody) == {"head.qa"}


def test_what_was_never_issued_stays_with_the_head(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = tracked(world)
        moderation.reopen(world.actor("head.qa"), story.id, story.review.version, reason="Too soon.")
        assert who_has(world, story, 1, "head.qa", *TIED) == {"head.qa"}
        agreed_again(story)
        issued_again(story)
        assert who_has(world, story, 1, "head.qa", *TIED) == {"head.qa"}
        assert who_has(world, story, None, "head.qa", *TIED) == {"head.qa", *TIED}


def test_a_withdrawn_review_leaves_it_to_the_head_alone(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = reopened(world)
        issuing.withdraw(world.actor("head.qa"), story.id, story.review.version, reason="The wrong child.")
        assert who_has(world, story, 1, "head.qa", *TIED) == {"head.qa"}


def test_an_external_reviewer_has_it_for_the_working_days_after_that_issue(sqlite_world: World) -> None:
    """Reopening gives back nothing that had closed (handbook 1)."""
    world = sqlite_world
    with world.context():
        story = reopened(world)
        with clock.set_to(TODAY + timedelta(days=27)):
            assert who_has(world, story, 1, *TIED) == set(TIED)
        with clock.set_to(TODAY + timedelta(days=45)):
            assert who_has(world, story, 1, *TIED) == {"worker", "manager"}


def test_the_panel_has_the_record_of_no_decision_of_the_first_nor_of_the_one_in_force(world: World) -> None:
    """Its members have the readings and the minutes (R11); each reads alone, and the first decision would tell (R3).
    The Head's office has everything at this stage."""
    members = ("chair", "director", "assistant.director", "head.service", "deputy.chair")
    with world.context():
        story = panel_story(world)
        story.decided_on_the_day()
        with panels.on_the_day(story.meeting_id, 40):
            issue(world, story)
            reopen(story, reason="XWHY")
            assert who_has(world, story, 1, "head.qa", *TIED, *members) == {"head.qa", *TIED}
            assert why_of(world, story, "head.qa") == [(1, "XWHY")]
            assert [why_of(world, story, login) for login in TIED] == [[(1, "")]] * 3
        story.opened_on_the_day()
        with panels.on_the_day(story.meeting_id, 20):
            assert who_has(world, story, 1, *members) == set()
            story.decided()
            assert who_has(world, story, 1, "head.qa", *TIED, *members) == {"head.qa", *TIED}
            assert who_has(world, story, None, "head.qa", *TIED, *members) == {"head.qa"}
            assert why_of(world, story, "director") == []
            issue(world, story)
            for number in (1, None):
                assert who_has(world, story, number, "head.qa", *TIED, *members) == {"head.qa", *TIED}
            # the history, with every reason, is the reviewer's from issue on; never the worker's
            assert [why_of(world, story, login) for login in TIED] == [[(1, "XWHY")], [(1, "")], [(1, "")]]


def test_a_decision_taken_up_twice_leaves_two_records(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = reopened(world, "First letter.")
        agreed_again(story)
        issued_again(story)
        second = content_sha256(review_of(world, story))
        moderation.reopen(world.actor("head.qa"), story.id, story.review.version, reason="Second letter.")
        assert why_of(world, story, "head.qa") == [(2, "Second letter."), (1, "First letter.")]
        assert content_sha256(in_force(review_of(world, story, 2))) == second
        assert "Record of the second decision" in review_record(review_of(world, story, 2)).subject


def test_who_is_sent_back_a_reopened_review_still_has_the_first_record(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = panel_story(world)
        story.decided_on_the_day()
        with panels.on_the_day(story.meeting_id, 40):
            issue(world, story)
            reopen(story)
            send_back(story)
            assert who_has(world, story, 1, "head.qa", "director", *TIED) == {"head.qa", *TIED}
