"""What must hold before a step of a review or a recommendation is taken: small functions with sentences.

Each takes (subject, command) and returns the reasons why not, empty when the step is open. They read the
subject and the command only; the services find the facts out and put them there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflows.engine import Command, Guard, Reason

FIVE_YEARS, TEN_YEARS = 5 * 366, 10 * 366  # in days: beyond them a date is a slip of the hand


@dataclass(frozen=True, kw_only=True)
class MeetingFacts:
    """A panel meeting as the refer step asks about it."""

    working_days_away: int
    quorate: bool


@dataclass(frozen=True, kw_only=True)
class ReviewFacts:
    """What the guards of a review ask. The defaults refuse: a fact nobody found out opens nothing."""

    declared: bool = False
    share_gaps: tuple[Reason, ...] = (Reason("The form has not been checked."),)
    submit_gaps: tuple[Reason, ...] = (Reason("The form has not been checked."),)
    waiting_for: tuple[str, ...] = ("the worker", "the line manager")
    window_passed: bool = False
    attempts_logged: bool = False
    redraft_open_until: date | None = None
    amended: bool = False
    unanswered: tuple[Reason, ...] = ()
    checks_missing: tuple[Reason, ...] = (Reason("The moderation checklist has not been filled in."),)
    moderated_latest: bool = False
    panel_needed: str | None = "The panel rule has not been looked up."
    panel_wrote_it: bool = True
    views_differ: tuple[Reason, ...] = (Reason("Give your view of every grade first."),)
    standing_disagreement: bool = False
    panel_rule_none: bool = False
    meeting: MeetingFacts | None = None
    new_reviewer_conflicts: tuple[Reason, ...] = (Reason("Choose the new reviewer.", "new_reviewer"),)
    final_grades_missing: tuple[Reason, ...] = (Reason("Every section needs its final grade."),)
    decision_missing: tuple[Reason, ...] = (Reason("Say how the decision was reached.", "reached"),)
    issued: bool = False
    uploaded: bool = False
    decided_on: date | None = None
    issued_on: date | None = None
    today: date | None = None
    changed_since_read: bool = True
    supervision_on: date | None = None
    open_recommendations: int = 1
    decided_by_panel: bool = False


@dataclass(frozen=True, kw_only=True)
class RecommendationFacts:
    """What the guards of a recommendation ask."""

    has_owner: bool = False
    has_verifier: bool = False
    verifier_independent: bool = False
    has_evidence: bool = False
    issued: bool = False
    disputed: bool = False
    accepted: bool = False
    service_level: bool = False
    with_director: bool = False
    has_partner: bool = False
    joined_from: str | None = None
    review_ended: bool = True
    in_decision: bool = False
    today: date | None = None


def _given(command: Command, key: str) -> Any:
    given: Mapping[str, Any] = command.given or {}
    value = given.get(key)
    return value.strip() if isinstance(value, str) else value


def needs_text(key: str, sentence: str) -> Guard:
    """A guard that asks for words typed with the action."""

    def guard(_subject: Any, command: Command) -> Sequence[Reason]:
        return () if _given(command, key) else (Reason(sentence, key),)

    guard.__name__, guard.__doc__ = f"{key}_given", sentence
    return guard


reason_given = needs_text("reason", "Give the reason.")


# --- the review, drafting and discussion ------------------------------------------------------------


def no_conflict_declared(_review: Any, command: Command) -> Sequence[Reason]:
    """R7: both declarations come before the record opens."""
    return () if command.facts.declared else (Reason("Declare first that you have no conflict with this review."),)


def complete_enough_to_share(_review: Any, command: Command) -> Sequence[Reason]:
    """R1, save the two parts that may be finished in discussion."""
    return tuple(command.facts.share_gaps)


def complete(_review: Any, command: Command) -> Sequence[Reason]:
    """R1 over the whole form."""
    return tuple(command.facts.submit_gaps)


def responses_in_or_window_passed(_review: Any, command: Command) -> Sequence[Reason]:
    """Both have responded, or the window has passed and the attempts to reach them are logged."""
    facts: ReviewFacts = command.facts
    if not facts.waiting_for:
        return ()
    missing = " and ".join(facts.waiting_for)
    if not facts.window_passed:
        return (Reason(f"Waiting for the response of {missing}; the response window is still open."),)
    if not facts.attempts_logged:
        return (Reason(f"There is no response of {missing}: log the attempts you made to reach them.", "attempts"),)
    return ()


def every_response_answered(_review: Any, command: Command) -> Sequence[Reason]:
    """Every factual correction and every disagreement has the reviewer's answer."""
    return tuple(command.facts.unanswered)


