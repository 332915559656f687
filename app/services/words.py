"""What people type with an action: made fit to store, and refused where it is too long, never cut."""

from __future__ import annotations

from forms.clean import clean_text
from workflows.engine import GuardFailed, Reason

LONGEST = 20_000


def words(text: str | None, field: str, longest: int = LONGEST) -> str:
    """The text without control characters and without blank space at its ends. Raises GuardFailed.

    A character that PostgreSQL or a spreadsheet cannot hold would otherwise be an error, or a lost record,
    long after somebody typed it.
    """
    cleaned = str(clean_text(text or ""))
    if len(cleaned) > longest:
        raise GuardFailed(Reason(f"Use {longest:,} characters or fewer; this is {len(cleaned):,}.", field))
    return cleaned
