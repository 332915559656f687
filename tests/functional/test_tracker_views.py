"""Every look at a child's record is logged (R10), also where no review stands behind the recommendation; and no page
tells more of its history than its own page does (R11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, select, update

from app import clock, extensions, migrating
from app.extensions import session
from app.imports.book import to_json
from app.imports.columns import Target
from app.imports.looking import look
from app.imports.reading import read
from app.imports.rows import Planned
from app.models.activities import Activity
from app.models.people import Person
from app.models.recommendations import Recommendation
from app.models.records import ViewEvent
from app.policy.accounts import may_hold
from app.queries import one_recommendation, reviews
from app.services import (
    activities,
    drafting,
    files,
    import_activity,
    invariants,
    joining,
    plans,
    recommendations,
    records,
    tracker_bulk,
)
from app.services.activity_recommendations import NewRecommendation, recommend
from app.services.tracker_bulk import Ticked
from app.services.unit_of_work import unit_of_work
from tests.integration.test_records import tampering
from tests.support import panels, papers, trackers
from tests.support.browsing import send
from tests.support.stages import answers, review_at, write
from tests.support.world import World
from workflows.engine import GuardFailed
from workflows.states import ReviewState

NEW = NewRecommendation(
    level="child", action="Ask the child where she wants to live.", effect="Her wishes are in her plan.",
    due_on=date(2027, 1, 29), case_system_id="CS901", child_name="Ivo Sparrow", born_on=date(2015, 3, 2),
)  # fmt: skip
COMPLAINT = activities.Details(kind="complaint", title="A complaint", held_on=date(2026, 10, 14), summary="A call.")


def raised(world: World, **changes: Any) -> Recommendation:
    """One from an activity, owned by the head of service; inside a context."""
    head = world.actor("head.qa")
    activity = activities.record(head, COMPLAINT)
    owned = {"owner": world.public_id("head.service"), **changes}
    activity_id = session.scalars(select(Activity.id).where(Activity.public_id == activity)).one()
    made = recommend(head, activity_id, replace(NEW, **owned))
    session.rollback()
    return session.scalars(select(Recommendation).where(Recommendation.public_id == made.public_id)).one()


def of_the_service(world: World) -> Recommendation:
    return raised(world, level="service", case_system_id="", child_name="", born_on=None)


def looks(world: World) -> list[tuple[int | None, int | None, str, str]]:
    with world.context():
        v = ViewEvent
        rows = session.execute(select(v.review_id, v.recommendation_id, v.channel, v.what).order_by(v.id)).all()
        return [(row[0], row[1], row[2], row[3]) for row in rows]


def pages(world: World, row: Recommendation) -> dict[str, tuple[str, str, str]]:
    """By address: who opens it, and how the look is named."""
    file = files.add(world.actor("head.qa"), files.RECOMMENDATION, row.id, papers.PDF, "a.pdf")
    meeting = trackers.begun(world)
    item, ahead = trackers.item_of(meeting, row).public_id, trackers.planned(world)
    here, minutes = f"/recommendations/{row.public_id}", f"/tracker/meetings/{meeting}/minutes"
    activity = row.activity.public_id if row.activity else ""
    return {
        here: ("head.service", "page", "recommendation"),
        f"{here}/do/accept": ("head.service", "page", "recommendation action accept"),
        f"{here}/files": ("head.service", "page", "recommendation file"),
        f"/files/{file}": ("head.service", "file", f"file {file}"),
        f"/activities/{activity}": ("head.qa", "page", "activity"),
        f"/tracker/items/{item}": ("head.qa", "page", "tracker item"),
        f"/tracker/meetings/{ahead}/prepare": ("head.service", "page", "tracker preparation"),
        minutes: ("head.service", "page", "tracker minutes"),
        f"{minutes}.pdf": ("head.service", "pdf", "tracker minutes"),
        f"/supervision/{world.public_id('head.service')}": ("head.service", "page", "supervision sheet"),
        "/recommendations/export.csv": ("head.service", "export", "recommendations csv"),
        "/recommendations/export.xlsx": ("head.service", "export", "recommendations xlsx"),
    }


@pytest.mark.parametrize("make", [raised, of_the_service])
def test_each_page_of_it_is_a_look_at_a_child_and_of_nobody_else(
    world: World, make: Callable[[World], Recommendation]
) -> None:
    with world.context():
        row = make(world)
        row_id, expected = row.id, pages(world, row)
    clients = {login: world.client(login) for login in ("head.service", "head.qa")}
    wanted: list[tuple[int | None, int | None, str, str]] = []
    for address, (login, channel, what) in expected.items():
        answer = clients[login].get(address)
        assert answer.status_code == 200, address
        assert answer.data
        wanted += [(None, row_id, channel, what)] if make is raised else []
        assert looks(world) == wanted, address


def test_one_of_a_review_is_a_look_at_its_review(world: World) -> None:
    with world.context():
        story = trackers.issued(world)
        records.log_view(world.actor("head.qa"), story.recommendation(), "page", "recommendation")
        review_id = story.id
    assert looks(world) == [(review_id, None, "page", "recommendation")]


def test_the_one_it_was_joined_into_tells_of_the_other_child_too(world: World) -> None:
    with world.context():
        one, other = raised(world), raised(world, case_system_id="CS902", child_name="Ada Wren")
        ids, address = [one.id, other.id], f"/recommendations/{one.public_id}"
        joining.join(world.actor("head.qa"), other.id, other.version, one.public_id, "They ask for the same.")
    assert world.client("head.qa").get(address).status_code == 200
    assert [recommendation for _, recommendation, _, _ in looks(world)] == ids


def test_one_much_like_another_tells_of_the_other_child_too(world: World) -> None:
    """The page of one, and of two side by side, shows the other's action: that is a look at each (R10)."""
    with world.context():
        one, other = raised(world), raised(world, case_system_id="CS902", child_name="Ada Wren")
        ids, address = [one.id, other.id], f"/recommendations/{one.public_id}"
    head = world.client("head.qa")
    for url, what in ((address, "recommendation"), (f"{address}/join", "recommendation join")):
        before = len(looks(world))
        assert NEW.action in head.get(url).get_data(as_text=True)
        assert looks(world)[before:] == [(None, each, "page", what) for each in ids]


