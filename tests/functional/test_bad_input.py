"""What no form of ours would send: a clear message, the right status, nothing half-written, never a crash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.functional.test_access_walk import digests, rules
from tests.support.browsing import main_form, send
from tests.support.people_at_work import MarkedStory, address, stops_of, token, visitor
from tests.support.stages import Story, review_at
from tests.support.world import World, token_in
from workflows.states import ReviewState

NOT_UUID = "00000000-0000-4000-8000-000000000000"
LONG_NUMBER = "9" * 5000  # Python itself refuses to read more than 4,300 digits
TYPED = "Seen alone at school on 3 June 2026, and heard."


class Desk:
    """The reviewer at one part of one review."""

    def __init__(self, world: World, story: Story, part: str = "needs") -> None:
        self.world, self.story, self.part = world, story, part
        with world.context():
            self.review = f"/reviews/{story.review.public_id}"
        self.url = f"{self.review}/parts/{part}"
        self.client = world.client("external.reviewer")

    def save(self, version: str | None, **given: Any) -> TestResponse:
        """Send the part's form; `version` None leaves it out."""
        typed = {f"{self.part}-{key}": value for key, value in {"evidence": TYPED, **given}.items()}
        data = {"csrf_token": token(self.client), **typed}
        return self.client.post(self.url, data=data if version is None else {**data, "version": version})

    def saved(self) -> dict[str, Any]:
        """What is stored of the part now."""
        with self.world.context():
            row = next((row for row in self.story.review.parts if row.part == self.part), None)
            return dict(row.answers) if row else {}


@pytest.fixture
def fresh(sqlite_world: World) -> Desk:
    """A part nobody has written yet."""
    with sqlite_world.context():
        story = Story(sqlite_world)
        story.drafting()
    return Desk(sqlite_world, story)


@pytest.fixture
def written(sqlite_world: World) -> Desk:
    """A part that was saved once."""
    with sqlite_world.context():
        story = Story(sqlite_world)
        story.drafting()
        story.written()
    return Desk(sqlite_world, story)


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


# Versions

FORGED = ["", "-1", "abc", "7", LONG_NUMBER, "²", "\u0661", "1.0", "0x1", "1; DROP TABLE review", "\x00"]


@pytest.mark.parametrize("version", [None, *FORGED])
def test_a_first_save_loses_nothing_for_want_of_a_version(fresh: Desk, version: str | None) -> None:
    """There is nothing to overwrite, so what was typed is kept whatever the page says it had."""
    assert fresh.save(version).status_code == 303
    assert fresh.saved()["evidence"] == TYPED


@pytest.mark.parametrize("version", [None, *FORGED])
def test_a_forged_version_overwrites_nobody_and_loses_nothing(written: Desk, version: str | None) -> None:
    before = written.saved()
    answer = written.save(version)
    assert answer.status_code == 409
    page = text(answer)
    assert TYPED in page
    assert before["evidence"].split(":")[0] in page
    assert written.saved() == before


def test_keep_mine_puts_my_text_on_top(written: Desk) -> None:
    """The stale page's own form, sent as it stands, is a deliberate save on top of theirs."""
    page = text(written.save("0", grade="requires_improvement"))
    action, values = main_form(page, "needs-evidence")
    answer = written.client.post(action, data=values)
    assert answer.status_code == 303
    assert written.saved()["evidence"] == TYPED
    assert written.saved()["grade"] == "requires_improvement"


def test_keep_theirs_leaves_the_saved_text(written: Desk) -> None:
    before = written.saved()
    page = text(written.save("0"))
    assert f'href="{written.url}"' in page
    assert TYPED not in text(written.client.get(written.url))
    assert written.saved() == before


@pytest.mark.parametrize("version", [None, *FORGED])
def test_an_action_with_a_forged_version_is_not_taken(written: Desk, version: str | None) -> None:
    before = digests(written.world)
    data = {"csrf_token": token(written.client)} | ({} if version is None else {"version": version})
    answer = written.client.post(f"{written.review}/do/share", data=data)
    assert answer.status_code == 409
    assert "out of date" in text(answer)
    assert digests(written.world) == before


def test_a_stale_moderation_shows_both_comments(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.HOS_MODERATION)
        url = f"/reviews/{story.review.public_id}/moderation"
    head = sqlite_world.client("head.qa")
    assert send(head, url, {"check-needs-comment": "Theirs"}, holding="check-").status_code == 303
    answer = send(head, url, {"check-needs-comment": "Mine", "version": "0"}, holding="check-")
    assert answer.status_code == 409
    assert "Mine" in text(answer)
    assert "Theirs" in text(answer)
    action, values = main_form(text(answer), "check-")
    assert head.post(action, data=values).status_code == 303
    assert "Mine" in text(head.get(url))


