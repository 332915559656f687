"""The records of a real review: who may have them, what is in them, and what never is."""

from __future__ import annotations

import pymupdf
import pytest

from app import clock
from app.documents import html
from app.documents.content import content_sha256, read_moderation, read_review
from app.documents.model import Document
from app.documents.moderation_record import moderation_record
from app.documents.pdf import render_pdf
from app.documents.review_record import review_record
from app.extensions import session
from app.models.reviews import Review
from app.policy.acting import load_office
from app.queries import documents
from app.queries.reviews import NotVisible, responses
from app.services import drafting, form_versions, issuing, moderation, settings
from app.services.unit_of_work import unit_of_work
from tests.support import stages
from tests.support.stages import Story, review_at
from tests.support.world import LIBRARY, World
from tests.unit.documents.support import checked, text_of
from workflows.states import ReviewState

pytestmark = pytest.mark.pdf

FULL = ("head.qa", "external.reviewer", "worker", "manager")


def filed(world: World, review: Review, login: str = "head.qa") -> documents.Filed:
    office = load_office(session, clock.today())
    return documents.review_content(world.actor(login), review, office)


def record(world: World, review: Review, login: str = "head.qa") -> Document:
    made = filed(world, review, login)
    assert made.template is not None
    return review_record(read_review(made.template, made.data))


def moderated(world: World, review: Review, login: str = "head.qa") -> Document:
    office = load_office(session, clock.today())
    made = documents.moderation_content(world.actor(login), review, office)
    return moderation_record(read_moderation(made.template, made.data))


def test_a_closed_review_has_both_records(world: World) -> None:
    with world.context():
        review = review_at(world, ReviewState.CLOSED).review
        for document in (record(world, review), moderated(world, review)):
            pdf = render_pdf(document)
            assert checked(pdf) == []
            text = text_of(pdf)
            for said in (review.reference, review.child.name, "Journey of the child", "Final grade: Good", "SHA-256"):
                assert said in text
            assert "SHA-256" in pymupdf.open(stream=pdf)[-1].get_text()


def test_the_record_follows_the_paper_form(sqlite_world: World) -> None:
    with sqlite_world.context():
        text = text_of(render_pdf(record(sqlite_world, review_at(sqlite_world, ReviewState.CLOSED).review)))
    order = [
        "The child", "The review", "Grades of every section", "What did you find?", "Final grade: Good",
        "Summary of what you found", "For this child", "Agree with the child who to ring", "Closing block", "Seal of",
    ]  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_everybody_who_may_have_it_gets_the_same_record(sqlite_world: World) -> None:
    with sqlite_world.context():
        review = review_at(sqlite_world, ReviewState.CLOSED).review
        first, *others = (filed(sqlite_world, review, login).data for login in FULL)
        assert all(data == first for data in others)


def test_the_others_learn_nothing(sqlite_world: World) -> None:
    with sqlite_world.context():
        review = review_at(sqlite_world, ReviewState.CLOSED).review
        office = load_office(session, clock.today())
        for login in ("admin", "siobhan.doyle", "chair", "agency", "oversight", "head.service"):
            for build in (documents.review_content, documents.moderation_content):
                with pytest.raises(NotVisible):
                    build(sqlite_world.actor(login), review, office)


@pytest.mark.parametrize("state", stages.ORDER[:4])
def test_there_is_no_record_before_the_decision(sqlite_world: World, state: ReviewState) -> None:
    with sqlite_world.context():
        review = review_at(sqlite_world, state).review
        for login in FULL:
            with pytest.raises(NotVisible):
                filed(sqlite_world, review, login)


def test_between_decision_and_issue_only_the_head_has_it(sqlite_world: World) -> None:
    with sqlite_world.context():
        review = review_at(sqlite_world, ReviewState.TRACKING).review
        assert "not issued yet" in record(sqlite_world, review).subject
        for login in FULL[1:]:
            with pytest.raises(NotVisible):
                filed(sqlite_world, review, login)


def test_the_upload_and_what_becomes_of_recommendations_leave_the_record_as_it_is(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.TRACKING)
        story.issued()
        first = filed(sqlite_world, story.review).data
        story.act("worker", "dispute", reason="This is the school's to do.")
        story.act("head.qa", "settle", reason="Agreed.", action="Ask the school to do it.")
        issuing.record_upload(sqlite_world.actor("head.qa"), story.id, story.review.version, uploaded_on=clock.today())
        assert filed(sqlite_world, story.review).data == first


