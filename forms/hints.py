"""Hints to the writer alone: does the grade fit the text, are the recommendations what they should be (R8)?

Never a gate, never stored, never shown to anybody else. Hints about an overall grade fall away where the
form has none (R13).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forms.completeness import ByPart, recommendation_rows
from forms.ids import field_id
from forms.schema import FormTemplate, GradeQuestion, Part

# Words that inspectors use far more with one grade than with the rest, from 212 published reports.
WORDS: Mapping[str, tuple[str, ...]] = {
    "outstanding": (
        "exceptional",
        "highly effective",
        "excellent",
        "impressive",
        "enduring",
        "ambitious",
        "achievements",
    ),
    "good": (
        "comprehensive",
        "prompt",
        "proportionate",
        "clear actions",
        "well supported",
        "effective",
    ),
    "requires_improvement": (
        "not always",
        "too long",
        "variable",
        "inconsistent",
        "not consistently",
        "delays",
        "lack of",
        "not yet",
    ),
    "inadequate": (
        "drift",
        "unassessed",
        "left in",
        "ineffective",
        "serious",
        "closed too early",
        "insufficient",
    ),
}
LITTLE_EVIDENCE = 40
IMMEDIATE_DAYS = 14
MANY = 6
FIVE_YEARS = 5 * 366
SHORTEST_NAME = 2
NAMES = "it names the child; lists show these words, so write “the child”."
_GRADE_OF = {phrase: grade for grade, phrases in WORDS.items() for phrase in phrases}
_LONGEST_FIRST = sorted(_GRADE_OF, key=len, reverse=True)
_PHRASES = re.compile(r"\b(?:" + "|".join(re.escape(phrase) for phrase in _LONGEST_FIRST) + r")\b")
_DENIED = re.compile(r"\b(?:not|no|never|without|hardly)\s+(?:\w+\s+)?$")
_TRAINING = re.compile(r"\b(?:training|trained|course|courses|workshop|workshops|e-?learning|webinar)\b", re.IGNORECASE)
_DOING = re.compile(
    r"\b(?:supervision|review|audit|check|plan|meet|meeting|visit|observe|observation|write|update|change|agree"
    r"|arrange|refer|record|complete|offer|shadow|coach|mentor|assess|ask|direct work"
    r"|find|bring|tell|give|discuss|share|use|make|set)\w*\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Hint:
    """Something to look at again. `field` is the id of the input it stands beside."""

    part: str
    question: str
    field: str
    message: str


def hints(
    template: FormTemplate, answers: ByPart, *, on: dt.date | None = None, concern_raised: bool = False
) -> list[Hint]:
    """Every hint about grades, in form order.

    on: the day to count an immediate action from; without it any dated action for the child will do.
    concern_raised: an immediate concern has been raised (R6), which is an immediate action.
    """
    found = [hint for part, question in template.grade_questions for hint in _grade(template, answers, part, question)]
    return found + list(_overall(template, answers)) + list(_immediate(template, answers, on, concern_raised))


def part_hints(template: FormTemplate, part_key: str, answers: Mapping[str, Any]) -> list[Hint]:
    """The hints that one part's own answers give, for the page of that part."""
    graded = [(part, question) for part, question in template.grade_questions if part.key == part_key]
    return [hint for part, q in graded for hint in _grade(template, {part_key: answers}, part, q)]


def _grade(template: FormTemplate, answers: ByPart, part: Part, question: GradeQuestion) -> Iterator[Hint]:
    given = answers.get(part.key) or {}
    grade, evidence = given.get(question.key), given.get("evidence") or ""
    difference = given.get("difference") or ""
    if not grade or part.question("evidence") is None:
        return
    if said := other_words(f"{evidence}\n{difference}", grade):
        yield _hint(part, question.key, _mismatch(template, said))
    if len(evidence.split()) < LITTLE_EVIDENCE:
        yield _hint(part, question.key, "There is little evidence for this grade so far.")
    if grade == "outstanding" and len(difference.split()) < 5:
        yield _hint(part, question.key, "Outstanding, and no difference to the child is described yet.")


def _hint(part: Part, question: str, message: str) -> Hint:
    return Hint(part.key, question, field_id(part.key, question), message)


def _mismatch(template: FormTemplate, said: tuple[str, list[str]]) -> str:
    grade, phrases = said
    label = template.scale.label(grade)
    quoted = ", ".join(f"“{phrase}”" for phrase in phrases[:3])
    return f"Your text says {quoted}: words used more often with {label}. Does the grade fit?"


def other_words(text: str, grade: str) -> tuple[str, list[str]] | None:
    """(another grade, its words in the text), where the text has more of them than of the given grade's."""
    by_grade: dict[str, list[str]] = {}
    for phrase in _phrases(text.lower()):
        by_grade.setdefault(_GRADE_OF[phrase], []).append(phrase)
    own = len(by_grade.pop(grade, ()))
    most = max(by_grade, key=lambda key: len(by_grade[key]), default=None)
    if most is None or len(by_grade[most]) <= own:
        return None
    return most, list(dict.fromkeys(by_grade[most]))


def _phrases(text: str) -> Iterator[str]:
    """The phrases in the text, longest first where two overlap; "not effective" is not "effective"."""
    for found in _PHRASES.finditer(text):
        if not _DENIED.search(text[max(0, found.start() - 30) : found.start()]):
            yield found.group()


