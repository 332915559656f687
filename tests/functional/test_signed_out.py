"""A form that is sent after the session ended, and addresses that name nothing."""

from __future__ import annotations

import pytest

from tests.support.browsing import main_form
from tests.support.stages import review_at
from tests.support.world import World, token_in
from workflows.states import ReviewState


def test_what_was_typed_survives_the_end_of_a_session(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.DRAFTING)
        url = f"/reviews/{story.review.public_id}/parts/journey"
    client = sqlite_world.client("external.reviewer")
    _action, values = main_form(client.get(url).get_data(as_text=True), "journey-")
    values.setlist("journey-evidence", ["Typed before the session ended."])
    client.post("/sign-out", data={"csrf_token": token_in(client.get("/").get_data(as_text=True))})
    values["csrf_token"] = token_in(client.get("/sign-in").get_data(as_text=True))
    answer = client.post(url, data=values, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    assert "Typed before the session ended." in answer.get_data(as_text=True)
    sqlite_world.sign_in(client, "external.reviewer")
    _action, carried = main_form(answer.get_data(as_text=True), "journey-")
    carried["csrf_token"] = token_in(client.get("/").get_data(as_text=True))
    assert client.post(url, data=carried).status_code == 303
    assert "Typed before the session ended." in client.get(url).get_data(as_text=True)


@pytest.mark.parametrize("path", ["/reviews/a%00b", "/recommendations/%00", "/reviews?search=%00", "/?x=%00"])
def test_an_address_with_a_nul_is_not_read(world: World, path: str) -> None:
    assert world.client("head.qa").get(path).status_code == 400
