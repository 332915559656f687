"""The agreed form as the chair's page asks it: final grades, reasons, recommendations, actions, how it was reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import Form
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from app.policy.visibility import Aspect
from app.queries import reviews
from app.queries.panel import SeenItem
from app.services import panel_decision, review_facts
from app.web.frame import errors_of
from forms import moderation as forms
from forms.answers import from_form
from forms.base import AtMost
from forms.builder import PartForm, make_form
from forms.descriptor import Part
from forms.fields import ChoiceField, DateField, PersonField, TextField
from forms.ids import is_row_key, new_row_key

MOST_ADDED = 20
LONGEST_THEME = 200
LEVELS = [SelectChoice("child", "For the child"), SelectChoice("service", "For the service")]
WHAT = [SelectChoice("keep", "Keep"), SelectChoice("change", "Change"), SelectChoice("drop", "Drop")]
REACHED = [
    SelectChoice("agreed", "The panel agreed"),
    SelectChoice("chair_decided", "The panel did not agree, and the chair decided"),
]


class _Words(Form):
    """A recommendation's words as they will be."""

    action = TextField("What should be done?", [AtMost(2000)], lines=3)
    impact = TextField("What will it change?", [AtMost(2000)], lines=3)
    owner = PersonField("Who will see to it?")
    due = DateField("By when?")


class SettledForm(_Words):
    """What becomes of one that the reviewer recommended."""

    what = ChoiceField("What does the panel do with it?", choices=WHAT)
    reason = TextField("Reason, where it is changed or dropped", [AtMost(4000)], lines=2)


class AddedForm(_Words):
    """One that the panel adds."""

    level = ChoiceField("For whom is it?", choices=LEVELS)


def short_lines(_form: Any, field: Any) -> None:
    """A theme is a name, not a text."""
    if any(len(line) > LONGEST_THEME for line in _lines(field.data)):
        raise ValidationError(f"Each theme must be {LONGEST_THEME} characters or fewer: shorten the long ones")


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


class EndingForm(Form):
    """How the decision came about."""

    reached = ChoiceField("How was the decision reached?", choices=REACHED)
    reached_reason = TextField("Reason, where the chair decided", [AtMost(4000)], lines=3)
    themes = TextField(
        "Themes of moderation",
        [AtMost(4000), short_lines],
        lines=3,
        description="One on a line. The Head of QA collates them.",
    )


@dataclass(frozen=True)
class Settled:
    """One recommendation on the page: as it stands, and the form that settles it."""

    key: str
    level: str
    action: str
    impact: str
    owner: str
    due: Any
    form: Any


