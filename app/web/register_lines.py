"""The lines of the register of recommendations as HTML, drawn here: a template asks of each of two hundred cells
whether it is safe, and took as long over it as all questions to the database."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from flask import get_template_attribute, url_for
from markupsafe import Markup, escape

from app import clock
from app.queries.recommendations import FORECASTS, colour_of
from app.queries.tracker_register import SHOWN_OF_ACTION, Register
from app.web import words
from app.web.wording import day

COLUMNS = ("Reference", "Initials", "Action", "Level", "Owner", "Due", "How it stands", "Status")
LINE = "".join(
    (
        '<tr class="govuk-table__row" role="row"><th scope="row" role="rowheader" class="govuk-table__header">%s',
        '<a class="govuk-link" href="%s">%s</a></th>',
        *(f'<td role="cell" class="govuk-table__cell" data-label="{name}">%s</td>' for name in COLUMNS[1:]),
        "</tr>\n",
    )
)
BOX = (
    '<span class="govuk-checkboxes govuk-checkboxes--small pl-pick"><span class="govuk-checkboxes__item">'
    '<input class="govuk-checkboxes__input" type="checkbox" name="row" id="row-%s" value="%s.%s"%s>'
    '<label class="govuk-label govuk-checkboxes__label" for="row-%s"><span class="govuk-visually-hidden">Choose %s'
    "</span></label></span></span>"
)
BESIDE = '%s <span class="pl-beside">%s</span>'


def drawn(found: Register, *, boxes: bool, all_chosen: bool) -> Markup:
    """A row for each line of the page. What people wrote is escaped; the rest is words and addresses of our own."""
    initials, today = found.initials, clock.today()
    page, checked = url_for("recommendations.show", public_id=""), " checked" if all_chosen else ""
    lines = []
    for row in found.rows:
        key, reference = row.public_id, escape(row.reference)
        cells = (
            BOX % (key, key, row.version, checked, key, reference) if boxes else "",
            page + key,
            reference,
            escape(initials[row.child]) if row.child else "–",
            escape(shortened(row.action)),
            words.LEVEL[row.level],
            escape(row.owner or "Nobody yet"),
            due(row),
            standing(row, today),
            stage(row.state),
        )
        lines.append(LINE % cells)
    return Markup("".join(lines))  # noqa: S704 - see above


def shortened(text: str) -> str:
    """As much of the action as tells which it is; the page of the recommendation has it whole."""
    return text if len(text) <= SHOWN_OF_ACTION else text[:SHOWN_OF_ACTION].rsplit(" ", 1)[0] + " …"


def due(row: Any) -> Markup:
    """The date of the work, by which the list is sorted; below it that of the look at its impact, which comes next."""
    when = day(row.due_on) if row.due_on else "No date"
    if row.impact_due_on and row.state == "action_complete":
        when = BESIDE % (when, f"Impact by {day(row.impact_due_on)}")
    return Markup(when)  # noqa: S704 - words and days


def standing(row: Any, today: date) -> str:
    """The colour with its word; where the date overrides the owner's forecast, the forecast beside it."""
    colour = colour_of(row, today)
    tag = rag(colour.word, colour.tone)
    if colour.word != "Overdue" or not row.forecast:
        return tag
    return BESIDE % (str(tag), f"Forecast: {FORECASTS[row.forecast].word.lower()}")


@cache
def rag(word: str, tone: str) -> Markup:
    """From the one macro that draws it."""
    return Markup(str(get_template_attribute("macros/ui.html", "rag")(word, tone)).strip())  # noqa: S704 - it escapes


@cache
def stage(state: str) -> Markup:
    made = get_template_attribute("macros/ui.html", "tag")(*words.RECOMMENDATION[state])
    return Markup(str(made).strip())  # noqa: S704 - it escapes
