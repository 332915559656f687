"""The records through the web: who gets them, as what, and what is logged."""

from __future__ import annotations

import pytest

from app import clock
from app.documents.content import content_sha256, read_review
from app.extensions import session
from app.models.records import ViewEvent
from app.policy.acting import load_office
from app.queries import documents
from app.services import moderation
from tests.support.stages import Story, review_at
from tests.support.world import World
from tests.unit.documents.support import text_of
from workflows.states import ReviewState

pytestmark = pytest.mark.databases("sqlite")


def documents_of(world: World, *, issued: bool) -> str:
    with world.context():
        story: Story = review_at(world, ReviewState.TRACKING)
        if issued:
            story.issued()
        return f"/reviews/{story.review.public_id}/documents"


@pytest.mark.pdf
@pytest.mark.databases("sqlite", "postgresql")
def test_the_records_are_a_page_and_a_pdf(world: World) -> None:
    url = documents_of(world, issued=True)
    client = world.client("head.qa")
    listed = client.get(url).get_data(as_text=True)
    for kind in ("review", "moderation"):
        assert f"{url}/{kind}.pdf" in listed
        assert client.get(f"{url}/{kind}").status_code == 200
        pdf = client.get(f"{url}/{kind}.pdf")
        assert pdf.mimetype == "application/pdf"
        assert pdf.data.startswith(b"%PDF-")
        assert pdf.headers["Content-Disposition"] == f'attachment; filename="2026-001-{kind}-record.pdf"'
    with world.context():
        channels = [view.channel for view in session.query(ViewEvent).order_by(ViewEvent.id)]
        assert channels.count("pdf") == 2
    assert client.get(f"{url}/other").status_code == 404


def test_nobody_has_them_before_their_time(world: World) -> None:
    url = documents_of(world, issued=False)
    for login in ("worker", "manager", "external.reviewer", "agency", "admin", "oversight"):
        for path in ("", "/review", "/review.pdf", "/moderation.pdf"):
            assert world.client(login).get(url + path).status_code == 404, (login, path)
    assert world.client("head.qa").get(url).status_code == 200


def test_worker_and_manager_have_them_once_issued(world: World) -> None:
    url = documents_of(world, issued=True)
    for login in ("worker", "manager", "external.reviewer"):
        assert world.client(login).get(f"{url}/review").status_code == 200
    for login in ("agency", "admin", "oversight", "director"):
        assert world.client(login).get(f"{url}/review").status_code == 404


# --- a decision taken up again --------------------------------------------------------------------------


def reopened(world: World) -> tuple[str, str]:
    """Where the documents of such a review are, and the figure that its record was issued with."""
    with world.context():
        story: Story = review_at(world, ReviewState.TRACKING)
        story.issued()
        head = world.actor("head.qa")
        filed = documents.review_content(head, story.review, load_office(session, clock.today()))
        assert filed.template is not None
        figure = content_sha256(read_review(filed.template, filed.data))
        moderation.reopen(head, story.id, story.review.version, reason="XWHY a letter came.")
        return f"/reviews/{story.review.public_id}/documents", figure


@pytest.mark.pdf
def test_the_first_record_is_listed_and_read_as_a_page_and_a_pdf(world: World) -> None:
    url, figure = reopened(world)
    client = world.client("worker")
    listed = client.get(url).get_data(as_text=True)
    for said in (
        "Record of the first decision, of",
        ", reopened on ",
        "Not in force",
        "There is no record in force now",
    ):
        assert said in listed
    assert f'href="{url}"' in client.get(url.removesuffix("/documents")).get_data(as_text=True)
    for kind in ("review", "moderation"):
        assert f'href="{url}/{kind}"' not in listed
        assert client.get(f"{url}/{kind}").status_code == 404
        one = f"{url}/decisions/1/{kind}"
        page = client.get(one).get_data(as_text=True)
        pdf = client.get(f"{one}.pdf")
        text = text_of(pdf.data)
        for said in ("Reopened, not in force", "Record of the first decision, of", "SHA-256: "):
            assert said in page
            assert said in text
        assert f'href="{one}.pdf"' in page
        assert "XWHY" not in page + text
        assert f"2026-001-{kind}-record-decision-1-reopened.pdf" in pdf.headers["Content-Disposition"]
        [shown] = [line for line in listed.split("SHA-256 of the content: ")[1:] if line[:64] in page]
        assert shown[:64] in text
    assert figure in client.get(f"{url}/decisions/1/review").get_data(as_text=True)
    with world.context():
        looked = [view.what for view in session.query(ViewEvent).filter_by(channel="pdf").order_by(ViewEvent.id)]
        assert looked == [f"{kind} record of decision 1, reopened" for kind in ("review", "moderation")]


def test_why_it_was_reopened_is_on_the_page_of_the_head_alone(world: World) -> None:
    url, _figure = reopened(world)
    for login in ("head.qa", "worker", "manager", "external.reviewer"):
        assert ("XWHY" in world.client(login).get(url).get_data(as_text=True)) is (login == "head.qa")


def test_no_other_decision_and_nobody_else(world: World) -> None:
    url, _figure = reopened(world)
    for path in ("decisions/2/review", "decisions/0/review", "decisions/1/other", "decisions/one/review", "review"):
        assert world.client("head.qa").get(f"{url}/{path}").status_code == 404
    for login in ("agency", "admin", "oversight", "director", "chair", "head.service", "deputy.qa"):
        for path in ("", "/decisions/1/review", "/decisions/1/moderation.pdf"):
            assert world.client(login).get(url + path).status_code == 404, (login, path)
