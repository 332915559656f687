"""The agreed form as the chair's page asks it, one row at a time: a part with its final grade and the reason, the
recommendations, how it was reached, the dissents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import Form
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from app.policy.visibility import Aspect
from app.queries import reviews
from app.queries.panel import SeenItem
from app.queries.reviews import NotVisible
from app.services import panel_decision, review_facts
from app.web import panel_rows
from app.web.frame import errors_of
from forms import moderation as forms
from forms.answers import from_form
from forms.base import AtMost
from forms.builder import make_form
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
NOTHING_YET: Mapping[str, Any] = {
    "form": {}, "reasons": {}, "recommendations": {}, "added": [],
    "reached": "", "reached_reason": "", "themes": [], "dissents": {},
}  # fmt: skip


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


class Writing:
    """The forms of one opened row, holding what is saved and over it what was posted. This one has none: the last
    row looks at the others."""

    kind = "check"

    def __init__(self, found: SeenItem, key: str, posted: Any = None, saved: Mapping[str, Any] | None = None) -> None:
        agreed = found.item.agreed
        self.found, self.key, self.posted = found, key, posted
        self.saved: Mapping[str, Any] = {**NOTHING_YET, **(saved or (agreed.answers if agreed else {}))}
        self.version = agreed.version if agreed else 0
        self.saved_at = agreed.saved_at if agreed else None
        self.review_version = found.item.review.version
        self.pieces: list[tuple[str, Any]] = []  # what each form is about, and the form
        self.make()

    def make(self) -> None:
        """Its forms."""

    def fill(self, answers: dict[str, Any]) -> None:
        """What may be saved of them, right or wrong, in its place among the rest."""

    def press(self) -> str | None:
        """Where to go on, if a button of rows was pressed."""
        return None

    @property
    def wrong(self) -> list[dict[str, Any]]:
        """What is wrong with any of them, in the row's order."""
        return [problem for _about, form in self.pieces for problem in errors_of(form)]

    def answers(self) -> dict[str, Any]:
        """The whole agreed form with this row as it was written: the shape that `panel_decision` keeps."""
        for _about, form in self.pieces:
            form.validate()
        found = dict(self.saved)
        self.fill(found)
        return found

    def changed(self) -> bool:
        """Whether the row says anything else than before: to look at another one is no reason to save."""
        return self.answers() != type(self)(self.found, self.key, saved=self.saved).answers()

    def texts(self) -> dict[str, tuple[str, str]]:
        """Every text of the row by its posted name, with what it is."""
        return {
            field.name: (f"{about}: {field.label.text}", field.data or "")
            for about, form in self.pieces
            for field in form
            if isinstance(field, TextField)
        }


class OfPart(Writing):
    """One part of the moderation form; of a graded one the reason of the final grade too."""

    kind = "part"
    reason: Any = None
    pressed: str | None = None

    def make(self) -> None:
        own, template = self.found.review_form, self.found.form
        self.sections = {part: section for section, part in forms.sections(own, template).items()}
        self.part, self.section = template.part(self.key), self.sections.get(self.key, "")
        people, names = reviews.people_of_a_form() if self.part.names_people else ({}, {})
        answers = self.saved["form"].get(self.key)
        self.form = make_form(template, self.key, formdata=self.posted, answers=answers, people=people, names=names)
        self.pieces.append((self.part.title, self.form))
        if self.section:
            labels = {self.section: "Reason, where the grade differs from the reviewer’s"}
            reasons = _texts_form(labels, self.posted, "reason", self.saved["reasons"])
            self.reason = reasons[self.section]
            self.pieces.append((self.part.title, reasons))
        if self.posted is not None:
            self.pressed = self.form.press_row_button(self.posted)

    def press(self) -> str | None:
        return self.pressed

    @property
    def skip(self) -> tuple[str, ...]:
        """What is not asked: whether the panel agrees follows from its grade, and the overall grade is asked once."""
        if self.section:
            return ("agree",)
        return ("agree", forms.GRADE) if self.key == forms.SUMMARY and self._grade_asked_twice() else ()

    def fill(self, answers: dict[str, Any]) -> None:
        before = answers["form"]
        written = from_form(self.part, self.form, before.get(self.key))
        if self.section:
            answers["reasons"] = {**answers["reasons"], self.section: self.reason.data or ""}
            if grade := written.get(forms.GRADE):
                written["agree"] = forms.AGREE if grade == self._reviewers() else forms.DISAGREE
        form = {**before, self.key: written}
        if self._grade_asked_twice() and forms.OVERALL in form:
            same = {key: form[forms.OVERALL].get(key) for key in ("agree", forms.GRADE)}
            form[forms.SUMMARY] = {**form.get(forms.SUMMARY, {}), **same}
        answers["form"] = form

    def _grade_asked_twice(self) -> bool:
        """Whether the form asks for the overall grade in the summary as well: the page asks it once."""
        graded = {part.key for part, _question in self.found.form.grade_questions}
        return forms.SUMMARY in graded and forms.OVERALL in self.sections

    def _reviewers(self) -> Any:
        """The grade of the section under discussion."""
        own = {part.key: question.key for part, question in self.found.review_form.grade_questions}
        return (self.found.item.revision.content["parts"].get(self.section) or {}).get(own[self.section])


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


