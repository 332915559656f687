"""The demonstration: what it promises to each of its people, and that it reads like a real year."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, demo, extensions, migrating, security, working_days
from app.demo.answers import TEXTS
from app.demo.year import YEAR
from app.extensions import session
from app.models.concerns import Concern
from app.models.forms import FormState, FormTemplateVersion
from app.models.people import Person
from app.models.recommendations import Recommendation, RecommendationEntry
from app.models.records import AuditEvent
from app.models.reviews import (
    ContactAttempt,
    FirstModeration,
    PanelDraw,
    ReplyKind,
    Response,
    ResponseItem,
    Review,
    ReviewerKind,
    ReviewPart,
    Stance,
)
from app.policy.acting import conflict_of, first_moderator
from app.policy.actor import Actor, actor_of
from app.policy.visibility import visible_reviews
from app.queries.my_work import my_work
from app.services import accounts, cast, drafting, gate, invariants, records, settings
from app.services.form_versions import template_of
from app.services.review_facts import standing_disagreement
from forms.reading import validate_answers
from tests.support.world import World, make_app
from workflows.states import Outcome, RecommendationState, ReviewState

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 23)
FIRST_OF_A_MONTH = date(2025, 6, 1)  # a Sunday as well
LONG = 60
MONTHS = "January February April June July August September October November December spring summer autumn winter"
FAMILY = (
    "Abena Agata Ann Baldev Beckett Becketts Beverley Dean Denise Folake Gia Goode Goodes Kerry Lee Leila Lorna Marisol"
    " Pat Pearl Salma Shaw Stacey Surinder Terry Tom"
)  # whom the texts name besides the children: family, carers, a keyworker


def empty(folder: Path) -> Flask:
    app = make_app(f"sqlite:///{folder / 'demo.db'}", folder)
    with app.app_context():
        migrating.upgrade(extensions.engine())
    return app


def loaded(folder: Path, today: date) -> Flask:
    app = empty(folder)
    with app.app_context():
        demo.load(today)
    return app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Loaded once; nothing here writes to it."""
    return loaded(tmp_path_factory.mktemp("demo"), TODAY)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Loaded for another day, by the command, where the cast is already; it may be written to."""
    app = empty(tmp_path_factory.mktemp("other"))
    with app.app_context():
        cast.create_cast(security.hash_password(cast.PASSWORD))
    answer = app.test_cli_runner().invoke(args=["demo", "load", "--today", FIRST_OF_A_MONTH.isoformat()])
    assert answer.exit_code == 0, answer.output
    assert answer.output == "28 reviews and 79 recommendations, as on 1 June 2025.\n"
    return app


def morning(day: date) -> datetime:
    return datetime.combine(day, time(9), clock.LONDON)


@pytest.fixture
def year(app: Flask) -> Iterator[Flask]:
    """The morning of the day it was loaded for."""
    with app.app_context(), clock.set_to(morning(TODAY)):
        yield app


def reviews() -> list[Review]:
    return list(session.scalars(select(Review).order_by(Review.id)))


def recommendations() -> list[Recommendation]:
    return list(session.scalars(select(Recommendation).order_by(Recommendation.id)))


def actor(login: str) -> Actor:
    return actor_of(session.scalars(select(Person).where(Person.email == f"{login}@example.org")).one())


def of_child(name: str) -> Review:
    return next(review for review in reviews() if review.child.name == name)


def waiting(login: str) -> Counter[str]:
    """What waits for this person, and what is coming."""
    found = my_work(actor(login), gate.office())
    return Counter(item.what for item in [*found.waiting, *found.coming])


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def shape() -> dict[str, Any]:
    """What does not depend on the day."""
    return {
        "states": Counter(review.state for review in reviews()),
        "draws": Counter(review.panel_draw for review in reviews()),
        "recommendations": Counter((row.state, row.outcome, row.level) for row in recommendations()),
        "entries": Counter(session.scalars(select(RecommendationEntry.action))),
        "responses": session.scalar(select(func.count(Response.id))),
    }


# The year


def test_a_year_of_28_reviews_by_externals_and_managers(year: Flask) -> None:
    kinds = Counter(review.reviewer_kind for review in reviews())
    external = {review.reviewer_id for review in reviews() if review.reviewer_kind is ReviewerKind.EXTERNAL}
    assert kinds == {ReviewerKind.EXTERNAL: 16, ReviewerKind.INTERNAL: 12}
    assert len(external) == 2


def test_two_or_three_a_month_one_of_them_by_a_manager(year: Flask) -> None:
    months = Counter(review.planned_month for review in reviews())
    managers = Counter(r.planned_month for r in reviews() if r.reviewer_kind is ReviewerKind.INTERNAL)
    first = date(2026, 1, 1)
    assert sorted(months) == [working_days.add_months(first, n) for n in range(12)]
    assert set(months.values()) == {2, 3}
    assert set(managers.values()) == {1}


def test_every_stage_but_the_panels_is_occupied(year: Flask) -> None:
    states = Counter(review.state for review in reviews())
    assert set(states) == set(ReviewState) - {ReviewState.PANEL_MODERATION}
    assert states[ReviewState.TRACKING] + states[ReviewState.CLOSED] == 14
    assert states[ReviewState.HOS_MODERATION] == 5


def test_nothing_decided_was_the_panels_to_decide(year: Flask) -> None:
    assert settings.load().panel_rule.model_dump() == {"kind": "sample", "percent": 25}
    decided = {review.panel_draw for review in reviews() if review.decided_at}
    drawn = [r for r in reviews() if r.panel_draw in (PanelDraw.SAMPLED, PanelDraw.INADEQUATE)]
    assert decided == {PanelDraw.NOT_SAMPLED}
    assert len(drawn) == 3
    assert {r.state for r in drawn} == {ReviewState.HOS_MODERATION, ReviewState.DRAFTING}


def test_grades_are_spread_as_one_would_expect(year: Flask) -> None:
    summaries = session.scalars(select(ReviewPart).where(ReviewPart.part == "summary"))
    grades = Counter(part.answers["grade"] for part in summaries)
    assert grades["inadequate"] == 2
    assert grades["outstanding"] == 2
    assert grades["good"] >= 7
    assert grades["requires_improvement"] >= 7


def test_the_detours_are_there(year: Flask) -> None:
    actions = Counter(session.scalars(select(AuditEvent.kind).where(AuditEvent.kind.like("review.%"))))
    for kind, least in {"return": 2, "take_back": 1, "amend": 3, "reassign": 1, "withdraw": 1, "attempt": 2}.items():
        assert actions[f"review.{kind}"] >= least, kind
    assert session.scalar(select(func.count(ContactAttempt.id))) == 2


def test_corrections_are_answered_and_one_disagreement_stands(year: Flask) -> None:
    items = list(session.scalars(select(ResponseItem).where(ResponseItem.stance != Stance.AGREE)))
    standing = [review for review in reviews() if standing_disagreement(review)]
    assert len([i for i in items if i.stance is Stance.CORRECTION and i.reply is ReplyKind.CORRECTED]) >= 3
    assert len([i for i in items if i.stance is Stance.CORRECTION and i.reply is ReplyKind.KEPT]) >= 1
    assert [review.child.name for review in standing] == ["Nell Loveridge"]
    assert standing[0].state is ReviewState.HOS_MODERATION


def test_siblings_an_unborn_child_and_a_change_of_worker(year: Flask) -> None:
    nell, davey = of_child("Nell Loveridge"), of_child("Davey Loveridge")
    unborn = [review for review in reviews() if review.child.unborn]
    changed = [review for review in reviews() if review.look_back_workers]
    assert nell.sibling_set
    assert nell.sibling_set == davey.sibling_set
    assert (nell.reviewer_id, nell.worker_id, nell.allocated_on) == (
        davey.reviewer_id,
        davey.worker_id,
        davey.allocated_on,
    )
    assert [(review.child.expected_on or TODAY) > TODAY for review in unborn] == [True]
    assert [(r.child.name, r.look_back_workers[0].asked) for r in changed] == [("Tyrell Boateng", True)]


def test_about_twelve_recommendations_a_month_in_every_state(year: Flask) -> None:
    rows = recommendations()
    months = {review.planned_month for review in reviews() if review.decided_at}
    assert 9 <= len(rows) / len(months) <= 13
    assert len({row.level for row in rows}) == 2
    assert {row.state for row in rows} == set(RecommendationState) - {
        RecommendationState.PROPOSED,
        RecommendationState.DROPPED,
    }
    assert {row.outcome for row in rows} == {None, *Outcome}
    assert any(row.disputed_at for row in rows)
    assert any(row.accepted_at and row.state is RecommendationState.AGREED for row in rows)
    assert (
        len([row for row in rows if row.state is RecommendationState.IN_PROGRESS and (row.due_on or TODAY) < TODAY])
        >= 5
    )
    assert any(
        (row.impact_due_on or TODAY) < TODAY and row.state is RecommendationState.ACTION_COMPLETE for row in rows
    )
    assert any(row.due_on != row.first_due_on for row in rows)
    assert {row.forecast for row in rows if row.state is RecommendationState.IN_PROGRESS} >= {
        "on_track",
        "at_risk",
        "will_miss",
    }


# The people


def test_the_worker_and_the_manager_have_drafts_and_recommendations(year: Flask) -> None:
    for login in ("worker", "manager"):
        found = waiting(login)
        assert found["Respond to the draft review"] >= 1
        assert found["Record progress"] >= 1
    assert waiting("manager")["Say what changed: verify the impact"] >= 1


def test_the_external_reviewer_declares_writes_and_answers(year: Flask) -> None:
    found = waiting("external.reviewer")
    assert found["Declare whether you have a conflict, then start"] == 1
    assert found["Write the review"] == 1
    assert found["Answer the responses and submit"] == 1
    unanswered = [
        item
        for response in session.scalars(
            select(Response).where(Response.review_id == of_child("Oskar Lindgren-Shaw").id)
        )
        for item in response.items
        if item.stance is not Stance.AGREE and item.reply is None
    ]
    assert {item.stance for item in unanswered} == {Stance.CORRECTION, Stance.DISAGREE}
    assert 3 <= len(of_child("Theo Bancroft").parts) < 12


def test_the_internal_reviewer_has_a_draft(year: Flask) -> None:
    assert waiting("internal.reviewer")["Write the review"] == 1


def test_the_head_has_each_kind_of_work(year: Flask) -> None:
    found = waiting("head.qa")
    assert found["First moderation"] >= 3
    for what in (
        "Issue the review",
        "Enter the upload date",
        "Close the review",
        "The reviewer has declared a conflict: reassign",
        "Settle the dispute",
    ):
        assert found[what] == 1, what
    half = session.scalars(
        select(FirstModeration).where(FirstModeration.review_id == of_child("Nell Loveridge").id)
    ).one()
    assert len(half.answers["checks"]) == 6


def test_the_deputy_has_the_one_that_the_head_may_not_moderate(year: Flask) -> None:
    review = of_child("Tia Rosewarne")
    acting = first_moderator(review, gate.office())
    assert conflict_of(actor("head.qa").id, review)
    assert acting is not None
    assert acting.person_id == actor("deputy.qa").id
    assert waiting("deputy.qa")["First moderation"] == 1


def test_the_head_of_service_and_the_directors_own_recommendations(year: Flask) -> None:
    assert waiting("head.service")["Record progress"] >= 4
    assert waiting("assistant.director")["Record progress"] >= 1
    assert waiting("director")["Say what changed: verify the impact"] >= 1


def test_the_agency_sees_its_reviewers_reviews(year: Flask) -> None:
    seen = session.scalars(select(Review).where(visible_reviews(actor("agency"), gate.office()))).all()
    assert len(seen) == 14


def test_the_administrator_has_forms_and_accounts(year: Flask) -> None:
    forms = {(v.template.key, v.number): v.state for v in session.scalars(select(FormTemplateVersion))}
    assert forms == {
        ("practice-review", "2024-04"): FormState.PUBLISHED,
        ("moderation", "2024-04"): FormState.PUBLISHED,
        ("practice-review", "2026-04"): FormState.DRAFT,
    }
    values = settings.load()
    assert (values.authority_name, values.duty_team_phone) == ("Wexmoor Borough Council", "01632 960123")
    assert session.scalar(select(func.count(Person.id))) == len(cast.CAST)


def test_concerns_were_raised_where_a_child_was_not_safe(year: Flask) -> None:
    raised = {
        review.child.name for review in reviews() for c in session.scalars(select(Concern)) if c.review_id == review.id
    }
    assert raised == {"Kofi Mensah-Hale", "Shanice Dupree", "Theo Bancroft"}


# The texts


def test_no_place_is_left_unfilled_and_no_text_is_too_long(year: Flask) -> None:
    for part in session.scalars(select(ReviewPart)):
        template = template_of(part.review.form_version)
        assert validate_answers(template, part.part, part.answers) == part.answers
    stored = [text for row in session.scalars(select(ReviewPart)) for text in texts_in(row.answers)]
    stored += [text for row in session.scalars(select(ResponseItem)) for text in (row.text, row.reply_text)]
    stored += [text for row in session.scalars(select(Response)) for text in (row.proud_of, row.do_differently)]
    stored += [text for row in session.scalars(select(FirstModeration)) for text in texts_in(row.answers)]
    stored += [row.text for row in session.scalars(select(RecommendationEntry))]
    stored += [text for row in session.scalars(select(Concern)) for text in (row.text,)]
    assert not [text for text in stored if re.search(r"[{}]", text)]
    assert not [text for text in stored if "  " in text or "lorem" in text.lower()]


def test_no_two_reviews_share_a_long_text(year: Flask) -> None:
    """Brothers and sisters alone do: what was said in the talks is written once and stands in each."""
    where: dict[str, set[str]] = {}
    for part in session.scalars(select(ReviewPart)):
        whose = part.review.sibling_set if part.part.startswith("feedback") else None
        for text in texts_in(part.answers):
            if len(text) >= LONG:
                where.setdefault(text, set()).add(whose or part.review.reference)
    for row in recommendations():
        for entry in row.entries:
            if len(entry.text) >= LONG:
                where.setdefault(entry.text, set()).add(row.review.reference if row.review else "")
    assert len(where) > 700
    assert {text: found for text, found in where.items() if len(found) > 1} == {}


def names_of_children() -> set[str]:
    """Each word of each name; an unborn child is called Baby, which is nobody's name."""
    words = {word for story in YEAR for word in re.findall(r"\w+", story.child)} | set(FAMILY.split())
    return {word for word in words if len(word) > 2} - {"Baby"}


