"""Reviews for the actions that can be taken only once: made by the services, then copied for each repetition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import Any
from unittest.mock import patch

from sqlalchemy import select

from app import clock, extensions
from app.extensions import session
from app.models.forms import FormTemplate, FormTemplateVersion
from app.models.reviews import ChildStatus, Review, Revision, RevisionKind
from app.services import discussion, drafting, form_versions, moderation, planning
from tests.benchmarks import multiply, pages
from tests.benchmarks.measuring import Probe
from tests.benchmarks.pages import HEAD, MANAGER, REVIEWER, WORKER, Browsers
from tests.support.stages import moderation_answers, response, write
from tests.support.world import World

FORM = "practice-review"
NAMES = ("sharing", "responding", "submitting", "agreeing")


def actions(browsers: Browsers, times: int) -> list[Probe]:
    """Sharing, responding, submitting and agreeing, each on as many reviews as it is repeated."""
    world = browsers.world
    with world.context():
        written = parts()
        stages: dict[str, Callable[[Story], None]] = {
            "share": lambda story: story.written(written),
            "respond": lambda story: story.shared(written),
            "submit": lambda story: story.answered(written),
            "agree": lambda story: story.moderated(written),
        }
        made = {name: _made(world, number, make) for number, (name, make) in enumerate(stages.items())}
        session.rollback()
        with extensions.engine().begin() as connection:
            ids = {name: multiply.repeat(connection, review_id, times) for name, review_id in made.items()}
        versions = {name: session.get_one(Review, review_id).version for name, review_id in made.items()}
        responding = _response_fields(session.get_one(Review, made["respond"]))

    def asked(name: str, **fields: str) -> Callable[[str], Mapping[str, Any]]:
        return lambda _url: {"version": str(versions[name]), **fields}

    def urls(name: str, what: str) -> list[str]:
        return [f"/reviews/{public_id}/{what}" for public_id in ids[name]]

    agreed = asked("agree", reason="The grades are well evidenced.")
    return [
        pages.taking(browsers, "sharing", REVIEWER, urls("share", "do/share"), asked("share")),
        pages.taking(browsers, "responding", WORKER, urls("respond", "respond"), lambda _url: responding),
        pages.taking(browsers, "submitting", REVIEWER, urls("submit", "do/submit"), asked("submit")),
        pages.taking(browsers, "agreeing", HEAD, urls("agree", "do/agree_without_panel"), agreed),
    ]


class _NotDrawn:
    """A draw that sends no review to the panel, or none could be agreed without it."""

    @staticmethod
    def randrange(stop: int) -> int:
        return stop - 1


def nobody_drawn() -> AbstractContextManager[Any]:
    """While a story is made."""
    return patch.object(drafting, "DRAW", _NotDrawn())


def _made(world: World, number: int, make: Callable[[Story], None]) -> int:
    with nobody_drawn():
        story = Story(world, number)
        make(story)
    return story.id


def parts() -> dict[str, dict[str, Any]]:
    """The answers of a review of the year that was submitted, without an inadequate grade."""
    rows = session.scalars(select(Revision).where(Revision.kind == RevisionKind.SUBMITTED).order_by(Revision.id))
    found: dict[str, dict[str, Any]] = next(
        row.content["parts"] for row in rows if '"inadequate"' not in str(row.content).replace("'", '"')
    )
    return found


def _form() -> str:
    query = select(FormTemplateVersion.public_id).join(FormTemplateVersion.template).where(FormTemplate.key == FORM)
    return str(session.scalars(query.where(FormTemplateVersion.published_at.is_not(None))).first())


class Story:
    """One review on the full form, walked as far as an action needs."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        child = planning.NewChild(case_system_id=f"BENCH{number}", name="Ama Kestrel", born_on=date(2017, 4, 9))
        plan = planning.Plan(
            child=child,
            child_status=ChildStatus.CHILD_IN_NEED,
            reviewer=world.public_id(REVIEWER),
            worker=world.public_id(WORKER),
            line_manager=world.public_id(MANAGER),
            planned_month=clock.today().replace(day=1),
            theme="Help that lasts",
            form_version=_form(),
        )
        self.id = planning.plan_review(world.actor(HEAD), plan).id

    @property
    def review(self) -> Review:
        session.rollback()
        return session.get_one(Review, self.id)

    def written(self, parts: dict[str, dict[str, Any]]) -> None:
        reviewer = self.world.actor(REVIEWER)
        planning.declare(reviewer, self.id, conflicted=False)
        planning.declare(reviewer, self.id, conflicted=False)
        planning.start(reviewer, self.id, self.review.version)
        write(reviewer, self.review, parts)

    def shared(self, parts: dict[str, dict[str, Any]]) -> None:
        self.written(parts)
        drafting.share(self.world.actor(REVIEWER), self.id, self.review.version)

    def answered(self, parts: dict[str, dict[str, Any]]) -> None:
        self.shared(parts)
        for login in (WORKER, MANAGER):
            given = response(self.review)
            discussion.respond(self.world.actor(login), self.id, given, revision_number=1)

    def moderated(self, parts: dict[str, dict[str, Any]]) -> None:
        self.answered(parts)
        drafting.submit(self.world.actor(REVIEWER), self.id, self.review.version)
        given = moderation_answers(self.review)
        for part, question in form_versions.template_of(self.review.form_version).grade_questions:
            given["views"][part.key]["grade"] = parts[part.key][question.key]  # one that differs goes to the panel
        moderation.save(self.world.actor(HEAD), self.id, given, expected_version=0)


def _response_fields(review: Review) -> dict[str, str]:
    """What the respond page posts: agreement with most of it, words on two sections."""
    keys = [part.key for part in form_versions.template_of(review.form_version).parts]
    fields = {f"stance-{key}": "agree" for key in keys}
    for key in keys[2:4]:
        fields |= {f"stance-{key}": "correction", f"text-{key}": "The visit was on 3 June, as the case note says."}
    return {**fields, "revision": "1", "version": "0", "proud_of": "The plan held.", "do_differently": "Ask sooner."}
