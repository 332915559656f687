"""The pages of plans, and what is taken away from them: for Excel and on paper, in the paper's layout."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from app import clock
from app.extensions import session
from app.imports.columns import Target, guess
from app.imports.reading import read
from app.imports.rows import Making, plan_rows
from app.models.plans import ImportDraft, Plan, PlanLine, Rag
from app.models.recommendations import Recommendation
from app.models.records import AuditEvent
from app.policy.actor import SYSTEM
from app.queries import plans as plan_queries
from app.services import imports, plans, recommendations
from app.services.imports import Into
from app.services.unit_of_work import unit_of_work
from tests.functional.test_query_counts import statements
from tests.integration.test_tracker_plans import service_level
from tests.support.browsing import main_form, send
from tests.support.html import parse
from tests.support.messy import HEADS, a_book, messy
from tests.support.world import TODAY, World, token_in
from tests.unit.documents.support import checked, pages_of, text_of

HEAD = "head.qa"


def imported(world: World, content: bytes | None = None) -> str:
    """A plan out of the invented file; its public id. Inside a context."""
    into = Into(name="Improvement plan", kind="service_development")
    draft = imports.begin(world.actor(HEAD), into, "plan.xlsx", content or messy())
    row = session.query(ImportDraft).filter_by(public_id=draft).one()
    imports.take_in(world.actor(HEAD), row.id, row.version)
    return session.query(Plan).one().public_id


def sheet_of(content: bytes) -> Worksheet:
    sheet = load_workbook(io.BytesIO(content)).active
    assert isinstance(sheet, Worksheet)
    return sheet


# --- making and keeping one -------------------------------------------------------------------------------


def test_a_tracker_plan_from_making_to_its_first_look(world: World) -> None:
    client = world.client(HEAD)
    answer = send(client, "/plans/new", {"name": "Workforce plan 2027", "kind": "workforce"}, holding="name")
    plan = answer.location
    send(client, f"{plan}/sections/new", {"title": "Supervision"}, holding="title")
    page = client.get(f"{plan}/lines/new").get_data(as_text=True)
    heading = page.split(">Supervision</option>")[0].rsplit('value="', 1)[1].split('"')[0]
    line = {"what": "Teach reflective supervision", "who": "HoS", "section": heading, "rag": "amber"}
    line |= {"due_on-day": "1", "due_on-month": "3", "due_on-year": "2027"}
    assert send(client, f"{plan}/lines/new", line, holding="what").status_code == 303
    page = client.get(plan).get_data(as_text=True)
    assert all(word in page for word in ("Supervision", "Teach reflective supervision", "Amber", "1 March 2027"))
    look = {"held_on-day": "20", "held_on-month": "11", "held_on-year": "2026", "notes": "All begun."}
    assert send(client, f"{plan}/look", look, holding="notes").status_code == 303
    page = client.get(plan).get_data(as_text=True)
    assert "All begun." in page
    assert "20 February 2027" in page
    assert send(client, f"{plan}/change", {"name": "Workforce plan"}, holding="name").status_code == 303
    assert "Workforce plan" in client.get("/plans").get_data(as_text=True)


def test_a_long_plan_has_pages_with_every_line_and_heading_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loose lines above the first heading, a heading of no lines in the middle and one at the end, one whose lines go
    on over the page. What is taken away for Excel has all of it."""
    monkeypatch.setattr(plan_queries, "PAGE", 4)
    with world.context():
        head = world.actor(HEAD)
        public_id = plans.make(head, name="Long plan", kind="other")
        plan_id = session.query(Plan).one().id
        first, second, empty, last = (
            plans.add_section(head, plan_id, title=title) for title in ("First", "Second", "Empty", "Last and empty")
        )
        for number in (1, 2, 3, 4, 5):
            plans.add_line(head, plan_id, {"what": f"In the second {number}", "section": second})
        gone = plans.add_line(head, plan_id, {"what": "Taken out", "section": second})
        plans.add_line(head, plan_id, {"what": "Loose", "section": ""})
        plans.add_line(head, plan_id, {"what": "In the first", "section": first})
        row = session.query(PlanLine).filter_by(public_id=gone).one()
        plans.remove_line(head, row.id, row.version)
    client, url = world.client(HEAD), f"/plans/{public_id}"
    pages = [client.get(f"{url}?page={number}").get_data(as_text=True) for number in (1, 2)]
    assert [words_of(page, "Does what?") for page in pages] == [
        ["Loose", "In the first", "In the second 1", "In the second 2"],
        ["In the second 3", "In the second 4", "In the second 5"],
    ]
    assert [headings_of(page) for page in pages] == [["First", "Second"], ["Second", "Empty", "Last and empty"]]
    assert "Lines 1 to 4 of 7" in pages[0]
    assert "Lines 5 to 7 of 7" in pages[1]
    assert "Lines 5 to 7 of 7" in client.get(f"{url}?page=9").get_data(as_text=True)
    for title, number, section in (("First", 1, first), ("Second", 1, second), ("Empty", 2, empty), ("Last", 2, last)):
        assert f'href="{url}?page={number}#section-{section}">{title}' in pages[0]
        assert f'id="section-{section}"' in pages[number - 1]
    sheet = sheet_of(client.get(f"{url}/plan.xlsx").data)
    assert sum(str(row[2].value).startswith("In the second") for row in sheet.iter_rows()) == 5


