"""What the administrator is shown of e-mail: what could not be sent and to whom, never what it was about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app import clock
from app.messages import sending
from app.messages.transports import transport
from app.queries import outbox as queries
from app.services import outbox
from tests.support.browsing import send
from tests.support.mail import mail_server
from tests.support.stages import review_at
from tests.support.world import TODAY, World
from workflows.states import ReviewState

PAGE = "/settings/messages"


def page(client: FlaskClient, url: str = PAGE) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.fixture
def refused(sqlite_world: World) -> World:
    """A world in which the worker's address is taken by no mail server."""
    with sqlite_world.context(), mail_server() as server:
        review_at(sqlite_world, ReviewState.DISCUSSION)
        server.answers["worker@example.org"] = "550 no"
        with transport(server.mail) as way:
            sending.send(way, server.mail.sender)
    return sqlite_world


def test_what_could_not_be_sent_is_said_and_tried_again(refused: World) -> None:
    admin = refused.client("admin")
    assert "See what could not be sent: 1 message" in page(admin, "/")
    shown = page(admin)
    assert "worker@example.org" in shown
    assert "The mail server refused the address (550)" in shown
    answer = send(admin, PAGE)
    assert answer.status_code == 303
    assert "1 message will be tried again." in page(admin, answer.location)
    assert "See what could not be sent" not in page(admin, "/")


def test_not_what_it_was_about(refused: World) -> None:
    with refused.context():
        references = {queries.letter(each).reference for each in (1, 2, 3)}
    assert references
    for url in ("/", PAGE):
        shown = page(refused.client("admin"), url)
        assert not [each for each in references if each in shown]


@pytest.mark.parametrize("login", ["head.qa", "worker", "oversight"])
def test_nobody_else_is_told(refused: World, login: str) -> None:
    client = refused.client(login)
    assert client.get(PAGE).status_code == 403
    assert "could not be sent" not in page(client, "/")


def test_what_nobody_sends_is_said_after_an_hour(sqlite_world: World) -> None:
    with sqlite_world.context():
        review_at(sqlite_world, ReviewState.DISCUSSION)
    admin = sqlite_world.client("admin")
    assert "See why nothing is sent" not in page(admin, "/")
    with clock.set_to(TODAY + timedelta(minutes=59)):
        assert "See why nothing is sent" not in page(admin, "/")
    with clock.set_to(TODAY + timedelta(minutes=61)):
        late = sqlite_world.client("admin")
        assert "See why nothing is sent" in page(late, "/")
        assert "3 messages, the oldest since" in page(late)


def test_what_was_dropped_is_counted_with_its_reason(sqlite_world: World) -> None:
    with sqlite_world.context():
        review_at(sqlite_world, ReviewState.DISCUSSION)
        with clock.set_to(TODAY + timedelta(days=8)):
            outbox.give_up()
    assert f"{outbox.TOO_OLD}: 3" in page(sqlite_world.client("admin"))
