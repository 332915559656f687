"""Files kept with a recommendation: who may add, see and remove them, and that nothing is lost but the bytes."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app import clock
from app.extensions import session
from app.models.activities import Activity, ActivityKind
from app.models.files import StoredFile
from app.models.recommendations import RecommendationEntry
from app.models.records import AuditEvent, ViewEvent
from app.queries import files as read
from app.queries.reviews import NotVisible
from app.services import files, gate, invariants
from app.services.unit_of_work import NotFound, unit_of_work
from tests.support import papers
from tests.support.stages import Story, review_at
from tests.support.world import World
from workflows.engine import GuardFailed, NotPermitted
from workflows.states import ReviewState

pytestmark = pytest.mark.slow


def issued(world: World, **changes: str) -> Story:
    story = review_at(world, ReviewState.TRACKING, **changes)
    story.issued()
    return story


def add(world: World, story: Story, login: str = "worker", content: bytes = papers.PDF, name: str = "a.pdf") -> str:
    return files.add(world.actor(login), files.RECOMMENDATION, story.recommendation().id, content, name)


def opened(world: World, login: str, public_id: str) -> bytes | None:
    session.rollback()
    return read.open_(world.actor(login), gate.office(), public_id).content


def an_activity(world: World) -> int:
    with unit_of_work(world.actor("head.qa")) as work:
        kind = session.scalars(select(ActivityKind).where(ActivityKind.key == "complaint")).one()
        row = Activity(
            reference="ACT-1", kind_id=kind.id, title="A complaint", held_on=clock.today(),
            recorded_at=work.at, recorded_by_id=work.person_id,
        )  # fmt: skip
        return work.add(row).id


def test_what_was_added_comes_back_as_it_was(world: World) -> None:
    with world.context():
        story = issued(world)
        public_id = add(world, story, name="Plan of 2 December.pdf")
        assert opened(world, "worker", public_id) == papers.PDF
        [row] = read.of_recommendation(story.recommendation())
        assert (row.name, row.size, row.media_type) == ("Plan of 2 December.pdf", len(papers.PDF), "application/pdf")
        [line] = session.scalars(select(RecommendationEntry).where(RecommendationEntry.action == "file_added"))
        assert line.details == {"file": public_id}
        assert invariants.broken() == {}


def test_the_bytes_are_read_only_by_a_download(world: World) -> None:
    with world.context():
        story = issued(world)
        add(world, story)
        session.expunge_all()
        [row] = read.of_recommendation(story.recommendation())
        assert "content" not in row.__dict__


@pytest.mark.parametrize("login", ["worker", "manager", "head.qa"])
@pytest.mark.databases("sqlite")
def test_owner_verifier_and_head_may_add(world: World, login: str) -> None:
    with world.context():
        assert add(world, issued(world), login)


@pytest.mark.parametrize(("login", "error"), [("external.reviewer", NotPermitted), ("head.service", NotFound)])
@pytest.mark.databases("sqlite")
def test_nobody_else_may(world: World, login: str, error: type[Exception]) -> None:
    """The reviewer knows of it and is refused; to somebody with no tie there is none."""
    with world.context():
        story = issued(world)
        with pytest.raises(error):
            add(world, story, login)
        assert session.scalar(select(func.count(StoredFile.id))) == 0


@pytest.mark.parametrize("login", ["head.service", "admin", "siobhan.doyle", "agency"])
@pytest.mark.databases("sqlite")
def test_a_stranger_finds_no_file(world: World, login: str) -> None:
    with world.context():
        public_id = add(world, issued(world))
        with pytest.raises(NotVisible):
            opened(world, login, public_id)


def test_before_issue_the_owner_finds_none(world: World) -> None:
    with world.context():
        story = review_at(world, ReviewState.TRACKING)
        public_id = add(world, story, "head.qa")
        with pytest.raises(NotVisible):
            opened(world, "worker", public_id)
        with pytest.raises(NotFound):
            add(world, story, "worker")


def test_a_removed_file_loses_its_bytes_and_keeps_its_line(world: World) -> None:
    with world.context():
        story = issued(world)
        public_id = add(world, story)
        files.remove(world.actor("worker"), public_id, "It was of another child.")
        with pytest.raises(NotVisible):
            opened(world, "head.qa", public_id)
        [row] = read.of_recommendation(story.recommendation())
        assert (row.content, row.removed_reason) == (None, "It was of another child.")
        assert [entry.action for entry in story.recommendation().entries][-1] == "file_removed"
        assert invariants.broken() == {}


def test_removing_asks_why_and_only_once(world: World) -> None:
    with world.context():
        story = issued(world)
        public_id = add(world, story)
        with pytest.raises(GuardFailed, match="Say why"):
            files.remove(world.actor("worker"), public_id, "  ")
        assert opened(world, "worker", public_id) == papers.PDF
        files.remove(world.actor("worker"), public_id, "Wrong file.")
        with pytest.raises(GuardFailed, match="already"):
            files.remove(world.actor("worker"), public_id, "Wrong file.")


def test_another_persons_file_is_removed_by_the_office_alone(world: World) -> None:
    with world.context():
        story = issued(world)
        public_id = add(world, story)
        with pytest.raises(NotPermitted):
            files.remove(world.actor("manager"), public_id, "I do not like it.")
        with pytest.raises(NotFound):
            files.remove(world.actor("head.service"), public_id, "I do not know it.")
        files.remove(world.actor("head.qa"), public_id, "It names another child.")


def test_the_same_file_is_kept_once(world: World) -> None:
    with world.context():
        story = issued(world)
        add(world, story)
        with pytest.raises(GuardFailed, match="already"):
            add(world, story, name="again.pdf")


def test_nothing_is_added_to_what_is_settled(world: World) -> None:
    with world.context():
        story = issued(world)
        story.recommendation_done()
        with pytest.raises(GuardFailed, match="settled"):
            add(world, story)


def test_a_refused_file_leaves_nothing(world: World) -> None:
    with world.context():
        story = issued(world)
        before = session.scalar(select(func.count(AuditEvent.id)))
        with pytest.raises(GuardFailed):
            add(world, story, content=papers.PROGRAM, name="run.exe")
        assert session.scalar(select(func.count(AuditEvent.id))) == before
        assert session.scalar(select(func.count(StoredFile.id))) == 0


def test_documents_of_an_activity_are_the_offices(world: World) -> None:
    with world.context():
        activity_id = an_activity(world)
        public_id = files.add(world.actor("head.qa"), files.ACTIVITY, activity_id, papers.PDF, "letter.pdf")
        assert opened(world, "head.qa", public_id) == papers.PDF
        with pytest.raises(NotVisible):
            opened(world, "worker", public_id)
        with pytest.raises(NotFound):
            files.add(world.actor("worker"), files.ACTIVITY, activity_id, papers.PNG, "a.png")
        files.remove(world.actor("head.qa"), public_id, "Sent by mistake.")
        session.rollback()
        activity = session.get(Activity, activity_id)
        assert activity is not None
        assert [row.removed_reason for row in read.of_activity(activity)] == ["Sent by mistake."]


def test_no_log_of_a_file_names_it(world: World) -> None:
    with world.context():
        add(world, issued(world), name="Ama Kestrel.pdf")
        [event] = session.scalars(select(AuditEvent).where(AuditEvent.kind == "stored_file.add"))
        assert "Ama" not in str(event.data)
        assert session.scalar(select(func.count(ViewEvent.id)).where(ViewEvent.channel == "file")) == 0