def test_recommendations_and_themes_name_nobody(year: Flask) -> None:
    """Lists show these words beside a reference and initials (R11)."""
    parts = session.scalars(select(ReviewPart).where(ReviewPart.part == "recommendations"))
    shown = [text for part in parts for text in texts_in(part.answers)]
    for row in recommendations():
        shown += [row.action, row.effect, row.evidence, row.impact, *(entry.text for entry in row.entries)]
        shown += [text for entry in row.entries for text in texts_in(entry.details)]
    shown += [review.theme for review in reviews()]
    names = re.compile(rf"\b(?:{'|'.join(sorted(names_of_children()))})\b")
    assert len(shown) > 500
    assert [text for text in shown if names.search(text)] == []


def test_no_two_recommendations_are_worded_alike(year: Flask) -> None:
    rows = recommendations()
    actions, effects = Counter(row.action for row in rows), Counter(row.effect for row in rows)
    assert {text: n for text, n in (actions + effects).items() if n > 1 and text} == {}


def test_evidence_says_where_it_is_in_the_record(year: Flask) -> None:
    sections = session.scalars(select(ReviewPart).where(ReviewPart.part == "journey"))
    undated = [
        part.review.reference
        for part in sections
        if not re.search(r"\d{1,2} [A-Z]\w+ 20\d\d", part.answers["evidence"])
    ]
    assert undated == []


