"""What a “By when?” means: one certain day, or its words with a question. Never a guess."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.imports.dates import EARLIER, LATER, MONTHS, Kind, read

TODAY = date(2026, 11, 23)
LIKELY = st.dates(date(TODAY.year - EARLIER, 1, 1), date(TODAY.year + LATER, 12, 31))
FORMS = (
    "{d}/{m}/{y}", "{d:02}/{m:02}/{y}", "{d}.{m}.{y}", "{d}-{m}-{y}", "{y}-{m:02}-{d:02}", "{d} {month} {y}",
    "{d:02}-{mon}-{yy:02}", "{d}th {month} {y}", "by {d} {month} {y}.", "{month} {d}, {y}", "Due {d}/{m}/{yy:02}",
)  # fmt: skip


@given(LIKELY, st.sampled_from(FORMS))
def test_a_whole_day_is_that_day_read_day_first(day: date, form: str) -> None:
    if "yy" in form and day.year < 2000:
        return
    said = form.format(
        d=day.day, m=day.month, y=day.year, yy=day.year % 100, month=f"{day:%B}", mon=f"{day:%b}"
    )  # fmt: skip
    found = read(said, TODAY)
    assert (found.kind, found.on, found.doubt) == (Kind.DAY, day, "")


@given(st.text(max_size=60) | st.from_regex(r"[0-9/.\- a-zA-Z]{0,30}", fullmatch=True))
def test_whatever_is_written_nothing_breaks_and_nothing_is_guessed_in_silence(said: str) -> None:
    found = read(said, TODAY)
    assert found.words == " ".join(said.split())
    assert (found.on is not None) == (found.kind is Kind.DAY)
    assert (found.doubt == "") == (found.kind is Kind.DAY)
    if found.on is not None:
        assert abs(found.on.year - TODAY.year) <= max(EARLIER, LATER)


@given(st.sampled_from(sorted(MONTHS)), st.integers(2024, 2030))
def test_a_month_is_no_day(month: str, year: int) -> None:
    found = read(f"{month.capitalize()} {year}", TODAY)
    assert (found.kind, found.on) == (Kind.MONTH, None)
    assert found.likely is not None
    assert (found.likely.month, (found.likely + timedelta(days=1)).day) == (MONTHS[month], 1)


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ("May-24", Kind.MONTH, "names a month and no day: which day of May 2024?"),
        ("Weekly.", Kind.WORDS, "“Weekly.” is not a date"),
        ("June and March 2025", Kind.RANGE, "“June and March 2025” names two months: which day is meant?"),
        ("April-June", Kind.RANGE, "names two months"),
        ("complete", Kind.STATUS, "says how it stands, not by when"),
        ("In progress", Kind.STATUS, "says how it stands"),
        ("as above", Kind.WORDS, "is not a date"),
        ("TBC", Kind.WORDS, "gives no date"),
        ("", Kind.NONE, "There is no date."),
        ("1/1/1900", Kind.WORDS, "is in the year 1900"),
        ("31/12/9999", Kind.WORDS, "is in the year 9999"),
        ("45413", Kind.WORDS, "may be 1 May 2024, as Excel counts days"),
        ("12/25/2026", Kind.WORDS, "is no day when it is read day first"),
        ("30/02/2027", Kind.WORDS, "is no day"),
        ("Q3 2026", Kind.RANGE, "a stretch of time"),
        ("2026/27", Kind.RANGE, "a stretch of time"),
        ("Autumn term", Kind.RANGE, "a stretch of time"),
        ("end of July 2026", Kind.MONTH, "which day of July 2026"),
        ("12 March", Kind.WORDS, "names no year"),
        ("Monday 2 September 2025", Kind.WORDS, "2 September 2025 is a Tuesday"),
        ("Follow up after 15/04/26 with the team", Kind.WORDS, "holds a date, 15 April 2026"),
        ("12/05/2026 and 13/06/2026", Kind.RANGE, "names two days"),
    ],
)
def test_everything_else_keeps_its_words_and_is_asked_about(said: str, kind: Kind, told: str) -> None:
    found = read(said, TODAY)
    assert (found.kind, found.on, found.words) == (kind, None, said)
    assert told in found.doubt


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(9999, 12, 31)])
def test_a_date_by_its_type_is_doubted_as_well(day: date) -> None:
    assert read("x", TODAY, day).on is None
    assert str(day.year) in read("x", TODAY, day).doubt
