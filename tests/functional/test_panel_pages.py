"""The panel's reading and decision through the browser's eyes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app import clock
from app.models.people import Person
from app.services import panel_items, panel_meetings, panel_readings
from app.services.unit_of_work import unit_of_work
from tests.support import panels
from tests.support.browsing import main_form, send
from tests.support.html import parse
from tests.support.panels import PanelStory
from tests.support.world import World, token_in
from workflows.states import PanelItemState, ReviewState


def prepared(world: World) -> PanelStory:
    """A review before the panel, nobody has read it yet."""
    with world.context():
        story = PanelStory(world, panels.set_up(world))
        story.panel_moderation()
    return story


@contextmanager
def at_the_meeting(world: World, story: PanelStory, here: Iterable[str] = panels.ALL) -> Iterator[None]:
    """Two minutes in, everybody here or who is named."""
    with world.context():
        starts = panels.day_of(story.meeting_id)
    with clock.set_to(starts + timedelta(minutes=2)):
        with world.context():
            panels.attend(world, story.meeting_id, here)
        yield


def address(world: World, story: PanelStory, login: str = "") -> str:
    """Of the item, or of somebody's reading of it."""
    with world.context():
        if login:
            return f"/panel/readings/{story.reading(login).public_id}"
        return f"/panel/items/{story.item.public_id}"


def posted(client: FlaskClient, where: str, **data: str) -> int:
    """Post with the token and the version that the page has; the answer's code."""
    page = client.get(where).get_data(as_text=True)
    version = page.split('name="version" value="')[1].split('"')[0]
    return client.post(where, data={"csrf_token": token_in(page), "version": version, **data}).status_code


SETTLED = {"rec-r0000000001-what": "keep"}


def write_all(chair: FlaskClient, item: str, *, themes: str = "") -> None:
    """Row by row, as a chair goes through the page."""
    for part in ("overall", "journey", "needs"):
        assert posted(chair, item, part=part, **{f"{part}-grade": "good"}) == 303
    assert posted(chair, item, part="all-recommendations", **SETTLED) == 303
    assert posted(chair, item, part="how-reached", reached="agreed", themes=themes) == 303


def confirmed(chair: FlaskClient, item: str, version: str) -> int:
    """From the last row; the answer's code."""
    return posted(chair, item, part="check-and-confirm", confirm="yes", review_version=version)


def test_a_reading_is_ones_own_and_is_not_submitted_half_done(sqlite_world: World) -> None:
    story = prepared(sqlite_world)
    mine = address(sqlite_world, story, "director")
    director = sqlite_world.client("director")
    assert "Read alone for the panel" in director.get(mine).get_data(as_text=True)
    for login in ("assistant.director", "chair", "head.qa", "external.reviewer", "worker", "admin"):
        assert sqlite_world.client(login).get(mine).status_code == 404, login
    assert posted(director, mine, submit="yes", **{"journey-comment": "Half done."}) == 422
    with sqlite_world.context():
        row = story.reading("director")
        assert str(row.state) == "reading"
        assert row.answers["journey"]["comment"] == "Half done."


def test_a_submitted_reading_posted_again_is_refused(sqlite_world: World) -> None:
    story = prepared(sqlite_world)
    mine = address(sqlite_world, story, "director")
    director = sqlite_world.client("director")
    token = token_in(director.get(mine).get_data(as_text=True))
    with sqlite_world.context():
        story.read("director")
    data = {"csrf_token": token, "version": "1", "submit": "yes", "journey-grade": "inadequate"}
    assert director.post(mine, data=data).status_code == 409
    with sqlite_world.context():
        assert story.reading("director").answers["journey"]["grade"] == "good"


def test_the_chair_opens_and_the_grid_begins_with_the_disagreement(sqlite_world: World) -> None:
    story = prepared(sqlite_world)
    with sqlite_world.context():
        story.read_by_all(director="inadequate")
    item = address(sqlite_world, story)
    with at_the_meeting(sqlite_world, story):
        chair = sqlite_world.client("chair")
        before = chair.get(item).get_data(as_text=True)
        assert "Who has read" in before
        assert "Apart" not in before
        assert posted(chair, f"{item}/open") == 303
        page = chair.get(item).get_data(as_text=True)
        assert "2 steps" in page
        assert "2 min" not in sqlite_world.client("worker").get(item).get_data(as_text=True)
        assert "Apart" in sqlite_world.client("director").get(item).get_data(as_text=True)
        assert "Apart" not in sqlite_world.client("deputy.qa").get(item).get_data(as_text=True)


