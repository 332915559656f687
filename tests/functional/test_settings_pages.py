"""The settings pages, the pages about forms, and help: who gets them, what they do, what they refuse."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import clock
from app.models.people import RoleName
from app.queries import settings as queries
from app.services import cast, cover, form_versions, settings
from app.web.help_words import FIRST_DAYS
from app.web.settings_forms import LINES
from forms.shipped import LIBRARY
from tests.support.browsing import send
from tests.support.stages import Story
from tests.support.world import TODAY, World, token_in

pytestmark = pytest.mark.databases("sqlite")

SMALL = (LIBRARY / "practice-review-small.yaml").read_text(encoding="utf-8")
NEWER = SMALL.replace('version: "1"', 'version: "2"')
FORMS = [path for path in sorted(LIBRARY.glob("*.yaml")) if not path.name.startswith("criteria-")]
EVERYBODY = [part.login for part in cast.LOGINS]
MONDAY = TODAY.date()

ADMIN, HEAD, BOTH = {"admin"}, {"head.qa"}, {"admin", "head.qa"}
OPEN_TO = {
    "/settings": BOTH,
    "/settings/local": BOTH,
    "/settings/closing-days": BOTH,
    "/settings/cover": HEAD,
    "/settings/messages": ADMIN,
    "/settings/forms": ADMIN,
    "/settings/forms/load": ADMIN,
    "/settings/forms/{version}": ADMIN,
    "/settings/forms/{version}/parts/journey": ADMIN,
    "/settings/forms/{version}/retire": ADMIN,
}


def text(answer: TestResponse, code: int = 200) -> str:
    assert answer.status_code == code, f"{answer.status_code}: {answer.get_data(as_text=True)[:2000]}"
    return answer.get_data(as_text=True)


def arrived(client: FlaskClient, answer: TestResponse) -> str:
    """The page a successful post leads to."""
    assert answer.status_code == 303, f"{answer.status_code}: {answer.get_data(as_text=True)[:2000]}"
    return text(client.get(answer.location))


def version_id(world: World, number: str = "1") -> str:
    with world.context():
        return form_versions.find("practice-review-small", number).public_id


def dated(name: str, day: date | None) -> dict[str, str]:
    parts = (day.day, day.month, day.year) if day else ("", "", "")
    return {f"{name}-{box}": str(part) for box, part in zip(("day", "month", "year"), parts, strict=True)}


def delegate(world: World, days: int = 4) -> None:
    with world.context():
        span = cover.Span(world.public_id("deputy.qa"), "away", MONDAY, MONDAY + timedelta(days=days), "On leave")
        cover.arrange(world.actor("head.qa"), span)


# Who gets which page


@pytest.mark.parametrize("login", EVERYBODY)
def test_each_of_the_cast_gets_what_is_theirs(sqlite_world: World, login: str) -> None:
    client, version = sqlite_world.client(login), version_id(sqlite_world)
    for url, people in OPEN_TO.items():
        expected = 200 if login in people else 403
        assert client.get(url.format(version=version)).status_code == expected, url
    in_navigation = ">Settings</a>" in re.sub(r"\s+", "", text(client.get("/account")))
    assert in_navigation == (login in BOTH)
    assert [role for role in FIRST_DAYS if client.get(f"/help/first-day/{role}").status_code != 200] == []


def test_signed_out_one_signs_in_first(sqlite_world: World) -> None:
    client = sqlite_world.client()
    for url in OPEN_TO:
        answer = client.get(url.format(version=version_id(sqlite_world)))
        assert (answer.status_code, "/sign-in" in answer.location) == (302, True)


def test_a_deputy_in_the_heads_place_reads_settings_and_cover(sqlite_world: World) -> None:
    delegate(sqlite_world)
    client = sqlite_world.client("deputy.qa")
    assert client.get("/settings").status_code == client.get("/settings/local").status_code == 200
    page = text(client.get("/settings/cover"))
    assert "Only the Head of QA says who covers" in page
    assert "Arrange this cover" not in page
    assert "End today" not in page
    refused = client.post("/settings/cover", data={"csrf_token": token_in(page)})
    assert "Choose a deputy" not in text(refused, 409)


def test_the_index_links_only_to_what_opens(sqlite_world: World) -> None:
    for login in ("admin", "head.qa"):
        client = sqlite_world.client(login)
        page = text(client.get("/settings"))
        links = re.findall(r'class="govuk-link govuk-task-list__link" href="([^"]+)"', page)
        assert [client.get(link).status_code for link in links] == [200] * len(links)
        assert ("/settings/cover" in links) == (login == "head.qa")
        assert ("/settings/forms" in links) == ("/people/" in links) == (login == "admin")


# Local settings


def test_a_changed_value_is_saved_with_its_author(world: World) -> None:
    client = world.client("admin")
    page = arrived(client, send(client, "/settings/local", {"response_days": "7", "authority_name": "Wexmoor"}))
    assert "Saved: Name of the authority; Worker’s and line manager’s response." in page
    assert "Set by Lorraine Pickering, 23 November 2026 at 09:00." in page
    assert page.count("This is the starting value.") == len(LINES) - 4
    assert "moves no deadline already given" in page
    again = arrived(client, send(client, "/settings/local"))
    assert "Nothing was different" in again
    with world.context():
        assert settings.load().response_days == 7
        assert set(queries.authors()) == {"panel_rule", "response_days", "authority_name"}


def test_every_value_has_its_line_on_the_page() -> None:
    assert set(settings.Values.model_fields) == {*LINES, "panel_rule"}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("response_days", "soon", "enter a whole number from 1 to 30"),
        ("response_days", "", "enter a whole number from 1 to 30"),
        ("response_days", "0", "enter a whole number from 1 to 30"),
        ("response_days", "٣", "enter a whole number from 1 to 30"),
        ("response_days", "1_0", "enter a whole number from 1 to 30"),
        ("response_days", "9" * 5000, "enter a whole number from 1 to 30"),
        ("authority_name", "   ", "this cannot be empty"),
        ("authority_name", "x" * 121, "120 characters or fewer"),
        ("practice_standards_link", "javascript:alert(1)", "begins with https://"),
        ("percent", "101", "enter a whole number from 0 to 100"),
    ],
)
def test_what_cannot_be_is_refused_and_stays_in_its_box(sqlite_world: World, field: str, typed: str, said: str) -> None:
    client = sqlite_world.client("head.qa")
    page = text(send(client, "/settings/local", {field: typed, "issue_days": "9"}), 422)
    assert said in page
    assert f'href="#{field}"' in page
    assert 'value="9"' in page
    assert typed.strip() in page
    with sqlite_world.context():
        assert settings.load().issue_days == 5


def test_markup_typed_as_a_name_is_shown_as_typed(sqlite_world: World) -> None:
    client = sqlite_world.client("admin")
    page = arrived(client, send(client, "/settings/local", {"authority_name": "<b>A & B</b>"}))
    assert "<b>A" not in page
    assert "&lt;b&gt;A &amp; B" in page


def test_the_head_chooses_the_panel_rule(world: World) -> None:
    client = world.client("head.qa")
    arrived(client, send(client, "/settings/local", {"kind": "sample", "percent": "40"}))
    assert "a random 40% of the rest" in text(world.client("admin").get("/settings/local"))


def test_an_administrator_only_reads_the_panel_rule(world: World) -> None:
    client = world.client("admin")
    page = text(client.get("/settings/local"))
    assert "Only the Head of QA’s office." in page
    assert 'name="kind"' not in page
    arrived(client, send(client, "/settings/local", {"kind": "none", "percent": "0", "panel_rule": "none"}))
    with world.context():
        assert settings.load().panel_rule.kind == "sample"


@pytest.mark.databases("sqlite", "postgresql")
def test_a_value_changed_meanwhile_is_said_before_it_is_replaced(world: World) -> None:
    client = world.client("admin")
    token = text(client.get("/settings/local"))
    values = _posted(token)
    with world.context():
        settings.change(world.actor("head.qa"), {"issue_days": 8})
    page = text(client.post("/settings/local", data={**values, "issue_days": "4"}), 422)
    assert "Somebody else changed this to 8" in page
    assert 'value="4"' in page
    arrived(client, client.post("/settings/local", data={**_posted(page), "issue_days": "4"}))
    with world.context():
        assert settings.load().issue_days == 4


def _posted(page: str) -> dict[str, str]:
    from tests.support.browsing import main_form

    return dict(main_form(page, "seen")[1].items())


@pytest.mark.parametrize("seen", ["", "null", "[1]", "{", "[" * 3000, '{"issue_days": [1]}'])
def test_a_forged_memory_of_the_page_breaks_nothing(sqlite_world: World, seen: str) -> None:
    client = sqlite_world.client("admin")
    answer = send(client, "/settings/local", {"seen": seen, "issue_days": "6"})
    assert answer.status_code in (303, 422)


# Closing days


@pytest.mark.databases("sqlite", "postgresql")
def test_closing_days_are_added_and_removed(world: World) -> None:
    client = world.client("admin")
    wanted = {**dated("day", date(2026, 12, 24)), "why": "Offices shut"}
    page = arrived(client, send(client, "/settings/closing-days", wanted, holding="day"))
    assert "Thursday 24 December 2026 is now a closing day." in page
    twice = text(send(client, "/settings/closing-days", wanted, holding="day"), 422)
    assert "This day is a closing day already" in twice
    assert 'value="Offices shut"' in twice
    gone = client.post("/settings/closing-days/2026-12-24/remove", data={"csrf_token": token_in(page)})
    assert "No closing day is coming" in arrived(client, gone)


def test_a_closing_day_needs_a_day_and_a_reason(sqlite_world: World) -> None:
    client = sqlite_world.client("head.qa")
    page = text(send(client, "/settings/closing-days", holding="day"), 422)
    assert "Enter the day" in page
    assert "Say why" in page
    page = text(send(client, "/settings/closing-days", {**dated("day", None), "day-day": "31", "day-month": "2",
                                                        "day-year": "2027"}, holding="day"), 422)  # fmt: skip
    assert "February 2027 has no day 31" in page


def test_a_past_closing_day_has_no_button(sqlite_world: World) -> None:
    with sqlite_world.context():
        settings.add_closing_day(sqlite_world.actor("admin"), MONDAY, "Snow")
    with clock.set_to(TODAY + timedelta(days=1)):
        client = sqlite_world.client("admin")
        page = text(client.get("/settings/closing-days"))
        assert "Snow" in page
        assert "/remove" not in page
        refused = client.post(f"/settings/closing-days/{MONDAY}/remove", data={"csrf_token": token_in(page)})
        assert "stays counted" in text(refused, 409)


@pytest.mark.parametrize("day", ["2026-12-24", "never", "2026-13-01", "20261224", "9" * 400])
def test_a_day_that_is_none_is_not_found(sqlite_world: World, day: str) -> None:
    client = sqlite_world.client("admin")
    token = token_in(text(client.get("/settings/closing-days")))
    assert client.post(f"/settings/closing-days/{day}/remove", data={"csrf_token": token}).status_code == 404


# Cover


def test_the_head_says_who_covers_and_ends_it(world: World) -> None:
    client = world.client("head.qa")
    with world.context():
        deputy = world.public_id("deputy.qa")
    wanted = {"deputy": deputy, "kind": "away", "reason": "On leave"}
    wanted |= {**dated("from_on", MONDAY), **dated("to_on", MONDAY + timedelta(days=4))}
    page = arrived(client, send(client, "/settings/cover", wanted, holding="deputy"))
    assert "The cover is arranged" in page
    assert "End today" in page
    assert world.client("deputy.qa").get("/programme").status_code == 200
    page = text(send(client, "/settings/cover", wanted, holding="deputy"), 422)
    assert "Tom Wetherby covers already from 23 November 2026 to 27 November 2026" in page
    ended = client.post(f"/settings/cover/{deputy}/{MONDAY}/end", data={"csrf_token": token_in(page)})
    page = arrived(client, ended)
    assert "The cover ends today." in page
    assert "End today" not in page
    later = wanted | {**dated("from_on", MONDAY + timedelta(days=7)), **dated("to_on", MONDAY + timedelta(days=9))}
    assert "Call off" in arrived(client, send(client, "/settings/cover", later, holding="deputy"))
    off = client.post(f"/settings/cover/{deputy}/{MONDAY + timedelta(days=7)}/end", data={"csrf_token": token_in(page)})
    assert "The cover is called off." in arrived(client, off)
    with clock.set_to(TODAY + timedelta(days=1)):
        assert world.client("deputy.qa").get("/programme").status_code == 403


def test_cover_that_is_half_filled_in_keeps_what_was_typed(sqlite_world: World) -> None:
    client = sqlite_world.client("head.qa")
    page = text(send(client, "/settings/cover", {"reason": "Leave <soon>"}, holding="from_on"), 422)
    for said in ("Choose a deputy", "Say whether you are away", "Enter the first day", "Enter the last day"):
        assert said in page
    assert "Leave &lt;soon&gt;" in page
    nobody = text(send(client, "/settings/cover", {"deputy": "nobody", "kind": "ill"}, holding="from_on"), 422)
    assert "Choose one of the answers listed" in nobody


def test_cover_that_is_not_there_is_not_found(sqlite_world: World) -> None:
    client = sqlite_world.client("head.qa")
    token = {"csrf_token": token_in(text(client.get("/settings/cover")))}
    assert client.post(f"/settings/cover/nobody/{MONDAY}/end", data=token).status_code == 404
    assert client.post("/settings/cover/nobody/soon/end", data=token).status_code == 404


def test_without_a_deputy_the_page_says_what_to_do(sqlite_world: World) -> None:
    from app.services import accounts

    with sqlite_world.context():
        deputy = sqlite_world.person("deputy.qa")
        details = accounts.Details(name=deputy.name, email=deputy.email, team_id=deputy.team_id)
        accounts.change(sqlite_world.actor("admin"), deputy.id, deputy.version, details)
    assert "There is no deputy to choose" in text(sqlite_world.client("head.qa").get("/settings/cover"))


# Forms


def load(client: FlaskClient, pasted: str = "", file: bytes | None = None) -> TestResponse:
    data: dict[str, Any] = {"csrf_token": token_in(text(client.get("/settings/forms/load"))), "text": pasted}
    if file is not None:
        data["file"] = (io.BytesIO(file), "form.yaml")
    return client.post("/settings/forms/load", data=data, content_type="multipart/form-data")


def test_a_version_is_loaded_looked_at_published_and_retired(world: World) -> None:
    client = world.client("admin")
    answer = load(client, file=b"\xef\xbb\xbf" + NEWER.encode())
    page = arrived(client, answer)
    assert "kept as a draft" in page
    url = answer.location
    assert client.get(f"{url}/retire").status_code == 404
    assert "nothing can change it" in text(client.get(f"{url}/publish"))
    assert "is published. Nothing can change it now." in arrived(
        client, send(client, f"{url}/publish", holding="checksum")
    )
    assert client.get(f"{url}/publish").status_code == 404
    again = text(load(client, NEWER), 422)
    assert "give the change a new version" in again
    assert "Practice review (short form)" in again
    assert "It has" not in text(client.get(f"{url}/retire"))
    assert "is retired" in arrived(client, send(client, f"{url}/retire"))
    assert client.get(f"{url}/retire").status_code == 404
    listed = text(client.get("/settings/forms"))
    assert "Retired" in listed
    assert "Lorraine Pickering" in listed


def test_the_reviews_on_a_version_are_counted(sqlite_world: World) -> None:
    with sqlite_world.context():
        Story(sqlite_world)
    client, version = sqlite_world.client("admin"), version_id(sqlite_world)
    assert "It has 1 review, which keep it." in text(client.get(f"/settings/forms/{version}/retire"))


def test_the_last_published_form_is_retired_with_a_warning(sqlite_world: World) -> None:
    with sqlite_world.context():
        admin = sqlite_world.actor("admin")
        form_versions.retire(admin, form_versions.find("practice-review", "2024-04").id)
    page = text(sqlite_world.client("admin").get(f"/settings/forms/{version_id(sqlite_world)}/retire"))
    assert "This is the last published one" in page


@pytest.mark.databases("sqlite", "postgresql")
def test_a_draft_loaded_again_meanwhile_is_not_published_unseen(world: World) -> None:
    client = world.client("admin")
    url = load(client, NEWER).location
    page = text(client.get(f"{url}/publish"))
    load(client, NEWER.replace("Grade", "The grade"))
    answer = client.post(f"{url}/publish", data=_form(page))
    assert "loaded again since you looked at it" in text(answer, 409)
    forged = client.post(f"{url}/publish", data={"csrf_token": token_in(page)})
    assert forged.status_code == 409


def _form(page: str) -> dict[str, str]:
    from tests.support.browsing import main_form

    return dict(main_form(page, "checksum")[1].items())


BOMB = "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n"


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "Choose a file, or paste the text of a form"),
        ("   ", "Choose a file, or paste the text of a form"),
        (BOMB, "At line 1: anchors"),
        ("key: !!python/object/apply:os.system [ls]", "At line 1: tags (!) are not allowed"),
        (NEWER + "callback: os.system\n", "At callback: this key is not known"),
        (NEWER.replace("kind: text, key: evidence", "kind: code, key: evidence"), "of a kind that is not known"),
        (NEWER + "#" * 300_000, "The file is larger than 256 KB"),
        ("key: [a", "this is not readable YAML"),
        ("{{ 7 * 7 }}", "key must be a word"),
        ("</textarea><script>alert(1)</script>", "The file must begin with"),
        ("\x00\x01\x02", "not readable"),
        ("- " * 4000, "too deep"),
    ],
)
def test_a_text_that_is_no_form_is_kept_and_explained(sqlite_world: World, pasted: str, said: str) -> None:
    page = text(load(sqlite_world.client("admin"), pasted), 422)
    assert said in page
    assert "<script>alert" not in page
    assert "There is a problem" in page
    assert 'href="#text"' in page or 'href="#file"' in page
    with sqlite_world.context():
        assert sum(len(form.versions) for form in queries.forms().values()) == 3  # those of the suite's world


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "not text in UTF-8"),
        (NEWER.encode("utf-16"), "not text in UTF-8"),
        ("title: café".encode("latin-1"), "not text in UTF-8"),
        (b"#" * 300 * 1024, "larger than 256 KB"),
        (b"", "The file is empty"),
        (b" \n ", "The file is empty"),
        (b"\x00" * 50, "not readable"),
        (b"just words", "must begin with"),
    ],
)
def test_a_file_that_is_no_form_is_explained(sqlite_world: World, file: bytes, said: str) -> None:
    assert said in text(load(sqlite_world.client("admin"), file=file), 422)


def test_a_file_with_a_fault_comes_back_as_text_to_mend(sqlite_world: World) -> None:
    client = sqlite_world.client("admin")
    page = text(load(client, file=NEWER.replace("kind: graded", "kind: graded\n    colour: red", 1).encode()), 422)
    assert "At journey → colour: this key is not known" in page
    assert "colour: red" in page


def test_what_is_larger_than_any_post_has_a_page_of_its_own(sqlite_world: World) -> None:
    assert load(sqlite_world.client("admin"), file=b"#" * 26 * 1024 * 1024).status_code == 413


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_part_of_every_shipped_form_can_be_looked_at(sqlite_world: World, path: Any) -> None:
    client = sqlite_world.client("admin")
    with sqlite_world.context():
        template = form_versions.read(path.read_text(encoding="utf-8"))
        known = {(line.key, line.number): line.public_id for form in queries.forms().values() for line in form.versions}
    public_id = known.get((template.key, template.version))
    url = f"/settings/forms/{public_id}" if public_id else load(client, path.read_text(encoding="utf-8")).location
    overview = text(client.get(url))
    for part in template.parts:
        assert f"/parts/{part.key}" in overview
        writer = text(client.get(f"{url}/parts/{part.key}"))
        assert "A preview saves nothing." in writer
        assert "<form" not in writer.split("<main")[1]
        assert all(_escaped(prompt) in writer for prompt in part.prompts)
        reader = text(client.get(f"{url}/parts/{part.key}?as=reader"))
        assert "Not answered yet" not in reader


def _escaped(words: str) -> str:
    from markupsafe import escape

    return str(escape(words))


def test_the_preview_shows_the_criteria_beside_the_grade(sqlite_world: World) -> None:
    page = text(sqlite_world.client("admin").get(f"/settings/forms/{version_id(sqlite_world)}/parts/journey"))
    assert "Compare the criteria for each grade" in page
    assert "Think about" in page
    assert "checked" not in page.split("<main")[1].split("pl-buttons")[0].replace("unchecked", "")


@pytest.mark.parametrize("url", ["{0}/parts/nothing", "nothing", "nothing/parts/journey", "nothing/publish"])
def test_a_form_that_is_not_there_is_not_found(sqlite_world: World, url: str) -> None:
    client = sqlite_world.client("admin")
    assert client.get(f"/settings/forms/{url.format(version_id(sqlite_world))}").status_code == 404


@pytest.mark.parametrize("login", [login for login in EVERYBODY if login != "admin"])
def test_nobody_else_publishes_or_retires(sqlite_world: World, login: str) -> None:
    client, version = sqlite_world.client(login), version_id(sqlite_world)
    token = {"csrf_token": token_in(text(client.get("/account")))}
    for action in ("publish", "retire"):
        assert client.post(f"/settings/forms/{version}/{action}", data=token).status_code == 403
    assert client.post("/settings/forms/load", data={**token, "text": NEWER}).status_code == 403


# Help


def test_a_first_day_says_where_what_one_follows_is_found(sqlite_world: World) -> None:
    """Each menu entry of the tracker that a role has is named on the role's page."""
    client = sqlite_world.client()
    for role, places in {
        "head_of_qa": ("Recommendations", "Activities", "Tracker meetings", "Plans", "keys for the feed"),
        "worker": ("Recommendations", "tracker meeting", "Supervision"),
        "line_manager": ("tracker meeting", "Tracker meetings", "Supervision", "Plans"),
        "operational_manager": ("Recommendations", "tracker meeting", "Supervision", "Plans"),
        "director": ("Recommendations", "Tracker meetings", "Plans"),
        "reviewer": ("Recommendations", "Recently finished"),
    }.items():
        page = text(client.get(f"/help/first-day/{role}"))
        assert [place for place in places if place not in page] == [], role


