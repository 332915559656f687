"""What every page must be, checked without a browser: `check_page(html)` lists the faults.

It is strict where axe is silent (a radio group without a name passes axe) and quick enough to run
on every response of every test. `CheckedClient` does that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
# An open <li> is closed by the next <li>, and so on; its end tag may be left out.
CLOSED_BY: dict[str, frozenset[str]] = {
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "option": frozenset({"option", "optgroup"}),
    "tr": frozenset({"tr", "tbody", "tfoot"}),
    "td": frozenset({"td", "th", "tr", "tbody", "tfoot"}),
    "th": frozenset({"td", "th", "tr", "tbody", "tfoot"}),
    "thead": frozenset({"tbody", "tfoot"}),
    "tbody": frozenset({"tbody", "tfoot"}),
    "p": frozenset(
        "address article aside blockquote details div dl fieldset figure footer form h1 h2 h3 h4 h5 h6"
        " header hr main nav ol p pre section table ul".split()
    ),
}
END_TAG_OPTIONAL = frozenset({*CLOSED_BY, "tfoot", "optgroup", "html", "head", "body"})
HEADINGS = {f"h{level}": level for level in range(1, 7)}
UNLABELLED_INPUTS = frozenset({"hidden", "submit", "button", "reset", "image"})
SCOPES = frozenset({"col", "row", "colgroup", "rowgroup"})


@dataclass(eq=False)
class Node:
    """One element. The document itself is a Node without a tag."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    parent: Node | None = None
    children: list[Node | str] = field(default_factory=list)

    @property
    def elements(self) -> list[Node]:
        return [child for child in self.children if isinstance(child, Node)]

    def walk(self) -> Iterator[Node]:
        for child in self.elements:
            yield child
            yield from child.walk()

    def all(self, *tags: str) -> list[Node]:
        return [node for node in self.walk() if node.tag in tags]

    def above(self) -> Iterator[Node]:
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def inside(self, tag: str) -> Node | None:
        return next((node for node in self.above() if node.tag == tag), None)

    def has_class(self, name: str) -> bool:
        return name in self.attrs.get("class", "").split()

    @property
    def text(self) -> str:
        """Everything in it as one line."""
        return " ".join("".join(self._pieces()).split())

    def text_without(self, *tags: str) -> str:
        return " ".join("".join(self._pieces(tags)).split())

    def _pieces(self, left_out: tuple[str, ...] = ()) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag == "br":
                yield " "
            elif child.tag not in ("script", "style", "template", *left_out):
                yield from child._pieces(left_out)

    def __str__(self) -> str:
        shown = [f'{key}="{self.attrs[key]}"' for key in ("type", "name", "id", "href") if key in self.attrs]
        return "<" + " ".join([self.tag, *shown]) + ">"


class _Tree(HTMLParser):
    """Builds the nodes and notes the tags that do not match: browsers guess there, each in its own way."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("")
        self.here = self.root
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        while tag in CLOSED_BY.get(self.here.tag, ()) and self.here.parent:
            self.here = self.here.parent
        names = Counter(key for key, _ in attrs)
        node = Node(tag, {key: value or "" for key, value in reversed(attrs)}, self.here)
        self.faults += [f"{node} has {key} twice" for key, count in names.items() if count > 1]
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path/>` closes itself within an svg; in HTML the slash means nothing."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID and self.here.inside("svg"):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        open_one = next((node for node in (self.here, *self.here.above()) if node.tag == tag), None)
        if open_one is None or open_one.parent is None:
            self.faults.append(f"</{tag}> closes nothing")
            return
        while self.here is not open_one and self.here.parent:
            self._left_open(self.here)
            self.here = self.here.parent
        self.here = open_one.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)

    def close(self) -> None:
        super().close()
        while self.here.parent:
            self._left_open(self.here)
            self.here = self.here.parent

    def _left_open(self, node: Node) -> None:
        if node.tag not in END_TAG_OPTIONAL:
            self.faults.append(f"{node} is not closed")


@dataclass
class Page:
    """A parsed page and what its checks look up again and again."""

    root: Node
    nodes: list[Node]
    by_id: dict[str, Node]

    def all(self, *tags: str) -> list[Node]:
        return [node for node in self.nodes if node.tag in tags]

    def named_by(self, node: Node, attribute: str) -> list[str]:
        return node.attrs.get(attribute, "").split()


Check = Callable[[Page], Iterator[str]]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    CHECKS.append(function)
    return function


def parse(html: str) -> Node:
    """The document as nodes, for tests that look for something in a page."""
    return _parse(html).root


def _parse(html: str) -> _Tree:
    tree = _Tree()
    tree.feed(html)
    tree.close()
    return tree


def check_page(html: str) -> list[str]:
    """The faults of a whole page, each a sentence that names the element. Empty when there are none."""
    tree = _parse(html)
    nodes = list(tree.root.walk())
    by_id: dict[str, Node] = {}
    for node in nodes:
        by_id.setdefault(node.attrs.get("id", ""), node)
    page = Page(tree.root, nodes, by_id)
    found = [*tree.faults, *(fault for each in CHECKS for fault in each(page))]
    return list(dict.fromkeys(found))


# The page as a whole


@check
def one_heading_and_its_title(page: Page) -> Iterator[str]:
    """The title is the first thing a screen reader says; it must be what the page says it is."""
    headings = page.all("h1")
    if len(headings) != 1:
        yield f"there are {len(headings)} h1, not one"
    titles = [node for node in page.all("title") if not node.inside("svg")]
    if len(titles) != 1 or not titles[0].text:
        yield "there is no title, or more than one"
    elif len(headings) == 1 and not re.match("(Error: )?" + re.escape(headings[0].text), titles[0].text):
        yield f"the title “{titles[0].text}” does not begin with the h1 “{headings[0].text}”"
    if any(not node.text for node in headings):
        yield "the h1 is empty"


@check
def the_frame(page: Page) -> Iterator[str]:
    mains = len(page.all("main"))
    if mains != 1:
        yield f"there are {mains} main, not one"
    if not any(node.attrs.get("lang") for node in page.all("html")):
        yield "html has no lang"


@check
def headings_do_not_skip(page: Page) -> Iterator[str]:
    """An error summary's h2 may come before the h1, so the first may be either."""
    before = 1
    for node in page.nodes:
        level = HEADINGS.get(node.tag)
        if level is None:
            continue
        if level > before + 1:
            yield f"“{node.text}” is an {node.tag} after an h{before}"
        if not node.text and level > 1:
            yield f"there is an empty {node.tag}"
        before = level


