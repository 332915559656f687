"""The fields survive whatever is posted and say what is wrong in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Form
from wtforms.fields.choices import SelectChoice

from forms.base import AtMost, Needed, PlumblineForm, clean_line, clean_text
from forms.fields import ChoiceField, ChoicesField, DateField, PersonField, TextField, YesNoField


class Trial(Form):
    day = DateField("Date of visit")
    spoken = DateField("Spoken on", past=True)
    note = TextField("Note", [AtMost(10)])
    line = TextField("Line", lines=1)
    pick = ChoiceField("Pick", choices=[SelectChoice("a", "A"), SelectChoice("b", "B")])
    some = ChoicesField("Some", choices=[SelectChoice("a", "A"), SelectChoice("b", "B")])
    sure = YesNoField("Sure?")
    owner = PersonField("Owner")


def trial(posted: list[tuple[str, str]] | None, data: dict[str, Any] | None = None, **meta: Any) -> Trial:
    return Trial(None if posted is None else MultiDict(posted), data=data, meta=meta)


def posted_date(day: str, month: str, year: str) -> Trial:
    form = trial([("day-day", day), ("day-month", month), ("day-year", year)])
    form.validate()
    return form


@pytest.mark.parametrize(
    ("typed", "date"),
    [
        (("3", "3", "2026"), dt.date(2026, 3, 3)),
        (("03", "03", "2026"), dt.date(2026, 3, 3)),
        ((" 29 ", "feb", "2024"), dt.date(2024, 2, 29)),
        (("1", "September", "1900"), dt.date(1900, 9, 1)),
        (("31", "12", "2100"), dt.date(2100, 12, 31)),
        (("", "", ""), None),
        ((" ", "\t", ""), None),
    ],
)
def test_dates_that_are_dates(typed: tuple[str, str, str], date: dt.date | None) -> None:
    form = posted_date(*typed)
    assert (form.day.data, form.day.errors) == (date, [])


@pytest.mark.parametrize(
    ("typed", "wrong", "message"),
    [
        (("", "3", "2026"), ("day",), "Date of visit: add the day"),
        (("3", "", ""), ("month", "year"), "Date of visit: add the month and year"),
        (("32", "3", "2026"), ("day",), "Date of visit: the day must be a number from 1 to 31"),
        (("3", "13", "2026"), ("month",), "Date of visit: the month must be a number from 1 to 12"),
        (("3", "3", "26"), ("year",), "Date of visit: the year must have 4 digits, from 1900 to 2100"),
        (("3", "3", "1899"), ("year",), "Date of visit: the year must have 4 digits, from 1900 to 2100"),
        (("3", "3", "2101"), ("year",), "Date of visit: the year must have 4 digits, from 1900 to 2100"),
        (("30", "2", "2026"), ("day",), "Date of visit: February 2026 has no day 30"),
        (("x", "ju", "²"), ("day", "month", "year"), "the day must be"),
        (("3", "Jub", "2026"), ("month",), "the month must be"),
        (("٣", "3", "2026"), ("day",), "the day must be"),
        (("3\n", "3", "2026"), (), ""),
        (("-3", "3", "2026"), ("day",), "the day must be"),
    ],
)
def test_a_wrong_date_says_which_box(typed: tuple[str, str, str], wrong: tuple[str, ...], message: str) -> None:
    form = posted_date(*typed)
    assert form.day.wrong == wrong
    assert message in "".join(form.day.errors)
    assert (form.day.data is None) == bool(wrong)
    assert form.day.typed["day"] == typed[0].strip()


@given(
    st.lists(
        st.tuples(st.sampled_from(["day-day", "day-month", "day-year", "day"]), st.text(max_size=6)),
        max_size=8,
    )
)
def test_any_number_of_values_for_a_date_is_survived(posted: list[tuple[str, str]]) -> None:
    form = trial(posted)
    form.validate()
    assert isinstance(form.day.data, dt.date) or form.day.data is None
    assert set(form.day.typed) == {"day", "month", "year"}


@pytest.mark.parametrize("count", range(6))
def test_none_to_five_values_for_each_box(count: int) -> None:
    form = trial(
        [(f"day-{box}", "1") for box in ("day", "month") for _ in range(count)] + [("day-year", "2026")] * count
    )
    assert form.validate()
    assert form.day.data == (dt.date(2026, 1, 1) if count else None)


def test_a_date_not_posted_stays_and_a_date_emptied_goes() -> None:
    saved = {"day": dt.date(2026, 3, 3)}
    assert trial([("note", "x")], saved).day.data == dt.date(2026, 3, 3)
    emptied = trial([("day-day", ""), ("day-month", ""), ("day-year", "")], saved)
    assert emptied.validate()
    assert emptied.day.data is None


def spoken(day: int, **meta: Any) -> Trial:
    typed = {"day": str(day), "month": "march", "year": "2026"}
    return trial([(f"{name}-{box}", value) for name in ("spoken", "day") for box, value in typed.items()], **meta)


@pytest.mark.parametrize("day", [2, 3])
def test_what_has_happened_was_today_at_the_latest(day: int) -> None:
    form = spoken(day, today=dt.date(2026, 3, 3))
    assert form.validate()
    assert form.spoken.data == dt.date(2026, 3, day)


def test_what_has_happened_cannot_lie_ahead_and_what_was_typed_stays() -> None:
    form = spoken(4, today=dt.date(2026, 3, 3))
    assert not form.validate()
    assert form.errors == {"spoken": ["The date cannot be in the future"]}
    assert (form.spoken.data, form.spoken.wrong) == (None, ("day", "month", "year"))
    assert form.spoken.typed == {"day": "4", "month": "march", "year": "2026"}
    assert form.day.data == dt.date(2026, 3, 4)


@pytest.mark.parametrize("meta", [{}, {"today": None}])
def test_where_today_is_not_known_no_date_lies_ahead(meta: dict[str, Any]) -> None:
    assert spoken(4, **meta).validate()


def test_a_date_shows_the_saved_one() -> None:
    assert trial(None, {"day": dt.date(2026, 3, 3)}).day.typed == {"day": "3", "month": "3", "year": "2026"}


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("a\tb", "a\tb"),
        ("  \n a \n ", "a"),
        ("a\u2028b\u2029c\x85d", "a\nb\nc\nd"),
        ("a\ud800b\ufffec", "abc"),
        ("żółw 😀", "żółw 😀"),
    ],
)
def test_text_is_cleaned(typed: str, clean: str) -> None:
    assert clean_text(typed) == clean
    assert clean_line(typed) == " ".join(clean.split())


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_line(clean_line(text)) == clean_line(text)
    assert isinstance(clean_text(text).encode(), bytes)


def test_cleaning_leaves_what_is_not_text() -> None:
    assert clean_text(None) is None
    assert clean_line(3) == 3


def test_a_line_end_counts_once() -> None:
    assert trial([("note", "12345\r\n789")]).validate()


def test_too_long_says_by_how_much_and_keeps_the_text() -> None:
    form = trial([("note", "x" * 1234)])
    assert not form.validate()
    assert form.note.errors == ["Note must be 10 characters or fewer: shorten it by 1,224"]
    assert form.note.data == "x" * 1234


def test_a_choice_has_no_default_and_may_stay_open() -> None:
    form = trial([])
    assert form.validate()
    assert (form.pick.data, form.some.data, form.sure.answer, form.owner.data) == (None, [], None, None)


@pytest.mark.parametrize("name", ["pick", "some", "sure"])
def test_an_answer_that_was_not_offered_is_refused_in_words(name: str) -> None:
    form = trial([(name, "splendid")])
    assert not form.validate()
    assert form.errors == {name: ["Choose one of the answers listed"]}


def test_several_answers_come_once_each_and_in_order() -> None:
    form = trial([("some", "b"), ("some", "a"), ("some", "b")])
    assert form.validate()
    assert form.some.data == ["a", "b"]


@pytest.mark.parametrize(("typed", "answer"), [("yes", True), ("no", False), ("", None)])
def test_yes_and_no(typed: str, answer: bool | None) -> None:
    form = trial([("sure", typed)])
    assert form.validate()
    assert form.sure.answer is answer


def test_a_person_is_chosen_from_those_given() -> None:
    people = {"p-1": "Ada Marsh"}
    assert trial([("owner", "p-1")], people=people).validate()
    other = trial([("owner", "p-9")], people=people)
    assert not other.validate()
    assert other.owner.errors == ["Choose somebody from the list"]


def test_a_person_saved_earlier_who_may_not_be_chosen_now_is_not_lost() -> None:
    form = trial([("owner", "p-9")], {"owner": "p-9"}, people={"p-1": "Ada Marsh"}, names={"p-9": "Bo Linden"})
    assert form.validate()
    assert [choice.label for choice in form.owner.choices] == ["Ada Marsh", "Bo Linden"]
    unnamed = trial(None, {"owner": "p-9"}, people={"p-1": "Ada Marsh"})
    assert unnamed.owner.choices[-1].label == "Somebody no longer on this list"


class Written(PlumblineForm):
    reason = TextField("Reason", [Needed("Say why")])


def test_a_hand_written_form_is_protected_and_says_what_it_needs() -> None:
    app = Flask(__name__)
    app.secret_key = "tests"
    with app.test_request_context(method="POST", data={"reason": " \r\n "}):
        form = Written()
        assert not form.validate()
        assert form.reason.errors == ["Say why"]
        assert "csrf_token" in form.errors
