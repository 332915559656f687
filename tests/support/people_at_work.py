"""A gallery of reviews, one at each point of its life, with words planted in them that can be looked for.

The words of one review are in no other, so that a page which shows a word says whose review it leaked.
Everything is done through the services, by the people of the cast.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import clock
from app.extensions import session
from app.models.recommendations import Recommendation
from app.models.reviews import Review
from app.policy.actor import Actor
from app.queries import reviews
from app.services import cast, discussion, drafting, form_versions, issuing, moderation, planning
from app.web.actions import ACTIONS
from app.web.recommendations import ACTIONS as RECOMMENDATION_ACTIONS
from forms.descriptor import FormTemplate
from tests.support import stages
from tests.support.remembering import remembered
from tests.support.stages import Story
from tests.support.world import World, token_in

EVERYBODY = tuple(part.login for part in cast.LOGINS)


class Mark(StrEnum):
    """What is planted in a review. `REFERENCE` and `INITIALS` are the review's own."""

    REFERENCE = "reference"
    INITIALS = "initials"
    NAME = "name"
    CASE_ID = "case-system ID"
    DRAFT = "text of the draft"
    AMENDING = "an amendment not shown yet"
    CONFIDENTIAL = "said in confidence"
    ACTION = "action of the recommendation"
    WORKER = "the worker's response"
    MANAGER = "the manager's response"
    UNSENT = "the worker's response while being written"
    REPLY = "the reviewer's answer to a response"
    COMMENT = "comment of the first moderation"
    VIEW = "reason of the Head's view"
    RETURNED = "reason of the return"
    AGREED = "reason of agreeing without panel"
    CONFLICT = "reason of the declared conflict"
    WITHDRAWN = "reason of the withdrawal"
    REOPENED = "reason of the reopening"


@dataclass(frozen=True)
class Case:
    """One review of the gallery, as a walk needs it outside an application context."""

    stage: str
    public_id: str
    recommendation_id: str | None
    parts: tuple[str, ...]
    marks: dict[Mark, str]
    version: int


class MarkedStory(Story):
    """A story that plants its words on the way. `full` is on the whole form, which has confidential parts."""

    def __init__(self, world: World, stage: str, letter: str, *, full: bool = False, **changes: Any) -> None:
        self.stage, self.full, self.letter = stage, full, letter
        child = planning.NewChild(
            case_system_id=self.mark("caseid"),
            name=f"{letter}{self.mark('first')} {letter}{self.mark('last')}",
            born_on=date(2017, 4, 9),
        )
        if full:
            changes["form_version"] = form_versions.find("practice-review", "2024-04").public_id
        super().__init__(world, child=child, theme="", **changes)

    def mark(self, word: str) -> str:
        """A word that only this review has."""
        return f"{word}zz{self.letter.lower()}zz"

    def actor(self, login: str) -> Actor:
        return self.world.actor(login)

    @property
    def template(self) -> FormTemplate:
        return form_versions.template_of(self.review.form_version)

    @remembered
    def named(self) -> None:
        planning.declare(self.actor(self.reviewer), self.id, conflicted=False)

    @remembered
    def conflicted(self) -> None:
        reason = f"{self.mark('conflict')} knows the family"
        planning.declare(self.actor(self.reviewer), self.id, conflicted=True, reason=reason)

    @remembered
    def written(self) -> None:
        stages.write(self.actor(self.reviewer), self.review, self._answers("draft"))

    def _answers(self, word: str) -> dict[str, dict[str, Any]]:
        if self.full:
            return whole_form(self.template, self.world, self.mark)
        given = copy.deepcopy(stages.answers(self.world, self.grade, owner=self.owner))
        given["needs"]["evidence"] = f"{self.mark(word)} {given['needs']['evidence']}"
        given["recommendations"]["child_level"][0]["action"] = f"{self.mark('action')} is agreed with the child"
        return given

    @remembered
    def amending(self) -> None:
        """Typed into the draft after it was shared, and not shown to anybody."""
        changed = self._answers("draft")
        changed["needs"]["difference"] = f"{self.mark('amending')} is how it ends"
        stages.write(self.actor(self.reviewer), self.review, {"needs": changed["needs"]})

    @remembered
    def unsent(self) -> None:
        given = stages.response(self.review, "disagree", f"{self.mark('unsent')} is what I think")
        discussion.save_draft(self.actor("worker"), self.id, given, expected_version=0)

    @remembered
    def half_answered(self) -> None:
        self._respond("worker")

    @remembered
    def responded(self, stance: str = "disagree", text: str = "") -> None:
        for login in ("worker", "manager"):
            self._respond(login)

    def _respond(self, login: str) -> None:
        number = [r for r in self.review.revisions if r.kind != "submitted"][-1].number
        given = stages.response(self.review)
        given["parts"]["needs"] = {"stance": "correction", "text": f"{self.mark(login)} is what happened"}
        given["proud_of"] = f"{self.mark(login)} kept every visit"
        discussion.respond(self.actor(login), self.id, given, revision_number=number)

    @remembered
    def replied(self) -> None:
        actor, text = self.actor(self.reviewer), f"{self.mark('reply')} is in the record"
        items = [i.id for r in reviews.responses(self.review) for i in r.items if i.stance != "agree"]
        for item in items:
            drafting.answer(actor, self.id, item, reply="corrected", text=text)

    @remembered
    def hos_moderation(self) -> None:
        self.responded()
        self.replied()
        drafting.submit(self.actor(self.reviewer), self.id, self.review.version)

    @remembered
    def moderated(self) -> None:
        given = stages.moderation_answers(self.review, self.grade)
        given["checks"]["needs"]["comment"] = f"{self.mark('comment')} was read twice"
        given["views"]["needs"]["reason"] = f"{self.mark('view')} is my reason"
        moderation.save(self.actor("head.qa"), self.id, given, expected_version=0)

    @remembered
    def tracking(self) -> None:
        self.moderated()
        reason = f"{self.mark('agreed')} is why"
        moderation.agree_without_panel(self.actor("head.qa"), self.id, self.review.version, reason=reason)

    @remembered
    def returned(self) -> None:
        self.moderated()
        reason = f"{self.mark('returned')} is why"
        moderation.return_to_reviewer(self.actor("head.qa"), self.id, self.review.version, reason=reason)

    @remembered
    def withdrawn(self) -> None:
        reason = f"{self.mark('withdrawn')} is why"
        issuing.withdraw(self.actor("head.qa"), self.id, self.review.version, reason=reason)

    @remembered
    def reopened(self) -> None:
        reason = f"{self.mark('reopened')} is why"
        moderation.reopen(self.actor("head.qa"), self.id, self.review.version, reason=reason)

    def case(self) -> Case:
        """What a walk needs of it."""
        review = self.review
        row = session.scalars(select(Recommendation).where(Recommendation.review_id == review.id)).first()
        planted = {Mark[name]: self.mark(name.lower()) for name in _PLANTED}
        marks = {
            **planted,
            Mark.REFERENCE: review.reference,
            Mark.INITIALS: review.child.initials,
            Mark.NAME: self.mark("first"),
            Mark.CASE_ID: self.mark("caseid"),
        }
        parts = tuple(part.key for part in self.template.parts)
        return Case(self.stage, review.public_id, row.public_id if row else None, parts, marks, review.version)


