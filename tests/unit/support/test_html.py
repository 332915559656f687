"""Each fault is found, and a good page has none: a checker that never speaks would pass for a good one."""

from __future__ import annotations

import pytest
from flask import Flask, Response, redirect

from tests.support import html
from tests.support.html import CheckedClient, check_page, parse

GOOD = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Plan the review – Plumbline</title><link rel="icon" href="/i.svg"></head>
<body>
<a href="#main">Skip to main content</a>
<div class="govuk-error-summary"><h2>There is a problem</h2><ul>
  <li><a href="#name">Enter a name</a>
  <li><a href="#kind">Choose a kind</a></li>
</ul></div>
<main id="main"><h1>Plan the <span>review</span></h1>
<form method="post" action="/plan"><input type="hidden" name="csrf_token" value="abc">
  <label for="name">Name</label>
  <div class="govuk-hint" id="name-hint">As on the record</div>
  <input id="name" name="name" aria-describedby="name-hint">
  <label>Notes <textarea name="notes">a < b &amp; <p></textarea></label>
  <select name="team" aria-label="Team"><option>One<option selected>Two</select>
  <fieldset><legend>Kind</legend>
    <input type="radio" name="kind" id="kind" value="1"><label for="kind">Short</label>
    <input type="radio" name="kind" id="kind-2" value="2"><label for="kind-2">Long</label>
  </fieldset>
  <p>First<p>Second<br>line
  <button>Save</button><input type="submit" value="Send">
</form>
<form action="/search"><input type="search" name="q" aria-labelledby="find"><b id="find">Find</b></form>
<h2>History</h2>
<table><caption>Grades</caption><thead><tr><th scope="col">When<th scope="col">What</thead>
  <tbody><tr><th scope="row">May<td>Good<tr><th scope="row">June</th><td>Good</td></tr></tbody></table>
<img src="/a.png" alt=""><a href="/home"><img src="/b.png" alt="Home"></a>
<svg role="img" viewBox="0 0 1 1"><title>Grades by month</title><path d="M0 0"/></svg>
<svg aria-hidden="true"><path d="M0 0"/><circle r="1"></circle></svg>
<details><summary>More</summary><p>Text</p></details>
</main></body></html>"""

# what is wrong: (what is replaced, by what, what is said of it)
FAULTS = {
    "no h1": ("<h1>Plan the <span>review</span></h1>", "", "there are 0 h1"),
    "two h1": ("<h2>History</h2>", "<h1>History</h1>", "there are 2 h1"),
    "empty h1": ("Plan the <span>review</span>", "", "the h1 is empty"),
    "no title": ("<title>Plan the review – Plumbline</title>", "", "no title"),
    "another title": ("<title>Plan the review", "<title>Plumbline: plan", "does not begin with the h1"),
    "no main": ("main", "div", "there are 0 main"),
    "two mains": ("<h2>History</h2>", "<main></main>", "there are 2 main"),
    "no lang": (' lang="en"', "", "html has no lang"),
    "empty lang": ('lang="en"', 'lang=""', "html has no lang"),
    "skipped heading": ("<h2>History</h2>", "<h3>History</h3>", "an h3 after an h1"),
    "empty heading": ("<h2>History</h2>", "<h2> </h2>", "empty h2"),
    "id twice": ('id="find"', 'id="name-hint"', "“name-hint” is there 2 times"),
    "empty id": ('id="main"', 'id=""', "is empty or has a space"),
    "no label": ('<label for="name">Name</label>', "", "has no label"),
    "empty label": (">Name</label>", "></label>", "has no label"),
    "label around nothing said": ("<label>Notes ", "<label>", "has no label"),
    "empty aria-label": ('aria-label="Team"', 'aria-label=" "', "has no label"),
    "label for nothing": ('for="kind-2"', 'for="kind-3"', "is not a field"),
    "no legend": ("<legend>Kind</legend>", "", "does not begin with a legend"),
    "empty legend": ("<legend>Kind</legend>", "<legend> </legend>", "does not begin with a legend"),
    "late legend": ("<legend>Kind</legend>", "<p>Well</p><legend>Kind</legend>", "does not begin with"),
    "no fieldset": ("fieldset>", "div>", "“kind” are in no fieldset"),
    "nameless group": ("<fieldset>", '<div role="group">', "“kind” are in no fieldset"),
    "no token": ('name="csrf_token"', 'name="token"', "without a csrf_token"),
    "empty token": ('value="abc"', 'value=""', "without a csrf_token"),
    "POST in capitals": ('<form action="/search">', '<form method="POST" action="/s">', "to “/s” posts"),
    "empty hint": ("As on the record", "", "empty govuk-hint"),
    "empty error": ("<b id=", '<p class="x govuk-error-message"></p><b id=', "empty govuk-error-message"),
    "autofocus": ('name="q"', 'name="q" autofocus', "takes the focus"),
    "tabindex": ('name="q"', 'name="q" tabindex="2"', "positive tabindex"),
    "describedby missing": (
        'describedby="name-hint"',
        'describedby="name-hint x"',
        "“x”, which is not there",
    ),
    "labelledby missing": ('id="find"', 'id="found"', "“find”, which is not there"),
    "labelledby empty": (">Find</b>", "></b>", "“find”, which is empty"),
    "describedby without a value": ('describedby="name-hint"', 'describedby=""', "empty aria-describedby"),
    "link to nothing": ('href="#main"', 'href="#content"', "leads to nothing"),
    "link to the top": ('href="#main"', 'href="#"', "leads to nothing"),
    "error link to a group": ('href="#name"', 'href="#name-hint"', "cannot take the focus"),
    "error link to a hidden field": ("<input id=", '<input type="hidden" id=', "cannot take the focus"),
    "empty link": ("Skip to main content", "", "has no text"),
    "picture link": ('alt="Home"', 'alt=""', "has no text"),
    "empty button": (">Save<", "> <", "has no text"),
    "empty submit": ('value="Send"', "", "has no text"),
    "empty summary": (">More<", "><", "has no text"),
    "no alt": (' alt=""', "", "has no alt (/a.png)"),
    "nameless drawing": ("<title>Grades by month</title>", "", "image without a name"),
    "no caption": ("<caption>Grades</caption>", "", "no caption"),
    "empty caption": ("<caption>Grades</caption>", "<caption></caption>", "no caption"),
    "no scope": ('<th scope="row">June', "<th>June", "“Grades” has a th without scope"),
    "wrong scope": ('scope="row">June', 'scope="rows">June', "“Grades” has a th without scope"),
    "no th": ("th", "td", "“Grades” has no th"),
    "inline style": ('id="main"', 'id="main" style="color:red"', "inline style"),
    "style element": ("<meta", "<style>a{}</style><meta", "there is a <style>"),
    "inline handler": ("<button>", '<button onclick="go()">', "inline onclick"),
    "javascript address": ('href="/home"', 'href=" JavaScript:go()"', "javascript: href"),
    "attribute twice": ('name="q"', 'name="q" name="r"', "has name twice"),
    "unclosed": ("<b id=", "<div><b id=", "<div> is not closed"),
    "closed twice": ("</b>", "</b></b>", "</b> closes nothing"),
    "never closed": ("</main></body></html>", "<section>", "<section> is not closed"),
}


def test_a_good_page_has_no_fault() -> None:
    assert check_page(GOOD) == []


def test_an_error_page_may_say_so_first() -> None:
    assert check_page(GOOD.replace("<title>", "<title>Error: ")) == []


@pytest.mark.parametrize(("old", "new", "said"), FAULTS.values(), ids=FAULTS)
def test_each_fault_is_found(old: str, new: str, said: str) -> None:
    assert old in GOOD
    faults = check_page(GOOD.replace(old, new))
    assert any(said in fault for fault in faults), faults


@pytest.mark.parametrize("check", html.CHECKS, ids=lambda check: check.__name__)
def test_no_check_is_without_a_fault_that_needs_it(check: html.Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking the check away must let at least one of the faults above through."""
    monkeypatch.setattr(html, "CHECKS", [each for each in html.CHECKS if each is not check])
    assert any(
        not any(said in fault for fault in check_page(GOOD.replace(old, new))) for old, new, said in FAULTS.values()
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<fieldset><legend>Kind</legend>", '<div role="radiogroup" aria-label="Kind">'),
        ('href="#name"', 'href="#focusable"'),
    ],
    ids=["a group with a role and a name", "a part that can take the focus"],
)
def test_what_is_as_good(old: str, new: str) -> None:
    page = GOOD.replace(old, new).replace('<main id="main">', '<main id="main"><p id="focusable" tabindex="-1">x')
    page = page.replace("</fieldset>", "</div>") if "radiogroup" in new else page
    assert check_page(page) == []


