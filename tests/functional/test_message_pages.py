"""What the administrator is shown of e-mail: what could not be sent and to whom, never what it was about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app import clock
from app.messages import sending
from app.messages.transports import transport
from app.queries import outbox as queries
from app.services import outbox
from config import Mail
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
    waiting = page(admin).split("Could not be sent")[0]
    assert "worker@example.org" in waiting
    assert "The mail server refused the address (550)" in waiting
    with refused.context(), mail_server() as server, transport(server.mail) as way:
        sending.send(way, server.mail.sender)
    assert "worker@example.org" not in page(admin)


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


@pytest.fixture
def served(sqlite_world: World) -> Iterator[World]:
    """A world that names a mail server, which is away."""
    before = sqlite_world.app.config["MAIL"]
    sqlite_world.app.config["MAIL"] = Mail("smtp", "127.0.0.1", 9, sender="p@example.org")
    yield sqlite_world
    sqlite_world.app.config["MAIL"] = before


def test_what_nobody_sends_is_said_after_an_hour(served: World) -> None:
    sqlite_world = served
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


def test_a_mail_server_that_is_away_is_said_at_once(served: World) -> None:
    with served.context():
        review_at(served, ReviewState.DISCUSSION)
        mail = served.app.config["MAIL"]
        with transport(mail) as way:
            sending.send(way, mail.sender)
    assert "See why the mail server is not reached" in page(served.client("admin"), "/")
    assert "not reached" not in page(served.client("head.qa"), "/")
    assert "./run flask messages send" in page(served.client("admin"))


def test_without_a_mail_server_nobody_is_alarmed_about_what_waits(sqlite_world: World) -> None:
    assert not sqlite_world.app.config["MAIL"].by_server
    with sqlite_world.context():
        review_at(sqlite_world, ReviewState.DISCUSSION)
    with clock.set_to(TODAY + timedelta(days=3)):
        admin = sqlite_world.client("admin")
        assert "See why" not in page(admin, "/")
        assert "Nothing is sent to anybody here, because no mail server is set up." in page(admin)


def test_what_waited_too_long_could_not_be_sent(sqlite_world: World) -> None:
    with sqlite_world.context():
        review_at(sqlite_world, ReviewState.DISCUSSION)
        with clock.set_to(TODAY + timedelta(days=8)):
            outbox.give_up()
    with clock.set_to(TODAY + timedelta(days=9)):
        shown = page(sqlite_world.client("admin"))
    assert outbox.TOO_OLD in shown
    assert "worker@example.org" in shown
    assert "Try these again" not in shown
    assert "Not sent on purpose" not in shown


def test_what_was_dropped_is_counted_by_the_day_it_was_dropped(sqlite_world: World) -> None:
    with sqlite_world.context():
        review_at(sqlite_world, ReviewState.DISCUSSION)
        with clock.set_to(TODAY + timedelta(days=40)):
            claimed = outbox.claim()
            assert claimed is not None
            outbox.drop(claimed, queries.CLOSED)
    for days, shown in ((60, True), (71, False)):
        with clock.set_to(TODAY + timedelta(days=days)):
            assert (f"{queries.CLOSED}: 1" in page(sqlite_world.client("admin"))) is shown


def test_the_help_says_what_an_e_mail_holds_and_where_its_page_is(sqlite_world: World) -> None:
    admin = sqlite_world.client("admin")
    privacy = page(admin, "/help/privacy")
    assert "sends no e-mail" not in privacy
    assert "a reference or the day of a meeting, and a link, and never a child’s data" in privacy
    assert "<strong>E-mail</strong>" in page(admin, "/help")
    assert "E-mail, which is under Settings as well" in page(admin, "/help/first-day/administrator")


def test_a_message_is_promised_where_one_can_leave(served: World) -> None:
    head = served.client("head.qa")
    on = {"held_on-day": "3", "held_on-month": "12", "held_on-year": "2026"}
    planned = send(head, "/tracker/meetings/new", on, holding="people")
    assert "A message is on its way to everybody asked." in page(head, planned.location)
    worker = served.client("worker")
    typed = {"kind": "child_at_risk", "text": "He said he is afraid to go home.", "about_head": "no"}
    raised = send(worker, "/concerns/raise", typed, holding="review")
    assert "The Head of QA and the deputy have been told." in page(worker, raised.location)
