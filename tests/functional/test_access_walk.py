"""Every route, as everybody: what opens to whom, and that whatever does not open changes nothing.

The table is written out here from the handbook (sections 1 and 2, R4, R7, R11), not read from the policy. A new
route is walked at once by the rules for its kind; `test_every_route_about_a_review_is_in_the_table` asks that
somebody then says who should get it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.routing import Rule

from app.extensions import session
from app.models.base import Base
from app.web import access
from tests.support.people_at_work import EVERYBODY, Case, Stop, address, gallery, stops_of, token, visitor
from tests.support.world import World
from workflows.permissions import Permission

pytestmark = [pytest.mark.walk, pytest.mark.slow]

# Who is who in the table: those with a tie to the reviews of the gallery. Everybody else is tied to none.
LETTERS = {
    "R": "external.reviewer",
    "W": "worker",
    "M": "manager",
    "H": "head.qa",
    "D": "deputy.qa",  # acts where the Head is in conflict
    "A": "agency",  # the manager of the reviewer's agency
    "O": "head.service",  # owns the recommendation of one review and has no other tie
}
LETTER_OF = {login: letter for letter, login in LETTERS.items()}

EARLY = ("planned", "conflict declared", "drafting", "discussion")
LATE = (
    "first moderation", "Head in conflict", "decided", "issued", "owned by another", "closed", "reopened", "withdrawn",
)  # fmt: skip
AFTER_ISSUE = ("issued", "owned by another", "closed")

# Who holds a permission that belongs to no single review.
HOLDERS = {
    Permission.ADMINISTER_PEOPLE: {"admin"},
    Permission.ADMINISTER_FORMS: {"admin"},
    Permission.CHANGE_SETTINGS: {"admin", "head.qa"},
    Permission.PLAN_REVIEW: {"head.qa"},
    Permission.SEE_PROGRAMME: {"head.qa"},
    Permission.SET_UP_PANEL: {"head.qa"},
    Permission.KEEP_PLANS: {"head.qa"},
    Permission.RECORD_ACTIVITY: {"head.qa"},
    Permission.RUN_TRACKER: {"head.qa"},
    Permission.SEE_PLANS: {
        "head.qa",
        "director",
        "assistant.director",
        "head.service",
        "manager",
        "internal.reviewer",
        "chair",
        "deputy.chair",
    },
}


def stages(letters: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, letters)


# Which pages of a review open at which stage, and to whom; "R>" is led on to another page. Else: not found.
REVIEW_PAGES: dict[str, dict[str, str]] = {
    "reviews.show": {
        "planned": "R> H",
        "conflict declared": "H",
        **stages("R W M H A", "drafting", "discussion", "first moderation", "decided", *AFTER_ISSUE, "reopened"),
        "Head in conflict": "R W M H A D",
        "withdrawn": "H",
    },
    "reviews.recommendations": {
        **stages("H", "planned", "conflict declared", "first moderation", "decided", "reopened", "withdrawn"),
        "Head in conflict": "D",
        **stages("R W M H", *AFTER_ISSUE),
    },
    "reviews.history": {
        **stages("H", "planned", "conflict declared", "first moderation", "decided", "reopened", "withdrawn"),
        "Head in conflict": "D",
        **stages("R H", *AFTER_ISSUE),
    },
    "reviews.compare": {
        **stages("H", "first moderation", "decided", "reopened", "withdrawn"),
        "Head in conflict": "D",
        **stages("R H", *AFTER_ISSUE),
    },
    "drafting.declare": {"planned": "R"},
    "drafting.part": stages("R", "drafting", "discussion"),
    "drafting.check": stages("R", "drafting", "discussion"),
    "discussion.show": {
        **stages("H", "planned", "conflict declared", "withdrawn"),
        "drafting": "R",
        "discussion": "R W M",
        **stages("R W M H", "first moderation", "decided", *AFTER_ISSUE, "reopened"),
        "Head in conflict": "R W M D",
    },
    "discussion.respond": {"discussion": "W M"},
    "moderation.show": {
        **stages("H", "first moderation", "decided", *AFTER_ISSUE, "reopened", "withdrawn"),
        "Head in conflict": "D",
    },
    **{f"documents.{page}": {"decided": "H", **stages("R W M H", *AFTER_ISSUE)} for page in ("page", "pdf")},
    "documents.index": {"decided": "H", **stages("R W M H", *AFTER_ISSUE, "reopened")},
    "documents.earlier_page": stages("R W M H", "reopened"),
    "documents.earlier_pdf": stages("R W M H", "reopened"),
}

# What each may do (handbook 2); shown shut with its reasons where something must hold first.
BEFORE_SUBMISSION = {"H": "reassign withdraw"}
MODERATOR = "return refer_to_panel agree_without_panel withdraw"
TRACKING = "record_upload record_supervision close correct reopen_moderation"
REVIEW_ACTIONS: dict[str, dict[str, str]] = {
    "planned": {"R": "start", **BEFORE_SUBMISSION},
    "conflict declared": BEFORE_SUBMISSION,
    "drafting": {"R": "share", **BEFORE_SUBMISSION},
    "discussion": {"R": "amend take_back submit", **BEFORE_SUBMISSION},
    "first moderation": {"H": MODERATOR},
    "Head in conflict": {"D": MODERATOR},
    "decided": {"H": "issue close reopen_moderation withdraw"},
    "issued": {"H": TRACKING},
    "owned by another": {"H": TRACKING},
    "closed": {"H": "correct reopen reopen_moderation"},
    "reopened": {"H": MODERATOR},
    "withdrawn": {},
}

STEERING = "extend set_aside partner"  # one for a child moves into no plan
RECOMMENDATION_PAGES: dict[str, dict[str, str]] = {
    "recommendations.show": {
        "decided": "H", "issued": "R W M H", "owned by another": "R W M H O", "closed": "R W M H",
        "reopened": "W M H",
    },
    "recommendations.add_file": {"decided": "H", "issued": "W M H", "owned by another": "O H", "reopened": "W M H"},
    "recommendations.join": {"decided": "H", "issued": "H", "owned by another": "H", "reopened": "H"},
    "recommendations.remove_file": {},  # the file of the walk is none
    "recommendations.told": {},  # nothing has been written for the family
    "recommendations.for_agency": {},  # no agency is named
}  # fmt: skip
RECOMMENDATION_ACTIONS: dict[str, dict[str, str]] = {
    "decided": {"H": f"name {STEERING}"},
    "issued": {"W": "accept dispute start", "H": f"name {STEERING}"},
    "owned by another": {"O": "accept dispute start", "H": f"name {STEERING}"},
    "closed": {"H": "reopen tell_family", "W": "tell_family", "M": "tell_family"},
    "reopened": {"W": "start", "H": f"name {STEERING}"},  # accepted or disputed once it is issued again
}

# Where a form of a review may be sent; everything else sent is refused. What an action may do is above.
FORMS: dict[str, dict[str, str]] = {
    "drafting.declare": {"planned": "R"},
    "drafting.part": stages("R", "drafting", "discussion"),
    "discussion.respond": {"discussion": "W M"},
    "discussion.attempt": stages("R", "drafting", "discussion"),
    "discussion.reply": {},  # the item of the walk is no answer to anything
    "moderation.show": {"first moderation": "H", "Head in conflict": "D"},
    "reviews.name": dict.fromkeys((*EARLY, *LATE), "R W M H D"),  # looks only, and is logged
}


def who(letters: str) -> dict[str, int]:
    """`"R> H"` as {login: status}."""
    return {LETTERS[each[0]]: 302 if each.endswith(">") else 200 for each in letters.split()}


def wanted(stop: Stop, case: Case, login: str | None) -> int:
    """The status that the table promises."""
    if login is None:
        return 302
    if stop.endpoint in ("actions.do", "recommendations.do"):
        table = REVIEW_ACTIONS if stop.endpoint == "actions.do" else RECOMMENDATION_ACTIONS
        open_to_me = table[case.stage].get(LETTER_OF.get(login, ""), "").split()
        return 200 if stop.url.rsplit("/", 1)[1] in open_to_me else 404
    if stop.endpoint in RECOMMENDATION_PAGES:
        return who(RECOMMENDATION_PAGES[stop.endpoint].get(case.stage, "")).get(login, 404)
    return who(REVIEW_PAGES[stop.endpoint].get(case.stage, "")).get(login, 404)


def in_table(endpoint: str) -> bool:
    return (
        endpoint in REVIEW_PAGES or endpoint in RECOMMENDATION_PAGES or endpoint in ("actions.do", "recommendations.do")
    )


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def looks_closely(case: Case, login: str | None) -> bool:
    """Whether this person goes to every part and every action; for the rest one of each stands for all."""
    return LETTER_OF.get(login or "") in {*"RWMH", *OFTEN_OUT.get(case.stage, "")}


OFTEN_OUT = {"Head in conflict": "D", "owned by another": "O"}


def about_one(rule: Rule) -> bool:
    return rule.rule.startswith(("/reviews/<public_id>", "/recommendations/<public_id>"))


# Tests


def test_every_route_declares_its_access(sqlite_world: World) -> None:
    app = sqlite_world.app
    silent = [rule.rule for rule in rules(app) if access.declared(app, rule.endpoint) is None]
    assert silent == [], f"say @public, @signed_in or @needs(...) on the views of {silent}"


def test_every_permission_of_a_route_has_its_holders_here(sqlite_world: World) -> None:
    app = sqlite_world.app
    needed = {access.declared(app, rule.endpoint) for rule in rules(app)} - {access.PUBLIC, access.SIGNED_IN}
    missing = needed - set(HOLDERS)
    assert not missing, f"say in HOLDERS of {__name__} who of the cast holds {missing}"


def test_every_route_about_a_review_is_in_the_table(sqlite_world: World) -> None:
    found = {rule.endpoint for rule in rules(sqlite_world.app) if about_one(rule) and "GET" in (rule.methods or ())}
    missing = sorted(endpoint for endpoint in found if not in_table(endpoint))
    assert missing == [], f"say in REVIEW_PAGES of {__name__} who gets {missing}, at which stage (handbook R11)"


@pytest.mark.parametrize("stage", [*EARLY, *LATE])
def test_pages_about_a_review_open_as_the_table_says(sqlite_world: World, stage: str) -> None:
    """Each of the cast, and somebody signed out, at every address of one review."""
    [case] = gallery(sqlite_world, [stage])
    wrong: list[str] = []
    for login in (*EVERYBODY, None):
        client = visitor(sqlite_world, login)
        for stop in stops_of(sqlite_world.app, case, thin=not looks_closely(case, login)):
            status = client.get(stop.url).status_code
            wrong += _not_as_said(stop, case, login, status)
    assert not wrong, "\n".join(wrong)


def _not_as_said(stop: Stop, case: Case, login: str | None, status: int) -> Iterator[str]:
    """What is not in the table may be open to those with a tie; never to others, and never a crash."""
    if in_table(stop.endpoint):
        expected = {wanted(stop, case, login)}
    elif login in LETTER_OF:
        expected = {200, 302, 303, 404}
    else:
        expected = {302} if login is None else {404}
    if status not in expected:
        yield f"{stop.endpoint} at {case.stage} as {login}: {status}, not {expected} ({stop.url})"


def test_pages_about_no_review_open_as_declared(sqlite_world: World) -> None:
    """Lists, settings, people, help: by what the route declares, for each of the cast and signed out."""
    app, wrong = sqlite_world.app, []
    for login in (*EVERYBODY, None):
        client = visitor(sqlite_world, login)
        for rule in rules(app):
            if "GET" in (rule.methods or ()) and not about_one(rule) and not rule.arguments:
                status = client.get(rule.rule).status_code
                expected = _expected(access.declared(app, rule.endpoint), rule.endpoint, login)
                if status not in expected:
                    wrong.append(f"{rule.rule} as {login}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)


# Who has no recommendations has no keys to read them with.
NOT_FOUND_BY = {"feed.keys": {"admin", "agency", "oversight"}}


def _expected(need: str | None, endpoint: str, login: str | None) -> set[int]:
    if need == access.PUBLIC:
        if endpoint.startswith("feed."):
            return {401}  # it asks for a key, whoever is signed in
        return {200, 302} if endpoint == "accounts.sign_in" else {200}
    if login is None:
        return {302}
    if login in NOT_FOUND_BY.get(endpoint, ()):
        return {404}
    if need in (None, access.SIGNED_IN):
        return {200, 302}
    return {200} if login in HOLDERS[Permission(need)] else {403}


def test_with_an_address_that_is_nobodys_nothing_is_found(sqlite_world: World) -> None:
    """A made-up id, and the number a row has inside, find nothing for anybody."""
    app, wrong = sqlite_world.app, []
    gallery(sqlite_world, ["drafting"])
    for login in ("head.qa", "admin", "worker"):
        client = visitor(sqlite_world, login)
        for rule in rules(app):
            if "GET" not in (rule.methods or ()) or not rule.arguments:
                continue
            for value in ("1", "00000000-0000-4000-8000-000000000000"):
                values: dict[str, str | int] = dict.fromkeys(rule.arguments, value)
                if _takes_a_number(rule):
                    values = dict.fromkeys(values, 1)
                status = client.get(address(app, rule.endpoint, **values)).status_code
                if status not in (403, 404):
                    wrong.append(f"{rule.rule} with {value} as {login}: {status}")
    assert not wrong, "\n".join(wrong)


def _takes_a_number(rule: Rule) -> bool:
    return "<int:" in rule.rule


def test_a_page_that_only_takes_a_form_cannot_be_opened(sqlite_world: World) -> None:
    app = sqlite_world.app
    client = visitor(sqlite_world, "head.qa")
    for rule in rules(app):
        if "GET" not in (rule.methods or ()):
            values = dict.fromkeys(rule.arguments, 1)
            assert client.get(address(app, rule.endpoint, **values)).status_code in (404, 405), rule.rule


@pytest.mark.parametrize("login", [None, "head.qa", "admin"])
def test_nothing_is_taken_without_its_form_token(sqlite_world: World, login: str | None) -> None:
    app = sqlite_world.app
    [case] = gallery(sqlite_world, ["drafting"])
    client = visitor(sqlite_world, login)
    before = digests(sqlite_world)
    for rule in rules(app):
        if "POST" in (rule.methods or ()):
            values = {**dict.fromkeys(rule.arguments, 1), "public_id": case.public_id}
            url = address(app, rule.endpoint, **{name: values[name] for name in rule.arguments})
            assert client.post(url, data={"version": 1}).status_code == 400, rule.rule
    assert digests(sqlite_world) == before


@pytest.mark.parametrize("stage", [*EARLY, *LATE])
def test_what_is_not_yours_to_do_now_changes_nothing(sqlite_world: World, stage: str) -> None:
    """Every form and every action, sent whole and with the right version, by everybody to whom it is not open."""
    [case] = gallery(sqlite_world, [stage])
    wrong: list[str] = []
    strangers = [login for login in EVERYBODY if not looks_closely(case, login)]
    for login in EVERYBODY:
        client = visitor(sqlite_world, login)
        data = {**whole_form(sqlite_world), "csrf_token": token(client)}
        before = digests(sqlite_world)
        closed = list(_closed_to(sqlite_world.app, case, login))
        if login in strangers:  # together they try everything
            closed = closed[strangers.index(login) :: len(strangers)]
        for endpoint, url in closed:
            status = client.post(url, data={**data, "version": case.version}).status_code
            if status not in (403, 404, 409, 422):
                wrong.append(f"{endpoint} at {stage} as {login}: {status} ({url})")
        changed = [table for table, digest in digests(sqlite_world).items() if before[table] != digest]
        if changed:
            wrong.append(f"at {stage} {login} changed {changed}")
    assert not wrong, "\n".join(wrong)


def _closed_to(app: Flask, case: Case, login: str) -> Iterator[tuple[str, str]]:
    """The addresses to which this person may send nothing now."""
    letter = LETTER_OF.get(login, "")
    for action in all_actions(REVIEW_ACTIONS) | {"refer_to_panel", "decide", "respond", "made_up"}:
        if action not in REVIEW_ACTIONS[case.stage].get(letter, "").split():
            yield action, address(app, "actions.do", public_id=case.public_id, action=action)
    if case.recommendation_id:
        for action in all_actions(RECOMMENDATION_ACTIONS) | {"settle", "verify", "complete", "progress", "not_seen"}:
            if action not in RECOMMENDATION_ACTIONS.get(case.stage, {}).get(letter, "").split():
                yield action, address(app, "recommendations.do", public_id=case.recommendation_id, action=action)
    values = {"public_id": case.public_id, "part": "needs", "item_id": 1}
    for endpoint, open_to in FORMS.items():
        if letter not in open_to.get(case.stage, "").split():
            names = next(rule.arguments for rule in rules(app) if rule.endpoint == endpoint)
            yield endpoint, address(app, endpoint, **{name: values[name] for name in names})


def all_actions(table: dict[str, dict[str, str]]) -> set[str]:
    return {action for people in table.values() for actions in people.values() for action in actions.split()}


def whole_form(world: World) -> dict[str, str]:
    """Everything that any form of a review asks for: what is refused is not refused for want of a field."""
    words = ("reason", "text", "evidence", "impact", "plan", "action", "how", "proud_of", "reply-1-reply_text")
    dates = ("sent_on", "tracker_meeting_on", "uploaded_on", "supervision_on", "due_on", "told_on")
    with world.context():
        people = {"new_reviewer": world.public_id("internal.reviewer"), "owner": world.public_id("worker")}
        verifier = {"verifier": world.public_id("head.qa")}
    days = {f"{name}-{part}": value for name in dates for part, value in zip(*_DATE, strict=True)}
    stances = {f"stance-{part}": "agree" for part in ("journey", "needs", "summary", "recommendations")}
    rest = {"conflict": "no", "as_who": "worker", "reply-1-reply": "corrected", "revision": "1", "told_by": "I did"}
    return {**dict.fromkeys(words, "Because it is so."), **days, **people, **verifier, **stances, **rest}


_DATE = (("day", "month", "year"), ("8", "12", "2026"))
# A view is logged, and a browser's session is noted as used: neither is a change.
NOT_A_CHANGE = {"view_event", "view_seal", "sign_in_session", "sign_in_attempt"}


def digests(world: World) -> dict[str, str]:
    """A digest of every table that a page could change."""
    with world.context():
        return {name: _digest(name) for name in Base.metadata.tables if name not in NOT_A_CHANGE}


def _digest(table: str) -> str:
    rows: Iterable[Any] = session.execute(text(f'SELECT * FROM "{table}"'))
    lines = sorted(repr(tuple(row)) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_a_temporary_password_opens_nothing_but_its_change(sqlite_world: World) -> None:
    """Whoever has one is led to the page that changes it, from everywhere."""
    from app import security
    from app.services import accounts

    with sqlite_world.context():
        admin, worker = sqlite_world.actor("admin"), sqlite_world.person("worker").id
        hashed = security.hash_password("plumbline-demo")
        accounts.set_temporary_password(admin, worker, hashed)
    client: FlaskClient = visitor(sqlite_world, "worker")
    for url in ("/", "/reviews", "/recommendations", "/account"):
        answer = client.get(url)
        assert (answer.status_code, answer.location) == (302, "/account/password"), url
