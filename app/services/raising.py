"""From the recommendations of a decided review to rows of the tracker (R8, R9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from app import clock
from app.extensions import session
from app.models.people import Person, RoleName
from app.models.recommendations import Level, Recommendation, RecommendationEntry, RecommendationTag
from app.models.reviews import Review, Revision
from app.policy.accounts import may_hold
from app.services import gate
from app.services.form_versions import template_of
from app.services.planning import next_numbers
from app.services.unit_of_work import Work
from forms.completeness import recommendation_rows
from workflows.guards import RecommendationFacts
from workflows.recommendation import OPEN, RECOMMENDATION
from workflows.states import RecommendationState, ReviewState

ENDED = (ReviewState.CLOSED, ReviewState.WITHDRAWN)

__all__ = [
    "LEVELS",
    "OPEN",
    "numbers_for",
    "people_named",
    "raise_one",
    "raise_recommendations",
    "settle_again",
    "take_recommendation",
]

People = Mapping[Any, Person]
LEVELS = {"child_level": Level.CHILD, "service_level": Level.SERVICE}


def raise_recommendations(work: Work, review: Review, revision: Revision) -> None:
    """Each recommendation of the deciding revision: proposed by the reviewer, agreed by the decision.

    One raised by an earlier decision on this review runs on as it is (a reopened decision changes it
    only where the panel says so).
    """
    known = set(session.scalars(select(Recommendation.row_key).where(Recommendation.review_id == review.id)))
    rows = recommendation_rows(template_of(review.form_version), revision.content["parts"])
    new = [(level, row) for level, row in rows if row["key"] not in known]
    people, numbers = people_named(row for _level, row in new), numbers_for(review, len(new))
    for level, row in new:
        due = date.fromisoformat(row["due"]) if row.get("due") else None
        recommendation = _proposed(work, review, LEVELS[level], {**row, "due": due}, people, numbers)
        session.add(recommendation)
        take_recommendation(work, recommendation, "agree")


def raise_one(
    work: Work,
    review: Review,
    row: Mapping[str, Any],
    settled: Mapping[str, Any],
    people: People | None = None,
    numbers: Iterator[int] | None = None,
) -> Recommendation:
    """One recommendation as the panel settled it: kept, changed with the reason, or proposed and dropped (R5).

    `row` is {"key", "level", "action", "impact", "owner", "due"}, `settled` what the decision says of it; `people`
    are those whom several name, as `people_named` found them; `numbers` as `numbers_for` took them for several.
    """
    what = settled.get("what")
    words = {**row, **_changes(settled)} if what == "change" else dict(row)
    made = _proposed(work, review, Level(words["level"]), words, people, numbers)
    session.add(made)
    if what == "drop":
        take_recommendation(work, made, "drop", settled_reason(settled), settled["reason"], quietly=True)
        return made
    text = f"Changed by the panel from “{row['action']}”: {settled['reason']}" if what == "change" else ""
    take_recommendation(work, made, "agree", text=text)
    return made


def settle_again(work: Work, raised: Recommendation, settled: Mapping[str, Any]) -> None:
    """One that an earlier decision raised: it runs on, or is changed or set aside with the reason."""
    if settled["what"] == "drop":
        take_recommendation(
            work, raised, "decide_against", settled_reason(settled), settled["reason"], in_decision=True
        )
    elif settled["what"] == "change":
        text = f"Changed by the panel from “{raised.action}”: {settled['reason']}"
        now = _changes(settled)
        owner = _person(now["owner"])
        raised.action, raised.effect = now["action"], now["impact"]
        raised.owner_id, raised.due_on = owner.id if owner else None, now["due"]
        verifier = default_verifier(owner)
        raised.verifier_id = verifier.id if verifier else None
        session.flush()
        session.expire(raised, ["owner", "verifier"])
        take_recommendation(work, raised, "change", settled_reason(settled), text, in_decision=True)


def settled_reason(settled: Mapping[str, Any]) -> dict[str, Any]:
    return {"reason": settled["reason"]}


def _changes(settled: Mapping[str, Any]) -> dict[str, Any]:
    due = date.fromisoformat(settled["due"]) if settled.get("due") else None
    return {"action": settled["action"], "impact": settled["impact"], "owner": settled["owner"], "due": due}


def numbers_for(review: Review, how_many: int) -> Iterator[int]:
    """The numbers of so many recommendations of a review, taken at once."""
    return iter(next_numbers(_counter(review), how_many) if how_many else ())


def _counter(review: Review) -> str:
    return f"recommendation-{review.id}"


def _proposed(
    work: Work,
    review: Review,
    level: Level,
    row: Mapping[str, Any],
    people: People | None = None,
    numbers: Iterator[int] | None = None,
) -> Recommendation:
    owner = _person(row.get("owner")) if people is None else people.get(row.get("owner"))
    verifier = default_verifier(owner)
    return Recommendation(
        reference=f"{review.reference}/{next(numbers or numbers_for(review, 1))}",
        state=RecommendationState.PROPOSED,
        version=1,
        review=review,
        row_key=row["key"],
        level=level,
        finding=row.get("finding") or "",
        tag_rows=[RecommendationTag(tag=tag) for tag in dict.fromkeys(_tags(row))],
        action=row.get("action") or "",
        effect=row.get("impact") or "",
        owner=owner,
        verifier=verifier,
        due_on=row.get("due"),
        first_due_on=row.get("due"),
        raised_at=work.at,
    )


def _tags(row: Mapping[str, Any]) -> list[str]:
    return [*(row.get("themes") or ()), *(row.get("framework") or ())]


def _person(public_id: Any) -> Person | None:
    if not public_id:
        return None
    return session.scalars(select(Person).where(Person.public_id == public_id)).one_or_none()


def people_named(rows: Iterable[Mapping[str, Any]]) -> People:
    """The owners that these rows name, by public id, asked for at once."""
    named = {row.get("owner") for row in rows} - {None, ""}
    query = select(Person).where(Person.public_id.in_(named))
    above = joinedload(Person.line_manager)
    query = query.options(selectinload(Person.roles), above, above.selectinload(Person.roles))
    return {person.public_id: person for person in session.scalars(query)} if named else {}


def default_verifier(owner: Person | None) -> Person | None:
    """The line manager for a worker, the Head of QA for a manager; nobody the owner manages (R9)."""
    if owner is None:
        return None
    manages = {RoleName.LINE_MANAGER, RoleName.OPERATIONAL_MANAGER} & owner.role_names
    candidate = owner.line_manager if not manages else _head()
    if candidate is None or not may_hold(candidate, clock.today()):
        return None
    return candidate if independent(candidate, owner) else None


def _head() -> Person | None:
    heads = gate.office().heads
    return session.get(Person, heads[0]) if heads else None


def _whom_a_line_leads_to() -> Select[int]:
    """Everybody above `person` in the line of managers, the person too; UNION ends where a line comes back to its
    start. Made once: putting it together takes longer than asking it."""
    line = select(Person.id, Person.line_manager_id).where(Person.id == bindparam("person")).cte(recursive=True)
    above = select(Person.id, Person.line_manager_id).where(Person.id == line.c.line_manager_id)
    line = line.union(above)
    return select(line.c.id).where(line.c.id == bindparam("sought"))


_LINE = _whom_a_line_leads_to()


def independent(verifier: Person, owner: Person) -> bool:
    """R9: the verifier is not the owner, nor anybody the owner manages, directly or further down."""
    if verifier.id == owner.id:
        return False
    return session.scalar(_LINE, {"person": verifier.id, "sought": owner.id}) is None


def facts_for(
    recommendation: Recommendation, *, today: date, apart: Callable[[Person, Person], bool] = independent
) -> RecommendationFacts:
    """What the guards of a recommendation ask. `apart`: `independent`, or what remembers its answers."""
    owner, verifier = recommendation.owner, recommendation.verifier
    return RecommendationFacts(
        has_owner=owner is not None,
        has_verifier=verifier is not None,
        verifier_independent=owner is not None and verifier is not None and apart(verifier, owner),
        has_evidence=bool(recommendation.evidence),
        issued=recommendation.review is None or recommendation.review.issued_at is not None,
        disputed=recommendation.disputed_at is not None,
        accepted=recommendation.accepted_at is not None,
        service_level=recommendation.level is Level.SERVICE,
        with_director=recommendation.director_id is not None,
        has_partner=bool(recommendation.partner_agency),
        joined_from=recommendation.joined_from,
        review_ended=_review_ended(recommendation),
        today=today,
    )


def _review_ended(recommendation: Recommendation) -> bool:
    """Its own review, or that of one that was joined into it: both count it as theirs."""
    if recommendation.review is not None and recommendation.review.state in ENDED:
        return True
    if recommendation.state in OPEN:
        return False
    joined = select(Recommendation.id).join(Review).where(Review.state.in_(ENDED))
    return session.scalar(joined.where(Recommendation.joined_into_id == recommendation.id).limit(1)) is not None


def _audience(recommendation: Recommendation) -> dict[str, Iterable[int | None]]:
    """The people behind the names in the table of steps."""
    return {
        "owner": [recommendation.owner_id],
        "verifier": [recommendation.verifier_id],
        "director": [recommendation.director_id],
        "reviewer": [recommendation.review.reviewer_id] if recommendation.review else [],
        "head_of_qa": gate.office().heads,
    }


def take_recommendation(
    work: Work,
    recommendation: Recommendation,
    trigger: str,
    given: dict[str, Any] | None = None,
    text: str = "",
    *,
    quietly: bool = False,
    in_decision: bool = False,
) -> None:
    """Fire one step of a recommendation and write its line of history. `quietly`: of one whose people have never
    heard of it, so that nobody is told. `in_decision`: inside a decision of the panel."""
    facts = replace(facts_for(recommendation, today=clock.today()), in_decision=in_decision)
    work.fire(
        RECOMMENDATION,
        recommendation,
        trigger,
        gate.command(work.actor, facts, given),
        audience=dict if quietly else partial(_audience, recommendation),
    )
    details = {
        key: value for key, value in (given or {}).items() if key not in ("text", "reason", "impact", "evidence")
    }
    entry = {
        "action": trigger,
        "text": text,
        "details": {key: value.isoformat() if isinstance(value, date) else value for key, value in details.items()},
        "at": work.at,
        "person_id": work.actor.id,
    }
    work.line(RecommendationEntry, recommendation, "recommendation_id", entry)
