"""indexes as the lists ask: somebody's own by state, the newest month, what a conflict keeps from whom"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# (table, index, columns); the old ones are the beginnings of new ones, or nobody asks them any more.
OLD = (
    ("review", "ix_review_line_manager_id", ["line_manager_id"]),
    ("review", "ix_review_reviewer_id", ["reviewer_id"]),
    ("review", "ix_review_state_id", ["state", "id"]),
    ("review", "ix_review_worker_id", ["worker_id"]),
    ("conflict_declaration", "ix_conflict_declaration_review_id", ["review_id"]),
    ("recommendation", "ix_recommendation_owner_id", ["owner_id"]),
    ("recommendation", "ix_recommendation_verifier_id", ["verifier_id"]),
)
NEW = (
    ("review", "ix_review_line_manager_state", ["line_manager_id", "state"]),
    ("review", "ix_review_reviewer_state", ["reviewer_id", "state"]),
    ("review", "ix_review_worker_state", ["worker_id", "state"]),
    ("review", "ix_review_state_month", ["state", "planned_month", "id"]),
    ("review", "ix_review_state_closed", ["state", "closed_at"]),
    ("review", "ix_review_month", ["planned_month", "id"]),
    ("review", "ix_review_theme", ["theme"]),
    ("conflict_declaration", "ix_conflict_declaration_said", ["review_id", "person_id", "conflicted", "step"]),
    ("conflict_declaration", "ix_conflict_declaration_person", ["person_id", "conflicted", "review_id"]),
    ("recommendation", "ix_recommendation_owner_state", ["owner_id", "state"]),
    ("recommendation", "ix_recommendation_verifier_state", ["verifier_id", "state"]),
    ("recommendation", "ix_recommendation_due", ["due_on", "id"]),
)


def upgrade() -> None:
    _put(NEW, in_place_of=OLD)


def downgrade() -> None:
    _put(OLD, in_place_of=NEW)


def _put(wanted: tuple[tuple[str, str, list[str]], ...], in_place_of: tuple[tuple[str, str, list[str]], ...]) -> None:
    for table, name, _columns in in_place_of:
        op.drop_index(name, table_name=table)
    for table, name, columns in wanted:
        op.create_index(name, table, columns)
