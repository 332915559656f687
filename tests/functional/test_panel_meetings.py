"""The pages around a meeting of the panel, as each person finds them, and what bad input comes to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import clock
from app.services import cover, panel_items, panel_meetings, panel_readings
from app.web.panel_forms import starts_at
from tests.support import panels
from tests.support.browsing import main_form, send
from tests.support.panels import PanelStory
from tests.support.world import World, token_in

NEW = "/panel/meetings/new"
NOBODY = "00000000-0000-4000-8000-000000000000"


def text(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    return answer.get_data(as_text=True)


def words(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def page_of(meeting: str) -> str:
    return f"/panel/meetings/{meeting}"


def reference(story: PanelStory) -> str:
    return story.review.reference


@contextmanager
def at_the_meeting(world: World, meeting: str, minutes: int = 2) -> Iterator[None]:
    with world.context():
        starts = panels.day_of(meeting)
    with clock.set_to(starts + timedelta(minutes=minutes)):
        yield


def listed(world: World, meeting: str, **changes: str) -> PanelStory:
    story = PanelStory(world, meeting, **changes)
    story.panel_moderation()
    return story


def declares(world: World, story: PanelStory, login: str) -> None:
    """A conflict, after the review was listed."""
    panel_readings.declare_conflict(world.actor(login), story.reading(login).id, reason="I know the family.")


def filled(world: World, **changes: str | list[str]) -> dict[str, str | list[str]]:
    """The form of a meeting as the Head of QA fills it in."""
    with world.context():
        people = {login: world.public_id(login) for login in (*panels.MEMBERS, panels.CHAIR, panels.DEPUTY)}
    values: dict[str, str | list[str]] = {
        "day-day": "3", "day-month": "12", "day-year": "2026", "time": "10:00", "minutes": "90",
        "place": "Committee room 2", "chair": people[panels.CHAIR], "deputy_chair": people[panels.DEPUTY],
        "members": [people[login] for login in panels.MEMBERS],
    }  # fmt: skip
    return {**values, **changes}


# --- setting up -----------------------------------------------------------------------------------------


def test_the_head_sets_up_a_meeting_and_everybody_with_a_seat_finds_it(sqlite_world: World) -> None:
    head = sqlite_world.client("head.qa")
    assert "No meeting is set up." in text(head, "/panel")
    made = send(head, NEW, filled(sqlite_world))
    assert made.status_code == 303
    page = text(head, made.location)
    assert "The meeting is set up. No e-mail is sent from here: tell everybody with a seat yourself." in page
    when = ("Panel of 3 December 2026", "Thursday 3 December 2026", "10:00, for 90 minutes", "Committee room 2")
    for said in (*when, "Dame Rosalind Okonjo", "Anthony Pereira", "Three present, each with a submitted reading"):
        assert said in page, said
    for login in (*panels.MEMBERS, panels.CHAIR, panels.DEPUTY):
        client = sqlite_world.client(login)
        assert made.location in text(client, "/panel"), login
        assert "Panel of 3 December 2026" in text(client, made.location), login
    for login in ("worker", "manager", "external.reviewer", "agency", "admin", "oversight"):
        client = sqlite_world.client(login)
        assert client.get(made.location).status_code == 404, login
        assert "You have no seat at a meeting" in text(client, "/panel"), login
        assert 'href="/panel"' not in text(client, "/"), login


def test_the_next_meeting_begins_with_the_people_of_the_last(sqlite_world: World) -> None:
    with sqlite_world.context():
        panels.set_up(sqlite_world, members=("director", "head.qa"))
        director, service = sqlite_world.public_id("director"), sqlite_world.public_id("head.service")
        chair = sqlite_world.public_id("chair")
    _, values = main_form(text(sqlite_world.client("head.qa"), NEW), "minutes")
    assert values["minutes"] == "90"
    assert values["place"] == "Committee room 2"
    assert values["chair"] == chair
    assert director in values.getlist("members")
    assert service not in values.getlist("members")
    assert values["day-day"] == ""


WRONG: list[tuple[dict[str, str | list[str]], str]] = [
    ({"day-year": "2025"}, "The meeting must be in the future"),
    ({"day-day": "23", "day-month": "11", "time": "08:59"}, "The meeting must be in the future"),
    ({"day-day": "31", "day-month": "2"}, "February 2026 has no day 31"),
    ({"day-day": "", "day-month": "", "day-year": ""}, "Enter the date"),
    ({"day-year": "2062"}, "check the year"),
    ({"time": "99:99"}, "Enter the time as hours and minutes"),
    ({"time": "ten"}, "Enter the time as hours and minutes"),
    ({"time": ""}, "Enter the time"),
    ({"day-day": "28", "day-month": "3", "day-year": "2027", "time": "01:30"}, "there is no 01:30 that day"),
    ({"day-day": "31", "day-month": "10", "day-year": "2027", "time": "1:30"}, "01:30 comes twice"),
    ({"minutes": "5"}, "from 15 to 480"),
    ({"minutes": "-90"}, "from 15 to 480"),
    ({"minutes": "9" * 5000}, "from 15 to 480"),
    ({"place": ""}, "Say where it is"),
    ({"place": "x" * 201}, "200 characters or fewer"),
    ({"chair": ""}, "Choose who chairs"),
    ({"chair": NOBODY}, "Choose somebody from the list"),
    ({"deputy_chair": NOBODY}, "Choose somebody from the list"),
    ({"members": [NOBODY]}, "Choose one of the answers listed"),
    ({"members": ["' OR 1=1"]}, "Choose one of the answers listed"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(
    sqlite_world: World, changes: dict[str, str | list[str]], said: str
) -> None:
    head = sqlite_world.client("head.qa")
    given = filled(sqlite_world, **{"place": "The long gallery", **changes})
    answer = send(head, NEW, given)
    assert answer.status_code == 422
    page = words(answer)
    assert said in page
    assert "There is a problem" in page
    if "place" not in changes:
        assert "The long gallery" in page
    _, typed = main_form(page, "minutes")
    assert typed["day-day"] == given["day-day"]
    assert set(given["members"]) & set(typed.getlist("members")) or "members" in changes
    assert "No meeting is set up." in text(head, "/panel")


def test_nobody_is_both_chair_and_deputy_or_chairs_from_outside(sqlite_world: World) -> None:
    head = sqlite_world.client("head.qa")
    with sqlite_world.context():
        chair, worker = sqlite_world.public_id("chair"), sqlite_world.public_id("worker")
    same = send(head, NEW, filled(sqlite_world, deputy_chair=chair))
    assert "The deputy chair is somebody other than the chair" in words(same)
    outside = send(head, NEW, filled(sqlite_world, chair=worker))
    assert (outside.status_code, "Choose somebody from the list" in words(outside)) == (422, True)
    member = send(head, NEW, filled(sqlite_world, members=[worker]))
    assert member.status_code == 422


@pytest.mark.parametrize(
    ("day", "typed", "utc"),
    [
        (date(2026, 12, 3), "10:00", "10:00"),
        (date(2027, 7, 1), "9.30", "08:30"),
        (date(2027, 3, 28), "02:00", "01:00"),
        (date(2027, 10, 31), "02:00", "02:00"),
        (date(2027, 10, 31), "0:59", "23:59"),
    ],
)
def test_a_time_is_the_clock_in_london(day: date, typed: str, utc: str) -> None:
    moment, wrong = starts_at(day, typed)
    assert wrong == ""
    assert moment is not None
    assert f"{moment.astimezone(tz=clock.now().tzinfo):%H:%M}" == utc


def test_only_the_head_of_qa_sets_up_and_changes(sqlite_world: World) -> None:
    with sqlite_world.context():
        meeting = panels.set_up(sqlite_world)
    for login in ("director", "chair", "deputy.qa", "worker", "admin"):
        client = sqlite_world.client(login)
        for page in (NEW, *(f"{page_of(meeting)}/{name}" for name in ("change", "cancel", "substitute", "themes"))):
            assert client.get(page).status_code == 403, (login, page)
        assert "What you can do" not in client.get(page_of(meeting)).get_data(as_text=True), login


def test_a_deputy_knows_of_the_meetings_and_sets_them_up_only_while_covering(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        ref = reference(story)
    deputy = world.client("deputy.qa")
    page = text(deputy, page_of(meeting))
    assert ref not in page
    assert "No review is listed here for you." in page
    assert "Set up a meeting" not in text(deputy, "/panel")
    with world.context():
        today, who = clock.today(), world.public_id("deputy.qa")
        cover.arrange(world.actor("head.qa"), cover.Span(who, "away", today, today, "On leave"))
    page = text(deputy, page_of(meeting))
    assert numbered(page, 1, ref)
    assert "Change the meeting" in page
    assert "Set up a meeting" in text(deputy, "/panel")


def test_past_meetings_are_shown_a_page_at_a_time(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        for day in range(22):
            row = panels.meeting(panels.set_up(world, days=day + 1))
            panel_meetings.cancel(world.actor("head.qa"), row.id, row.version, reason="Not needed.")
    head = world.client("head.qa")
    first, second = text(head, "/panel"), text(head, "/panel?page=2")
    assert "Past meetings 1 to 20 of 22" in first
    assert "Panel of 15 December 2026" in first
    assert "Panel of 24 November 2026" not in first
    assert "Past meetings 21 to 22 of 22" in second
    assert "Panel of 24 November 2026" in second
    assert "Panel of 24 November 2026" in text(head, "/panel?page=99")
    assert "Past meetings 1 to 20 of 22" in text(head, "/panel?page=-1")


# --- two windows ----------------------------------------------------------------------------------------


def test_a_change_in_two_windows_shows_what_stands_and_keeps_what_was_typed(sqlite_world: World) -> None:
    with sqlite_world.context():
        meeting = panels.set_up(sqlite_world)
    head, url = sqlite_world.client("head.qa"), f"{page_of(meeting)}/change"
    _, mine = main_form(text(head, url), "minutes")
    assert send(head, url, {"place": "Their room", "time": "11:00"}).status_code == 303
    mine["place"] = "My room"
    answer = head.post(url, data=mine)
    assert answer.status_code == 409
    for said in ("Somebody else changed this meeting", "Their room", "My room", "11:00"):
        assert said in words(answer), said
    _, again = main_form(words(answer), "minutes")
    assert head.post(url, data=again).status_code == 303
    assert "My room" in text(head, page_of(meeting))


def test_a_page_out_of_date_changes_nothing(sqlite_world: World) -> None:
    with sqlite_world.context():
        meeting = panels.set_up(sqlite_world)
        one, two = listed(sqlite_world, meeting), listed(sqlite_world, meeting)
        second = two.item.public_id
    head = sqlite_world.client("head.qa")
    token = token_in(text(head, page_of(meeting)))
    stale = {"csrf_token": token, "version": "0"}
    for name, more in (("order", {"up": second}), ("cancel", {"reason": "No room"}), ("order", {"up": "nonsense"})):
        answer = head.post(f"{page_of(meeting)}/{name}", data={**stale, **more})
        assert answer.status_code == 409, name
        assert "out of date" in words(answer)
        assert page_of(meeting) in words(answer)
    with sqlite_world.context():
        assert places([one, two]) == [1, 2]


def test_a_meeting_that_began_is_not_changed(sqlite_world: World) -> None:
    with sqlite_world.context():
        meeting = panels.set_up(sqlite_world)
    head, url = sqlite_world.client("head.qa"), f"{page_of(meeting)}/change"
    _, mine = main_form(text(head, url), "minutes")
    with at_the_meeting(sqlite_world, meeting):
        with sqlite_world.context():
            panels.attend(sqlite_world, meeting)
            mine["version"] = str(panels.meeting(meeting).version)
        head = sqlite_world.client("head.qa")
        assert head.get(url).status_code == 404
        mine["csrf_token"] = token_in(text(head, "/"))
        mine["day-year"] = "2027"
        answer = head.post(url, data=mine)
        assert answer.status_code == 409
        assert "has begun" in words(answer)


# --- who sees what of the agenda ------------------------------------------------------------------------


def test_an_exempt_member_sees_neither_the_item_nor_a_gap(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        before, own, after = (
            listed(world, meeting), listed(world, meeting, manager_login="head.service"), listed(world, meeting),
        )  # fmt: skip
        refs = [reference(story) for story in (before, own, after)]
        declares(world, before, "chair")
    service = text(world.client("head.service"), page_of(meeting))
    assert numbered(service, 1, refs[0])
    assert numbered(service, 2, refs[2])
    assert refs[1] not in service
    chair = text(world.client("chair"), page_of(meeting))
    assert refs[0] not in chair
    assert numbered(chair, 1, refs[1])
    assert "in conflict" not in chair
    director = text(world.client("director"), page_of(meeting))
    assert all(numbered(director, number, ref) for number, ref in enumerate(refs, 1))
    assert director.count("Anthony Pereira chairs this item: the chair is in conflict.") == 1


def test_only_the_head_and_who_chairs_an_item_see_who_has_submitted(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        first, second = listed(world, meeting), listed(world, meeting)
        declares(world, second, "chair")
        first.read("director")
        lists = [f"Who has submitted: {reference(story)}" for story in (first, second)]
    seen = {login: text(world.client(login), page_of(meeting)) for login in panels.ALL}
    assert [each in seen["head.qa"] for each in lists] == [True, True]
    assert [each in seen["chair"] for each in lists] == [True, False]
    assert [each in seen["deputy.chair"] for each in lists] == [False, True]
    assert "Exempt" in seen["head.qa"]
    for login in ("assistant.director", "head.service"):
        assert not any(each in seen[login] for each in lists), login
        assert "Submitted" not in seen[login], login
        assert "Exempt" not in seen[login], login
    assert "Submitted" in seen["director"]  # one's own


def test_ones_own_reading_says_how_far_it_is_and_when_it_is_due(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        row = story.reading("director")
        given = panels.reading_answers(row.item)
        given.pop("journey")
        panel_readings.save(world.actor("director"), row.id, given, expected_version=row.version)
    assert "Continue · 7 of 8 parts" in text(world.client("director"), page_of(meeting))
    page = text(world.client("assistant.director"), page_of(meeting))
    assert "Read alone" in page
    assert "due 1 December 2026" in page
    assert "7 of 8" not in page


def test_a_seat_is_worth_nothing_without_a_role_of_the_panel(sqlite_world: World) -> None:
    """Somebody who leaves the panel keeps no door to its meetings."""
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        listed(world, meeting)
        give_roles(world, "head.service", "operational_manager")
    client = world.client("head.service")
    assert client.get(page_of(meeting)).status_code == 404
    assert meeting not in text(client, "/panel")
    assert "panel" not in text(client, "/").split("<main")[1]


def give_roles(world: World, login: str, *roles: str) -> None:
    """As the administrator does."""
    from app.services import accounts

    person = world.person(login)
    details = accounts.Details(
        name=person.name, email=person.email, role_names=frozenset(roles), team_id=person.team_id,
        agency_id=person.agency_id, line_manager_id=person.line_manager_id, ends_on=person.ends_on,
    )  # fmt: skip
    accounts.change(world.actor("admin"), person.id, person.version, details)


# --- quorum ---------------------------------------------------------------------------------------------


def test_a_lost_quorum_is_said_to_the_head_and_the_chair_with_what_can_be_done(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        for login in ("director", "assistant.director"):
            declares(world, story, login)
    lost = "This item would not be quorate."
    head, chair = world.client("head.qa"), world.client("chair")
    assert lost not in text(head, page_of(meeting))
    with world.context():
        for login in ("head.service", "deputy.chair"):
            declares(world, story, login)
    page = text(head, page_of(meeting))
    assert f"{lost} 2 of the 3 needed are free to read it and to come." in page
    assert "Name a substitute" in page
    assert lost in text(chair, page_of(meeting))
    for login in ("director", "head.service", "deputy.chair"):
        assert "quorate" not in text(world.client(login), page_of(meeting)), login


def test_at_the_meeting_quorum_follows_who_is_here(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        story.read_by_all()
    with at_the_meeting(world, meeting):
        with world.context():
            panels.attend(world, meeting, ("director", "head.qa"))
        page = text(world.client("head.qa"), page_of(meeting))
        assert "2 of the 3 needed are here with a submitted reading" in page
        assert "Neither the chair nor the deputy chair is here with a submitted reading" in page
        assert "Say who has arrived" in page
        with world.context():
            panels.attend(world, meeting, ("director", "head.qa", "deputy.chair"))
        page = text(world.client("head.qa"), page_of(meeting))
        assert "Quorate: 3 people here with a submitted reading" in page
        assert "Anthony Pereira chairs this item: the chair is absent." in page


# --- the meeting ----------------------------------------------------------------------------------------


def test_items_go_up_and_down_and_what_one_may_not_know_of_keeps_its_place(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        stories = [listed(world, meeting) for _ in range(3)]
        declares(world, stories[1], "head.qa")
        ids = [story.item.public_id for story in stories]
        hidden = reference(stories[1])
    head = world.client("head.qa")
    page = text(head, page_of(meeting))
    assert hidden not in page
    assert page.count("Move up") == page.count("Move down") == 1
    moved = _order(head, page_of(meeting), down=ids[0])
    assert moved.status_code == 303
    with world.context():
        assert places(stories) == [3, 2, 1]
    assert _order(head, page_of(meeting), up=ids[1]).status_code == 303  # not hers to move
    assert _order(head, page_of(meeting), up="nobody's").status_code == 303
    with world.context():
        assert places(stories) == [3, 2, 1]


def places(stories: list[PanelStory]) -> list[int]:
    """The places on the agenda, counted from one."""
    taken = [story.item.position for story in stories]
    return [sorted(taken).index(place) + 1 for place in taken]


def numbered(page: str, number: int, ref: str) -> bool:
    """Whether the agenda shows this review under this number."""
    return re.search(rf"{number}\. (<a [^>]*>)?{re.escape(ref)}", page) is not None


def _order(client: FlaskClient, url: str, **pressed: str) -> TestResponse:
    page = text(client, url)
    version = page.split('name="version" value="')[1].split('"')[0]
    return client.post(f"{url}/order", data={"csrf_token": token_in(page), "version": version, **pressed})


def test_who_is_here_is_said_on_the_day_by_who_runs_it(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        listed(world, meeting)
        here = [world.public_id(login) for login in ("chair", "director")]
    url = f"{page_of(meeting)}/attend"
    assert world.client("chair").get(url).status_code == 404
    assert "Say who is here" not in text(world.client("chair"), page_of(meeting))
    with at_the_meeting(world, meeting):
        assert world.client("director").get(url).status_code == 404
        chair = world.client("chair")
        assert "Say who is here" in text(chair, page_of(meeting))
        assert send(chair, url, {"present": [NOBODY]}).status_code == 422
        nobody = send(chair, url, {"present": []})
        assert nobody.status_code == 422
        assert "Choose who is here: a meeting begins with at least one person." in words(nobody)
        _, ticked = main_form(text(chair, url), "version")
        assert ticked.getlist("present") == []
        assert send(chair, url, {"present": here}).status_code == 303
        page = text(chair, page_of(meeting))
        assert "Begun" in page
        assert (page.count("Here</strong>"), page.count("Not here</strong>")) == (2, 4)
        assert "Say who has arrived or left" in page
        _, ticked = main_form(text(chair, url), "version")
        assert set(ticked.getlist("present")) == set(here)


def test_a_meeting_ends_when_nothing_is_left_to_decide(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        story.read_by_all()
        ref = reference(story)
    with at_the_meeting(world, meeting):
        with world.context():
            story.opened()
        chair = world.client("chair")
        page = text(chair, page_of(meeting))
        assert f"{ref} is not decided: decide it or adjourn it" in page
        with world.context():
            story.decided()
        ended = send(chair, page_of(meeting), holding="version")
        assert ended.status_code == 303
        page = text(chair, page_of(meeting))
        assert "Ended" in page
        assert "End the meeting" not in page
        assert ref in page
        assert chair.get(f"{page_of(meeting)}/attend").status_code == 404


def test_a_chair_in_conflict_is_not_told_how_much_is_left(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        declares(world, story, "chair")
        ref = reference(story)
    with at_the_meeting(world, meeting):
        with world.context():
            panels.attend(world, meeting)
        chair = world.client("chair")
        page = text(chair, page_of(meeting))
        assert "No review is listed here for you." in page
        assert ref not in page
        refused = send(chair, page_of(meeting), holding="version")
        assert refused.status_code == 409
        assert "Not every item is decided" in words(refused)
        assert ref not in words(refused)
        assert not any(f"{number} item" in words(refused) for number in range(3))


def test_a_substitute_comes_for_an_absent_member_and_both_names_stay(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        give_roles(world, "head.service", "operational_manager")
        meeting = panels.set_up(world, members=("director", "assistant.director", "head.qa"))
        story = listed(world, meeting)
        absent, by = world.public_id("director"), world.public_id("head.service")
    head, url = world.client("head.qa"), f"{page_of(meeting)}/substitute"
    assert world.client("head.service").get(page_of(meeting)).status_code == 404
    for wrong in ({"absent": by, "by": by}, {"absent": absent, "by": absent}, {"absent": "", "by": ""}, {"by": NOBODY}):
        assert send(head, url, {"reason": "Away", **wrong}).status_code == 422, wrong
    missing = send(head, url, {"absent": absent, "by": by, "reason": " "})
    assert (missing.status_code, "Give the reason" in words(missing)) == (422, True)
    assert send(head, url, {"absent": absent, "by": by, "reason": "Away that week"}).status_code == 303
    page = text(head, page_of(meeting))
    assert "Substitute for Helen Abara" in page
    assert "Cannot come" in page
    assert "Away that week" in page
    client = world.client("head.service")
    assert "Substitute for Helen Abara" in text(client, page_of(meeting))
    assert "Away that week" not in text(client, page_of(meeting))
    assert "Read alone" in text(client, page_of(meeting))
    with world.context():
        assert str(story.reading("director").state) == "excused"
    # A change of the time keeps the substitute, whose role gives no seat.
    assert send(head, f"{page_of(meeting)}/change", {"time": "11:00"}).status_code == 303
    assert "Substitute for Helen Abara" in text(head, page_of(meeting))


def test_a_member_taken_off_by_mistake_is_asked_again(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        everybody = [world.public_id(login) for login in panels.ALL]
        director = world.public_id("director")
    head, url = world.client("head.qa"), f"{page_of(meeting)}/change"
    assert send(head, url, {"members": [each for each in everybody if each != director]}).status_code == 303
    with world.context():
        assert str(story.reading("director").state) == "excused"
    assert send(head, url, {"members": everybody}).status_code == 303
    with world.context():
        assert str(story.reading("director").state) == "invited"


def test_a_meeting_is_cancelled_with_a_reason_once_nothing_is_listed(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        ref = reference(story)
    head, url = world.client("head.qa"), f"{page_of(meeting)}/cancel"
    assert f"Move or adjourn what is listed: {ref}" in text(head, url)
    refused = send(head, url, {"reason": "The room is flooded"})
    assert refused.status_code == 409
    assert "The room is flooded" in words(refused)
    with world.context():
        panel_items.adjourn(world.actor("head.qa"), story.item.id, story.item.version, reason="No room.")
    assert "Give the reason" in words(send(head, url, {"reason": ""}))
    assert send(head, url, {"reason": "The room is flooded"}).status_code == 303
    assert "No e-mail is sent from here" in text(head, page_of(meeting))
    page = text(world.client("director"), page_of(meeting))
    assert "The room is flooded" in page
    assert "What you can do" not in text(head, page_of(meeting))
    assert head.get(url).status_code == 404


# --- what waits, what was learnt ------------------------------------------------------------------------


def test_an_adjourned_review_waits_with_the_head_and_with_nobody_else(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        ref = reference(story)
        panel_items.adjourn(world.actor("head.qa"), story.item.id, story.item.version, reason="Too few had read it.")
    page = text(world.client("head.qa"), "/panel")
    for said in ("Waiting to be listed", ref, "Not opened yet", "Too few had read it.", "23 November 2026"):
        assert said in page, said
    for login in ("director", "chair", "deputy.qa", "worker"):
        assert ref not in text(world.client(login), "/panel"), login
    left = text(world.client("director"), page_of(meeting))
    assert "No longer on this agenda" in left
    assert not numbered(left, 1, ref)
    assert "List at a meeting of the panel" in text(world.client("head.qa"), "/")


def decided_meeting(world: World) -> tuple[str, list[PanelStory]]:
    """A meeting that decided two reviews; the head of social care was out of the second."""
    with world.context():
        meeting = panels.set_up(world)
        stories = [listed(world, meeting), listed(world, meeting, manager_login="head.service")]
        for story in stories:
            story.read_by_all(director="inadequate")
    with at_the_meeting(world, meeting), world.context():
        stories[0].opened()
        stories[1].opened()
        stories[0].decided(themes=["Chronologies"])
        stories[1].decided(themes=["chronologies", "The child’s own voice"])
        row = panels.meeting(meeting)
        panel_meetings.end(world.actor("chair"), row.id, row.version)
    return meeting, stories


def test_the_head_collates_the_themes_after_the_meeting(world: World) -> None:
    meeting, _stories = decided_meeting(world)
    url = f"{page_of(meeting)}/themes"
    with at_the_meeting(world, meeting, 200):
        head = world.client("head.qa")
        assert "Collate the themes of moderation" in text(head, "/")
        _, offered = main_form(text(head, url), "rows")
        assert [offered[f"theme-{n}-title"] for n in range(3)] == ["Chronologies", "The child’s own voice", ""]
        wrong = send(head, url, {"theme-0-done": "tool_changed"}, holding="rows")
        assert wrong.status_code == 422
        assert "Say what was done" in words(wrong)
        assert send(head, url, {"theme-0-done": "burnt"}, holding="rows").status_code == 422
        page = text(head, url)
        _, values = main_form(page, "rows")
        more = head.post(url, data={**values.to_dict(), "add": "1", "theme-2-title": "Supervision"})
        assert 'name="theme-3-title"' in words(more)
        assert "Supervision" in words(more)
        done = {"theme-0-done": "taken_up", "theme-0-what": "Raised with the agency."}
        assert send(head, url, done, holding="rows").status_code == 303
        for login, seen in (("head.qa", True), ("director", True), ("head.service", False)):
            shown = text(world.client(login), page_of(meeting))
            assert ("Raised with the agency." in shown) is seen, login
            assert ("own voice" in shown) is seen, login
        assert "Collate the themes of moderation" not in text(head, "/")
        again = send(head, url, {"theme-2-title": "CHRONOLOGIES"}, holding="rows")
        assert (again.status_code, "kept already" in words(again)) == (422, True)
        stale = send(head, url, {"theme-0-version": "0", "theme-0-what": "Mine"}, holding="rows")
        assert stale.status_code == 409
        assert "Mine" in words(stale)


def test_agreement_is_counted_over_what_one_may_see_and_says_what_it_is(world: World) -> None:
    """Five readings count in each review (the Head of QA's in none): ten pairs on each of three sections, and one
    member differs in four of the ten."""
    meeting, _stories = decided_meeting(world)
    with at_the_meeting(world, meeting, 200):
        page = text(world.client("director"), page_of(meeting))
        # In the second review the head of social care is out: four readings, six pairs, three of them apart.
        assert "In 2 reviews, with 9 readings" in page
        assert f"the same grade in {3 * 6 + 3 * 3} of {3 * 10 + 3 * 6} comparisons" in page
        assert "Below 10 reviews there is no percentage" in page
        assert "not reliability" in page
        assert "kappa" not in page
        out = text(world.client("head.service"), page_of(meeting))
        assert "In 1 review, with 5 readings" in out
        year = text(world.client("head.qa"), "/panel/agreement")
        assert "In 2 reviews, with 9 readings" in year
        assert "too few to say" in year
        assert "kappa" not in year
        assert "There is nothing here that you may compare" in text(world.client("worker"), "/panel/agreement")
    with clock.set_to(clock.now() + timedelta(days=400)):
        assert "There is nothing here that you may compare" in text(world.client("head.qa"), "/panel/agreement")


def test_nothing_of_agreement_is_shown_before_the_decision(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        story.read_by_all()
    with at_the_meeting(world, meeting):
        with world.context():
            story.opened()
        for login in ("chair", "director", "head.qa"):
            assert "Agreement" not in text(world.client(login), page_of(meeting)), login


def test_a_year_of_many_reviews_has_its_coefficients() -> None:
    from datetime import UTC, datetime

    from app.insight.agreement import between_members
    from app.queries.panel_agreement import Year
    from app.web.panel_agreement_words import of_year

    reviews = [{"needs": {1: 3, 2: 3 if number % 4 else 2}} for number in range(20)]
    shown = of_year(Year(datetime(2026, 1, 1, tzinfo=UTC), between_members(reviews)))
    assert not shown["too_few"]
    assert "75% of the time" in shown["lines"][1]
    assert shown["figures"][0][0].startswith("Gwet")
    fewer = of_year(Year(datetime(2026, 1, 1, tzinfo=UTC), between_members(reviews[:19])))
    assert fewer["figures"] == []


# --- my work --------------------------------------------------------------------------------------------


def main_of(client: FlaskClient) -> str:
    return text(client, "/").split("<main")[1]


def test_my_work_has_what_the_panel_asks_of_each(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting, manager_login="head.service")
        row = story.reading("director")
        given = panels.reading_answers(row.item)
        given.pop("journey")
        panel_readings.save(world.actor("director"), row.id, given, expected_version=row.version)
        declares(world, story, "assistant.director")
        ref = reference(story)
    director = main_of(world.client("director"))
    for said in ("Read alone for the panel on 3 December", ref, "due 1 December 2026", "7 of 8 parts", "Coming up"):
        assert said in director, said
    for login in ("assistant.director", "worker", "agency"):
        page = main_of(world.client(login))
        assert "Read alone" not in page, login
        assert login == "worker" or ref not in page, login
    assert "Read alone" not in main_of(world.client("head.service"))
    with world.context():
        story.read("director")
    assert ref not in main_of(world.client("director"))
    with at_the_meeting(world, meeting):
        assert "Chair the panel on 3 December" in main_of(world.client("chair"))
        assert "Sit on the panel on 3 December" in main_of(world.client("director"))
        assert "Chair the panel" not in main_of(world.client("director"))
    with at_the_meeting(world, meeting, 60 * 24):
        assert "it was not held" in main_of(world.client("head.qa"))
        assert "panel on 3 December" not in main_of(world.client("assistant.director"))


def test_an_earlier_reading_is_asked_to_be_confirmed(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        story = listed(world, meeting)
        story.read("director")
    with at_the_meeting(world, meeting), world.context():
        panels.attend(world, meeting)
        panel_items.send_back(world.actor("chair"), story.id, story.review.version, reason="Say more on needs.")
    with at_the_meeting(world, meeting):
        assert "Read alone" not in main_of(world.client("director"))
    with at_the_meeting(world, meeting), world.context():
        from app.services import drafting, moderation
        from tests.support import stages

        story.discussion()
        story.responded()
        drafting.submit(world.actor("external.reviewer"), story.id, story.review.version)
        given = stages.moderation_answers(story.review)
        moderation.save(world.actor("head.qa"), story.id, given, expected_version=0)
        story.meeting_id = panels.set_up(world, days=14)
        story.referred()
    with at_the_meeting(world, meeting, 5):
        page = main_of(world.client("director"))
        assert "Confirm your earlier reading, or read again, for the panel on 17 December" in page
        assert "Confirm" not in main_of(world.client("assistant.director"))


def test_a_reading_is_not_asked_of_somebody_without_a_seat_where_the_item_went(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        other = panels.set_up(world, days=14, members=("director", "assistant.director", "head.qa"))
        story = listed(world, meeting)
        panel_items.move(world.actor("head.qa"), story.item.id, story.item.version, meeting=other)
        ref = reference(story)
    assert ref not in main_of(world.client("head.service"))
    assert "Read alone for the panel on 7 December" in main_of(world.client("director"))
    page = text(world.client("director"), page_of(meeting))
    assert "Moved to another meeting" in page
    assert world.client("head.service").get(page_of(other)).status_code == 404
