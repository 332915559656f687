"""The agreed form of the panel as it is written: what may be kept of it, and what is still to do (R5).

The form's answers: {"form": {part: answers of the moderation form}, "reasons": {section: why the grade moves},
"recommendations": {row key: {"what": keep, change or drop, "reason", "action", "impact", "owner", "due"}},
"added": [{"key", "level", "action", "impact", "owner", "due"}], "reached", "reached_reason", "themes": [text],
"dissents": {public id: words}}.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from app.extensions import session
from app.models.panel import PanelAction, PanelItem, Reached
from app.models.people import Person
from app.models.recommendations import Level, Recommendation
from app.models.reviews import Review
from app.services import raising
from app.services.form_versions import template_of
from app.services.review_facts import grades_in
from app.services.steps import why_not_hold
from app.services.words import words
from forms import moderation as forms
from forms.answers import validate_answers
from forms.completeness import recommendation_rows
from forms.ids import is_row_key
from workflows.engine import GuardFailed, Reason

WHAT = ("keep", "change", "drop")
Answers = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]


def checked(item: PanelItem, answers: Answers) -> dict[str, Any]:
    """Only what the form asks, in its shape, so that nothing else is ever stored."""
    own, template = template_of(item.review.form_version), template_of(item.form_version)
    asked = {part.key for part in forms.asked(own, template)}
    form, reasons = _table(answers, "form"), _table(answers, "reasons")
    settled, dissents = _table(answers, "recommendations"), _table(answers, "dissents")
    open_keys = [row["key"] for row in open_rows(item.review, item)]
    return {
        "form": {part: validate_answers(template, part, form[part]) for part in form if part in asked},
        "reasons": {key: words(reasons.get(key), f"reason-{key}") for key in forms.sections(own, template)},
        "recommendations": {key: _checked_row(settled, key) for key in open_keys if key in settled},
        "added": _checked_added(answers),
        "reached": words(answers.get("reached"), "reached", 20),
        "reached_reason": words(answers.get("reached_reason"), "reached_reason"),
        "themes": [text for text in (words(each, "themes", 200) for each in answers.get("themes") or ()) if text],
        "dissents": {words(key, "dissents", 36): words(text, f"dissent-{key}") for key, text in dissents.items()},
    }


def _table(answers: Answers, key: str) -> Answers:
    found = answers.get(key) or {}
    if not isinstance(found, Mapping):
        raise GuardFailed(Reason("This is not what the page of a decision sends: open it again.", key))
    return found


def _checked_added(answers: Answers) -> list[dict[str, str]]:
    rows = list(answers.get("added") or ())
    keys = [row.get("key") if isinstance(row, Mapping) else None for row in rows]
    if len(set(keys)) != len(keys) or not all(is_row_key(key) for key in keys):
        raise GuardFailed(Reason("The added recommendations are mixed up: open the page again.", "added"))
    return [
        {
            "key": row["key"],
            "level": words(row.get("level"), "level", 20),
            **_checked_row({row["key"]: row}, row["key"]),
        }
        for row in rows
    ]


def _checked_row(rows: Answers, key: str) -> dict[str, str]:
    row = _table(rows, key)
    texts = {name: words(row.get(name), f"rec-{key}-{name}") for name in ("what", "reason", "action", "impact")}
    return {**texts, "owner": words(row.get("owner"), f"rec-{key}-owner", 36), "due": _day(row, key)}


def _day(row: Mapping[str, Any], key: str) -> str:
    try:
        return date.fromisoformat(row["due"]).isoformat() if row.get("due") else ""
    except (TypeError, ValueError) as error:
        raise GuardFailed(Reason("Enter the date as day, month and year.", f"rec-{key}-due")) from error


# --- what is still to do --------------------------------------------------------------------------------


def grades_missing(review: Review, item: PanelItem, answers: Answers) -> Iterator[Reason]:
    """R5: a final grade of every section, with the reason where it differs from the reviewer's."""
    own, template = template_of(review.form_version), template_of(item.form_version)
    finals = forms.grades(own, template, answers.get("form") or {})
    submitted = grades_in(own, item.revision.content["parts"])
    titles = {part.key: part.title for part in own.parts}
    for section, part in forms.sections(own, template).items():
        if section not in finals:
            yield Reason(f"{titles[section]}: give the final grade.", f"{part}-{forms.GRADE}")
        elif finals[section] != submitted.get(section) and not (answers.get("reasons") or {}).get(section):
            yield Reason(f"{titles[section]}: say why the grade moves.", f"reason-{section}")


