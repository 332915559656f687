"""The pages of an import, as a person without JavaScript goes through them."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import clock
from app.extensions import session
from app.models.activities import Activity, ActivityKind
from app.models.people import Person
from app.models.plans import ImportBatch, ImportDraft, Plan, PlanLine
from app.models.recommendations import Level, Recommendation, RecommendationEntry
from app.services import invariants
from app.services.unit_of_work import unit_of_work
from tests.support.browsing import main_form, send
from tests.support.messy import HEADS, a_book, messy
from tests.support.world import World, token_in
from workflows.states import RecommendationState

HEAD = "head.qa"


def upload(client: FlaskClient, content: bytes, url: str = "/plans/import", **fields: str) -> TestResponse:
    page = client.get(url)
    given = {"plan": "", "name": "Improvement plan", "kind": "other", **fields}
    data = {**given, "csrf_token": token_in(page.get_data(as_text=True)), "file": (io.BytesIO(content), "plan.xlsx")}
    return client.post(url, data=data, content_type="multipart/form-data")


def shown(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.get_data(as_text=True)


def counts(world: World) -> tuple[int, int, int]:
    with world.context():
        return tuple(session.query(kind).count() for kind in (PlanLine, ImportBatch, ImportDraft))  # type: ignore[return-value]


def test_an_import_from_the_file_to_the_result_and_back(world: World) -> None:
    client = world.client(HEAD)
    answer = upload(client, messy())
    assert answer.status_code == 303, answer.get_data(as_text=True)
    columns = answer.location
    page = shown(client, columns)
    assert "Taken for this by its heading." in page
    answer = send(client, columns, holding="column-0")
    assert answer.location == columns + "/rows"
    rows = shown(client, answer.location)
    assert "names two months: which day is meant?" in rows
    assert "Nothing: it stands above the headings" in rows
    assert counts(world) == (0, 0, 1)
    answer = send(
        client, columns + "/rows", {"day-12": "31/3/2027", "made-16": "nothing", "do": "import"}, holding="day-"
    )
    assert answer.status_code == 303
    assert counts(world) == (9, 1, 0)
    done = shown(client, answer.location)
    assert all(f'A line was made<span class="govuk-visually-hidden"> of row {n}' in done for n in (6, 7, 11, 12, 20))
    assert "Blank" in done
    with world.context():
        [line] = session.query(PlanLine).filter_by(source_row=12)
        assert str(line.due_on) == "2027-03-31"
        plan = session.query(Plan).one().public_id
    table = shown(client, f"/plans/{plan}")
    assert "Join the network" in table
    assert "31 March 2027" in table
    undo = answer.location + "/undo"
    answer = send(client, undo, holding="seen")
    assert answer.status_code == 303
    assert "This import was undone on" in shown(client, answer.location)
    assert "Join the network" not in shown(client, f"/plans/{plan}")
    assert client.get(undo).status_code == 303


def test_as_many_lines_are_unsure_in_the_plan_as_the_import_said(sqlite_world: World) -> None:
    """A heading of which something is unsure is counted by itself: it makes no line."""
    client = sqlite_world.client(HEAD)
    columns = upload(client, messy()).location
    said = re.sub(r"<[^>]+>|\s+", " ", shown(client, columns + "/rows"))
    said = re.sub(" +", " ", said)
    [(lines, headings)] = re.findall(r"(\d+) lines unsure (\d+) headings? unsure", said)
    assert (int(lines) > 1, int(headings)) == (True, 1)
    assert "rows unsure" not in said
    send(client, columns + "/rows", {"do": "import"}, holding="day-")
    with sqlite_world.context():
        plan = session.query(Plan).one().public_id
        assert sum(bool(line.doubts) for line in session.query(PlanLine)) == int(lines)
    told = re.sub(" +", " ", re.sub(r"<[^>]+>|\s+", " ", shown(client, f"/plans/{plan}")))
    assert f"Unsure {lines} lines" in told


def test_an_import_tells_what_cannot_be_read_beside_the_field(sqlite_world: World) -> None:
    client = sqlite_world.client(HEAD)
    for content, told in (
        (b"%PDF-1.7", "This is a PDF"),
        (b"", "The file is empty"),
        (b"PK\x03\x04x", "The file is damaged"),
        (b"why,who\n" * 6000, "more than 5,000 rows"),
    ):
        answer = upload(client, content)
        assert answer.status_code == 422
        assert told in answer.get_data(as_text=True)
    answer = upload(client, messy(), name="")
    assert "Choose a plan, or give a new one a name." in answer.get_data(as_text=True)
    assert counts(sqlite_world) == (0, 0, 0)


def test_an_import_of_fifty_megabytes_is_refused_and_the_next_is_taken(sqlite_world: World) -> None:
    client = sqlite_world.client(HEAD)
    answer = upload(client, b"a" * (50 * 1024 * 1024))
    assert answer.status_code == 413
    assert "That is too large to send" in answer.get_data(as_text=True)
    assert upload(client, messy()).status_code == 303


def test_a_day_that_cannot_be_read_stays_typed_and_nothing_is_imported(sqlite_world: World) -> None:
    client = sqlite_world.client(HEAD)
    rows = upload(client, messy()).location + "/rows"
    answer = send(client, rows, {"day-12": "spring", "day-6": "5/5/2026", "do": "import"}, holding="day-")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Row 12: write a whole day" in page
    assert 'value="spring"' in page
    assert 'value="5/5/2026"' in page
    assert counts(sqlite_world) == (0, 0, 1)


def test_columns_are_corrected_and_no_two_mean_the_same(sqlite_world: World) -> None:
    client = sqlite_world.client(HEAD)
    columns = upload(client, a_book([["Ziel", "Aufgabe"], ["Better", "Do it"], ["More", "Do more"]])).location
    assert "No row of headings was found" in shown(client, columns)
    answer = send(client, columns, {"header": "1", "again": "1"}, holding="column-0")
    assert answer.location == columns
    assert "Ziel" in shown(client, columns)
    answer = send(client, columns, {"column-0": "what", "column-1": "what"}, holding="column-0")
    assert answer.status_code == 422
    assert "More than one column is “Does what?”" in answer.get_data(as_text=True)
    send(client, columns, {"column-0": "extra", "column-1": "what"}, holding="column-0")
    send(client, columns + "/rows", {"do": "import"}, holding="version")
    with sqlite_world.context():
        assert [(row.what, row.extra) for row in session.query(PlanLine)] == [
            ("Do it", {"Ziel": "Better"}), ("Do more", {"Ziel": "More"}),
        ]  # fmt: skip


def test_a_second_window_of_the_same_import_loses_nothing(sqlite_world: World) -> None:
    client = sqlite_world.client(HEAD)
    rows = upload(client, messy()).location + "/rows"
    action, values = main_form(shown(client, rows), "day-")
    send(client, rows, {"day-12": "31/3/2027"}, holding="day-")
    values.setlist("day-12", ["1/4/2027"])
    answer = client.post(action, data=values)
    assert answer.status_code == 409
    assert "in another window" in answer.get_data(as_text=True)
    done = send(client, rows, {"do": "import"}, holding="day-").location
    answer = client.post(action, data=values)  # after it was taken in: to what became of it
    assert (answer.status_code, answer.location) == (303, done)
    assert client.get(rows).location == done


def test_an_import_is_nobody_elses(sqlite_world: World) -> None:
    draft = upload(sqlite_world.client(HEAD), messy()).location
    with sqlite_world.context(), unit_of_work(sqlite_world.actor("admin")) as work:
        from app.models.people import Delegation, DelegationKind

        span = {"kind": DelegationKind.AWAY, "from_on": clock.today(), "to_on": clock.today() + timedelta(days=9)}
        head, deputy = sqlite_world.person(HEAD), sqlite_world.person("deputy.qa")
        work.add(Delegation(head_id=head.id, deputy_id=deputy.id, reason="Leave", **span))
    deputy_client = sqlite_world.client("deputy.qa")
    assert deputy_client.get("/plans/import").status_code == 200
    assert deputy_client.get(draft).status_code == 404
    assert sqlite_world.client("manager").get(draft).status_code == 403


def test_an_import_can_be_thrown_away(sqlite_world: World) -> None:
    client = sqlite_world.client(HEAD)
    draft = upload(client, messy()).location
    page = shown(client, draft)
    answer = client.post(draft + "/drop", data={"csrf_token": token_in(page)})
    assert (answer.status_code, answer.location) == (303, "/plans")
    assert counts(sqlite_world) == (0, 0, 0)
    assert client.get(draft).status_code == 404


def test_a_large_import_is_looked_at_page_by_page(sqlite_world: World) -> None:
    client = sqlite_world.client(HEAD)
    lines = [[f"Why {n}", "HoS", f"Do {n}", "Weekly", "", "", "", ""] for n in range(230)]
    rows = upload(client, a_book([HEADS, *lines])).location + "/rows"
    answer = send(client, rows, {"day-2": "1/2/2027", "to": "3"}, holding="day-")
    assert "page=3" in answer.location
    page = shown(client, answer.location)
    assert "Rows 201 to 231 of 231." in page
    send(client, answer.location, {"do": "import"}, holding="day-")
    assert counts(sqlite_world)[0] == 230
    with sqlite_world.context():
        plan = session.query(Plan).one().public_id
        assert sum(line.due_on is not None for line in session.query(PlanLine)) == 1
    assert "Lines 51 to 100 of 230" in shown(client, f"/plans/{plan}?page=2")


# --- recommendations of an activity -----------------------------------------------------------------------


@pytest.fixture
def activity(world: World) -> str:
    with world.context(), unit_of_work(world.actor(HEAD)) as work:
        kind = session.query(ActivityKind).filter_by(key="peer_review").one()
        row = work.add(
            Activity(
                reference="A-2026-001",
                kind_id=kind.id,
                title="Peer review",
                held_on=clock.today(),
                recorded_at=work.at,
                recorded_by_id=work.person_id,
            )
        )
        return row.public_id


ROWS = [
    ["Recommendation", "Owner", "Due", "Expected effect", "Level"],
    ["Write a guide", "Priya Raman", "3/2/2027", "Clear help", "service"],
    ["Train deputies", "manager@example.org", "May 2027", "Calm", ""],
    ["Ask the child again", "Daniel Osei", "", "", "Child"],
    ["Look at rooms", "P. Raman", "", "", ""],
]


def test_rows_of_an_import_become_recommendations_of_an_activity(world: World, activity: str) -> None:
    client = world.client(HEAD)
    columns = upload(client, a_book(ROWS), f"/activities/{activity}/import").location
    page = shown(client, columns + "/rows")
    assert "“P. Raman” is nobody here by name or e-mail address" in page
    assert "needs its child" in page
    done = send(client, columns + "/rows", {"do": "import"}, holding="day-").location
    with world.context():
        made = session.query(Recommendation).order_by(Recommendation.id).all()
        assert [row.action for row in made] == ["Write a guide", "Train deputies", "Look at rooms"]
        assert {(row.state, row.level) for row in made} == {(RecommendationState.AGREED, Level.SERVICE)}
        manager = session.query(Person).filter_by(email="manager@example.org").one().id
        assert [row.owner_id for row in made] == [manager, manager, None]
        assert [row.due_on and row.due_on.isoformat() for row in made] == ["2027-02-03", None, None]
        kept = " ".join(entry.text for entry in session.query(RecommendationEntry))
        assert "Due: May 2027" in kept
        assert "Owner: P. Raman" in kept
        assert invariants.broken() == {}
    assert "A recommendation was raised" in shown(client, done)
    again = upload(client, a_book(ROWS), f"/activities/{activity}/import").location
    send(client, again + "/rows", {"do": "import"}, holding="version")
    with world.context():
        assert session.query(Recommendation).count() == 3
    send(client, done + "/undo", holding="seen")
    with world.context():
        assert {row.state for row in session.query(Recommendation)} == {RecommendationState.SET_ASIDE}
        assert invariants.broken() == {}
