"""What the script that saves drafts asks of the real pages, and what it is answered.

The script itself is tried in a browser (tests/browser); here are its requests, without it.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import extensions
from app.extensions import session
from app.models.records import AuditEvent
from tests.support.browsing import main_form
from tests.support.html import parse
from tests.support.people_at_work import visitor
from tests.support.stages import Story, review_at
from tests.support.world import World
from workflows.states import ReviewState

JSON = {"Accept": "application/json"}
WORDS = "Seen alone at school on 3 June 2026."

# Where somebody writes: who, at which stage, the page, and the field that the test changes.
PAGES = {
    "a part": ("external.reviewer", ReviewState.DRAFTING, "/parts/needs", "needs-evidence"),
    "an amendment": ("external.reviewer", ReviewState.DISCUSSION, "/parts/needs", "needs-evidence"),
    "a response": ("worker", ReviewState.DISCUSSION, "/respond", "text-needs"),
    "a moderation": ("head.qa", ReviewState.HOS_MODERATION, "/moderation", "check-needs-comment"),
}


class Draft:
    """One page that saves itself, as the script sees it."""

    def __init__(self, world: World, kind: str) -> None:
        login, state, path, self.name = PAGES[kind]
        with world.context():
            self.story: Story = review_at(world, state)
            self.url = f"/reviews/{self.story.review.public_id}{path}"
        self.world, self.login, self.client = world, login, world.client(login)

    def open(self, client: FlaskClient | None = None) -> tuple[str, Any]:
        """(address, fields) of the form that saves itself."""
        page = (client or self.client).get(self.url)
        assert page.status_code == 200
        return main_form(page.get_data(as_text=True), self.name)

    def save(self, fields: Any, words: str, client: FlaskClient | None = None) -> TestResponse:
        fields.setlist(self.name, [words])
        return (client or self.client).post(self.url, data=fields, headers=JSON)

    def events(self) -> int:
        with self.world.context():
            return session.scalar(select(func.count()).select_from(AuditEvent)) or 0


@pytest.fixture(params=sorted(PAGES))
def draft(request: pytest.FixtureRequest, sqlite_world: World) -> Draft:
    return Draft(sqlite_world, request.param)


def test_the_form_says_where_and_with_which_version(draft: Draft) -> None:
    """One form that saves itself, its own address, a version, and a place where the script speaks."""
    page = parse(draft.client.get(draft.url).get_data(as_text=True))
    forms = [node for node in page.walk() if "data-autosave" in node.attrs]
    assert [node.attrs["data-autosave"] for node in forms] == [draft.url]
    names = [node.attrs.get("name") for node in forms[0].walk()]
    assert names.count("version") == names.count("csrf_token") == 1
    places = [node for node in page.walk() if "data-save-status" in node.attrs]
    assert [(node.attrs["role"], node.attrs["aria-live"]) for node in places] == [("status", "polite")]


def test_a_save_says_when_and_gives_the_next_version(draft: Draft) -> None:
    _address, fields = draft.open()
    first = draft.save(fields, WORDS)
    assert first.status_code == 200
    assert first.json
    assert first.json["saved_at"] == "09:00"
    fields["version"] = str(first.json["version"])
    second = draft.save(fields, WORDS + " And again on the 9th.")
    assert second.status_code == 200
    assert second.json
    assert second.json["version"] == first.json["version"] + 1
    _address, stored = draft.open()
    assert stored[draft.name].endswith("And again on the 9th.")
    assert stored["version"] == str(second.json["version"])


def test_each_save_is_one_event(draft: Draft) -> None:
    _address, fields = draft.open()
    before = draft.events()
    assert draft.save(fields, WORDS).status_code == 200
    assert draft.events() == before + 1


def test_a_second_window_is_told_and_nothing_is_overwritten(draft: Draft) -> None:
    second = visitor(draft.world, draft.login)
    (_address, one), (_other, two) = draft.open(), draft.open(second)
    assert draft.save(one, "Of the first window.").status_code == 200
    told = draft.save(two, "Of the second window.", second)
    assert told.status_code == 409
    assert told.json
    assert told.json["message"]
    assert told.json["url"]
    assert draft.open()[1][draft.name] == "Of the first window."


def test_a_token_that_ran_out_comes_back_fresh(draft: Draft) -> None:
    """The script puts it in and tries once more; nothing typed is lost."""
    _address, fields = draft.open()
    fields["csrf_token"] = "of yesterday"
    fields.setlist(draft.name, [WORDS])
    headers = {**JSON, "Sec-Fetch-Site": "same-origin"}
    answer = draft.client.post(draft.url, data=fields, headers=headers)
    assert answer.status_code == 400
    assert answer.json
    fields["csrf_token"] = answer.json["csrf_token"]
    assert draft.client.post(draft.url, data=fields, headers=headers).status_code == 200
    assert draft.open()[1][draft.name] == WORDS


def test_signed_out_meanwhile_is_said_in_json(draft: Draft) -> None:
    """A redirect to the sign-in page would look like a save to a script that follows it."""
    _address, fields = draft.open()
    draft.client.delete_cookie("session")
    assert draft.save(fields, WORDS).status_code in (400, 401)


def test_moved_on_meanwhile_is_said_and_saves_nothing(draft: Draft) -> None:
    """The review is withdrawn while somebody writes."""
    from app.services import issuing

    _address, fields = draft.open()
    with draft.world.context():
        head = draft.world.actor("head.qa")
        issuing.withdraw(head, draft.story.id, draft.story.review.version, reason="Opened by mistake.")
    before = draft.events()
    answer = draft.save(fields, WORDS)
    assert answer.status_code in (404, 409)
    assert answer.json
    assert answer.json["message"]
    assert draft.events() == before


def test_two_parts_at_once_know_nothing_of_each_other(sqlite_world: World) -> None:
    """A version for each part: whoever writes the one does not disturb the other (architecture 4)."""
    draft = Draft(sqlite_world, "a part")
    other = visitor(sqlite_world, "external.reviewer")
    _address, needs = draft.open()
    elsewhere = draft.url.replace("/needs", "/journey")
    _address, journey = main_form(other.get(elsewhere).get_data(as_text=True), "journey-evidence")
    for round_ in ("one", "two"):
        needs["version"] = str(draft.save(needs, f"Needs {round_}.").json["version"])  # type: ignore[index]
        journey["journey-evidence"] = f"Journey {round_}."
        answer = other.post(elsewhere, data=journey, headers=JSON)
        assert answer.status_code == 200
        journey["version"] = str(answer.json["version"])  # type: ignore[index]
    assert draft.open()[1][draft.name] == "Needs two."


def test_saving_the_same_again_is_no_change(sqlite_world: World) -> None:
    """Leaving a field that is as it was asks for nothing to be written."""
    draft = Draft(sqlite_world, "a part")
    _address, fields = draft.open()
    first = draft.save(fields, WORDS)
    assert first.json
    fields["version"] = str(first.json["version"])
    before = draft.events()
    assert draft.save(fields, WORDS).json["version"] == first.json["version"]  # type: ignore[index]
    assert draft.events() == before


def test_a_busy_database_is_said_and_the_page_can_try_again(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else holds the write lock for longer than one waits."""
    draft = Draft(sqlite_world, "a part")
    _address, fields = draft.open()
    with sqlite_world.context():
        other = extensions.make_engine(extensions.engine().url.render_as_string())
    with other.connect() as connection:
        connection.begin()
        with sqlite_world.context():
            extensions.let_go()
        _impatient(sqlite_world)
        answer = draft.save(fields, WORDS)
        assert answer.status_code == 503
        assert answer.json
        assert answer.json["message"]
    other.dispose()
    assert draft.save(fields, WORDS).status_code == 200


def _impatient(world: World) -> None:
    """The product waits five seconds; the test does not."""
    from sqlalchemy import event

    engine = world.app.extensions[extensions.ENGINE][0]
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=50"))
