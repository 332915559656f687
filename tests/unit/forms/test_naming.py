"""A recommendation that names the child is pointed out to its writer, and only then."""

from __future__ import annotations

import pytest

from forms.hints import naming_warnings
from forms.shipped import template

SMALL = template("practice-review-small", "1")


@pytest.mark.parametrize(
    ("action", "pointed_out"),
    [
        ("Tell Ama who to ring.", True),
        ("Tell AMA's school.", True),
        ("Write to the Kestrel family.", True),
        ("Tell the child who to ring.", False),
        ("Look at the amalgam of plans.", False),
    ],
)
def test_the_childs_name_in_an_action_is_pointed_out(action: str, pointed_out: bool) -> None:
    row = {"key": "r0000000001", "action": action, "impact": ""}
    answers = {"recommendations": {"child_level": [row], "service_level": []}}
    found = naming_warnings(SMALL, answers, "Ama Kestrel")
    assert bool(found) is pointed_out
    assert all(hint.field == "recommendations-child_level-r0000000001-action" for hint in found)


def test_a_name_of_one_letter_points_at_nothing() -> None:
    row = {"key": "r0000000001", "action": "Do it.", "impact": ""}
    assert naming_warnings(SMALL, {"recommendations": {"child_level": [row]}}, "D It") == []
