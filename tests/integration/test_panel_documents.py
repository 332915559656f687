"""The pack and the minutes of a meeting: what each person's copy holds, and that nothing in it tells of the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from app import clock
from app.documents import html
from app.documents.minutes import minutes as minutes_document
from app.documents.pack import pack as pack_document
from app.documents.panel_content import MinutesContent, PackContent, minutes_sha256, read_minutes, read_pack
from app.documents.pdf import render_pdf
from app.extensions import session
from app.models.records import ViewEvent
from app.policy.acting import load_office
from app.queries import panel_documents, panel_minutes
from app.queries.reviews import NotVisible, responses
from app.services import accounts, drafting, issuing, panel_items, panel_meetings, panel_readings, records
from tests.integration.test_documents import form_with_confidence
from tests.integration.test_panel_records import READING, changed_to, only_row, to_the_meeting, with_actions
from tests.support import panels, stages
from tests.support.panels import PanelStory, on_the_day
from tests.support.world import World
from tests.unit.documents.support import checked, pages_of, text_of

pytestmark = pytest.mark.pdf

OUTSIDE = ("worker", "manager", "external.reviewer", "internal.reviewer", "agency", "admin", "oversight")


def pack_for(world: World, login: str, meeting: str) -> PackContent:
    office = load_office(session, clock.today())
    session.rollback()
    return read_pack(panel_documents.pack(world.actor(login), office, meeting).data)


def minutes_for(world: World, login: str, meeting: str) -> MinutesContent:
    office = load_office(session, clock.today())
    session.rollback()
    return read_minutes(panel_minutes.minutes(world.actor(login), office, meeting).data)


def references(content: PackContent | MinutesContent) -> list[str]:
    rows = content.reviews if isinstance(content, PackContent) else content.items
    return [row.reference for row in rows]


def before_the_panel(world: World, meeting: str, **changes: str) -> PanelStory:
    story = PanelStory(world, meeting, **changes)
    story.panel_moderation()
    return story


def out(world: World, login: str, story: PanelStory) -> None:
    """This member says that he or she is in conflict."""
    panel_readings.declare_conflict(world.actor(login), story.reading(login).id, reason="XWHY I know the family")


# --- the pack -------------------------------------------------------------------------------------------


class Disagreed(PanelStory):
    """On a form with a question asked in confidence; the worker disagrees, and the reviewer keeps the text."""

    def written(self) -> None:
        given = stages.answers(self.world)
        given["journey"] = {**given["journey"], "confidential": "XCONFIDENCE the father frightens her."}
        stages.write(self.world.actor(self.reviewer), self.review, given)

    def responded(self, stance: str = "disagree", text: str = "XSTANDS we were there every week.") -> None:
        super().responded(stance, text)
        for item in [item.id for row in responses(self.review) for item in row.items]:
            drafting.answer(
                self.world.actor(self.reviewer), self.id, item, reply="kept", text="XREPLY it is not there."
            )


def test_the_panel_pack_holds_what_a_member_reads_and_the_form(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        story = Disagreed(world, meeting, form_version=form_with_confidence(world))
        story.panel_moderation()
        story.read("head.qa", comment=READING)
        pdf = render_pdf(pack_document(pack_for(world, "director", meeting)))
        assert checked(pdf) == []
        text = text_of(pdf)
        order = [
            "For Helen Abara alone", "10:00 to 11:30", "Agenda", f"1. Review {story.review.reference}",
            "XCONFIDENCE", "Grade Good", "The worker, Daniel Osei: disagrees", "XSTANDS", "kept, with the reason",
            "XREPLY", "For this child", "Moderation form for", "Do you agree with the overall grade?", "☐ Yes",
            "☐ Requires improvement to be good", "Actions arising",
        ]  # fmt: skip
        places = [text.index(words) for words in order]
        assert places == sorted(places)
        assert "XREADING" not in text
        assert "Management oversight" not in text[text.index("Moderation form for") :]


def test_the_readers_name_is_on_every_page_of_the_panel_pack(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        before_the_panel(world, meeting)
        pages = pages_of(render_pdf(pack_document(pack_for(world, "chair", meeting))))
        assert len(pages) > 4
        assert all("Confidential: copy of Dame Rosalind Okonjo" in page for page in pages)


def test_a_review_one_is_out_of_is_in_no_panel_pack_and_leaves_no_gap(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        first, hidden, last = (before_the_panel(world, meeting) for _ in range(3))
        out(world, "director", hidden)
        mine, others = pack_for(world, "director", meeting), pack_for(world, "head.service", meeting)
        assert references(others) == [each.review.reference for each in (first, hidden, last)]
        assert references(mine) == [first.review.reference, last.review.reference]
        text = text_of(render_pdf(pack_document(mine)))
        assert re.findall(r"(\d)\. Review", text) == ["1", "2"]
        for trace in (hidden.review.reference, hidden.review.child.name, "XWHY", "exempt"):
            assert trace not in text
        # It is the same as if the review had never been on the agenda.
        issuing.withdraw(world.actor("head.qa"), hidden.id, hidden.review.version, reason="Planned twice.")
        assert pack_for(world, "director", meeting) == mine


def test_nobody_else_has_a_panel_pack(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, members=("head.service", "head.qa"))
        story = before_the_panel(world, meeting)
        for login in (*OUTSIDE, "director", "deputy.qa"):
            with pytest.raises(NotVisible):
                pack_for(world, login, meeting)
        out(world, "chair", story)  # the chair too, out of all there is, has none
        with pytest.raises(NotVisible):
            pack_for(world, "chair", meeting)
        with pytest.raises(NotVisible):
            pack_for(world, "head.service", "no such meeting")


def test_a_line_manager_on_the_panel_has_no_panel_pack_of_that_review(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        before_the_panel(world, meeting, manager_login="head.service")
        other = before_the_panel(world, meeting)
        assert references(pack_for(world, "head.service", meeting)) == [other.review.reference]


def test_a_decided_review_is_no_longer_in_the_panel_pack(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        decided, other = to_the_meeting(world, meeting), to_the_meeting(world, meeting)
        with on_the_day(meeting):
            decided.opened()
            other.opened()
            assert len(references(pack_for(world, "director", meeting))) == 2
            decided.decided()
            pack = pack_for(world, "director", meeting)
        assert references(pack) == [other.review.reference]
        assert "XREADING" not in text_of(render_pdf(pack_document(pack)))


def test_each_review_in_a_panel_pack_is_logged_as_seen(world: World) -> None:
    with world.context():
        meeting = panels.set_up(world)
        ids = [before_the_panel(world, meeting).id for _ in range(2)]
        office = load_office(session, clock.today())
        actor = world.actor("director")
        made = panel_documents.pack(actor, office, meeting)
        records.log_views(actor, made.tells_of, "pdf", "panel pack")
        seen = session.query(ViewEvent).filter_by(channel="pdf").order_by(ViewEvent.id)
        assert [(row.review_id, row.person_id, row.what) for row in seen] == [
            (each, actor.id, "panel pack") for each in ids
        ]


# --- the minutes ----------------------------------------------------------------------------------------


@contextmanager
def a_meeting(world: World) -> Iterator[tuple[str, dict[str, PanelStory]]]:
    """Four reviews heard: one decided by the deputy against a dissent, the chair being out; one decided without the
    director, who is out; one adjourned; one sent back. The clock stands two hours after it began."""
    meeting = panels.set_up(world)
    names = ("deputy", "without director", "adjourned", "sent back")
    stories = {name: before_the_panel(world, meeting) for name in names}
    out(world, "chair", stories["deputy"])
    out(world, "director", stories["without director"])
    for story in stories.values():
        for login in panels.ALL:
            if str(story.reading(login).state) == "invited":
                story.read(login, comment=READING)
    with on_the_day(meeting, minutes=120):
        panels.attend(world, meeting, [login for login in panels.ALL if login != "assistant.director"])
        deputy = stories["deputy"]
        deputy.opened("deputy.chair")
        deputy.decided(
            "deputy.chair", grade="requires_improvement", reached="chair_decided", reached_reason="XREACHED the harm.",
            recommendations={only_row(deputy): changed_to("Agree two people to ring.")}, form=with_actions(deputy),
            dissents={world.public_id("head.service"): "XDISSENT it was good."},
        )  # fmt: skip
        stories["without director"].opened()
        stories["without director"].decided()
        item = stories["adjourned"].item
        panel_items.adjourn(world.actor("chair"), item.id, item.version, reason="XADJOURNED no time.")
        review = stories["sent back"].review
        panel_items.send_back(world.actor("chair"), review.id, review.version, reason="XSENTBACK no chronology.")
        yield meeting, stories


def test_the_panel_minutes_say_who_was_there_and_what_was_decided(world: World) -> None:
    with world.context(), a_meeting(world) as (meeting, stories):
        content = minutes_for(world, "head.qa", meeting)
        assert references(content) == [story.review.reference for story in stories.values()]
        first, second, third, fourth = content.items
        assert [row.state for row in content.items] == ["decided", "decided", "adjourned", "sent_back"]
        assert (first.chaired_by, first.chaired_why) == (
            world.person("deputy.chair").name, "deputy chair: the chair is in conflict",
        )  # fmt: skip
        assert first.sitting is not None
        assert first.outcome is not None
        assert first.sitting.out == (world.person("chair").name,)
        assert world.person("assistant.director").name not in first.sitting.took_part
        assert first.outcome.dissents[0].text == "XDISSENT it was good."
        assert [(row.what, row.action) for row in first.outcome.recommendations] == [
            ("change", "Agree two people to ring.")
        ]
        assert [row.action for row in first.outcome.actions] == ["Tell the other teams."]
        assert second.chaired_why == ""
        assert (third.left[0].reason, third.outcome) == ("XADJOURNED no time.", None)
        assert fourth.left[0].reason == "XSENTBACK no chronology."
        assert {row.name: row.attendance for row in content.attendance}[
            world.person("assistant.director").name
        ] == "absent"
        document = minutes_document(content)
        pdf = render_pdf(document)
        assert checked(pdf) == []
        text = text_of(pdf)
        order = [
            "Attendance", "1. Review", "Chaired by", "in conflict", "The chair decided", "XREACHED", "Grades of every",
            "Changed: Two will do.", "Tell the other teams.", "XDISSENT", "2. Review", "The panel agreed", "3. Review",
            "XADJOURNED", "4. Review", "XSENTBACK", "Seal of these minutes",
        ]  # fmt: skip
        places = [text.index(words) for words in order]
        assert places == sorted(places)
        assert minutes_sha256(content) in pages_of(pdf)[-1]
        for each in (text, repr(html.page(document))):
            assert "XREADING" not in each
            assert "XWHY" not in each
            assert "Kestrel" not in each  # initials stand for the child


def test_who_was_out_of_an_item_finds_no_trace_of_it_in_the_panel_minutes(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context(), a_meeting(world) as (meeting, stories):
        shown = {name: story.review.reference for name, story in stories.items()}
        for login, hidden in (("chair", "deputy"), ("director", "without director")):
            content = minutes_for(world, login, meeting)
            assert references(content) == [
                reference for name, reference in shown.items() if name not in (hidden, "sent back")
            ]
            text = text_of(render_pdf(minutes_document(content)))
            assert re.findall(r"(\d)\. Review", text) == ["1", "2"]
            assert shown[hidden] not in text
            assert "in conflict" not in text or login != "chair"


def test_an_issued_review_stays_out_of_the_panel_minutes_of_its_line_manager(sqlite_world: World) -> None:
    """The tie to the review gives the record; the minutes of an item one was out of it does not."""
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        own = before_the_panel(world, meeting, manager_login="head.service")
        own.read_by_all()
        with on_the_day(meeting):
            own.opened()
            own.decided()
            today = clock.today()
            issuing.issue(
                world.actor("head.qa"), own.id, own.review.version, sent_on=today, tracker_meeting_on=today,
                told_by="Nasreen", told_on=today,
            )  # fmt: skip
            assert references(minutes_for(world, "head.service", meeting)) == []
            assert references(minutes_for(world, "director", meeting)) == [own.review.reference]


def test_nobody_else_has_the_panel_minutes_and_nobody_before_it_begins(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        before_the_panel(world, meeting)
        for login in (*OUTSIDE, "head.qa", "chair"):
            with pytest.raises(NotVisible):
                minutes_for(world, login, meeting)
        with on_the_day(meeting):
            panels.attend(world, meeting)
            for login in OUTSIDE:
                with pytest.raises(NotVisible):
                    minutes_for(world, login, meeting)
            content = minutes_for(world, "director", meeting)
        assert [row.state for row in content.items] == ["waiting"]
        assert content.items[0].sitting is None
        assert "as far as it has gone" in minutes_document(content).subject


def test_while_an_item_is_discussed_the_panel_minutes_tell_nobody_absent_who_has_read(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        story = to_the_meeting(world, meeting)
        with on_the_day(meeting):
            panels.attend(world, meeting, [login for login in panels.ALL if login != "director"])
            story.opened()
            [absent] = minutes_for(world, "director", meeting).items
            [present] = minutes_for(world, "head.service", meeting).items
        assert (absent.state, absent.sitting, absent.outcome) == ("discussing", None, None)
        assert present.sitting is not None
        assert present.outcome is None


def test_panel_minutes_name_substitutes_with_the_reason_and_excuses_too(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world, members=("director", "head.service", "head.qa"))
        story = before_the_panel(world, meeting)
        row = panels.meeting(meeting)
        absent, by = world.public_id("head.service"), world.public_id("assistant.director")
        panel_meetings.substitute(world.actor("head.qa"), row.id, row.version, absent=absent, by=by, reason="On leave")
        panel_readings.excuse(world.actor("chair"), story.reading("director").id, reason="At court")
        for login in ("assistant.director", "deputy.chair", "head.qa", "chair"):
            story.read(login)
        with on_the_day(meeting):
            panels.attend(world, meeting, [login for login in panels.ALL if login != "head.service"])
            story.opened()
            story.decided()
            content = minutes_for(world, "director", meeting)
        rows = {row.name: (row.seat, row.attendance, row.note) for row in content.attendance}
        gone, came = world.person("head.service").name, world.person("assistant.director").name
        assert rows[gone] == ("member", "absent", f"{came} sat instead: On leave")
        assert rows[came] == ("substitute", "present", f"For {gone}")
        assert content.items[0].sitting is not None
        assert content.items[0].sitting.excused == (f"{world.person('director').name}: At court",)


def test_a_decision_taken_up_again_is_closed_in_the_first_panel_minutes(sqlite_world: World) -> None:
    """The Head still reads it, with why it was taken up again; the members, who read alone anew, do not."""
    world = sqlite_world
    with world.context():
        story = to_the_meeting(world)
        first = story.meeting_id
        with on_the_day(first):
            story.opened()
            story.decided()
        with clock.set_to(panels.day_of(first) + timedelta(days=3)):
            story.meeting_id = panels.set_up(world)
            panel_items.reopen_decision(
                world.actor("chair"), story.id, story.review.version, reason="New facts.", meeting=story.meeting_id
            )
            [member] = minutes_for(world, "director", first).items
            [head] = minutes_for(world, "head.qa", first).items
        assert (member.state, member.outcome, member.sitting) == ("decided", None, None)
        assert head.outcome is not None
        assert head.outcome.reopened_reason == "New facts."


def test_what_was_moved_away_before_the_day_is_not_in_the_panel_minutes(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting, later = panels.set_up(world), panels.set_up(world, days=17)
        moved = before_the_panel(world, meeting)
        item = moved.item
        panel_items.move(world.actor("head.qa"), item.id, item.version, meeting=later)
        with on_the_day(meeting):
            panels.attend(world, meeting)
            assert references(minutes_for(world, "head.qa", meeting)) == []


def test_the_panel_is_told_where_the_reviewer_is_higher_in_the_workers_line(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        meeting = panels.set_up(world)
        before_the_panel(world, meeting)
        person = world.person("assistant.director")
        roles = frozenset({*person.role_names, "reviewer"})
        details = accounts.Details(
            name=person.name, email=person.email, role_names=roles, line_manager_id=person.line_manager_id
        )
        accounts.change(world.actor("admin"), person.id, person.version, details)
        before_the_panel(world, meeting, reviewer_login="assistant.director")
        usual, higher = pack_for(world, "director", meeting).reviews
        assert usual.told == ()
        assert higher.told == ("The reviewer is higher in the worker’s line of management.",)
        assert references(pack_for(world, "assistant.director", meeting)) == [usual.reference]
