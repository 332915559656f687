"""The demonstration: what it promises to each of its people, and that it reads like a real year."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import clock, demo, extensions, migrating, security, working_days
from app.demo import stage
from app.demo.answers import TEXTS
from app.demo.days import Days
from app.demo.meetings import MEETINGS
from app.demo.panel import Panel
from app.demo.script import Script
from app.demo.year import YEAR
from app.extensions import session
from app.models.activities import Activity, ActivityPart
from app.models.concerns import Concern
from app.models.forms import FormState, FormTemplateVersion
from app.models.panel import (
    AgreedForm,
    PanelAction,
    PanelDissent,
    PanelItem,
    PanelMeeting,
    PanelReading,
    PanelTheme,
    Reached,
)
from app.models.people import Person
from app.models.plans import Plan, PlanKind, PlanLine, Rag
from app.models.recommendations import Level, PartnerReply, PartnerRoute, Recommendation, RecommendationEntry
from app.models.records import AuditEvent, OutboxMessage
from app.models.reviews import (
    ContactAttempt,
    DecidedHow,
    FirstModeration,
    GradeGiven,
    GradeStage,
    PanelDraw,
    ReplyKind,
    Response,
    ResponseItem,
    Review,
    ReviewerKind,
    ReviewPart,
    Stance,
)
from app.models.tracker import TrackerMeeting
from app.policy.acting import conflict_of, first_moderator
from app.policy.actor import SYSTEM, Actor, actor_of
from app.policy.visibility import visible_reviews
from app.queries.my_work import my_work
from app.queries.recommendations import colour_of
from app.services import accounts, cast, drafting, gate, invariants, plans, records, settings
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
    assert answer.output == "28 reviews and 97 recommendations, as on 1 June 2025.\n"
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
        "items": Counter(item.state for item in session.scalars(select(PanelItem))),
        "readings": Counter(row.state for row in session.scalars(select(PanelReading))),
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


def test_every_stage_is_occupied(year: Flask) -> None:
    states = Counter(review.state for review in reviews())
    assert set(states) == set(ReviewState)
    assert states[ReviewState.TRACKING] + states[ReviewState.CLOSED] == 14
    assert states[ReviewState.PANEL_MODERATION] == 4
    assert states[ReviewState.HOS_MODERATION] == 2


def test_the_panel_decided_what_was_drawn_and_what_the_head_saw_otherwise(year: Flask) -> None:
    assert settings.load().panel_rule.model_dump() == {"kind": "sample", "percent": 50}
    draws = Counter((review.decided_how, review.panel_draw) for review in reviews() if review.decided_at)
    assert draws == {
        (DecidedHow.PANEL, PanelDraw.SAMPLED): 9,
        (DecidedHow.PANEL, PanelDraw.NOT_SAMPLED): 1,
        (DecidedHow.WITHOUT_PANEL, PanelDraw.NOT_SAMPLED): 4,
    }
    wanted = (PanelDraw.SAMPLED, PanelDraw.INADEQUATE)
    still = [review for review in reviews() if review.panel_draw in wanted and not review.decided_at]
    assert {review.state for review in still} == {ReviewState.PANEL_MODERATION}


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
    assert standing[0].state is ReviewState.PANEL_MODERATION


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
    assert 9 <= len([row for row in rows if row.review]) / len(months) <= 13
    assert len({row.level for row in rows}) == 2
    assert {row.state for row in rows} == set(RecommendationState) - {RecommendationState.PROPOSED}
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


def test_five_other_activities_have_recommendations_at_every_turn(year: Flask) -> None:
    found = list(session.scalars(select(Activity).order_by(Activity.held_on)))
    assert {row.kind.key for row in found} == {
        "multi_agency_audit", "scrutiny_session", "annual_survey", "complaint", "iro_report"
    }  # fmt: skip
    audit = next(row for row in found if row.kind.key == "multi_agency_audit")
    assert [bool(part.found and part.contact) for part in audit.parts] == [True, True, True]
    rows = [row for row in recommendations() if row.activity]
    assert {row.activity.reference for row in rows if row.activity} == {row.reference for row in found}
    assert {colour_of(row, TODAY).word for row in rows} >= {
        "Overdue", "At risk", "On track", "Waiting for impact", "Impact check overdue", "Impact verified", "Settled"
    }  # fmt: skip
    assert {row.level for row in rows if row.child} == {Level.CHILD}
    assert len({row.child_id for row in rows if row.child}) == 2
    assert {row.reference for row in rows if row.finding} == {
        row.reference for row in rows if row.activity and row.activity.parts
    }


def test_a_partner_agency_has_answered_once_and_not_yet_once(year: Flask) -> None:
    rows = [row for row in recommendations() if row.partner_agency]
    assert {(row.partner_route, row.partner_reply) for row in rows} == {
        (PartnerRoute.PARTNERSHIP, PartnerReply.ACCEPTED),
        (PartnerRoute.DIRECT, None),
    }
    assert all(row.partner_sent_on for row in rows)


def test_one_dispute_waits_for_the_head_and_one_is_with_a_director(year: Flask) -> None:
    disputed = [row for row in recommendations() if row.activity and row.disputed_at]
    assert sorted(bool(row.director) for row in disputed) == [False, True]
    assert waiting("head.qa")["Settle the dispute"] >= 1


def test_what_we_changed_is_ready_to_be_told(year: Flask) -> None:
    told = [row for row in recommendations() if row.family_words]
    assert {row.outcome for row in told} == {Outcome.IMPACT_VERIFIED}
    assert all(len(row.family_words) > LONG for row in told)


def test_one_is_joined_with_an_older_one_of_another_activity(year: Flask) -> None:
    [joined] = [row for row in recommendations() if row.joined_into]
    older = joined.joined_into
    assert older is not None
    assert joined.state is RecommendationState.SET_ASIDE
    assert older.activity_id not in (None, joined.activity_id)


def test_the_development_plan_has_sections_looks_and_what_was_moved_to_it(year: Flask) -> None:
    plan = session.scalars(select(Plan).where(Plan.kind == PlanKind.SERVICE_DEVELOPMENT)).one()
    lines = list(session.scalars(select(PlanLine).where(PlanLine.plan_id == plan.id)))
    assert len(plan.sections) == 2
    assert len([line for line in lines if line.section_id]) == 4
    assert {line.rag for line in lines} >= {Rag.RED, Rag.AMBER, Rag.GREEN}
    assert len(plan.reviews) == 3
    assert (plan.review_on or TODAY) > TODAY
    moved = {row.id for row in recommendations() if row.state is RecommendationState.IN_PLAN}
    assert moved == set(session.scalars(select(PlanLine.recommendation_id))) - {None}
    assert [row.id for row in recommendations() if row.plan == plan.name] == [
        line.recommendation_id for line in lines if line.recommendation_id
    ]


def test_one_tracker_meeting_has_minutes_and_one_comes_in_a_week(year: Flask) -> None:
    held, coming = session.scalars(select(TrackerMeeting).order_by(TrackerMeeting.held_on))
    assert held.ended_at
    assert len(held.notes) > LONG
    assert len([item for item in held.items if item.discussed_at]) == 6
    assert {row.present for row in held.people} == {True, False}
    assert coming.started_at is None
    assert 4 <= (coming.held_on - TODAY).days <= 8
    assert len(coming.items) >= 10
    assert session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == "tracker_meeting.prepare")).first()
    assert any(row.impact_asked_at for row in recommendations())


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
    assert found["First moderation"] >= 1
    for what in (
        "Issue the review",
        "Enter the upload date",
        "Close the review",
        "The reviewer has declared a conflict: reassign",
    ):
        assert found[what] == 1, what
    assert found["Settle the dispute"] >= 2
    half = session.scalars(
        select(FirstModeration).where(FirstModeration.review_id == of_child("Baby Marchetti").id)
    ).one()
    assert len(half.answers["checks"]) == 6
    assert half.answers["checks"]["standards"]["complete"] == "no"


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


# The panel


def meetings() -> list[PanelMeeting]:
    return list(session.scalars(select(PanelMeeting).order_by(PanelMeeting.starts_at)))


def item_of_child(name: str) -> PanelItem:
    review = of_child(name)
    return session.scalars(select(PanelItem).where(PanelItem.review_id == review.id, PanelItem.latest)).one()


def readings_of(name: str) -> dict[str, PanelReading]:
    return {row.person.email.split("@")[0]: row for row in item_of_child(name).readings}


def states_of(name: str) -> dict[str, str]:
    return {login: str(row.state) for login, row in readings_of(name).items()}


def test_one_meeting_is_to_come_one_is_being_read_for_and_one_was_held_last_week(year: Flask) -> None:
    held, being_read, to_come = meetings()[-3:]
    assert held.ended_at is not None
    assert 1 <= working_days.between(held.starts_at.date(), TODAY) <= 10
    assert being_read.started_at is None
    assert 1 <= working_days.between(TODAY, being_read.starts_at.date()) <= 5
    assert working_days.between(TODAY, to_come.starts_at.date()) >= 10
    assert all(meeting.ended_at for meeting in meetings()[:-2])
    local = [meeting.starts_at.astimezone(clock.LONDON) for meeting in meetings()]
    assert all(working_days.is_working_day(moment.date()) and moment.hour in (10, 13, 14) for moment in local)


def test_one_review_is_read_by_some_begun_by_one_and_closed_to_two(year: Flask) -> None:
    assert states_of("Shanice Dupree") == {
        "chair": "submitted",
        "deputy.chair": "excused",
        "director": "reading",
        "assistant.director": "exempt",
        "head.service": "invited",
        "head.qa": "submitted",
    }
    begun = readings_of("Shanice Dupree")["director"]
    assert set(begun.answers) == {"overall", "journey", "needs", "oversight"}
    assert readings_of("Shanice Dupree")["assistant.director"].exempt_why == "declared"


def test_the_director_has_readings_to_do_and_the_chair_a_meeting_to_come(year: Flask) -> None:
    mine = [row for row in session.scalars(select(PanelReading)) if row.person_id == actor("director").id]
    assert Counter(str(row.state) for row in mine if str(row.state) != "submitted") == {"reading": 1, "invited": 1}
    assert {meeting.chair_id for meeting in meetings()[-2:]} == {actor("chair").id}
    assert states_of("Kofi Mensah-Hale")["deputy.chair"] == "reading"
    assert set(states_of("Kofi Mensah-Hale").values()) == {"reading", "invited"}


def test_the_brother_and_sister_were_adjourned_and_are_listed_again(year: Flask) -> None:
    """She was opened, so that her readings are seen; he was not, so that his are sealed still."""
    sister, brother = item_of_child("Nell Loveridge"), item_of_child("Davey Loveridge")
    assert (str(sister.state), str(brother.state)) == ("discussing", "reading")
    assert sister.meeting_id == brother.meeting_id == meetings()[-2].id
    for item in (sister, brother):
        assert [listing.outcome for listing in item.listings] == ["adjourned", ""]
        assert item.listings[0].reason
    assert brother.opened_at is None
    assert states_of("Davey Loveridge")["assistant.director"] == "invited"
    assert states_of("Nell Loveridge")["assistant.director"] == "excused"


def test_last_week_the_panel_agreed_once_and_the_chair_decided_once_against_most(year: Flask) -> None:
    agreed, decided = item_of_child("Layla Benhamou"), item_of_child("Connor Whitlock")
    assert (agreed.reached, decided.reached) == (Reached.AGREED, Reached.CHAIR_DECIDED)
    assert decided.decision is not None
    assert len(decided.decision.reason) > LONG
    given = [row.answers["needs"]["grade"] for row in decided.readings if row.counted]
    final = session.scalars(
        select(GradeGiven.grade).where(
            GradeGiven.review_id == decided.review_id, GradeGiven.part == "needs", GradeGiven.stage == GradeStage.FINAL
        )
    ).one()
    assert final == 2
    assert Counter(given) == {"good": 3, "requires_improvement": 2}
    assert [row.person_id for row in decided.dissents] == [actor("head.service").id]
    assert decided.shared_at is not None


def test_decisions_moved_grades_and_recommendations_and_gave_actions_to_the_tracker(year: Flask) -> None:
    moved = session.scalars(
        select(GradeGiven).where(GradeGiven.stage == GradeStage.FINAL, GradeGiven.reason != "")
    ).all()
    assert len(moved) == 3
    assert len([review for review in reviews() if review.told_on]) == 4  # what changed was said in conversation first
    actions = session.scalars(select(PanelAction)).all()
    assert len(actions) == 3
    assert {row.recommendation.owner_id for row in actions} == {actor("head.service").id, actor("deputy.qa").id}
    assert {str(row.recommendation.state) for row in actions} == {"agreed", "in_progress"}
    assert len([row for row in recommendations() if row.state is RecommendationState.DROPPED]) == 1


def test_a_deputy_chaired_a_substitute_read_and_a_member_was_out(year: Flask) -> None:
    assert [item.opened_acting for item in (item_of_child("Kayden Bryce"), item_of_child("Maisie Thorne"))] == [
        "deputy chair: the chair is absent"
    ] * 2
    assert readings_of("Tyrell Boateng")["assistant.director"].as_substitute
    assert "director" not in readings_of("Tyrell Boateng")
    assert states_of("Samir Khalidi")["assistant.director"] == "exempt"


def test_the_themes_of_every_meeting_are_collated_and_one_is_still_open(year: Flask) -> None:
    rows = list(session.scalars(select(PanelTheme)))
    assert {row.meeting_id for row in rows} == {meeting.id for meeting in meetings()[:-2]}
    assert {str(row.done) for row in rows if row.done} == {"taken_up", "tool_changed", "practice"}
    assert [row.meeting_id for row in rows if row.done is None] == [meetings()[-3].id]


def test_there_is_enough_to_say_how_far_members_agree_and_too_little_for_a_coefficient(year: Flask) -> None:
    decided = [item for item in session.scalars(select(PanelItem)) if item.decided_at]
    assert len(decided) == 10
    assert all(len([row for row in item.readings if row.counted and row.submitted_at]) >= 3 for item in decided)


def test_members_write_in_words_of_their_own(year: Flask) -> None:
    said = [
        part["comment"]
        for row in session.scalars(select(PanelReading).where(PanelReading.submitted_at.is_not(None)))
        for part in row.answers.values()
        if len(part.get("comment", "")) >= LONG
    ]
    assert len(said) > 70
    assert len(set(said)) == len(said)


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
    stored += [text for row in session.scalars(select(PanelReading)) for text in texts_in(row.answers)]
    stored += [text for row in session.scalars(select(AgreedForm)) for text in texts_in(row.answers)]
    stored += [row.text for row in session.scalars(select(PanelDissent))]
    stored += [text for row in session.scalars(select(Activity)) for text in (row.title, row.summary)]
    stored += [row.found for row in session.scalars(select(ActivityPart))]
    stored += [getattr(row, key) for row in session.scalars(select(PlanLine)) for key in plans.TEXTS]
    stored += [row.notes for row in session.scalars(select(TrackerMeeting))]
    stored += [row.what for row in session.scalars(select(PanelTheme))]
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
        shown += [
            row.action,
            row.effect,
            row.evidence,
            row.impact,
            row.family_words,
            *(entry.text for entry in row.entries),
        ]
        shown += [text for entry in row.entries for text in texts_in(entry.details)]
    shown += [getattr(line, key) for line in session.scalars(select(PlanLine)) for key in plans.TEXTS]
    shown += [meeting.notes for meeting in session.scalars(select(TrackerMeeting))]
    shown += [review.theme for review in reviews()]
    shown += [text for theme in session.scalars(select(PanelTheme)) for text in (theme.title, theme.what)]
    shown += [title for form in session.scalars(select(AgreedForm)) for title in form.answers["themes"]]
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
    assert {path.stem for path in TEXTS.glob("*.yaml")} == {story.key for story in YEAR if story.key} | {
        "meetings",
        "activities",
        "tracker",
    }


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


class Anybody(dict[str, stage.Person]):
    """People of whom nothing is asked but that they are there."""

    def __missing__(self, login: str) -> stage.Person:
        return stage.Person(SYSTEM, login)


# Weekends, bank holidays, the last days of a year and of a leap year's February, the days round a change of clocks.
ODD_DAYS = (
    date(2025, 12, 25), date(2025, 12, 27), date(2026, 1, 1), date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30),
    date(2026, 4, 6), date(2026, 10, 25), date(2026, 10, 26), date(2024, 2, 29), date(2026, 8, 31), date(2027, 1, 4),
)  # fmt: skip


@pytest.mark.parametrize("first", [date(2026, 1, 1), date(2026, 5, 2), date(2026, 9, 1), *ODD_DAYS])
def test_the_panel_keeps_its_rules_of_days_on_whatever_day_it_is_loaded(first: date) -> None:
    """Referred five working days before, read two before, met in working hours of London, all of it before today."""
    steps = 120 if first not in ODD_DAYS else 1
    for today in (first + timedelta(days=number) for number in range(steps)):
        days, made = Days(today), stage.Stage(stage.Draw(28))
        scripts = {story.key: Script(number, story, days, Anybody(), made) for number, story in enumerate(YEAR)}
        for act in Panel(days, Anybody(), made, scripts).acts():
            local = act.at.astimezone(clock.LONDON)
            assert working_days.is_working_day(local.date())
            assert 8 <= local.hour < 18
            assert local.date() < today
        for script in scripts.values():
            for key in filter(None, (script.story.panel, script.story.heard_again)):
                meets = days.at(next(each for each in MEETINGS if each.key == key).falls_on(days))
                verb = "refer" if key == script.story.panel else "relist"
                listed = days.at(script.start_day + next(s.first for s in script.story.timeline() if s.verb == verb))
                assert working_days.between(listed, meets) >= 5


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