def test_the_decision_says_what_is_missing_and_then_is_confirmed(sqlite_world: World) -> None:
    story = prepared(sqlite_world)
    item = address(sqlite_world, story)
    with sqlite_world.context():
        story.read_by_all()
    with at_the_meeting(sqlite_world, story):
        chair = sqlite_world.client("chair")
        assert posted(chair, f"{item}/open") == 303
        with sqlite_world.context():
            version = str(story.review.version)
        assert confirmed(chair, item, version) == 422
        write_all(chair, item, themes="Chronologies")
        assert confirmed(chair, item, version) == 303
        page = chair.get(item).get_data(as_text=True)
        assert "No grade moved" in page
        assert "Confirm the decision" not in page
    with sqlite_world.context():
        assert story.review.state is ReviewState.TRACKING
        assert story.item.state is PanelItemState.DECIDED


def test_what_is_still_to_do_in_a_reading_stands_at_its_fields_too(sqlite_world: World) -> None:
    story = prepared(sqlite_world)
    mine = address(sqlite_world, story, "director")
    director = sqlite_world.client("director")
    before = parse(director.get(mine).get_data(as_text=True))
    assert not [node for node in before.walk() if node.has_class("govuk-error-message")]
    answer = send(director, mine, {"submit": "yes"}, holding="overall-")
    assert answer.status_code == 422
    page = parse(answer.get_data(as_text=True))
    summary = next(node for node in page.walk() if node.has_class("govuk-error-summary"))
    wanted = [link.text for link in summary.all("a")]
    said = [node.text.removeprefix("Error: ") for node in page.walk() if node.has_class("govuk-error-message")]
    assert wanted
    assert said == wanted


def test_a_form_of_the_meeting_is_posted_to_an_address_without_a_place_in_the_page(sqlite_world: World) -> None:
    """Else the answer is scrolled to that place, and what is wrong is above the window."""
    story = prepared(sqlite_world)
    item, mine = address(sqlite_world, story), address(sqlite_world, story, "director")
    director = sqlite_world.client("director")
    assert main_form(director.get(mine).get_data(as_text=True), "overall-")[0] == mine
    with sqlite_world.context():
        story.read_by_all()
    with at_the_meeting(sqlite_world, story):
        chair = sqlite_world.client("chair")
        assert main_form(chair.get(f"{item}/open").get_data(as_text=True))[0] == f"{item}/open"
        assert posted(chair, f"{item}/open") == 303
        row = f"{item}?part=journey"
        page = chair.get(row).get_data(as_text=True)
        assert main_form(page, "journey-")[0] == row
        with sqlite_world.context():
            version = str(story.review.version)
        data = {"csrf_token": token_in(page), "version": "0", "review_version": version, "confirm": "yes"}
        wrong = chair.post(row, data=data)
        assert wrong.status_code == 422
        assert main_form(wrong.get_data(as_text=True), "review_version")[0] == row


def test_why_a_grade_moved_stands_with_the_decision(sqlite_world: World) -> None:
    story = prepared(sqlite_world)
    reasons = dict.fromkeys(("journey", "needs", "summary"), "The June entries weigh more.")
    with sqlite_world.context():
        story.decided_on_the_day(grade="inadequate", reasons=reasons)
    item = address(sqlite_world, story)
    page = parse(sqlite_world.client("chair").get(item).get_data(as_text=True))
    moved = [node.text for node in page.all("li") if " lowered from " in node.text]
    assert moved
    assert all(line.endswith("The June entries weigh more.") for line in moved)
    assert "The June entries" not in sqlite_world.client("worker").get(item).get_data(as_text=True)


def test_an_item_heard_again_is_timed_from_its_second_meeting(sqlite_world: World) -> None:
    story = prepared(sqlite_world)
    item = address(sqlite_world, story)
    with sqlite_world.context():
        story.read_by_all()
    with at_the_meeting(sqlite_world, story):
        chair = sqlite_world.client("chair")
        assert posted(chair, f"{item}/open") == 303
        with clock.set_to(clock.now() + timedelta(minutes=5)):
            assert "5 min of " in timing(chair, item)
        with sqlite_world.context():
            panel_items.adjourn(sqlite_world.actor("chair"), story.item.id, story.item.version, reason="A letter.")
    with sqlite_world.context():
        later = panels.set_up(sqlite_world, 17)
        head = sqlite_world.actor("head.qa")
        panel_items.relist(head, story.item.id, story.item.version, meeting=later)
        story.meeting_id = later
    with at_the_meeting(sqlite_world, story), clock.set_to(clock.now() + timedelta(minutes=7)):
        assert timing(sqlite_world.client("chair"), item).startswith("7 min of ")


