"""The pages around a tracker meeting, as each person finds them, and what bad input comes to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import clock
from app.extensions import session
from app.models.recommendations import RecommendationEntry
from app.models.records import AuditEvent, ViewEvent
from app.services import recommendations, tracker_meetings
from tests.functional.test_query_counts import SLACK, grew, statements
from tests.support import trackers
from tests.support.browsing import forms_in, main_form, send
from tests.support.people_at_work import visitor
from tests.support.stages import Story
from tests.support.trackers import begun, issued, item_of, meeting, planned, say, started
from tests.support.world import World, token_in

JSON = {"Accept": "application/json"}
NEW = "/tracker/meetings/new"
NOBODY = "00000000-0000-4000-8000-000000000000"


def words(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def text(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    return words(answer)


def page_of(made: str, more: str = "") -> str:
    return f"/tracker/meetings/{made}{more}"


def day(field: str, days: int) -> dict[str, str]:
    on = clock.today() + timedelta(days=days)
    return {f"{field}-day": str(on.day), f"{field}-month": str(on.month), f"{field}-year": str(on.year)}


def put(fields: Any, given: dict[str, str]) -> None:
    """In place of what the page had there: `update` would add to it."""
    for name, value in given.items():
        fields.setlist(name, [value])


class AtTheMeeting:
    """A meeting that has begun, with one recommendation at work on its agenda."""

    def __init__(self, world: World, **changes: Any) -> None:
        self.world = world
        with world.context():
            self.story: Story = started(world, **changes)
            self.made = begun(world)
            self.url = f"/tracker/items/{item_of(self.made, self.story.recommendation()).public_id}"
            self.reference = self.story.recommendation().reference

    def form(self, client: FlaskClient) -> Any:
        """(address, fields) of the form that saves itself."""
        return main_form(text(client, self.url), "progress")

    def history(self) -> list[str]:
        with self.world.context():
            row_id = self.story.recommendation().id
            query = select(RecommendationEntry.action).where(RecommendationEntry.recommendation_id == row_id)
            return list(session.scalars(query.order_by(RecommendationEntry.id)))

    def item(self) -> Any:
        with self.world.context():
            item = item_of(self.made, self.story.recommendation())
            session.expunge(item)
            return item


@pytest.fixture
def at(sqlite_world: World) -> AtTheMeeting:
    return AtTheMeeting(sqlite_world)


# --- planning and the agenda ----------------------------------------------------------------------------


def test_a_tracker_meeting_is_planned_filled_and_begun(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = started(world)
        reference = story.recommendation().reference
    head = world.client("head.qa")
    _action, begins_with = main_form(text(head, NEW), "people")
    with world.context():
        assert world.public_id("head.service") in begins_with.getlist("people")  # the operational manager
        assert world.public_id("worker") not in text(head, NEW)
    answer = send(head, NEW, {**day("held_on", 0), "place": "Room 2"}, holding="people")
    assert answer.status_code == 303
    agenda = answer.location
    assert agenda.endswith("/agenda")
    assert "No e-mail is sent from here: tell everybody asked yourself." in words(head.get(agenda))
    answer = send(head, agenda, {"weeks": "0"}, holding="ask_owners")
    assert answer.status_code == 303
    assert reference in text(head, agenda)
    made = agenda.split("/")[-2]
    with world.context():
        assert world.person("worker").id in {row.person_id for row in meeting(made).people}
        present = [world.public_id("worker")]
    nobody = send(head, page_of(made, "/attend"), {"present": []})
    assert nobody.status_code == 422
    assert "Choose who is here: a meeting begins with at least one person." in words(nobody)
    assert send(head, page_of(made, "/attend"), {"present": present}).status_code == 303
    page = text(head, page_of(made))
    assert "Begun" in page
    assert "Go through the agenda" in page
    assert "0 of 1 recommendation discussed" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"held_on-day": "1", "held_on-month": "1", "held_on-year": "2026"}, "The meeting cannot be in the past."),
        ({"held_on-day": "31", "held_on-month": "2", "held_on-year": "2027"}, "has no day 31"),
        ({"held_on-day": "1", "held_on-month": "1", "held_on-year": "9999"}, "the year must have 4 digits"),
        ({"held_on-day": "1", "held_on-month": "1", "held_on-year": "2100"}, "more than a year ahead"),
        ({}, "Enter the date"),
        ({**{"held_on-day": "1", "held_on-month": "1", "held_on-year": "2027"}, "people": []}, "Choose who is asked"),
        ({"place": "x" * 201}, "200 characters or fewer"),
    ],
)
def test_a_plan_that_cannot_be_keeps_what_was_typed(sqlite_world: World, changes: dict[str, Any], said: str) -> None:
    head = sqlite_world.client("head.qa")
    answer = send(head, NEW, {"place": "The blue room", **changes}, holding="people")
    assert answer.status_code == 422
    assert said in words(answer)
    assert changes.get("place", "The blue room") in words(answer)


def test_a_change_on_top_of_another_shows_both(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        made = planned(world)
    head = world.client("head.qa")
    _action, typed = main_form(text(head, page_of(made, "/change")), "place")
    assert send(head, page_of(made, "/change"), {"place": "Room 9"}, holding="place").status_code == 303
    typed["place"] = "Room 7"
    answer = head.post(page_of(made, "/change"), data=typed)
    assert answer.status_code == 409
    assert "Room 9" in words(answer)
    assert "Room 7" in words(answer)


def test_a_cancelled_tracker_meeting_stays_in_the_list(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        made = planned(world)
    head = world.client("head.qa")
    assert send(head, page_of(made, "/cancel")).status_code == 303
    assert "Cancelled" in text(head, "/tracker")
    for gone in ("/change", "/cancel", "/attend", "/agenda", "/notes", "/minutes", "/prepare"):
        assert head.get(page_of(made, gone)).status_code == 404, gone


def test_whoever_holds_the_meeting_finds_it_under_coming_up(sqlite_world: World) -> None:
    with sqlite_world.context():
        planned(sqlite_world)
    page = text(sqlite_world.client("head.qa"), "/")
    assert page.count("Tracker meeting on") == 1
    assert page.index("Coming up") < page.index("Tracker meeting on")


def test_the_agenda_is_moved_and_what_nobody_knows_is_refused(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        stories = [issued(world), issued(world)]
        made = planned(world)
        trackers.fill(world, made)
        ids = [item.public_id for item in meeting(made).items]
        references = [story.recommendation().reference for story in stories]
    head, url = world.client("head.qa"), page_of(made, "/agenda")

    def press(**button: str) -> TestResponse:
        _action, fields = main_form(text(head, url), "ask_owners")
        data = {"csrf_token": fields["csrf_token"], "version": fields["version"], **button}
        return head.post(f"{url}/order", data=data)

    assert press(down=ids[0]).status_code == 303
    page = text(head, url)
    assert page.index(references[1]) < page.index(references[0])
    assert press(up=ids[1]).status_code == 303  # the first stays the first
    assert press(up="made up").status_code == 303
    assert press(remove="made up").status_code == 404
    assert press(remove=ids[0]).status_code == 303
    assert references[0] not in text(head, url)
    answer = send(head, url, {"reference": "PR-0000/1"}, holding="reference")
    assert answer.status_code == 422
    assert "There is no such recommendation." in words(answer)
    empty = words(send(head, url, {"reference": " "}, holding="reference"))
    assert "Enter a reference." in empty
    assert "There is no such recommendation." not in empty
    assert send(head, url, {"reference": references[0]}, holding="reference").status_code == 303
    assert "Choose how far ahead to look" in words(send(head, url, {"weeks": ""}, holding="ask_owners"))


# --- one recommendation fills the page ------------------------------------------------------------------


def test_everything_needed_is_on_the_page_and_no_name(sqlite_world: World) -> None:
    from app.services import planning

    child = planning.NewChild(case_system_id="CS424242", name="Ottoline Brackenbury", born_on=clock.today())
    at = AtTheMeeting(sqlite_world, child=child)
    page = text(sqlite_world.client("head.qa"), at.url)
    for wanted in (at.reference, "O.B.", "Agree with the child who to ring", "Daniel Osei", "Work started", "1 of 1"):
        assert wanted in page, wanted
    for hidden in ("Ottoline", "Brackenbury", "CS424242"):
        assert hidden not in page
    with sqlite_world.context():
        assert session.scalar(select(func.count()).select_from(ViewEvent).where(ViewEvent.what == "tracker item")) == 1


def test_before_and_next_are_first_and_have_their_keys(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        for _ in range(3):
            issued(world)
        made = begun(world)
        urls = [f"/tracker/items/{item.public_id}" for item in meeting(made).items]
    page = text(world.client("head.qa"), urls[1])
    main = page[page.index("<main") :]
    links = [main.index(f'href="{url}"') for url in (urls[0], urls[2])]
    assert links == sorted(links)
    assert max(links) < main.index("<h1")
    assert f'href="{urls[0]}" rel="prev" accesskey="p"' in main
    assert f'href="{urls[2]}" rel="next" accesskey="n"' in main


def test_recorded_it_goes_on_to_the_next_and_into_the_minutes_below(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        for _ in range(2):
            started(world)
        made = begun(world)
        urls = [f"/tracker/items/{item.public_id}" for item in meeting(made).items]
        row_id = meeting(made).items[0].recommendation_id
    head = world.client("head.qa")
    note = {"progress": "The school was rung.", "forecast": "on_track", "decision": "Go on.", "record": "yes"}
    answer = send(head, urls[0], note, holding="progress")
    assert (answer.status_code, answer.location) == (303, urls[1])
    page = text(head, urls[1])
    assert "The school was rung." in page[page.index("Minutes so far") :]
    assert "1 of 2 recommendations discussed" in text(head, page_of(made))
    answer = send(head, urls[1], {"progress": "Nothing.", "record": "yes"}, holding="progress")
    assert answer.location == page_of(made)
    with world.context():
        query = select(RecommendationEntry.text).where(
            RecommendationEntry.recommendation_id == row_id, RecommendationEntry.action == "discuss"
        )
        assert session.scalars(query).one() == "Progress: The school was rung.\n\nDecision: Go on."


def test_save_stays_and_save_and_next_goes_on_and_neither_records(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        for _ in range(2):
            started(world)
        made = begun(world)
        urls = [f"/tracker/items/{item.public_id}" for item in meeting(made).items]
    head = world.client("head.qa")
    assert send(head, urls[0], {"progress": "One.", "save": "yes"}, holding="progress").location == urls[0]
    assert send(head, urls[0], {"progress": "Two.", "next": "yes"}, holding="progress").location == urls[1]
    assert "Not discussed yet" in text(head, urls[0])
    with world.context():
        assert not session.scalars(select(RecommendationEntry).where(RecommendationEntry.action == "discuss")).all()


def test_the_script_that_saves_is_answered_as_elsewhere(at: AtTheMeeting) -> None:
    head = at.world.client("head.qa")
    _address, fields = at.form(head)
    fields["progress"] = "Seen alone at school."
    first = head.post(at.url, data=fields, headers=JSON)
    assert first.status_code == 200
    assert first.json
    assert first.json["saved_at"] == "09:00"
    with at.world.context():
        events = session.scalar(select(func.count()).select_from(AuditEvent))
    fields["version"] = str(first.json["version"])
    again = head.post(at.url, data=fields, headers=JSON)
    assert again.json
    assert again.json["version"] == first.json["version"]  # the same again is no change
    with at.world.context():
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == events
    fields["new_due_on-day"] = "3"
    half = head.post(at.url, data=fields, headers=JSON)
    assert half.json
    assert "add the month and year" in half.json["problems"][0]
    assert at.item().progress == "Seen alone at school."


def test_a_save_by_the_script_records_nothing(at: AtTheMeeting) -> None:
    head = at.world.client("head.qa")
    _address, fields = at.form(head)
    put(fields, {"progress": "Said.", "record": "yes"})
    assert head.post(at.url, data=fields, headers=JSON).status_code == 200
    assert "discuss" not in at.history()


def test_the_second_of_two_is_told_sees_both_and_chooses(at: AtTheMeeting) -> None:
    head, second = at.world.client("head.qa"), visitor(at.world, "head.qa")
    (_address, one), (_other, two) = at.form(head), at.form(second)
    put(one, {"progress": "Theirs.", "forecast": "at_risk", **day("new_due_on", 30), "new_due_reason": "Late."})
    put(two, {"progress": "Mine.", "forecast": "on_track", "record": "yes"})
    assert head.post(at.url, data=one).status_code == 303
    told = second.post(at.url, data=two)
    assert told.status_code == 409
    page = words(told)
    for shown in ("Theirs.", "Mine.", "At risk", "On track", "23 December 2026", "No new date", "Nasreen Qureshi"):
        assert shown in page, shown
    assert at.item().progress == "Theirs."
    assert "discuss" not in at.history()
    _action, kept = main_form(page, "progress")
    assert "record" not in kept
    assert second.post(at.url, data=kept).status_code == 303
    assert at.item().progress == "Mine."
    assert at.item().new_due_on is None
    script = second.post(at.url, data=two, headers=JSON)
    assert script.status_code == 409
    assert script.json
    assert script.json["url"]


@pytest.mark.parametrize(
    ("year", "said"), [("2020", "The new date cannot be in the past."), ("2039", "more than five years ahead")]
)
def test_a_new_date_that_cannot_be_is_said_when_it_is_saved_and_stays(at: AtTheMeeting, year: str, said: str) -> None:
    head = at.world.client("head.qa")
    typed = {"new_due_on-day": "3", "new_due_on-month": "1", "new_due_on-year": year, "new_due_reason": "Late."}
    _address, fields = at.form(head)
    put(fields, {"progress": "Seen alone.", **typed})
    by_itself = head.post(at.url, data=fields, headers=JSON)
    assert by_itself.json
    assert said in by_itself.json["problems"][0]
    _address, fields = at.form(head)
    put(fields, typed)
    answer = head.post(at.url, data=fields)
    assert answer.status_code == 422
    assert said in words(answer)
    _address, kept = main_form(answer.get_data(as_text=True), "progress")
    assert {name: kept[name] for name in typed} == typed
    _address, later = at.form(visitor(at.world, "head.qa"))
    assert {name: later[name] for name in typed} == typed
    assert (at.item().progress, at.item().new_due_reason) == ("Seen alone.", "Late.")
    assert "discuss" not in at.history()


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ({"progress": "", "decision": ""}, "Write what was said."),
        ({"progress": "x" * 4001}, "shorten it by 1"),
        ({"forecast": "rosy"}, "Choose one of the answers listed"),
        ({"new_due_on-day": "3", "new_due_on-month": "1", "new_due_on-year": "2027"}, "Give the reason."),
        (
            {"new_due_on-day": "3", "new_due_on-month": "1", "new_due_on-year": "2020", "new_due_reason": "Late."},
            "The new date cannot be in the past.",
        ),
        ({"new_due_on-day": "30", "new_due_on-month": "2", "new_due_on-year": "2027"}, "has no day 30"),
        ({"new_due_reason": "Late."}, "Enter the new date."),
    ],
)
def test_what_cannot_be_recorded_is_said_at_its_field_and_stays_typed(
    at: AtTheMeeting, note: dict[str, str], said: str
) -> None:
    head = at.world.client("head.qa")
    typed = {"progress": "Half of it is done.", "decision": "Ring again.", **note, "record": "yes"}
    answer = send(head, at.url, typed, holding="progress")
    assert answer.status_code == 422
    assert said in words(answer)
    assert typed["decision"] in words(answer)
    assert "discuss" not in at.history()
    assert send(head, at.url, {"progress": "Done.", "record": "yes"}, holding="progress").status_code in (303, 422)


def test_settled_between_agenda_and_meeting_it_is_only_shown(sqlite_world: World) -> None:
    world = sqlite_world
    at = AtTheMeeting(world)
    head = world.client("head.qa")
    _address, fields = at.form(head)
    with world.context():
        at.story.act("worker", "complete", evidence="The plan of 2 December names the person.")
        at.story.act("manager", "verify", impact="The child rang in January.")
    page = text(head, at.url)
    assert "Settled since the agenda was made: Impact verified. The child rang in January." in page
    assert "data-autosave" not in page
    put(fields, {"progress": "What I had typed.", "record": "yes"})
    answer = head.post(at.url, data=fields)
    assert answer.status_code == 409
    assert "settled meanwhile" in words(answer)
    assert "What I had typed." in words(answer)
    assert at.history()[-1] == "verify"


def test_an_ended_meeting_is_read_and_not_written(at: AtTheMeeting) -> None:
    head = at.world.client("head.qa")
    _address, fields = at.form(head)
    assert send(head, at.url, {"progress": "All of it.", "record": "yes"}, holding="progress").status_code == 303
    _action, ending = next(form for form in forms_in(text(head, page_of(at.made))) if form[0].endswith("/end"))
    assert head.post(page_of(at.made, "/end"), data=ending).status_code == 303
    page = text(head, at.url)
    assert "its minutes are fixed" in page
    assert "All of it." in page
    put(fields, {"progress": "Later.", "record": "yes"})
    assert head.post(at.url, data=fields).status_code in (404, 409)
    assert at.item().progress == "All of it."
    assert head.get(page_of(at.made, "/agenda")).status_code == 404
    answer = send(head, page_of(at.made, "/notes"), {"text": "The room was cold."}, holding="text")
    assert answer.status_code == 303
    assert "Added on 23 November 2026 by Nasreen Qureshi: The room was cold." in text(head, page_of(at.made))


def test_what_is_not_recorded_keeps_the_meeting_open(at: AtTheMeeting) -> None:
    head = at.world.client("head.qa")
    send(head, at.url, {"progress": "Said.", "save": "yes"}, holding="progress")
    _action, ending = next(form for form in forms_in(text(head, page_of(at.made))) if form[0].endswith("/end"))
    answer = head.post(page_of(at.made, "/end"), data=ending)
    assert answer.status_code == 409
    assert f"{at.reference}: what was written is not recorded yet." in words(answer)


# --- who sees what --------------------------------------------------------------------------------------


def test_each_sees_exactly_their_own_of_a_tracker_meeting(sqlite_world: World) -> None:
    """Worker, manager, owner, outsider, on every page and in the minutes; the note of the meeting for those asked."""
    world = sqlite_world
    with world.context():
        of_worker = started(world)
        of_service = trackers.elsewhere(world, owner="head.service")
        made = begun(world, ("head.service", "manager", "director"))
        for story, said in ((of_worker, "XWORKERSAID"), (of_service, "XSERVICESAID")):
            say(world, item_of(made, story.recommendation()), progress=said)
        row = meeting(made)
        tracker_meetings.keep_notes(world.actor("head.qa"), row.id, row.version, "XNOTES of the meeting")
        items = {
            word: f"/tracker/items/{item_of(made, story.recommendation()).public_id}"
            for word, story in (("XWORKERSAID", of_worker), ("XSERVICESAID", of_service))
        }
    both = {"XWORKERSAID", "XSERVICESAID"}
    sight = {
        "head.qa": both | {"XNOTES"},
        "worker": {"XWORKERSAID"},  # owns it, and was not asked to come
        "manager": {"XWORKERSAID", "XNOTES"},  # verifies it, and was asked
        "head.service": {"XSERVICESAID", "XNOTES"},  # owns the other
        "director": {"XNOTES"},  # was asked, and has nothing of his or her own
    }
    pages = [page_of(made), page_of(made, "/minutes"), page_of(made, "/minutes.pdf"), *items.values()]
    for login in (*sight, "external.reviewer", "internal.reviewer", "admin", "oversight", "agency", "siobhan.doyle"):
        client, found = visitor(world, login), set()
        for url in pages:
            answer = client.get(url)
            if login not in sight:
                assert answer.status_code == 404, f"{login} at {url}"
            seen = _pdf(answer) if answer.mimetype == "application/pdf" else words(answer)
            found |= {word for word in (*both, "XNOTES") if word in seen}
        assert found == sight.get(login, set()), login
        opened = {word for word, url in items.items() if client.get(url).status_code == 200}
        assert opened == sight.get(login, set()) - {"XNOTES"}, login


def _pdf(answer: TestResponse) -> str:
    import pymupdf

    with pymupdf.open(stream=answer.get_data()) as document:
        return " ".join(page.get_text() for page in document)


def test_only_who_steers_writes(at: AtTheMeeting) -> None:
    """The owner and the verifier read it; a form sent all the same changes nothing."""
    _address, fields = at.form(at.world.client("head.qa"))
    put(fields, {"progress": "Not mine to write.", "record": "yes"})
    for login in ("worker", "manager"):
        client = at.world.client(login)
        assert "data-autosave" not in text(client, at.url)
        own = {**fields.to_dict(), "csrf_token": token_in(text(client, "/account"))}
        assert client.post(at.url, data=own).status_code == 409
    assert at.item().progress == ""


def test_pages_of_nobody_are_not_found(sqlite_world: World) -> None:
    head = sqlite_world.client("head.qa")
    for url in (page_of(NOBODY), page_of(NOBODY, "/minutes"), f"/tracker/items/{NOBODY}", page_of("1", "/agenda")):
        assert head.get(url).status_code == 404, url


# --- preparing ------------------------------------------------------------------------------------------


def test_a_manager_prepares_a_week_before(sqlite_world: World) -> None:
    """Your recommendations, and which of them to update; in My work until that is done."""
    world = sqlite_world
    with world.context():
        stories = [started(world, owner="head.service") for _ in range(3)]
        done = stories[0].recommendation()
        recommendations.act(
            world.actor("head.service"), done.id, "progress", done.version, {"text": "Rung.", "forecast": "on_track"}
        )
        fresh, stale = done.reference, [story.recommendation() for story in stories[1:]]
        references = [(row.public_id, row.reference) for row in stale]
        made = planned(world, 10)
        trackers.fill(world, made)
    assert "Prepare for the tracker meeting" not in text(world.client("head.service"), "/")
    with clock.set_to(trackers.on(4)):
        manager = visitor(world, "head.service")
        work = text(manager, "/")
        assert "Prepare for the tracker meeting on 3 December" in work
        assert "2 recommendations to update" in work
        url = page_of(made, "/prepare")
        page = text(manager, url)
        assert "You own 3 recommendations. Update these 2 before the meeting." in page
        assert fresh in page[page.index("Nothing for you to update") :]
        public_id, _reference = references[0]
        _action, fields = main_form(page, f"{public_id}-text")
        wrong = manager.post(f"{url}/{public_id}", data=fields)
        assert wrong.status_code == 422
        assert "Write what has happened." in words(wrong)
        for public_id, reference in references:
            _action, fields = main_form(text(manager, url), f"{public_id}-text")
            put(fields, {f"{public_id}-text": f"Rung about {reference}.", f"{public_id}-forecast": "on_track"})
            assert manager.post(f"{url}/{public_id}", data=fields).status_code == 303
            again = manager.post(f"{url}/{public_id}", data=fields)
            assert again.status_code == 409
            assert f"Rung about {reference}." in words(again)
        assert "and each is up to date" in text(manager, url)
        assert "Prepare for the tracker meeting" not in text(manager, "/")
        assert "Tracker meeting on 3 December" in text(manager, "/")


def test_what_is_not_ones_own_is_not_prepared(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = started(world)
        row = story.recommendation()
        made, version = planned(world, 3), row.version
    manager = world.client("manager")
    page = text(manager, page_of(made, "/prepare"))
    assert "You own no open recommendation" in page
    assert row.reference in page  # of somebody he or she manages
    token = token_in(text(manager, "/account"))
    data = {"csrf_token": token, "version": version, f"{row.public_id}-text": "Mine."}
    assert manager.post(page_of(made, f"/prepare/{row.public_id}"), data=data).status_code == 409
    assert world.client("worker").get(page_of(made, "/prepare")).status_code == 404


# --- my work --------------------------------------------------------------------------------------------


def test_the_head_is_led_to_the_meeting_of_today_and_to_end_it(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        made = planned(world, 0)
    head = world.client("head.qa")
    assert "Hold the tracker meeting on 23 November" in text(head, "/")
    with world.context():
        trackers.begin(world, made)
    assert "End the tracker meeting of 23 November" in text(head, "/")
    with world.context():
        trackers.end(world, made)
    assert "tracker meeting" not in text(head, "/")


def test_a_meeting_that_was_not_held_is_said(sqlite_world: World) -> None:
    with sqlite_world.context():
        planned(sqlite_world, 1)
    with clock.set_to(trackers.on(3)):
        assert "it was not held" in text(visitor(sqlite_world, "head.qa"), "/")


def test_the_reviewer_hears_what_became_of_it(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = issued(world)
        story.recommendation_done()
        reference = story.recommendation().reference
    page = text(world.client("external.reviewer"), "/")
    finished = page[page.index("Recently finished") :]
    assert reference in finished
    assert "Impact verified" in finished
    assert "Impact verified" not in text(world.client("internal.reviewer"), "/")


def test_a_dispute_waits_for_its_director_and_not_for_the_head(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = issued(world)
        _to_service_level(story.recommendation().id)
        story.act("worker", "dispute", reason="It is not ours.")
        director = world.public_id("assistant.director")
        story.act("head.qa", "refer_dispute", director=director, reason="Both views stand.")
    assert "Settle the dispute as a director" in text(world.client("assistant.director"), "/")
    assert "Settle the dispute" not in text(world.client("director"), "/")
    assert "Settle the dispute" not in text(world.client("head.qa"), "/")


def test_a_director_of_a_dispute_reads_nowhere_what_was_said_at_the_meeting(sqlite_world: World) -> None:
    """One rule for its page, the item, the meeting and the minutes: it was said to its owner and its verifier (R11)."""
    world = sqlite_world
    with world.context():
        story = issued(world)
        _to_service_level(story.recommendation().id)
        story.act("worker", "dispute", reason="It is not ours.")
        director = world.public_id("director")
        story.act("head.qa", "refer_dispute", director=director, reason="Both views stand.")
        made = begun(world, ("manager",))
        item = item_of(made, story.recommendation())
        say(world, item, progress="XSAID", next_step="XNEXT", decision="XDECIDED", impact="XIMPACT")
        row = story.recommendation()
        reference, address = row.reference, f"/recommendations/{row.public_id}"
        places = [f"/tracker/items/{item.public_id}", page_of(made, "/minutes"), page_of(made, "/minutes.pdf"), address]
    words_of = ("XSAID", "XNEXT", "XDECIDED", "XIMPACT")
    for login, reads in (("director", False), ("worker", True), ("manager", True), ("head.qa", True)):
        client = visitor(world, login)
        for url in places:
            answer = client.get(url)
            seen = _pdf(answer) if answer.mimetype == "application/pdf" else words(answer)
            assert reference in seen, (login, url)
            assert ("XSAID" in seen) is reads, (login, url)
            assert reads or not [word for word in words_of if word in seen], (login, url)
        assert ("Not discussed at this meeting" in words(client.get(places[1]))) is False
    assert "for its owner and its verifier" in words(visitor(world, "director").get(places[1]))


def _to_service_level(row_id: int) -> None:
    """The short form has one for the child only."""
    from sqlalchemy import text as sql

    from app import extensions

    session.rollback()
    with extensions.engine().begin() as connection:
        connection.execute(sql("UPDATE recommendation SET level = 'service' WHERE id = :id"), {"id": row_id})


# --- how much is asked ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_pages_of_a_tracker_meeting_cost_the_same_with_few_and_with_many(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        story = started(world)
        made = begun(world)
        item = f"/tracker/items/{item_of(made, story.recommendation()).public_id}"
        coming = planned(world, 3)
    urls = [
        ("head.qa", "/tracker"),
        ("head.qa", page_of(made)),
        ("head.qa", item),
        ("head.qa", page_of(made, "/agenda")),
    ]
    urls += [
        ("head.qa", page_of(made, "/minutes")),
        ("manager", page_of(coming, "/prepare")),
        ("manager", "/supervision"),
    ]
    with world.context():
        worker = world.public_id("worker")
    urls += [("manager", f"/supervision/{worker}"), ("manager", "/"), ("head.qa", "/")]
    few = {place: statements(world, *place) for place in urls}
    with world.context():
        for number in range(8):
            issued(world, owner=("worker", "head.service")[number % 2])
        trackers.fill(world, made)
        for each in meeting(made).items[:5]:
            say(world, each)
    dear = {}
    for place, before in few.items():
        after = statements(world, *place)
        print(*place, len(before), len(after))
        views = sum("view_event" in each for each in after) - sum("view_event" in each for each in before)
        if len(after) - max(0, views) > len(before) + SLACK + 1:
            dear[place] = grew(before, after)
    assert not dear, dear
