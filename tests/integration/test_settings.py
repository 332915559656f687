"""The authority's settings, its closing days, and the forms, through their services on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.forms import FormState, FormTemplateVersion
from app.models.people import RoleName
from app.models.records import AuditEvent, Setting
from app.policy.actor import SYSTEM
from app.queries import settings as queries
from app.services import cast, cover, form_versions, invariants, planning, settings
from app.services.unit_of_work import NotFound, unit_of_work
from forms.descriptor import MAX_BYTES, TemplateError
from forms.shipped import LIBRARY
from tests.support import stages
from tests.support.stages import Story
from tests.support.world import TODAY, World
from workflows.engine import GuardFailed, NotPermitted

SMALL = (LIBRARY / "practice-review-small.yaml").read_text(encoding="utf-8")
NEWER = SMALL.replace('version: "1"', 'version: "2"')
OTHERS = [part.login for part in cast.LOGINS if part.login not in ("admin", "head.qa")]
CHRISTMAS_EVE = date(2026, 12, 24)


def events(kind: str) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).where(AuditEvent.kind == kind).order_by(AuditEvent.id)))


def reasons(refused: Any) -> str:
    return " ".join(reason.text for reason in refused.value.reasons)


def targets(refused: Any) -> list[str | None]:
    return [reason.target for reason in refused.value.reasons]


def delegate(world: World) -> None:
    """The deputy holds the Head's office from today."""
    today = clock.today()
    span = cover.Span(world.public_id("deputy.qa"), "away", today, today + timedelta(days=10), "On leave")
    cover.arrange(world.actor("head.qa"), span)


# Settings


def test_only_what_differs_is_written_and_the_log_says_which(world: World) -> None:
    with world.context():
        admin = world.actor("admin")
        before = len(events("setting.change"))
        given = {**settings.load().model_dump(), "response_days": 7}
        assert settings.change(admin, given) == ("response_days",)
        assert settings.load().response_days == 7
        made = events("setting.change")[before:]
        assert [event.data for event in made] == [{"key": "response_days"}]
        assert queries.authors()["response_days"].name == "Lorraine Pickering"
        assert queries.authors()["response_days"].at == TODAY
        assert settings.change(admin, given) == ()
        assert len(events("setting.change")) == before + 1
        assert invariants.broken() == {}


def test_the_heads_office_alone_changes_the_panel_rule(world: World) -> None:
    none = {"panel_rule": {"kind": "none", "percent": 0}}
    with world.context():
        with pytest.raises(NotPermitted):
            settings.change(world.actor("admin"), none)
        with pytest.raises(NotPermitted):
            settings.change(world.actor("deputy.qa"), none)
        assert settings.load().panel_rule.kind == "sample"
        settings.change(world.actor("head.qa"), none)
        assert settings.load().panel_rule.kind == "none"
        delegate(world)
        settings.change(world.actor("deputy.qa"), {"panel_rule": {"kind": "all", "percent": 0}})
        assert settings.load().panel_rule.kind == "all"


def test_a_refused_value_keeps_everything_that_came_with_it_out(world: World) -> None:
    with world.context():
        with pytest.raises(NotPermitted):
            settings.change(world.actor("admin"), {"response_days": 9, "panel_rule": {"kind": "none", "percent": 0}})
        assert settings.load().response_days == 5


@pytest.mark.parametrize("login", OTHERS)
def test_nobody_else_changes_a_setting(sqlite_world: World, login: str) -> None:
    with sqlite_world.context():
        actor = sqlite_world.actor(login)
        with pytest.raises(NotPermitted):
            settings.change(actor, {"response_days": 9})
        with pytest.raises(NotPermitted):
            settings.add_closing_day(actor, CHRISTMAS_EVE, "Closed")
        with pytest.raises(NotPermitted):
            settings.remove_closing_day(actor, CHRISTMAS_EVE)
        with pytest.raises(NotPermitted):
            form_versions.load(actor, NEWER)
        version = form_versions.find("practice-review-small", "1").id
        with pytest.raises(NotPermitted):
            form_versions.publish(actor, version)
        with pytest.raises(NotPermitted):
            form_versions.retire(actor, version)


