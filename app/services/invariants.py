"""What must always hold of stored data, as questions to the database that must have no row for an answer.

The constraints refuse what one row can show. These look across rows, in the tests after every step and in
production (`./run flask invariants check`). The SQL runs on both databases as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, column, select, table, text

from app.extensions import session
from app.models import Base, triggers
from app.models.forms import FormState, FormTemplateVersion
from app.models.records import AuditEvent, OutboxMessage
from forms import descriptor

Rows = Iterable[Any]
Look = str | Callable[[Connection], Rows]
EXAMPLES = 5

# Every key that the log may hold. A new one is added here after asking: does it name or quote anybody?
AUDIT_KEYS = frozenset(
    "action active after agency as_who before changed checksum conflicted digest drawn ends_on item key kind "
    "line_manager number other part part_version percent reply roles rule session sessions step team temporary version "
    "why".split()
)
# Keys, kinds, ids, dates and digests are written in small letters; a name is not, and a sentence is longer.
PLAIN = re.compile(r"[a-z0-9_.:/+ -]{0,64}")


@dataclass(frozen=True)
class Invariant:
    """One thing that must hold: what it means when it does not, and the question."""

    name: str
    meaning: str
    look: Look

    def rows(self, connection: Connection) -> list[Any]:
        """The ids of what breaks it; none is right."""
        if isinstance(self.look, str):
            return [row[0] for row in connection.execute(text(self.look))]
        return list(self.look(connection))


@dataclass(frozen=True)
class Finding:
    """How often an invariant was broken, with the first few ids."""

    name: str
    meaning: str
    count: int
    examples: tuple[str, ...]


def check_all(connection: Connection | None = None) -> list[Finding]:
    """Ask every question, in the order of the list."""
    if connection is None:
        session.rollback()
        connection = session.connection()
    return [_finding(each, each.rows(connection)) for each in INVARIANTS]


def broken(connection: Connection | None = None) -> dict[str, tuple[str, ...]]:
    """Only what does not hold, by name."""
    return {found.name: found.examples for found in check_all(connection) if found.count}


def _finding(invariant: Invariant, rows: list[Any]) -> Finding:
    return Finding(invariant.name, invariant.meaning, len(rows), tuple(str(row) for row in rows[:EXAMPLES]))


# --- what SQL alone cannot ask --------------------------------------------------------------------------------


def _audit_texts(connection: Connection) -> Iterator[int]:
    """Events that hold a key nobody allowed, or a value that could be a name or a sentence (R10)."""
    query = select(AuditEvent.id, AuditEvent.data).order_by(AuditEvent.id).execution_options(yield_per=1000)
    for event_id, data in connection.execute(query):
        if not isinstance(data, dict) or not _plain(data):
            yield event_id


def _plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(key in AUDIT_KEYS and _plain(held) for key, held in value.items())
    if isinstance(value, list):
        return all(map(_plain, value))
    return not isinstance(value, str) or PLAIN.fullmatch(value) is not None


def _crooked_forms(connection: Connection) -> Iterator[int]:
    """Published or retired forms whose text does not give the checksum they were published with (R13)."""
    form = FormTemplateVersion
    query = select(form.id, form.descriptor, form.checksum).where(form.state != FormState.DRAFT).order_by(form.id)
    for version_id, stored, checksum in connection.execute(query):
        try:
            made = descriptor.checksum(descriptor.build_model(descriptor.FormTemplate, stored))
        except descriptor.TemplateError:
            made = ""
        if made != checksum:
            yield version_id


def _lost_subjects(connection: Connection) -> Iterator[int]:
    """Messages about a row that is not there."""
    message = OutboxMessage
    for kind in connection.scalars(select(message.subject_kind).distinct()).all():
        about = select(message.id).where(message.subject_kind == kind).order_by(message.id)
        if kind in Base.metadata.tables:
            there = table(kind, column("id"))
            about = about.where(~select(there.c.id).where(there.c.id == message.subject_id).exists())
        yield from connection.scalars(about).all()


def _missing_triggers(connection: Connection) -> list[str]:
    """What refuses to change the log, the revisions and the published forms."""
    return sorted(triggers.names() - triggers.present(connection))


def _orphans(connection: Connection) -> Iterator[str]:
    """Foreign keys that point nowhere, in every table: SQLite forgets to ask when they were off."""
    for key, count in connection.execute(text(_every_foreign_key())):
        if count:
            yield f"{key} ({count})"


@cache
def _every_foreign_key() -> str:
    """One question for all of them: asked one by one, they took longer than everything else together."""
    return " UNION ALL ".join(
        f"""SELECT '{each.name}.{key.parent.name}', count(*) FROM {each.name} x WHERE x.{key.parent.name} IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM {key.column.table.name} y WHERE y.id = x.{key.parent.name})"""  # noqa: S608
        for each in Base.metadata.sorted_tables
        for key in each.foreign_keys
    )


# --- the list -------------------------------------------------------------------------------------------------

DECIDED = "('tracking', 'closed')"
SUBMITTED = "('hos_moderation', 'panel_moderation', 'tracking', 'closed')"
OPEN = "('proposed', 'agreed', 'in_progress', 'action_complete')"


def _of_this_review(table_name: str) -> Invariant:
    """A row that hangs on a review and on one of its revisions hangs on one review."""
    return Invariant(
        f"{table_name}_of_its_review",
        f"A row of {table_name} names one review, and a revision of another.",
        f"SELECT x.id FROM {table_name} x JOIN revision v ON v.id = x.revision_id WHERE v.review_id <> x.review_id",  # noqa: S608 - names of our own tables
    )


FIRST_STATES = {
    "review": "planned", "recommendation": "proposed", "concern": "raised", "panel_item": "reading",
    "panel_reading": "invited",
}  # fmt: skip


def _last_move(table_name: str, first: str) -> Invariant:
    """Every change of state is in the log, and the last one led to where the row stands now."""
    return Invariant(
        f"{table_name}_state_is_logged",
        f"A {table_name} stands where no event of the log brought it.",
        f"""SELECT r.id FROM {table_name} r LEFT JOIN audit_event a ON a.id = (
                SELECT max(b.id) FROM audit_event b
                WHERE b.subject_kind = '{table_name}' AND b.subject_id = r.id AND (b.data ->> 'after') IS NOT NULL)
            WHERE COALESCE(a.data ->> 'after', '{first}') <> r.state""",  # noqa: S608
    )


def _versions(table_name: str) -> Invariant:
    """Every step raises the version by one and says so."""
    return Invariant(
        f"{table_name}_version_is_logged",
        f"A {table_name} has another version than its last event says: it was changed outside a step.",
        f"""SELECT r.id FROM {table_name} r WHERE r.version <> 1 + (
                SELECT count(*) FROM audit_event b
                WHERE b.subject_kind = '{table_name}' AND b.subject_id = r.id AND (b.data ->> 'after') IS NOT NULL)""",  # noqa: S608
    )


def _head_is_last(chain: str, table_name: str) -> Invariant:
    return Invariant(
        f"{chain}_head_is_last",
        f"The head of the chain of {chain} is not its last row, or does not count its rows.",
        f"""SELECT c.name FROM (SELECT '{chain}' AS name) c LEFT JOIN audit_head h ON h.chain = c.name
            WHERE h.id IS NULL OR h.length <> (SELECT count(*) FROM {table_name})
            OR h.hash <> COALESCE((SELECT x.hash FROM {table_name} x ORDER BY x.id DESC LIMIT 1), '{"0" * 64}')""",  # noqa: S608
    )


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "review_entry_is_state",
        "The last entry of a review's history is of another stage than the one it stands at.",
        """SELECT r.id FROM review r LEFT JOIN stage_entry e ON e.id = (
               SELECT max(x.id) FROM stage_entry x WHERE x.review_id = r.id)
           WHERE COALESCE(e.state, 'planned') <> r.state""",
    ),
    Invariant(
        "reviewer_has_a_spell",
        "The reviewer of a review holds no open spell on it.",
        """SELECT r.id FROM review r WHERE NOT EXISTS (
               SELECT 1 FROM reviewer_spell s
               WHERE s.review_id = r.id AND s.person_id = r.reviewer_id AND s.to_at IS NULL)""",
    ),
    Invariant(
        "one_open_spell",
        "Two people hold one review as its reviewer at once.",
        "SELECT review_id FROM reviewer_spell WHERE to_at IS NULL GROUP BY review_id HAVING count(*) > 1",
    ),
    Invariant(
        "spells_are_ordered",
        "A reviewer's spell ends before it begins.",
        "SELECT id FROM reviewer_spell WHERE to_at < from_at",
    ),
    Invariant(
        "writer_declared",
        "A review went past the plan, and its reviewer of that time never declared to have no conflict (R7).",
        f"""SELECT r.id FROM review r WHERE r.state IN {SUBMITTED} AND 2 <> (
               SELECT count(DISTINCT d.step) FROM conflict_declaration d
               WHERE d.review_id = r.id AND d.person_id = r.submitted_by_id AND NOT d.conflicted)""",  # noqa: S608
    ),
    Invariant(
        "submitted_has_revision",
        "A review was submitted, and what was submitted is not kept.",
        f"""SELECT r.id FROM review r WHERE r.state IN {SUBMITTED} AND NOT EXISTS (
               SELECT 1 FROM revision v WHERE v.review_id = r.id AND v.kind = 'submitted')""",  # noqa: S608
    ),
    Invariant(
        "revisions_are_numbered",
        "The revisions of a review are not numbered one after another.",
        "SELECT review_id FROM revision GROUP BY review_id HAVING max(number) <> count(*) OR min(number) <> 1",
    ),
    Invariant(
        "decided_has_decision",
        "A review is past the decision, and there is none in force.",
        f"""SELECT r.id FROM review r WHERE r.state IN {DECIDED} AND NOT EXISTS (
               SELECT 1 FROM decision d WHERE d.review_id = r.id AND d.reopened_at IS NULL)""",  # noqa: S608
    ),
    Invariant(
        "one_decision_in_force",
        "A review has two decisions in force.",
        "SELECT review_id FROM decision WHERE reopened_at IS NULL GROUP BY review_id HAVING count(*) > 1",
    ),
    Invariant(
        "decided_has_final_grades",
        "A review is past the decision, and a part that the reviewer graded has no final grade (R5).",
        f"""SELECT DISTINCT g.review_id FROM grade_given g
           JOIN review r ON r.id = g.review_id AND r.state IN {DECIDED}
           JOIN decision d ON d.review_id = r.id AND d.reopened_at IS NULL AND d.revision_id = g.revision_id
           WHERE g.stage = 'reviewer_final' AND NOT EXISTS (
               SELECT 1 FROM grade_given f
               WHERE f.review_id = g.review_id AND f.part = g.part AND f.stage = 'final')""",  # noqa: S608
    ),
    Invariant(
        "reviewer_grades_are_the_reviewers",
        "A grade is kept as the reviewer's, and its giver never was the reviewer (R5).",
        """SELECT g.id FROM grade_given g WHERE g.stage IN ('reviewer_draft', 'reviewer_final') AND NOT EXISTS (
               SELECT 1 FROM reviewer_spell s WHERE s.review_id = g.review_id AND s.person_id = g.person_id)""",
    ),
    *(_of_this_review(name) for name in ("grade_given", "response", "first_moderation", "decision", "panel_item")),
    Invariant(
        "closed_has_no_open_recommendation",
        "A review is closed, and a recommendation of it is open.",
        f"""SELECT DISTINCT r.id FROM review r JOIN recommendation c ON c.review_id = r.id
           WHERE r.state = 'closed' AND c.state IN {OPEN}""",  # noqa: S608
    ),
    Invariant(
        "closed_has_none_open_elsewhere",
        "A review is closed, and a recommendation of it goes on in another that it was joined into.",
        f"""SELECT DISTINCT r.id FROM review r JOIN recommendation c ON c.review_id = r.id
           JOIN recommendation k ON k.id = c.joined_into_id
           WHERE r.state = 'closed' AND k.state IN {OPEN}""",  # noqa: S608
    ),
    Invariant(
        "joined_into_a_root",
        "A recommendation was joined into one that is itself joined into another, or into a newer one.",
        """SELECT c.id FROM recommendation c JOIN recommendation k ON k.id = c.joined_into_id
           WHERE k.joined_into_id IS NOT NULL OR (k.raised_at, k.id) > (c.raised_at, c.id)""",
    ),
    Invariant(
        "withdrawn_has_no_open_recommendation",
        "A review was withdrawn, and a recommendation of it is still somebody's to do.",
        f"""SELECT DISTINCT r.id FROM review r JOIN recommendation c ON c.review_id = r.id
           WHERE r.state = 'withdrawn' AND c.state IN {OPEN}""",  # noqa: S608
    ),
    Invariant(
        "panel_has_item",
        "A review is before the panel without an item that waits to be decided, or an item waits whose review is not.",
        """SELECT r.id FROM review r LEFT JOIN panel_item i ON i.review_id = r.id AND i.latest
               AND i.state IN ('reading', 'discussing', 'adjourned')
           WHERE (r.state = 'panel_moderation') <> (i.id IS NOT NULL)""",
    ),
    Invariant(
        "decided_by_panel_has_item",
        "A review was decided by the panel, and its latest item is not decided.",
        f"""SELECT r.id FROM review r WHERE r.state IN {DECIDED} AND r.decided_how = 'panel' AND NOT EXISTS (
               SELECT 1 FROM panel_item i WHERE i.review_id = r.id AND i.latest AND i.state = 'decided')""",  # noqa: S608
    ),
    Invariant(
        "one_listing_at_a_time",
        "An item is on the agenda of two meetings, or of another than the one it names.",
        """SELECT i.id FROM panel_item i WHERE (i.state IN ('reading', 'discussing')) <> (1 = (
               SELECT count(*) FROM panel_listing l
               WHERE l.item_id = i.id AND l.ended_at IS NULL AND l.meeting_id = i.meeting_id))""",
    ),
    Invariant(
        "nobody_reads_before_opening",
        "Somebody was let in to the readings of an item that was not opened, or without a submitted one (R3).",
        """SELECT g.id FROM panel_reading g JOIN panel_item i ON i.id = g.item_id
           WHERE g.let_in_at IS NOT NULL AND (i.opened_at IS NULL OR g.state <> 'submitted')""",
    ),
    Invariant(
        "the_tied_are_exempt",
        "The reviewer, the worker or the line manager of a review reads it for the panel (R4).",
        """SELECT g.id FROM panel_reading g JOIN panel_item i ON i.id = g.item_id AND i.latest
           JOIN review r ON r.id = i.review_id
           WHERE g.state <> 'exempt' AND g.person_id IN (r.reviewer_id, r.worker_id, r.line_manager_id)""",
    ),
    Invariant(
        "declared_is_exempt",
        "Somebody declared a conflict with a review and still reads it for the panel (R4).",
        """SELECT g.id FROM panel_reading g JOIN panel_item i ON i.id = g.item_id AND i.latest
           JOIN conflict_declaration d ON d.review_id = i.review_id AND d.person_id = g.person_id AND d.conflicted
           WHERE g.state <> 'exempt'""",
    ),
    Invariant(
        "opened_was_quorate_once",
        "An item was opened by somebody without a submitted reading on it (R4).",
        """SELECT i.id FROM panel_item i WHERE i.opened_at IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM panel_reading g WHERE g.item_id = i.id AND g.person_id = i.opened_by_id
               AND g.submitted_at IS NOT NULL)""",
    ),
    Invariant(
        "view_counts_in_no_figure",
        "A reading that began from the first moderator's view is counted as a fresh one (R3).",
        "SELECT id FROM panel_reading WHERE begun_from_view AND counted",
    ),
    Invariant(
        "open_is_not_closed",
        "A review is not closed, and holds the time it was closed at.",
        "SELECT id FROM review WHERE state <> 'closed' AND closed_at IS NOT NULL",
    ),
    Invariant(
        "correction_follows_issue",
        "A correction was added to a review that was never issued.",
        """SELECT a.id FROM addendum a JOIN review r ON r.id = a.review_id
           WHERE r.issued_at IS NULL AND NOT EXISTS (
               SELECT 1 FROM decision d WHERE d.review_id = r.id AND d.reopened_at IS NOT NULL)""",
    ),
    Invariant(
        "recommendation_follows_decision",
        "A recommendation was raised by a review that was never decided.",
        """SELECT c.id FROM recommendation c JOIN review r ON r.id = c.review_id
           WHERE r.decided_at IS NULL AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.review_id = r.id)""",
    ),
    Invariant(
        "recommendation_of_its_activity",
        "A recommendation answers an agency's part that its own activity does not have.",
        """SELECT c.id FROM recommendation c WHERE c.activity_id IS NOT NULL AND c.finding LIKE 'part%' AND NOT EXISTS (
               SELECT 1 FROM activity_part p
               WHERE p.activity_id = c.activity_id AND 'part_' || CAST(p.id AS VARCHAR) = c.finding)""",
    ),
    Invariant(
        "child_of_a_child_level_one",
        "A recommendation for the service names a child.",
        "SELECT id FROM recommendation WHERE child_id IS NOT NULL AND level <> 'child'",
    ),
    Invariant(
        "impact_is_verified_by_another",
        "A recommendation's impact was verified by its owner, or by somebody who was not named to verify it (R9).",
        """SELECT id FROM recommendation WHERE outcome = 'impact_verified'
           AND (verifier_id IS NULL OR verifier_id = owner_id OR closed_by_id = owner_id
                OR closed_by_id <> verifier_id)""",
    ),
    Invariant(
        "recommendation_has_history",
        "A recommendation moved, and its history has no line of it.",
        """SELECT c.id FROM recommendation c WHERE c.state <> 'proposed' AND NOT EXISTS (
               SELECT 1 FROM recommendation_entry e WHERE e.recommendation_id = c.id)""",
    ),
    Invariant(
        "tracker_item_has_history",
        "A tracker meeting discussed a recommendation, and its history has no line of that moment.",
        """SELECT i.id FROM tracker_item i WHERE i.discussed_at IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM recommendation_entry e WHERE e.recommendation_id = i.recommendation_id
               AND e.action = 'discuss' AND e.at = i.discussed_at)""",
    ),
    *(_last_move(name, first) for name, first in FIRST_STATES.items()),
    *(_versions(name) for name in FIRST_STATES),
    Invariant(
        "review_form_was_published",
        "A review is on a form that was never published (R13).",
        """SELECT r.id FROM review r JOIN form_template_version f ON f.id = r.form_version_id
           WHERE f.published_at IS NULL""",
    ),
    Invariant(
        "published_form_is_unchanged", "A published form's text is not what was published (R13).", _crooked_forms
    ),
    _head_is_last("changes", "audit_event"),
    _head_is_last("views", "view_seal"),
    Invariant(
        "log_holds_no_text", "An event of the log holds a name, a text, or a key nobody allowed (R10).", _audit_texts
    ),
    Invariant("message_has_subject", "A message is about a row that is not there.", _lost_subjects),
    Invariant("triggers_are_there", "A trigger that refuses to change the records is gone.", _missing_triggers),
    Invariant("no_orphans", "A row points at one that is not there.", _orphans),
)
