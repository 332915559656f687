"""The feed for a dashboard tool: a key in a header, one answer for whatever is wrong, no child and no name in it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import clock
from app.extensions import session
from app.models.records import AuditEvent
from app.models.tracker import FeedToken
from app.policy.actor import SYSTEM
from app.services import feed_tokens
from app.services.unit_of_work import unit_of_work
from tests.support import register as tracker
from tests.support.people_at_work import token
from tests.support.world import PASSWORD, TODAY, World

URL = "/feed/recommendations.json"
END = TODAY.date() + timedelta(days=30)


@pytest.fixture
def key(world: World) -> str:
    with world.context():
        return feed_tokens.make(world.actor("head.qa"), "dashboard", END)


def read(world: World, key: str | None, url: str = URL) -> TestResponse:
    headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
    client: FlaskClient = world.app.test_client()
    return client.get(url, headers=headers)


def test_the_feed_counts_and_tells_of_no_child_and_nobody(world: World, key: str) -> None:
    with world.context():
        story = tracker.issued(world)
        child, action = story.review.child, story.recommendation().action
        names = [child.name, child.initials, child.case_system_id, world.person("worker").name, action]
        service = tracker.of_activity(world, action="Train nobody alone", tags=["voice"])
    for url in (URL, URL.replace("json", "csv")):
        text = read(world, key, url).get_data(as_text=True)
        assert not [name for name in names if name in text]
        assert "Train nobody alone" in text
    rows = {row["reference"]: row for row in read(world, key).get_json()["rows"]}
    assert rows[service]["tags"] == ["voice"]
    assert rows[service]["stands"] == "No forecast yet"
    assert len(rows) == 2


def test_whatever_is_wrong_gets_one_answer(world: World, key: str) -> None:
    client = world.client("head.qa")
    wrong = [
        client.get(URL),
        client.get(f"{URL}?token={key}&key={key}&access_token={key}"),
        read(world, ""),
        read(world, key[:-1]),
        read(world, key.upper()),
        read(world, "x" * 10_000),
        world.app.test_client().get(URL, headers={"Authorization": f"Basic {key}"}),
        world.app.test_client().get(URL, headers={"Authorization": "Bearer \udcff"}),
    ]
    with clock.set_to(TODAY + timedelta(days=31)):
        wrong.append(read(world, key))
    answers = {(answer.status_code, answer.get_data(as_text=True)) for answer in wrong}
    assert len(answers) == 1
    assert answers.pop()[0] == 401
    assert read(world, key).status_code == 200
    assert "Set-Cookie" not in read(world, key).headers


def test_a_key_ends_when_it_is_revoked_or_its_person_may_not_sign_in(world: World, key: str) -> None:
    assert read(world, key).status_code == 200
    with world.context():
        other = feed_tokens.make(world.actor("head.qa"), "another", END)
        row = session.scalars(select(FeedToken).where(FeedToken.digest == feed_tokens.digest_of(other))).one()
        assert other not in json.dumps([row.digest, row.name])
        feed_tokens.revoke(world.actor("head.qa"), row.public_id)
    assert read(world, other).status_code == 401
    with world.context(), unit_of_work(SYSTEM):
        world.person("head.qa").active = False
    assert read(world, key).status_code == 401


def test_pages_by_key_have_every_row_once(world: World, key: str) -> None:
    with world.context():
        made = {tracker.of_activity(world) for _ in range(7)}
    found, url = [], f"{URL}?limit=3&status=all"
    while url:
        page = read(world, key, url.removeprefix("http://localhost")).get_json()
        found += [row["reference"] for row in page["rows"]]
        url = page["next"]
    assert len(found) == 7
    assert set(found) == made
    link = read(world, key, "/feed/recommendations.csv?limit=3").headers["Link"]
    assert re.fullmatch(r'<http://localhost/feed/recommendations\.csv\?.*after=[0-9a-f-]{36}>; rel="next"', link)
    for odd in ("limit=x", "limit=-1", "limit=999999999", "after=1", "after=%00", "status=x", "sort=owner"):
        assert read(world, key, f"{URL}?{odd}").status_code in (200, 400), odd


ODD = ("%00", "a%00b", "%ff%fe", "%ed%a0%80", "%c0%80", "%ef%bf%bf", "%e2%80%a8", "%0d%0aX-Odd:1", "%2500", "%", "%zz",
       "%f0%9f%98%80", "x" * 3000)  # fmt: skip


def test_odd_bytes_are_answered_as_the_feed_answers(world: World, key: str) -> None:
    """Never a page: whoever reads it is a program. On both databases, and in every place of the query."""
    with world.context():
        tracker.of_activity(world)
    for name in ("limit", "after", "status", "search", "owner", "team", "tag", "source", "from", "nobody"):
        for odd in ODD:
            for query in (f"{name}={odd}", f"{odd}={name}"):
                for kind, wanted in (("json", "application/json"), ("csv", "text/csv")):
                    answer = read(world, key, f"{URL.replace('json', kind)}?{query}")
                    assert answer.status_code in (200, 400), (kind, query)
                    assert answer.mimetype == ("application/json" if answer.status_code == 400 else wanted), query
                    assert "X-Odd" not in answer.headers
    nul = read(world, key, f"{URL}?status=%00")
    assert (nul.status_code, list(nul.get_json())) == (400, ["message"])
    for answer in (read(world, key, "/feed/nothing"), world.app.test_client().post(URL)):
        assert (answer.status_code in (404, 405), answer.mimetype) == (True, "application/json")


def test_odd_bytes_in_the_register_and_in_a_search_are_a_page_or_a_refusal(world: World) -> None:
    with world.context():
        tracker.issued(world)
    client, admin = world.client("head.qa"), world.client("admin")
    for odd in ODD:
        for name in ("search", "status", "owner", "tag", "after", "before", "sort", "view", "page", "from"):
            for url in ("/recommendations", "/reviews", "/activities/", "/recommendations/export.csv"):
                answer = client.get(f"{url}?{name}={odd}")
                assert answer.status_code in (200, 302, 400, 404), (url, name, odd)
                answer.get_data()  # a file is sent in pieces, and holds on to the request until the last
        assert admin.get(f"/people/?search={odd}").status_code in (200, 400)


def test_each_reading_is_in_the_log(world: World, key: str) -> None:
    with world.context():
        tracker.of_activity(world)
    read(world, key)
    with world.context():
        event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "feed.read")).one()
        assert (event.subject_kind, event.data) == ("feed_token", {"action": "json", "number": 1})


def test_guessing_is_slowed_and_keeps_nobody_from_signing_in(world: World, key: str) -> None:
    statuses = [read(world, f"plf_{number}").status_code for number in range(32)]
    assert statuses[:30] == [401] * 30
    assert statuses[-1] == 429
    assert read(world, key).status_code == 200
    assert world.client("worker").get("/").status_code == 200


def test_a_key_is_made_with_ones_password_shown_once_and_revoked(world: World) -> None:
    client = world.client("manager")
    assert "keys for the feed" in client.get("/account").get_data(as_text=True)
    form = {"csrf_token": token(client), "name": "Board report", "current": PASSWORD}
    form |= {"ends_on-day": "1", "ends_on-month": "6", "ends_on-year": "2027"}
    wrong = client.post("/account/feed", data={**form, "current": "not this one"})
    assert wrong.status_code == 422
    assert "Board report" in wrong.get_data(as_text=True)
    for field, value in (("name", ""), ("ends_on-year", "2029"), ("ends_on-year", "2020"), ("ends_on-day", "")):
        assert client.post("/account/feed", data={**form, field: value}).status_code == 422, (field, value)
    made = client.post("/account/feed", data=form)
    [key] = set(re.findall(r"plf_[\w-]+", made.get_data(as_text=True)))
    assert read(world, key).status_code == 200
    page = client.get("/account/feed").get_data(as_text=True)
    assert key not in page
    [public_id] = re.findall(r"/account/feed/([0-9a-f-]{36})/revoke", page)
    stranger = world.client("worker")
    url = f"/account/feed/{public_id}/revoke"
    assert stranger.post(url, data={"csrf_token": token(stranger)}).status_code == 404
    assert client.post(url, data={"csrf_token": token(client)}).status_code == 303
    assert read(world, key).status_code == 401


def test_who_has_no_recommendations_has_no_feed(world: World) -> None:
    for login in ("admin", "agency"):
        assert world.client(login).get("/account/feed").status_code == 404