def test_the_system_changes_nothing_by_itself(sqlite_world: World) -> None:
    with sqlite_world.context(), pytest.raises(NotPermitted):
        settings.change(SYSTEM, {"response_days": 9})


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("response_days", 0, "from 1 to 30"),
        ("response_days", 31, "from 1 to 30"),
        ("response_days", "soon", "from 1 to 30"),
        ("past_reviewer_days", 2.5, "from 1 to 250"),
        ("authority_name", "", "cannot be empty"),
        ("authority_name", "x" * 121, "120 characters or fewer"),
        ("practice_standards_link", "javascript:alert(1)", "https://"),
        ("practice_standards_link", "https://example.org/a b", "https://"),
        ("panel_rule", {"kind": "some", "percent": 5}, "choose one"),
        ("panel_rule", {"kind": "sample", "percent": 101}, "from 0 to 100"),
        ("shoe_size", 42, "no such setting"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_words(sqlite_world: World, key: str, value: Any, said: str) -> None:
    with sqlite_world.context():
        with pytest.raises(GuardFailed) as refused:
            settings.change(sqlite_world.actor("head.qa"), {key: value})
        assert said in reasons(refused)
        assert targets(refused)[0] in (key, "kind", "percent")


def test_every_value_that_is_wrong_is_said_at_once(sqlite_world: World) -> None:
    with sqlite_world.context():
        with pytest.raises(GuardFailed) as refused:
            settings.change(sqlite_world.actor("admin"), {"response_days": 0, "impact_months": 99})
        assert targets(refused) == ["response_days", "impact_months"]


def test_a_change_made_meanwhile_is_not_put_back_in_silence(world: World) -> None:
    with world.context():
        admin, seen = world.actor("admin"), settings.load().model_dump()
        settings.change(world.actor("head.qa"), {"issue_days": 8})
        assert settings.change(admin, {**seen, "issue_days": 8, "response_days": 6}, seen) == ("response_days",)
        with pytest.raises(GuardFailed) as refused:
            settings.change(admin, {"issue_days": 4}, seen)
        assert "changed this to 8" in reasons(refused)
        assert settings.load().issue_days == 8


def test_a_new_setting_moves_no_deadline_given(world: World) -> None:
    with world.context():
        story = Story(world)
        story.drafting()
        due = story.review.due_on
        settings.change(world.actor("admin"), {"drafting_days": 3})
        settings.add_closing_day(world.actor("admin"), clock.today() + timedelta(days=1), "Moving house")
        assert story.review.due_on == due


def test_the_limits_are_those_of_the_values() -> None:
    assert settings.limits("drafting_days") == (1, 60)
    assert settings.limits("percent") == (0, 100)


def test_the_starting_values_have_no_author(sqlite_world: World) -> None:
    with sqlite_world.context():
        assert set(queries.authors()) == {"panel_rule"}
        assert session.scalar(select(Setting.set_by_id).where(Setting.key == "panel_rule")) is not None


# Closing days


def test_a_closing_day_is_added_counted_and_removed(world: World) -> None:
    with world.context():
        admin = world.actor("admin")
        before = settings.deadline(date(2026, 12, 22), 2)
        settings.add_closing_day(admin, CHRISTMAS_EVE, "  Offices   shut ")
        assert before == CHRISTMAS_EVE
        assert settings.deadline(date(2026, 12, 22), 2) == date(2026, 12, 29)
        assert [(line.day, line.why) for line in queries.closing_days()] == [(CHRISTMAS_EVE, "Offices shut")]
        with pytest.raises(GuardFailed) as refused:
            settings.add_closing_day(world.actor("head.qa"), CHRISTMAS_EVE, "Again")
        assert "already" in reasons(refused)
        settings.remove_closing_day(admin, CHRISTMAS_EVE)
        assert queries.closing_days() == []
        added, removed = events("closing_day.added") + events("closing_day.removed")
        assert added.data == removed.data == {"item": "2026-12-24"}
        assert invariants.broken() == {}


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (None, "Enter the day"),
        (date(2026, 11, 20), "past one"),
        (date(2026, 11, 28), "weekend"),
        (date(2026, 12, 25), "bank holiday"),
        (date(2062, 12, 25), "up to the year 2031"),
    ],
)
def test_a_day_that_cannot_be_a_closing_day_says_why(sqlite_world: World, day: date | None, said: str) -> None:
    with sqlite_world.context():
        with pytest.raises(GuardFailed) as refused:
            settings.add_closing_day(sqlite_world.actor("admin"), day, "")
        assert said in reasons(refused)
        assert targets(refused) == ["day", "why"]


def test_a_past_closing_day_stays(world: World) -> None:
    with world.context():
        settings.add_closing_day(world.actor("admin"), clock.today(), "Snow")
        with clock.set_to(TODAY + timedelta(days=1)), pytest.raises(GuardFailed):
            settings.remove_closing_day(world.actor("admin"), TODAY.date())
        settings.remove_closing_day(world.actor("admin"), TODAY.date())
        with pytest.raises(NotFound):
            settings.remove_closing_day(world.actor("admin"), TODAY.date())