def test_the_lines_of_one_colour_are_shown_alone(world: World) -> None:
    """By the colour that the page shows: that of the recommendation that a line follows, which nobody typed (R9)."""
    with world.context():
        head = world.actor(HEAD)
        public_id = plans.make(head, name="Workforce plan", kind="workforce")
        plan_id = session.query(Plan).one().id
        for what, rag in (("Late", "red"), ("Going well", "green"), ("Not looked at", "")):
            plans.add_line(head, plan_id, {"what": what, "rag": rag})
        row = service_level(world)
        given = {"plan": public_id, "reason": "For the service."}
        recommendations.act(head, row.id, "move_to_plan", row.version, given)
        moved = row.action
    client, url = world.client(HEAD), f"/plans/{public_id}"

    def shown(only: str) -> list[str]:
        return words_of(client.get(f"{url}?only={only}").get_data(as_text=True), "Does what?")

    assert f'href="{url}?only=red">Red</a>' in client.get(url).get_data(as_text=True)
    assert [shown(each) for each in ("red", "green", "amber")] == [["Late"], ["Going well"], []]
    assert shown("none") == ["Not looked at", moved]
    with clock.set_to(TODAY + timedelta(days=700)):
        client = world.client(HEAD)
        assert shown("red") == ["Late", moved]


