"""messages that are sent: tries, the wait before the next, and what could not be sent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.models.base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WAITING = sa.text("sent_at IS NULL AND dropped_why IS NULL AND failed_at IS NULL")
FAILED = sa.text("failed_at IS NOT NULL")
CHECKS = (
    (
        "ends_once",
        "(sent_at IS NULL AND dropped_why IS NULL) OR (sent_at IS NULL AND failed_at IS NULL) OR (dropped_why IS NULL AND failed_at IS NULL)",
    ),
    ("failed_says_why", "failed_at IS NULL OR problem IS NOT NULL"),
    ("attempts_counted", "attempts >= 0"),
)


def upgrade() -> None:
    moment = app.models.base.UtcDateTime(timezone=True)
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_unsent")
        batch_op.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("try_after", moment, nullable=True))
        batch_op.add_column(sa.Column("failed_at", moment, nullable=True))
        batch_op.add_column(sa.Column("problem", sa.String(length=200), nullable=True))
        for name, condition in CHECKS:
            batch_op.create_check_constraint(op.f(f"ck_outbox_message_{name}"), condition)
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.alter_column("attempts", server_default=None)
        batch_op.create_index("ix_outbox_waiting", ["id"], sqlite_where=WAITING, postgresql_where=WAITING)
        batch_op.create_index("ix_outbox_failed", ["failed_at"], sqlite_where=FAILED, postgresql_where=FAILED)


def downgrade() -> None:
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_failed")
        batch_op.drop_index("ix_outbox_waiting")
        for name, _condition in CHECKS:
            batch_op.drop_constraint(op.f(f"ck_outbox_message_{name}"), type_="check")
        for name in ("problem", "failed_at", "try_after", "attempts"):
            batch_op.drop_column(name)
        batch_op.create_index("ix_outbox_unsent", ["sent_at", "id"], unique=False)