def redraft_window_passed(_review: Any, command: Command) -> Sequence[Reason]:
    """A redraft that changed a grade, a fact or a recommendation stays shared for two working days."""
    facts: ReviewFacts = command.facts
    until = facts.redraft_open_until
    if until is None or facts.today is None or facts.today > until:
        return ()
    return (Reason(f"The redraft is open for the worker and the manager until {_day(until)}."),)


def something_amended(_review: Any, command: Command) -> Sequence[Reason]:
    return () if command.facts.amended else (Reason("Nothing has changed since the draft was last shown."),)


def amendments_shown(_review: Any, command: Command) -> Sequence[Reason]:
    """Nobody is surprised: what goes to the Head of QA is what the worker and the manager could read."""
    if not command.facts.amended:
        return ()
    return (Reason("You changed the draft: show the amendments to the worker and the manager first.", "amend"),)


# --- first moderation and the decision --------------------------------------------------------------


def moderation_complete(_review: Any, command: Command) -> Sequence[Reason]:
    """R2: every part and both once-per-review lines are answered."""
    return tuple(command.facts.checks_missing)


def moderation_is_of_latest(_review: Any, command: Command) -> Sequence[Reason]:
    """A first-moderation view belongs to the revision it was made on."""
    if command.facts.moderated_latest:
        return ()
    return (Reason("Your moderation is of an earlier revision: look at what changed and confirm it."),)


def panel_not_needed(_review: Any, command: Command) -> Sequence[Reason]:
    """The authority's panel rule and the draw at submission allow it; a standing disagreement does not."""
    facts: ReviewFacts = command.facts
    if facts.panel_needed:
        return (Reason(facts.panel_needed),)
    if facts.standing_disagreement and not facts.panel_rule_none:
        return (Reason("A disagreement stands, so the panel decides.", "discussion"),)
    return ()


def nobody_on_panel_wrote_it(_review: Any, command: Command) -> Sequence[Reason]:
    """Where the rule is none there is no panel to be independent of."""
    facts: ReviewFacts = command.facts
    if facts.panel_wrote_it and not facts.panel_rule_none:
        return (Reason("A member of the panel wrote this review, so the panel decides."),)
    return ()


def view_is_reviewers_grade(_review: Any, command: Command) -> Sequence[Reason]:
    """Agreeing means the same grade in every section; where the rule is none the Head's view is final."""
    facts: ReviewFacts = command.facts
    return () if facts.panel_rule_none else tuple(facts.views_differ)


def meeting_far_enough_and_quorate(_review: Any, command: Command) -> Sequence[Reason]:
    """At least 5 working days away, and quorate once conflicted members are out (R4)."""
    meeting: MeetingFacts | None = command.facts.meeting
    if meeting is None:
        return (Reason("No meeting is planned.", "meeting"),)
    if meeting.working_days_away < 5:
        return (Reason("The meeting is less than 5 working days away.", "meeting"),)
    if not meeting.quorate:
        return (Reason("The meeting would not be quorate once conflicted members are out.", "meeting"),)
    return ()


def final_grades_given(_review: Any, command: Command) -> Sequence[Reason]:
    """R5: a final grade for every section, with a reason where it differs from the reviewer's."""
    return tuple(command.facts.final_grades_missing)


def decision_complete(_review: Any, command: Command) -> Sequence[Reason]:
    """R5: how it was reached, with the reason where the chair decided; every recommendation settled."""
    return tuple(command.facts.decision_missing)


# --- issue to close -----------------------------------------------------------------------------------


def not_issued(_review: Any, command: Command) -> Sequence[Reason]:
    return (Reason("The review has been issued.", None),) if command.facts.issued else ()


def is_issued(_review: Any, command: Command) -> Sequence[Reason]:
    return () if command.facts.issued else (Reason("The review has not been issued yet.", "issue"),)


def is_uploaded(_review: Any, command: Command) -> Sequence[Reason]:
    if command.facts.uploaded:
        return ()
    return (Reason("Enter the date the record was put on the case system.", "record_upload"),)


