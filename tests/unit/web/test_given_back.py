"""What a refused page gives back of a form: every text, though it is one word under a name nobody knows."""

from __future__ import annotations

import pytest

import app.web.panel_deciding
import app.web.plan_forms  # noqa: F401 - so that the forms of both names are there
from app.web.given_back import left_out, texts_of


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unheard_of", "trusted"),  # one small word, under a name that no form has
        ("journey-unheard_of", "2026"),
        ("unheard-of", "14:30"),
        ("unheard_of", "Trusted"),
        ("unheard_of", "two words"),
        ("reason", "late"),
        ("text-needs", "late"),  # a name that a page makes, of the part
        ("what", "trusted"),  # a choice in one form, a text in another
    ],
)
def test_what_may_have_been_typed_is_given_back(name: str, value: str) -> None:
    assert texts_of([(name, value)]) == [value]
    assert not left_out([(name, value)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unheard_of", "0bec82a7-d5be-44dd-95d2-9b8a578411fd"),
        ("unheard_of-rows", "r00a1b2c3d4"),
        ("unheard_of", "on"),
        ("what", "keep"),  # a key of that choice
        ("due_on-day", "3"),
        ("due_on-month", "march"),
    ],
)
def test_what_a_page_writes_is_not_and_that_is_said(name: str, value: str) -> None:
    assert texts_of([(name, value)]) == []
    assert left_out([(name, value)])


def test_a_version_is_neither() -> None:
    assert (texts_of([("version", "7")]), left_out([("version", "7")])) == ([], False)


def test_the_same_twice_is_given_back_once() -> None:
    assert texts_of([("a", "late"), ("b", "late"), ("c", "never")]) == ["late", "never"]
