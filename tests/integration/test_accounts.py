"""Signing in, sessions that can be ended, the throttle, passwords, and the administrator's pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock, security
from app.extensions import session
from app.models.people import Person, RoleName, SignInAttempt, SignInSession
from app.models.records import AuditEvent
from app.policy.actor import SYSTEM
from app.queries import reviews
from app.services import accounts, cast, signing_in
from app.services.accounts import Details
from app.services.unit_of_work import GENESIS, chain_hash, unit_of_work
from tests.support.statements import counted
from tests.support.world import PASSWORD, TODAY, World, make_app, token_in
from workflows.engine import GuardFailed, NotPermitted

NEW_PASSWORD = "four unrelated wooden words"


def post(client: FlaskClient, address: str, page: str | None = None, **data: Any) -> TestResponse:
    """Post with the token of `page`, or of the address itself."""
    token = token_in(client.get(page or address).get_data(as_text=True))
    return client.post(address, data={**data, "csrf_token": token})


def try_sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
    return post(client, "/sign-in", email=email, password=password, **more)


def without_tokens(answer: TestResponse, *typed: str) -> str:
    """A page without what differs between two tries: the form tokens, and what was typed."""
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", answer.get_data(as_text=True))
    for word in typed:
        text = text.replace(word, "")
    return text


@contextmanager
def later(**span: int) -> Iterator[None]:
    with clock.set_to(TODAY + timedelta(**span)):
        yield


def signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def change(world: World, login: str, **fields: Any) -> None:
    """Change a person of the cast as the administrator."""
    with world.context():
        person = world.person(login)
        details = {
            "name": person.name,
            "email": person.email,
            "role_names": person.role_names,
            "team_id": person.team_id,
            "agency_id": person.agency_id,
            "line_manager_id": person.line_manager_id,
            "ends_on": person.ends_on,
            "active": person.active,
        }
        accounts.change(world.actor("admin"), person.id, person.version, Details(**{**details, **fields}))


class TestSigningIn:
    def test_opens_the_account(self, world: World) -> None:
        page = world.client("worker").get("/account").get_data(as_text=True)
        assert "Daniel Osei" in page
        assert "Priya Raman" in page
        assert "This one" in page

    def test_address_in_any_case_and_with_spaces(self, sqlite_world: World) -> None:
        assert try_sign_in(sqlite_world.client(), "  Worker@Example.ORG ").status_code == 303

    def test_whatever_is_wrong_gets_the_same_answer(self, sqlite_world: World) -> None:
        change(sqlite_world, "manager", active=False)
        change(sqlite_world, "oversight", ends_on=TODAY.date() - timedelta(days=1))
        with sqlite_world.context():
            accounts.add(sqlite_world.actor("admin"), Details("No Password Yet", "new@example.org"))
        tries = {
            "nobody@example.org": PASSWORD,
            "worker@example.org": "not this one",
            "manager@example.org": PASSWORD,
            "oversight@example.org": PASSWORD,
            "new@example.org": PASSWORD,
            "not an address": PASSWORD,
        }
        answers = [try_sign_in(sqlite_world.client(), *each) for each in tries.items()]
        assert {answer.status_code for answer in answers} == {422}
        assert len({without_tokens(answer, *tries) for answer in answers}) == 1
        assert "is not right" in answers[0].get_data(as_text=True)

    def test_a_hash_is_worked_out_for_every_address(self, sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        worked: list[str] = []
        real = security.fs_verify_password

        def counted(password: str, hashed: str) -> Any:
            worked.append(hashed)
            return real(password, hashed)

        monkeypatch.setattr(security, "fs_verify_password", counted)
        for email in ("worker@example.org", "nobody@example.org"):
            worked.clear()
            try_sign_in(sqlite_world.client(), email, "wrong")
            assert len(worked) == 1, email

    def test_needs_the_form_token(self, sqlite_world: World) -> None:
        answer = sqlite_world.client().post("/sign-in", data={"email": "worker@example.org", "password": PASSWORD})
        assert answer.status_code == 400

    def test_password_is_never_written_back(self, sqlite_world: World) -> None:
        answer = try_sign_in(sqlite_world.client(), "worker@example.org", "what I typed wrongly")
        assert "what I typed wrongly" not in answer.get_data(as_text=True)
        assert "worker@example.org" in answer.get_data(as_text=True)

    def test_empty_fields_are_named(self, sqlite_world: World) -> None:
        answer = try_sign_in(sqlite_world.client(), "", "")
        assert answer.status_code == 422
        assert "Enter your e-mail address" in answer.get_data(as_text=True)

    @pytest.mark.parametrize("password", ["x" * 100_000, "nul\x00byte", "\ud800".encode("utf-16", "surrogatepass")])
    def test_odd_passwords_are_wrong_and_no_more(self, sqlite_world: World, password: Any) -> None:
        assert try_sign_in(sqlite_world.client(), "worker@example.org", password).status_code == 422

    @pytest.mark.parametrize(
        ("target", "goes"),
        [
            ("/account/password?a=b", "/account/password?a=b"),
            ("https://evil.example/", None),
            ("//evil.example/", None),
            ("/\\evil.example/", None),
            ("/\t/evil.example/", None),
            ("\\\\evil.example", None),
            ("javascript:alert(1)", None),
            ("account", None),
            ("/sign-out", None),
            ("", None),
        ],
    )
    def test_goes_on_to_paths_of_ours_only(self, sqlite_world: World, target: str, goes: str | None) -> None:
        client = sqlite_world.client()
        without = try_sign_in(sqlite_world.client(), "worker@example.org").headers["Location"]
        assert try_sign_in(client, "worker@example.org", next=target).headers["Location"] == (goes or without)
        assert client.get("/sign-in", query_string={"next": target}).headers["Location"] == (goes or without)

    def test_a_closed_page_leads_through_sign_in_and_back(self, sqlite_world: World) -> None:
        client = sqlite_world.client()
        sent = client.get("/account/password")
        assert sent.status_code == 302
        assert sent.headers["Location"] == "/sign-in?next=/account/password"
        assert "/account/password" in client.get(sent.headers["Location"]).get_data(as_text=True)


class TestSession:
    def test_cookie_is_new_at_sign_in(self, sqlite_world: World) -> None:
        """A session that somebody else planted must not become the signed-in one."""
        client = sqlite_world.client()
        with client.session_transaction() as planted:
            planted["sid"], planted["kept"] = "planted", "planted"
        try_sign_in(client, "worker@example.org")
        with client.session_transaction() as now:
            assert now["sid"] != "planted"
            assert "kept" not in now
        with sqlite_world.context():
            digests = session.scalars(select(SignInSession.sid_digest)).all()
        assert security.sid_digest("planted") not in digests

    def test_only_a_digest_is_stored(self, sqlite_world: World) -> None:
        client = sqlite_world.client("worker")
        with client.session_transaction() as cookie, sqlite_world.context():
            stored = session.scalars(select(SignInSession.sid_digest)).one()
            assert stored == security.sid_digest(cookie["sid"])
            assert stored != cookie["sid"]

    def test_anothers_person_in_the_cookie_opens_nothing(self, sqlite_world: World) -> None:
        client = sqlite_world.client("worker")
        with sqlite_world.context():
            other = sqlite_world.person("admin").fs_uniquifier
        with client.session_transaction() as cookie:
            cookie["_user_id"] = other
        assert not signed_in(client)

    def test_signing_out_ends_the_row(self, world: World) -> None:
        client = world.client("worker")
        before = client.get_cookie("session")
        assert before is not None
        assert post(client, "/sign-out", "/account").status_code == 303
        client.set_cookie("session", before.value)  # a copy of the cookie is worth nothing now
        assert not signed_in(client)

    def test_signing_out_twice_is_no_error(self, sqlite_world: World) -> None:
        client = sqlite_world.client()
        assert post(client, "/sign-out", "/sign-in").status_code == 303

    def test_signing_out_needs_the_token(self, sqlite_world: World) -> None:
        client = sqlite_world.client("worker")
        assert client.post("/sign-out").status_code == 400
        assert signed_in(client)

    def test_an_ended_session_is_dead_on_the_next_request(self, world: World) -> None:
        client = world.client("worker")
        with world.context():
            assert accounts.end_sessions(world.actor("admin"), world.person("worker").id) == 1
        sent = client.get("/account")
        assert (sent.status_code, sent.headers["Location"]) == (302, "/sign-in?next=/account")
        assert "You have been signed out" in client.get("/sign-in").get_data(as_text=True)

    def test_deactivating_ends_at_once(self, sqlite_world: World) -> None:
        client = sqlite_world.client("worker")
        change(sqlite_world, "worker", active=False)
        assert not signed_in(client)
        change(sqlite_world, "worker", active=True)
        assert not signed_in(client)

    def test_ends_with_the_accounts_last_day(self, sqlite_world: World) -> None:
        change(sqlite_world, "worker", ends_on=TODAY.date())
        client = sqlite_world.client("worker")
        assert signed_in(client)
        with later(hours=14, minutes=59):
            assert try_sign_in(client, "worker@example.org").status_code == 303
        with later(hours=15, minutes=1):  # midnight has passed
            assert not signed_in(client)

    def test_ends_when_idle(self, sqlite_world: World) -> None:
        client = sqlite_world.client("worker")
        with later(minutes=59):
            assert signed_in(client)
        with later(minutes=118):
            assert signed_in(client)
        with later(minutes=178):
            assert not signed_in(client)
            assert "did not use the service" in client.get("/sign-in").get_data(as_text=True)
        with sqlite_world.context():
            assert session.scalars(select(SignInSession.ended_why)).one() == "idle"

    def test_ends_after_twelve_hours_of_use(self, sqlite_world: World) -> None:
        client = sqlite_world.client("worker")
        for half_hours in range(1, 24):
            with later(minutes=30 * half_hours):
                assert signed_in(client)
        with later(hours=12):
            assert not signed_in(client)

    def test_use_is_noted_seldom_and_not_in_the_log(self, sqlite_world: World) -> None:
        client = sqlite_world.client("worker")
        with sqlite_world.context():
            events = len(session.scalars(select(AuditEvent.id)).all())
        noted = []
        for minutes in (2, 4, 6, 8, 12):
            with later(minutes=minutes):
                client.get("/account")
            with sqlite_world.context():
                noted.append(session.scalars(select(SignInSession.seen_at)).one() - TODAY)
        assert [int(each.total_seconds() // 60) for each in noted] == [0, 0, 6, 6, 12]
        with sqlite_world.context():
            assert len(session.scalars(select(AuditEvent.id)).all()) == events

    def test_one_of_my_own_can_be_ended_from_the_list(self, sqlite_world: World) -> None:
        here, there = sqlite_world.client("worker"), sqlite_world.client("worker")
        page = here.get("/account").get_data(as_text=True)
        addresses = re.findall(r"/account/sessions/\w+/end", page)
        assert len(addresses) == 2
        with there.session_transaction() as cookie:
            other = next(each for each in addresses if security.sid_digest(cookie["sid"]) in each)
        assert post(here, other, "/account").status_code == 303
        assert signed_in(here)
        assert not signed_in(there)

    def test_anothers_cannot(self, sqlite_world: World) -> None:
        mine, theirs = sqlite_world.client("worker"), sqlite_world.client("manager")
        address = re.findall(r"/account/sessions/\w+/end", theirs.get("/account").get_data(as_text=True))[0]
        assert post(mine, address, "/account").status_code == 404
        assert post(mine, "/account/sessions/none/end", "/account").status_code == 404
        assert signed_in(theirs)


class TestThrottle:
    def fail(self, client: FlaskClient, email: str, times: int) -> list[int]:
        return [try_sign_in(client, email, "wrong").status_code for _ in range(times)]

    @pytest.mark.parametrize("email", ["worker@example.org", "nobody@example.org"])
    def test_the_sixth_try_at_an_address_waits(self, world: World, email: str) -> None:
        assert self.fail(world.client(), email, 6) == [422] * 5 + [429]
        with later(minutes=14, seconds=30):
            shut = try_sign_in(world.client(), email)
            assert shut.status_code == 429
            assert shut.headers["Retry-After"] == "30"
            assert "Wait 1 minute," in shut.get_data(as_text=True)
        with later(minutes=15):
            assert try_sign_in(world.client(), email, "wrong").status_code == 422

    def test_known_and_unknown_are_shut_alike(self, sqlite_world: World) -> None:
        answers = []
        for email in ("worker@example.org", "nobody@example.org"):
            self.fail(sqlite_world.client(), email, 5)
            answers.append(try_sign_in(sqlite_world.client(), email))
        assert [answer.status_code for answer in answers] == [429, 429]
        assert len({without_tokens(answer) for answer in answers}) == 1

    def test_is_shared_by_two_applications(self, sqlite_world: World, tmp_path: Any) -> None:
        with sqlite_world.context():
            url = str(session.get_bind().engine.url)
        other = World(make_app(url, tmp_path), "sqlite")
        self.fail(sqlite_world.client(), "worker@example.org", 3)
        assert self.fail(other.client(), "worker@example.org", 3) == [422, 422, 429]

    def test_many_tries_at_once_are_counted_one_by_one(self, world: World) -> None:
        def attempt(number: int) -> bool:
            with world.context():
                try:
                    signing_in.begin_attempt("a" * 64, f"{number:064x}")
                except signing_in.TooManyAttempts:
                    return False
                return True

        with ThreadPoolExecutor(8) as threads:
            taken = list(threads.map(attempt, range(24)))
        assert taken.count(True) == signing_in.FAILURES_OF_ADDRESS

    def test_a_place_is_shut_after_thirty(self, sqlite_world: World) -> None:
        client = sqlite_world.client()
        for number in range(30):
            assert try_sign_in(client, f"somebody{number}@example.org", "wrong").status_code == 422
        assert try_sign_in(client, "worker@example.org").status_code == 429
        elsewhere = sqlite_world.client()
        elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.7"
        assert try_sign_in(elsewhere, "worker@example.org").status_code == 303

    def test_a_success_empties_the_address_and_not_the_place(self, sqlite_world: World) -> None:
        client = sqlite_world.client()
        self.fail(client, "worker@example.org", 4)
        assert try_sign_in(client, "worker@example.org").status_code == 303
        fresh = sqlite_world.client()
        assert self.fail(fresh, "worker@example.org", 5) == [422] * 5
        with sqlite_world.context():
            rows = session.scalars(select(SignInAttempt)).all()
            failed = [row for row in rows if not row.succeeded]
            assert (len(rows), len(failed)) == (10, 9)

    def test_one_ipv6_house_is_one_place(self, sqlite_world: World) -> None:
        with sqlite_world.app.test_request_context(environ_base={"REMOTE_ADDR": "2001:db8:1:2::1"}):
            first = security.where_digest()
        with sqlite_world.app.test_request_context(environ_base={"REMOTE_ADDR": "2001:db8:1:2:ffff::9"}):
            assert security.where_digest() == first
        with sqlite_world.app.test_request_context(environ_base={"REMOTE_ADDR": "2001:db8:1:3::1"}):
            assert security.where_digest() != first

    def test_old_attempts_are_forgotten(self, sqlite_world: World) -> None:
        self.fail(sqlite_world.client(), "worker@example.org", 2)
        with later(hours=25):
            self.fail(sqlite_world.client(), "manager@example.org", 1)
        with sqlite_world.context():
            assert len(session.scalars(select(SignInAttempt.id)).all()) == 1

    def test_no_address_is_stored(self, sqlite_world: World) -> None:
        self.fail(sqlite_world.client(), "worker@example.org", 1)
        with sqlite_world.context():
            row = session.scalars(select(SignInAttempt)).one()
            assert re.fullmatch("[0-9a-f]{64}", row.who_digest)
            assert re.fullmatch("[0-9a-f]{64}", row.where_digest)


class TestPassword:
    def change(
        self, client: FlaskClient, current: str = PASSWORD, new: str = NEW_PASSWORD, **more: str
    ) -> TestResponse:
        data = {"current": current, "password": new, "again": new, **more}
        return post(client, "/account/password", **data)

    def test_change_ends_all_other_sessions(self, world: World) -> None:
        here, there = world.client("worker"), world.client("worker")
        assert self.change(here).status_code == 303
        assert signed_in(here)
        assert not signed_in(there)
        assert "your password was changed" in there.get("/sign-in").get_data(as_text=True)
        assert try_sign_in(world.client(), "worker@example.org").status_code == 422
        assert try_sign_in(world.client(), "worker@example.org", NEW_PASSWORD).status_code == 303

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"current": "not mine"}, "this is not it"),
            ({"new": "short"}, "12 characters or more"),
            ({"new": "a" * 40}, "harder to guess"),
            ({"new": "daniel.osei.123"}, "harder to guess"),
            ({"new": "plumbline-plumbline"}, "harder to guess"),
            ({"new": "x" * 300}, "256 characters or fewer"),
            ({"again": "another thing altogether"}, "the same new password twice"),
            ({"new": PASSWORD}, "harder to guess"),
            ({"new": ""}, "Enter a new password"),
        ],
    )
    def test_what_will_not_do(self, sqlite_world: World, fields: dict[str, str], says: str) -> None:
        answer = self.change(sqlite_world.client("worker"), **fields)
        assert answer.status_code == 422
        assert says in answer.get_data(as_text=True)
        assert try_sign_in(sqlite_world.client(), "worker@example.org").status_code == 303

    def test_an_open_desk_is_no_way_round_the_throttle(self, sqlite_world: World) -> None:
        client = sqlite_world.client("worker")
        assert [self.change(client, "guess").status_code for _ in range(6)] == [422] * 5 + [429]

    def test_a_temporary_one_opens_nothing_but_its_change(self, sqlite_world: World) -> None:
        admin = sqlite_world.client("admin")
        with sqlite_world.context():
            address = f"/people/{sqlite_world.public_id('worker')}/password"
        shown = post(admin, address).get_data(as_text=True)
        found = re.search(r"<strong[^>]*>([a-z2-9-]{19})</strong>", shown)
        assert found
        client = sqlite_world.client()
        assert try_sign_in(client, "worker@example.org").status_code == 422
        assert try_sign_in(client, "worker@example.org", found[1]).status_code == 303
        assert client.get("/account").headers["Location"] == "/account/password"
        assert self.change(client, found[1]).status_code == 303
        assert signed_in(client)

    def test_a_hash_that_changed_meanwhile_opens_nothing(self, sqlite_world: World) -> None:
        """The password is checked outside the transaction; what was checked must still be what is stored."""
        with sqlite_world.context():
            worker = sqlite_world.actor("worker")
            attempt = signing_in.begin_attempt("a" * 64, "b" * 64)
            begun = signing_in.begin_session(worker, attempt, verified="an older hash", sid_digest="c" * 64, browser="")
            assert not begun
            assert not accounts.change_password(worker, "an older hash", "new", None)
            assert session.scalars(select(SignInSession)).all() == []


class TestLog:
    def test_events_chain_and_hold_no_names(self, world: World) -> None:
        client = world.client("worker")
        TestPassword().change(client)
        post(client, "/sign-out", "/account")
        change(world, "worker", name="Quite Another", email="another@example.org", active=False)
        with world.context():
            events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
            before = GENESIS
            for event in events:
                subject = (event.subject_kind, event.subject_id)
                assert event.prev == before
                made = chain_hash(event.prev, event.at, event.person_id, event.kind, subject, event.data)
                assert event.hash == made
                before = event.hash
            kinds = [event.kind for event in events if event.kind.startswith("account.")]
            added = len(cast.CAST)
            assert kinds[:added] == ["account.added"] * added
            assert kinds[added:] == [
                "account.sign_in",
                "account.password_set",
                "account.sign_out",
                "account.changed",
            ]
            text = str([event.data for event in events])
            for word in ("Daniel", "Quite", "example.org", "Fernhill"):
                assert word not in text

    def test_a_refused_change_leaves_nothing(self, sqlite_world: World) -> None:
        with sqlite_world.context():
            before = len(session.scalars(select(AuditEvent.id)).all())
        with pytest.raises(GuardFailed):
            change(sqlite_world, "worker", email="manager@example.org", name="Half Done")
        with sqlite_world.context():
            assert sqlite_world.person("worker").name == "Daniel Osei"
            assert len(session.scalars(select(AuditEvent.id)).all()) == before


class TestRules:
    """What must hold of an account, whoever asks."""

    def refusal(self, world: World, login: str, **fields: Any) -> str:
        with pytest.raises(GuardFailed) as refused:
            change(world, login, **fields)
        return str(refused.value)

    def test_address_is_taken_in_any_case(self, world: World) -> None:
        assert "already an account" in self.refusal(world, "worker", email="MANAGER@example.org")
        assert "already an account" in self.refusal(world, "worker", email="\uff4danager@example.org")  # full width
        assert "Enter an e-mail address" in self.refusal(world, "worker", email=f"{'a' * 200_000}@example.org")
        assert len(accounts.clean_email("a\u0301\u0323" * 70_000)) <= accounts.LONGEST_TYPED

    @pytest.mark.parametrize("email", ["", "no sign", "two@@signs.example", "a b@example.org", "x@y"])
    def test_address_must_be_one(self, sqlite_world: World, email: str) -> None:
        assert "Enter an e-mail address" in self.refusal(sqlite_world, "worker", email=email)

    def test_managers_never_come_back_to_the_start(self, world: World) -> None:
        with world.context():
            worker, head = world.person("worker").id, world.person("head.service").id
        assert "supervised" in self.refusal(world, "head.service", line_manager_id=worker)
        assert "supervised" in self.refusal(world, "head.service", line_manager_id=head)

    def test_outside_accounts_have_a_last_day(self, world: World) -> None:
        assert "account of an agency" in self.refusal(world, "external.reviewer", ends_on=None)
        assert "held from outside" in self.refusal(world, "chair", ends_on=None)
        assert "Choose the agency" in self.refusal(world, "agency", agency_id=None)

    def test_a_team_or_an_agency(self, sqlite_world: World) -> None:
        with sqlite_world.context():
            team = sqlite_world.person("worker").team_id
        assert "not both" in self.refusal(sqlite_world, "external.reviewer", team_id=team)

    @pytest.mark.parametrize(
        "fields", [{"role_names": frozenset()}, {"active": False}, {"ends_on": TODAY.date() - timedelta(days=1)}]
    )
    def test_the_last_administrator_stays(self, world: World, fields: dict[str, Any]) -> None:
        assert "the last account" in self.refusal(world, "admin", **fields)
        change(world, "manager", role_names=frozenset({RoleName.LINE_MANAGER, RoleName.ADMINISTRATOR}))
        change(world, "admin", **fields)

    def test_only_administrators_change_accounts(self, sqlite_world: World) -> None:
        with sqlite_world.context():
            head = sqlite_world.actor("head.qa")
            person = sqlite_world.person("worker").id
            for act in (
                lambda: accounts.add(head, Details("New Person", "new@example.org")),
                lambda: accounts.change(head, person, 1, Details("New Person", "new@example.org")),
                lambda: accounts.end_sessions(head, person),
                lambda: accounts.set_temporary_password(head, person, "hash"),
                lambda: accounts.add_team(head, "A team"),
                lambda: accounts.add_agency(head, "An agency"),
            ):
                with pytest.raises(NotPermitted):
                    act()

    def test_roles_must_be_known(self, sqlite_world: World) -> None:
        assert "Choose roles" in self.refusal(sqlite_world, "worker", role_names=frozenset({"king"}))

    def test_nothing_changed_is_no_event(self, sqlite_world: World) -> None:
        change(sqlite_world, "worker")
        with sqlite_world.context():
            assert sqlite_world.person("worker").version == 1


class TestPages:
    """The administrator's pages."""

    def form(self, world: World, login: str, **fields: Any) -> dict[str, Any]:
        with world.context():
            person = world.person(login)
            data = {
                "name": person.name,
                "email": person.email,
                "roles": sorted(person.role_names),
                "team": person.team.public_id if person.team else "",
                "line_manager": person.line_manager.public_id if person.line_manager else "",
                "active": "y",
                "version": str(person.version),
            }
        return {**data, **fields}

    def address(self, world: World, login: str) -> str:
        with world.context():
            return f"/people/{world.public_id(login)}"

    def test_are_the_administrators_alone(self, sqlite_world: World) -> None:
        paths = ["/people/", "/people/add", "/people/places", self.address(sqlite_world, "worker")]
        for login, wanted in (("admin", 200), ("head.qa", 403), ("director", 403), ("worker", 403)):
            client = sqlite_world.client(login)
            assert [client.get(path).status_code for path in paths] == [wanted] * 4, login

    def test_list_searches_and_pages(self, sqlite_world: World) -> None:
        client = sqlite_world.client("admin")
        assert "Daniel Osei" in client.get("/people/?search=dan").get_data(as_text=True)
        assert "Daniel Osei" not in client.get("/people/?search=dan&status=closed").get_data(as_text=True)
        assert "Nobody is found" in client.get("/people/?search=%25&page=99").get_data(as_text=True)
        assert client.get("/people/?page=-3&status=odd").status_code == 200

    def test_add_then_edit(self, world: World) -> None:
        client = world.client("admin")
        data: dict[str, Any] = {
            "name": "Amara Nwosu",
            "email": "Amara@Example.org",
            "roles": ["worker", "reviewer"],
            "active": "y",
        }
        added = post(client, "/people/add", **data)
        assert added.status_code == 303
        page = client.get(added.headers["Location"]).get_data(as_text=True)
        assert 'value="amara@example.org"' in page
        assert "No password is set" in page
        with world.context():
            assert world.person("amara").role_names == {"worker", "reviewer"}
        again = post(client, "/people/add", **data)
        assert again.status_code == 422
        assert "already an account" in again.get_data(as_text=True)
        assert "Amara Nwosu" in again.get_data(as_text=True)

    def test_every_choice_is_saved(self, sqlite_world: World) -> None:
        client = sqlite_world.client("admin")
        with sqlite_world.context():
            team, manager = sqlite_world.person("deputy.qa").team, sqlite_world.person("head.qa")
            assert team
            data = {"team": team.public_id, "line_manager": manager.public_id}
            wanted = (team.id, manager.id)
        day = {"ends_on-day": "5", "ends_on-month": "March", "ends_on-year": "2027"}
        saved = post(client, self.address(sqlite_world, "worker"), **self.form(sqlite_world, "worker", **data, **day))
        assert saved.status_code == 303
        with sqlite_world.context():
            person = sqlite_world.person("worker")
            assert (person.team_id, person.line_manager_id) == wanted
            assert str(person.ends_on) == "2027-03-05"

    def test_bad_input_keeps_what_was_typed(self, sqlite_world: World) -> None:
        client = sqlite_world.client("admin")
        data = self.form(sqlite_world, "worker", email="nonsense", **{"ends_on-day": "31", "ends_on-month": "2"})
        answer = post(client, self.address(sqlite_world, "worker"), **data)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "There is a problem" in page
        assert 'value="nonsense"' in page
        assert 'value="31"' in page
        odd = {"team": "none such", "roles": ["king"]}
        answer = post(client, self.address(sqlite_world, "worker"), **self.form(sqlite_world, "worker", **odd))
        assert answer.status_code == 422

    def test_two_administrators_do_not_overwrite_each_other(self, sqlite_world: World) -> None:
        client, address = sqlite_world.client("admin"), self.address(sqlite_world, "worker")
        mine = self.form(sqlite_world, "worker", name="Daniel Osei-Mensah")
        change(sqlite_world, "worker", name="Daniel K. Osei")
        answer = post(client, address, **mine)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "Daniel Osei-Mensah" in page
        assert "Daniel K. Osei" in page
        version = re.search(r'name="version" value="(\d+)"', page)
        assert version
        assert post(client, address, **{**mine, "version": version[1]}).status_code == 303
        assert post(client, address, **{**mine, "version": "x"}).status_code == 409

    def test_signing_somebody_out(self, sqlite_world: World) -> None:
        admin, worker = sqlite_world.client("admin"), sqlite_world.client("worker")
        address = self.address(sqlite_world, "worker")
        assert "Signed in in 1 place" in admin.get(address).get_data(as_text=True)
        assert post(admin, f"{address}/end-sessions", address).status_code == 303
        assert not signed_in(worker)
        assert "Not signed in anywhere" in admin.get(address).get_data(as_text=True)

    def test_teams_and_agencies(self, world: World) -> None:
        client = world.client("admin")
        assert post(client, "/people/places", kind="team", name=" New  Team ").status_code == 303
        assert post(client, "/people/places", kind="agency", name="Another Agency").status_code == 303
        page = client.get("/people/places").get_data(as_text=True)
        assert "New Team" in page
        assert "Another Agency" in page
        again = post(client, "/people/places", kind="team", name="new team")
        assert again.status_code == 422
        assert "already a team" in again.get_data(as_text=True)
        assert post(client, "/people/places", kind="", name="").status_code == 422

    def test_unknown_person_is_not_found(self, sqlite_world: World) -> None:
        client = sqlite_world.client("admin")
        assert client.get("/people/none").status_code == 404

    def test_list_asks_as_much_for_many_as_for_few(self, sqlite_world: World) -> None:
        client, counts = sqlite_world.client("admin"), []
        for search in ("Lorraine", ""):
            with counted(sqlite_world) as asked:
                client.get(f"/people/?search={search}")
            counts.append(len(asked))
        assert counts[0] == counts[1] > 0