@check
def ids_are_unique(page: Page) -> Iterator[str]:
    counts = Counter(node.attrs["id"] for node in page.nodes if "id" in node.attrs)
    for name, count in counts.items():
        if count > 1:
            yield f"the id “{name}” is there {count} times"
        if not name or re.search(r"\s", name):
            yield f"the id “{name}” is empty or has a space in it"


# Forms


@check
def fields_have_labels(page: Page) -> Iterator[str]:
    labelled = {node.attrs["for"] for node in page.all("label") if "for" in node.attrs and node.text}
    for node in page.all("input", "select", "textarea"):
        if node.tag == "input" and node.attrs.get("type", "text").lower() in UNLABELLED_INPUTS:
            continue
        around = node.inside("label")
        # What was typed into a field is not its label, though it stands inside.
        tied = node.attrs.get("id") in labelled or (around and around.text_without("textarea", "select"))
        # Whether the labelling element is there and has text is asked of every element, below.
        if not (tied or node.attrs.get("aria-label", "").strip() or page.named_by(node, "aria-labelledby")):
            yield f"{node} has no label"


@check
def labels_have_fields(page: Page) -> Iterator[str]:
    for node in page.all("label"):
        target = page.by_id.get(node.attrs["for"]) if node.attrs.get("for") else None
        if "for" in node.attrs and (target is None or target.tag not in _FIELDS):
            yield f"the label “{node.text}” is for “{node.attrs['for']}”, which is not a field"


_FIELDS = frozenset({"input", "select", "textarea", "button", "meter", "output", "progress"})


@check
def fieldsets_have_legends(page: Page) -> Iterator[str]:
    for node in page.all("fieldset"):
        first = node.elements[0] if node.elements else None
        if first is None or first.tag != "legend" or not first.text:
            yield f"{node} does not begin with a legend that says something"


@check
def choices_have_a_question(page: Page) -> Iterator[str]:
    """Two radios or more under one name are a group, and a group needs its question."""
    groups: dict[tuple[int, str], list[Node]] = {}
    for node in page.all("input"):
        if node.attrs.get("type", "").lower() in ("radio", "checkbox") and node.attrs.get("name"):
            groups.setdefault((id(node.inside("form")), node.attrs["name"]), []).append(node)
    for (_, name), members in groups.items():
        if len(members) > 1 and not all(_in_named_group(node) for node in members):
            yield f"the choices “{name}” are in no fieldset"


def _in_named_group(node: Node) -> bool:
    return any(
        above.tag == "fieldset" or (above.attrs.get("role") in ("group", "radiogroup") and _aria_named(above))
        for above in node.above()
    )


def _aria_named(node: Node) -> bool:
    return bool(node.attrs.get("aria-label", "").strip() or node.attrs.get("aria-labelledby", "").strip())


@check
def posts_carry_the_token(page: Page) -> Iterator[str]:
    for node in page.all("form"):
        if node.attrs.get("method", "get").lower() == "post" and not any(map(_is_token, node.all("input"))):
            yield f"the form to “{node.attrs.get('action', '')}” posts without a csrf_token"


def _is_token(node: Node) -> bool:
    wanted = {"type": "hidden", "name": "csrf_token"}
    return bool(node.attrs.get("value")) and wanted.items() <= node.attrs.items()


@check
def hints_say_something(page: Page) -> Iterator[str]:
    for node in page.nodes:
        for name in ("govuk-hint", "govuk-error-message"):
            if node.has_class(name) and not node.text:
                yield f"{node} is an empty {name}"


