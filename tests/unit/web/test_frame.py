"""The frame round every page: what it shows to whom, and what it does to templates."""

from __future__ import annotations

import pytest
from flask import Flask, render_template, render_template_string
from flask.testing import FlaskClient
from jinja2 import UndefinedError

from app.web import frame
from tests.support.html import Node, parse

MEMBER = {"X-Person": "Maya Okafor:panel_member"}
REVIEWER = {"X-Person": "Ines Marchetti:reviewer"}


def links(page: str, label: str) -> list[str]:
    return [a.text for nav in parse(page).all("nav") if nav.attrs.get("aria-label") == label for a in nav.all("a")]


def header(page: str) -> Node:
    return parse(page).all("header")[0]


def test_every_macro_makes_a_sound_page(visitor: FlaskClient) -> None:
    page = visitor.get("/", headers=MEMBER).text
    assert len(parse(page).all("li")) > 20
    for word in ("Discussion (now)", "Overdue", "Before you can do this:", "added:", "removed:", "1,204"):
        assert word in parse(page).text


def test_navigation_follows_the_role_and_the_agreed_order(visitor: FlaskClient) -> None:
    assert links(visitor.get("/", headers=MEMBER).text, "Main") == ["My work", "Reviews", "Panel"]
    assert links(visitor.get("/", headers=REVIEWER).text, "Main") == ["My work", "Reviews"]


def test_an_entry_without_its_endpoint_is_left_out(visitor: FlaskClient) -> None:
    assert "Insight" not in visitor.get("/", headers=MEMBER).text


def test_signed_out_there_is_no_navigation_and_a_concern_can_be_raised(visitor: FlaskClient) -> None:
    page = visitor.get("/plain").text
    assert links(page, "Main") == []
    assert "Raise a concern" in header(page).text
    assert "Sign out" not in page


def test_adding_an_endpoint_again_replaces_it(visitor: FlaskClient) -> None:
    frame.navigation.add("All reviews", "plain", order=0)
    assert links(visitor.get("/", headers=REVIEWER).text, "Main") == ["All reviews", "My work"]


def test_the_present_page_is_marked(visitor: FlaskClient) -> None:
    current = [a for a in header(visitor.get("/plain", headers=MEMBER).text).all("a") if "aria-current" in a.attrs]
    assert [a.text for a in current] == ["Reviews"]


def test_signing_out_is_a_form_with_a_token(visitor: FlaskClient) -> None:
    (form,) = header(visitor.get("/plain", headers=MEMBER).text).all("form")
    assert form.attrs["method"] == "post"
    assert form.attrs["action"] == "/sign-out"
    assert {field.attrs["name"] for field in form.all("input")} == {"csrf_token"}


def test_the_name_leads_to_the_account(visitor: FlaskClient) -> None:
    name = next(a for a in header(visitor.get("/plain", headers=MEMBER).text).all("a") if "Maya" in a.text)
    assert name.attrs["href"] == "/account"


def test_a_page_of_its_own_person_and_version_leaves_the_frame_alone(small_app: Flask) -> None:
    with small_app.test_request_context("/", headers=MEMBER):
        page = render_template("plain.html", person=None, version=12345, mode="x")
    assert "Maya Okafor" in page
    assert "12345" not in page


def test_the_ribbon_is_for_the_demonstration_only(visitor: FlaskClient, small_app: Flask) -> None:
    words = "Demonstration service: invented people"
    assert words in visitor.get("/plain").text
    small_app.config["MODE"] = "production"
    assert words not in visitor.get("/plain").text


def test_footer_links_only_where_an_endpoint_exists(visitor: FlaskClient) -> None:
    frame.footer_links.add("Privacy", "help.privacy", visible=frame.anybody)
    (footer,) = parse(visitor.get("/plain").text).all("footer")
    assert [a.text for a in footer.all("a")] == ["Accessibility", "Help"]


def test_the_authority_is_asked_for_once_a_request(small_app: Flask, visitor: FlaskClient) -> None:
    asked = iter(["County of Harrowmere", "asked again"])
    frame.authority_name_from(small_app, lambda: next(asked))
    page = visitor.get("/plain").text
    assert page.count("County of Harrowmere") == 2  # header and footer
    assert next(asked) == "asked again"


def test_errors_begin_the_title_and_lead_to_their_field(small_app: Flask) -> None:
    with small_app.test_request_context("/"):
        page = render_template_string(
            '{% extends "plain.html" %}{% set error_list = [{"text": "Say what you found", "href": "#a"}] %}'
        )
    assert parse(page).all("title")[0].text == "Error: A plain page – Plumbline"
    assert "There is a problem" in page


def test_markup_in_a_heading_stays_out_of_the_title(small_app: Flask) -> None:
    with small_app.test_request_context("/"):
        page = render_template_string(
            '{% extends "plain.html" %}{% block heading %}{{ words }} <b>again</b>{% endblock %}',
            words="Tom & <Jerry>",
        )
    assert parse(page).all("title")[0].text == "Tom & <Jerry> again – Plumbline"


def test_our_templates_may_not_use_what_nobody_gave(small_app: Flask) -> None:
    with small_app.test_request_context("/"), pytest.raises(UndefinedError):
        render_template_string("{% if forgotten %}x{% endif %}")


def test_text_in_a_nested_text_area_is_not_changed(small_app: Flask) -> None:
    """As shipped the macros indent it by some spaces at each save."""
    typed = "first\n  second\n\nthird"
    with small_app.test_request_context("/"):
        page = render_template_string(
            '{% from "govuk_frontend_jinja/components/radios/macro.html" import govukRadios %}'
            '{% from "govuk_frontend_jinja/components/textarea/macro.html" import govukTextarea %}'
            '{{ govukRadios({"name": "r", "fieldset": {"legend": {"text": "R"}}, "items": [{"value": "1", "text": "1",'
            ' "conditional": {"html": govukTextarea({"name": "t", "value": typed, "label": {"text": "T"}})}}]}) }}',
            typed=typed,
        )
    assert f">{typed}</textarea>" in page


def test_static_files_keep_for_a_year_under_an_address_of_their_own(visitor: FlaskClient, small_app: Flask) -> None:
    with small_app.test_request_context("/"):
        address = frame.asset("plumbline.css")
    answer = visitor.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/css"
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()


def test_every_file_the_frame_names_is_there(visitor: FlaskClient) -> None:
    page = parse(visitor.get("/", headers=MEMBER).text)
    addresses = [node.attrs.get("href") or node.attrs.get("src", "") for node in page.all("link", "script")]
    addresses = [address for address in addresses if address]
    assert len(addresses) == 5
    for address in addresses:
        with visitor.get(address) as answer:
            assert answer.status_code == 200, address


def test_scripts_are_served_as_scripts_and_compressed(visitor: FlaskClient, small_app: Flask) -> None:
    with small_app.test_request_context("/"):
        address = frame.asset("vendor/govuk/govuk-frontend.min.js")
    with visitor.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.mimetype == "text/javascript"
        assert answer.headers["Content-Encoding"] == "gzip"