def timing(client: FlaskClient, where: str) -> str:
    page = parse(client.get(where).get_data(as_text=True))
    return next(node.text for node in page.walk() if "data-timer" in node.attrs)


def test_the_head_refers_a_review_and_sees_who_would_be_out(sqlite_world: World) -> None:
    with sqlite_world.context():
        meeting = panels.set_up(sqlite_world)
        story = PanelStory(sqlite_world, meeting, manager_login="head.service")
        for step in ("drafting", "discussion", "hos_moderation", "moderated"):
            getattr(story, step)()
        where = f"/reviews/{story.review.public_id}/do/refer_to_panel"
    head = sqlite_world.client("head.qa")
    page = head.get(where).get_data(as_text=True)
    assert "Oluwaseun Bello (the line manager)" in page
    assert "Quorate." in page
    assert posted(head, where) == 422
    assert posted(head, where, meeting=meeting) == 303
    with sqlite_world.context():
        assert story.review.state is ReviewState.PANEL_MODERATION


def test_the_reviewer_reads_comments_only_when_the_chair_shared_them(sqlite_world: World) -> None:
    story = prepared(sqlite_world)
    item = address(sqlite_world, story)
    with sqlite_world.context():
        story.read_by_all()
        where = f"/reviews/{story.review.public_id}"
    with at_the_meeting(sqlite_world, story):
        chair, reviewer = sqlite_world.client("chair"), sqlite_world.client("external.reviewer")
        assert posted(chair, f"{item}/open") == 303
        assert "On journey: good." not in reviewer.get(where).get_data(as_text=True)
        assert posted(chair, f"{item}/share_comments") == 303
        page = reviewer.get(where).get_data(as_text=True)
        assert "On journey: good." in page
        assert "Helen Abara" not in page
        assert reviewer.get(item).status_code == 404


# --- what is typed at the meeting is kept, and nothing that was taken away comes back ------------------------


@contextmanager
def under_discussion(world: World) -> Iterator[tuple[PanelStory, FlaskClient, str, str]]:
    """An opened item: the story, the chair's browser, the item's address, the review's version."""
    story = prepared(world)
    with world.context():
        story.read_by_all()
    item = address(world, story)
    with at_the_meeting(world, story):
        chair = world.client("chair")
        assert posted(chair, f"{item}/open") == 303
        with world.context():
            version = str(story.review.version)
        yield story, chair, item, version


def test_a_confirmation_that_was_refused_can_be_sent_again_from_its_page(sqlite_world: World) -> None:
    with under_discussion(sqlite_world) as (story, chair, item, version):
        page = chair.get(item).get_data(as_text=True)
        data = {"csrf_token": token_in(page), "version": "0", "review_version": version, "part": "check-and-confirm"}
        refused = chair.post(item, data={**data, "confirm": "yes"})
        assert refused.status_code == 422
        assert "?part=needs#needs-grade" in refused.get_data(as_text=True)
        write_all(chair, item)
        shown = chair.get(f"{item}?part=check-and-confirm").get_data(as_text=True)
        data |= {"version": shown.split('name="version" value="')[1].split('"')[0]}
        assert chair.post(item, data={**data, "confirm": "yes"}).status_code == 303
        with sqlite_world.context():
            assert story.item.state is PanelItemState.DECIDED


def test_what_the_panel_emptied_stays_empty(sqlite_world: World) -> None:
    with under_discussion(sqlite_world) as (story, chair, item, _version):
        row = {"rec-r0000000001-what": "change", "rec-r0000000001-reason": "Too much.",
               "rec-r0000000001-action": "Ask the child.", "rec-r0000000001-owner": ""}  # fmt: skip
        assert posted(chair, item, part="all-recommendations", **row) == 303
        page = chair.get(f"{item}?part=all-recommendations").get_data(as_text=True)
        owner = page.split('name="rec-r0000000001-owner"')[1].split("</select>")[0]
        assert "selected" not in owner.replace('<option value="" selected', "")
        with sqlite_world.context():
            assert story.item.agreed is not None
            assert story.item.agreed.answers["recommendations"]["r0000000001"]["owner"] == ""