def discussed_in_supervision(_review: Any, command: Command) -> Sequence[Reason]:
    if command.facts.supervision_on:
        return ()
    return (Reason("Enter the date it was discussed in supervision.", "record_supervision"),)


def recommendations_settled(_review: Any, command: Command) -> Sequence[Reason]:
    """Closed, moved to a plan or set aside with a reason: none is still open."""
    number = command.facts.open_recommendations
    if not number:
        return ()
    noun = "recommendation is" if number == 1 else "recommendations are"
    return (Reason(f"{number} {noun} still open.", "recommendations"),)


def new_reviewer_passes(_review: Any, command: Command) -> Sequence[Reason]:
    """R4 for the reviewer who takes over; R7 is the new reviewer's own declaration before opening."""
    return tuple(command.facts.new_reviewer_conflicts)


def decided_by_panel(_review: Any, command: Command) -> Sequence[Reason]:
    if command.facts.decided_by_panel:
        return ()
    return (Reason("The panel did not decide this review."),)


def decided_without_panel(_review: Any, command: Command) -> Sequence[Reason]:
    if command.facts.decided_by_panel:
        return (Reason("The panel decided this review; only the chair can reopen it."),)
    return ()


def date_not_before(key: str, what: str, earliest: str, after: str) -> Guard:
    """A guard for a typed date: given, not in the future, not before the fact named `earliest`."""

    def guard(_review: Any, command: Command) -> Sequence[Reason]:
        value = _given(command, key)
        if not isinstance(value, date):
            return (Reason(f"Enter {what}.", key),)
        floor: date | None = getattr(command.facts, earliest)
        if floor and value < floor:
            return (Reason(f"{_capital(what)} cannot be before {after} ({_day(floor)}).", key),)
        if command.facts.today and value > command.facts.today:
            return (Reason(f"{_capital(what)} cannot be in the future.", key),)
        return ()

    guard.__name__ = f"{key}_not_before_{earliest}"
    guard.__doc__ = f"{_capital(what)}, not before {after} and not in the future."
    return guard


def tracker_meeting_given(_review: Any, command: Command) -> Sequence[Reason]:
    value = _given(command, "tracker_meeting_on")
    if not isinstance(value, date):
        return (Reason("Enter the date of the tracker meeting.", "tracker_meeting_on"),)
    floor = command.facts.decided_on
    if floor and value < floor:
        return (Reason("The tracker meeting cannot be before the decision.", "tracker_meeting_on"),)
    return ()


def told_where_changed(_review: Any, command: Command) -> Sequence[Reason]:
    """Nobody learns of a changed grade from a document: who told them in conversation, and when."""
    if not command.facts.changed_since_read:
        return ()
    told_on = _given(command, "told_on")
    missing = []
    if not _given(command, "told_by"):
        missing.append(Reason("Something changed since the worker and the manager read it: who told them?", "told_by"))
    if not isinstance(told_on, date):
        missing.append(Reason("When were they told in conversation?", "told_on"))
    elif command.facts.today and told_on > command.facts.today:
        missing.append(Reason("The day they were told cannot be in the future.", "told_on"))
    elif command.facts.decided_on and told_on < command.facts.decided_on:
        missing.append(Reason("The day they were told cannot be before the decision.", "told_on"))
    return missing


# --- recommendations ------------------------------------------------------------------------------------


def owner_and_verifier_named(_recommendation: Any, command: Command) -> Sequence[Reason]:
    facts: RecommendationFacts = command.facts
    missing = []
    if not facts.has_owner:
        missing.append(Reason("Nobody owns this recommendation yet.", "owner"))
    if not facts.has_verifier:
        missing.append(Reason("Nobody is named to verify the impact.", "verifier"))
    elif not facts.verifier_independent:
        missing.append(Reason("The verifier may not be the owner, nor somebody the owner manages.", "verifier"))
    return missing


def evidence_given(_recommendation: Any, command: Command) -> Sequence[Reason]:
    if command.facts.has_evidence or _given(command, "evidence"):
        return ()
    return (Reason("Say what shows that the action is complete.", "evidence"),)


def new_date_given(_recommendation: Any, command: Command) -> Sequence[Reason]:
    value = _given(command, "due_on")
    if not isinstance(value, date):
        return (Reason("Enter the new date.", "due_on"),)
    why = why_no_new_date(value, command.facts.today)
    return (Reason(why, "due_on"),) if why else ()


