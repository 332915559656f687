"""From a case's texts to the moderation form: what one member wrote alone, and what the panel agreed together.

A text says where somebody sees it otherwise than the reviewer; where it says nothing the reviewer's grade is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.demo.answers import Answers, Case, Setting
from app.models.panel import PanelItem
from app.services.form_versions import template_of
from app.services.panel_decision import open_rows
from forms import moderation as forms
from forms.descriptor import FormTemplate, Part

PARTLY = "partly"
GRADES = ("inadequate", "requires_improvement", "good", "outstanding")
AS_OVERALL = "As for the overall grade."


class Writing:
    """One review's moderation forms: `texts` are the review's, `given` fills in their names and dates."""

    def __init__(self, item: PanelItem, texts: Case, given: Setting) -> None:
        self.item, self.texts, self.given = item, texts, given
        self.own: FormTemplate = template_of(item.review.form_version)
        self.form: FormTemplate = template_of(item.form_version)
        self.section_of = {part: section for section, part in forms.sections(self.own, self.form).items()}

    # One member's

    def reading(self, said: Case) -> dict[str, Answers]:
        """What a member wrote; `only` names the parts of one who has begun."""
        wanted = said.get("only") or [part.key for part in forms.asked(self.own, self.form)]
        return {part.key: self._part(part, said) for part in forms.asked(self.own, self.form) if part.key in wanted}

    def _part(self, part: Part, said: Case) -> Answers:
        comment = self.given.text((said.get("said") or {}).get(part.key))
        doubt = self.given.text((said.get("partly") or {}).get(part.key))
        if part.key == "actions":
            return self._actions(said.get("actions") or ())
        if part.key == "feedback":
            return {"family": PARTLY if doubt else forms.AGREE, "staff": forms.AGREE, "comment": doubt or comment}
        if part.key in (*self.section_of, forms.SUMMARY):
            return self._graded(part.key, said.get("see") or {}, comment)
        return {"agree": PARTLY if doubt else forms.AGREE, "comment": doubt or comment}

    def _graded(self, part: str, see: Case, comment: str) -> Answers:
        section = self.section_of.get(part, part)
        theirs = self.texts[section]["grade"]
        mine = see.get(section, theirs)
        apart = abs(GRADES.index(mine) - GRADES.index(theirs))
        agree = (forms.AGREE, PARTLY)[apart] if apart < 2 else forms.DISAGREE
        if apart and part == forms.SUMMARY and not comment:
            comment = AS_OVERALL
        return {"agree": agree, forms.GRADE: mine, "comment": comment}

    def _actions(self, rows: Iterable[Case]) -> Answers:
        made = [
            {
                "key": row["key"],
                "action": self.given.text(row["do"]),
                "owner": self.given.person(row["who"]),
                "timescale": row["when"],
            }
            for row in rows
        ]
        return {"any_actions": "some" if made else "none", "actions": made}

    # The panel's

    def agreed(self, said: Case) -> dict[str, Any]:
        """The agreed form as `panel_decision` keeps it."""
        see, reasons = said.get("grades") or {}, said.get("reasons") or {}
        return {
            "form": {key: _settled(part) for key, part in self.reading({**said, "see": see}).items()},
            "reasons": {section: self.given.text(text) for section, text in reasons.items()},
            "recommendations": dict(self._recommendations(said.get("recommendations") or {})),
            "added": [],
            "reached": said["reached"],
            "reached_reason": self.given.text(said.get("why")),
            "themes": list(said.get("themes") or ()),
            "dissents": {
                self.given.person(login): self.given.text(text) for login, text in (said.get("dissents") or {}).items()
            },
        }

    def _recommendations(self, said: Case) -> Iterable[tuple[str, Answers]]:
        for row in open_rows(self.item.review, self.item):
            given = said.get(row["key"])
            yield row["key"], self._changed(given) if given else {"what": "keep"}

    def _changed(self, row: Case) -> Answers:
        made: Answers = {"what": row["what"], "reason": self.given.text(row["reason"])}
        if row["what"] == "change":
            made |= {
                "action": self.given.text(row["do"]),
                "impact": self.given.text(row["so"]),
                "owner": self.given.person(row["who"]),
                "due": self.given.date_in(row["by"]),
            }
        return made


def _settled(answers: Answers) -> Answers:
    """The panel's own form says yes or no: whether its grade is the reviewer's."""
    partly = forms.GRADE in answers and answers["agree"] == PARTLY
    return {**answers, "agree": forms.DISAGREE} if partly else answers