def test_a_long_theme_costs_nothing_else(sqlite_world: World) -> None:
    with under_discussion(sqlite_world) as (story, chair, item, _version):
        words = {"reached": "chair_decided", "reached_reason": "The gap in June."}
        assert posted(chair, item, part="how-reached", themes="x" * 203, **words) == 422
        with sqlite_world.context():
            assert story.item.agreed is not None
            assert story.item.agreed.answers["reached_reason"] == "The gap in June."


def test_words_of_an_added_recommendation_are_kept_before_its_action_is_written(sqlite_world: World) -> None:
    with under_discussion(sqlite_world) as (story, chair, item, version):
        write_all(chair, item)
        added = {"part": "all-recommendations", "added": "r0000000500", "rec-r0000000500-impact": "Children are asked."}
        assert posted(chair, item, **added, **SETTLED) == 303
        assert "Children are asked." in chair.get(f"{item}?part=all-recommendations").get_data(as_text=True)
        assert confirmed(chair, item, version) == 422
        with sqlite_world.context():
            assert story.item.state is PanelItemState.DISCUSSING


def test_one_row_is_opened_at_a_time_and_going_on_keeps_what_was_typed(sqlite_world: World) -> None:
    with under_discussion(sqlite_world) as (story, chair, item, _version):
        page = chair.get(item).get_data(as_text=True)
        assert page.count('-grade" type="radio"') == 4  # one section, of four grades
        words = {"needs-grade": "good", "needs-comment": "Well seen.", "reason-needs": "As read."}
        assert posted(chair, item, part="needs", go="journey", **words) == 303
        with sqlite_world.context():
            assert story.item.agreed is not None
            kept, version = story.item.agreed.answers, story.item.agreed.version
        assert (kept["form"]["needs"]["comment"], kept["reasons"]["needs"]) == ("Well seen.", "As read.")
        assert kept["form"]["needs"]["agree"] == "agree"
        assert posted(chair, item, part="journey", go="needs", **{"journey-grade": "inadequate"}) == 303
        with sqlite_world.context():
            assert story.item.agreed is not None
            assert story.item.agreed.answers["form"]["needs"] == kept["form"]["needs"]
            assert story.item.agreed.answers["form"]["journey"]["agree"] == "disagree"
            assert story.item.agreed.version == version + 1


def version_of(world: World, story: PanelStory) -> int:
    """Of the agreed form; 0 before the first save."""
    with world.context():
        return story.item.agreed.version if story.item.agreed else 0


def test_to_look_at_another_row_saves_nothing(sqlite_world: World) -> None:
    with under_discussion(sqlite_world) as (story, chair, item, _version):
        assert posted(chair, item, part="needs", go="journey") == 303
        assert version_of(sqlite_world, story) == 0
        write_all(chair, item, themes="Chronologies")
        version = version_of(sqlite_world, story)
        for part in ("overall", "needs", "summary", "actions", "all-recommendations", "how-reached", "who-dissents"):
            page = f"{item}?part={part}"
            fields = main_form(chair.get(page).get_data(as_text=True), "version")[1]
            assert chair.post(item, data=MultiDict([*fields.items(multi=True), ("go", "needs")])).status_code == 303
            assert version_of(sqlite_world, story) == version, part


def test_two_windows_on_one_row_are_told_and_both_texts_are_kept(sqlite_world: World) -> None:
    with under_discussion(sqlite_world) as (_story, chair, item, review_version):
        page = chair.get(f"{item}?part=needs").get_data(as_text=True)
        write_all(chair, item)
        old = {"csrf_token": token_in(page), "version": "0", "part": "needs", "needs-comment": "Mine, typed before."}
        told = chair.post(item, data=old)
        assert told.status_code == 409
        assert "Mine, typed before." in told.get_data(as_text=True)
        confirm = {"part": "check-and-confirm", "confirm": "yes", "review_version": review_version}
        assert chair.post(item, data={**old, **confirm}).status_code == 409  # not what was looked at
        assert confirmed(chair, item, review_version) == 303