def test_a_stale_response_being_written_is_shown_to_be_copied(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.DISCUSSION)
        url = f"/reviews/{story.review.public_id}/respond"
    worker = sqlite_world.client("worker")
    assert send(worker, url, {"text-needs": "The first window.", "save": "yes"}, holding="stance").status_code == 303
    data = {"csrf_token": token(worker), "version": "0", "text-needs": "The second window.", "save": "yes"}
    answer = worker.post(url, data=data)
    assert answer.status_code == 409
    assert "The second window." in text(answer)
    assert "The first window." in text(worker.get(url))


# Not now, not you


def test_an_action_of_another_stage_says_so(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.DISCUSSION)
        url, version = f"/reviews/{story.review.public_id}", story.review.version
    reviewer = sqlite_world.client("external.reviewer")
    before = digests(sqlite_world)
    answer = reviewer.post(f"{url}/do/share", data={"csrf_token": token(reviewer), "version": version})
    assert answer.status_code == 409
    assert "Nothing has been changed" in text(answer)
    answer = reviewer.post(
        f"{url}/do/return", data={"csrf_token": token(reviewer), "version": version, "reason": "x y"}
    )
    assert answer.status_code == 409
    assert digests(sqlite_world) == before


def test_a_refused_action_gives_back_what_was_typed(sqlite_world: World) -> None:
    """The reviewer wrote a reason while the review moved on."""
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.HOS_MODERATION)
        url, version = f"/reviews/{story.review.public_id}", story.review.version
    reviewer = sqlite_world.client("external.reviewer")
    typed = "I found something that I had missed."
    answer = reviewer.post(
        f"{url}/do/take_back", data={"csrf_token": token(reviewer), "version": version, "reason": typed}
    )
    assert answer.status_code == 409
    assert typed in text(answer)


@pytest.mark.parametrize("typed", ["Missed.", "missed", "2026"])
def test_a_refused_action_gives_back_a_single_word(sqlite_world: World, typed: str) -> None:
    """And no code beside it: the version, a token, a choice."""
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.HOS_MODERATION)
        url, version = f"/reviews/{story.review.public_id}", story.review.version
    reviewer = sqlite_world.client("external.reviewer")
    data = {
        "csrf_token": token(reviewer),
        "version": version,
        "reason": typed,
        "password": "hunter-two",
        "what": "keep",
    }
    answer = text(reviewer.post(f"{url}/do/take_back", data=data))
    assert re.findall(r'class="pl-typed">([^<]*)<', answer) == [typed]
    assert "hunter-two" not in answer
    assert "Yes." not in answer
    assert "What you chose on that page" in answer


def test_only_where_nothing_was_typed_is_it_said_to_be_safe(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.HOS_MODERATION)
        url, version = f"/reviews/{story.review.public_id}", story.review.version
    reviewer = sqlite_world.client("external.reviewer")
    data = {"csrf_token": token(reviewer), "version": version, "reason": ""}
    assert "Yes. Everything that was saved" in text(reviewer.post(f"{url}/do/take_back", data=data))
    chosen = text(reviewer.post(f"{url}/do/take_back", data={**data, "what": "keep"}))
    assert "Yes. Everything" not in chosen
    assert "What you chose on that page" in chosen


# What is no answer


def test_an_unknown_grade_is_refused_and_the_text_is_kept(fresh: Desk) -> None:
    answer = fresh.save("0", grade="brilliant")
    assert answer.status_code == 422
    assert TYPED in text(answer)
    assert fresh.saved()["evidence"] == TYPED
    assert fresh.saved()["grade"] is None


@pytest.mark.parametrize("field", ["check-needs-matches", "view-needs", "once-issues"])
def test_a_choice_that_is_none_of_the_choices_is_no_answer(sqlite_world: World, field: str) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.HOS_MODERATION)
        url = f"/reviews/{story.review.public_id}/moderation"
    head = sqlite_world.client("head.qa")
    assert send(head, url, {field: "perhaps"}, holding="check-").status_code == 303
    assert "perhaps" not in text(head.get(url))


def test_a_stance_that_is_none_of_them_is_asked_for(sqlite_world: World) -> None:
    with sqlite_world.context():
        story = review_at(sqlite_world, ReviewState.DISCUSSION)
        url = f"/reviews/{story.review.public_id}/respond"
    stances = {f"stance-{part}": "agree" for part in ("journey", "summary", "recommendations")}
    answer = send(
        sqlite_world.client("worker"), url, {**stances, "stance-needs": "shrug", "text-needs": TYPED}, holding="stance"
    )
    assert answer.status_code == 422
    assert TYPED in text(answer)


def test_an_empty_form_wipes_nothing_that_was_saved(written: Desk) -> None:
    """A post cut short on its way has the token and the version, and not one of the fields."""
    before = written.saved()
    data = {"csrf_token": token(written.client), "version": "1"}
    answer = written.client.post(written.url, data=data)
    assert answer.status_code < 500
    assert written.saved()["evidence"] == before["evidence"]


