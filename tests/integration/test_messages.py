"""What waits in the outbox leaves once, to whom may still know of it, and says a reference and a link only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import session
from app.messages import sending, words
from app.messages.sending import Run
from app.messages.transports import transport
from app.models.people import Person
from app.models.records import AuditEvent, OutboxMessage
from app.policy.actor import SYSTEM
from app.policy.outbox import OLDEST
from app.queries import outbox as queries
from app.services import concerns, invariants, issuing, outbox, panel_readings, records
from app.services.unit_of_work import unit_of_work
from config import Mail
from tests.support import panels, trackers
from tests.support.mail import MailServer, mail_server
from tests.support.stages import review_at
from tests.support.world import TODAY, World
from workflows import concern, panel, recommendation, review
from workflows.engine import NotPermitted
from workflows.states import ReviewState


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


def send(mail: Mail) -> Run:
    with transport(mail) as way:
        return sending.send(way, mail.sender)


def rows(**wanted: object) -> list[OutboxMessage]:
    session.rollback()
    return list(session.scalars(select(OutboxMessage).filter_by(**wanted).order_by(OutboxMessage.id)))


def events(kind: str) -> int:
    session.rollback()
    return len(session.scalars(select(AuditEvent.id).where(AuditEvent.kind == kind)).all())


def only(login: str) -> None:
    """Leave the messages for one person."""
    with unit_of_work(SYSTEM) as work:
        for each in session.query(OutboxMessage).join(Person, Person.id == OutboxMessage.recipient_id):
            if session.get_one(Person, each.recipient_id).email != f"{login}@example.org":
                session.delete(each)
        work.record("test.left", session.query(Person).limit(1).one())


# --- what leaves ------------------------------------------------------------------------------------------------


def test_each_leaves_once_with_its_event(world: World, server: MailServer) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        assert send(server.mail) == Run(sent=3)
        assert sorted(server.to()) == ["external.reviewer@example.org", "manager@example.org", "worker@example.org"]
        assert send(server.mail) == Run()
        assert len(server.taken) == 3
        assert all(each.sent_at == TODAY and each.attempts == 1 for each in rows())
        assert events("message.sent") == 3
        assert records.verify_changes().whole
        assert invariants.broken() == {}


def test_a_message_says_a_reference_and_a_link_and_nothing_else(world: World, server: MailServer) -> None:
    with world.context():
        story = review_at(world, ReviewState.CLOSED)
        with unit_of_work(SYSTEM) as work:  # somebody else as well, for each kind of row a message is about
            work.tell([world.person("head.qa").id], "review.unheard_of", story.review)
        trackers.planned(world)
        concerns.raise_concern(world.actor("worker"), said())
        send(server.mail)
        row, found = story.review, story.recommendation()
        people = session.scalars(select(Person.name)).all()
        never = [row.child.name, row.child.initials, row.child.case_system_id, row.theme, found.action, *people]
        assert {"review", "recommendation", "concern", "tracker_meeting"} <= {each.subject_kind for each in rows()}
        assert len(server.taken) > 8
        for message in server.taken:
            body = message.get_content()
            text = f"{message['Subject']}\n{body}"
            assert not [word for word in never if re.search(rf"\b{re.escape(word)}\b", text)], text
            assert not re.search(r"outstanding|good|requires improvement|inadequate|grade", text, re.IGNORECASE)
            assert len(re.findall(r"http://localhost:8000/\S+", body)) == 1
            assert (message["From"], message["Auto-Submitted"]) == ("plumbline@reviews.example.org", "auto-generated")
            assert "Plumbline" not in str(message["To"])


def said() -> concerns.NewConcern:
    return concerns.NewConcern(kind="child_at_risk", text="The child was alone.", about_head=False)


def test_the_link_opens_for_whom_it_was_sent_to(sqlite_world: World, server: MailServer) -> None:
    world = sqlite_world
    with world.context():
        story = panels.panel_story(world)
        issued = review_at(world, ReviewState.TRACKING)
        issued.issued()
        trackers.planned(world)
        concerns.raise_concern(world.actor("worker"), said())
        send(server.mail)
        assert story.review.state is ReviewState.PANEL_MODERATION
    assert {address(each).split("/")[1] for each in server.taken} == {
        "reviews", "recommendations", "concerns", "panel", "tracker",
    }  # fmt: skip
    for login in {str(each["To"]).partition("@")[0] for each in server.taken}:
        client = world.client(login)
        for each in server.taken:
            if each["To"] == f"{login}@example.org":
                answer = client.get(address(each), follow_redirects=True)
                assert answer.status_code == 200, (login, address(each))


def address(message: object) -> str:
    found = re.search(r"http://localhost:8000(/\S+)", message.get_content())  # type: ignore[attr-defined]
    assert found
    return found.group(1)


def test_the_link_has_the_host_that_people_use(sqlite_world: World) -> None:
    with sqlite_world.context():
        before = sqlite_world.app.config["ADDRESS"]
        sqlite_world.app.config["ADDRESS"] = "https://reviews.example.org"
        try:
            assert words.link("reviews.show", "x") == "https://reviews.example.org/reviews/x"
        finally:
            sqlite_world.app.config["ADDRESS"] = before


def test_whatever_the_tables_tell_of_has_words_and_a_page() -> None:
    tables = {flow.kind for flow in (review.REVIEW, recommendation.RECOMMENDATION, concern.CONCERN)}
    tables |= {flow.kind for flow in (panel.ITEM, panel.READING)}
    assert tables <= set(queries.SUBJECTS)
    steps = {f"{flow.kind}.{trigger}" for flow in (review.REVIEW, recommendation.RECOMMENDATION, concern.CONCERN,
             panel.ITEM, panel.READING) for trigger, _step in flow.steps()}  # fmt: skip
    source = "".join(path.read_text(encoding="utf8") for path in Path("app/services").glob("*.py"))
    assert not [kind for kind in words.ASKED if kind not in steps and f'"{kind}"' not in source]


# --- who gets it ------------------------------------------------------------------------------------------------


def test_who_left_meanwhile_gets_nothing(world: World, server: MailServer) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        with unit_of_work(SYSTEM) as work:
            left = work.lock(Person, world.person("worker").id)
            left.active = False
            work.record("person.change", left)
        assert send(server.mail) == Run(sent=2, dropped=1)
        assert "worker@example.org" not in server.to()
        assert [each.dropped_why for each in rows() if each.dropped_why] == [queries.CLOSED]
        assert events("message.dropped") == 1


def test_who_may_not_know_of_it_any_more_gets_nothing(world: World, server: MailServer) -> None:
    """Told while it was under discussion; taken back before the message left."""
    with world.context():
        story = panels.panel_story(world)
        panel_readings.declare_conflict(world.actor("director"), story.reading("director").id, reason="A cousin.")
        only("director")
        wanted = len(rows(subject_kind="panel_reading"))
        run = send(server.mail)
        assert wanted
        assert run.dropped == wanted
        assert not [each for each in server.taken if "review" in str(each["Subject"])]


def test_a_planned_review_that_was_withdrawn_is_told_to_nobody_who_does_not_see_it(
    world: World, server: MailServer
) -> None:
    with world.context():
        story = review_at(world, ReviewState.DISCUSSION)
        issuing.withdraw(world.actor("head.qa"), story.id, story.review.version, reason="Moved away.")
        run = send(server.mail)
        assert (run.sent, server.taken) == (0, [])
        assert {each.dropped_why for each in rows()} == {queries.UNSEEN}


# --- when it does not leave -------------------------------------------------------------------------------------


def test_a_server_that_is_away_costs_nothing_but_time(world: World, server: MailServer) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        nobody = Mail("smtp", "127.0.0.1", free_port(), sender="p@example.org")
        assert send(nobody).away.startswith("The mail server cannot be reached")
        assert [each.attempts for each in rows()] == [0, 0, 0]
        assert queries.standing().problem.startswith("The mail server cannot be reached")
        assert send(server.mail).sent == 2  # the first waits two minutes
        with clock.set_to(TODAY + outbox.AWAY_FOR):
            assert send(server.mail).sent == 1
        assert events("message.put_off") == 0


def free_port() -> int:
    with mail_server() as gone:
        return gone.mail.port


def test_an_address_that_is_refused_is_not_tried_again_and_the_others_leave(world: World, server: MailServer) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        server.answers["worker@example.org"] = "550 no such person Ama Kestrel"
        assert send(server.mail) == Run(sent=2, failed=1)
        (failed,) = [each for each in rows() if each.failed_at]
        assert failed.problem == "The mail server refused the address (550)"
        with clock.set_to(TODAY + timedelta(days=1)):
            assert send(server.mail) == Run()
        assert events("message.failed") == 1


@pytest.mark.parametrize("typed", ["a@[x.y", "(@x.org", ""])
def test_an_address_that_is_none_stops_nobody_else(world: World, server: MailServer, typed: str) -> None:
    """As one may stand in an account that was made before such addresses were refused."""
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        with unit_of_work(SYSTEM) as work:
            person = session.get_one(Person, world.person("worker").id)
            person.email = typed
            work.record("test.typed", person)
        run = send(server.mail)
        assert (run.sent, run.put_off + run.failed, run.away) == (2, 1, "")
        assert [bool(each.problem) for each in rows() if each.failed_at] == [True]


def test_what_is_refused_for_now_is_tried_later_and_later_and_then_given_up(world: World, server: MailServer) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        only("worker")
        server.answers["DATA"] = "451 not now"
        moment = TODAY
        for number, wait in enumerate(outbox.WAITS, 1):
            with clock.set_to(moment):
                assert send(server.mail) == Run(put_off=1)
                assert send(server.mail) == Run()
            assert rows()[0].attempts == number
            moment += wait
            with clock.set_to(moment - timedelta(seconds=1)):
                assert send(server.mail) == Run()
        with clock.set_to(moment):
            assert send(server.mail) == Run(failed=1)
            assert rows()[0].failed_at == moment
            assert rows()[0].attempts == outbox.MOST_TRIES
        assert events("message.put_off") == len(outbox.WAITS)
        assert invariants.broken() == {}


def test_it_can_be_tried_again_by_who_looks_after_accounts_and_nobody_else(world: World, server: MailServer) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        only("worker")
        server.answers["worker@example.org"] = "550 no"
        send(server.mail)
        with pytest.raises(NotPermitted):
            outbox.try_again(world.actor("head.qa"))
        assert outbox.try_again(world.actor("admin")) == 1
        server.answers.clear()
        assert send(server.mail) == Run(sent=1)
        assert outbox.try_again(world.actor("admin")) == 0
        assert rows()[0].problem is None


def test_a_server_that_hangs_up_in_the_middle_does_not_stop_the_others(world: World, server: MailServer) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        server.answers["worker@example.org"] = None
        assert send(server.mail) == Run(sent=2, put_off=1)


def test_without_the_encryption_that_was_asked_for_nothing_is_said(world: World, server: MailServer) -> None:
    """A server that offers none is one that cannot be used: neither a password nor a message goes in the clear."""
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        secret = replace(server.mail, how="smtp+starttls", user="plumbline", password="secret")
        assert send(secret).away == "The mail server cannot be reached (SMTPNotSupportedError)"
        assert server.taken == []
        assert [each.attempts for each in rows()] == [0, 0, 0]


def test_a_sender_that_is_not_wanted_is_nobodys_fault_among_the_messages(world: World, server: MailServer) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        server.answers["MAIL"] = "550 who are you"
        assert send(server.mail).away == "The mail server takes nothing from PLUMBLINE_MAIL_FROM (550)"
        assert [each.attempts for each in rows()] == [0, 0, 0]


def test_what_waited_a_week_is_not_sent_any_more(world: World, server: MailServer) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        with clock.set_to(TODAY + OLDEST + timedelta(seconds=1)):
            assert send(server.mail) == Run(failed=3)
            assert server.taken == []
            assert {(each.dropped_why, each.problem) for each in rows()} == {(None, outbox.TOO_OLD)}
            assert (queries.standing().failed, queries.standing().again) == (3, 0)
            assert outbox.try_again(world.actor("admin")) == 0
            assert invariants.broken() == {}
        assert events("message.failed") == 3


def test_what_a_server_that_was_away_cost_says_so(world: World) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        only("worker")
        send(Mail("smtp", "127.0.0.1", free_port(), sender="p@example.org"))
        with clock.set_to(TODAY + OLDEST + timedelta(seconds=1)):
            outbox.give_up()
        assert str(rows()[0].problem).startswith(f"{outbox.TOO_OLD}. The last try met: The mail server cannot be")


# --- one at a time ----------------------------------------------------------------------------------------------


def test_a_claim_keeps_others_off_until_it_ends(world: World) -> None:
    """Who stopped in the middle has not sent it, for all anybody knows: it is tried again, under the same id."""
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        only("worker")
        first = outbox.claim()
        assert first is not None
        assert outbox.claim() is None
        with clock.set_to(TODAY + outbox.CLAIMED_FOR):
            second = outbox.claim()
            assert second == outbox.Claim(first.message_id, 2)
            outbox.put_off(first, "Too late")  # the first wakes up: its claim counts no more
            assert rows()[0].problem is None
            outbox.sent(second)
        outbox.put_off(second, "Too late", for_good=True)
        assert (rows()[0].failed_at, rows()[0].dropped_why) == (None, None)


def test_one_that_is_begun_and_never_ended_is_given_up(world: World) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        only("worker")
        moment = TODAY
        for _ in range(outbox.MOST_TRIES):
            with clock.set_to(moment):
                assert outbox.claim() is not None
            moment += outbox.CLAIMED_FOR
        with clock.set_to(moment):
            assert outbox.claim() is None
            assert outbox.give_up() == 1
        assert rows()[0].problem == outbox.UNFINISHED


# --- without a server -------------------------------------------------------------------------------------------


def test_a_folder_takes_each_as_a_file(world: World, tmp_path: Path) -> None:
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
        assert send(Mail("folder", folder=tmp_path / "mail")).sent == 3
        assert len(list((tmp_path / "mail").glob("*.eml"))) == 3
        assert b"Subject: Plumbline: review 2026-" in next((tmp_path / "mail").glob("*.eml")).read_bytes()


def test_the_command_says_what_it_did(sqlite_world: World, tmp_path: Path) -> None:
    world = sqlite_world
    with world.context():
        review_at(world, ReviewState.DISCUSSION)
    run = world.app.test_cli_runner()
    before = world.app.config["MAIL"]
    try:
        for mail, code, words_ in (
            (Mail(), 1, "E-mail is not set up"),
            (Mail("smtp", "127.0.0.1", free_port(), sender="p@example.org"), 1, "What waits is kept"),
            (Mail("console"), 0, "2 sent"),
        ):
            world.app.config["MAIL"] = mail
            answer = run.invoke(args=["messages", "send"])
            assert answer.exit_code == code, answer.output
            assert words_ in answer.output
    finally:
        world.app.config["MAIL"] = before
    assert "1 waiting" in run.invoke(args=["messages", "status"]).output


def test_the_command_fails_where_a_message_could_not_be_sent_at_all(sqlite_world: World, server: MailServer) -> None:
    with sqlite_world.context():
        review_at(sqlite_world, ReviewState.DISCUSSION)
    server.answers["RCPT"] = "550 no"
    before = sqlite_world.app.config["MAIL"]
    sqlite_world.app.config["MAIL"] = server.mail
    try:
        run = sqlite_world.app.test_cli_runner()
        answer = run.invoke(args=["messages", "send"])
        assert (answer.exit_code, "3 could not be sent" in answer.output) == (1, True), answer.output
        assert run.invoke(args=["messages", "send"]).exit_code == 0  # nothing is left to fail
    finally:
        sqlite_world.app.config["MAIL"] = before