def test_the_unsure_and_the_overdue_lines_of_a_plan_are_shown_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paged as well, with the numbers that the lines have in the whole plan."""
    monkeypatch.setattr(plan_queries, "PAGE", 2)
    with world.context():
        head = world.actor(HEAD)
        public_id = plans.make(head, name="Long plan", kind="other")
        plan_id = session.query(Plan).one().id
        heading = plans.add_section(head, plan_id, title="Heading")
        plans.add_section(head, plan_id, title="Heading of none")
        for number in range(1, 7):
            plans.add_line(head, plan_id, {"what": f"Line {number}", "section": heading})
        with unit_of_work(SYSTEM) as work:
            rows = session.query(PlanLine).order_by(PlanLine.place).all()
            for row in rows[1:4]:
                row.doubts = ["Which day is meant?"]
            rows[4].due_on = rows[5].due_on = (TODAY - timedelta(days=3)).date()
            rows[5].rag = Rag.BLUE
            work.record("test.lines", rows[0])
    client, url = world.client(HEAD), f"/plans/{public_id}"
    page = client.get(url).get_data(as_text=True)
    assert f'href="{url}?only=unsure">3 lines</a>' in page
    assert f'href="{url}?only=overdue">1 line</a>' in page
    pages = [client.get(f"{url}?only=unsure&page={number}").get_data(as_text=True) for number in (1, 2)]
    assert [words_of(page, "Does what?") for page in pages] == [["Line 2", "Line 3"], ["Line 4"]]
    assert "Lines 1 to 2 of 3" in pages[0]
    assert f"{url}?only=unsure&amp;page=2" in pages[0]
    assert "Line </span>4</a>" in pages[1]
    assert headings_of(pages[1]) == ["Heading"]
    assert words_of(client.get(f"{url}?only=overdue").get_data(as_text=True), "Does what?") == ["Line 5"]
    assert "Lines 1 to 2 of 6" in client.get(f"{url}?only=nonsense").get_data(as_text=True)


def test_from_a_line_the_way_back_leads_to_where_it_stands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_queries, "PAGE", 2)
    with world.context():
        head = world.actor(HEAD)
        public_id = plans.make(head, name="Long plan", kind="other")
        plan_id = session.query(Plan).one().id
        lines = [plans.add_line(head, plan_id, {"what": f"Line {number}"}) for number in range(5)]
    client, url = world.client(HEAD), f"/plans/{public_id}"
    page = client.get(f"/plans/lines/{lines[3]}").get_data(as_text=True)
    assert f'href="{url}?page=2#line-{lines[3]}"' in page
    assert f'id="line-{lines[3]}"' in client.get(f"{url}?page=2").get_data(as_text=True)
    [number] = [node.text for node in parse(page).walk() if node.tag == "dd"][:1]
    assert number.strip() == "4"


def test_a_day_stands_once_and_other_words_beside_it(world: World) -> None:
    with world.context():
        head = world.actor(HEAD)
        public_id = plans.make(head, name="Plan", kind="other")
        plan_id = session.query(Plan).one().id
        due = date(2026, 10, 12)
        line = plans.add_line(head, plan_id, {"what": "a", "by_when": "12/10/2026", "due_on": due})
        plans.add_line(head, plan_id, {"what": "b", "by_when": "Half-term", "due_on": due})
    client = world.client(HEAD)
    said = [
        " ".join(each.split())
        for each in words_of(client.get(f"/plans/{public_id}").get_data(as_text=True), "By when?")
    ]
    assert said[0].startswith("12 October 2026")
    assert "12/10/2026" not in said[0]
    assert said[1].startswith("Half-term")
    assert "12 October 2026" in said[1]
    page = client.get(f"/plans/lines/{line}").get_data(as_text=True)
    assert page.split("History")[0].count("12 October 2026") == 1


def test_the_look_to_come_is_to_be_held(world: World) -> None:
    with world.context():
        public_id = plans.make(world.actor(HEAD), name="Plan", kind="other", review_on=date(2026, 12, 1))
    look = f"/plans/{public_id}/look"
    assert "It is to be looked at on 1 December 2026." in world.client(HEAD).get(look).get_data(as_text=True)
    with clock.set_to(TODAY + timedelta(days=30)):
        late = world.client(HEAD)
        for url in (look, f"/plans/{public_id}"):
            assert "It was to be looked at on 1 December 2026." in late.get(url).get_data(as_text=True)


def test_a_line_that_does_not_say_what_is_done_is_kept_with_a_hint(world: World) -> None:
    with world.context():
        public_id = plans.make(world.actor(HEAD), name="Plan", kind="other")
    client = world.client(HEAD)
    url = f"/plans/{public_id}/lines/new"
    assert send(client, url, {"why": "A finding"}, holding="what").status_code == 303
    assert "is still empty" in client.get(f"/plans/{public_id}").get_data(as_text=True)
    assert send(client, url, {"what": "Teach"}, holding="what").status_code == 303
    assert "is still empty" not in client.get(f"/plans/{public_id}").get_data(as_text=True)


def words_of(page: str, column: str) -> list[str]:
    return [node.text for node in parse(page).walk() if node.attrs.get("data-label") == column]


def headings_of(page: str) -> list[str]:
    return [node.text for node in parse(page).walk() if node.attrs.get("id", "").startswith("section-")]


def test_a_line_of_a_tracker_plan_is_changed_settled_taken_out_and_put_back(sqlite_world: World) -> None:
    with sqlite_world.context():
        plan = imported(sqlite_world)
        row = session.query(PlanLine).filter_by(source_row=12).one()
        line = f"/plans/lines/{row.public_id}"
    client = sqlite_world.client(HEAD)
    assert "names two months: which day is meant?" in client.get(line).get_data(as_text=True)
    day = {"due_on-day": "31", "due_on-month": "3", "due_on-year": "2027", "settled": ["1"]}
    for odd in ("²", "9" * 5_000):
        assert send(client, f"{line}/settle", {**day, "settled": [odd]}, holding="due_on").status_code == 422
    assert send(client, f"{line}/settle", day, holding="due_on").status_code == 303
    page = client.get(line).get_data(as_text=True)
    assert "names two months: which day is meant?" not in page.split("History")[0]
    assert send(client, f"{line}/change", {"who": "Assistant director"}, holding="who").status_code == 303
    page = client.get(line).get_data(as_text=True)
    assert "“HoS” → “Assistant director”" in page
    token = token_in(page)
    version = main_form(page, "version")[1]["version"]
    assert client.post(f"{line}/remove", data={"csrf_token": token, "version": version}).status_code == 303
    assert "Join the network" not in client.get(f"/plans/{plan}").get_data(as_text=True)
    assert "Join the network" in client.get(f"/plans/{plan}/removed").get_data(as_text=True)
    back = {"csrf_token": token, "version": str(int(version) + 1)}
    assert client.post(f"{line}/put-back", data=back).status_code == 303
    assert "Join the network" in client.get(f"/plans/{plan}").get_data(as_text=True)


def test_two_people_on_one_line_of_a_tracker_plan_see_both_texts(sqlite_world: World) -> None:
    with sqlite_world.context():
        imported(sqlite_world)
        row = session.query(PlanLine).filter_by(source_row=12).one()
        line, row_id = f"/plans/lines/{row.public_id}", row.id
    client = sqlite_world.client(HEAD)
    action, values = main_form(client.get(f"{line}/change").get_data(as_text=True), "what")
    values.setlist("what", ["Join both networks"])
    with sqlite_world.context():
        given = {key: getattr(session.get_one(PlanLine, row_id), key) for key in plans.TEXTS}
        plans.change_line(sqlite_world.actor(HEAD), row_id, 1, {**given, "what": "Leave the network"})
    answer = client.post(action or f"{line}/change", data=values)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Join both networks" in page
    assert "Leave the network" in page
    _, again = main_form(page, "what")
    assert client.post(f"{line}/change", data=again).status_code == 303
    with sqlite_world.context():
        assert session.get_one(PlanLine, row_id).what == "Join both networks"


@pytest.mark.parametrize(
    ("url", "field", "wrong"),
    [
        ("/plans/new", "name", {"name": "x" * 300}),
        ("/plans/new", "name", {"name": ""}),
        ("/look", "notes", {"notes": "x", "held_on-day": "1", "held_on-month": "1", "held_on-year": "9999"}),
        ("/lines/new", "what", {"what": "x", "due_on-day": "1", "due_on-month": "1", "due_on-year": "1900"}),
        ("/sections/new", "title", {"title": "\x00"}),
    ],
)
def test_what_is_wrong_in_a_form_of_a_tracker_plan_is_said_and_kept(
    sqlite_world: World, url: str, field: str, wrong: dict[str, str]
) -> None:
    with sqlite_world.context():
        plan = imported(sqlite_world)
    client = sqlite_world.client(HEAD)
    with sqlite_world.context():
        before = session.query(AuditEvent).count()
    url = url if url.startswith("/plans") else f"/plans/{plan}{url}"
    answer = send(client, url, wrong, holding=field)
    assert answer.status_code == 422
    assert wrong[field].replace("\x00", "") in answer.get_data(as_text=True)
    with sqlite_world.context():
        assert session.query(AuditEvent).count() == before


def colours(page: str) -> list[str]:
    return [node.text for node in parse(page).walk() if node.has_class("pl-rag")]


def test_a_recommendation_is_moved_to_a_plan_on_its_page_and_linked_only_for_those_who_may(world: World) -> None:
    with world.context():
        row = service_level(world)
        plan = plans.make(world.actor(HEAD), name="Service Development Plan", kind="service_development")
        url, reference = f"/recommendations/{row.public_id}", row.reference
    client = world.client(HEAD)
    given = {"plan": plan, "reason": "It is the year's work."}
    assert (
        send(client, f"{url}/do/move_to_plan", {"plan": "x" * 36, "reason": "x"}, holding="reason").status_code == 422
    )
    assert send(client, f"{url}/do/move_to_plan", given, holding="reason").status_code == 303
    with world.context():
        row = session.query(Recommendation).one()
        progress = {"text": "Two teams have begun.", "forecast": "at_risk"}
        recommendations.act(world.actor("manager"), row.id, "progress", row.version, progress)
    page = client.get(f"/plans/{plan}").get_data(as_text=True)
    assert f'href="{url}"' in page
    assert "Two teams have begun." in page
    assert colours(page) == ["At risk"]
    with clock.set_to(TODAY + timedelta(days=400)):
        assert colours(world.client(HEAD).get(f"/plans/{plan}").get_data(as_text=True)) == ["Overdue"]
    page = world.client("director").get(f"/plans/{plan}").get_data(as_text=True)
    assert "Follows a recommendation." in page
    assert url not in page
    assert reference not in page
    assert "Two teams have begun." not in page


# --- to take away -----------------------------------------------------------------------------------------


def test_a_tracker_plan_for_excel_has_the_papers_layout(sqlite_world: World) -> None:
    with sqlite_world.context():
        plan = imported(sqlite_world)
        [row] = session.query(PlanLine).filter_by(source_row=12)
        plans.settle(sqlite_world.actor(HEAD), row.id, 1, due_on=date(2027, 3, 31), settled=[])
    answer = sqlite_world.client("manager").get(f"/plans/{plan}/plan.xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="improvement-plan-2026-11-23.xlsx"'
    sheet = sheet_of(answer.data)
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert values[0][0] == "Improvement plan"
    assert values[2][:8] == [*HEADS[:6], "RAG", "Comments on progress"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A4", "A3:J16")
    across = {str(cells) for cells in sheet.merged_cells.ranges}
    assert {"A1:J1", "A4:J4"} <= across
    assert sheet["A4"].value == "From the staff survey"
    cells = [cell for row in sheet.iter_rows() for cell in row]
    days = {cell.value: cell.number_format for cell in cells if isinstance(cell.value, datetime)}
    assert days == dict.fromkeys((datetime(2026, 9, 1), datetime(2027, 2, 3), datetime(2027, 3, 31)), "d mmmm yyyy")  # noqa: DTZ001
    [network] = [row for row in values if row[2] == "Join the network"]
    assert network[3] == "June and March 2027"
    assert network[9] == "Red/Amber"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "=HYPERLINK(", "\t="])
def test_what_looks_like_a_formula_in_a_tracker_plan_is_words_in_excel(sqlite_world: World, start: str) -> None:
    with sqlite_world.context():
        plan = plans.make(sqlite_world.actor(HEAD), name=f"{start.strip()}1+1", kind="other")
        row = session.query(Plan).filter_by(public_id=plan).one()
        text = f"{start}cmd|' /C calc'!A0"
        plans.add_section(sqlite_world.actor(HEAD), row.id, title=text)
        plans.add_line(sqlite_world.actor(HEAD), row.id, dict.fromkeys(plans.TEXTS, text))
    sheet = sheet_of(sqlite_world.client(HEAD).get(f"/plans/{plan}/plan.xlsx").data)
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    dangerous = [cell for cell in cells if str(cell.value)[0] in "=+-@"]
    assert dangerous
    assert all(cell.quotePrefix for cell in dangerous)


def test_a_tracker_plan_that_went_out_to_excel_comes_in_again_the_same(sqlite_world: World) -> None:
    """What the workbook says is what its own reader reads: the same headings, lines and days."""
    with sqlite_world.context():
        plan = imported(sqlite_world)
        lines = session.query(PlanLine).order_by(PlanLine.place).all()
        stands = [(line.why, line.what, line.due_on, str(line.rag or "")) for line in lines]
    content = sqlite_world.client(HEAD).get(f"/plans/{plan}/plan.xlsx").data
    sheet = read(content).sheets[0]
    made = plan_rows(sheet, guess(sheet, Target.PLAN), Target.PLAN, clock.today())
    again = [row for row in made if row.making is Making.LINE]
    assert [(row.fields["why"], row.fields["what"], row.due_on, row.rag) for row in again] == stands
    assert sum(row.making is Making.SECTION for row in made) == 4


@pytest.mark.pdf
def test_a_tracker_plan_on_paper_is_tagged_and_lies_on_its_side(sqlite_world: World) -> None:
    with sqlite_world.context():
        plan = imported(sqlite_world)
    pdf = sqlite_world.client("manager").get(f"/plans/{plan}/plan.pdf").data
    assert checked(pdf) == []
    said = text_of(pdf)
    for word in ("Improvement plan", "Children in need", "Join the network", "June and March 2027", "3 February 2027"):
        assert word in said
    import pymupdf

    with pymupdf.open(stream=pdf) as document:
        assert all(page.rect.width > page.rect.height for page in document)


@pytest.mark.pdf
@pytest.mark.parametrize("lines", [0, 1, 150])
def test_a_tracker_plan_of_any_length_passes_the_checker_as_a_pdf(sqlite_world: World, lines: int) -> None:
    words = "Children and families hear the same from everybody. " * 8
    rows = [[words, "HoS", f"{n} {words}", "Weekly", words, "=1+1", "Green", words] for n in range(lines)]
    with sqlite_world.context():
        if lines:
            plan = imported(sqlite_world, a_book([HEADS, *rows]))
        else:
            plan = plans.make(sqlite_world.actor(HEAD), name="Nothing yet", kind="other")
    pdf = sqlite_world.client(HEAD).get(f"/plans/{plan}/plan.pdf").data
    assert checked(pdf) == []
    assert len(pages_of(pdf)) >= 1 + lines // 10


# --- how dear ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_tracker_plan_costs_the_same_with_one_line_and_with_many(sqlite_world: World) -> None:
    with sqlite_world.context():
        row = service_level(sqlite_world)
        plan = plans.make(sqlite_world.actor(HEAD), name="Plan", kind="other")
        given = {"plan": plan, "reason": "x"}
        recommendations.act(sqlite_world.actor(HEAD), row.id, "move_to_plan", row.version, given)
    places = [("head.qa", "/plans"), ("manager", f"/plans/{plan}"), ("head.qa", f"/plans/{plan}/plan.xlsx")]
    few = {place: len(statements(sqlite_world, *place)) for place in places}
    with sqlite_world.context():
        plan_id = session.query(Plan).one().id
        for number in range(12):
            more = service_level(sqlite_world)
            recommendations.act(sqlite_world.actor(HEAD), more.id, "move_to_plan", more.version, given)
            heading = plans.add_section(sqlite_world.actor(HEAD), plan_id, title=f"Section {number}")
            plans.add_line(sqlite_world.actor(HEAD), plan_id, {"what": "x", "section": heading})
            plans.make(sqlite_world.actor(HEAD), name=f"Plan {number}", kind="other")
    for place in places:
        assert len(statements(sqlite_world, *place)) <= few[place] + 2, place
