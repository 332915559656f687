"""Filling in and sending real pages with the test client, as a person without JavaScript would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse


class _Forms(HTMLParser):
    """Every form of a page: its action, and what it would post as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, MultiDict[str, str]]] = []
        self._select: str | None = None
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), MultiDict()))
        elif self.forms:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        values = self.forms[-1][1]
        if tag == "input" and given.get("name"):
            kind = given.get("type", "text")
            if kind not in ("radio", "checkbox", "submit") or "checked" in given:
                values.add(given["name"], given.get("value", ""))
        elif tag == "select":
            self._select = given.get("name")
        elif tag == "option" and self._select and "selected" in given:
            values.add(self._select, given.get("value", ""))
        elif tag == "textarea":
            self._area, self._text = given.get("name"), ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            self.forms[-1][1].add(self._area, self._text.removeprefix("\n"))
            self._area = None
        elif tag == "select":
            self._select = None


def forms_in(html: str) -> list[tuple[str, MultiDict[str, str]]]:
    """(action, fields as they stand) for every form."""
    parser = _Forms()
    parser.feed(html)
    return parser.forms


def main_form(html: str, holding: str = "") -> tuple[str, MultiDict[str, str]]:
    """The page's own form: the one with a field whose name begins with `holding`, else the last."""
    found = [form for form in forms_in(html) if form[0] != "/sign-out"]
    wanted = [form for form in found if any(name.startswith(holding) for name in form[1])]
    return (wanted or found)[-1]


def send(
    client: FlaskClient, url: str, changes: Mapping[str, str | Iterable[str]] | None = None, *, holding: str = ""
) -> TestResponse:
    """Open a page, change some fields of its form, send it. The answer as it comes, not followed."""
    page = client.get(url)
    assert page.status_code == 200, f"{url}: {page.status_code}"
    action, values = main_form(page.get_data(as_text=True), holding)
    for name, value in (changes or {}).items():
        values.setlist(name, [value] if isinstance(value, str) else list(value))
    return client.post(action or url, data=values)