def test_a_correction_gives_another_hash_and_names_the_first(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.CLOSED)
        made = filed(sqlite_world, story.review)
        assert made.template is not None
        first = content_sha256(read_review(made.template, made.data))
        head = sqlite_world.actor("head.qa")
        issuing.correct(head, story.id, story.review.version, text="The visit was in May.", reason="A slip.")
        text = text_of(render_pdf(record(sqlite_world, story.review)))
    assert first in text
    assert text.count("SHA-256: ") == 2
    assert "The visit was in May." in text
    assert "Why: A slip." in text


CONFIDENTIAL = (
    '      - {kind: text, key: confidential, label: "Said in confidence", optional: true, confidential: true}\n'
    '      - {kind: grade, key: grade, label: "Grade", criteria: journey}'
)


def form_with_confidence(world: World) -> str:
    """The short form with a question whose answer is never shared, published."""
    text = (LIBRARY / "practice-review-small.yaml").read_text(encoding="utf8")
    grade = '      - {kind: grade, key: grade, label: "Grade", criteria: journey}'
    assert grade in text
    made = text.replace("key: practice-review-small", "key: practice-review-confidence").replace(grade, CONFIDENTIAL)
    version = form_versions.load(world.actor("admin"), made)
    form_versions.publish(world.actor("admin"), version.id)
    return version.public_id


def planted(world: World) -> Story:
    """A review with a mark in everything that has no place on a case file, and a disagreement that stands."""
    with unit_of_work(world.actor("head.qa")) as work:
        settings.put(work, {"panel_rule": {"kind": "none"}})
    story = Story(world, form_version=form_with_confidence(world), grade="inadequate")
    reviewer = world.actor("external.reviewer")
    story.drafting()
    story.written()
    given = stages.answers(world, "inadequate")
    given["journey"] = {**given["journey"], "confidential": "XCONFIDENCE the father frightens her."}
    stages.write(reviewer, story.review, given)
    drafting.share(reviewer, story.id, story.review.version)
    story.responded("disagree", "XSTANDS we were there every week.")
    for item in [item for row in responses(story.review) for item in row.items]:
        drafting.answer(reviewer, story.id, item.id, reply="kept", text="XREPLY the entries are not there.")
    amended = stages.answers(world, "good")
    amended["journey"] = {**given["journey"], "grade": "good"}
    stages.write(reviewer, story.review, amended)
    drafting.amend(reviewer, story.id, story.review.version)
    drafting.submit(reviewer, story.id, story.review.version)
    return story


def decided(story: Story) -> Story:
    """The same, the Head's view with its reasons made final: one section differs, one has a reason for nothing."""
    given = stages.moderation_answers(story.review)
    given["views"]["journey"] = {"grade": "good", "reason": "XVIEW I would have said more."}
    given["views"]["needs"] = {"grade": "requires_improvement", "reason": "XFINAL the plan came late."}
    given["checks"]["journey"]["comment"] = "XCHECK the note is thin."
    given["issues"]["comment"] = "XISSUE"
    head = story.world.actor("head.qa")
    moderation.save(head, story.id, given, expected_version=0)
    moderation.agree_without_panel(head, story.id, story.review.version, reason="The grades are well evidenced.")
    today = clock.today()
    issuing.issue(
        head, story.id, story.review.version, sent_on=today, tracker_meeting_on=today, told_by="Nasreen", told_on=today
    )
    return story


def test_nothing_private_is_in_a_record_and_what_stands_is(world: World) -> None:
    with world.context():
        review = decided(planted(world)).review
        made = record(world, review), moderated(world, review)
        texts = [text_of(render_pdf(document)) + repr(html.page(document)) for document in made]
        for text in texts:
            assert not [m for m in ("XVIEW", "XCHECK", "XISSUE", "XCONFIDENCE", "Inadequate") if m in text]
            assert "XFINAL" in text
        assert "XSTANDS" in texts[0]
        assert "XREPLY" in texts[0]
        assert "Requires improvement to be good" in texts[0]
        assert "Why they differ: XFINAL the plan came late." in texts[0]


def test_the_hashed_data_holds_nothing_private_either(sqlite_world: World) -> None:
    with sqlite_world.context():
        data = repr(filed(sqlite_world, decided(planted(sqlite_world)).review).data)
    assert not [mark for mark in ("XVIEW", "XCHECK", "XISSUE", "XCONFIDENCE", "inadequate") if mark in data]