class TestCommands:
    def run(self, world: World, *words: str) -> Any:
        return world.app.test_cli_runner().invoke(args=["people", *words])

    def test_the_first_administrator(self, sqlite_world: World) -> None:
        made = self.run(sqlite_world, "add", "First@Example.org", "First One", "--role", "administrator")
        assert made.exit_code == 0, made.output
        password = made.output.split()[-1]
        client = sqlite_world.client()
        assert try_sign_in(client, "first@example.org", password).status_code == 303
        assert client.get("/people/").headers["Location"] == "/account/password"
        assert "First One" in self.run(sqlite_world, "list").output
        assert "Ended 1 session" in self.run(sqlite_world, "end-sessions", "first@example.org").output
        assert not signed_in(client)
        assert "Temporary password" in self.run(sqlite_world, "set-password", "first@example.org").output

    def test_refusals_are_sentences(self, sqlite_world: World) -> None:
        again = self.run(sqlite_world, "add", "admin@example.org", "Again", "--ends-on", "2027-01-01")
        assert again.exit_code == 1
        assert "already an account" in again.output
        assert "no account" in self.run(sqlite_world, "set-password", "none@example.org").output

    def test_the_cast_is_made_once(self, sqlite_world: World) -> None:
        with sqlite_world.context():
            assert not cast.create_cast("hash")
            assert len(session.scalars(select(Person.id)).all()) == len(cast.CAST)
        assert "already" in sqlite_world.app.test_cli_runner().invoke(args=["demo", "cast"]).output


