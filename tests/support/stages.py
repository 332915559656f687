"""Reviews at any stage, made through the services: `review_at(world, ReviewState.DISCUSSION)`.

A review here is on the short form: two graded sections, a summary, one recommendation.
"""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

from app import clock
from app.extensions import session
from app.models.recommendations import Recommendation
from app.models.reviews import ChildStatus, Review
from app.policy.actor import Actor
from app.services import discussion, drafting, form_versions, issuing, moderation, planning, recommendations
from tests.support.remembering import notes_of, remembered
from tests.support.world import World
from workflows.states import ReviewState

ORDER = [
    ReviewState.PLANNED,
    ReviewState.DRAFTING,
    ReviewState.DISCUSSION,
    ReviewState.HOS_MODERATION,
    ReviewState.TRACKING,
    ReviewState.CLOSED,
]
NAMES = itertools.cycle(["Ama Kestrel", "Bea Lindqvist", "Dara Quill", "Eli Marsh", "Farah Osei", "Gwen Tallow"])
_numbers = itertools.count(1)


def plan(world: World, **changes: Any) -> planning.Plan:
    """A plan that the rules allow: the external reviewer on the worker's practice."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "child": planning.NewChild(case_system_id=f"CS{number:06d}", name=next(NAMES), born_on=date(2017, 4, 9)),
        "child_status": ChildStatus.CHILD_IN_NEED,
        "reviewer": world.public_id("external.reviewer"),
        "worker": world.public_id("worker"),
        "line_manager": world.public_id("manager"),
        "planned_month": date(2026, 11, 1),
        "theme": "Help that lasts",
        "form_version": form_versions.find("practice-review-small", "1").public_id,
    }
    return planning.Plan(**{**values, **changes})


def answers(world: World, grade: str = "good", *, owner: str = "worker") -> dict[str, dict[str, Any]]:
    """A complete draft of the short form."""
    section = {
        "evidence": "Case note 3 June 2026: seen alone at school, and the plan of 9 June follows from it.",
        "difference": "The child now sees the same worker each week and has asked for it.",
        "grade": grade,
    }
    row = {
        "key": "r0000000001",
        "action": "Agree with the child who to ring when worried, and put it in the plan.",
        "impact": "The child knows who will come.",
        "owner": world.public_id(owner),
        "due": (clock.today() + timedelta(days=40)).isoformat(),
        "finding": "needs",
    }
    recommended = {"child_level": [row], "service_level": []}
    return {"journey": section, "needs": section, "summary": section, "recommendations": recommended}


def write(actor: Actor, review: Review, parts: dict[str, dict[str, Any]]) -> None:
    """Save every part on top of what is there."""
    versions = {part.part: part.version for part in review.parts}
    for part, given in parts.items():
        drafting.save_part(actor, review.id, part, given, expected_version=versions.get(part, 0))


def response(review: Review, stance: str = "agree", text: str = "") -> dict[str, Any]:
    """The same stance on every part."""
    parts = form_versions.template_of(review.form_version).parts
    return {"parts": {part.key: {"stance": stance, "text": text} for part in parts}}


def moderation_answers(review: Review, grade: str = "good") -> dict[str, Any]:
    """A first moderation that finds everything in order."""
    template = form_versions.template_of(review.form_version)
    return {
        "checks": {part.key: {"matches": "yes", "complete": "yes", "comment": ""} for part in template.parts},
        "issues": {"answer": "yes", "comment": ""},
        "clear": {"answer": "yes", "comment": ""},
        "views": {part.key: {"grade": grade, "reason": ""} for part, _ in template.grade_questions},
    }


class Story:
    """One review walked through its life by the people of the cast. Inside an application context."""

    def __init__(self, world: World, **changes: Any) -> None:
        self.world = world
        self.reviewer = changes.pop("reviewer_login", "external.reviewer")
        self.grade = changes.pop("grade", "good")
        self.owner = changes.pop("owner", "worker")
        self.manager = changes.pop("manager_login", "manager")
        changes.setdefault("line_manager", world.public_id(self.manager))
        changes["reviewer"] = world.public_id(self.reviewer)
        self.id = self._planned(changes)

    @remembered
    def _planned(self, changes: dict[str, Any]) -> int:
        return planning.plan_review(self.world.actor("head.qa"), plan(self.world, **changes)).id

    def __repr__(self) -> str:
        return f"{type(self).__name__}({notes_of(self, self.world)})"

    @property
    def review(self) -> Review:
        """The row as the database has it now."""
        session.rollback()
        found = session.get(Review, self.id)
        assert found is not None
        return found

    @remembered
    def drafting(self) -> None:
        actor = self.world.actor(self.reviewer)
        planning.declare(actor, self.id, conflicted=False)
        planning.declare(actor, self.id, conflicted=False)
        planning.start(actor, self.id, self.review.version)

    @remembered
    def written(self) -> None:
        actor = self.world.actor(self.reviewer)
        write(actor, self.review, answers(self.world, self.grade, owner=self.owner))

    @remembered
    def discussion(self) -> None:
        self.written()
        drafting.share(self.world.actor(self.reviewer), self.id, self.review.version)

    @remembered
    def responded(self, stance: str = "agree", text: str = "") -> None:
        for login in ("worker", self.manager):
            number = [r for r in self.review.revisions if r.kind != "submitted"][-1].number
            given = response(self.review, stance, text)
            discussion.respond(self.world.actor(login), self.id, given, revision_number=number)

    @remembered
    def hos_moderation(self) -> None:
        self.responded()
        drafting.submit(self.world.actor(self.reviewer), self.id, self.review.version)

    @remembered
    def moderated(self) -> None:
        given = moderation_answers(self.review, self.grade)
        moderation.save(self.world.actor("head.qa"), self.id, given, expected_version=0)

    @remembered
    def tracking(self) -> None:
        self.moderated()
        head = self.world.actor("head.qa")
        moderation.agree_without_panel(head, self.id, self.review.version, reason="The grades are well evidenced.")

    @remembered
    def issued(self) -> None:
        head, today = self.world.actor("head.qa"), clock.today()
        issuing.issue(head, self.id, self.review.version, sent_on=today, tracker_meeting_on=today + timedelta(days=20))

    def recommendation(self) -> Recommendation:
        session.rollback()
        return session.query(Recommendation).filter_by(review_id=self.id).order_by(Recommendation.id).limit(1).one()

    @remembered
    def act(self, login: str, trigger: str, **given: Any) -> None:
        row = self.recommendation()
        recommendations.act(self.world.actor(login), row.id, trigger, row.version, given)

    @remembered
    def recommendation_done(self) -> None:
        self.act("worker", "start")
        self.act("worker", "complete", evidence="The plan of 2 December names the person.")
        self.act("manager", "verify", impact="The child rang in January and was met the same day.")

    @remembered
    def closed(self) -> None:
        self.issued()
        self.recommendation_done()
        head, today = self.world.actor("head.qa"), clock.today()
        issuing.record_upload(head, self.id, self.review.version, uploaded_on=today)
        issuing.record_supervision(head, self.id, self.review.version, supervision_on=today)
        issuing.close(head, self.id, self.review.version)


@remembered
def review_at(world: World, state: ReviewState, **changes: Any) -> Story:
    """A review walked to `state`."""
    story = Story(world, **changes)
    for step in ORDER[1 : ORDER.index(state) + 1]:
        getattr(story, step.value)()
    return story
