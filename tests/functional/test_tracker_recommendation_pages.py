"""One recommendation's page as each person sees it: the line to impact, one main action, files, joining, papers."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import clock
from app.extensions import session
from app.models.records import AuditEvent, ViewEvent
from app.services import files, recommendations
from tests.support import papers, tracker
from tests.support.people_at_work import token
from tests.support.stages import Story
from tests.support.statements import counted
from tests.support.world import TODAY, World


def url(world: World, story: Story, rest: str = "") -> str:
    with world.context():
        return f"/recommendations/{story.recommendation().public_id}{rest}"


def made(world: World, **changes: Any) -> Story:
    with world.context():
        return tracker.issued(world, **changes)


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def post(client: FlaskClient, address: str, version: int | None = None, **data: Any) -> Any:
    return client.post(address, data={"csrf_token": token(client), "version": str(version or 0), **data})


def version_of(world: World, story: Story) -> int:
    with world.context():
        return story.recommendation().version


def act(world: World, story: Story, login: str, trigger: str, **given: Any) -> None:
    with world.context():
        tracker.take(world, story, login, trigger, **given)


# --- the page ---------------------------------------------------------------------------------------------------


def test_the_owner_sees_five_steps_and_one_main_action(sqlite_world: World) -> None:
    story = made(sqlite_world)
    page = sqlite_world.client("worker").get(url(sqlite_world, story))
    read = text(page)
    for step in ("Finding", "Recommendation", "Action", "Evidence that it is done", "What changed"):
        assert step in read
    assert page.get_data(as_text=True).count('govuk-button" data-module') == 1
    assert "Accept" in read
    assert "accepts it, or disputes it with reasons by" in read


MAIN = [
    ([], "worker", "Accept"),
    ([("worker", "accept", {})], "worker", "Start"),
    ([("worker", "start", {})], "worker", "Record progress"),
    ([("worker", "start", {}), ("worker", "complete", {"evidence": "The plan."})], "manager", "Verify the impact"),
    ([("worker", "dispute", {"reason": "It was done in May."})], "head.qa", "Settle the dispute"),
]


@pytest.mark.parametrize(("steps", "login", "label"), MAIN)
def test_the_main_action_is_what_it_waits_for(sqlite_world: World, steps: Any, login: str, label: str) -> None:
    story = made(sqlite_world)
    for who, trigger, given in steps:
        act(sqlite_world, story, who, trigger, **given)
    page = sqlite_world.client(login).get(url(sqlite_world, story)).get_data(as_text=True)
    buttons = re.findall(r'role="button"[^>]*>([^<]+)</a>', page)
    assert buttons == [label]


def test_overdue_stands_beside_the_forecast_and_comes_first(sqlite_world: World) -> None:
    story = made(sqlite_world)
    act(sqlite_world, story, "worker", "start")
    act(sqlite_world, story, "worker", "progress", text="Going well.", forecast="on_track")
    with clock.set_to(TODAY + timedelta(days=60)):
        page = sqlite_world.client("worker").get(url(sqlite_world, story)).get_data(as_text=True)
    assert page.index("Overdue") < page.index("forecast: on track")
    assert "pl-rag--red" in page


def test_complete_waits_in_green_and_turns_red_when_the_check_is_late(sqlite_world: World) -> None:
    story = made(sqlite_world)
    act(sqlite_world, story, "worker", "start")
    act(sqlite_world, story, "worker", "complete", evidence="The plan of 2 December.")
    client, address = sqlite_world.client("manager"), url(sqlite_world, story)
    assert "pl-rag--green" in client.get(address).get_data(as_text=True)
    with clock.set_to(TODAY + timedelta(days=120)):
        page = sqlite_world.client("manager").get(address).get_data(as_text=True)
    assert "pl-rag--red" in page
    assert "Impact check overdue" in page
    act(sqlite_world, story, "manager", "verify", impact="The child rang and was met.")
    assert "pl-rag--blue" in client.get(address).get_data(as_text=True)


def test_a_look_at_it_is_written_down(sqlite_world: World) -> None:
    story = made(sqlite_world)
    sqlite_world.client("worker").get(url(sqlite_world, story))
    with sqlite_world.context():
        seen = session.scalars(select(ViewEvent.what).where(ViewEvent.review_id == story.id)).all()
        assert "recommendation" in seen


# --- what an owner with no other tie sees (R11) -----------------------------------------------------------------


def with_history(world: World) -> Story:
    """Owned by somebody with no tie to the review: what others of the review wrote is in its history."""
    story = made(world, owner="worker", level="service_level")
    act(world, story, "worker", "dispute", reason="zzdisputezz the visit of 3 June shows it.")
    act(world, story, "head.qa", "settle", reason="zzsettledzz", owner=public_id(world, "head.service"))
    act(world, story, "head.service", "accept")
    act(world, story, "head.service", "start")
    act(world, story, "head.service", "progress", text="zzprogresszz")
    act(world, story, "head.qa", "extend", due_on=clock.today() + timedelta(days=90), reason="zzlongerzz")
    return story


def public_id(world: World, login: str) -> str:
    with world.context():
        return world.public_id(login)


SEES = {
    "head.service": ("zzprogresszz zzlongerzz zzsettledzz", "zzdisputezz"),
    "worker": ("zzdisputezz zzsettledzz zzprogresszz zzlongerzz", ""),
    "head.qa": ("zzdisputezz zzsettledzz zzprogresszz zzlongerzz", ""),
    "external.reviewer": ("zzdisputezz zzsettledzz zzprogresszz zzlongerzz", ""),
}


@pytest.mark.parametrize("login", list(SEES))
def test_the_history_is_read_as_far_as_it_is_ones_own(sqlite_world: World, login: str) -> None:
    story = with_history(sqlite_world)
    read = text(sqlite_world.client(login).get(url(sqlite_world, story)))
    found, hidden = SEES[login]
    assert [word for word in found.split() if word not in read] == []
    assert [word for word in hidden.split() if word in read] == []


def test_to_an_owner_with_no_other_tie_the_decision_has_a_day_and_no_name(sqlite_world: World) -> None:
    story = made(sqlite_world, owner="head.service", level="service_level")
    read = text(sqlite_world.client("head.service").get(url(sqlite_world, story)))
    assert "Agreed with the decision" in read
    with sqlite_world.context():
        head, reviewer = sqlite_world.person("head.qa").name, sqlite_world.person("external.reviewer").name
        finding, child = "Needs, support and outcomes", story.review.child
    after = read[read.index("What has been done") : read.index("What you can do")]
    assert head not in after
    assert reviewer not in read
    assert finding not in read
    assert child.name not in read
    assert child.initials in read


def test_to_an_owner_with_no_other_tie_its_source_is_no_link(sqlite_world: World) -> None:
    story = made(sqlite_world, owner="head.service", level="service_level")
    address = url(sqlite_world, story)
    with sqlite_world.context():
        review = f"/reviews/{story.review.public_id}"
    client = sqlite_world.client("head.service")
    assert review not in client.get(address).get_data(as_text=True)
    assert client.get(review).status_code == 404
    assert review in sqlite_world.client("worker").get(address).get_data(as_text=True)


@pytest.mark.parametrize("login", ["admin", "agency", "siobhan.doyle", "director", "chair"])
@pytest.mark.parametrize("rest", ["", "/files", "/join", "/what-we-changed", "/for-the-agency", "/do/accept"])
def test_to_a_stranger_there_is_none(sqlite_world: World, login: str, rest: str) -> None:
    story = made(sqlite_world)
    assert sqlite_world.client(login).get(url(sqlite_world, story, rest)).status_code == 404


# --- a dispute that stands --------------------------------------------------------------------------------------


def test_a_service_level_dispute_goes_to_a_director_who_reads_both_views(sqlite_world: World) -> None:
    story = made(sqlite_world, level="service_level")
    act(sqlite_world, story, "worker", "dispute", reason="zzownersviewzz")
    given = {"director": public_id(sqlite_world, "director"), "reason": "zzheadsviewzz"}
    client = sqlite_world.client("head.qa")
    answer = post(client, url(sqlite_world, story, "/do/refer_dispute"), version_of(sqlite_world, story), **given)
    assert answer.status_code == 303
    director = sqlite_world.client("director")
    assert "Settle the dispute" in text(director.get("/"))
    assert "With a director" in text(sqlite_world.client("worker").get("/"))
    assert "Settle the dispute" not in text(client.get("/"))
    read = text(director.get(url(sqlite_world, story)))
    assert "zzownersviewzz" in read
    assert "zzheadsviewzz" in read
    address = url(sqlite_world, story, "/do/settle_as_director")
    form = text(director.get(address))
    assert "zzownersviewzz" in form
    assert "zzheadsviewzz" in form
    answer = post(director, address, version_of(sqlite_world, story), reason="Keep it as it is.")
    assert (answer.status_code, answer.location) == (303, "/")  # it is not the director's to open any more
    owner = text(sqlite_world.client("worker").get(url(sqlite_world, story)))
    assert "Dispute settled by the director" in owner
    assert "zzownersviewzz" in owner
    assert director.get(url(sqlite_world, story)).status_code == 404


def test_a_dispute_settled_late_leaves_the_owner_the_days_to_accept(sqlite_world: World) -> None:
    story = made(sqlite_world)
    act(sqlite_world, story, "worker", "dispute", reason="zzwhyzz")
    with clock.set_to(TODAY + timedelta(days=60)):
        head = sqlite_world.client("head.qa")
        assert "zzwhyzz" in text(head.get(url(sqlite_world, story, "/do/settle")))
        act(sqlite_world, story, "head.qa", "settle", reason="Keep it as it is.")
        assert "working days late" not in text(sqlite_world.client("worker").get("/"))


def test_who_only_reads_reports_or_keeps_accounts_is_not_offered_as_an_owner(sqlite_world: World) -> None:
    story = made(sqlite_world)
    page = text(sqlite_world.client("head.qa").get(url(sqlite_world, story, "/do/name")))
    assert "Oluwaseun Bello" in page
    for name in ("Imran Shah", "Lorraine Pickering", "Stephen Achterberg"):
        assert name not in page


def test_the_owner_is_no_director_of_his_own_dispute(sqlite_world: World) -> None:
    story = made(sqlite_world, level="service_level", owner="director")
    act(sqlite_world, story, "director", "dispute", reason="No.")
    given = {"director": public_id(sqlite_world, "director"), "reason": "It stands."}
    client = sqlite_world.client("head.qa")
    answer = post(client, url(sqlite_world, story, "/do/refer_dispute"), version_of(sqlite_world, story), **given)
    assert answer.status_code == 422
    assert "not the owner" in text(answer)


# --- files ------------------------------------------------------------------------------------------------------


def send(client: FlaskClient, address: str, content: bytes = papers.PDF, name: str = "Plan.pdf") -> Any:
    data = {"csrf_token": token(client), "file": (io.BytesIO(content), name)}
    return client.post(address, data=data, content_type="multipart/form-data")


def test_what_was_settled_meanwhile_is_said_to_be_and_the_words_come_back(sqlite_world: World) -> None:
    story = made(sqlite_world)
    with sqlite_world.context():
        for login, step, given in (
            ("worker", "accept", {}),
            ("worker", "start", {}),
            ("head.qa", "set_aside", {"reason": "The family has moved."}),
        ):
            recommendations.act(sqlite_world.actor(login), story.recommendation().id, step, version(story), given)
    client = sqlite_world.client("worker")
    data = {"csrf_token": token(client), "version": "3", "text": "Typedzz on a page opened before."}
    answer = client.post(url(sqlite_world, story, "/do/progress"), data=data)
    assert answer.status_code == 409
    assert "its status is “Set aside”" in text(answer)
    assert "Typedzz on a page opened before." in text(answer)


def version(story: Story) -> int:
    session.rollback()
    return story.recommendation().version


def test_a_text_goes_out_with_its_letters_said_once(sqlite_world: World) -> None:
    story = made(sqlite_world)
    client = sqlite_world.client("worker")
    assert send(client, url(sqlite_world, story, "/files"), b"Seen at 10.", "note.txt").status_code == 303
    [link] = re.findall(r'href="(/files/[^"]+)"', client.get(url(sqlite_world, story)).get_data(as_text=True))
    assert client.get(link).headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_file_goes_in_and_comes_out_as_a_download(sqlite_world: World) -> None:
    story = made(sqlite_world)
    client = sqlite_world.client("worker")
    assert send(client, url(sqlite_world, story, "/files"), name="Plän “2”.pdf").status_code == 303
    page = client.get(url(sqlite_world, story)).get_data(as_text=True)
    [link] = re.findall(r'href="(/files/[^"]+)"', page)
    answer = client.get(link)
    assert answer.get_data() == papers.PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    with sqlite_world.context():
        looks = session.scalars(select(ViewEvent).where(ViewEvent.channel == "file")).all()
        assert [look.review_id for look in looks] == [story.id]
    for login in ("manager", "head.qa", "external.reviewer"):
        assert sqlite_world.client(login).get(link).status_code == 200
    for stranger in ("siobhan.doyle", "admin", "agency"):
        assert sqlite_world.client(stranger).get(link).status_code == 404
    assert sqlite_world.client().get(link).status_code == 302


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (papers.PROGRAM, "run.exe", "cannot be kept"),
        (papers.PROGRAM, "plan.pdf", "something else"),
        (papers.LOCKED, "plan.docx", "password"),
        (papers.docx(**{"word/vbaProject.bin": b"x"}), "plan.docx", "macro"),
        (b"<html><script>alert(1)</script>", "a.txt", "web page"),
        (b"", "a.txt", "empty"),
        (papers.PDF + bytes(11 * 1024 * 1024), "long.pdf", "larger than 10 MB"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_the_field(
    sqlite_world: World, content: bytes, name: str, said: str
) -> None:
    story = made(sqlite_world)
    answer = send(sqlite_world.client("worker"), url(sqlite_world, story, "/files"), content, name)
    assert answer.status_code == 422
    assert said in text(answer)
    assert "There is a problem" in text(answer)


def test_no_file_chosen_is_asked_for(sqlite_world: World) -> None:
    story = made(sqlite_world)
    client = sqlite_world.client("worker")
    answer = post(client, url(sqlite_world, story, "/files"))
    assert answer.status_code == 422
    assert "Choose a file" in text(answer)


def test_fifty_megabytes_get_a_page_that_says_what_to_do(sqlite_world: World) -> None:
    story = made(sqlite_world)
    answer = send(sqlite_world.client("worker"), url(sqlite_world, story, "/files"), bytes(50 * 1024 * 1024), "big.pdf")
    assert answer.status_code == 413
    assert "25 MB" in text(answer)
    assert sqlite_world.client("worker").get(url(sqlite_world, story)).status_code == 200


def test_a_file_is_removed_with_its_reason(sqlite_world: World) -> None:
    story = made(sqlite_world)
    with sqlite_world.context():
        row_id = story.recommendation().id
        file = files.add(sqlite_world.actor("worker"), files.RECOMMENDATION, row_id, papers.PDF, "other.pdf")
    address = url(sqlite_world, story, f"/files/{file}/remove")
    assert sqlite_world.client("manager").get(address).status_code == 404
    client = sqlite_world.client("worker")
    assert "Say why" in text(post(client, address))
    assert post(client, address, reason="It is of another child.").status_code == 303
    read = text(client.get(url(sqlite_world, story)))
    assert "It is of another child." in read
    assert client.get(f"/files/{file}").status_code == 404
    assert client.get(address).status_code == 404


# --- joining ----------------------------------------------------------------------------------------------------


def test_two_alike_are_shown_side_by_side_joined_and_parted(sqlite_world: World) -> None:
    older, newer = made(sqlite_world), made(sqlite_world)
    client = sqlite_world.client("head.qa")
    with sqlite_world.context():
        refs = older.recommendation().reference, newer.recommendation().reference
    assert f"Much like {refs[0]}" in text(client.get(url(sqlite_world, newer)))
    page = client.get(url(sqlite_world, newer, "/join"))
    assert f"{refs[0]} (older: goes on)" in text(page)
    assert "two children" in text(page)
    with sqlite_world.context():
        given = {"into": older.recommendation().public_id, "reason": "They ask for the same."}
    answer = post(client, url(sqlite_world, newer, "/join"), version_of(sqlite_world, newer), **given)
    assert answer.location == url(sqlite_world, older)
    kept = client.get(url(sqlite_world, older))
    assert refs[1] in text(kept)
    assert f"History of {refs[1]}" in text(kept)
    assert "which goes on" in text(client.get(url(sqlite_world, newer)))
    undo = re.findall(r'href="([^"]+/do/part_[a-z_]+)"', kept.get_data(as_text=True))
    assert post(client, undo[0], version_of(sqlite_world, newer), reason="Two things.").status_code == 303
    assert f"Much like {refs[1]}" in text(client.get(url(sqlite_world, older)))


def test_another_is_named_by_its_reference(sqlite_world: World) -> None:
    older = made(sqlite_world, action="Write to the school about Fridays.")
    newer = made(sqlite_world)
    client = sqlite_world.client("head.qa")
    address = url(sqlite_world, newer, "/join")
    answer = post(client, address, version_of(sqlite_world, newer), reference="2020-1/1", reason="Because.")
    assert answer.status_code == 422
    assert "no recommendation with this reference" in text(answer)
    assert "Because." in answer.get_data(as_text=True)
    with sqlite_world.context():
        reference = older.recommendation().reference
    answer = post(client, address, version_of(sqlite_world, newer), reference=reference, reason="Because.")
    assert answer.location == url(sqlite_world, older)


def test_without_a_choice_joining_asks_for_one(sqlite_world: World) -> None:
    story = made(sqlite_world)
    answer = post(sqlite_world.client("head.qa"), url(sqlite_world, story, "/join"), version_of(sqlite_world, story))
    assert answer.status_code == 422
    assert "Choose a recommendation that is open." in text(answer)


@pytest.mark.parametrize("login", ["worker", "manager", "external.reviewer"])
def test_only_the_head_joins(sqlite_world: World, login: str) -> None:
    story = made(sqlite_world)
    assert sqlite_world.client(login).get(url(sqlite_world, story, "/join")).status_code == 404


def test_an_owner_reads_of_a_joined_one_only_what_is_open_to_him(sqlite_world: World) -> None:
    older = made(sqlite_world, owner="head.service", level="service_level")
    newer = made(sqlite_world, action=tracker.LIKE + " zznewerzz", level="service_level")
    with sqlite_world.context():
        tracker.join(sqlite_world, newer, older, reason="They ask for the same.")
        reference = newer.recommendation().reference
    read = text(sqlite_world.client("head.service").get(url(sqlite_world, older)))
    assert "1 other recommendation that you may not open was joined into it" in read
    assert "zznewerzz" not in read
    assert reference not in read
    assert "zznewerzz" in text(sqlite_world.client("head.qa").get(url(sqlite_world, older)))


# --- papers -----------------------------------------------------------------------------------------------------


def test_what_we_changed_names_nobody_and_no_grade(sqlite_world: World) -> None:
    story = made(sqlite_world)
    act(sqlite_world, story, "worker", "start")
    client = sqlite_world.client("worker")
    assert client.get(url(sqlite_world, story, "/what-we-changed")).status_code == 404
    act(sqlite_world, story, "worker", "tell_family", family_words="You now have one person to ring.", told_on=None)
    page = client.get(url(sqlite_world, story, "/what-we-changed")).get_data(as_text=True)
    main = page[page.index("<main") : page.index("</main>")]
    assert "You now have one person to ring." in main
    with sqlite_world.context():
        names = [sqlite_world.person(login).name for login in ("worker", "manager", "head.qa", "external.reviewer")]
        names += [story.review.child.name, story.review.reference]
    assert [name for name in names if name in main] == []
    assert [grade for grade in ("Good", "Inadequate", "Outstanding", "Requires") if grade in main] == []


def test_the_agency_gets_the_words_and_never_the_review(sqlite_world: World) -> None:
    story = made(sqlite_world)
    given = {"agency": "St Brannoc’s School", "contact": "The head", "route": "direct"}
    act(sqlite_world, story, "head.qa", "partner", **given)
    act(sqlite_world, story, "worker", "partner_sent", sent_on=clock.today())
    act(sqlite_world, story, "worker", "partner_replied", reply="accepted", replied_on=clock.today(), text="Yes.")
    read = text(sqlite_world.client("worker").get(url(sqlite_world, story)))
    assert "St Brannoc’s School" in read
    assert "Accepted, 23 November 2026" in read
    page = sqlite_world.client("worker").get(url(sqlite_world, story, "/for-the-agency")).get_data(as_text=True)
    main = page[page.index("<main") : page.index("</main>")]
    assert tracker.LIKE in main
    with sqlite_world.context():
        child = story.review.child
    assert child.name not in main
    assert "Case note" not in main


# --- bad input --------------------------------------------------------------------------------------------------


def date_of(name: str, day: str, month: str, year: str) -> dict[str, str]:
    return {f"{name}-day": day, f"{name}-month": month, f"{name}-year": year}


@pytest.mark.parametrize(
    ("year", "said"),
    [
        ("1900", "cannot be in the past"),
        ("9999", "4 digits"),
        ("2090", "five years ahead"),
        ("x", "4 digits"),
        ("", "add the year"),
    ],
)
def test_a_date_that_cannot_be_is_refused_and_nothing_typed_is_lost(sqlite_world: World, year: str, said: str) -> None:
    story = made(sqlite_world)
    client = sqlite_world.client("head.qa")
    given = {**date_of("due_on", "3", "3", year), "reason": "The school is closed until then."}
    answer = post(client, url(sqlite_world, story, "/do/extend"), version_of(sqlite_world, story), **given)
    assert answer.status_code == 422
    assert said in text(answer)
    assert "The school is closed until then." in answer.get_data(as_text=True)


def test_what_is_far_too_long_is_refused_and_kept(sqlite_world: World) -> None:
    story = made(sqlite_world)
    act(sqlite_world, story, "worker", "start")
    long = "long " * 2_000
    client = sqlite_world.client("worker")
    answer = post(client, url(sqlite_world, story, "/do/progress"), version_of(sqlite_world, story), text=long)
    assert answer.status_code == 422
    assert "4,000 characters or fewer" in text(answer)
    assert long.strip() in answer.get_data(as_text=True)


def test_from_a_stale_page_what_was_typed_stands_beside_what_happened(sqlite_world: World) -> None:
    story = made(sqlite_world)
    act(sqlite_world, story, "worker", "start")
    old = version_of(sqlite_world, story)
    act(sqlite_world, story, "head.qa", "extend", due_on=clock.today() + timedelta(days=90), reason="zzmeanwhilezz")
    client = sqlite_world.client("worker")
    answer = post(client, url(sqlite_world, story, "/do/progress"), old, text="zztypedzz is done.")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "zztypedzz is done." in page
    assert "zzmeanwhilezz" in page
    assert f'name="version" value="{version_of(sqlite_world, story)}"' in page
    answer = post(client, url(sqlite_world, story, "/do/progress"), version_of(sqlite_world, story), text="zztypedzz")
    assert answer.status_code == 303


def test_a_closed_one_is_not_updated_from_a_stale_page(sqlite_world: World) -> None:
    story = made(sqlite_world)
    act(sqlite_world, story, "worker", "start")
    old = version_of(sqlite_world, story)
    act(sqlite_world, story, "worker", "complete", evidence="The plan.")
    act(sqlite_world, story, "manager", "verify", impact="The child rang.")
    before = version_of(sqlite_world, story)
    answer = post(sqlite_world.client("worker"), url(sqlite_world, story, "/do/progress"), old, text="Typed too late.")
    assert answer.status_code == 409
    assert "Typed too late." in answer.get_data(as_text=True)
    assert version_of(sqlite_world, story) == before


def leave(world: World, login: str) -> None:
    from app.services.unit_of_work import unit_of_work

    with world.context(), unit_of_work(world.actor("admin")):
        world.person(login).active = False


def test_an_owner_who_left_is_said_and_cannot_be_chosen(sqlite_world: World) -> None:
    story = made(sqlite_world)
    with sqlite_world.context():
        name, gone = sqlite_world.person("worker").name, sqlite_world.public_id("worker")
    leave(sqlite_world, "worker")
    client = sqlite_world.client("head.qa")
    assert f"{name}, its owner, has left" in text(client.get(url(sqlite_world, story)))
    given = {"owner": gone, "verifier": public_id(sqlite_world, "manager")}
    answer = post(client, url(sqlite_world, story, "/do/name"), version_of(sqlite_world, story), **given)
    assert answer.status_code == 422
    assert "from the list" in text(answer)


def test_the_owner_does_not_verify(sqlite_world: World) -> None:
    story = made(sqlite_world)
    worker = public_id(sqlite_world, "worker")
    client = sqlite_world.client("head.qa")
    address = url(sqlite_world, story, "/do/name")
    answer = post(client, address, version_of(sqlite_world, story), owner=worker, verifier=worker)
    assert answer.status_code == 422
    assert "may not be the owner" in text(answer)


def test_nothing_that_is_refused_is_in_the_log(sqlite_world: World) -> None:
    story = made(sqlite_world)
    client = sqlite_world.client("worker")
    with sqlite_world.context():
        before = session.scalar(select(func.count(AuditEvent.id)))
    post(client, url(sqlite_world, story, "/do/dispute"), version_of(sqlite_world, story), reason=" ")
    send(client, url(sqlite_world, story, "/files"), papers.PROGRAM, "run.exe")
    with sqlite_world.context():
        assert session.scalar(select(func.count(AuditEvent.id))) == before
        assert recommendations.may_steer(sqlite_world.actor("worker"), story.recommendation()) is False


# --- what it costs ------------------------------------------------------------------------------------------------


def asked(world: World, login: str, address: str) -> int:
    client = world.client(login)
    assert client.get(address).status_code == 200
    with counted(world) as statements:
        client.get(address)
    return len(statements)


@pytest.mark.parametrize("login", ["worker", "head.qa"])
def test_it_asks_as_much_with_a_long_history_and_many_files(sqlite_world: World, login: str) -> None:
    story = made(sqlite_world)
    act(sqlite_world, story, "worker", "start")
    act(sqlite_world, story, "worker", "progress", text="Begun.")
    address = url(sqlite_world, story)
    few = asked(sqlite_world, login, address)
    with sqlite_world.context():
        row_id = story.recommendation().id
        for number in range(12):
            pdf = papers.PDF + str(number).encode()
            files.add(sqlite_world.actor("worker"), files.RECOMMENDATION, row_id, pdf, f"{number}.pdf")
    for number in range(20):
        act(sqlite_world, story, "worker", "progress", text=f"Week {number}.")
    assert asked(sqlite_world, login, address) == few
    assert few <= 22


def test_joined_ones_are_read_together(sqlite_world: World) -> None:
    older = made(sqlite_world)
    counts = []
    for _ in range(3):
        newer = made(sqlite_world)
        with sqlite_world.context():
            tracker.join(sqlite_world, newer, older)
        counts.append(asked(sqlite_world, "head.qa", url(sqlite_world, older)))
    assert counts[2] - counts[1] <= 3, counts  # what may be done to each is asked of each


def test_a_document_of_an_activity_is_downloaded_by_the_office_and_written_down(sqlite_world: World) -> None:
    from app.models.activities import Activity, ActivityKind
    from app.services.unit_of_work import unit_of_work

    with sqlite_world.context():
        head = sqlite_world.actor("head.qa")
        with unit_of_work(head) as work:
            kind = session.scalars(select(ActivityKind).where(ActivityKind.key == "inspection")).one()
            activity = work.add(
                Activity(
                    reference="ACT-9",
                    kind_id=kind.id,
                    title="A visit",
                    held_on=clock.today(),
                    recorded_at=work.at,
                    recorded_by_id=work.person_id,
                )
            ).id
        file = files.add(head, files.ACTIVITY, activity, papers.PNG, "board.png")
    assert sqlite_world.client("head.qa").get(f"/files/{file}").get_data() == papers.PNG
    assert sqlite_world.client("worker").get(f"/files/{file}").status_code == 404
    with sqlite_world.context():
        kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_kind == "stored_file")).all()
        assert sorted(kinds) == ["stored_file.add", "stored_file.download"]