def decision_missing(rows: Rows, answers: Answers, people: Mapping[Any, Person] | None = None) -> Iterator[Reason]:
    """How it was reached, each recommendation of `open_rows` settled, whatever was added complete.

    `people`: as `owners_named` found them, where they were asked for already.
    """
    reached = answers.get("reached")
    if reached not in tuple(Reached):
        yield Reason("Say how the decision was reached.", "reached")
    elif reached == Reached.CHAIR_DECIDED and not answers.get("reached_reason"):
        yield Reason("The chair decided: give the reason.", "reached_reason")
    settled = answers.get("recommendations") or {}
    for row in rows:
        yield from _row_missing(row, settled.get(row["key"]) or {})
    for row in answers.get("added") or ():
        yield from _added_missing(row)
    yield from _strangers(rows, answers, owners_named(rows, answers) if people is None else people)


def _added_missing(row: Mapping[str, Any]) -> Iterator[Reason]:
    if row["action"] and row["level"] not in tuple(Level):
        yield Reason("An added recommendation: is it for the child or for the service?", f"rec-{row['key']}-level")
    elif not row["action"] and (row["impact"] or row["owner"]):
        yield Reason("An added recommendation: say what should be done.", f"rec-{row['key']}-action")


def owners_named(rows: Rows, answers: Answers) -> Mapping[Any, Person]:
    """The people whom this decision would make owners, and those of what it drops, by public id."""
    return raising.people_named([*(row["owner"] for row in rows), *_owners(rows, answers).values()])


def _strangers(rows: Rows, answers: Answers, known: Mapping[Any, Person]) -> Iterator[Reason]:
    """Owners who may own nothing, or are nobody at all: the decision would give them a recommendation all the same."""
    for field, public_id in _owners(rows, answers).items():
        person = known.get(public_id)
        if person is None:
            yield Reason("Choose somebody from the list.", field)
        elif why := why_not_hold(person):
            else_ = "Change it and choose somebody else." if field.endswith("-what") else "Choose somebody else."
            yield Reason(f"{why} {else_}", field)


def _owners(rows: Rows, answers: Answers) -> dict[str, str]:
    """The owners that this decision would write, by the name of the field that can put them right."""
    settled, added = answers.get("recommendations") or {}, answers.get("added") or ()
    kept = {row["key"]: row for row in rows if (settled.get(row["key"]) or {}).get("what") == "keep"}
    found = {f"rec-{key}-what": row["owner"] for key, row in kept.items()}
    changed = [(key, row) for key, row in settled.items() if row["what"] == "change"]
    for key, row in (*changed, *((row["key"], row) for row in added if row["action"])):
        found[f"rec-{key}-owner"] = row["owner"]
    for row in arising(answers):
        found[f"actions-actions-{row['key']}-owner"] = row.get("owner") or ""
    return {field: public_id for field, public_id in found.items() if public_id}


def arising(answers: Answers) -> list[Mapping[str, Any]]:
    """The actions of the form that say what should be done."""
    rows = ((answers.get("form") or {}).get("actions") or {}).get("actions") or ()
    return [row for row in rows if row.get("action")]


def _row_missing(row: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Reason]:
    name, key = f"“{_short(row['action'])}”", row["key"]
    if given.get("what") not in WHAT:
        yield Reason(f"{name}: keep, change or drop this recommendation.", f"rec-{key}-what")
    elif given["what"] != "keep" and not given.get("reason"):
        yield Reason(f"{name}: give the reason.", f"rec-{key}-reason")
    elif given["what"] == "change" and not given.get("action"):
        yield Reason(f"{name}: write the recommendation as it is now.", f"rec-{key}-action")


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"


def open_rows(
    review: Review, item: PanelItem, raised: Mapping[str, Recommendation] | None = None
) -> list[dict[str, Any]]:
    """The recommendations the panel settles: those of the revision, and of an earlier decision what is still open.

    Each is {"key", "level", "action", "impact", "owner": public id, "due": date or None}. `raised`: as `raised_by`
    found them, where they were asked for already.
    """
    raised = raised_by(review) if raised is None else raised
    found = []
    for level, row in recommendation_rows(template_of(review.form_version), item.revision.content["parts"]):
        if row["key"] not in raised:
            found.append(
                {
                    **row,
                    "level": str(raising.LEVELS[level]),
                    "action": row.get("action") or "",
                    "impact": row.get("impact") or "",
                    "owner": row.get("owner") or "",
                    "due": date.fromisoformat(row["due"]) if row.get("due") else None,
                }
            )
    return found + [_as_row(key, row) for key, row in raised.items() if row.state in raising.OPEN]


def _as_row(key: str, row: Recommendation) -> dict[str, Any]:
    return {
        "key": key,
        "level": str(row.level),
        "action": row.action,
        "impact": row.effect,
        "owner": row.owner.public_id if row.owner else "",
        "due": row.due_on,
    }


_RAISED = (
    select(Recommendation)
    .where(
        Recommendation.review_id == bindparam("review"),
        Recommendation.id.not_in(select(PanelAction.recommendation_id)),
    )
    .order_by(Recommendation.id)
)


def raised_by(review: Review) -> dict[str, Recommendation]:
    """Those an earlier decision raised, save the actions that arose at the panel; by the key of their row."""
    return {row.row_key or str(row.id): row for row in session.scalars(_RAISED, {"review": review.id})}