class OfRecommendations(Writing):
    """Each recommendation kept, changed or dropped, and those that the panel adds."""

    kind = "recommendations"

    def make(self) -> None:
        self.meta = dict(zip(("people", "names"), reviews.people_of_a_form(), strict=True))
        rows = panel_decision.open_rows(self.found.item.review, self.found.item)
        self.settled = [self._settled(row) for row in rows]
        self.added = {key: self._added(key) for key in self._added_keys()}
        self.pieces += [(each.action, each.form) for each in self.settled]
        self.pieces += [("Added recommendation", form) for form in self.added.values()]

    def _settled(self, row: Mapping[str, Any]) -> Settled:
        given = self.saved["recommendations"].get(row["key"]) or {}
        said = {key: given.get(key, "") for key in ("what", "reason")}
        now = {**row, **(_dated(given) if given.get("what") == "change" else said)}  # what was emptied stays empty
        form = SettledForm(self.posted, prefix=f"rec-{row['key']}", data=now, meta=self.meta)
        owner = self.meta["names"].get(row["owner"], "")
        return Settled(row["key"], row["level"], row["action"], row["impact"], owner, row["due"], form)

    def _added_keys(self) -> list[str]:
        """Those saved or posted, and one more to write."""
        if self.posted is not None:
            known = {each.key for each in self.settled}
            posted = [key for key in self.posted.getlist("added") if is_row_key(key) and key not in known]
            return list(dict.fromkeys(posted))[:MOST_ADDED]
        saved = [row["key"] for row in self.saved["added"]]
        return saved if len(saved) >= MOST_ADDED else [*saved, new_row_key()]

    def _added(self, key: str) -> AddedForm:
        given: Mapping[str, Any] = next((row for row in self.saved["added"] if row["key"] == key), {})
        return AddedForm(self.posted, prefix=f"rec-{key}", data=_dated(given), meta=self.meta)

    def fill(self, answers: dict[str, Any]) -> None:
        answers["recommendations"] = {each.key: _row(each.form) for each in self.settled}
        answers["added"] = [{"key": key, **_row(form)} for key, form in self.added.items() if _begun(form)]


class OfEnding(Writing):
    """How the decision was reached."""

    kind = "reached"

    def make(self) -> None:
        now = {**self.saved, "themes": "\n".join(self.saved["themes"])}
        self.ending = EndingForm(self.posted, data=now)
        self.pieces.append(("Decision", self.ending))

    def fill(self, answers: dict[str, Any]) -> None:
        ending = self.ending
        for name in ("reached", "reached_reason"):
            answers[name] = "" if ending[name].errors else ending[name].data or ""
        if not ending.themes.errors:
            answers["themes"] = _lines(ending.themes.data)


class OfDissents(Writing):
    """Each who took part and does not agree, in their own words."""

    kind = "dissents"

    def make(self) -> None:
        self.dissents = _texts_form(self._who_may(), self.posted, "dissent", self.saved["dissents"])
        self.pieces.append(("Dissent of", self.dissents))

    def _who_may(self) -> dict[str, str]:
        item = self.found.item
        allowed = set(panel_decision.may_dissent(item))
        people = {row.person.public_id: row.person.name for row in item.readings if row.person_id in allowed}
        reviewer = item.review.reviewer
        return {**people, reviewer.public_id: f"{reviewer.name} (reviewer)"}

    def fill(self, answers: dict[str, Any]) -> None:
        answers["dissents"] = {key: field.data or "" for key, field in self.dissents._fields.items()}


_KINDS: Mapping[str, type[Writing]] = {
    panel_rows.RECOMMENDATIONS: OfRecommendations,
    panel_rows.REACHED: OfEnding,
    panel_rows.DISSENTS: OfDissents,
    panel_rows.CHECK: Writing,
}


def writing(found: SeenItem, key: str, posted: Any = None, saved: Mapping[str, Any] | None = None) -> Writing:
    """The row of this key. Raises NotVisible where the item has none such."""
    asked = {part.key for part in forms.asked(found.review_form, found.form)}
    kind = OfPart if key in asked else _KINDS.get(key)
    if kind is None:
        raise NotVisible
    return kind(found, key, posted, saved)


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


def moved(found: SeenItem) -> list[tuple[str, str]]:
    """After deciding: which grades moved, in words, and why; nothing where every grade stayed."""
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
            said = f"{part.title}: {way} from {labels[before]} to {labels[after.grade]}."
            sentences.append((said, after.reason))
    return sentences
