"""Error pages: what happened, whether what was typed is safe, what to do."""

from __future__ import annotations

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from app.web import errors, frame
from tests.support.html import Node, parse
from tests.unit.web import guide

OURS = {"Sec-Fetch-Site": "same-origin"}
TYPED = "\n“She said <b>no</b>”\r\n  and meant it & more"


def carried(page: str) -> dict[str, str]:
    """The fields of the form that sends again."""
    form = next(node for node in parse(page).all("form") if node.inside("main"))
    return {node.attrs["name"]: node.attrs["value"] for node in form.all("input")}


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 413, 429, 500, 503])
def test_each_says_what_happened_whether_it_is_safe_and_what_to_do(visitor: FlaskClient, code: int) -> None:
    answer = visitor.get(f"/stop/{code}", headers={"X-Person": "Maya Okafor"})
    assert answer.status_code == code
    headings = [node.text for node in parse(answer.text).all("h1", "h2")]
    assert headings == [errors.PAGES[code].heading, "Is what I typed safe?", "What to do now"]


def test_a_code_without_words_of_its_own_gets_the_general_ones(visitor: FlaskClient) -> None:
    answer = visitor.get("/stop/415")
    assert answer.status_code == 415
    assert errors.PAGES[400].heading in answer.text


def test_405_keeps_what_http_asks_for(visitor: FlaskClient) -> None:
    assert "POST" in visitor.get("/sign-out").headers["Allow"]


@pytest.mark.parametrize("path", ["/absent", "/stop/503", "/wrong", "/refused", "/stale"])
def test_a_script_gets_json(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path, headers={"Accept": "application/json"})
    assert answer.is_json
    assert answer.json is not None
    assert answer.json["message"]


def test_a_failure_page_asks_nothing_of_the_session_or_the_database(small_app: Flask, visitor: FlaskClient) -> None:
    @small_app.login_manager.request_loader  # type: ignore[attr-defined]
    def _never(_request: object) -> None:
        raise RuntimeError("the database is away")

    answer = visitor.get("/plain", headers={"X-Person": "Maya Okafor"})
    assert answer.status_code == 500
    assert answer.mimetype == "text/html"
    assert errors.PAGES[500].heading in answer.text


def test_if_even_the_templates_fail_the_words_remain(small_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> dict[str, object]:
        raise RuntimeError("templates are away")

    monkeypatch.setattr(frame, "bare_context", broken)
    answer = small_app.test_client().get("/wrong")
    assert answer.status_code == 500
    assert answer.mimetype == "text/plain"
    assert "What you did last was not saved" in answer.text


# A form whose token has run out


def test_nothing_typed_is_lost_when_the_token_has_run_out(visitor: FlaskClient) -> None:
    form = {"evidence": TYPED, "version": "7", "csrf_token": "old"}
    answer = visitor.post("/typed?part=3", data=form, headers=OURS)
    assert answer.status_code == 400
    fields = carried(answer.text)
    assert fields["evidence"] == TYPED
    assert fields["version"] == "7"
    assert "She said &lt;b&gt;no" in answer.text
    again = visitor.post("/typed?part=3", data=fields, headers=OURS)
    assert again.status_code == 200


def test_every_value_of_a_repeated_field_is_carried(visitor: FlaskClient) -> None:
    page = visitor.post("/typed", data={"theme": ["neglect", "identity"]}, headers=OURS).text
    values = [node.attrs["value"] for node in parse(page).all("input") if node.attrs["name"] == "theme"]
    assert values == ["neglect", "identity"]


def test_it_is_sent_where_it_was_sent(visitor: FlaskClient) -> None:
    page = parse(visitor.post("/typed?part=3", data={"a": "b"}, headers=OURS).text)
    assert next(node for node in page.all("form") if node.inside("main")).attrs["action"] == "/typed?part=3"


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {}]
)
def test_what_another_site_sent_is_never_offered_again(visitor: FlaskClient, headers: dict[str, str]) -> None:
    answer = visitor.post("/typed", data={"evidence": "do this for me"}, headers=headers)
    assert answer.status_code == 400
    assert "do this for me" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_an_older_browser_is_known_by_its_referer(visitor: FlaskClient) -> None:
    answer = visitor.post("/typed", data={"evidence": "mine"}, headers={"Referer": "http://localhost/typed"})
    assert carried(answer.text)["evidence"] == "mine"


