"""From the rows of a file to service-level recommendations of an activity, and the way back (R8, R9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from textwrap import shorten
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app import clock
from app.extensions import session
from app.imports.looking import Looked
from app.imports.matching import Fate
from app.imports.rows import Making, Planned
from app.models.activities import Activity
from app.models.people import Person
from app.models.plans import ImportBatch
from app.models.recommendations import Level, Recommendation
from app.policy.accounts import may_hold
from app.services import settings
from app.services.planning import next_number
from app.services.raising import default_verifier, take_recommendation
from app.services.unit_of_work import Work
from workflows.engine import GuardFailed, Reason
from workflows.recommendation import OPEN
from workflows.states import RecommendationState

Row = dict[str, Any]
KEY = 40  # letters of a fingerprint in a row's key
CHILD_LEVEL = "A recommendation for one child needs its child: raise it on the activity’s own page."
NO_ACTION = "There is no action in this row."
UNDONE = "The import that it came with was undone."


def matches(rows: Iterable[Planned], activity_id: int) -> Mapping[int, Fate]:
    """Which rows are recommendations of this activity already, from files before, and were not set aside. Two rows of
    the same words match two, never one twice."""
    query = select(Recommendation.row_key).where(
        Recommendation.activity_id == activity_id,
        Recommendation.row_key.is_not(None),
        Recommendation.state.not_in([RecommendationState.SET_ASIDE, RecommendationState.DROPPED]),
    )
    left = Counter(session.scalars(query))
    found: dict[int, Fate] = {}
    for row in rows:
        key = row.fingerprint[:KEY]
        found[row.number] = Fate.REPEAT if left[key] > 0 else Fate.NEW
        left[key] -= 1
    return found


def owners(rows: Iterable[Planned]) -> dict[str, Person]:
    """By the words of the file, small: the one active person of exactly that name or address, who may own one."""
    said = {row.fields.get("who", "").strip().lower() for row in rows} - {""}
    if not said:
        return {}
    query = select(Person).where(Person.active, func.lower(Person.name).in_(said) | func.lower(Person.email).in_(said))
    found: dict[str, list[Person]] = {}
    for person in session.scalars(query.options(selectinload(Person.roles), joinedload(Person.line_manager))):
        for name in {person.name.lower(), person.email.lower()} & said:
            found.setdefault(name, []).append(person)
    known = {name: people[0] for name, people in found.items() if len(people) == 1}
    return {name: person for name, person in known.items() if may_hold(person, clock.today())}


def doubts_of(planned: Planned, people: Mapping[str, Person]) -> list[str]:
    """What is not certain of a row beside what its words say: whose it is, and for whom."""
    found = list(planned.doubts)
    who = planned.fields.get("who", "")
    if who and who.strip().lower() not in people:
        nobody = "is nobody here by name or e-mail address, or nobody who can own it"
        found.append(f"“{who}” {nobody}: name the owner afterwards.")
    if not who:
        found.append("Nobody owns it: name the owner afterwards.")
    return found


def shut(planned: Planned) -> str:
    """Why a row makes no recommendation; empty where it makes one."""
    if planned.fields.get("level", "").strip().lower().startswith("child"):
        return CHILD_LEVEL
    return "" if planned.fields.get("what") else NO_ACTION


def take_in(
    work: Work, activity: Activity, batch: ImportBatch, found: Looked, _choices: Mapping[str, Any]
) -> list[Row]:
    """Each row proposed and agreed by the Head of QA, its owner told. The activity is locked."""
    batch.activity_id = activity.id
    work.add(batch)
    lines = [row for row in found.rows if row.making is Making.LINE]
    people = owners(lines)
    there = matches(lines, activity.id)
    return [_row(work, activity, planned, there, people) for planned in found.rows]


def _row(
    work: Work, activity: Activity, planned: Planned, there: Mapping[int, Fate], people: Mapping[str, Person]
) -> Row:
    account: Row = {"row": planned.number, "made": str(planned.making)}
    if planned.words:
        account["words"] = [list(pair) for pair in planned.words]
    if planned.making is not Making.LINE:
        return account
    if there[planned.number] is Fate.REPEAT:
        return {**account, "made": "repeat"}
    if why := shut(planned):
        return {**account, "made": "nothing", "doubts": [why]}
    made = _raised(work, activity, planned, people)
    told = {"id": made.public_id, "version": made.version, "text": shorten(made.action, 160, placeholder="…")}
    return {**account, "made": "recommendation", **told, "doubts": doubts_of(planned, people)}


def _raised(work: Work, activity: Activity, planned: Planned, people: Mapping[str, Person]) -> Recommendation:
    owner = people.get(planned.fields.get("who", "").strip().lower())
    number = next_number(f"recommendation-of-activity-{activity.id}")
    row = Recommendation(
        reference=f"{activity.reference}/{number}", state=RecommendationState.PROPOSED, version=1, activity=activity,
        row_key=planned.fingerprint[:KEY], level=Level.SERVICE, finding="", tag_rows=[],
        action=planned.fields["what"], effect=planned.fields.get("experience", ""), owner=owner,
        verifier=default_verifier(owner), due_on=planned.due_on, first_due_on=planned.due_on, raised_at=work.at,
    )  # fmt: skip
    work.add(row)
    take_recommendation(work, row, "agree", text=_as_written(planned))
    row.accept_due_on = settings.deadline(clock.today(), settings.load().accept_days)
    work.tell([row.owner_id], "recommendation.owned", row)
    return row


def _as_written(planned: Planned) -> str:
    """Every word of the row, into the first line of its history: what found no column of its own is not lost."""
    return "\n".join(
        [f"Taken in from row {planned.number} of a file.", *(f"{head}: {text}" for head, text in planned.words)]
    )


# --- undoing ----------------------------------------------------------------------------------------------


def _made_by(batch: ImportBatch) -> list[tuple[Recommendation, int]]:
    """What came with it, and the version it had then."""
    versions = {row["id"]: row["version"] for row in batch.rows if row["made"] == "recommendation"}
    query = select(Recommendation).where(Recommendation.public_id.in_(versions)).order_by(Recommendation.id)
    return [(row, versions[row.public_id]) for row in session.scalars(query)] if versions else []


def changed_since(batch: ImportBatch) -> list[Recommendation]:
    return [row for row, version in _made_by(batch) if row.version != version]


def undo(work: Work, batch: ImportBatch, seen: int) -> int:
    """Each is set aside with the reason, as an open one is: what has been agreed leaves no gap in the record."""
    since = len(changed_since(batch))
    if since != seen:
        told = "1 recommendation was" if since == 1 else f"{since} recommendations were"
        raise GuardFailed(Reason(f"{told} changed since. Look at the page again before you undo it."))
    taken = 0
    for row, _version in _made_by(batch):
        locked = work.lock(Recommendation, row.id)
        if locked.state in OPEN:
            take_recommendation(work, locked, "set_aside", {"reason": UNDONE}, UNDONE)
            taken += 1
    return taken
