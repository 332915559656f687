"""Which ILACS area a review belongs to, by the child's status at the review date (handbook 5)."""

from __future__ import annotations

HELP_AND_PROTECTION = "help_and_protection"
CHILDREN_IN_CARE = "children_in_care"
CARE_LEAVERS = "care_leavers"

TITLES = {
    HELP_AND_PROTECTION: "Help and protection",
    CHILDREN_IN_CARE: "Children in care",
    CARE_LEAVERS: "Care leavers",
}
_BY_STATUS = {"child_in_care": CHILDREN_IN_CARE, "care_leaver": CARE_LEAVERS}


def area_of(child_status: str) -> str:
    """The area's key; a closed case keeps the area it had, since its status is fixed at the review date."""
    return _BY_STATUS.get(child_status, HELP_AND_PROTECTION)