class Writing:
    """All forms of the page, holding what is saved and over it what was posted."""

    def __init__(self, found: SeenItem, posted: Any = None) -> None:
        self.found, self.posted = found, posted
        saved: Mapping[str, Any] = found.item.agreed.answers if found.item.agreed else {}
        self.saved = saved
        self.version = found.item.agreed.version if found.item.agreed else 0
        self.review_version = found.item.review.version
        self.people, self.names = reviews.people_to_choose(), reviews.names_of_everybody()
        self.meta = {"people": self.people, "names": self.names}
        self.asked = forms.asked(found.review_form, found.form)
        self.graded = {part: section for section, part in forms.sections(found.review_form, found.form).items()}
        self.forms = {part.key: self._part_form(part) for part in self.asked}
        self.reasons = _texts_form(
            dict.fromkeys(self.graded.values(), "Reason, where the grade differs from the reviewer’s"),
            posted, "reason", saved.get("reasons") or {},
        )  # fmt: skip
        self.settled = [self._settled(row) for row in panel_decision.open_rows(found.item.review, found.item)]
        self.added = {key: self._added(key) for key in self._added_keys()}
        self.ending = EndingForm(posted, data={**saved, "themes": "\n".join(saved.get("themes") or ())})
        self.people_of_dissent = self._who_may_dissent()
        self.dissents = _texts_form(self.people_of_dissent, posted, "dissent", saved.get("dissents") or {})
        self.pressed = self._press()

    @classmethod
    def of(cls, found: SeenItem, posted: Any = None) -> Writing:
        return cls(found, posted)

    def _part_form(self, part: Part) -> PartForm:
        answers = (self.saved.get("form") or {}).get(part.key)
        return make_form(
            self.found.form, part.key, formdata=self.posted, answers=answers, people=self.people, names=self.names
        )

    def _settled(self, row: Mapping[str, Any]) -> Settled:
        given = (self.saved.get("recommendations") or {}).get(row["key"]) or {}
        said = {key: given.get(key, "") for key in ("what", "reason")}
        now = {**row, **(_dated(given) if given.get("what") == "change" else said)}  # what was emptied stays empty
        form = SettledForm(self.posted, prefix=f"rec-{row['key']}", data=now, meta=self.meta)
        owner = self.names.get(row["owner"], "")
        return Settled(row["key"], row["level"], row["action"], row["impact"], owner, row["due"], form)

    def _added_keys(self) -> list[str]:
        """Those saved or posted, and one more to write."""
        if self.posted is not None:
            known = {each.key for each in self.settled}
            posted = [key for key in self.posted.getlist("added") if is_row_key(key) and key not in known]
            return list(dict.fromkeys(posted))[:MOST_ADDED]
        saved = [row["key"] for row in self.saved.get("added") or ()]
        return saved if len(saved) >= MOST_ADDED else [*saved, new_row_key()]

    def _added(self, key: str) -> AddedForm:
        given: Mapping[str, Any] = next((row for row in self.saved.get("added") or () if row["key"] == key), {})
        return AddedForm(self.posted, prefix=f"rec-{key}", data=_dated(given), meta=self.meta)

    def _who_may_dissent(self) -> dict[str, str]:
        item = self.found.item
        allowed = set(panel_decision.may_dissent(item))
        people = {row.person.public_id: row.person.name for row in item.readings if row.person_id in allowed}
        reviewer = item.review.reviewer
        return {**people, reviewer.public_id: f"{reviewer.name} (reviewer)"}

    def _press(self) -> str | None:
        if self.posted is None:
            return None
        return next(filter(None, [form.press_row_button(self.posted) for form in self.forms.values()]), None)

    def _all(self) -> Iterator[Any]:
        yield from self.forms.values()
        yield self.reasons
        yield from (each.form for each in self.settled)
        yield from self.added.values()
        yield from (self.ending, self.dissents)

    @property
    def wrong(self) -> list[dict[str, Any]]:
        """What is wrong with any of them, in the page's order."""
        return [problem for form in self._all() for problem in errors_of(form)]

    def skip(self, part: str) -> tuple[str, ...]:
        """What this page does not ask: whether the panel agrees follows from its grade, and the overall grade is
        asked once."""
        if part in self.graded:
            return ("agree",)
        asked_elsewhere = part == forms.SUMMARY and forms.OVERALL in self.graded
        return ("agree", forms.GRADE) if asked_elsewhere else ()

    def answers(self) -> dict[str, Any]:
        """What may be saved of it, right or wrong: the shape that `panel_decision` keeps."""
        for form in self._all():
            form.validate()
        ending = self.ending.data
        return {
            "form": self._form_answers(),
            "reasons": {key: field.data or "" for key, field in self.reasons._fields.items()},
            "recommendations": {each.key: _row(each.form) for each in self.settled},
            "added": [{"key": key, **_row(form)} for key, form in self.added.items() if _begun(form)],
            "reached": "" if self.ending.reached.errors else ending["reached"] or "",
            "reached_reason": "" if self.ending.reached_reason.errors else ending["reached_reason"] or "",
            "themes": list(self.saved.get("themes") or ()) if self.ending.themes.errors else _lines(ending["themes"]),
            "dissents": {key: field.data or "" for key, field in self.dissents._fields.items()},
        }

    def _form_answers(self) -> dict[str, Any]:
        before = self.saved.get("form") or {}
        found = {key: from_form(self.found.form.part(key), form, before.get(key)) for key, form in self.forms.items()}
        submitted = self.found.item.revision.content["parts"]
        own = {part.key: question.key for part, question in self.found.review_form.grade_questions}
        for part, section in self.graded.items():
            if grade := found[part].get(forms.GRADE):
                same = grade == (submitted.get(section) or {}).get(own[section])
                found[part]["agree"] = forms.AGREE if same else forms.DISAGREE
        if forms.OVERALL in found and forms.SUMMARY in found:
            found[forms.SUMMARY].update({key: found[forms.OVERALL][key] for key in ("agree", forms.GRADE)})
        return found

    def texts(self) -> dict[str, tuple[str, str]]:
        """Every text by its posted name, with what it is."""
        found = {f"reason-{key}": (f"Reason, {key}", field.data or "") for key, field in self.reasons._fields.items()}
        for key, form in self.forms.items():
            if "comment" in form:
                found[form["comment"].name] = (f"Comment on {key}", form["comment"].data or "")
        found["reached_reason"] = ("Reason, where the chair decided", self.ending.reached_reason.data or "")
        return found


def texts_of(answers: Mapping[str, Any]) -> dict[str, str]:
    """The saved texts by the same names."""
    found = {f"reason-{key}": text for key, text in (answers.get("reasons") or {}).items()}
    for part, given in (answers.get("form") or {}).items():
        found[f"{part}-comment"] = given.get("comment") or ""
    found["reached_reason"] = answers.get("reached_reason") or ""
    return found


def _texts_form(labels: Mapping[str, str], posted: Any, prefix: str, saved: Mapping[str, str]) -> Form:
    """A box for each key; the posted names are `prefix-key`."""
    fields = {key: TextField(label, [AtMost(4000)], lines=2) for key, label in labels.items()}
    made: Form = type("TextsForm", (Form,), fields)(posted, prefix=prefix, data=dict(saved))
    return made


def _begun(form: Any) -> bool:
    """Whether anything stands in an added recommendation: its words are kept before its action is written."""
    return any(form[name].data for name in ("action", "impact", "owner", "due"))


def _dated(given: Mapping[str, Any]) -> dict[str, Any]:
    """A saved row with its date as a date."""
    due = given.get("due")
    return {**given, "due": date.fromisoformat(due) if due else None}


def _row(form: Any) -> dict[str, Any]:
    """One recommendation's fields as they are kept; a wrong one is left as it was not typed."""
    found: dict[str, Any] = {name: "" if field.errors else field.data or "" for name, field in form._fields.items()}
    return {**found, "due": found["due"].isoformat() if found["due"] else ""}


def moved(found: SeenItem) -> list[str]:
    """After deciding: which grades moved, in words; nothing where every grade stayed."""
    if Aspect.FINAL not in found.seen.sight:
        return []
    own = found.review_form
    labels = {point.value: point.label for point in own.scale.points}
    submitted = review_facts.grades_in(own, found.item.revision.content["parts"])
    finals = review_facts.final_grades(found.item.review)
    sentences = []
    for part, _question in own.grade_questions:
        before, after = submitted.get(part.key), finals.get(part.key)
        if before and after and before != after.grade:
            way = "raised" if after.grade > before else "lowered"
            sentences.append(f"{part.title}: {way} from {labels[before]} to {labels[after.grade]}.")
    return sentences