_PLANTED = [mark.name for mark in Mark if mark not in (Mark.REFERENCE, Mark.INITIALS, Mark.NAME, Mark.CASE_ID)]
_TO_DISCUSSION = ["drafting", "discussion"]
_TO_MODERATION = [*_TO_DISCUSSION, "hos_moderation"]
_TO_ISSUED = [*_TO_MODERATION, "tracking", "issued"]

# Every point of a review's life at which somebody's sight changes: the steps to it, and what is planned otherwise.
LIVES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "planned": ([], {}),
    "named": (["named"], {}),
    "conflict declared": (["conflicted"], {}),
    "drafting": (["drafting", "written"], {}),
    "returned": ([*_TO_MODERATION, "returned"], {}),
    "discussion": ([*_TO_DISCUSSION, "amending", "unsent"], {}),
    "half answered": ([*_TO_DISCUSSION, "half_answered"], {}),
    "answered": ([*_TO_DISCUSSION, "responded", "replied"], {}),
    "first moderation": ([*_TO_MODERATION, "moderated"], {}),
    "Head in conflict": (_TO_MODERATION, {"independent_chair": "head.qa"}),
    "decided": ([*_TO_MODERATION, "tracking"], {}),
    "issued": (_TO_ISSUED, {}),
    "owned by another": (_TO_ISSUED, {"owner": "head.service"}),
    "closed": ([*_TO_MODERATION, "tracking", "closed"], {}),
    "reopened": ([*_TO_ISSUED, "reopened"], {}),
    "withdrawn": ([*_TO_MODERATION, "withdrawn"], {}),
    "whole form, discussion": ([*_TO_DISCUSSION, "half_answered"], {"full": True}),
    "whole form, issued": (_TO_ISSUED, {"full": True}),
}


def gallery(world: World, wanted: Iterable[str] = tuple(LIVES)) -> list[Case]:
    """A case for each of `wanted`."""
    letters = dict(zip(LIVES, "ABCDEFGHIJKLMNOPQR", strict=True))
    with world.context():
        return [_live(world, stage, letters[stage]) for stage in wanted]


def _live(world: World, stage: str, letter: str) -> Case:
    path, changes = LIVES[stage]
    given = dict(changes)
    if "independent_chair" in given:
        given["independent_chair"] = world.public_id(given["independent_chair"])
    story = MarkedStory(world, stage, letter, **given)
    for step in path:
        getattr(story, step)()
    return story.case()


