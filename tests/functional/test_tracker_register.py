"""The register of recommendations: filters, orders, pages by key, counts, views. What each sees of it is in
test_tracker_sight."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.recommendations import Level, Recommendation
from app.models.reviews import Review
from app.policy.visibility import visible_beyond_dates, visible_recommendations
from app.queries.tracker_above import above
from app.services import form_versions, gate, recommendations
from forms.shipped import LIBRARY
from tests.support import register as tracker
from tests.support.html import Node, parse
from tests.support.people_at_work import EVERYBODY, gallery, token
from tests.support.remembering import remembered
from tests.support.world import TODAY, World
from workflows.recommendation import OPEN
from workflows.states import ReviewState

DAY = TODAY.date()


def act(world: World, login: str, reference: str, trigger: str, **given: Any) -> None:
    row = tracker.row_of(reference)
    recommendations.act(world.actor(login), row.id, trigger, row.version, given)


def table(world: World, login: str, query: str = "") -> list[str]:
    page = world.client(login).get(f"/recommendations{query}")
    assert page.status_code == 200, query
    return tracker.listed(page)


def counts(page: str) -> list[str]:
    return [node.text for node in parse(page).walk() if node.has_class("pl-counts__number")]


@pytest.fixture
def many(world: World) -> dict[str, str]:
    """One for each thing that can be asked for, by a name for it."""
    with world.context():
        return one_of_each(world)


@remembered
def one_of_each(world: World) -> dict[str, str]:
    made = {
        "late": tracker.of_activity(world, due=DAY + timedelta(days=1), tags=["neglect", "outcome_1"]),
        "dated": tracker.of_activity(world, "complaint", owner="manager", due=date(2026, 12, 20)),
        "undated": tracker.of_activity(world, owner=None, verifier=None, level=Level.CHILD),
        "waiting": tracker.of_activity(world, owner="worker", due=DAY + timedelta(days=5), tags=["voice"]),
        "verified": tracker.of_activity(world, owner="worker", due=DAY + timedelta(days=5)),
        "aside": tracker.of_activity(world, owner="worker", due=DAY + timedelta(days=5)),
        "review": tracker.issued(world, worker=world.public_id("worker")).recommendation().reference,
    }
    act(world, "head.service", made["late"], "start")
    act(world, "head.service", made["late"], "progress", text="Half of them", forecast="on_track")
    act(world, "manager", made["dated"], "start")
    act(world, "manager", made["dated"], "progress", text="Slow", forecast="at_risk")
    for name in ("waiting", "verified"):
        act(world, "worker", made[name], "start")
        act(world, "worker", made[name], "complete", evidence="Seen on 3 November.")
    act(world, "head.qa", made["verified"], "verify", impact="Children say so.")
    act(world, "head.qa", made["aside"], "set_aside", reason="Another does it.")
    return made


def later(days: int) -> Any:
    return clock.set_to(TODAY + timedelta(days=days))


def test_every_filter_gives_its_own_rows(world: World, many: dict[str, str]) -> None:
    """Each filter by itself and some together; two days later one of them is overdue."""
    with world.context():
        ids = {login: world.public_id(login) for login in ("head.service", "manager", "worker")}
        team = world.person("manager").team
        assert team is not None
        team_id = team.public_id
    every = set(many)
    asked: dict[str, set[str]] = {
        "": {"late", "dated", "undated", "waiting", "review"},
        "?status=all": every,
        "?status=closed": {"verified"},
        "?status=set_aside": {"aside"},
        "?status=action_complete": {"waiting"},
        "?stands=overdue": {"late"},
        "?stands=at_risk": {"dated"},
        "?stands=on_track": set(),  # the date overrides the forecast
        "?stands=no_forecast": {"undated", "review"},
        "?stands=waiting_for_impact": {"waiting"},
        "?stands=impact_overdue": set(),
        "?stands=verified": {"verified"},
        "?level=child": {"undated", "review"},
        f"?owner={ids['manager']}": {"dated"},
        "?owner=nobody": {"undated"},
        "?owner=me": set(),
        f"?team={team_id}&source=complaint": {"dated"},
        "?source=practice_review": {"review"},
        "?source=complaint": {"dated"},
        "?theme=neglect": {"late"},
        "?theme=neglect&framework=outcome_1": {"late"},
        "?theme=voice&framework=outcome_1": set(),
        "?due=overdue": {"late"},
        "?due=this_month": {"late", "waiting"},
        "?due=next_month": {"dated"},
        "?due=no_date": {"undated"},
        "?due_from=2026-12-20&due_to=2026-12-20": {"dated"},
        f"?worker={ids['worker']}": {"review"},
        "?raised=2026-11&status=all": every,
        "?raised=2026-10&status=all": set(),
        "?closed=this_quarter": {"verified"},
        "?closed=last_quarter": set(),
        f"?search={many['dated']}": {"dated"},
        "?search=act-&source=complaint": {"dated"},
        "?search=%25": set(),
        "?search=_CT": set(),
    }
    names = {reference: name for name, reference in many.items()}
    with later(2):
        for query, expected in asked.items():
            found = {names[reference] for reference in table(world, "head.qa", query)}
            if "due_from" in query:  # the review's own is due in forty days from the day it was written
                found -= {"review"}
            assert found == expected, query


def test_the_counts_are_of_everything_and_each_leads_to_its_rows(world: World, many: dict[str, str]) -> None:
    with later(2):
        client = world.client("head.qa")
        page = client.get("/recommendations?theme=neglect").get_data(as_text=True)
        assert counts(page) == ["5", "1", "1", "1"]
        links = [node for node in parse(page).walk() if node.has_class("pl-counts__link")]
        assert [len(tracker.listed(client.get(link.attrs["href"]))) for link in links] == [5, 1, 1, 1]


def test_the_counts_and_the_lists_are_of_what_each_may_know_of(world: World, many: dict[str, str]) -> None:
    """They are found in other ways than the rows are, by how much of all somebody sees: the Head, who acts for the
    Head, and everybody else."""
    gallery(world, ("decided", "Head in conflict", "issued", "owned by another", "withdrawn"))
    with later(30), world.context():
        today, office = clock.today(), gate.office()
        acting = replace(office, delegated=dict.fromkeys(office.deputies, "away"))
        for login, present in [*((login, office) for login in EVERYBODY), ("deputy.qa", acting)]:
            actor = world.actor(login)
            rows = session.scalars(select(Recommendation).where(visible_recommendations(actor, present))).all()
            late = [
                row
                for row in rows
                if row.state in OPEN and row.state != "action_complete" and row.due_on and row.due_on < today
            ]
            now = {
                "open": [row for row in rows if row.state in OPEN],
                "overdue": late,
                "waiting": [row for row in rows if row.state == "action_complete"],
                "verified": [row for row in rows if row.outcome == "impact_verified"],
            }
            found = above(actor, present)
            assert {name: getattr(found.strip, name) for name in now} == {k: len(v) for k, v in now.items()}, login
            assert found.strip.all in (None, len(rows)), login
            owners = [row.owner for row in rows if row.owner]
            assert found.offered.owners == {owner.public_id: owner.name for owner in owners}, login
            assert list(found.offered.owners.values()) == sorted(found.offered.owners.values()), login
            assert set(found.offered.teams) == {owner.team.public_id for owner in owners if owner.team}, login
            decided = select(Review).where(Review.decided_at.is_not(None), visible_beyond_dates(actor, present))
            workers = {review.worker.public_id for review in session.scalars(decided)}
            assert set(found.offered.workers) == workers, login


def test_the_status_is_called_so_by_its_column_its_filter_and_the_file(sqlite_world: World) -> None:
    with sqlite_world.context():
        reference = tracker.of_activity(sqlite_world)
    head = sqlite_world.client("head.qa")
    page = parse(head.get("/recommendations").get_data(as_text=True))
    shown = {node.attrs["data-label"]: node.text for node in page.walk() if "data-label" in node.attrs}
    assert shown["Status"] == "Agreed"
    assert "Status" in [node.text for node in page.walk() if node.tag == "label"]
    file = head.get(f"/recommendations/export.csv?search={reference}").get_data(as_text=True)
    heading, row = list(csv.reader(io.StringIO(file.lstrip("\ufeff"))))
    assert dict(zip(heading, row, strict=True))["Status"] == "Agreed"


def test_what_is_overdue_says_so_over_the_owners_forecast(world: World, many: dict[str, str]) -> None:
    def stands(moment: datetime) -> str:
        with clock.set_to(moment):
            page = parse(world.client("head.qa").get(f"/recommendations?search={many['late']}").get_data(as_text=True))
        return next(node.text for node in page.walk() if node.attrs.get("data-label") == "How it stands")

    assert stands(TODAY) == "On track"
    assert stands(TODAY + timedelta(days=2)) == "Overdue Forecast: on track"


def test_the_impact_check_has_a_date_of_its_own(world: World, many: dict[str, str]) -> None:
    with later(120):
        assert table(world, "head.qa", "?stands=impact_overdue") == [many["waiting"]]
        assert many["waiting"] not in table(world, "head.qa", "?stands=overdue")


ORDERS = ("due", "-due", "raised", "-raised", "reference", "-reference", "owner", "-owner")


@pytest.fixture
def rows(world: World) -> World:
    """Forty-five: some due on one day, some without a date, some without an owner."""
    with world.context():
        forty_five(world)
    return world


@remembered
def forty_five(world: World) -> None:
    for n in range(45):
        due = None if n % 9 == 0 else date(2026, 12, 1 + n % 7)
        tracker.of_activity(world, owner=(None, "worker", "manager", "head.service")[n % 4], due=due)


def href(page: str, name: str) -> str:
    links = [node for node in parse(page).walk() if node.tag == "a" and node.text.split(" ")[0] == name]
    return next((link.attrs["href"] for link in links if "after=" in link.attrs["href"] or name in ("First",) or
                 "before=" in link.attrs["href"]), "")  # fmt: skip


def walk(client: FlaskClient, url: str, name: str) -> tuple[list[list[str]], str]:
    """The pages from here on by one link, and the address of the last."""
    pages = []
    while url:
        answer = client.get(url)
        pages.append(tracker.listed(answer))
        following = href(answer.get_data(as_text=True), name)
        if not following:
            break
        url = following
    return pages, url


@pytest.mark.parametrize("order", ORDERS)
def test_pages_forwards_and_backwards_have_every_row_once(rows: World, order: str) -> None:
    client = rows.client("head.qa")
    pages, last = walk(client, f"/recommendations?sort={order}", "Next")
    flat = [reference for page in pages for reference in page]
    assert [len(page) for page in pages] == [20, 20, 5]
    assert len(set(flat)) == 45
    back, _ = walk(client, last, "Previous")
    assert back[1] == pages[1]
    assert back[-1] == pages[0]
    turned = {"due": "-due", "raised": "-raised", "reference": "-reference", "owner": "-owner"}
    if order in turned:
        other, _ = walk(client, f"/recommendations?sort={turned[order]}", "Next")
        assert [reference for page in other for reference in page] == flat[::-1]


def test_a_page_goes_on_where_the_last_ended_whatever_became_of_its_rows(rows: World) -> None:
    """A colleague settles ten of the first page: the second page skips none of its own."""
    client = rows.client("head.qa")
    first = client.get("/recommendations")
    second = tracker.listed(client.get(href(first.get_data(as_text=True), "Next")))
    with rows.context():
        for reference in tracker.listed(first)[:10]:
            act(rows, "head.qa", reference, "set_aside", reason="Done elsewhere.")
    assert tracker.listed(client.get(href(first.get_data(as_text=True), "Next"))) == second


def test_open_ones_are_counted_and_the_whole_register_is_not(rows: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.queries import tracker_register

    page = rows.client("head.qa").get("/recommendations").get_data(as_text=True)
    assert "20 shown, of 45" in page
    monkeypatch.setattr(tracker_register, "COUNTED", 1)
    found = rows.client("manager").get("/recommendations?status=all").get_data(as_text=True)
    assert "11 shown" in found
    whole = rows.client("head.qa").get("/recommendations?status=all&level=service").get_data(as_text=True)
    assert "20 shown; more follow" in whole
    assert "20 shown, of more than 1<" in rows.client("head.qa").get("/recommendations?status=all").get_data(
        as_text=True
    )


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense", "stands=' OR 1=1", "owner=1", "owner=x" + "y" * 500, "sort=name", "sort=-", "due=yesterday",
        "due_from=31/12/2026", "due_to=9999-99-99", "raised=2026-13", "raised=0000-01", "raised=9999-12",
        "raised=\u0662\u0660\u0662\u0666-\u0660\u0661", "due_from=0001-01-01&due_to=9999-12-31",
        "after=x", "before=.", "after=" + "0" * 36 + ".x",
        "after=00000000-0000-4000-8000-000000000000.2026-99-99", "before=00000000-0000-4000-8000-000000000000.",
        "sort=raised&after=00000000-0000-4000-8000-000000000000.2026-01-01",
        "sort=owner&after=00000000-0000-4000-8000-000000000000.nobody",
        "sort=reference&after=00000000-0000-4000-8000-000000000000.%25",
        "theme=a b", "source=%27", "worker=-1", "closed=always", "level=both", "search=" + "z" * 5000, "view=none",
        "selected=all", "view=overdue", "team=",
    ],
)  # fmt: skip
def test_what_cannot_be_read_counts_as_not_asked(world: World, query: str) -> None:
    with world.context():
        tracker.of_activity(world)
    for login in ("head.qa", "head.service"):
        assert world.client(login).get(f"/recommendations?{query}").status_code == 200


def test_old_addresses_of_views_still_lead_to_them(world: World, many: dict[str, str]) -> None:
    assert table(world, "head.qa", "?view=impact") == [many["waiting"]]
    assert set(table(world, "worker", "?view=mine")) == {many["waiting"], many["review"]}
    assert len(table(world, "head.qa", "?view=all")) == 7


def test_each_filter_is_named_and_can_be_taken_away(world: World, many: dict[str, str]) -> None:
    client = world.client("head.qa")
    page = parse(client.get("/recommendations?theme=neglect&source=inspection&sort=owner").get_data(as_text=True))
    tags = {node.text: node.attrs["href"] for node in page.walk() if node.has_class("moj-filter__tag")}
    assert set(tags) == {"Remove the filter Theme: Neglect", "Remove the filter Source: Inspection"}
    assert tags["Remove the filter Theme: Neglect"] == "/recommendations?source=inspection&sort=owner"


def fields(page: Node, name: str) -> list[str]:
    return [option.text for node in page.all("select") if node.attrs["name"] == name for option in node.all("option")]


def test_an_own_view_is_kept_renamed_and_deleted(world: World, many: dict[str, str]) -> None:
    client = world.client("head.qa")
    mark = token(client)

    def tabs() -> dict[str, str]:
        page = parse(client.get("/recommendations").get_data(as_text=True))
        return {node.text: node.attrs["href"] for node in page.walk() if node.has_class("moj-sub-navigation__link")}

    data = {"csrf_token": mark, "view": "theme=neglect&level=service&nonsense=1", "name": " Neglect  now "}
    answer = client.post("/recommendations/views", data=data)
    assert (answer.status_code, answer.location) == (303, "/recommendations?level=service&theme=neglect")
    assert tabs()["Neglect now"] == "/recommendations?level=service&theme=neglect"
    again = client.post("/recommendations/views", data={**data, "name": "neglect NOW"})
    assert again.status_code == 422
    assert "You have a view of this name." in again.get_data(as_text=True)
    assert client.post("/recommendations/views", data={**data, "name": " "}).status_code == 422
    page = client.get("/recommendations/views").get_data(as_text=True)
    [view] = set(re.findall(r"/recommendations/views/([0-9a-f-]{36})/rename", page))
    stranger = world.client("manager")
    for what in ("rename", "delete"):
        refused = stranger.post(
            f"/recommendations/views/{view}/{what}", data={"csrf_token": token(stranger), "name": "Mine"}
        )
        assert refused.status_code == 404
    assert "Neglect now" not in stranger.get("/recommendations").get_data(as_text=True)
    wrong = client.post(f"/recommendations/views/{view}/rename", data={"csrf_token": mark, "name": "x" * 81})
    assert wrong.status_code == 422
    assert "x" * 81 in wrong.get_data(as_text=True)
    client.post(f"/recommendations/views/{view}/rename", data={"csrf_token": mark, "name": "Neglect"})
    assert "Neglect" in tabs()
    client.post(f"/recommendations/views/{view}/delete", data={"csrf_token": mark})
    assert "Neglect" not in tabs()


def test_the_lists_to_choose_from_hold_only_whom_one_sees(world: World, many: dict[str, str]) -> None:
    """An owner with no other tie to a review is offered no worker, and no owner of what is not seen."""
    with world.context():
        tracker.issued(world, owner="head.service")
        names = {login: world.person(login).name for login in ("worker", "manager", "head.service")}
    head = parse(world.client("head.qa").get("/recommendations").get_data(as_text=True))
    assert {names["worker"], names["manager"], names["head.service"]} <= set(fields(head, "owner"))
    assert fields(head, "worker") == ["Anybody", names["worker"]]
    service = parse(world.client("head.service").get("/recommendations").get_data(as_text=True))
    assert fields(service, "owner") == ["Anybody", "Me", "Nobody yet", names["head.service"]]
    assert fields(service, "worker") == []


def test_a_decided_review_is_in_the_register_of_nobody_but_the_head(world: World) -> None:
    from tests.support.stages import review_at

    with world.context():
        reference = review_at(world, ReviewState.TRACKING).recommendation().reference
    assert table(world, "head.qa") == [reference]
    for login in ("worker", "manager", "external.reviewer", "deputy.qa"):
        assert table(world, login) == []


def test_two_children_with_the_same_initials_are_told_apart(sqlite_world: World) -> None:
    from app.services.planning import NewChild

    with sqlite_world.context():
        for number, year in enumerate((2016, 2018)):
            child = NewChild(case_system_id=f"T{number}", name="Tom Fenwick", born_on=date(year, 1, 2))
            tracker.issued(sqlite_world, child=child)
    page = parse(sqlite_world.client("head.qa").get("/recommendations").get_data(as_text=True))
    cells = [node.text for node in page.walk() if node.attrs.get("data-label") == "Initials"]
    assert sorted(cells) == ["T.F. 2016", "T.F. 2018"]


def test_the_clock_of_the_quarter(world: World, many: dict[str, str]) -> None:
    """Closed in the last quarter of the year, it is the last quarter's in January."""
    with clock.set_to(datetime(2027, 1, 4, 9, tzinfo=UTC)):
        client = world.client("head.qa")
        assert counts(client.get("/recommendations").get_data(as_text=True))[3] == "0"
        assert tracker.listed(client.get("/recommendations?closed=last_quarter")) == [many["verified"]]


