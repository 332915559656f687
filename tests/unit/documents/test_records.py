"""The two records out of plain data: their order, their words, and the SHA-256 that covers them."""

from __future__ import annotations

import copy
import hashlib
import json
import operator
from collections.abc import Iterator
from functools import reduce
from typing import Any

import pytest
from pydantic import ValidationError

from app.documents.content import ModerationContent, content_sha256, read_moderation, read_review
from app.documents.model import Document, GradeLine, Heading, KeyValues, Paragraph, Quote, Table
from app.documents.moderation_record import moderation_record
from app.documents.pdf import render_pdf
from app.documents.review_record import review_record
from tests.unit.documents.support import checked, pages_of, recommended, review, review_data, template, text_of


def headings(document: Document) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Heading) and block.level == 2]


def facts(document: Document) -> dict[str, str]:
    return {key: value for block in document.blocks if isinstance(block, KeyValues) for key, value in block.rows}


def moderation(**changes: Any) -> ModerationContent:
    data = review_data()
    kept = {key: data[key] for key in ("reference", "authority", "id_label", "child", "decided", "grades", "people")}
    form = template("moderation-2024-04")
    agreed = {
        "journey": {"agree": "agree", "grade": "good", "comment": "Well told."},
        "actions": {"any_actions": "some", "actions": [{"key": "r1", "action": "Share it.", "owner": None}]},
    }
    values = {
        **kept,
        "review_form": "Practice review, version 2024-04",
        "reviewer": "Miriam Feldman",
        "reviewed_on": "2026-11-02",
        "panel": {
            "on": "2026-11-23",
            "took_part": ["Ruth Amadi", "Helen Abara", "Gareth Llewellyn"],
            "out": ["Oluwaseun Bello"],
            "excused": ["Nasreen Qureshi"],
            "substitutes": [{"who": "Gareth Llewellyn", "instead_of": "Ivo Brandt"}],
            "reached": "chair_decided",
        },
        "asked": [part.key for part in form.parts],
        "answers": agreed,
        "dissents": [{"who": "Gareth Llewellyn", "text": "I would have said good."}],
    }
    return read_moderation(form, {**values, **changes})


def test_the_parts_come_in_the_order_of_the_form() -> None:
    content = read_review(template(), review_data())
    parts = [part.title for part in content.template.parts if part.key != "child"]
    expected = ["The child", "The review", "Grades", *parts, "Closing block", "Seal of this record"]
    assert headings(review_record(content)) == expected


def test_the_facts_of_the_child_and_the_review() -> None:
    found = facts(review_record(review()))
    assert found["Name"] == "Ama Kestrel"
    assert found["Age at the review date"] == "9 years 6 months"
    assert found["Reviewer"] == "Miriam Feldman (external)"
    assert found["Form"] == "Practice review (short form), version 1"
    assert found["Grade criteria"] == "Version 2024-04"
    assert (found["Date sent to worker and line manager"], found["Reviewed by the panel"]) == (
        "27 November 2026",
        "Yes",
    )
    assert not any("upload" in key.lower() for key in found)


def test_an_unborn_child_has_no_age() -> None:
    child = {**review_data()["child"], "born_on": None, "expected_on": "2027-02-01"}
    found = facts(review_record(review(child=child)))
    assert found["Expected date of birth"] == "1 February 2027"
    assert "Age at the review date" not in found


def test_a_reason_is_given_only_where_the_grades_differ() -> None:
    document = review_record(review())
    lines = [block for block in document.blocks if isinstance(block, GradeLine)]
    assert [(line.reviewer, line.final, line.reason) for line in lines] == [
        ("Good", "Good", ""),
        ("Good", "Inadequate", "The plan came after the harm."),
    ]
    table = next(block for block in document.blocks if isinstance(block, Table))
    assert [row[-1] for row in table.rows] == ["The same grade", "The plan came after the harm."]


def test_a_disagreement_stands_beside_its_section_with_the_reply() -> None:
    blocks = review_record(review()).blocks
    said = [block for block in blocks if isinstance(block, Quote)]
    assert [(quote.who, quote.text) for quote in said] == [
        ("The worker disagrees", "We were there."),
        ("The reviewer’s answer", "Not in the record."),
    ]
    before = [
        block.text for block in blocks[: blocks.index(said[0])] if isinstance(block, Heading) and block.level == 2
    ]
    assert before[-1] == "Needs, support and outcomes"


def test_forty_recommendations_are_two_tables() -> None:
    content = review(recommendations=[recommended(n, f"Do number {n}. " * 12) for n in range(40)])
    document = review_record(content)
    tables = [block for block in document.blocks if isinstance(block, Table)][1:]
    assert [(table.caption, len(table.rows)) for table in tables] == [("For this child", 20), ("For the service", 20)]
    pdf = render_pdf(document)
    assert checked(pdf) == []
    assert "Do number 39." in text_of(pdf)


def test_no_recommendation_says_why() -> None:
    answers = {**review_data()["answers"], "recommendations": {"missing": {"part": "All is in the plan already."}}}
    content = review(recommendations=[], answers=answers)
    assert "None. Why: All is in the plan already." in text_of(render_pdf(review_record(content)))