def test_the_files_name_no_month_or_season_of_their_own() -> None:
    """Every date is an offset: a month in a text would be wrong on all days but one."""
    named = re.compile(rf"\b({'|'.join(MONTHS.split())})\b")
    found = {path.name: named.findall(path.read_text(encoding="utf-8")) for path in TEXTS.glob("*.yaml")}
    assert {name: words for name, words in found.items() if words} == {}
    assert {path.stem for path in TEXTS.glob("*.yaml")} == {story.key for story in YEAR if story.key}


# The records


def test_the_log_is_whole_and_every_invariant_holds(year: Flask) -> None:
    assert records.verify_changes().whole
    assert invariants.broken() == {}


def test_things_happened_in_order_on_working_days(year: Flask) -> None:
    moments = list(
        session.scalars(select(AuditEvent.at).where(AuditEvent.kind != "account.added").order_by(AuditEvent.id))
    )
    local = [moment.astimezone(clock.LONDON) for moment in moments]
    assert moments == sorted(moments)
    assert all(working_days.is_working_day(moment.date()) and 8 <= moment.hour < 18 for moment in local)
    assert local[-1].date() < TODAY
    assert local[0].date() > date(2025, 10, 15)


def test_the_draw_is_the_real_one_again(year: Flask) -> None:
    assert type(drafting.DRAW).__name__ == "SystemRandom"