def test_a_theme_of_the_authoritys_own_form_is_offered_in_its_words(world: World) -> None:
    """Published once, its recommendations keep its themes: a form that is retired offers them still, a draft none."""
    text = (LIBRARY / "practice-review-2024-04.yaml").read_text(encoding="utf8")
    own = text.replace('version: "2024-04"', 'version: "2031-01"').replace(
        'key: neglect, label: "Neglect"', 'key: kinship_care, label: "Kinship care that lasts"'
    )
    assert own.count("kinship_care") == 1
    with world.context():
        admin = world.actor("admin")
        made = form_versions.load(admin, own)
        reference = tracker.of_activity(world, tags=["kinship_care"])
        form_id = made.id
    client, option = world.client("head.qa"), '<option value="kinship_care"'
    assert option not in client.get("/recommendations").get_data(as_text=True)
    with world.context():
        form_versions.publish(world.actor("admin"), form_id)
        form_versions.retire(world.actor("admin"), form_id)
    page = client.get("/recommendations").get_data(as_text=True)
    assert f"{option}>Kinship care that lasts</option>" in page
    assert '<option value="neglect">' in page
    found = client.get("/recommendations?theme=kinship_care")
    assert tracker.listed(found) == [reference]
    assert f"{option} selected>" in found.get_data(as_text=True)
    assert "Theme: Kinship care that lasts" in found.get_data(as_text=True)
    with world.context():
        untagged = tracker.row_of(tracker.of_activity(world))
        box = f"{untagged.public_id}.{untagged.version}"
    data = {"csrf_token": token(client), "row": box, "action": "tag", "view": ""}
    assert f"{option}>Kinship care that lasts</option>" in client.post("/recommendations/bulk", data=data).text
    shown = client.post("/recommendations/bulk", data={**data, "step": "preview", "tag": "kinship_care"}).text
    assert "Tagged “Kinship care that lasts”" in shown
    client.post("/recommendations/bulk", data={**data, "step": "do", "tag": "kinship_care"})
    assert len(tracker.listed(client.get("/recommendations?theme=kinship_care"))) == 2


