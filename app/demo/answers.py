"""From a case's texts (`texts/*.yaml`) to the answers of the form's parts.

A text file is short to write and to read; the form's own shape is made here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.demo.days import Days, fill, on_or_before

TEXTS = Path(__file__).parent / "texts"
STANDARDS = (
    "basic_details",
    "visits",
    "seen_alone",
    "recording",
    "supervision_frequency",
    "oversight_outcomes",
    "chronology",
)
SECTIONS = ("journey", "needs", "oversight", "identity", "partners")
FEEDBACK = ("feedback_family", "feedback_worker", "feedback_manager")
FORM = ("child", "standards", *SECTIONS, *FEEDBACK, "summary", "recommendations")
LEVELS = {"child_level": "c", "service_level": "s"}

Case = dict[str, Any]
Answers = dict[str, Any]


@cache
def case(key: str) -> Case:
    """The texts of one review. The files are ours, so the quicker parser may read them."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with (TEXTS / f"{key}.yaml").open(encoding="utf-8") as file:
        read: Case = yaml.load(file, loader)  # noqa: S506 - a safe loader, in C where there is one
    return read


@dataclass(frozen=True)
class Setting:
    """What the texts of one review are filled with."""

    days: Days
    start: int
    names: dict[str, str]
    person: Callable[[str], str]  # a login, "worker" or "manager" -> public id

    @property
    def base(self) -> date:
        return self.days.at(self.start)

    def text(self, written: str | None) -> str:
        return fill(written, self.base, self.names) if written else ""

    def day(self, number: int) -> str:
        """`number` working days after the review began."""
        return self.days.at(self.start + number).isoformat()

    def date_in(self, days: int) -> str:
        """`days` calendar days after the review began."""
        return on_or_before(self.base + timedelta(days=days)).isoformat()


def parts_of(texts: Case, given: Setting) -> dict[str, Answers]:
    """The answers by part, for as many parts as the case has."""
    return {key: _MAKERS[key](texts[key], given) for key in FORM if key in texts}


def _child(said: Case, given: Setting) -> Answers:
    return {
        "details": "wrong" if said.get("wrong") else "right",
        "details_note": given.text(said.get("wrong")),
        "gender": said["gender"],
        "ethnicity": said["ethnicity"],
        "ethnicity_note": given.text(said.get("ethnicity_note")),
        "religion": said["religion"],
        "religion_note": given.text(said.get("religion_note")),
        "additional_needs": "described" if said.get("needs") else said.get("no_needs", "none"),
        "additional_needs_note": given.text(said.get("needs")),
        "others_read": said.get("others", ""),
    }


def _standards(said: Case, given: Setting) -> Answers:
    actions = said.get("actions") or {}
    rows = [_standard(key, outcome, actions.get(key) or {}, given) for key, outcome in _outcomes(said["met"])]
    return {"standards": rows}


def _outcomes(shorthand: str) -> list[tuple[str, str]]:
    """`y y n p y y -`, in the order of the form."""
    words = {"y": "met", "p": "partly_met", "n": "not_met", "-": "not_applicable"}
    return list(zip(STANDARDS, (words[letter] for letter in shorthand.split()), strict=True))


def _standard(key: str, outcome: str, action: Case, given: Setting) -> Answers:
    row: Answers = {"key": key, "outcome": outcome, "action": given.text(action.get("do"))}
    if action.get("by"):
        row |= {"route": "follow_up", "follow_up": given.date_in(action["by"])}
    elif action:
        row["route"] = "recommendation"
    return row


def _section(said: Case, given: Setting) -> Answers:
    return {
        "evidence": given.text(said["found"]),
        "difference": given.text(said["made"]),
        "strengths": [_strength(n, text, given) for n, text in enumerate(said.get("strengths") or (), 1)],
        "areas": [_area(n, area, given) for n, area in enumerate(said.get("areas") or (), 1)],
        "grade": said.get("grade"),
    }


def _strength(number: int, text: str, given: Setting) -> Answers:
    """A strength that begins with a plus is one to share."""
    return {"key": f"strength{number}", "what": given.text(text.lstrip("+ ")), "share": text.startswith("+")}


def _area(number: int, area: list[str], given: Setting) -> Answers:
    return {"key": f"area{number}", "what": given.text(area[0]), "effect": given.text(area[1])}


def _feedback(said: Case, given: Setting) -> Answers:
    made: Answers = {
        "text": given.text(said.get("said")),
        "date": given.day(said["day"]) if "day" in said else None,
        "method": said.get("how"),
        "attempts": [_attempt(n, attempt, given) for n, attempt in enumerate(said.get("tries") or (), 1)],
        "confidential": given.text(said.get("confidential")),
    }
    if said.get("anti_racist"):
        made |= {"anti_racist": given.text(said["anti_racist"]), "anti_racist_evidenced": said["shown"]}
    if said.get("why_not"):
        made["missing"] = {"part": given.text(said["why_not"])}
    return made


def _attempt(number: int, attempt: list[Any], given: Setting) -> Answers:
    on, how, outcome, *note = attempt
    text = given.text(note[0]) if note else ""
    return {"key": f"attempt{number}", "on": given.day(on), "how": how, "outcome": outcome, "note": text}


def _summary(said: Case, given: Setting) -> Answers:
    return {"evidence": given.text(said["found"]), "difference": given.text(said["made"]), "grade": said.get("grade")}


def _recommendations(said: Case, given: Setting) -> Answers:
    return {
        level: [_recommendation(row_key(level, n), row, given) for n, row in enumerate(said.get(level) or (), 1)]
        for level in LEVELS
    }


def row_key(level: str, number: int) -> str:
    """The key of a recommendation's row, by which its later steps find it again."""
    return f"{LEVELS[level]}{number}"


def _recommendation(key: str, row: Case, given: Setting) -> Answers:
    return {
        "key": key,
        "action": given.text(row["do"]),
        "impact": given.text(row.get("so")),
        "owner": given.person(row["who"]),
        "due": given.date_in(row["by"]),
        "finding": row["finding"],
        "themes": row.get("themes") or [],
        "framework": row.get("nf") or [],
    }


_MAKERS: dict[str, Callable[[Case, Setting], Answers]] = {
    "child": _child,
    "standards": _standards,
    **dict.fromkeys(SECTIONS, _section),
    **dict.fromkeys(FEEDBACK, _feedback),
    "summary": _summary,
    "recommendations": _recommendations,
}