def _overall(template: FormTemplate, answers: ByPart) -> Iterator[Hint]:
    """The overall grade beside the sections' grades."""
    if not template.has_overall_grade:
        return
    part, question = next((p, q) for p, q in template.grade_questions if q.criteria == "overall")
    overall = _value(template, answers, part, question)
    sections = {p.title: _value(template, answers, p, q) for p, q in _sections(template)}
    given = {title: value for title, value in sections.items() if value is not None}
    if overall is None or not given:
        return
    if overall > max(given.values()):
        yield _hint(part, question.key, "The overall grade is above the best of the sections.")
    worst = [title for title, value in given.items() if value == template.scale.points[-1].value]
    if worst and overall >= template.scale.points[0].value - 1:
        label = template.scale.points[-1].label
        yield _hint(part, question.key, f"The overall grade is good or better, and “{worst[0]}” is {label}.")


def _sections(template: FormTemplate) -> list[tuple[Part, GradeQuestion]]:
    return [(part, question) for part, question in template.grade_questions if question.criteria != "overall"]


def _value(template: FormTemplate, answers: ByPart, part: Part, question: GradeQuestion) -> int | None:
    point = template.scale.get((answers.get(part.key) or {}).get(question.key))
    return point.value if point else None


def _immediate(template: FormTemplate, answers: ByPart, on: dt.date | None, concern_raised: bool) -> Iterator[Hint]:
    """Inadequate, and nothing is to happen soon."""
    if template.recommendations_part is None or concern_raised or _soon(template, answers, on):
        return
    for part, question in template.grade_questions:
        if _value(template, answers, part, question) == template.scale.points[-1].value:
            yield _hint(
                part,
                question.key,
                "Inadequate, and no immediate action is recorded. Add a recommendation for this child "
                "with an early date, or raise an immediate concern.",
            )


def _soon(template: FormTemplate, answers: ByPart, on: dt.date | None) -> bool:
    rows = recommendation_rows(template, answers)
    dues = [row["due"] for level, row in rows if level == "child_level" and row.get("due")]
    last = (on + dt.timedelta(days=IMMEDIATE_DAYS)).isoformat() if on else "9999-12-31"
    return any(due <= last for due in dues)


# Recommendations


def recommendation_warnings(template: FormTemplate, answers: ByPart, on: dt.date | None = None) -> list[Hint]:
    """R8: owner, date, effect, finding, more than training, and few. Warned of, never forbidden.

    What needs other reviews (one person holding many, one much like another that is open) is not seen here. `on` is
    the day it is asked, for dates that are over or far away.
    """
    part = template.recommendations_part
    rows = recommendation_rows(template, answers)
    if part is None:
        return []
    warnings = [warning for level, row in rows for warning in _row_warnings(part, level, row, on)]
    if len(rows) > MANY:
        many = f"There are {len(rows)} recommendations. One may answer several findings: could there be fewer?"
        warnings.append(_hint(part, rows[0][0], many))
    return warnings


_WARNINGS = (
    ("owner", "nobody owns it yet."),
    ("due", "it has no date yet."),
    ("impact", "it does not say yet what it will change."),
    ("finding", "it does not say yet which finding it answers."),
)


def naming_warnings(template: FormTemplate, answers: ByPart, name: str) -> list[Hint]:
    """Recommendations that name the child: lists and messages show their words beside initials only (R11)."""
    part = template.recommendations_part
    if part is None:
        return []
    return [
        Hint(part.key, level, field_id(part.key, level, row["key"], "action"), f"{_short(row['action'])}: {NAMES}")
        for level, row in recommendation_rows(template, answers)
        if row.get("action") and names_child(f"{row['action']} {row.get('impact') or ''}", name)
    ]


def names_child(text: str, name: str) -> bool:
    """Whether a text has a part of the child's name that is long enough to be one."""
    words = [re.escape(word) for word in name.split() if len(word) > SHORTEST_NAME]
    return bool(words) and re.search(rf"\b(?:{'|'.join(words)})\b", text, re.IGNORECASE) is not None


def _row_warnings(part: Part, level: str, row: Mapping[str, Any], on: dt.date | None) -> Iterator[Hint]:
    name = f"“{_short(row.get('action') or '')}”" if row.get("action") else "A recommendation"
    for column, words in row_warnings(row, on):
        base = field_id(part.key, level, row["key"], column)
        yield Hint(part.key, level, f"{base}-day" if column == "due" else base, f"{name}: {words}")


def row_warnings(row: Mapping[str, Any], on: dt.date | None = None) -> Iterator[tuple[str, str]]:
    """(column, what to look at again) of one recommendation by itself, wherever it is written (R8)."""
    for column, words in _WARNINGS:
        if not row.get(column):
            yield column, words
    if far := _date_far(row.get("due"), on):
        yield "due", far
    if only_training(row.get("action") or ""):
        yield "action", "training alone is seldom the answer."


def _date_far(due: Any, on: dt.date | None) -> str:
    """What is odd about a date as it is stored; nothing where it is none, or lies within what people plan."""
    try:
        day = dt.date.fromisoformat(due) if due and on else None
    except (TypeError, ValueError):
        return ""
    if day is None or on is None:
        return ""
    if day < on:
        return "its date is over already."
    return "its date is more than five years ahead: is the year right?" if (day - on).days > FIVE_YEARS else ""


def only_training(action: str) -> bool:
    """Training is all that is asked for, as far as the words tell: no other clause has something to do."""
    clauses = re.split(r"[.;,\n]|\band\b|\bthen\b|\bso that\b", action.lower())
    training = [clause for clause in clauses if _TRAINING.search(clause)]
    return bool(training) and not any(_DOING.search(clause) for clause in clauses if clause not in training)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59].rsplit(" ", 1)[0] + "…"
