"""From the recommendations of a decided review to rows of the tracker (R8, R9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import aliased, contains_eager, load_only
from sqlalchemy.orm.attributes import set_committed_value

from app import clock
from app.extensions import session
from app.models.people import Person, RoleName
from app.models.recommendations import Level, Recommendation, RecommendationEntry, RecommendationTag
from app.models.reviews import Review, Revision
from app.policy.accounts import asked_of, beside_roles, may_hold
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
    "Together",
    "people_named",
    "raise_one",
    "raise_recommendations",
    "settle_again",
    "take_recommendation",
]

Apart = Callable[[Person, Person], bool]
LEVELS = {"child_level": Level.CHILD, "service_level": Level.SERVICE}


def raise_recommendations(work: Work, review: Review, revision: Revision) -> None:
    """Each recommendation of the deciding revision: proposed by the reviewer, agreed by the decision.

    One raised by an earlier decision on this review runs on as it is (a reopened decision changes it
    only where the panel says so).
    """
    known = set(session.scalars(select(Recommendation.row_key).where(Recommendation.review_id == review.id)))
    rows = recommendation_rows(template_of(review.form_version), revision.content["parts"])
    new = [(level, row) for level, row in rows if row["key"] not in known]
    together = Together.of(review, people_named(row.get("owner") for _level, row in new), len(new))
    for level, row in new:
        due = date.fromisoformat(row["due"]) if row.get("due") else None
        recommendation = _proposed(work, review, LEVELS[level], {**row, "due": due}, together)
        take_recommendation(work, recommendation, "agree", apart=together.apart)


def raise_one(
    work: Work, review: Review, row: Mapping[str, Any], settled: Mapping[str, Any], together: Together
) -> Recommendation:
    """One recommendation as the panel settled it: kept, changed with the reason, or proposed and dropped (R5).

    `row` is {"key", "level", "action", "impact", "owner", "due"}, `settled` what the decision says of it.
    """
    what = settled.get("what")
    words = {**row, **_changes(settled)} if what == "change" else dict(row)
    made = _proposed(work, review, Level(words["level"]), words, together)
    if what == "drop":
        reason = settled_reason(settled)
        take_recommendation(work, made, "drop", reason, settled["reason"], quietly=True, apart=together.apart)
        return made
    text = f"Changed by the panel from “{row['action']}”: {settled['reason']}" if what == "change" else ""
    take_recommendation(work, made, "agree", text=text, apart=together.apart)
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


@dataclass(frozen=True)
class Together:
    """What several recommendations of one decision share: asked for once, not by each of them."""

    people: Mapping[Any, Person]
    numbers: Iterator[int]
    above: Set[tuple[int, int]]

    @classmethod
    def of(cls, review: Review, people: Mapping[Any, Person], how_many: int) -> Together:
        """`people` as `people_named` found them; `how_many` numbers of this review are taken."""
        numbers = next_numbers(f"recommendation-{review.id}", how_many) if how_many else ()
        managers = {owner.line_manager_id for owner in people.values() if owner.line_manager_id is not None}
        return cls(people, iter(numbers), _above({*managers, *gate.office().heads[:1]} if people else ()))

    def owner(self, row: Mapping[str, Any]) -> Person | None:
        """Whom the row names, unless they have left or are shown nothing of a child since: it is raised without."""
        named = self.people.get(row.get("owner"))
        return named if named is not None and may_hold(named, clock.today()) else None

    def apart(self, verifier: Person, owner: Person) -> bool:
        """`independent`, of whoever `default_verifier` may propose."""
        return _is_apart(verifier, owner, self.above)


def _proposed(work: Work, review: Review, level: Level, row: Mapping[str, Any], together: Together) -> Recommendation:
    owner = together.owner(row)
    verifier = default_verifier(owner, together.apart)
    made = Recommendation(
        reference=f"{review.reference}/{next(together.numbers)}",
        state=RecommendationState.PROPOSED,
        version=1,
        review_id=review.id,
        row_key=row["key"],
        level=level,
        finding=row.get("finding") or "",
        action=row.get("action") or "",
        effect=row.get("impact") or "",
        owner_id=owner.id if owner else None,
        verifier_id=verifier.id if verifier else None,
        due_on=row.get("due"),
        first_due_on=row.get("due"),
        raised_at=work.at,
    )
    for name, known in (("review", review), ("owner", owner), ("verifier", verifier)):
        set_committed_value(made, name, known)  # for its guards
    work.make(made)
    for tag in dict.fromkeys(_tags(row)):
        work.line(RecommendationTag, made, "recommendation_id", {"tag": tag})
    return made


def _tags(row: Mapping[str, Any]) -> list[str]:
    return [*(row.get("themes") or ()), *(row.get("framework") or ())]


def _person(public_id: Any) -> Person | None:
    if not public_id:
        return None
    return session.scalars(select(Person).where(Person.public_id == public_id)).one_or_none()


def _with_managers() -> Select[Any]:
    """People by public id with who manages them, and the roles of both; made once."""
    above = aliased(Person)
    query, own = beside_roles(select(Person).outerjoin(above, Person.line_manager_id == above.id))
    query, theirs = beside_roles(query, above)
    manager = contains_eager(Person.line_manager.of_type(above))
    return query.where(Person.public_id.in_(bindparam("named", expanding=True))).options(
        load_only(*asked_of()),
        contains_eager(Person.roles.of_type(own)),
        manager.load_only(*asked_of(above)),
        manager.contains_eager(above.roles.of_type(theirs)),
    )


_NAMED = _with_managers()


def people_named(owners: Iterable[Any]) -> Mapping[Any, Person]:
    """Those that several recommendations name, by public id, with what their rules ask, at once."""
    named = sorted(set(owners) - {None, ""})
    found = session.scalars(_NAMED, {"named": named}).unique() if named else ()
    return {person.public_id: person for person in found}


def default_verifier(owner: Person | None, apart: Apart | None = None) -> Person | None:
    """The line manager for a worker, the Head of QA for a manager; nobody the owner manages (R9)."""
    if owner is None:
        return None
    manages = {RoleName.LINE_MANAGER, RoleName.OPERATIONAL_MANAGER} & owner.role_names
    candidate = owner.line_manager if not manages else _head()
    if candidate is None or not may_hold(candidate, clock.today()):
        return None
    return candidate if (apart or independent)(candidate, owner) else None


def _head() -> Person | None:
    heads = gate.office().heads
    return session.get(Person, heads[0]) if heads else None


def _everybody_above() -> Select[int, int]:
    """(person, somebody above in the line of managers), each of `people` above themselves too; UNION ends where a line
    comes back to its start. Made once: putting it together takes longer than asking it."""
    people: Any = bindparam("people", expanding=True)
    themselves = select(Person.id.label("person"), Person.id, Person.line_manager_id).where(Person.id.in_(people))
    line = themselves.cte(recursive=True)
    above = select(line.c.person, Person.id, Person.line_manager_id).where(Person.id == line.c.line_manager_id)
    line = line.union(above)
    return select(line.c.person, line.c.id)


_LINES = _everybody_above()


def _above(people: Iterable[int]) -> set[tuple[int, int]]:
    wanted = list(people)
    return {(row.person, row.id) for row in session.execute(_LINES, {"people": wanted})} if wanted else set()


def independent(verifier: Person, owner: Person) -> bool:
    """R9: the verifier is not the owner, nor anybody the owner manages, directly or further down."""
    return _is_apart(verifier, owner, _above([verifier.id]))


def _is_apart(verifier: Person, owner: Person, above: Set[tuple[int, int]]) -> bool:
    return verifier.id != owner.id and (verifier.id, owner.id) not in above


def facts_for(recommendation: Recommendation, *, today: date, apart: Apart = independent) -> RecommendationFacts:
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
    if recommendation.state in OPEN or recommendation.id is None:
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
    apart: Apart = independent,
) -> None:
    """Fire one step of a recommendation and write its line of history. `quietly`: of one whose people have never
    heard of it, so that nobody is told. `in_decision`: inside a decision of the panel. `apart`: as `facts_for`."""
    facts = replace(facts_for(recommendation, today=clock.today(), apart=apart), in_decision=in_decision)
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
