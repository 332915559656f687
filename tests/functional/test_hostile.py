"""What somebody tried who meant harm: each attack that once told or cost something."""

from __future__ import annotations

import sqlite3

import pytest

from app.extensions import engine
from tests.support import panels
from tests.support.stages import Story, review_at
from tests.support.world import World, token_in
from workflows.states import ReviewState


@pytest.mark.parametrize("login", ["agency", "worker", "external.reviewer", "admin"])
def test_an_invalid_post_shows_no_name(world: World, login: str) -> None:
    with world.context():
        story = Story(world) if login == "external.reviewer" else review_at(world, ReviewState.DRAFTING)
        review = story.review
        url, name, case_id = f"/reviews/{review.public_id}", review.child.name, review.child.case_system_id
    client = world.client(login)
    token = token_in(client.get("/").get_data(as_text=True))
    for action, typed in (("withdraw", {"reason": "a" * 4100}), ("record_upload", {"uploaded_on-day": "99"})):
        answer = client.post(f"{url}/do/{action}", data={"csrf_token": token, "version": "1", **typed})
        page = answer.get_data(as_text=True)
        assert answer.status_code in (404, 409)
        assert name not in page
        assert case_id not in page


def test_a_password_made_to_be_slow_is_not_worked_on(sqlite_world: World) -> None:
    """Each pair of marks swaps places when it is normalised, and so with every pair after it."""
    client = sqlite_world.client()
    token = token_in(client.get("/sign-in").get_data(as_text=True))
    slow = "\u0315\u0300" * 900_000
    typed = {"csrf_token": token, "email": "nobody@example.org", "password": slow}
    answer = client.post("/sign-in", data=typed, content_type="multipart/form-data")
    assert answer.status_code == 422


@pytest.mark.parametrize("header", ["Referer", "Origin"])
def test_a_header_that_is_no_address_is_no_error(sqlite_world: World, header: str) -> None:
    client = sqlite_world.client("worker")
    assert client.get("/concerns/raise", headers={header: "http://["}).status_code == 200
    assert client.post("/sign-out", headers={header: "http://["}).status_code == 400


@pytest.mark.parametrize("path", ["/reviews?page=", "/recommendations?page=", "/programme?from="])
def test_a_number_of_five_thousand_digits_is_no_error(sqlite_world: World, path: str) -> None:
    assert sqlite_world.client("head.qa").get(path + "9" * 5000).status_code == 200


def test_an_undeclared_reviewer_cannot_ask_whose_review_it_is(world: World) -> None:
    with world.context():
        review = Story(world).review
        reference, case_id = review.reference, review.child.case_system_id
    client = world.client("external.reviewer")
    assert f">{reference}<" in client.get("/reviews").get_data(as_text=True)
    assert f">{reference}<" not in client.get(f"/reviews?search={case_id}").get_data(as_text=True)


def test_a_stranger_waits_for_no_lock(sqlite_world: World) -> None:
    """Being kept waiting, or told to try again, would tell that there is something."""
    with sqlite_world.context():
        story = panels.panel_story(sqlite_world)
        story.opened_on_the_day()
        item = f"/panel/items/{story.item.public_id}"
        reading = f"/panel/readings/{story.reading('director').public_id}"
        url = str(engine().url.database)
    strangers = [sqlite_world.client(login) for login in ("worker", "deputy.qa", "external.reviewer")]
    tokens = [token_in(client.get("/").get_data(as_text=True)) for client in strangers]
    held = sqlite3.connect(url, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    try:
        for client, token in zip(strangers, tokens, strict=True):
            for address, pressed in ((item, "confirm"), (reading, "submit"), (reading, "save")):
                given = {"csrf_token": token, "version": "1", "review_version": "1", pressed: "yes"}
                assert client.post(address, data=given).status_code == 404
    finally:
        held.close()