def test_a_warning_that_quotes_another_is_a_look_at_its_child(world: World) -> None:
    """While one is raised from an activity, and where a draft is moderated: who may see the other reads its words."""
    with world.context():
        other, story = raised(world), review_at(world, ReviewState.DRAFTING)
        story.written()
        alike = answers(world)["recommendations"]
        alike["child_level"][0]["action"] = NEW.action
        write(world.actor("external.reviewer"), story.review, {"recommendations": alike})
        drafting.share(world.actor("external.reviewer"), story.id, story.review.version)
        story.hos_moderation()
        other_id, review_id = other.id, story.id
        activity = session.scalars(select(Activity.public_id)).one()
        moderation = f"/reviews/{story.review.public_id}/moderation"
    head = world.client("head.qa")
    assert "is much like" in head.get(moderation).get_data(as_text=True).lower()
    assert looks(world)[-2:] == [(review_id, None, "page", "moderation"), (None, other_id, "page", "moderation")]
    page = send(head, f"/activities/{activity}/recommend", {"action": NEW.action, "level": "service"})
    assert "much like" in page.get_data(as_text=True)
    assert looks(world)[-1] == (None, other_id, "page", "recommendation to raise")


def test_views_of_both_kinds_are_sealed_in_one_chain(world: World) -> None:
    with world.context():
        story, row = review_at(world, ReviewState.TRACKING), raised(world)
        for subject in (story.review, row, story.review):
            records.log_view(world.actor("head.qa"), subject, "page", "a look")
        assert records.seal_views() == 3
        assert records.verify_views().whole
        assert invariants.broken() == {}


