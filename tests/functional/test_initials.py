"""Two children with the same initials in a list are told apart by the year of birth (R11)."""

from __future__ import annotations

import re
from datetime import date

import pytest

from app.services.planning import NewChild
from tests.support.stages import Story, review_at
from tests.support.world import World
from workflows.states import ReviewState

ELDER = NewChild(case_system_id="CS900001", name="Tom Fenwick", born_on=date(2016, 3, 4))
YOUNGER = NewChild(case_system_id="CS900002", name="Tilda Frost", born_on=date(2018, 5, 6))
THIRD = NewChild(case_system_id="CS900003", name="Obi Kestrel", born_on=date(2016, 7, 8))
UNBORN = NewChild(case_system_id="CS900004", name="Tess Farrow", expected_on=date(2027, 2, 1))

# Each with who opens it, and how far the reviews have come.
LISTS = {
    "register": ("head.qa", "/reviews", ReviewState.PLANNED),
    "programme": ("head.qa", "/programme", ReviewState.PLANNED),
    "my work, waiting": ("external.reviewer", "/", ReviewState.PLANNED),
    "my work, others": ("worker", "/", ReviewState.DRAFTING),
    "my work, coming": ("external.reviewer", "/", ReviewState.PLANNED),
    "my work, finished": ("worker", "/", ReviewState.CLOSED),
    "recommendations": ("head.qa", "/recommendations?view=all", ReviewState.TRACKING),
}
every_list = pytest.mark.parametrize("place", LISTS)


def reviewed(world: World, place: str, *children: NewChild) -> None:
    """A review of each; `coming` needs a month that has not begun."""
    month = date(2027, 2, 1) if place == "my work, coming" else date(2026, 11, 1)
    for child in children:
        review_at(world, LISTS[place][2], child=child, planned_month=month)


def shown(world: World, login: str, url: str) -> list[str]:
    """What stands for the children in a list, sorted."""
    page = world.client(login).get(url).get_data(as_text=True)
    return sorted(re.findall(r"\b(?:T\.F\.|O\.K\.)(?: due)?(?: \d{4}\b)?", page))


@every_list
def test_the_year_is_added_for_those_two_and_nobody_else(sqlite_world: World, place: str) -> None:
    with sqlite_world.context():
        reviewed(sqlite_world, place, ELDER, YOUNGER, THIRD)
    assert shown(sqlite_world, *LISTS[place][:2]) == ["O.K.", "T.F. 2016", "T.F. 2018"]


@every_list
def test_two_reviews_of_one_child_need_no_year(sqlite_world: World, place: str) -> None:
    with sqlite_world.context():
        reviewed(sqlite_world, place, ELDER, ELDER)
    assert shown(sqlite_world, *LISTS[place][:2]) == ["T.F.", "T.F."]


@every_list
def test_an_unborn_child_has_the_year_it_is_expected(sqlite_world: World, place: str) -> None:
    with sqlite_world.context():
        reviewed(sqlite_world, place, ELDER, UNBORN)
    assert shown(sqlite_world, *LISTS[place][:2]) == ["T.F. 2016", "T.F. due 2027"]


def test_one_child_is_the_same_in_all_lists_of_my_work(sqlite_world: World) -> None:
    with sqlite_world.context():
        Story(sqlite_world, child=ELDER)
        Story(sqlite_world, child=YOUNGER, planned_month=date(2027, 2, 1))
    assert shown(sqlite_world, "external.reviewer", "/") == ["T.F. 2016", "T.F. 2018"]


def test_the_recommendations_of_one_review_are_of_one_child(sqlite_world: World) -> None:
    with sqlite_world.context():
        reviewed(sqlite_world, "recommendations", YOUNGER)
        story = review_at(sqlite_world, ReviewState.TRACKING, child=ELDER)
        url = f"/reviews/{story.review.public_id}/recommendations"
    assert set(shown(sqlite_world, "head.qa", url)) == {"T.F."}


def test_a_year_does_not_tell_of_a_child_who_is_not_listed(sqlite_world: World) -> None:
    """The internal reviewer's list has one of the two; the other is somebody else's work."""
    with sqlite_world.context():
        Story(sqlite_world, child=ELDER)
        Story(sqlite_world, child=YOUNGER, reviewer_login="internal.reviewer")
    assert shown(sqlite_world, "internal.reviewer", "/reviews") == ["T.F."]
    assert shown(sqlite_world, "internal.reviewer", "/") == ["T.F."]


def test_the_agencys_rows_show_neither_initials_nor_year(sqlite_world: World) -> None:
    with sqlite_world.context():
        reviewed(sqlite_world, "my work, others", ELDER, YOUNGER)
    page = sqlite_world.client("agency").get("/reviews").get_data(as_text=True)
    assert "Reviews 1 to 2 of 2" in page
    assert shown(sqlite_world, "agency", "/reviews") == []
