"""A page made from a form with the real macros, what a browser would post from it, and answers to draw."""

from __future__ import annotations

import datetime as dt
from html.parser import HTMLParser
from typing import Any

from hypothesis import strategies as st
from jinja2 import Environment, PackageLoader, PrefixLoader

from forms import govuk
from forms.clean import clean_line, clean_text
from forms.descriptor import AnyQuestion, FormTemplate, Part, RowsQuestion, Scale
from forms.fields import RowsField

PEOPLE = {"p-1": "Ada Marsh", "p-2": "Bo Linden", "p-3": "Cleo <Frey>"}
VOID = {"input", "br", "img", "hr", "meta", "link"}


def environment() -> Environment:
    loader = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    env = Environment(loader=loader, autoescape=True)
    env.filters["indent"] = lambda text, *_args, **_kwargs: text
    return env


ENV = environment()
FILES = {
    "govukButton": "button",
    "govukCheckboxes": "checkboxes",
    "govukDateInput": "date-input",
    "govukErrorSummary": "error-summary",
    "govukInput": "input",
    "govukRadios": "radios",
    "govukSelect": "select",
    "govukTextarea": "textarea",
}
MACROS = {
    macro: getattr(ENV.get_template(f"govuk_frontend_jinja/components/{folder}/macro.html").module, macro)
    for macro, folder in FILES.items()
}


def render_field(field: Any) -> str:
    if isinstance(field, RowsField):
        return render_rows(govuk.rows(field))
    macro, params = govuk.component(field)
    return str(MACROS[macro](params))


def render_rows(params: dict[str, Any]) -> str:
    return ROWS.render(params=params, button=MACROS["govukButton"], field=render_field)


ROWS = ENV.from_string("""
<h2>{{ params.legend }}</h2>
{% if params.hint %}<p>{{ params.hint.text }}</p>{% endif %}
{% for hidden in params.hidden %}<input type="hidden" name="{{ hidden.name }}" value="{{ hidden.value }}">{% endfor %}
{% for row in params.rows %}
<fieldset id="{{ row.id }}"><legend>{{ row.legend }}</legend>
{% for each in row.fields %}{{ field(each) | safe }}{% endfor %}
{% if row.remove %}{{ button(row.remove) }}{% endif %}
</fieldset>
{% endfor %}
{% if params.add %}{{ button(params.add) }}{% endif %}
""")


def render(form: Any) -> str:
    summary = govuk.error_summary(form)
    top = str(MACROS["govukErrorSummary"](summary)) if summary else ""
    return top + "".join(render_field(field) for field in form)


class Page(HTMLParser):
    """What the tests look at: ids, links, legends, labels, hints, and what a browser would post."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.described: list[str] = []
        self.labels_for: list[str] = []
        self.inputs: dict[str, str] = {}
        self.fieldsets: list[str] = []
        self.texts: dict[str, str] = {}
        self.posted: list[tuple[str, str]] = []
        self.scripts = 0
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._legend: list[bool] = []
        self._select = ""
        self._area: tuple[str, list[str]] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in VOID:
            self._open.append((tag, found))
        self.scripts += tag == "script"
        if ident := found.get("id"):
            self.ids.append(ident)
            self.texts.setdefault(ident, "")
            if tag in ("input", "select", "textarea", "button"):
                self.inputs[ident] = tag
        if tag == "a":
            self.links.append(found.get("href") or "")
        if tag == "label":
            self.labels_for.append(found.get("for") or "")
        self.described += (found.get("aria-describedby") or "").split()
        if tag == "fieldset":
            self.fieldsets.append("")
            self._legend.append(False)
        self._control(tag, found)

    def _control(self, tag: str, found: dict[str, str | None]) -> None:
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "input" and (found.get("type") in ("text", "hidden", None) or "checked" in found):
            self.posted.append((name, value))
        if tag == "select":
            self._select = name
        if tag == "option" and "selected" in found:
            self.posted.append((self._select, value))
        if tag == "textarea":
            self._area = (name, [])

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "textarea" and self._area:
            name, pieces = self._area
            typed = "".join(pieces).removeprefix("\n").replace("\n", "\r\n")
            self.posted.append((name, typed))
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)
        if any(tag == "legend" for tag, _ in self._open):
            self.fieldsets[-1] += data.strip()
        for _, attrs in self._open:
            if ident := attrs.get("id"):
                self.texts[ident] += data


def texts(lines: int, most: int) -> st.SearchStrategy[str]:
    clean = clean_line if lines == 1 else clean_text
    raw = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
    shown = raw | st.sampled_from(["<script>alert(1)</script>", "a & b\n\n  c\td", "“ö” zł ŵ", "=1+1"])
    return shown.map(lambda text: str(clean(text))[:most].strip())


def values(question: AnyQuestion, scale: Scale) -> st.SearchStrategy[Any]:
    """Any answer a question may have, in the shape in which it is stored."""
    if isinstance(question, RowsQuestion):
        return rows_values(question, scale)
    if question.kind == "text":
        return texts(question.lines, question.max_length)
    if question.kind == "choices":
        keys = [option.key for option in question.options]
        return st.sets(st.sampled_from(keys)).map(lambda some: [key for key in keys if key in some])
    return st.none() | chosen(question, scale)


def chosen(question: AnyQuestion, scale: Scale) -> st.SearchStrategy[Any]:
    match question.kind:
        case "grade":
            return st.sampled_from([point.key for point in scale.points])
        case "choice":
            return st.sampled_from([option.key for option in question.options])
        case "yes_no":
            return st.booleans()
        case "person":
            return st.sampled_from(list(PEOPLE))
        case _:
            dates = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
            return dates.map(lambda date: date.isoformat())


def rows_values(question: RowsQuestion, scale: Scale) -> st.SearchStrategy[Any]:
    cells = st.fixed_dictionaries({column.key: values(column, scale) for column in question.columns})
    if question.fixed:
        keys = [row.key for row in question.fixed]
        whole = st.lists(cells, min_size=len(keys), max_size=len(keys))
        return whole.map(lambda rows: [{"key": key, **row} for key, row in zip(keys, rows, strict=True)])
    names = st.lists(st.from_regex(r"r[0-9a-f]{10}", fullmatch=True), max_size=3, unique=True)
    rows = st.tuples(names, st.lists(cells, min_size=3, max_size=3))
    return rows.map(lambda drawn: [{"key": key, **row} for key, row in zip(*drawn, strict=False)])


def part_answers(template: FormTemplate, part: Part) -> st.SearchStrategy[dict[str, Any]]:
    """A part's whole answers, reasons included."""
    asked = st.fixed_dictionaries({q.key: values(q, template.scale) for q in part.questions})
    reasons = st.fixed_dictionaries({key: texts(3, 2000) for key in part.reason_keys})
    given = reasons.map(lambda found: {key: why for key, why in found.items() if why})
    return st.tuples(asked, given).map(lambda pair: {**pair[0], "missing": pair[1]})
