"""Immediate concerns through real pages: raised from anywhere, seen by few, nothing typed lost (R6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app import clock
from app.extensions import session
from app.models.concerns import Concern
from app.models.records import ViewEvent
from app.services import concerns, settings
from app.services.cast import LOGINS
from app.services.unit_of_work import unit_of_work
from tests.support.browsing import main_form, send
from tests.support.stages import Story, review_at
from tests.support.statements import counted
from tests.support.world import TODAY, World, token_in
from workflows.states import ConcernState, ReviewState

pytestmark = pytest.mark.databases("sqlite")

SIGN_INS = [part.login for part in LOGINS]
RAISE = "/concerns/raise"
TYPED = {"kind": "child_at_risk", "text": "He said he is afraid to go home.", "about_head": "no"}
NEXT_DAY = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
# Pages that anybody may ask for; those that are not theirs answer 403 or 404, and say nothing either.
EVERYWHERE = (
    "/", "/reviews", "/recommendations", "/recommendations?view=all", "/programme", "/concerns",
    "/concerns?view=raised", "/concerns?view=mine&page=2", "/concerns/raise", "/people", "/account",
)  # fmt: skip


def page_of(answer: TestResponse, code: int = 200) -> str:
    text = answer.get_data(as_text=True)
    assert answer.status_code == code, f"{answer.status_code}: {text[:2000]}"
    return text


def arrived(answer: TestResponse) -> str:
    assert answer.status_code == 303, f"{answer.status_code}: {answer.get_data(as_text=True)[:3000]}"
    return answer.location


def raise_one(client: FlaskClient, url: str = RAISE, **changes: str) -> str:
    """The address of a new concern."""
    return arrived(send(client, url, {**TYPED, **changes}, holding="review"))


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with clock.set_to(moment):
        yield


@pytest.fixture
def story(world: World) -> Story:
    with world.context():
        return review_at(world, ReviewState.DISCUSSION)


def review_url(world: World, story: Story) -> str:
    with world.context():
        return f"/reviews/{story.review.public_id}"


def child_of(world: World, story: Story) -> tuple[str, str]:
    with world.context():
        return story.review.child.name, story.review.child.case_system_id


# --- the whole way ------------------------------------------------------------------------------------------


@pytest.mark.databases("sqlite", "postgresql")
def test_from_raised_to_closed_through_its_pages(world: World) -> None:
    worker, head, manager = world.client("worker"), world.client("head.qa"), world.client("manager")
    first = page_of(worker.get(RAISE))
    assert first.index("ring 999") < first.index("<h1")
    empty = page_of(send(worker, RAISE, holding="review"), 422)
    assert empty.index("ring 999") < empty.index("There is a problem")
    assert "not a referral" in first
    url = raise_one(worker)
    mine = page_of(worker.get(url))
    assert "Your concern is raised. It stands first in My work of the Head of QA and the deputy." in mine
    assert "No e-mail is sent from here: tell them yourself." in mine
    assert "What you can do" not in mine
    leading = page_of(head.get("/"))
    assert leading.index("Immediate concern C-2026-001 needs you") < leading.index("Waiting for you")
    arrived(send(head, url, holding="version"))
    assert "needs you" not in page_of(head.get("/"))
    assert "Record what was done about a concern" in page_of(head.get("/"))
    with world.context():
        given_to = world.public_id("manager")
    assert manager.get(url).status_code == 404
    arrived(send(head, f"{url}/do/give", {"person": given_to}, holding="version"))
    assert "Record what was done about a concern" in page_of(manager.get("/"))
    arrived(send(manager, f"{url}/do/act", {"done": "Went there with the police."}, holding="version"))
    assert "Your concern has been acted on" in page_of(worker.get("/"))
    arrived(send(head, f"{url}/do/close", {"outcome": "Safe.", "recorded_where": "Case note"}, holding="version"))
    closed = page_of(worker.get(url))
    for words in ("Went there with the police.", "Safe.", "On the case record: Case note", "Priya Raman", "Given to"):
        assert words in closed
    arrived(send(head, f"{url}/do/take_back", {"person": given_to}, holding="version"))
    assert manager.get(url).status_code == 404
    assert "Closed" in page_of(head.get("/concerns"))


@pytest.mark.parametrize("login", SIGN_INS)
def test_every_role_raises_one_from_any_page_and_follows_it(sqlite_world: World, login: str) -> None:
    client = sqlite_world.client(login)
    assert 'href="/concerns/raise"' in page_of(client.get("/"))
    url = raise_one(client)
    assert "C-2026-001" in page_of(client.get(url))
    assert "C-2026-001" in page_of(client.get("/concerns?view=raised"))
    assert "See the concerns you have raised" in page_of(client.get(RAISE))


# --- who sees it --------------------------------------------------------------------------------------------


def leaks(client: FlaskClient, url: str, extra: tuple[str, ...] = ()) -> list[str]:
    """The pages that name a concern or hold a word of it."""
    return [
        where
        for where in (*EVERYWHERE, *extra)
        if any(words in client.get(where).get_data(as_text=True) for words in ("C-2026-", "CA-2026-", "afraid", url))
    ]


@pytest.mark.parametrize("login", SIGN_INS)
def test_in_no_page_of_anybody_else(sqlite_world: World, login: str) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.TRACKING)
    base = review_url(sqlite_world, story)
    url = raise_one(sqlite_world.client("siobhan.doyle"))
    about = raise_one(sqlite_world.client("siobhan.doyle"), about_head="yes")
    client = sqlite_world.client(login)
    sees = {"head.qa": [url], "deputy.qa": [url], "assistant.director": [about]}.get(login, [])
    for each in (url, about):
        assert client.get(each).status_code == (200 if each in sees else 404)
        for action in ("acknowledge", "act", "close", "give", "take_back", "nonsense"):
            if each not in sees:
                assert client.get(f"{each}/do/{action}").status_code == 404
                token = token_in(page_of(client.get(RAISE)))
                sent = {"csrf_token": token, "version": "1", "done": "x", "outcome": "x", "recorded_where": "x"}
                assert client.post(f"{each}/do/{action}", data=sent).status_code == 404
    found = leaks(client, url, (base, f"{base}/history", f"{base}/discussion", f"{base}/recommendations"))
    assert set(found) == ({"/", "/concerns", "/concerns?view=mine&page=2"} if sees else set())


def test_one_about_the_head_is_hidden_from_the_head_and_the_deputy(world: World) -> None:
    worker = world.client("worker")
    url = raise_one(worker, about_head="yes")
    assert "It stands first in My work of the assistant director." in page_of(worker.get(url))
    for login in ("head.qa", "deputy.qa"):
        client = world.client(login)
        assert client.get(url).status_code == 404
        assert leaks(client, url) == []
    above = world.client("assistant.director")
    assert "CA-2026-001" in page_of(above.get("/"))
    arrived(send(above, url, holding="version"))
    with world.context():
        head = world.public_id("head.qa")
    assert head not in page_of(above.get(f"{url}/do/give"))
    refused = send(above, f"{url}/do/give", {"person": head}, holding="version")
    assert "Choose somebody from the list" in page_of(refused, 422)


def test_unacknowledged_at_midnight_it_leads_the_assistant_directors_page(world: World) -> None:
    url = raise_one(world.client("worker"))
    assert leaks(world.client("assistant.director"), url) == []
    with at(NEXT_DAY):
        above = world.client("assistant.director")
        page = page_of(above.get("/"))
        assert "Immediate concern C-2026-001 needs you" in page
        assert "Raised on 23 November 2026 at 09:00" in page
        assert "has gone to the assistant director" in page_of(above.get(url))
        arrived(send(above, url, holding="version"))
        assert "Went to the assistant director" in page_of(world.client("worker").get(url))


# --- the child ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "shown"), [("external.reviewer", True), ("worker", True), ("head.qa", True), ("agency", False)]
)
def test_the_name_is_shown_and_confirmed_to_those_who_may_see_it(
    world: World, story: Story, login: str, shown: bool
) -> None:
    base, (name, case_id) = review_url(world, story), child_of(world, story)
    client = world.client(login)
    page = page_of(client.get(RAISE, headers={"Referer": f"http://localhost{base}/discussion"}))
    assert ((name in page), (case_id in page)) == (shown, shown)
    assert "2026-001" in page
    unsaid = send(client, f"{RAISE}?review={base[9:]}", TYPED, holding="review")
    again = page_of(unsaid, 422)
    assert "Say whether it is about this child" in again
    assert TYPED["text"] in again
    url = raise_one(client, f"{RAISE}?review={base[9:]}", about_review="yes")
    assert (name in page_of(client.get(url))) == shown
    deputy = page_of(world.client("deputy.qa").get(url))
    assert name not in deputy
    assert case_id in deputy
    assert "Open review" not in deputy


@pytest.mark.parametrize("login", ["joseph.mbeki", "yusuf.demir", "oversight", "admin", "director", "manager"])
def test_who_may_not_see_the_review_is_shown_nothing_of_it(world: World, login: str) -> None:
    with world.context():
        story = review_at(world, ReviewState.PLANNED)
    base, (name, case_id) = review_url(world, story), child_of(world, story)
    client = world.client(login)
    for page in (
        page_of(client.get(f"{RAISE}?review={base[9:]}")),
        page_of(client.get(RAISE, headers={"Referer": f"http://localhost{base}"})),
        page_of(client.get(f"{RAISE}?review=nonsense")),
    ):
        assert name not in page
        assert case_id not in page
        assert base[9:] not in page
        assert "Is it about" not in page.split("Is this about the Head")[0]


def test_a_reviewer_before_the_declaration_is_shown_no_name(world: World) -> None:
    with world.context():
        story = Story(world)
    base, (name, _) = review_url(world, story), child_of(world, story)
    page = page_of(world.client("worker").get(f"{RAISE}?review={base[9:]}"))
    assert name not in page


def test_another_site_cannot_name_the_review(world: World, story: Story) -> None:
    """Only our own address counts as where somebody came from."""
    base, (name, _) = review_url(world, story), child_of(world, story)
    page = world.client("external.reviewer").get(RAISE, headers={"Referer": f"https://evil.example{base}"})
    assert name not in page_of(page)


@pytest.mark.parametrize("forged", ["00000000-0000-0000-0000-000000000000", "x" * 500, "x\x00", "<b>"])
def test_a_forged_or_lost_review_costs_no_text(world: World, forged: str) -> None:
    """Whether it never was or is closed to one is said in the same words; the concern can be sent without it."""
    client = world.client("oversight")
    page = page_of(send(client, RAISE, {**TYPED, "review": forged, "about_review": "yes"}, holding="review"), 422)
    assert "is not open to you now" in page
    assert TYPED["text"] in page
    action, values = main_form(page, "review")
    assert values["review"] == ""
    assert values["kind"] == "child_at_risk"
    arrived(client.post(action, data=values))


def test_not_about_this_child_it_names_no_review(world: World, story: Story) -> None:
    base, (name, _) = review_url(world, story), child_of(world, story)
    client = world.client("external.reviewer")
    url = raise_one(client, f"{RAISE}?review={base[9:]}", about_review="no", case_system_id="CS777")
    page = page_of(world.client("head.qa").get(url))
    assert name not in page
    assert "CS777" in page
    assert "Open review" not in page


@pytest.mark.databases("sqlite", "postgresql")
def test_views_of_a_concern_that_names_a_review_are_logged(world: World, story: Story) -> None:
    base = review_url(world, story)
    client = world.client("external.reviewer")
    url = raise_one(client, f"{RAISE}?review={base[9:]}", about_review="yes")
    hidden = raise_one(client, f"{RAISE}?review={base[9:]}", about_review="yes", about_head="yes")
    world.client("deputy.qa").get(url)
    world.client("assistant.director").get(hidden)
    with world.context():
        views = session.query(ViewEvent).filter_by(review_id=story.id).order_by(ViewEvent.id).all()
        found = [(view.person_id, view.what) for view in views]
        reviewer, deputy, above = (
            world.person(login).id for login in ("external.reviewer", "deputy.qa", "assistant.director")
        )
    assert (reviewer, "name, raising a concern") in found
    assert (deputy, "concern") in found
    assert (above, "reference") in found  # the log of one about the Head does not tell that there is one


# --- nothing typed is lost ----------------------------------------------------------------------------------


def test_what_was_typed_stays_when_something_is_missing(world: World) -> None:
    client = world.client("worker")
    for missing in TYPED:
        page = page_of(send(client, RAISE, {**TYPED, missing: "", "case_system_id": "CS1"}, holding="review"), 422)
        assert f'href="#{missing}"' in page
        _, values = main_form(page, "review")
        for key, value in {**TYPED, "case_system_id": "CS1"}.items():
            assert key == missing or values[key] == value
    with world.context():
        assert session.query(Concern).count() == 0


NASTY = "<script>alert(1)</script> {{ 7 * 7 }} & “x” ' \" 🧒\nsecond line"


def test_html_is_text(world: World) -> None:
    client = world.client("worker")
    url = raise_one(client, text=NASTY + "\x00\x07", case_system_id="<b>\x00'1")
    for who in (client, world.client("head.qa")):
        page = page_of(who.get(url))
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }} &amp; “x”" in page
        assert "&lt;b&gt;&#39;1" in page
    with world.context():
        assert session.query(Concern).one().text == NASTY


@pytest.mark.databases("sqlite", "postgresql")
def test_two_hundred_thousand_characters_are_refused_and_kept_on_the_page(world: World) -> None:
    long = "word " * 40_000
    client, head = world.client("worker"), world.client("head.qa")
    page = page_of(send(client, RAISE, {**TYPED, "text": long}, holding="review"), 422)
    assert "must be 20,000 characters or fewer" in page
    assert len(main_form(page, "review")[1]["text"]) == len(long.strip())
    url = raise_one(client)
    arrived(send(head, url, holding="version"))
    page = page_of(send(head, f"{url}/do/act", {"done": long}, holding="version"), 422)
    assert len(main_form(page, "version")[1]["done"]) == len(long.strip())


@pytest.mark.parametrize("version", ["", "0", "99", "-1", "1e3", "\uff19", "x" * 5000, "999999999999999999999"])
def test_a_forged_version_takes_nothing_and_shows_what_was_typed(sqlite_world: World, version: str) -> None:
    url = raise_one(sqlite_world.client("worker"))
    head = sqlite_world.client("head.qa")
    arrived(send(head, url, holding="version"))
    page = page_of(
        send(head, f"{url}/do/act", {"done": "Rang them at ten.", "version": version}, holding="version"), 409
    )
    assert "Rang them at ten." in page
    with sqlite_world.context():
        assert session.query(Concern).one().state is ConcernState.ACKNOWLEDGED


def test_the_wrong_stage_and_crooked_posts(world: World) -> None:
    url = raise_one(world.client("worker"))
    head = world.client("head.qa")
    token = token_in(page_of(head.get(RAISE)))
    for action, code in (("act", 409), ("close", 409), ("give", 409), ("nonsense", 404), ("raise_concern", 404)):
        sent = MultiDict({"csrf_token": token, "version": "1"})
        for key in ("done", "outcome", "recorded_where"):
            sent.setlist(key, ["What I typed here", "twice"])
        answer = head.post(f"{url}/do/{action}", data=sent)
        assert answer.status_code == code, action
        if code == 409:
            assert "What I typed here" in answer.get_data(as_text=True)
    assert head.get(f"{url}/do/close").status_code == 404
    assert head.get("/concerns/00000000-0000-0000-0000-000000000000").status_code == 404
    for address in ("%ED%A0%80", "x" * 300, "%F0%9F%A7%92"):
        assert head.get(f"/concerns/{address}").status_code == 404
        assert head.get(f"{RAISE}?review={address}").status_code == 200
    for page in ("-1", "0", "9" * 40, "x", "²"):
        assert head.get("/concerns", query_string={"page": page}).status_code == 200
    with world.context():
        assert session.query(Concern).one().version == 1


@pytest.mark.databases("sqlite", "postgresql")
def test_two_people_acknowledge_at_once(world: World) -> None:
    url = raise_one(world.client("worker"))
    head, deputy = world.client("head.qa"), world.client("deputy.qa")
    action, values = main_form(page_of(deputy.get(url)), "version")
    arrived(send(head, url, holding="version"))
    page_of(deputy.post(action, data=values), 409)


# --- signed out ---------------------------------------------------------------------------------------------


def test_signed_out_one_is_told_whom_to_ring_and_comes_back_to_the_form(world: World, story: Story) -> None:
    with world.context(), unit_of_work(world.actor("admin")) as work:
        settings.put(work, {"duty_team_phone": "01632 960 100"})
    base = review_url(world, story)
    client = world.client()
    page = page_of(client.get(f"{RAISE}?review={base[9:]}"))
    assert "01632\xa0960\xa0100" in page
    assert "tel:01632960100" in page
    assert child_of(world, story)[0] not in page
    assert unquote(f"next={RAISE}%3Freview%3D{base[9:]}") in unquote(page)
    for where in ("/concerns", "/concerns/x", "/concerns/x/do/act"):
        assert client.get(where).status_code == 302


def test_a_session_that_ran_out_over_the_form_loses_nothing(world: World) -> None:
    client = world.client("worker")
    _, values = main_form(page_of(client.get(RAISE)), "review")
    for key, value in {**TYPED, "text": "Typed for an hour."}.items():
        values.setlist(key, [value])
    with at(TODAY + timedelta(hours=2)):
        page = page_of(client.post(RAISE, data=values), 401)
        assert "Typed for an hour." in page
        assert "has not been raised yet" in page
        action, kept = main_form(page, "review")
        world.sign_in(client, "worker")
        again = page_of(client.post(action, data=kept, headers={"Referer": "http://localhost/"}), 400)
        assert "Typed for an hour." in again
        action, kept = main_form(again, "kind")
        arrived(client.post(action, data=kept))
    with world.context():
        assert session.query(Concern).one().text == "Typed for an hour."


# --- many ---------------------------------------------------------------------------------------------------


def test_lists_ask_the_database_as_often_for_thirty_as_for_one(sqlite_world: World) -> None:
    counts = []
    for number in (1, 34):
        with sqlite_world.context():
            for _ in range(number):
                new = concerns.NewConcern(kind="other", text="x", about_head=False)
                concerns.raise_concern(sqlite_world.actor("worker"), new)
        client = sqlite_world.client("head.qa")
        for where in ("/", "/concerns"):
            client.get(where)
            with counted(sqlite_world) as statements:
                page_of(client.get(where))
            counts.append(len(statements))
    first_page, listed = counts[:2]
    assert counts[2:] == [first_page, listed + 1]  # a page that is full is counted
    assert "Concerns 31 to 35 of 35" in page_of(client.get("/concerns?page=2"))