def test_a_sealed_view_moved_to_another_recommendation_is_found(world: World) -> None:
    with world.context():
        one, other = raised(world), raised(world).id
        records.log_view(world.actor("head.qa"), one, "page", "a look")
        records.seal_views()
        session.rollback()
        with tampering(world) as connection:
            connection.execute(update(ViewEvent).values(recommendation_id=other))
            connection.commit()
        assert "a view was edited" in (records.verify_views().broken or "")


def test_what_was_sealed_before_there_were_such_views_keeps_its_hash() -> None:
    class Row:
        id, at, person_id, review_id, channel, what, recommendation_id = 1, date(2026, 1, 2), 3, 4, "page", "x", None

    made, count = records.seal_hash("p", date(2026, 1, 3), [Row()])  # type: ignore[arg-type]
    assert (made, count) == ("687d246a0cb5a791c3657c19924172db7373a9f2a47812abf0815520c94b2f50", 1)


def test_the_table_goes_down_and_up_again(world: World) -> None:
    with world.context():
        records.log_view(world.actor("head.qa"), raised(world), "page", "a look")
        session.rollback()
        session.remove()
        engine = extensions.engine()
        migrating.downgrade(engine, "0004")
        assert "recommendation_id" not in {column["name"] for column in inspect(engine).get_columns("view_event")}
        migrating.upgrade(engine)
        assert session.scalar(select(ViewEvent.id)) is None


# --- the same words on every page -------------------------------------------------------------------------------


SAID = "Saidzz to the verifier of then."


def handed_on(world: World, owner: str = "manager") -> Recommendation:
    """Begun by one owner, who wrote of it, and given to the head of service, who has no other tie to it."""
    row = of_the_service(world)
    people = {login: world.public_id(login) for login in (owner, "head.service", "head.qa")}
    for login, step, given in (
        ("head.qa", "name", {"owner": people[owner], "verifier": people["head.qa"]}),
        (owner, "accept", {}),
        (owner, "start", {}),
        (owner, "progress", {"text": SAID}),
        ("head.qa", "name", {"owner": people["head.service"], "verifier": people["head.qa"]}),
    ):
        session.refresh(row)
        recommendations.act(world.actor(login), row.id, step, row.version, given)
    session.refresh(row)
    return row


def test_what_a_former_owner_wrote_is_not_read_beside_the_agenda(world: World) -> None:
    with world.context():
        row = handed_on(world)
        own = f"/recommendations/{row.public_id}"
        item = f"/tracker/items/{trackers.item_of(trackers.begun(world), row).public_id}"
    for login, reads in (("head.service", False), ("head.qa", True)):
        client = world.client(login)
        for address in (own, item):
            page = client.get(address).get_data(as_text=True)
            assert (SAID in page) is reads, (login, address)
            assert "Progress" in page


def test_what_a_former_owner_wrote_is_not_read_in_the_plan(world: World) -> None:
    with world.context():
        row, head = handed_on(world), world.actor("head.qa")
        plan_id = plans.make(head, name="Service plan", kind="service_development")
        given = {"plan": plan_id, "reason": "It is for the whole service."}
        recommendations.act(head, row.id, "move_to_plan", row.version, given)
    for login, reads in (("head.service", False), ("head.qa", True)):
        page = world.client(login).get(f"/plans/{plan_id}").get_data(as_text=True)
        assert (SAID in page) is reads, login
        assert row_reference(world, page)


def row_reference(world: World, page: str) -> bool:
    with world.context():
        return str(session.scalars(select(Recommendation.reference)).one()) in page