# What people paste


class Hostile(MarkedStory):
    """Everything typed by anybody has a tag in it."""

    def mark(self, word: str) -> str:
        return f"{word}<i x='1'>\"&amp;"


PATHS = {
    "answered": ["drafting", "discussion", "responded", "replied"],
    "returned": ["drafting", "discussion", "hos_moderation", "returned"],
    "issued": ["drafting", "discussion", "hos_moderation", "tracking", "issued"],
}


@pytest.mark.slow
@pytest.mark.parametrize("stage", sorted(PATHS))
@pytest.mark.parametrize("full", [False, True])
def test_a_tag_that_was_typed_is_text_on_every_page(sqlite_world: World, stage: str, full: bool) -> None:
    with sqlite_world.context():
        story = Hostile(sqlite_world, stage, "X", full=full)
        for step in PATHS[stage]:
            getattr(story, step)()
        case = story.case()
    seen = 0
    for login in ("external.reviewer", "worker", "manager", "head.qa"):
        client = visitor(sqlite_world, login)
        urls = [stop.url for stop in stops_of(sqlite_world.app, case)]
        for url in (*urls, "/", "/reviews", "/recommendations?view=all", "/reviews?search=<i x='1'>"):
            answer = client.get(url)
            assert answer.status_code < 500, url
            if answer.mimetype == "text/html":
                assert "<i x=" not in text(answer), f"{url} as {login}"
                seen += "&lt;i x=" in text(answer)
    assert seen > 5


def test_control_characters_are_left_out(world: World) -> None:
    """A NUL is no character for PostgreSQL, and an escape sequence has no business in a record."""
    with world.context():
        story = Story(world)
        story.drafting()
    desk = Desk(world, story)
    assert desk.save("0", evidence="before\x00\x07\x1b[31m after\r\nnext\tcolumn").status_code == 303
    assert desk.saved()["evidence"].startswith("before")
    assert not {"\x00", "\x07", "\x1b"} & set(desk.saved()["evidence"])
    assert "next" in desk.saved()["evidence"]


def test_a_very_long_paste_is_kept_on_the_page_and_said_to_be_too_long(fresh: Desk) -> None:
    paste = "Case note. " * 20_000
    answer = fresh.save("0", evidence=paste, difference="And what changed.")
    assert answer.status_code == 422
    assert paste[:1000] in text(answer)
    assert "characters or fewer" in text(answer)
    script = fresh.client.post(
        fresh.url,
        data={"csrf_token": token(fresh.client), "version": "1", "needs-evidence": paste},
        headers={"Accept": "application/json"},
    )
    assert script.status_code < 500
    assert script.is_json


def test_the_same_field_twice_is_read_once(fresh: Desk) -> None:
    assert fresh.save("0", evidence=[TYPED, "Another."], grade=["good", "inadequate"]).status_code in (303, 422)
    assert fresh.saved()["evidence"] in (TYPED, "")


# The request itself


def test_a_foreign_host_name_is_refused(sqlite_world: World) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80"):
        answer = sqlite_world.client().get("/sign-in", headers={"Host": host})
        assert answer.status_code == 400, host
        assert "not the service’s address" in text(answer).replace("'", "’").replace("&#39;", "’")


def test_a_post_of_five_megabytes_is_too_large(fresh: Desk) -> None:
    answer = fresh.save("0", evidence="x" * 5_000_000)
    assert answer.status_code == 413
    assert "too large" in text(answer)
    assert fresh.saved() == {}