def test_a_form_without_an_overall_grade() -> None:
    content = read_review(template("practice-review-2026-04"), review_data(grades=[], disagreements=[]))
    pdf = render_pdf(review_record(content))
    assert checked(pdf) == []
    assert "verall grade" not in text_of(pdf)


@pytest.mark.parametrize("form", ["practice-review-2024-04", "practice-review-2026-04", "practice-review-small"])
def test_a_review_with_every_answer_empty(form: str) -> None:
    content = read_review(template(form), review_data(answers={}, grades=[], disagreements=[], recommendations=[]))
    assert checked(render_pdf(review_record(content))) == []


def test_the_seal_is_on_the_last_page() -> None:
    content = review()
    pdf = render_pdf(review_record(content))
    assert content_sha256(content) in pages_of(pdf)[-1]


def test_the_hash_is_of_canonical_json() -> None:
    content = review(answers={}, grades=[], disagreements=[], recommendations=[])
    data = review_data(answers={}, grades=[], disagreements=[], recommendations=[])
    data["form"] = content.template.checksum
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert content_sha256(content) == hashlib.sha256(text.encode()).hexdigest()


Place = tuple[Any, ...]


def texts(value: Any, at: Place = ()) -> Iterator[Place]:
    """Where every text of the data is, but for dates."""
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(below, (*at, key))
    elif isinstance(value, str) and not value[:4].isdigit():
        yield at


def changed(data: Any, at: Place) -> Any:
    """The data with one letter more in one text."""
    other = copy.deepcopy(data)
    place = reduce(operator.getitem, at[:-1], other)
    place[at[-1]] += "x"
    return other


def test_every_text_is_covered_by_the_hash() -> None:
    form, data = template("practice-review-small"), review_data()
    first = content_sha256(read_review(form, data))
    hashes = [content_sha256(read_review(form, changed(data, at))) for at in texts(data)]
    assert len(hashes) > 30
    assert len({first, *hashes}) == len(hashes) + 1
    assert content_sha256(read_review(form, copy.deepcopy(data))) == first
    assert content_sha256(read_review(form, dict(reversed(data.items())))) == first


def test_another_version_of_the_form_is_another_hash() -> None:
    small, full = review(), review("practice-review-2024-04")
    assert content_sha256(small) != content_sha256(full)


def test_a_correction_names_the_first_hash() -> None:
    first = review()
    again = review(corrections=[{"on": "2026-12-01", "text": "The visit was in May.", "reason": "A slip."}])
    said = [block.text for block in review_record(again).blocks if isinstance(block, Paragraph)]
    assert f"SHA-256: {content_sha256(first)}" in said
    assert f"SHA-256: {content_sha256(again)}" in said
    assert content_sha256(first) != content_sha256(again)


@pytest.mark.parametrize("change", [{"head_of_qa_view": "hidden"}, {"child": {"name": "only"}}, {"grades": [{}]}])
def test_data_that_nobody_would_draw_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        review(**change)


def test_the_moderation_record_follows_its_form() -> None:
    document = moderation_record(moderation())
    form = [part.title for part in template("moderation-2024-04").parts]
    assert headings(document) == [
        "The child", "The review", "The decision", "The panel", "Grades", *form, "Those who did not agree",
        "Seal of this record",
    ]  # fmt: skip
    pdf = render_pdf(document)
    assert checked(pdf) == []
    text = text_of(pdf)
    for said in ("Well told.", "Share it.", "Gareth Llewellyn", "Final grade: Inadequate", "Agreed by all."):
        assert said in text


def test_the_moderation_record_says_who_sat_and_how_it_was_reached() -> None:
    found = facts(moderation_record(moderation()))
    assert found["How it was reached"] == "The chair decided"
    assert found["Took part"] == "Ruth Amadi\nHelen Abara\nGareth Llewellyn"
    assert found["Out of this review"] == "Oluwaseun Bello"
    assert found["Excused from reading it"] == "Nasreen Qureshi"
    assert found["Substitutes"] == "Gareth Llewellyn, for Ivo Brandt"


def test_only_the_parts_that_this_review_is_asked_are_shown() -> None:
    document = moderation_record(moderation(asked=["journey", "actions"]))
    assert headings(document)[5:7] == ["Journey of the child", "Actions arising"]


def test_the_whole_is_graded_once_and_the_summary_keeps_its_own_answer() -> None:
    whole = {"part": "summary", "title": "Summary and overall grade", "reviewer": "Good", "final": "Good", "reason": ""}
    answers = {"overall": {"agree": "agree", "grade": "good"}, "summary": {"agree": "agree", "grade": "outstanding"}}
    document = moderation_record(moderation(grades=[whole], asked=["overall", "summary"], answers=answers))
    lines = [block for block in document.blocks if isinstance(block, GradeLine)]
    assert [line.section for line in lines] == ["Summary and overall grade"]
    assert facts(document)["What grade would you give?"] == "Outstanding"


def test_without_a_panel_the_decision_and_its_grades_are_the_record() -> None:
    data = {name: value for name, value in moderation().__dict__.items() if name != "template"}
    content = read_moderation(None, {**data, "answers": {}, "panel": None, "asked": (), "dissents": ()})
    document = moderation_record(content)
    assert headings(document)[4:6] == ["Journey of the child", "Needs, support and outcomes"]
    assert "Date of the panel" not in facts(document)
    assert checked(render_pdf(document)) == []