# Forms


def test_a_form_is_loaded_published_and_retired_by_an_administrator(world: World) -> None:
    with world.context():
        admin = world.actor("admin")
        version = form_versions.load(admin, NEWER)
        again = form_versions.load(admin, NEWER.replace("Grade", "The grade"))
        assert version.id == again.id
        form_versions.publish(admin, version.id, again.checksum)
        with pytest.raises(GuardFailed):
            form_versions.load(admin, NEWER)
        with pytest.raises(GuardFailed):
            form_versions.publish(admin, version.id)
        lines = {line.number: line for line in queries.forms()["practice-review-small"].versions}
        assert lines["2"].state == "published"
        assert lines["2"].published_by == "Lorraine Pickering"
        form_versions.retire(admin, version.id)
        with pytest.raises(GuardFailed):
            form_versions.retire(admin, version.id)
        assert form_versions.find("practice-review-small", "2").state is FormState.RETIRED
        assert invariants.broken() == {}


def test_a_draft_loaded_again_is_not_published_unseen(world: World) -> None:
    with world.context():
        admin = world.actor("admin")
        looked_at = form_versions.load(admin, NEWER).checksum
        version = form_versions.load(admin, NEWER.replace("Grade", "The grade"))
        with pytest.raises(GuardFailed) as refused:
            form_versions.publish(admin, version.id, looked_at)
        assert "loaded again" in reasons(refused)
        assert form_versions.find("practice-review-small", "2").state is FormState.DRAFT


def test_a_draft_changes_no_title_that_people_see(world: World) -> None:
    with world.context():
        admin = world.actor("admin")
        version = form_versions.load(admin, NEWER.replace("(short form)", "(shorter)"))
        assert version.template.title == "Practice review (short form)"
        form_versions.publish(admin, version.id)
        assert form_versions.find("practice-review-small", "2").template.title == "Practice review (shorter)"


def test_reviews_on_each_version_are_counted_and_keep_their_form(world: World) -> None:
    with world.context():
        Story(world)
        Story(world)
        version = form_versions.find("practice-review-small", "1")
        form_versions.retire(world.actor("admin"), version.id)
        line = queries.form_version(version.public_id)
        assert line is not None
        assert (line.reviews, line.state) == (2, "retired")
        with pytest.raises(GuardFailed):
            planning.plan_review(world.actor("head.qa"), stages.plan(world))


def test_loading_asks_before_it_reads(sqlite_world: World) -> None:
    with sqlite_world.context(), pytest.raises(NotPermitted):
        form_versions.load(sqlite_world.actor("head.qa"), "this is no form: [")


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
UNFOLDING = (
    "option_sets:\n  many:\n"
    + "".join(f"    - {{key: k{n}, label: '{'x' * 900}'}}\n" for n in range(80))
    + "parts:\n"
    + "  - {option_set: many}\n" * 4000
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must begin with"),
        ("just words", "must begin with"),
        (BOMB, "anchors"),
        (UNFOLDING, "larger than 1 MB"),
        ("key: !!python/object/apply:os.system [ls]", "tags"),
        (SMALL + "callback: os.system\n", "not known"),
        (SMALL.replace('criteria: "2024-04"', 'criteria: "1999-01"'), "no criteria of version 1999-01"),
        (SMALL.replace("criteria: journey", "criteria: weather"), "no section called weather"),
        (SMALL + "#" * MAX_BYTES, "larger than 256 KB"),
        ("[" * 500, "too deep"),
        ("key: \x00", "not readable"),
        ("key: [a", "not readable"),
    ],
)
def test_a_text_that_is_no_form_is_refused_in_words(sqlite_world: World, text: str, said: str) -> None:
    with sqlite_world.context():
        before = session.query(FormTemplateVersion).count()
        with pytest.raises(TemplateError, match=said):
            form_versions.load(sqlite_world.actor("admin"), text)
        assert session.query(FormTemplateVersion).count() == before


def test_every_shipped_form_loads(sqlite_world: World) -> None:
    with sqlite_world.context():
        for path in sorted(LIBRARY.glob("*.yaml")):
            if not path.name.startswith("criteria-"):
                form_versions.read(path.read_text(encoding="utf-8"))


# What tests and the demonstration rely on


def test_put_writes_inside_a_transaction_that_is_open(world: World) -> None:
    with world.context():
        with unit_of_work(world.actor("admin")) as work:
            settings.put(work, {"impact_months": 4})
        assert settings.load().impact_months == 4
        assert RoleName.ADMINISTRATOR in world.actor("admin").role_names