def test_what_is_only_the_decisions_opens_for_nobody_else(sqlite_world: World) -> None:
    with under_discussion(sqlite_world) as (story, chair, item, _version):
        assert posted(chair, item, part="needs", **{"needs-grade": "good", "reason-needs": "Said between us."}) == 303
        director = sqlite_world.client("director")
        for part in ("needs", "all-recommendations", "how-reached", "who-dissents", "check-and-confirm", "made-up"):
            page = director.get(f"{item}?part={part}").get_data(as_text=True)
            assert "Apart" in page
            assert "Said between us." not in page
            assert "Final so far" not in page
            assert "Check and confirm" not in page
            saved = {"needs-grade": "good", "reason-needs": "Said between us."}  # to guess right is told by nothing
            for words in ({"needs-grade": "inadequate"}, saved, {**saved, "go": "journey"}, {"confirm": "yes"}):
                data = {"csrf_token": token_in(page), "version": "1", "part": part, **words}
                assert director.post(item, data=data).status_code == 409, (part, words)
        with sqlite_world.context():
            assert story.item.agreed is not None
            assert (story.item.agreed.version, str(story.item.state)) == (1, "discussing")


def test_the_reviewer_has_a_dissent_recorded_in_his_or_her_own_words(sqlite_world: World) -> None:
    with under_discussion(sqlite_world) as (story, chair, item, version):
        write_all(chair, item)
        assert confirmed(chair, item, version) == 303
        reviewer = sqlite_world.client("external.reviewer")
        with sqlite_world.context():
            review = f"/reviews/{story.review.public_id}"
        assert f"{item}/dissent" in reviewer.get(review).get_data(as_text=True)
        assert posted(reviewer, f"{item}/dissent", text="I read the June entries otherwise.") == 303
        assert reviewer.get(f"{item}/dissent").status_code == 404
        assert sqlite_world.client("worker").get(f"{item}/dissent").status_code == 404
        with sqlite_world.context():
            assert [row.text for row in story.item.dissents] == ["I read the June entries otherwise."]


def test_two_members_of_one_name_do_not_hide_a_disagreement(sqlite_world: World) -> None:
    story = prepared(sqlite_world)
    with sqlite_world.context():
        story.read_by_all(director="inadequate")
        with unit_of_work(sqlite_world.actor("admin")) as work:
            director, other = sqlite_world.person("director"), sqlite_world.person("head.service")
            work.lock(Person, director.id).name = other.name
    item = address(sqlite_world, story)
    with at_the_meeting(sqlite_world, story):
        chair = sqlite_world.client("chair")
        assert posted(chair, f"{item}/open") == 303
        assert "2 steps" in chair.get(item).get_data(as_text=True)


# --- what a page says is true for who reads it ---------------------------------------------------------------


def test_the_shared_comments_are_said_to_be_shared_with_the_reviewer(sqlite_world: World) -> None:
    with under_discussion(sqlite_world) as (story, chair, item, _version):
        assert posted(chair, f"{item}/share_comments") == 303
        with sqlite_world.context():
            where = f"/reviews/{story.review.public_id}"
        to_reviewer = sqlite_world.client("external.reviewer").get(where).get_data(as_text=True)
        assert "shared the comments with you" in to_reviewer
        to_head = sqlite_world.client("head.qa").get(where).get_data(as_text=True)
        assert "shared the comments with the reviewer" in to_head


def test_a_reading_made_after_the_opening_is_not_said_to_be_sealed(sqlite_world: World) -> None:
    """Of a substitute named once the discussion is open: who is let in reads it as soon as it is submitted."""
    with sqlite_world.context():
        story = PanelStory(sqlite_world, panels.set_up(sqlite_world, members=("director", "assistant.director")))
        story.panel_moderation()
        story.read_by_all()
    with at_the_meeting(sqlite_world, story, ("chair", "deputy.chair", "director", "assistant.director")):
        assert posted(sqlite_world.client("chair"), f"{address(sqlite_world, story)}/open") == 303
        with sqlite_world.context():
            meeting = panels.meeting(story.meeting_id)
            given = {"absent": sqlite_world.public_id("director"), "by": sqlite_world.public_id("head.service")}
            head = sqlite_world.actor("head.qa")
            panel_meetings.substitute(head, meeting.id, meeting.version, **given, reason="Called away.")
        client, mine = sqlite_world.client("head.service"), address(sqlite_world, story, "head.service")
        page = client.get(mine).get_data(as_text=True)
        assert "The discussion was opened on" in page
        assert "until the chair opens" not in page
        with sqlite_world.context():
            answers = panels.reading_answers(story.item)
        fields = {f"{part}-{key}": text for part, given in answers.items() for key, text in given.items() if text}
        assert posted(client, mine, submit="yes", **fields) == 303
        after = client.get(mine).get_data(as_text=True)
        assert "Your reading is submitted." in after
        assert "Nobody sees it" not in after
        assert "The panel met on" in after


