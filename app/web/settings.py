"""Settings: what the authority decides, the days it is closed, and who covers for the Head of QA."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import clock
from app.queries import settings as queries
from app.services import cover as covering
from app.services import settings
from app.services.cover import Span
from app.web import access, frame, wording
from app.web.accounts_forms import put_reasons
from app.web.settings_forms import (
    GROUPS,
    LABELS,
    PANEL_RULES,
    RULE_HINTS,
    ClosingDayForm,
    CoverForm,
    SettingsForm,
    settings_form,
    since,
)
from workflows.engine import GuardFailed
from workflows.permissions import Permission

bp = Blueprint("settings", __name__, url_prefix="/settings")

frame.navigation.add("Settings", "settings.index", lambda _person: access.allowed(Permission.CHANGE_SETTINGS))

KIND_WORDS = {"away": "Away", "delegated": "Delegated"}
STATE_WORDS = {"now": ("Now", "green"), "coming": ("Coming", "blue"), "past": ("Past", "grey")}


@bp.get("")
@access.needs(Permission.CHANGE_SETTINGS)
def index() -> ResponseReturnValue:
    """What may be set, and only what this person may set."""
    return render_template("settings/index.html", pages=[page for page in _pages() if page.pop("shown")])


def _pages() -> list[dict[str, Any]]:
    people, forms = access.allowed(Permission.ADMINISTER_PEOPLE), access.allowed(Permission.ADMINISTER_FORMS)
    return [
        _page(people, "people.index", "People", "Accounts, roles, teams and agencies."),
        _page(people, "messages.index", "E-mail", "What waits to be sent, and what could not be sent."),
        _page(forms, "forms_admin.index", "Forms", "What reviewers are asked: versions, previews, publishing."),
        _page(
            True, "settings.local", "Local settings", "Names, working days for each step, which reviews go to panel."
        ),
        _page(True, "settings.closing_days", "Closing days", "Days that count as no working day."),
        _page(
            _in_office(), "settings.cover", "Cover for the Head of QA", "Who acts when the Head is away or delegates."
        ),
    ]


def _page(shown: bool, endpoint: str, title: str, about: str) -> dict[str, Any]:
    return {"shown": shown, "url": url_for(endpoint), "title": title, "about": about}


def _in_office() -> bool:
    return access.office().holds(access.actor().id)


# Local settings


@bp.route("/local", methods=["GET", "POST"])
@access.needs(Permission.CHANGE_SETTINGS)
def local() -> ResponseReturnValue:
    """Every value with its meaning. Only what was changed is written."""
    form = settings_form(settings.load(), queries.authors(), with_panel_rule=_in_office())
    if not form.is_submitted():
        return _local_page(form, 200)
    if not form.validate():
        return _local_page(form, 422)
    try:
        changed = settings.change(access.actor(), form.values(), form.was())
    except GuardFailed as refused:
        put_reasons(form, refused.reasons)
        form.show(settings.load())  # what somebody else saved meanwhile has now been said
        return _local_page(form, 422)
    flash(_saved(changed), "success" if changed else "message")
    return redirect(url_for("settings.local"), 303)


def _saved(changed: tuple[str, ...]) -> str:
    if not changed:
        return "Nothing was different, so nothing was saved."
    return "Saved: " + "; ".join(LABELS[key] for key in changed) + "."


def _local_page(form: SettingsForm, code: int) -> ResponseReturnValue:
    rule, authors = settings.load().panel_rule, queries.authors()
    page = render_template(
        "settings/local.html",
        form=form,
        groups=GROUPS,
        rule_words=_rule_words(rule.kind, rule.percent),
        rule_since=since(authors.get("panel_rule")),
        rule_hints=RULE_HINTS,
        may_change_rule="kind" in form,
    )
    return page, code


def _rule_words(kind: str, percent: int) -> str:
    if kind == "sample":
        return f"Every review with an inadequate grade, and a random {percent}% of the rest."
    return f"{PANEL_RULES[kind]}."


# Closing days


@bp.route("/closing-days", methods=["GET", "POST"])
@access.needs(Permission.CHANGE_SETTINGS)
def closing_days() -> ResponseReturnValue:
    """The days there are, and adding one."""
    form = ClosingDayForm()
    if not form.is_submitted():
        return _closing_page(form, 200)
    if not form.validate():
        return _closing_page(form, 422)
    try:
        settings.add_closing_day(access.actor(), form.day.data, form.why.data or "")
    except GuardFailed as refused:
        put_reasons(form, refused.reasons)
        return _closing_page(form, 422)
    flash(f"{wording.weekday(form.day.data)} is now a closing day.", "success")
    return redirect(url_for("settings.closing_days"), 303)


def _closing_page(form: ClosingDayForm, code: int) -> ResponseReturnValue:
    days, today = queries.closing_days(), clock.today()
    page = render_template(
        "settings/closing_days.html",
        form=form,
        coming=[each for each in days if each.day >= today],
        past=[each for each in reversed(days) if each.day < today],
    )
    return page, code


@bp.post("/closing-days/<day>/remove")
@access.needs(Permission.CHANGE_SETTINGS)
def remove_closing_day(day: str) -> ResponseReturnValue:
    """Make it an ordinary day again."""
    wanted = _day(day)
    settings.remove_closing_day(access.actor(), wanted)
    flash(f"{wording.weekday(wanted)} is no closing day any more.", "success")
    return redirect(url_for("settings.closing_days"), 303)


def _day(text: str) -> date:
    """A day in an address; anything else is not found."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        abort(404)
    return found if found.isoformat() == text else abort(404)


# Cover


@bp.route("/cover", methods=["GET", "POST"])
@access.needs(Permission.PLAN_REVIEW)  # what the Head's office holds, and an administrator does not
def cover() -> ResponseReturnValue:
    """Who covers, and saying so. A deputy who holds the office reads it; the Head alone changes it."""
    form = CoverForm(deputies=queries.deputies(access.office()))
    if not form.is_submitted():
        return _cover_page(form, 200)
    if not form.validate():
        return _cover_page(form, 422)
    try:
        covering.arrange(access.actor(), _span(form))
    except GuardFailed as refused:
        put_reasons(form, refused.reasons)
        return _cover_page(form, 422)
    flash("The cover is arranged. It begins and ends by itself.", "success")
    return redirect(url_for("settings.cover"), 303)


def _span(form: CoverForm) -> Span:
    return Span(form.deputy.data, form.kind.data, form.from_on.data, form.to_on.data, form.reason.data or "")


def _cover_page(form: CoverForm, code: int) -> ResponseReturnValue:
    page = render_template(
        "settings/cover.html",
        form=form,
        lines=queries.cover(clock.today()),
        may_change=access.actor().id in access.office().heads,
        kinds=KIND_WORDS,
        states=STATE_WORDS,
    )
    return page, code


@bp.post("/cover/<deputy>/<from_on>/end")
@access.needs(Permission.PLAN_REVIEW)
def end_cover(deputy: str, from_on: str) -> ResponseReturnValue:
    """End it early, or call off what has not begun."""
    begins = _day(from_on)
    covering.end(access.actor(), deputy, begins)
    coming = begins > clock.today()
    flash("The cover is called off." if coming else "The cover ends today.", "success")
    return redirect(url_for("settings.cover"), 303)
