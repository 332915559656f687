"""what the register of recommendations counts and offers, and a page of a plan, is found by indexes of their own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NOT_ISSUED = sa.text("issued_at IS NULL")
STANDING = sa.text("removed_at IS NULL")
UNSURE = sa.text("removed_at IS NULL AND length(CAST(doubts AS TEXT)) > 2")


def upgrade() -> None:
    op.create_index(
        "ix_review_not_issued",
        "review",
        ["state", "reviewer_id", "worker_id", "line_manager_id", "independent_chair_id", "issued_at"],
        sqlite_where=NOT_ISSUED,
        postgresql_where=NOT_ISSUED,
    )
    op.create_index("ix_review_worker_decided", "review", ["worker_id", "decided_at", "issued_at"])
    op.create_index(
        "ix_plan_line_standing",
        "plan_line",
        ["plan_id", "section_id", "place", "removed_at"],
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
    op.create_index("ix_plan_line_unsure", "plan_line", ["plan_id"], sqlite_where=UNSURE, postgresql_where=UNSURE)


def downgrade() -> None:
    op.drop_index("ix_plan_line_unsure", table_name="plan_line")
    op.drop_index("ix_plan_line_standing", table_name="plan_line")
    op.drop_index("ix_review_worker_decided", table_name="review")
    op.drop_index("ix_review_not_issued", table_name="review")