# --- whose it may be --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["admin", "oversight", "agency"])
def test_who_is_shown_no_child_owns_and_verifies_nothing(sqlite_world: World, login: str) -> None:
    world = sqlite_world
    with world.context():
        row, head = raised(world), world.actor("head.qa")
        nobody, somebody = world.public_id(login), world.public_id("head.service")
        for field, given in (
            ("owner", {"owner": nobody, "verifier": world.public_id("head.qa")}),
            ("verifier", {"owner": somebody, "verifier": nobody}),
        ):
            with pytest.raises(GuardFailed) as refused:
                recommendations.act(head, row.id, "name", row.version, given)
            session.rollback()
            assert [reason.target for reason in refused.value.reasons] == [field]
            assert "is shown nothing of a child’s record" in refused.value.reasons[0].text
        with pytest.raises(GuardFailed, match="shown nothing"):
            raised(world, owner=nobody)
        with pytest.raises(GuardFailed, match="shown nothing"):
            tracker_bulk.plan(head, [Ticked(row, row.version)], "give", {"owner": nobody})


def test_whom_the_lists_offer_is_whom_the_field_takes(world: World) -> None:
    """One rule, in the database and in the service: every account, one that ended, one without any role."""
    with world.context():
        today = clock.today()
        with unit_of_work(world.actor("head.qa")) as work:
            work.lock(Person, world.person("external.reviewer").id).ends_on = today - timedelta(days=1)
            work.lock(Person, world.person("manager").id).active = False
            work.lock(Person, world.person("head.service").id).roles = []
        everybody = session.scalars(select(Person)).all()
        may = {person.public_id for person in everybody if may_hold(person, today)}
        left = {person.email.partition("@")[0] for person in everybody if person.public_id not in may}
        assert left >= {"external.reviewer", "manager", "head.service", "admin", "oversight", "agency"}
        assert set(reviews.people_to_own()) == may
        form, known = reviews.people_of_a_form()
        assert (set(form), set(known)) == (may, {person.public_id for person in everybody})
        assert set(one_recommendation.directors()) <= may


@pytest.mark.parametrize("where", ["draft", "decision"])
def test_a_form_offers_nobody_as_owner_who_may_own_nothing(sqlite_world: World, where: str) -> None:
    world = sqlite_world
    with world.context():
        if where == "draft":
            story = review_at(world, ReviewState.DRAFTING)
            story.written()
            login, url = "external.reviewer", f"/reviews/{story.review.public_id}/parts/recommendations"
        else:
            held = panels.panel_story(world)
            held.opened_on_the_day()
            login, url = panels.CHAIR, f"/panel/items/{held.item.public_id}?part=all-recommendations"
        offered, refused = world.public_id("head.service"), world.public_id("admin")
    page = world.client(login).get(url, follow_redirects=True).get_data(as_text=True)
    assert f'value="{offered}"' in page, where
    assert f'value="{refused}"' not in page, where


def test_who_has_left_owns_nothing_from_now_on(sqlite_world: World) -> None:
    """The account's last day has passed, and nobody has closed it yet."""
    world = sqlite_world
    with world.context():
        row, head = raised(world), world.actor("head.qa")
        gone, given = world.person("external.reviewer").id, {"verifier": world.public_id("head.qa")}
        with unit_of_work(head) as work:
            person = work.lock(Person, gone)
            person.ends_on, given["owner"] = clock.today() - timedelta(days=1), person.public_id
        with pytest.raises(GuardFailed, match="has left"):
            recommendations.act(head, row.id, "name", row.version, given)


@pytest.mark.parametrize(("login", "owns"), [("admin", False), ("head.service", True)])
def test_a_file_names_nobody_as_owner_who_may_own_nothing(sqlite_world: World, login: str, owns: bool) -> None:
    with sqlite_world.context():
        name = sqlite_world.person(login).name
        rows = plan_rows_of(f"What,Who,By when\nAsk the child first,{name},31/3/2027\n")
        assert set(import_activity.owners(rows)) == ({name.lower()} if owns else set())


def plan_rows_of(text: str) -> tuple[Planned, ...]:
    return look(to_json(read(text.encode())), {}, Target.ACTIVITY, clock.today()).rows
