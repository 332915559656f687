"""What is seen of one recommendation by somebody who may know of it (R11).

Who is tied to its review sees it whole, as does the Head's office where it came from elsewhere. Its owner, its
verifier and the director of a dispute, with no other tie, see its words, reference and initials, its evidence, and
of its history what they wrote themselves and what was written to them. That something else happened, and on which
day, is told; by whom and in what words is not: it may quote the review.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.models.panel import PanelItem
from app.models.recommendations import Recommendation, RecommendationEntry
from app.policy.acting import Office
from app.policy.actor import Actor
from app.policy.local import is_past
from app.policy.rules import acts_as_head_for
from app.policy.visibility import Aspect, sees

WITH_THE_REVIEW = frozenset({Aspect.RECOMMENDATIONS, Aspect.FINAL})

# What the deciders wrote, and the themes of a finding: about the review, and to none of the recommendation's people.
DECIDING = frozenset({"agree", "drop", "change", "decide_against", "tag"})
# What its people write to each other. Of a former owner or verifier it is not theirs who came after.
BETWEEN = frozenset(
    "accept start progress complete verify cannot_be_known not_seen tell_family partner_sent partner_replied "
    "file_added file_removed".split()
)
# What the Head's office writes to its owner and verifier.
TO_THEM = frozenset(
    "name extend set_aside move_to_plan reopen partner partner_sent partner_replied tell_family discuss join "
    "part_agreed part_in_progress part_action_complete joined_here parted_here file_added file_removed".split()
)
DISCUSSED = "discuss"
# A dispute is between its owner, the Head's office and the director it is given to; it may go into the review.
SETTLING = frozenset({"settle", "refer_dispute", "settle_as_director"})
DISPUTE = SETTLING | {"dispute"}


@dataclass(frozen=True)
class RecommendationSight:
    """How much of it: whole or its own part; and whether this person steers it."""

    whole: bool
    steers: bool


def sight_of(
    actor: Actor, row: Recommendation, office: Office, *, item: PanelItem | None = None
) -> RecommendationSight:
    """For somebody who may know of the recommendation; who may not is asked before (`visible_recommendations`). A list
    hands over the panel's `item` of each review that has one."""
    steers = acts_as_head_for(actor, row, office)
    review = row.review
    if steers or review is None:
        return RecommendationSight(steers, steers)
    seen = sees(actor, review, office, past=is_past(actor, review), item=item)
    return RecommendationSight(bool(seen.aspects & WITH_THE_REVIEW), steers=False)


def reads_said(actor: Actor, row: Recommendation, sight: RecommendationSight) -> bool:
    """Whether this person reads what was said of it at a tracker meeting, on its page, at the meeting and in the
    minutes: it is said to its owner and its verifier, and not to a director who settles a dispute."""
    return sight.whole or actor.id in (row.owner_id, row.verifier_id)


def reads_entry(
    actor: Actor, row: Recommendation, sight: RecommendationSight, office: Office
) -> Callable[[RecommendationEntry], bool]:
    """Whether this person reads the words of a line of its history, and who wrote them."""
    of_it = {row.owner_id, row.verifier_id}
    addressed, hears = actor.id in of_it, reads_said(actor, row, sight)
    owns, directs = actor.id == row.owner_id, actor.id == row.director_id
    in_office = {*office.heads, *office.deputies, *office.assistant_directors}

    def reads(entry: RecommendationEntry) -> bool:
        if sight.whole or entry.person_id == actor.id:
            return True
        if entry.action == DISCUSSED:
            return hears
        if entry.action in DISPUTE:
            return directs or (owns and entry.action in SETTLING)
        between = entry.action in BETWEEN and entry.person_id in of_it
        to_them = entry.action in TO_THEM and (entry.person_id in in_office or entry.action not in BETWEEN)
        return addressed and (between or to_them)

    return reads