@pytest.mark.parametrize("secret", ["password", "new_password_confirm", "totp_code", "recovery_code"])
def test_a_form_with_a_secret_is_not_put_on_a_page(visitor: FlaskClient, secret: str) -> None:
    answer = visitor.post("/typed", data={"email": "m@wexcombe.example", secret: "hunter2 x"}, headers=OURS)
    assert "hunter2" not in answer.text
    assert "Send again" not in answer.text


def test_the_script_gets_a_fresh_token_and_uses_it(visitor: FlaskClient) -> None:
    asked = {**OURS, "Accept": "application/json"}
    answer = visitor.post("/typed", data={"a": "b"}, headers=asked)
    assert answer.status_code == 400
    assert answer.json is not None
    again = visitor.post("/typed", data={"a": "b", "csrf_token": answer.json["csrf_token"]}, headers=asked)
    assert again.status_code == 200


def test_a_script_of_another_site_gets_no_token(visitor: FlaskClient) -> None:
    headers = {"Accept": "application/json", "Sec-Fetch-Site": "cross-site"}
    assert "csrf_token" not in visitor.post("/typed", data={"a": "b"}, headers=headers).text


# Refused and stale


def test_a_refusal_gives_each_reason_and_where_to_put_it_right(visitor: FlaskClient) -> None:
    answer = visitor.get("/refused")
    assert answer.status_code == 409
    main = parse(answer.text).all("main")[0]
    assert main.all("li")[0].text.startswith("Two parts are not complete.")
    assert [node.attrs["href"] for node in main.all("a")] == ["/plain", "/plain"]


def test_a_refusal_shows_what_was_typed(small_app: Flask) -> None:
    with small_app.test_request_context("/refused", method="POST", data={"reason": "a long story", "version": "3"}):
        page = errors.refused_page([guide.Reason("Not now.")]).get_data(as_text=True)
    assert "a long story" in page
    assert 'class="pl-typed">3<' not in page


def test_stale_shows_both_and_lets_either_be_kept(visitor: FlaskClient) -> None:
    answer = visitor.get("/stale")
    assert answer.status_code == 409
    main = parse(answer.text).all("main")[0]
    (area,) = main.all("textarea")
    assert area.attrs["name"] == "evidence"
    assert "three times, at school" in main.text
    assert "Maya Okafor saved it on 23 November 2026 at 14:32" in main.text
    fields = carried(answer.text)
    assert fields["version"] == "8"
    assert fields["grade"] == "3"
    assert fields["difference"] == "She chose the school."
    assert next(a for a in main.all("a")).text == "Keep theirs"


def test_stale_carries_what_it_does_not_show(small_app: Flask) -> None:
    posted = {"evidence": "x", "notes": "kept", "version": "7", "csrf_token": "old", "password": "hunter2"}
    with small_app.test_request_context("/stale", method="POST", data=posted):
        page = errors.stale_page(guide.stale_fields(), version=9, action="/typed").get_data(as_text=True)
    fields = carried(page)
    assert fields["notes"] == "kept"
    assert fields["version"] == "9"
    assert "hunter2" not in page


def test_a_first_empty_line_survives_the_text_area(small_app: Flask) -> None:
    """HTML drops the first line end within a textarea, so the template adds one to be dropped."""
    field = errors.StaleField("a", "A", yours="\nbelow", saved="x")
    with small_app.test_request_context("/"):
        page = errors.stale_page([field], version=1, action="/typed").get_data(as_text=True)
    assert ">\n\nbelow</textarea>" in page


def test_line_ends_alone_are_no_difference() -> None:
    assert errors.StaleField("a", "A", yours="x\r\ny", saved="x\ny").same


def test_the_words_for_every_page_are_complete(small_app: Flask) -> None:
    for words in [*errors.PAGES.values(), errors.EXPIRED, errors.EXPIRED_NOT_CARRIED, errors.FOREIGN_HOST]:
        with small_app.test_request_context("/"):
            page: Node = parse(render_template("errors/message.html", words=words, code=400))
        for text in (words.happened, words.typed, words.todo):
            assert " ".join(text.split()) in page.text