# Loading


def test_another_day_gives_the_same_year(year: Flask, other: Flask) -> None:
    expected = shape()
    with other.app_context(), clock.set_to(morning(FIRST_OF_A_MONTH)):
        assert shape() == expected
        assert invariants.broken() == {}
        assert max(review.planned_month for review in reviews()) == date(2025, 7, 1)


@pytest.mark.parametrize("login", [part.login for part in cast.LOGINS])
def test_everybody_can_open_the_first_page_and_what_it_leads_to(other: Flask, login: str) -> None:
    """Through the sign-in page, on real texts; the client checks every page it gets."""
    with clock.set_to(morning(FIRST_OF_A_MONTH)):
        client = World(other, "sqlite").client(login)
        page = client.get("/").get_data(as_text=True)
        inside = sorted(set(re.findall(r'href="(/(?:reviews|recommendations)/[0-9a-f-]{36}[^"#]*)"', page)))
        answers = {address: client.get(address).status_code for address in inside[:6]}
        assert answers == dict.fromkeys(inside[:6], 200)


def test_refused_where_there_are_reviews_already(year: Flask) -> None:
    with pytest.raises(demo.NotEmpty, match="28 reviews already"):
        demo.load(TODAY)


def test_refused_where_there_are_other_people(tmp_path: Path) -> None:
    app = empty(tmp_path)
    with app.app_context():
        cast.create_cast("not a hash")
        details = accounts.Details(name="Somebody Real", email="somebody@council.example")
        accounts.add(actor("admin"), details)
        with pytest.raises(demo.NotEmpty, match="1 account that is not the demonstration's"):
            demo.load(TODAY)


def test_never_in_production(year: Flask, tmp_path: Path) -> None:
    empty(tmp_path)
    app = make_app(f"sqlite:///{tmp_path / 'demo.db'}", tmp_path, "production")
    with app.app_context(), pytest.raises(demo.NotEmpty, match="never loaded in production"):
        demo.load(TODAY)


def test_the_command_refuses_plainly(other: Flask) -> None:
    again = other.test_cli_runner().invoke(args=["demo", "load"])
    assert again.exit_code == 1
    assert again.output.startswith("Error: The database has 28 reviews already")
