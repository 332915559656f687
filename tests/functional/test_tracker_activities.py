"""Activities through their pages: recorded, divided, recommended from; who sees them; nothing typed is lost."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.extensions import session
from app.models.activities import Activity
from app.models.recommendations import Recommendation
from app.services import activities, cover, gate
from app.services.cast import LOGINS
from tests.support import papers
from tests.support.browsing import main_form, send
from tests.support.stages import review_at
from tests.support.world import World
from workflows.states import ReviewState

TITLE, FOUND = "Titlezz of the audit", "Foundzz in seven of ten calls"
SUMMARY, CONTACT, ACTION = "Summaryzz of ten families", "Contactzz Hale", "Actionzz: agree one template with the police"
RECORD = {
    "kind": "multi_agency_audit", "title": TITLE, "held_on-day": "14", "held_on-month": "10", "held_on-year": "2026",
    "agencies": "Policezz\nHealthzz", "summary": SUMMARY,
}  # fmt: skip
HOSTILE = ("<script>alert(1)</script>", "{{ 7*7 }}", "=cmd|' /C calc'!A0", "a\x00b\u202ec", "ﷺ" * 50)


def page_of(answer: TestResponse, code: int = 200) -> str:
    text = answer.get_data(as_text=True)
    assert answer.status_code == code, f"{answer.status_code}: {text[:3000]}"
    return text


def arrived(answer: TestResponse) -> str:
    assert answer.status_code == 303, f"{answer.status_code}: {answer.get_data(as_text=True)[:3000]}"
    return answer.location


def record(client: FlaskClient, **changes: str) -> str:
    return arrived(send(client, "/activities/record", {**RECORD, **changes}))


def recommend(client: FlaskClient, url: str, **given: Any) -> TestResponse:
    return send(client, f"{url}/recommend", {"level": "service", "action": ACTION, **given}, holding="level")


def again(client: FlaskClient, url: str, page: str, **changes: Any) -> TestResponse:
    """The form of a page as it stands, sent once more."""
    values = main_form(page, "warned")[1]
    for name, value in changes.items():
        values.setlist(name, [value])
    return client.post(url, data=values)


@pytest.fixture
def head(world: World) -> FlaskClient:
    return world.client("head.qa")


def ids(world: World) -> dict[str, str]:
    with world.context():
        return {login: world.public_id(login) for login in ("head.service", "worker", "manager", "director")}


# --- the whole way --------------------------------------------------------------------------------------


def test_from_the_record_to_the_owners_page(world: World, head: FlaskClient) -> None:
    owner = ids(world)["head.service"]
    assert "No activity is recorded yet." in page_of(head.get("/activities"))
    url = record(head)
    page = page_of(head.get(url))
    assert "A-2026-001" in page
    assert page.index("Policezz") < page.index("Healthzz")
    part = next(line.split('"')[0] for line in page.split('href="') if "/parts/" in line and "/add" not in line[:90])
    arrived(send(head, part, {"contact": CONTACT, "found": FOUND}, holding="agency"))
    arrived(send(head, f"{url}/parts/add", {"agency": "Schools"}, holding="version"))
    warned = page_of(recommend(head, url, owner=owner, themes=["partners", "domestic_abuse"]))
    assert "Look at this again before you raise it" in warned
    for sentence in ("It has no date yet", "It does not say yet what it will change", "which finding it answers"):
        assert sentence in warned
    arrived(again(head, f"{url}/recommend", warned))
    page = page_of(head.get(url))
    for words in (FOUND, CONTACT, "Schools", "A-2026-001/1", ACTION, "Oluwaseun Bello", "No forecast yet"):
        assert words in page
    listed = page_of(head.get("/activities?kind=multi_agency_audit&year=2026"))
    assert TITLE in listed
    assert "No activity fits." in page_of(head.get("/activities?kind=complaint"))
    with world.context():
        address = f"/recommendations/{session.scalars(select(Recommendation.public_id)).one()}"
    mine = world.client("head.service")
    assert "Accept or dispute this recommendation" in page_of(mine.get("/"))
    assert ACTION in page_of(mine.get(address))


def test_a_recommendation_with_everything_is_raised_without_a_warning(world: World, head: FlaskClient) -> None:
    url = record(head)
    with world.context():
        part = activities.finding_of(session.scalars(select(Activity)).one().parts[0])
    given = {
        "owner": ids(world)["head.service"], "effect": "Children are made safe on the same day.", "finding": part,
        "due_on-day": "29", "due_on-month": "1", "due_on-year": "2027", "agency": "Policezz", "route": "direct",
    }  # fmt: skip
    arrived(recommend(head, url, **given))
    assert "A-2026-001/1" in page_of(head.get(url))


def test_for_a_child_the_id_finds_initials_and_a_new_child_is_asked_for(world: World, head: FlaskClient) -> None:
    with world.context():
        child = review_at(world, ReviewState.PLANNED).review.child
        key, name, initials = child.case_system_id, child.name, child.initials
    url = record(head)
    address = f"{url}/recommend"
    named = page_of(
        recommend(head, url, level="child", case_system_id=key, action=f"Tell {name.split()[0]} who comes.")
    )
    assert "It names the child" in named
    arrived(again(head, address, named, action="Tell the child who comes."))  # what is left to warn of has been said
    unknown = page_of(recommend(head, url, level="child", case_system_id="NOBODY", effect="x"))
    asked = page_of(again(head, address, unknown), 422)
    assert "Nobody here has this ID" in asked
    new = {"child_name": "Ivo Sparrow", "born_on-day": "2", "born_on-month": "3", "born_on-year": "2015"}
    answer = again(head, address, asked, **new)
    arrived(answer)
    page = page_of(head.get(url))
    assert initials in page
    assert "I.S." in page
    for hidden in (key, name, "NOBODY", "Ivo", "Sparrow"):
        assert hidden not in page


# --- who sees what --------------------------------------------------------------------------------------


@pytest.fixture
def recommended(sqlite_world: World) -> tuple[World, str, str]:
    """An audit with parts, a document and a recommendation: (world, the activity's address, the recommendation's)."""
    world = sqlite_world
    client = world.client("head.qa")
    url = record(client)
    data = {"file": (io.BytesIO(papers.PDF), "Documentzz.pdf"), **_token(client, f"{url}/documents/add")}
    arrived(client.post(f"{url}/documents/add", data=data))
    page = page_of(client.get(url))
    part = next(line.split('"')[0] for line in page.split('href="') if "/parts/" in line and "/add" not in line[:90])
    arrived(send(client, part, {"contact": CONTACT, "found": FOUND}, holding="agency"))
    warned = page_of(recommend(client, url, owner=ids(world)["worker"]))
    arrived(again(client, f"{url}/recommend", warned))
    with world.context():
        address = f"/recommendations/{session.scalars(select(Recommendation)).one().public_id}"
    return world, url, address


def _token(client: FlaskClient, url: str) -> dict[str, str]:
    return {"csrf_token": main_form(page_of(client.get(url)))[1]["csrf_token"]}


OF_THE_ACTIVITY = (TITLE, FOUND, SUMMARY, CONTACT, "Policezz", "Documentzz")
OWNING, VERIFYING = "worker", "manager"


@pytest.mark.parametrize("login", [part.login for part in LOGINS])
def test_each_sees_exactly_their_own(recommended: tuple[World, str, str], login: str) -> None:
    """The owner and the verifier the recommendation, with no more of the activity than kind, reference and date; the
    office everything; everybody else nothing at all."""
    world, url, address = recommended
    client = world.client(login)
    knows, office = login in (OWNING, VERIFYING, "head.qa"), login == "head.qa"
    answers = {each: client.get(each) for each in (url, address, "/", "/recommendations", "/activities")}
    assert answers[url].status_code == (200 if office else 403)
    assert answers[address].status_code == (200 if knows else 404)
    everything = " ".join(answer.get_data(as_text=True) for answer in answers.values())
    assert (ACTION in everything) is knows
    assert ("A-2026-001/1" in everything) is knows
    assert ("Multi-agency audit A-2026-001, 14 October 2026" in everything) is knows
    for words in OF_THE_ACTIVITY:
        assert (words in everything) is office, words
    assert ('href="/activities"' in everything) is office


def test_a_deputy_to_whom_the_office_is_given_records_activities(sqlite_world: World) -> None:
    world = sqlite_world
    assert world.client("deputy.qa").get("/activities").status_code == 403
    with world.context():
        day = date(2026, 11, 23)
        span = cover.Span(world.public_id("deputy.qa"), "delegated", day, day, "A day of leave.")
        cover.arrange(world.actor("head.qa"), span)
        assert gate.office().holds(world.person("deputy.qa").id)
    client = world.client("deputy.qa")
    assert TITLE in page_of(client.get(record(client)))


# --- bad input ------------------------------------------------------------------------------------------


def test_an_empty_form_names_each_field_and_keeps_what_was_typed(sqlite_world: World) -> None:
    head = sqlite_world.client("head.qa")
    changes = {"title": "", "held_on-year": "9999", "agencies": "x" * 130, "kind": "another"}
    page = page_of(send(head, "/activities/record", {**RECORD, **changes}), 422)
    for words in ("Enter a title.", "the year must have 4 digits, from 1900 to 2100", SUMMARY, "x" * 130):
        assert words in page
    page = page_of(send(head, "/activities/record", {**RECORD, "kind": "another", "agencies": "x" * 130}), 422)
    assert "120 characters or fewer" in page
    page = page_of(send(head, "/activities/record", {**RECORD, "kind": "another"}), 422)
    assert "Enter the name of the kind." in page
    with sqlite_world.context():
        assert session.scalar(select(func.count(Activity.id))) == 0


def test_hostile_words_are_kept_and_shown_as_words(sqlite_world: World) -> None:
    head = sqlite_world.client("head.qa")
    for words in HOSTILE:
        url = record(
            head, title=words, summary=words, agencies=f"{words}\nPolice", kind="another", new_kind=words[:100]
        )
        warned = page_of(recommend(head, url, action=words))
        arrived(again(head, f"{url}/recommend", warned))
        page = page_of(head.get(url)) + page_of(head.get("/activities"))
        assert "<script>alert" not in page
        assert "\x00" not in page


@pytest.mark.parametrize(
    "given",
    [
        {"level": "team"},
        {"level": ["child", "service"], "case_system_id": "'; DROP TABLE child; --"},
        {"owner": "1"},
        {"finding": "part_1' OR '1'='1"},
        {"themes": ["no_such_theme"]},
        {"due_on-day": "31", "due_on-month": "2", "due_on-year": "2027"},
        {"due_on-day": "1", "due_on-month": "1", "due_on-year": "1900"},
        {"action": "a" * 2001},
        {"agency": "x" * 201, "route": "pigeon"},
        {"warned": "f" * 5000},
    ],
)
def test_a_forged_recommendation_raises_nothing_and_loses_nothing(sqlite_world: World, given: dict[str, Any]) -> None:
    head = sqlite_world.client("head.qa")
    url = record(head)
    answer = recommend(head, url, **{"effect": "Effectzz stays", **given})
    assert answer.status_code in (200, 422)
    assert "Effectzz stays" in answer.get_data(as_text=True)
    with sqlite_world.context():
        assert session.scalar(select(func.count(Recommendation.id))) == 0


def test_a_list_asked_for_nonsense_answers(sqlite_world: World) -> None:
    head = sqlite_world.client("head.qa")
    record(head)
    for asked in (
        "kind=%27%22",
        "year=99999999999",
        "year=0",
        "year=-1",
        "year=²",
        "page=999999999",
        "kind=" + "k" * 900,
    ):
        assert head.get(f"/activities?{asked}").status_code == 200, asked


def test_a_page_out_of_date_shows_what_is_saved_and_keeps_what_was_typed(sqlite_world: World) -> None:
    head = sqlite_world.client("head.qa")
    url = record(head)
    place = f"{url}/change"
    old = main_form(page_of(head.get(place)), "version")[1]
    arrived(send(head, place, {"title": "Theirszz"}, holding="version"))
    old["title"] = "Minezz"
    stale = page_of(head.post(place, data=old), 409)
    assert "Somebody else changed this activity" in stale
    assert "Theirszz" in stale
    assert "Minezz" in stale
    assert "Theirszz" in page_of(head.get(url))
    action, values = main_form(stale, "version")
    arrived(head.post(action or place, data=values))
    assert "Minezz" in page_of(head.get(url))


def test_a_part_out_of_date_or_forged(sqlite_world: World) -> None:
    head = sqlite_world.client("head.qa")
    url = record(head)
    page = page_of(head.get(url))
    part = next(line.split('"')[0] for line in page.split('href="') if "/parts/" in line and "/add" not in line[:90])
    old = main_form(page_of(head.get(part)), "agency")[1]
    arrived(send(head, part, {"found": "Theirszz"}, holding="agency"))
    old["found"] = "Minezz"
    stale = page_of(head.post(part, data=old), 409)
    assert "Theirszz" in stale
    assert "Minezz" in stale
    double = page_of(send(head, part, {"agency": "HEALTHZZ", "found": "Keptzz"}, holding="agency"), 422)
    assert "has a part in this activity already" in double
    assert "Keptzz" in double
    assert head.get(f"{url}/parts/999").status_code == 404
    answer = head.post(f"{part}/remove", data={**_token(head, part), "version": "x"})
    assert "out of date" in page_of(answer, 409)
    arrived(send(head, part, holding="nothing"))  # the last form of the page: it removes the part
    assert "Policezz" not in page_of(head.get(url))


# --- documents ------------------------------------------------------------------------------------------


def test_a_document_is_added_downloaded_and_removed(sqlite_world: World) -> None:
    head = sqlite_world.client("head.qa")
    url = record(head)
    place = f"{url}/documents/add"
    assert "Choose the file to add" in page_of(head.post(place, data=_token(head, place)), 422)
    wrong = {"file": (io.BytesIO(papers.PROGRAM), "report.pdf"), **_token(head, place)}
    page_of(head.post(place, data=wrong), 422)
    sent = {"file": (io.BytesIO(papers.PDF), "Report of the audit.pdf"), **_token(head, place)}
    arrived(head.post(place, data=sent))
    page = page_of(head.get(url))
    assert "Report of the audit.pdf" in page
    file = next(line.split('"')[0] for line in page.split('href="') if line.startswith("/files/"))
    assert head.get(file).get_data() == papers.PDF
    for login in ("worker", "manager", "head.service", "admin", "oversight"):
        assert sqlite_world.client(login).get(file).status_code == 404
    away = next(line.split('"')[0] for line in page.split('href="') if line.split('"')[0].endswith("/remove"))
    assert "Say why it is removed." in page_of(send(head, away, holding="reason"), 422)
    arrived(send(head, away, {"reason": "It named a child."}, holding="reason"))
    assert "It named a child." in page_of(head.get(url))
    assert head.get(file).status_code == 404
    assert head.get(away).status_code == 404