def test_bytes_that_are_no_text(world: World) -> None:
    """Latin-1 from an old client, and bytes that are nothing: read as far as can be, or refused."""
    with world.context():
        story = Story(world)
        story.drafting()
    desk = Desk(world, story)
    mark = token(desk.client).encode()
    for body in (
        b"needs-evidence=caf\xe9&version=0&csrf_token=" + mark,
        b"\xff\xfe=\x80&csrf_token=" + mark,
        b"%ff%00%zz",
    ):
        answer = desk.client.post(desk.url, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in (303, 400, 409, 422)
    multipart = b'--x\r\nContent-Disposition: form-data; name="evidence"\r\n\r\ncut short'
    answer = desk.client.post(desk.url, data=multipart, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400


def test_json_where_a_form_is_expected_changes_nothing(written: Desk) -> None:
    before = written.saved()
    for headers in ({}, {"X-CSRFToken": token(written.client)}):
        answer = written.client.post(written.url, json={"needs-evidence": "mine", "version": 1}, headers=headers)
        assert answer.status_code in (400, 409, 422)
        assert written.saved() == before


def test_a_file_where_none_belongs_is_refused_and_the_text_given_back(written: Desk) -> None:
    """Whatever the form: no file is dropped without a word."""
    before = written.saved()
    data = {"csrf_token": token(written.client), "version": "1", "needs-evidence": TYPED}
    answer = written.client.post(written.url, data={**data, "needs-file": (BytesIO(b"%PDF-1.7"), "letter.pdf")})
    assert answer.status_code == 409
    assert "No file can be attached here" in answer.get_data(as_text=True)
    assert TYPED in answer.get_data(as_text=True)
    assert written.saved() == before
    none_chosen = written.client.post(written.url, data={**data, "needs-file": (BytesIO(b""), "")})
    assert none_chosen.status_code == 303


ODD_PAGES = ["0", "-1", str(10**30), LONG_NUMBER, "²", "1.5", "", "x", "\x00", "\u0661"]


@pytest.mark.parametrize("number", ODD_PAGES)
def test_an_odd_page_number_is_the_first_or_the_last_page(sqlite_world: World, number: str) -> None:
    head, admin = sqlite_world.client("head.qa"), sqlite_world.client("admin")
    for client, url in ((head, "/reviews"), (head, "/recommendations"), (head, "/concerns"), (admin, "/people/")):
        assert client.get(url, query_string={"page": number}).status_code in (200, 302, 400), url


def odd_words() -> Iterator[str]:
    yield from (
        "\x00",
        "a\x00b",
        "%",
        "_",
        "'",
        '"',
        "\\",
        "\ud7ff",
        "😀",
        "x" * 100_000,
        "<script>",
        "../../etc",
        "-1",
    )


def test_odd_words_in_a_search_find_nothing(world: World) -> None:
    """On both databases: PostgreSQL refuses a NUL where SQLite takes it."""
    with world.context():
        Story(world)
    head, admin = world.client("head.qa"), world.client("admin")
    for word in odd_words():
        for key in ("search", "stage", "reviewer", "worker", "month", "theme", "status", "grade", "view"):
            for url in ("/reviews", "/recommendations"):
                answer = head.get(url, query_string={key: word})
                assert answer.status_code in (200, 400), (url, key, word[:20])
        assert admin.get("/people/", query_string={"search": word, "status": word}).status_code in (200, 400)


def test_odd_addresses_find_nothing(world: World) -> None:
    """Every route with something in its address, with every odd thing in it, signed in as two who see most."""
    wrong = []
    for login in ("head.qa", "admin"):
        client = visitor(world, login)
        for rule in rules(world.app):
            for value in ("-1", "0", "%00", "a%00b", "%ff%fe", "..%2f..%2f", "'%20OR%201=1--", "x" * 5000):
                if rule.arguments and "GET" in (rule.methods or ()):
                    made = address(world.app, rule.endpoint, **dict.fromkeys(rule.arguments, 7654321))
                    status = client.get(made.replace("7654321", value)).status_code
                    if status not in (400, 403, 404, 405, 308):
                        wrong.append(f"{rule.rule} with {value[:20]} as {login}: {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_refused(sqlite_world: World, method: str) -> None:
    client = visitor(sqlite_world, "head.qa")
    for rule in rules(sqlite_world.app):
        values = dict.fromkeys(rule.arguments, 1)
        status = client.open(address(sqlite_world.app, rule.endpoint, **values), method=method).status_code
        assert status in (404, 405), rule.rule


def test_a_very_long_address_is_refused_or_not_found(sqlite_world: World) -> None:
    client = sqlite_world.client("head.qa")
    assert client.get("/" + "a" * 100_000).status_code == 404
    assert client.get("/reviews?" + "a=b&" * 20_000).status_code in (200, 400, 414)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\tevil",
        "\t//evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "/sign-out",
        "x" * 5000,
        "/\x07",
    ],
)
def test_signing_in_leads_nowhere_else(sqlite_world: World, target: str) -> None:
    client: FlaskClient = sqlite_world.client()
    page = client.get("/sign-in", query_string={"next": target})
    assert page.status_code == 200
    data = {
        "email": "worker@example.org",
        "password": "plumbline-demo",
        "csrf_token": token_in(text(page)),
        "next": target,
    }
    answer = client.post("/sign-in", data=data)
    assert answer.status_code == 303
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))
    assert "evil.example" not in answer.location or answer.location == "/%09/evil.example"


def test_signing_in_with_odd_words(world: World) -> None:
    """A NUL in an address, a password of a megabyte, and nothing at all: the same plain answer."""
    client = world.client()
    mark = token_in(text(client.get("/sign-in")))
    for email, password in (
        ("a\x00@example.org", "x"),
        ("worker@example.org", "y" * 1_000_000),
        ("", ""),
        ("😀", "\x00"),
    ):
        answer = client.post("/sign-in", data={"email": email, "password": password, "csrf_token": mark})
        assert answer.status_code in (422, 429), email