def test_help_is_for_everybody(sqlite_world: World) -> None:
    for client in (sqlite_world.client(), sqlite_world.client("worker")):
        for url in ("/help", "/help/privacy", "/help/accessibility"):
            page = text(client.get(url))
            for link in ("/help", "/help/privacy", "/help/accessibility"):
                assert f'class="govuk-footer__link" href="{link}"' in page
    assert "/help" in text(sqlite_world.client().get("/sign-in"))


def test_every_role_has_its_first_day() -> None:
    assert set(FIRST_DAYS) == set(RoleName)


def test_ones_own_first_day_comes_first(sqlite_world: World) -> None:
    page = text(sqlite_world.client("chair").get("/help"))
    own, others = page.split("What others do")
    assert "/help/first-day/panel_chair" in own
    assert "/help/first-day/panel_member" in own
    assert "/help/first-day/worker" in others
    assert "What others do" not in text(sqlite_world.client().get("/help"))
    assert sqlite_world.client().get("/help/first-day/king").status_code == 404


def test_a_first_day_says_what_whom_and_three_steps(sqlite_world: World) -> None:
    client = sqlite_world.client()
    for role in FIRST_DAYS:
        page = text(client.get(f"/help/first-day/{role}")).split("<main")[1]
        assert page.split("<ol")[1].split("</ol>")[0].count("<li>") == 3
        assert "Who sees what you write" in page


def test_the_duty_teams_number_is_on_the_help_page(sqlite_world: World) -> None:
    with sqlite_world.context():
        settings.change(sqlite_world.actor("admin"), {"duty_team_phone": "01632 960123"})
    assert "01632 960123" in text(sqlite_world.client().get("/help"))
