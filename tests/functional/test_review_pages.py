"""What single pages of a review show, to whom, when."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app import clock
from app.extensions import session
from app.models.recommendations import Recommendation
from app.models.records import ViewEvent
from app.models.reviews import Decision
from app.queries import reviews
from app.services import drafting, issuing, moderation
from tests.support.browsing import main_form, send
from tests.support.stages import Story, review_at, write
from tests.support.world import TODAY, World
from workflows.states import ReviewState

pytestmark = pytest.mark.databases("sqlite")


def address(world: World, story: Story) -> str:
    with world.context():
        return f"/reviews/{story.review.public_id}"


def test_a_return_tells_the_reviewer_why_part_by_part(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.HOS_MODERATION)
    url = address(world, story)
    reasons = {"reason": "The grade needs more evidence.", "part_journey": "Which visit is meant?"}
    assert send(world.client("head.qa"), f"{url}/do/return", reasons).status_code == 303
    page = world.client("external.reviewer").get(url).get_data(as_text=True)
    assert "The grade needs more evidence." in page
    assert "Which visit is meant?" in page
    assert "Which visit is meant?" not in world.client("worker").get(url).get_data(as_text=True)


def test_the_name_is_shown_after_a_click_that_is_logged(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.DISCUSSION)
        name = story.review.child.name
    url = address(sqlite_world, story)
    client = sqlite_world.client("worker")
    assert name not in client.get(url).get_data(as_text=True)
    assert name in send(client, url, holding="csrf_token").get_data(as_text=True)
    with sqlite_world.context():
        looked = session.query(ViewEvent).filter_by(review_id=story.id, what="name and case-system ID").all()
        assert [view.person_id for view in looked] == [sqlite_world.person("worker").id]


def test_two_revisions_are_compared_word_by_word(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.DISCUSSION)
        reviewer = world.actor("external.reviewer")
        journey = next(part.answers for part in story.review.parts if part.part == "journey")
        changed = {**journey, "difference": "The child asks for the same worker each week."}
        write(reviewer, story.review, {"journey": changed})
        drafting.amend(reviewer, story.id, story.review.version)
        story.responded()
        drafting.submit(reviewer, story.id, story.review.version)
    url = address(world, story)
    page = world.client("head.qa").get(f"{url}/compare?old=1&new=2").get_data(as_text=True)
    assert re.search(r"<ins>.*?</span>asks for ", page, re.DOTALL), "the new words are marked as added"
    assert re.search(r"<del>.*?</span>now sees ", page, re.DOTALL), "the old words are marked as removed"
    assert world.client("worker").get(f"{url}/compare?old=1&new=2").status_code == 404
    assert world.client("head.qa").get(f"{url}/compare?old=1&new=99").status_code == 404
    assert "What changed since" in world.client("worker").get(f"{url}/discussion").get_data(as_text=True)


def test_a_correction_stands_on_the_issued_review(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.TRACKING)
        story.issued()
        head = world.actor("head.qa")
        text = "The visit was on 4 June."
        issuing.correct(head, story.id, story.review.version, text=text, reason="A wrong date.")
    page = world.client("worker").get(address(world, story)).get_data(as_text=True)
    assert "The visit was on 4 June." in page
    assert "Final grades" in page


def test_a_worker_reads_that_it_is_decided_and_not_what(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.HOS_MODERATION)
        head = world.actor("head.qa")
        story.moderated()
        moderation.agree_without_panel(head, story.id, story.review.version, reason="Sealed until issued.")
    page = world.client("worker").get(address(world, story)).get_data(as_text=True)
    assert "Final grades" not in page
    assert "Sealed until issued" not in page


@pytest.mark.databases("sqlite", "postgresql")
def test_a_moderation_reopened_is_decided_and_issued_anew(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.CLOSED)
        head = world.actor("head.qa")
        moderation.reopen(head, story.id, story.review.version, reason="A fact was wrong.")
        assert story.review.state is ReviewState.HOS_MODERATION
        assert story.review.issued_at is None
        story.moderated()
        moderation.agree_without_panel(head, story.id, story.review.version, reason="Looked at again.")
        story.issued()
        decisions = session.query(Decision).filter_by(review_id=story.id).order_by(Decision.id).all()
        assert [bool(each.reopened_at) for each in decisions] == [True, False]
        assert session.query(Recommendation).filter_by(review_id=story.id).count() == 1
    page = world.client("head.qa").get(address(world, story) + "/history").get_data(as_text=True)
    assert "A fact was wrong." in page


def test_the_history_is_a_row_for_each_section_and_is_shown_by_kind(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.TRACKING)
        story.issued()
    url, head = address(world, story) + "/history", world.client("head.qa")
    page = head.get(url).get_data(as_text=True)
    assert page.count('<details class="pl-moves">') == 3  # journey, needs, summary
    assert page.count("Grades of Journey of the child") == 1
    assert "Share with the worker" in page
    assert "Issue the review" in page
    dates = head.get(url + "?kind=dates").get_data(as_text=True)
    assert "Issue the review" in dates
    assert "Share with the worker" not in dates
    assert "Given to the reviewer" in head.get(url + "?kind=people").get_data(as_text=True)
    for odd in ("nonsense", "%F0%9F%A7%92", "'--"):
        assert "Share with the worker" in head.get(f"{url}?kind={odd}").get_data(as_text=True)


def test_an_external_reviewer_keeps_only_references_after_twenty_working_days(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.TRACKING)
        story.issued()
    url = address(world, story)
    with clock.set_to(TODAY + timedelta(days=28)):  # the twentieth working day
        assert "Journey of the child" in world.client("external.reviewer").get(url).get_data(as_text=True)
    with clock.set_to(TODAY + timedelta(days=32)):
        client = world.client("external.reviewer")
        page = client.get(url).get_data(as_text=True)
        assert "Journey of the child" not in page
        assert "Line manager" not in page
        assert client.get(f"{url}/recommendations").status_code == 200
        assert client.get(f"{url}/history").status_code == 404
        assert client.get(f"{url}/documents/review.pdf").status_code == 404


def test_several_answers_are_saved_together_or_none_is_lost(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.DISCUSSION)
        story.responded("correction", "The date is wrong.")
        items = [item.id for each in reviews.responses(story.review) for item in each.items][:2]
    url = address(world, story)
    client = world.client("external.reviewer")
    first, second = (f"reply-{item}-" for item in items)
    answers = {f"{first}reply": "corrected", f"{first}reply_text": "Put right.", f"{second}reply": "kept"}
    page = send(client, f"{url}/discussion", answers, holding=first)
    assert page.status_code == 422
    assert "Give the reason for keeping it." in page.get_data(as_text=True)
    assert "Put right." in page.get_data(as_text=True)
    answers |= {f"{second}reply_text": "The record has this date."}
    assert send(client, f"{url}/discussion", answers, holding=first).status_code == 303
    shown = client.get(f"{url}/discussion").get_data(as_text=True)
    assert "Put right." in shown
    assert "The record has this date." in shown


@pytest.mark.databases("sqlite", "postgresql")
def test_an_answer_to_what_was_answered_meanwhile_is_refused_and_shown_back(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.DISCUSSION)
        story.responded("correction", "The date is wrong.")
        [item, *_] = [item.id for each in reviews.responses(story.review) for item in each.items]
    url = address(world, story)
    one, two = world.client("external.reviewer"), world.client("external.reviewer")
    field = f"reply-{item}-"
    _, stale = main_form(two.get(f"{url}/discussion").get_data(as_text=True), field)
    first = {f"{field}reply": "corrected", f"{field}reply_text": "Put right."}
    assert send(one, f"{url}/discussion", first, holding=field).status_code == 303
    late = two.post(f"{url}/replies", data={**stale, **first, field + "reply_text": "From the other window."})
    assert late.status_code == 409
    assert "From the other window." in late.get_data(as_text=True)
    assert "From the other window." not in one.get(f"{url}/discussion").get_data(as_text=True)


def test_a_worker_may_agree_with_the_rest(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.DISCUSSION)
    url = address(world, story)
    said = {"stance-needs": "disagree", "text-needs": "It began in May.", "agree_rest": "yes"}
    assert send(world.client("worker"), f"{url}/respond", said, holding="stance").status_code == 303
    with world.context():
        items = [item for each in reviews.responses(story.review) for item in each.items]
        assert [str(item.stance) for item in items] == ["agree", "disagree", "agree", "agree"]
