"""Activities as they are stored: recorded, changed, divided among agencies; and what is recommended from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import clock
from app.extensions import session
from app.models.activities import SHIPPED_KINDS, Activity, ActivityKind, ActivityPart
from app.models.recommendations import Level, PartnerRoute, Recommendation
from app.models.records import AuditEvent, OutboxMessage
from app.models.reviews import Child
from app.policy.visibility import visible_recommendations
from app.queries import activities as queries
from app.queries.my_work import my_work
from app.queries.reviews import NotVisible
from app.services import accounts, activities, gate, invariants
from app.services.activities import ANOTHER, Details, PartDetails
from app.services.activity_recommendations import NewRecommendation, Partner, Raised, recommend
from app.services.cast import LOGINS
from app.services.recommendations import act
from app.services.unit_of_work import NotFound, Stale
from tests.support.stages import review_at
from tests.support.world import World
from workflows.engine import GuardFailed, NotPermitted
from workflows.states import RecommendationState, ReviewState

pytestmark = pytest.mark.slow

DAY = date(2026, 10, 14)
AUDIT = Details(
    kind="multi_agency_audit",
    title="Domestic abuse: the first ten days",
    held_on=DAY,
    summary="Ten families, read by three agencies.",
    agencies=("Wexmoor Police", "Wexmoor NHS Trust", "Wexmoor Police"),
)
NEW = NewRecommendation(
    level="service",
    action="Agree one template for strategy discussions with the police.",
    effect="Children are made safe on the same day.",
    owner="",
    due_on=date(2027, 1, 29),
)


def record(world: World, details: Details = AUDIT, login: str = "head.qa") -> str:
    return activities.record(world.actor(login), details)


def of(public_id: str) -> Activity:
    session.rollback()
    return session.scalars(select(Activity).where(Activity.public_id == public_id)).one()


def raised(world: World, activity: str, **changes: Any) -> Raised:
    owner = {"owner": world.public_id("head.service")}
    return recommend(world.actor("head.qa"), of(activity).id, replace(NEW, **{**owner, **changes}))


def row_of(made: Raised) -> Recommendation:
    session.rollback()
    return session.scalars(select(Recommendation).where(Recommendation.public_id == made.public_id)).one()


def said(refused: pytest.ExceptionInfo[GuardFailed]) -> dict[str | None, str]:
    return {reason.target: reason.text for reason in refused.value.reasons}


def counted(kind: type[Any]) -> int:
    session.rollback()
    return session.scalar(select(func.count(kind.id))) or 0


@pytest.fixture
def world(world: World) -> Iterator[World]:
    """Whatever was done, the records hold together."""
    yield world
    with world.context():
        assert invariants.broken() == {}


# --- recording ------------------------------------------------------------------------------------------


def test_an_activity_is_recorded_with_a_part_for_each_agency(world: World) -> None:
    with world.context():
        first, second = of(record(world)), of(record(world, replace(AUDIT, held_on=date(2025, 2, 3))))
        assert (first.reference, second.reference) == ("A-2026-001", "A-2025-001")
        assert [part.agency for part in first.parts] == ["Wexmoor Police", "Wexmoor NHS Trust"]
        assert (first.kind.name, first.kind.several, first.version) == ("Multi-agency audit", True, 1)
        event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "activity.record")).first()
        assert event is not None
        assert event.data == {"key": "multi_agency_audit", "number": 2, "version": 1}


def test_every_kind_of_the_handbook_is_there(world: World) -> None:
    with world.context():
        assert set(queries.kinds()) == {key for key, _, _ in SHIPPED_KINDS}
        for key, _, _ in SHIPPED_KINDS:
            assert of(record(world, replace(AUDIT, kind=key))).kind.key == key


def test_a_person_adds_a_kind_once(world: World) -> None:
    with world.context():
        own = replace(AUDIT, kind=ANOTHER, new_kind="  Learning   walk ", new_kind_several=True)
        kind = of(record(world, own)).kind
        assert (kind.name, kind.several, kind.added_by_id) == ("Learning walk", True, world.person("head.qa").id)
        again = of(record(world, replace(own, new_kind="learning WALK"))).kind
        shipped = of(record(world, replace(own, new_kind="complaint"))).kind
        assert (again.id, shipped.key) == (kind.id, "complaint")
        assert counted(ActivityKind) == len(SHIPPED_KINDS) + 1
        assert queries.kinds()[kind.key] == "Learning walk"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"title": " \n "}, "title", "Enter a title"),
        ({"title": "x" * 201}, "title", "200 characters or fewer"),
        ({"held_on": None}, "held_on", "Enter the date"),
        ({"held_on": date(2026, 11, 24)}, "held_on", "cannot be in the future"),
        ({"held_on": date(1900, 1, 1)}, "held_on", "Check the year"),
        ({"held_on": date(9999, 12, 31)}, "held_on", "cannot be in the future"),
        ({"kind": ""}, "kind", "Choose what kind"),
        ({"kind": "review"}, "kind", "Choose what kind"),
        ({"kind": ANOTHER}, "new_kind", "Enter the name"),
        ({"kind": ANOTHER, "new_kind": "y" * 121}, "new_kind", "120 characters or fewer"),
        ({"agencies": ["z" * 121]}, "agencies", "120 characters or fewer"),
        ({"agencies": [f"Agency {n}" for n in range(41)]}, "agencies", "40 or fewer"),
        ({"summary": "s" * 20_001}, "summary", "20,000 characters or fewer"),
    ],
)
def test_what_cannot_be_recorded_is_refused_whole(
    sqlite_world: World, changes: dict[str, Any], field: str, sentence: str
) -> None:
    with sqlite_world.context():
        with pytest.raises(GuardFailed) as refused:
            record(sqlite_world, replace(AUDIT, **changes))
        assert sentence in said(refused)[field]
        assert (counted(Activity), counted(ActivityPart)) == (0, 0)


@pytest.mark.parametrize("login", [part.login for part in LOGINS if part.login != "head.qa"])
def test_nobody_without_the_office_records_changes_or_recommends(sqlite_world: World, login: str) -> None:
    world = sqlite_world
    with world.context():
        activity = of(record(world))
        actor, number, part = world.actor(login), activity.id, activity.parts[0].id
        for attempt in (
            lambda: activities.record(actor, AUDIT),
            lambda: activities.change(actor, number, 1, AUDIT),
            lambda: activities.add_part(actor, number, 1, PartDetails(agency="School")),
            lambda: activities.change_part(actor, number, part, 1, PartDetails(agency="School")),
            lambda: activities.remove_part(actor, number, part, 1),
            lambda: recommend(actor, number, NEW),
        ):
            with pytest.raises(NotPermitted):
                attempt()
        with pytest.raises(NotVisible):
            queries.get(actor, gate.office(), activity.public_id)
        assert queries.listing(actor, gate.office(), queries.Filters()).total == 0


# --- changing -------------------------------------------------------------------------------------------


def test_a_change_keeps_the_reference_and_a_stale_page_changes_nothing(world: World) -> None:
    with world.context():
        public_id, head = record(world), world.actor("head.qa")
        changed = replace(AUDIT, title="Domestic abuse", held_on=date(2025, 12, 1), kind="inspection")
        activities.change(head, of(public_id).id, 1, changed)
        with pytest.raises(Stale) as stale:
            activities.change(head, of(public_id).id, 1, replace(AUDIT, title="Lost"))
        assert (stale.value.saved.title, stale.value.expected) == ("Domestic abuse", 1)
        now = of(public_id)
        assert (now.reference, now.title, now.kind.key, now.version) == (
            "A-2026-001",
            "Domestic abuse",
            "inspection",
            2,
        )
        assert len(now.parts) == 2


def test_parts_are_added_changed_and_removed(world: World) -> None:
    with world.context():
        public_id, head = record(world), world.actor("head.qa")
        number = of(public_id).id
        found = "Seven of ten calls were graded in the hour."
        activities.add_part(head, number, 1, PartDetails(agency="Schools", contact="The link head", found=found))
        police, health, schools = of(public_id).parts
        activities.change_part(head, number, police.id, 2, PartDetails(agency="Wexmoor Police", found="Slow."))
        activities.remove_part(head, number, health.id, 3)
        now = of(public_id)
        assert [(part.agency, part.found) for part in now.parts] == [("Wexmoor Police", "Slow."), ("Schools", found)]
        assert now.version == 4
        with pytest.raises(NotFound):
            activities.change_part(head, number, health.id, 4, PartDetails(agency="Again"))
        with pytest.raises(Stale):
            activities.change_part(head, number, schools.id, 2, PartDetails(agency="Schools"))


def test_a_part_is_one_agencys_and_of_one_activity(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        head, one, two = world.actor("head.qa"), of(record(world)).id, of(record(world)).parts[0].id
        for agency, sentence in (("wexmoor POLICE", "has a part in this activity already"), (" ", "Enter the agency")):
            with pytest.raises(GuardFailed) as refused:
                activities.add_part(head, one, 1, PartDetails(agency=agency))
            assert sentence in said(refused)["agency"]
        with pytest.raises(NotFound):
            activities.change_part(head, one, two, 1, PartDetails(agency="Schools"))


def test_a_part_that_a_recommendation_answers_stays(world: World) -> None:
    with world.context():
        public_id, head = record(world), world.actor("head.qa")
        part = of(public_id).parts[0]
        made = raised(world, public_id, finding=activities.finding_of(part))
        with pytest.raises(GuardFailed, match=made.reference):
            activities.remove_part(head, of(public_id).id, part.id, 1)
        assert len(of(public_id).parts) == 2


# --- recommending ---------------------------------------------------------------------------------------


def test_a_recommendation_is_agreed_at_once_and_its_owner_told(world: World) -> None:
    with world.context():
        public_id = record(world)
        part = of(public_id).parts[1]
        made = raised(
            world, public_id, finding=activities.finding_of(part), themes=["domestic_abuse"], framework=["enabler_1"]
        )
        row = row_of(made)
        assert (row.reference, row.state, row.level) == ("A-2026-001/1", RecommendationState.AGREED, Level.SERVICE)
        assert (row.owner_id, row.verifier_id) == (world.person("head.service").id, world.person("head.qa").id)
        assert (row.due_on, row.first_due_on, row.accept_due_on) == (NEW.due_on, NEW.due_on, date(2026, 11, 30))
        assert row.tags == ["domestic_abuse", "enabler_1"]
        assert [entry.action for entry in row.entries] == ["agree"]
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "recommendation.owned")).all()
        assert [(each.recipient_id, each.subject_id) for each in told] == [(row.owner_id, row.id)]
        assert row_of(raised(world, public_id)).reference == "A-2026-001/2"


def test_its_people_have_it_in_their_work_and_others_know_nothing_of_it(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        made = raised(world, record(world))
        everything = select(func.count(Recommendation.id))
        knowing = {
            part.login
            for part in LOGINS
            if session.scalar(everything.where(visible_recommendations(world.actor(part.login), gate.office())))
        }
        assert knowing == {"head.service", "head.qa"}
        found = my_work(world.actor("head.service"), gate.office()).waiting
        assert [(item.reference, item.what) for item in found] == [
            (made.reference, "Accept or dispute this recommendation")
        ]


def test_a_child_is_found_by_the_exact_id(world: World) -> None:
    with world.context():
        child = review_at(world, ReviewState.PLANNED).review.child
        known, public_id = (child.id, child.case_system_id), record(world)
        row = row_of(raised(world, public_id, level="child", case_system_id=f" {known[1]} "))
        assert (row.child_id, row.review_id) == (known[0], None)
        for typed in (known[1][:-1], known[1].lower(), "%", known[1] + "0"):
            with pytest.raises(GuardFailed) as refused:
                raised(world, public_id, level="child", case_system_id=typed)
            assert "Nobody here has this ID" in said(refused)["case_system_id"]
        assert (counted(Recommendation), counted(Child)) == (1, 1)


def test_a_child_who_is_new_here_is_added_once(world: World) -> None:
    with world.context():
        public_id = record(world)
        new = {"level": "child", "case_system_id": "CS9", "child_name": "Ivo Sparrow", "born_on": date(2015, 3, 2)}
        first, second = (row_of(raised(world, public_id, **new)) for _ in range(2))
        assert first.child is not None
        assert (first.child.initials, first.child_id) == ("I.S.", second.child_id)
        for changes, field in (
            ({"child_name": "Somebody Else"}, "case_system_id"),
            ({"case_system_id": "CS10", "born_on": clock.today() + timedelta(days=1)}, "born_on"),
            ({"case_system_id": "CS10", "child_name": "123"}, "child_name"),
            ({"case_system_id": ""}, "case_system_id"),
        ):
            with pytest.raises(GuardFailed) as refused:
                raised(world, public_id, **{**new, **changes})
            assert set(said(refused)) == {field}
        assert counted(Child) == 1


def test_for_the_service_no_child_is_kept(sqlite_world: World) -> None:
    with sqlite_world.context():
        row = row_of(raised(sqlite_world, record(sqlite_world), case_system_id="CS9", child_name="Ivo Sparrow"))
        assert row.child_id is None
        assert counted(Child) == 0


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"level": ""}, "level", "for a child or for the service"),
        ({"level": "team"}, "level", "for a child or for the service"),
        ({"action": " "}, "action", "Say what should be done"),
        ({"action": "a" * 2001}, "action", "2,000 characters or fewer"),
        ({"effect": "a" * 2001}, "effect", "2,000 characters or fewer"),
        ({"owner": "nobody"}, "owner", "Choose somebody from the list"),
        ({"verifier": "nobody"}, "verifier", "Choose somebody from the list"),
        ({"finding": "part_999"}, "finding", "Choose a part of this activity"),
        ({"themes": ["made_up"]}, "themes", "Choose from the themes listed"),
        ({"partner": Partner(agency="Wexmoor Police")}, "route", "Say how the agency is reached"),
        ({"partner": Partner(agency="", contact="Insp. Hale")}, "agency", "Name the agency"),
    ],
)
def test_what_cannot_be_recommended_is_refused_whole(
    sqlite_world: World, changes: dict[str, Any], field: str, sentence: str
) -> None:
    with sqlite_world.context():
        public_id = record(sqlite_world)
        with pytest.raises(GuardFailed) as refused:
            raised(sqlite_world, public_id, **changes)
        assert sentence in said(refused)[field]
        assert counted(Recommendation) == 0


def test_the_verifier_is_neither_the_owner_nor_somebody_the_owner_manages(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        public_id = record(world)
        for verifier in ("head.service", "manager", "worker"):
            with pytest.raises(GuardFailed) as refused:
                raised(world, public_id, verifier=world.public_id(verifier))
            assert set(said(refused)) == {"verifier"}
        row = row_of(raised(world, public_id, owner=world.public_id("worker")))
        assert row.verifier_id == world.person("manager").id
        row = row_of(raised(world, public_id, owner="", verifier=world.public_id("director")))
        assert (row.owner_id, row.verifier_id) == (None, world.person("director").id)


def test_an_owner_who_has_left_cannot_be_chosen(sqlite_world: World) -> None:
    world = sqlite_world
    with world.context():
        public_id, left = record(world), world.public_id("joseph.mbeki")
        person = world.person("joseph.mbeki")
        gone = accounts.Details(
            name=person.name, email=person.email, role_names=person.role_names, team_id=person.team_id,
            line_manager_id=person.line_manager_id, active=False,
        )  # fmt: skip
        accounts.change(world.actor("admin"), person.id, person.version, gone)
        with pytest.raises(GuardFailed) as refused:
            raised(world, public_id, owner=left)
        assert set(said(refused)) == {"owner"}


def test_a_partner_agency_is_named_with_the_route(world: World) -> None:
    with world.context():
        partner = Partner(agency="Wexmoor Police", contact="Insp. Hale", route="partnership")
        row = row_of(raised(world, record(world), partner=partner))
        assert (row.partner_agency, row.partner_contact) == ("Wexmoor Police", "Insp. Hale")
        assert row.partner_route is PartnerRoute.PARTNERSHIP
        assert [entry.action for entry in row.entries] == ["agree", "partner"]
        assert row.version == 3


# --- lists ----------------------------------------------------------------------------------------------


def test_the_list_is_filtered_by_kind_and_year_and_counts_what_is_open(world: World) -> None:
    with world.context():
        audit, survey = record(world), record(world, replace(AUDIT, kind="annual_survey", held_on=date(2025, 6, 1)))
        raised(world, audit)
        aside = row_of(raised(world, audit))
        act(world.actor("head.qa"), aside.id, "set_aside", aside.version, {"reason": "It is done already."})
        head, office = world.actor("head.qa"), gate.office()

        def listed(**asked: Any) -> list[str]:
            return [row.public_id for row in queries.listing(head, office, queries.Filters(**asked)).rows]

        assert listed() == [audit, survey]
        assert listed(kind="annual_survey") == [survey]
        assert listed(year=2025) == [survey]
        assert listed(kind="annual_survey", year=2026) == []
        assert queries.years(head, office) == [2026, 2025]
        rows = queries.listing(head, office, queries.Filters()).rows
        assert queries.counts(head, office, rows) == {of(audit).id: queries.Counted(2, 1)}
