"""The path through real pages, without JavaScript, each page checked on the way."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import clock
from app.models.reviews import ResponseItem
from app.queries import reviews
from app.services import form_versions
from app.web.wording import day
from forms.answers import to_post
from forms.shipped import template
from tests.support import stages
from tests.support.browsing import send
from tests.support.stages import Story, review_at
from tests.support.world import TODAY, World, token_in
from workflows.states import RecommendationState, ReviewState

SMALL = template("practice-review-small", "1")


def arrived(answer: TestResponse) -> str:
    """Where a successful post leads."""
    assert answer.status_code == 303, f"{answer.status_code}: {answer.get_data(as_text=True)[:3000]}"
    return answer.location


def test_the_head_plans_a_review(world: World) -> None:
    client = world.client("head.qa")
    with world.context():
        ids = {login: world.public_id(login) for login in ("external.reviewer", "worker", "manager")}
    plan = {
        "case_system_id": "CS900001",
        "child_name": "Ama Kestrel",
        "born_on-day": "9",
        "born_on-month": "4",
        "born_on-year": "2017",
        "child_status": "child_in_need",
        "case_open": "open",
        "planned_month": "2026-11",
        "reviewer": ids["external.reviewer"],
        "worker": ids["worker"],
        "line_manager": ids["manager"],
    }
    form = client.get("/programme/plan")
    assert form.status_code == 200
    with world.context():
        plan["form_version"] = form_versions.find("practice-review-small", "1").public_id
    where = arrived(send(client, "/programme/plan", plan, holding="case_system_id"))
    page = client.get(where)
    assert "2026-001" in page.get_data(as_text=True)
    too_close = send(client, "/programme/plan", {**plan, "reviewer": ids["manager"]}, holding="case_system_id")
    assert too_close.status_code == 422
    assert "Ama Kestrel" in too_close.get_data(as_text=True)


def base(world: World, story: Story) -> str:
    with world.context():
        return f"/reviews/{story.review.public_id}"


def write_all(world: World, client: FlaskClient, url: str, grade: str = "good") -> None:
    with world.context():
        answers = stages.answers(world, grade)
    for part in SMALL.parts:
        page = client.get(f"{url}/parts/{part.key}")
        token = [("csrf_token", world_token(page)), ("version", "0")]
        answer = client.post(f"{url}/parts/{part.key}", data=_multi(token + to_post(part, answers[part.key])))
        arrived(answer)


def _multi(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def world_token(page: TestResponse) -> str:
    return token_in(page.get_data(as_text=True))


def test_one_review_from_planned_to_closed_through_its_pages(world: World) -> None:
    with world.context():
        story = Story(world)
    url = base(world, story)
    reviewer = world.client("external.reviewer")
    assert "Declare whether you have a conflict" in reviewer.get("/").get_data(as_text=True)
    for _step in ("facts", "name"):
        arrived(send(reviewer, f"{url}/declare", {"conflict": "no"}, holding="conflict"))
    arrived(send(reviewer, f"{url}/do/start"))
    assert reviewer.get(f"{url}/check").status_code == 200
    write_all(world, reviewer, url)
    arrived(send(reviewer, f"{url}/do/share"))
    for login in ("worker", "manager"):
        person = world.client(login)
        assert "Respond to the draft review" in person.get("/").get_data(as_text=True)
        stances = {f"stance-{part.key}": "agree" for part in SMALL.parts}
        if login == "worker":
            stances |= {"stance-needs": "correction", "text-needs": "The visit was on 4 June, not 3 June."}
        arrived(send(person, f"{url}/respond", stances, holding="stance"))
        assert person.get(f"{url}/discussion").status_code == 200
    page = reviewer.get(f"{url}/discussion").get_data(as_text=True)
    assert "The visit was on 4 June" in page
    with world.context():
        item = next(i.id for i in _items(story) if i.stance == "correction")
    name = f"reply-{item}-"
    answer = {f"{name}reply": "kept", f"{name}reply_text": "The record says 3 June."}
    arrived(send(reviewer, f"{url}/discussion", answer, holding=name))
    arrived(send(reviewer, f"{url}/do/submit"))
    head = world.client("head.qa")
    assert "First moderation" in head.get("/").get_data(as_text=True)
    arrived(send(head, f"{url}/moderation", moderated(), holding="check-"))
    arrived(send(head, f"{url}/do/agree_without_panel", {"reason": "Well evidenced."}))
    arrived(send(head, f"{url}/do/issue", issue_dates()))
    assert "final" in head.get(f"{url}/history").get_data(as_text=True).lower()
    finish_recommendation(world, story)
    arrived(send(head, f"{url}/do/record_upload", dated("uploaded_on")))
    arrived(send(head, f"{url}/do/record_supervision", dated("supervision_on")))
    arrived(send(head, f"{url}/do/close"))
    with world.context():
        assert story.review.state is ReviewState.CLOSED
    for login in ("external.reviewer", "worker", "manager", "head.qa"):
        assert world.client(login).get(url).status_code == 200
        assert world.client(login).get(f"{url}/recommendations").status_code == 200


def _items(story: Story) -> list[ResponseItem]:
    return [item for response in reviews.responses(story.review) for item in response.items]


def moderated() -> dict[str, str]:
    checks = {f"check-{part.key}-{key}": "yes" for part in SMALL.parts for key in ("matches", "complete")}
    views = {f"view-{part.key}": "good" for part, _ in SMALL.grade_questions}
    return {**checks, **views, "once-issues": "yes", "once-clear": "yes"}


def dated(name: str, day: str = "23", month: str = "11") -> dict[str, str]:
    return {f"{name}-day": day, f"{name}-month": month, f"{name}-year": "2026"}


def issue_dates() -> dict[str, str]:
    return {**dated("sent_on"), **dated("tracker_meeting_on", "8", "12")}


def finish_recommendation(world: World, story: Story) -> None:
    with world.context():
        url = f"/recommendations/{story.recommendation().public_id}"
    worker, manager = world.client("worker"), world.client("manager")
    assert "Accept or dispute" in worker.get("/").get_data(as_text=True)
    arrived(send(worker, f"{url}/do/accept"))
    arrived(send(worker, f"{url}/do/start"))
    arrived(send(worker, f"{url}/do/progress", {"text": "Met the child on Tuesday.", "forecast": "on_track"}))
    arrived(send(worker, f"{url}/do/complete", {"evidence": "The plan of 2 December."}))
    assert "verify the impact" in manager.get("/").get_data(as_text=True)
    arrived(send(manager, f"{url}/do/verify", {"impact": "The child rang and was met."}))
    with world.context():
        assert story.recommendation().state is RecommendationState.CLOSED


def test_lists_open_for_everybody(sqlite_world: World) -> None:
    with sqlite_world.context():
        review_at(sqlite_world, ReviewState.TRACKING)
    for login in ("head.qa", "worker", "external.reviewer", "agency", "deputy.qa", "oversight", "admin"):
        client = sqlite_world.client(login)
        for url in ("/", "/reviews", "/recommendations", "/recommendations?view=all"):
            assert client.get(url).status_code == 200, (login, url)


def test_what_is_due_on_this_day_says_so(sqlite_world: World) -> None:
    with sqlite_world.context():
        due_on = review_at(sqlite_world, ReviewState.DISCUSSION).review.responses_due_on
    assert due_on is not None
    for moment, said in (
        (TODAY, f"due {day(due_on)}"),
        (TODAY.replace(month=due_on.month, day=due_on.day), "due today"),
    ):
        with clock.set_to(moment):
            assert said in sqlite_world.client("worker").get("/").get_data(as_text=True)