def test_every_link_of_a_filtered_view_leads_somewhere(world: World, many: dict[str, str]) -> None:
    page = parse(world.client("head.qa").get("/recommendations?status=all&level=service").get_data(as_text=True))
    hrefs = {link.text: link.attrs.get("href", "") for link in page.all("a")}
    assert hrefs["Clear all"] == "/recommendations"
    assert [href for href in hrefs.values() if not href.startswith(("/", "#"))] == []


def test_days_the_wrong_way_round_are_said_to_be_so_at_the_field(world: World, many: dict[str, str]) -> None:
    client = world.client("head.qa")
    page = parse(client.get("/recommendations?due_from=2026-12-02&due_to=2026-12-01").get_data(as_text=True))
    said = "“Due to” must be the same day as “Due from” or after it"
    assert [link.text for link in page.all("a") if link.attrs.get("href") == "#due_to"] == [said]
    box = next(node for node in page.all("input") if node.attrs.get("id") == "due_to")
    message = next(node for node in page.walk() if node.attrs.get("id") == box.attrs["aria-describedby"])
    assert message.text == f"Error: {said}"
    assert box.attrs["value"] == "2026-12-01"
    right = client.get("/recommendations?due_from=2026-12-01&due_to=2026-12-01").get_data(as_text=True)
    assert "There is a problem" not in right


def test_the_months_to_choose_from_begin_with_this_one_and_go_back(world: World) -> None:
    page = parse(world.client("head.qa").get("/recommendations").get_data(as_text=True))
    choice = next(node for node in page.all("select") if node.attrs.get("id") == "raised")
    months = [node.attrs["value"] for node in choice.all("option") if node.attrs["value"]]
    assert months[0] == f"{DAY:%Y-%m}"
    assert months == sorted(months, reverse=True)
    assert len(set(months)) == len(months) == DAY.month + 36
