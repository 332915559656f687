"""The meetings a review may go to, with what is to be known before one is chosen (R4)."""

from __future__ import annotations

from typing import Any

from app.services import panel_facts
from app.web import panel_words
from app.web.wording import count_noun, moment


def meeting_choices(review: Any, besides: int | None = None) -> list[tuple[str, str, str]]:
    """(public id, day and time, who would be out and whether it stays quorate) of each meeting to come, save
    the one it is listed at already."""
    found = []
    for meeting in panel_facts.upcoming():
        if meeting.id == besides:
            continue
        facts = panel_facts.meeting_facts(review, meeting)
        out = panel_facts.out_of(review, meeting)
        names = [f"{seat.person.name} ({panel_words.OUT[out[seat.person_id]]})"
                 for seat in meeting.seats if seat.person_id in out]  # fmt: skip
        words = [
            f"{count_noun(max(0, facts.working_days_away), 'working day')} away.",
            f"Out of this review: {', '.join(names)}." if names else "Nobody is out of this review.",
            "Quorate." if facts.quorate else "It would not be quorate.",
        ]
        when = moment(meeting.starts_at)
        found.append((meeting.public_id, f"{when}{', ' + meeting.place if meeting.place else ''}", " ".join(words)))
    return found