def test_who_was_away_is_not_offered_to_add_to_the_reading(sqlite_world: World) -> None:
    """The readings are seen after the decision; what is added belongs to the discussion."""
    story = prepared(sqlite_world)
    with sqlite_world.context():
        story.read_by_all()
    item, mine = address(sqlite_world, story), address(sqlite_world, story, "director")
    here = [login for login in panels.ALL if login != "director"]
    with at_the_meeting(sqlite_world, story, here):
        assert posted(sqlite_world.client("chair"), f"{item}/open") == 303
        with sqlite_world.context():
            story.decided()
        page = sqlite_world.client("director").get(mine).get_data(as_text=True)
        assert "See all readings" in page
        assert "Add to your reading" not in page


def test_who_may_not_excuse_is_not_offered_it(sqlite_world: World) -> None:
    """The chair excuses the members, the Head of QA the chair (R4)."""
    story = prepared(sqlite_world)
    item, own = address(sqlite_world, story), address(sqlite_world, story, "chair")
    others = address(sqlite_world, story, "director")
    to_head = sqlite_world.client("head.qa").get(item).get_data(as_text=True)
    assert (f"{own}/excuse" in to_head, f"{others}/excuse" in to_head) == (True, False)
    to_chair = sqlite_world.client("chair").get(item).get_data(as_text=True)
    assert (f"{own}/excuse" in to_chair, f"{others}/excuse" in to_chair) == (False, True)


# --- the way back, and the history ----------------------------------------------------------------------


def ways_back(page: str) -> list[str]:
    return re.findall(r'class="govuk-breadcrumbs__link" href="([^"]+)"', page)


def test_who_acts_as_head_without_a_seat_is_led_to_no_page_that_is_not_there(sqlite_world: World) -> None:
    """The Head and the deputy are out, so that the assistant director acts on this item, and knows of no meeting."""
    world = sqlite_world
    with world.context():
        story = PanelStory(world, panels.set_up(world, members=("director", "head.service", "head.qa")))
        story.panel_moderation()
        panel_readings.declare_conflict(world.actor("head.qa"), story.reading("head.qa").id, reason="A neighbour.")
        with unit_of_work(world.actor("admin")) as work:
            work.lock(Person, world.person("deputy.qa").id).active = False
        meeting = f"/panel/meetings/{story.meeting_id}"
    item = address(world, story)
    acting, member = world.client("assistant.director"), world.client("director")
    assert acting.get(meeting).status_code == 404
    found = ways_back(acting.get(item).get_data(as_text=True))
    assert found
    assert [where for where in found if acting.get(where).status_code != 200] == []
    assert meeting in ways_back(member.get(item).get_data(as_text=True))


def test_the_history_shows_each_reading_beside_the_path_and_in_no_chain(sqlite_world: World) -> None:
    """A grade does not go from one member's reading to the next one's; one who read otherwise has moved nothing."""
    world = sqlite_world
    story = prepared(world)
    with world.context():
        story.read_by_all(director="inadequate")
        with panels.on_the_day(story.meeting_id, 4):
            story.opened()
            story.decided()
    with clock.set_to(panels_day(world, story)):
        page = world.client("head.qa").get(f"/reviews/{public_id(world, story)}/history").get_data(as_text=True)
    journey = re.findall(r"<summary.*?</summary>", page, re.DOTALL)[0]
    path, beside = journey.split("pl-moves__beside")
    assert path.count("pl-moves__arrow") == path.count("pl-moves__step") - 2  # beside the list itself, one fewer
    assert "Final" in path
    assert "Panel reading" not in path
    assert "Moved" not in path
    assert "arrow" not in beside
    assert beside.count("pl-moves__reading") == len(panels.ALL)
    director = world_name(world, "director")
    assert re.search(rf"{director}</span>\s*<strong>Inadequate", beside)


def world_name(world: World, login: str) -> str:
    with world.context():
        return world.person(login).name


def public_id(world: World, story: PanelStory) -> str:
    with world.context():
        return str(story.review.public_id)


def panels_day(world: World, story: PanelStory) -> datetime:
    with world.context():
        return panels.day_of(story.meeting_id) + timedelta(hours=2)
