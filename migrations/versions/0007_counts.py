"""what the register of recommendations counts and offers is found without going through the reviews"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NOT_ISSUED = sa.text("issued_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_review_not_issued",
        "review",
        ["state", "reviewer_id", "worker_id", "line_manager_id", "independent_chair_id", "issued_at"],
        sqlite_where=NOT_ISSUED,
        postgresql_where=NOT_ISSUED,
    )
    op.create_index("ix_review_worker_decided", "review", ["worker_id", "decided_at", "issued_at"])


def downgrade() -> None:
    op.drop_index("ix_review_worker_decided", table_name="review")
    op.drop_index("ix_review_not_issued", table_name="review")