def test_the_systems_own_acts_are_named_by_nobody(sqlite_world: World) -> None:
    with sqlite_world.context():
        with unit_of_work(SYSTEM) as work:
            work.record("account.test", sqlite_world.person("admin"))
        assert session.scalars(select(AuditEvent.person_id).order_by(AuditEvent.id.desc())).first() is None


def named(world: World, login: str, **changes: Any) -> Person:
    with unit_of_work(world.actor("admin")) as work:
        person = work.lock(Person, world.person(login).id)
        for key, value in changes.items():
            setattr(person, key, value)
    return world.person(login)


def test_namesakes_are_told_apart_where_somebody_is_chosen(sqlite_world: World) -> None:
    with sqlite_world.context():
        one, other = (named(sqlite_world, each, name="Nell Grant") for each in ("internal.reviewer", "manager"))
        offered = reviews.people_to_own()
        assert offered[one.public_id] == "Nell Grant (Children in Care and Care Leavers)"
        assert offered[other.public_id] == "Nell Grant (Children in Need and Protection)"
        assert offered[sqlite_world.public_id("director")] == "Helen Abara"
        named(sqlite_world, "internal.reviewer", team_id=other.team_id)
        offered = reviews.people_to_own()
        assert offered[one.public_id] == "Nell Grant (Children in Need and Protection, Reviewer, Line manager)"
        assert offered[other.public_id] == "Nell Grant (Children in Need and Protection, Line manager)"


def test_namesakes_of_one_team_who_do_the_same_are_told_apart_by_their_address(sqlite_world: World) -> None:
    with sqlite_world.context():
        one, other, third = (
            named(sqlite_world, each, name="Nell Grant") for each in ("worker", "siobhan.doyle", "manager")
        )
        offered = reviews.people_to_own()
        assert offered[one.public_id] == "Nell Grant (worker@example.org)"
        assert offered[other.public_id] == "Nell Grant (siobhan.doyle@example.org)"
        assert offered[third.public_id] == "Nell Grant (Children in Need and Protection, Line manager)"
