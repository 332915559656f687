"""The panel's year: six meetings long past, one of last week, one being read for, one to come.

`day` is counted in working days from today, or from the first of today's month where the reviews that it heard are.
What was said at each is in the texts of its reviews, the themes in `texts/meetings.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from app.demo.days import Days

CHAIR, DEPUTY = "chair", "deputy.chair"
EVERYBODY = (CHAIR, DEPUTY, "director", "assistant.director", "head.service", "head.qa")


@dataclass(frozen=True, kw_only=True)
class Swap:
    """Who came in whose place, and why (R4)."""

    absent: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """One meeting: its day, who sits, who did not come, and the reviews in the order in which they were heard."""

    key: str
    day: int
    heard: tuple[str, ...] = ()  # by the keys of their stories; none where it has not been held
    at: time = time(10, 0)
    place: str = "Committee room 2, Wexmoor Town Hall"
    with_month: bool = True
    set_up: int = 32  # working days before it
    sits: tuple[str, ...] = EVERYBODY
    swap: Swap | None = None
    stayed_away: tuple[str, ...] = ()

    def falls_on(self, days: Days) -> int:
        """The working day of it, counted from today."""
        return self.day - (days.of_month() if self.with_month else 0)


MEETINGS = (
    Sitting(key="first", day=-174, heard=("domestic-abuse",)),
    Sitting(key="second", day=-129, heard=("parental-alcohol", "care-leaver"), at=time(13, 30)),
    Sitting(key="third", day=-109, heard=("school-anxiety",)),
    # The chair had read, and her train did not run: the deputy chair took both items.
    Sitting(key="fourth", day=-91, heard=("residential", "neglect"), stayed_away=(CHAIR,)),
    Sitting(
        key="fifth",
        day=-72,
        heard=("exploitation",),
        sits=(CHAIR, DEPUTY, "director", "head.service", "head.qa"),
        swap=Swap(
            absent="director", by="assistant.director", reason="Called to the council's cabinet on that morning."
        ),
    ),
    Sitting(key="sixth", day=-54, heard=("early-permanence",), place="By video; the link is in the invitation"),
    Sitting(
        key="held",
        day=-5,
        heard=("step-down", "safe-at-home", "sister", "brother"),
        with_month=False,
        stayed_away=("assistant.director",),
    ),
    # A fuller month than most: the two children adjourned and one that cannot wait have a meeting of their own.
    Sitting(key="next", day=3, at=time(14, 0), with_month=False, set_up=13),
    Sitting(key="after", day=17, with_month=False, set_up=25),
)