@check
def focus_is_left_alone(page: Page) -> Iterator[str]:
    for node in page.nodes:
        if "autofocus" in node.attrs:
            yield f"{node} takes the focus by itself"
        if _tabindex(node) > 0:
            yield f"{node} has a positive tabindex"


def _tabindex(node: Node) -> int:
    found = node.attrs.get("tabindex", "").strip()
    return int(found) if re.fullmatch(r"-?\d+", found) else 0


# What points at something


@check
def descriptions_are_there(page: Page) -> Iterator[str]:
    for node in page.nodes:
        for attribute in ("aria-describedby", "aria-labelledby"):
            for name in page.named_by(node, attribute):
                target = page.by_id.get(name)
                if target is None:
                    yield f"{node} has {attribute} “{name}”, which is not there"
                elif not (target.text or target.attrs.get("aria-label")):
                    yield f"{node} has {attribute} “{name}”, which is empty"
            if attribute in node.attrs and not page.named_by(node, attribute):
                yield f"{node} has an empty {attribute}"


@check
def links_lead_somewhere(page: Page) -> Iterator[str]:
    for node in page.all("a", "area"):
        href = node.attrs.get("href")
        if href is None or not href.startswith("#"):
            continue
        target = page.by_id.get(unquote(href[1:])) if href != "#" else None
        if target is None:
            yield f"{node} leads to nothing on the page"
        elif _in_error_summary(node) and not _focusable(target):
            yield f"{node} in the error summary leads to {target}, which cannot take the focus"


def _in_error_summary(node: Node) -> bool:
    return any(above.has_class("govuk-error-summary") for above in node.above())


def _focusable(node: Node) -> bool:
    if "disabled" in node.attrs or (node.tag, node.attrs.get("type", "").lower()) == ("input", "hidden"):
        return False
    if node.tag in ("input", "select", "textarea", "button", "summary"):
        return True
    return "tabindex" in node.attrs or (node.tag == "a" and "href" in node.attrs)


# What has a name


@check
def buttons_and_links_have_text(page: Page) -> Iterator[str]:
    for node in page.all("a", "button", "summary"):
        if (node.tag != "a" or "href" in node.attrs) and not _name(node):
            yield f"{node} has no text"
    for node in page.all("input"):
        needs_value = node.attrs.get("type", "").lower() in ("submit", "button", "reset")
        if needs_value and not (node.attrs.get("value", "").strip() or _aria_named(node)):
            yield f"{node} has no text"


def _name(node: Node) -> bool:
    pictures = any(inner.attrs.get("alt", "").strip() for inner in node.all("img"))
    return bool(node.text) or _aria_named(node) or pictures


@check
def pictures_are_described(page: Page) -> Iterator[str]:
    """alt may be empty (the picture is decoration), but it must be there."""
    for node in page.all("img"):
        if "alt" not in node.attrs:
            yield f"{node} has no alt ({node.attrs.get('src', '')})"
    for node in page.all("svg"):
        if node.attrs.get("role") == "img" and not (_aria_named(node) or any(t.text for t in node.all("title"))):
            yield f"{node} is an image without a name"


@check
def tables_are_tables(page: Page) -> Iterator[str]:
    for node in page.all("table"):
        captions = [inner for inner in node.elements if inner.tag == "caption"]
        called = captions[0].text if captions else ""
        if not called:
            yield "a table has no caption"
        headers = [inner for inner in node.all("th") if inner.inside("table") is node]
        if not headers:
            yield f"the table “{called}” has no th"
        if any(inner.attrs.get("scope") not in SCOPES for inner in headers):
            yield f"the table “{called}” has a th without scope"


# What the content security policy would refuse


@check
def nothing_inline(page: Page) -> Iterator[str]:
    for node in page.nodes:
        if node.tag == "style":
            yield "there is a <style>"
        for name, value in node.attrs.items():
            if name == "style" or re.fullmatch("on[a-z]+", name):
                yield f"{node} has an inline {name}"
            if name in ("href", "src", "action", "formaction") and re.match(r"(?i)\s*javascript:", value):
                yield f"{node} has a javascript: {name}"


class CheckedClient(FlaskClient):
    """Every page that a test asks for is checked on the way, error pages too.

    `client.get(address, check_html=False)` leaves one out. Redirects are no pages.
    """

    _checks = True

    def open(self, *args: Any, check_html: bool = True, **kwargs: Any) -> TestResponse:
        # A redirect is followed by calling this again, without our keyword.
        self._checks, before = check_html and self._checks, self._checks
        try:
            response = super().open(*args, **kwargs)
        finally:
            self._checks = before
        redirect = 300 <= response.status_code < 400
        if check_html and self._checks and response.mimetype == "text/html" and not redirect:
            fail_on_faults(response.get_data(as_text=True), response.request.path)
        return response


def fail_on_faults(html: str, where: str) -> None:
    __tracebackhide__ = True
    if faults := check_page(html):
        pytest.fail(f"{where} is not a page as it should be:\n- " + "\n- ".join(faults))
