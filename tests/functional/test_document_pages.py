"""The records through the web: who gets them, as what, and what is logged."""

from __future__ import annotations

import pytest

from app.extensions import session
from app.models.records import ViewEvent
from tests.support.stages import Story, review_at
from tests.support.world import World
from workflows.states import ReviewState


def documents_of(world: World, *, issued: bool) -> str:
    with world.context():
        story: Story = review_at(world, ReviewState.TRACKING)
        if issued:
            story.issued()
        return f"/reviews/{story.review.public_id}/documents"


@pytest.mark.pdf
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