def test_the_tree_is_read_as_a_browser_reads_it() -> None:
    table = parse(GOOD).all("table")[0]
    assert [len(row.elements) for row in table.all("tr")] == [2, 2, 2]
    assert [node.text for node in parse("<p>a<p>b<ul><li>c<li>d</ul>e").all("p", "li")] == [
        "a",
        "b",
        "c",
        "d",
    ]
    assert parse("<div>a<br>b <script>no</script><b>c</b></div>").all("div")[0].text == "a b c"


@pytest.fixture
def client() -> CheckedClient:
    app = Flask(__name__)
    app.test_client_class = CheckedClient
    app.add_url_rule("/good", view_func=lambda: GOOD, endpoint="good")
    app.add_url_rule("/bad", view_func=lambda: "<p>bad", endpoint="bad")
    app.add_url_rule("/data", view_func=lambda: Response("<p>bad", mimetype="text/plain"), endpoint="data")
    app.add_url_rule("/away", view_func=lambda: redirect("/bad"), endpoint="away")
    made = app.test_client()
    assert isinstance(made, CheckedClient)
    return made


def test_the_client_passes_good_pages_and_what_is_no_page(client: CheckedClient) -> None:
    assert client.get("/good").status_code == 200
    assert client.get("/data").status_code == 200
    assert client.get("/away").status_code == 302


def test_the_client_fails_the_test_with_the_faults(client: CheckedClient) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"/bad .*(\n.*)*html has no lang"):
        client.get("/bad")


def test_the_client_checks_error_pages_and_where_redirects_lead(client: CheckedClient) -> None:
    with pytest.raises(pytest.fail.Exception, match="/none"):
        client.get("/none")
    with pytest.raises(pytest.fail.Exception, match="/bad"):
        client.get("/away", follow_redirects=True)


def test_one_request_can_be_left_out(client: CheckedClient) -> None:
    assert client.get("/bad", check_html=False).status_code == 200
    assert client.get("/away", follow_redirects=True, check_html=False).status_code == 200
