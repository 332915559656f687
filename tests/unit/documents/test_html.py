"""The document as a page: the same words, escaped, with headings and tables that say what they are."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.documents import html
from app.documents.model import Document, GradeLine, Heading, KeyValues, List, Paragraph, Quote, Table
from app.documents.pdf import render_pdf
from app.documents.review_record import review_record
from tests.unit.documents.support import made_of, review, text_of
from tests.unit.documents.test_pdf import EVERY, HOSTILE

APP = Path(__file__).resolve().parents[3] / "app"
ENV = Environment(loader=FileSystemLoader(APP / "templates"), autoescape=True, undefined=StrictUndefined)


def drawn(document: Document) -> str:
    page = ENV.from_string('{% from "documents/document.html" import document %}{{ document(page) }}')
    return page.render(page=html.page(document))


def words_of(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def test_the_page_says_what_the_paper_says() -> None:
    document = review_record(review())
    page, paper = words_of(drawn(document)), text_of(render_pdf(document))
    for said in ("Ama Kestrel", "Why they differ: The plan came after the harm.", "We were there.", "SHA-256: "):
        assert said in page
        assert said in paper
    assert document.marked_for in page


@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_typed_is_never_markup(words: str) -> None:
    blocks = (
        Heading(2, words), Heading(3, words), Paragraph(words), KeyValues(((words, words),)), List((words,)),
        Table(words, (words, words), ((words, words),)), GradeLine(words, words, "Good", words), Quote(words, words),
    )  # fmt: skip
    markup = drawn(made_of(*blocks, title=words, subject=words, footer=words, reference=words, authority=words))
    assert words_of(markup).count(" ".join(words.split())) >= 10
    assert set(re.findall(r"<([a-z0-9]+)", markup)) <= {
        "article", "header", "section", "p", "h2", "h3", "dl", "div", "dt", "dd", "ul", "li", "figure", "figcaption",
        "blockquote", "table", "caption", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip


def test_sections_are_named_by_their_headings() -> None:
    markup = drawn(made_of(*EVERY))
    labelled = re.findall(r'aria-labelledby="([^"]+)"', markup)
    assert labelled == re.findall(r'<h2[^>]*id="([^"]+)"', markup)
    assert len(labelled) == len(set(labelled)) == 3
    assert markup.count('<th scope="col"') == 3
    assert markup.count('<th scope="row"') == 4


def test_nothing_given_is_said() -> None:
    assert "Not given" in drawn(made_of(KeyValues((("Religion", ""),))))


def test_the_policy_of_the_pages_holds() -> None:
    markup = drawn(made_of(*EVERY))
    assert "style=" not in markup
    assert "<script" not in markup


def test_every_class_of_the_page_has_its_look() -> None:
    sheet = (APP / "static" / "documents.css").read_text(encoding="utf8")
    used = set(re.findall(r"pl-document[a-z_-]*", drawn(made_of(*EVERY))))
    known = set(re.findall(r"\.(pl-document[a-z_-]*)", sheet))
    assert used <= known