def why_no_new_date(value: date, today: date | None) -> str:
    """Why this day cannot be one to which a date moves; empty where it can. Said where it is typed, too."""
    if today and value < today:
        return "The new date cannot be in the past."
    if today and (value - today).days > FIVE_YEARS:
        return "The new date is more than five years ahead. Check the year."
    return ""


def recommendation_disputed(_recommendation: Any, command: Command) -> Sequence[Reason]:
    return () if command.facts.disputed else (Reason("Nobody disputes this recommendation."),)


def not_disputed(_recommendation: Any, command: Command) -> Sequence[Reason]:
    if not command.facts.disputed:
        return ()
    return (Reason("It is disputed: the dispute is settled first."),)


def service_level(_recommendation: Any, command: Command) -> Sequence[Reason]:
    """R9: a service-level dispute that stands goes to a director."""
    return () if command.facts.service_level else (Reason("Only a service-level dispute goes to a director."),)


def goes_into_plans(_recommendation: Any, command: Command) -> Sequence[Reason]:
    """Handbook 6: service-level ones move to a plan, which names no child."""
    return () if command.facts.service_level else (Reason("Only a service-level recommendation moves to a plan."),)


def with_director(_recommendation: Any, command: Command) -> Sequence[Reason]:
    return () if command.facts.with_director else (Reason("The dispute has not been given to a director."),)


def not_with_director(_recommendation: Any, command: Command) -> Sequence[Reason]:
    return (Reason("The dispute is with a director."),) if command.facts.with_director else ()


def has_partner(_recommendation: Any, command: Command) -> Sequence[Reason]:
    return () if command.facts.has_partner else (Reason("No partner agency is named."),)


def not_joined(_recommendation: Any, command: Command) -> Sequence[Reason]:
    """What was joined with another goes on there, until the joining is undone."""
    if command.facts.joined_from is None:
        return ()
    return (Reason("It is joined with another recommendation: undo the joining instead."),)


def joined_from(state: str) -> Guard:
    """A guard of the one step back to where it stood when it was joined."""

    def guard(_recommendation: Any, command: Command) -> Sequence[Reason]:
        if command.facts.joined_from == state:
            return ()
        return (Reason("It was not joined with another from there."),)

    guard.__name__ = f"joined_from_{state}"
    guard.__doc__ = f"It was “{state}” when it was joined with another."
    return guard


def past_day(key: str, what: str) -> Guard:
    """A guard for a typed day of something that has happened: given, and not ahead."""

    def guard(_recommendation: Any, command: Command) -> Sequence[Reason]:
        if not isinstance(_given(command, key), date):
            return (Reason(f"Enter {what}.", key),)
        return _ahead(command, key, _capital(what))

    guard.__name__, guard.__doc__ = f"{key}_is_past", f"{_capital(what)}, not in the future."
    return guard


def day_not_ahead(key: str) -> Guard:
    """A guard for a day that may be left out, and is not ahead."""

    def guard(_recommendation: Any, command: Command) -> Sequence[Reason]:
        return _ahead(command, key, "The date")

    guard.__name__, guard.__doc__ = f"{key}_not_ahead", "The date, where one is given, is not in the future."
    return guard


def _ahead(command: Command, key: str, what: str) -> Sequence[Reason]:
    value, today = _given(command, key), command.facts.today
    if isinstance(value, date) and today and value > today:
        return (Reason(f"{what} cannot be in the future.", key),)
    if isinstance(value, date) and today and (today - value).days > TEN_YEARS:
        return (Reason(f"{what} is more than ten years ago. Check the year.", key),)
    return ()


def not_accepted(_recommendation: Any, command: Command) -> Sequence[Reason]:
    return (Reason("It has been accepted."),) if command.facts.accepted else ()


def inside_the_decision(_recommendation: Any, command: Command) -> Sequence[Reason]:
    """The panel changes what an earlier decision raised, and nobody does so by the way."""
    return () if command.facts.in_decision else (Reason("Only a decision of the panel changes it so."),)


def review_issued(_recommendation: Any, command: Command) -> Sequence[Reason]:
    """The owner hears of it with the issued review, not before."""
    return () if command.facts.issued else (Reason("The review has not been issued yet."),)


def review_not_ended(_recommendation: Any, command: Command) -> Sequence[Reason]:
    """A closed or withdrawn review has no open recommendation."""
    if not command.facts.review_ended:
        return ()
    return (Reason("The review has ended. A closed one is reopened first."),)


def _day(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