def whole_form(template: FormTemplate, world: World, mark: Callable[[str], str]) -> dict[str, dict[str, Any]]:
    """Complete answers to every question of a form, the marks in their places."""
    filler = _Filler(world, mark)
    return {part.key: {q.key: filler.value(q, part.key) for q in part.questions} for part in template.parts}


class _Filler:
    """An answer for each kind of question."""

    def __init__(self, world: World, mark: Callable[[str], str]) -> None:
        self.world, self.mark = world, mark

    def value(self, question: Any, part: str) -> Any:
        return getattr(self, f"_{question.kind}")(question, part)

    def _text(self, question: Any, part: str) -> str:
        if question.confidential:
            return f"{self.mark('confidential')} was said to me alone"
        if part == "recommendations" and question.key == "action":
            return f"{self.mark('action')} is agreed with the child"
        return f"{self.mark('draft')} Case note 3 June 2026."

    def _grade(self, _question: Any, _part: str) -> str:
        return "good"

    def _choice(self, question: Any, part: str) -> str:
        """What comes first in every list ("met", "spoke", "in person") asks for nothing more."""
        return "standards" if question.key == "finding" else str(question.options[0].key)

    def _choices(self, question: Any, part: str) -> list[str]:
        return [question.options[0].key]

    def _yes_no(self, _question: Any, _part: str) -> bool:
        return True

    def _date(self, question: Any, part: str) -> str:
        return (clock.today() if part != "recommendations" else clock.today().replace(month=12)).isoformat()

    def _person(self, _question: Any, _part: str) -> str:
        return self.world.public_id("worker")

    def _rows(self, question: Any, part: str) -> list[dict[str, Any]]:
        if question.key == "service_level":
            return []
        keys = [row.key for row in question.fixed] or ["r0000000001"]
        return [{"key": key, **{column.key: self.value(column, part) for column in question.columns}} for key in keys]


# Where one can go


@dataclass(frozen=True)
class Stop:
    """One address of one route."""

    endpoint: str
    url: str


# What an address asks for after its question mark.
QUERIES = {"reviews.compare": "?old=1&new=2"}
LISTS = (
    "/", "/reviews", "/recommendations", "/recommendations?view=all", "/programme", "/activities", "/tracker",
    "/supervision", "/recommendations/views", "/recommendations/export.csv?status=all",
    "/recommendations/export.xlsx?status=all",
)  # fmt: skip


def stops_of(app: Flask, case: Case, *, thin: bool = False) -> Iterator[Stop]:
    """Every page about one review and its recommendation. `thin`: one part and one action stand for all."""
    for rule in app.url_map.iter_rules():
        about_review = rule.rule.startswith("/reviews/<public_id>")
        about_recommendation = rule.rule.startswith("/recommendations/<public_id>")
        if "GET" not in (rule.methods or ()) or not (about_review or about_recommendation):
            continue
        subject = case.public_id if about_review else case.recommendation_id
        if subject is None:
            continue
        for values in _fillings(rule.arguments - {"public_id"}, case, about_review, thin):
            url = address(app, rule.endpoint, public_id=subject, **values)
            yield Stop(rule.endpoint, url + QUERIES.get(rule.endpoint, ""))


def _fillings(names: set[str], case: Case, about_review: bool, thin: bool) -> Iterator[dict[str, Any]]:
    """Values for what is left in an address. A name nobody thought of here gets a 1."""
    if not names:
        yield {}
    elif names == {"part"}:
        yield from ({"part": part} for part in (case.parts[:1] if thin or len(case.parts) > 6 else case.parts))
    elif names == {"action"}:
        known = list(ACTIONS if about_review else RECOMMENDATION_ACTIONS)
        yield from ({"action": action} for action in (known[:1] if thin else known))
    elif "kind" in names:
        rest = dict.fromkeys(names - {"kind"}, 1)
        yield from ({"kind": kind, **rest} for kind in (("review",) if thin else ("review", "moderation")))
    else:
        yield dict.fromkeys(names, 1)


def address(app: Flask, endpoint: str, **values: Any) -> str:
    """The path of an endpoint, outside a request."""
    return app.url_map.bind("localhost").build(endpoint, values)


def token(client: FlaskClient) -> str:
    """A form token of this browser."""
    return token_in(client.get("/account").get_data(as_text=True))


def visitor(world: World, login: str | None) -> FlaskClient:
    """A browser that does not check the pages it gets: a walk has thousands, and the other tests check them."""
    client = FlaskClient(world.app, world.app.response_class)
    if login is not None:
        world.sign_in(client, login)
    return client


def everything(kind: type[Review] | type[Recommendation]) -> list[Any]:
    """All rows of a kind; inside a context."""
    return list(session.scalars(select(kind).order_by(kind.id)))
