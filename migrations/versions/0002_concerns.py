"""immediate concerns (R6), and whom they are given to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.models.base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "concern",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "raised",
                "acknowledged",
                "acted_on",
                "closed",
                name="concern_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "child_at_risk",
                "discrimination",
                "other",
                name="concern_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("about_head", sa.Boolean(), nullable=False),
        sa.Column("head_id", sa.Integer(), nullable=True),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("case_system_id", sa.String(length=40), nullable=False),
        sa.Column("raised_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("raised_by_id", sa.Integer(), nullable=False),
        sa.Column("acknowledge_before", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("went_up_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=True),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("acted_on_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("acted_on_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("recorded_where", sa.Text(), nullable=False),
        sa.Column("closed_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("(acted_on_at IS NULL) = (done = '')", name=op.f("ck_concern_acted_on_says_what")),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome = '')", name=op.f("ck_concern_closed_has_outcome")),
        sa.CheckConstraint("(closed_at IS NULL) = (recorded_where = '')", name=op.f("ck_concern_closed_says_where")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_concern_closed_has_time")),
        sa.CheckConstraint(
            "(state = 'raised') = (acknowledged_at IS NULL)", name=op.f("ck_concern_acknowledged_has_time")
        ),
        sa.CheckConstraint(
            "(state IN ('acted_on', 'closed')) = (acted_on_at IS NOT NULL)", name=op.f("ck_concern_acted_on_has_time")
        ),
        sa.CheckConstraint("text <> ''", name=op.f("ck_concern_says_something")),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)", name=op.f("ck_concern_acknowledged_paired")
        ),
        sa.CheckConstraint("(acted_on_at IS NULL) = (acted_on_by_id IS NULL)", name=op.f("ck_concern_acted_on_paired")),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name=op.f("ck_concern_closed_paired")),
        sa.CheckConstraint("(raised_at IS NULL) = (raised_by_id IS NULL)", name=op.f("ck_concern_raised_paired")),
        sa.CheckConstraint("NOT about_head OR went_up_at IS NULL", name=op.f("ck_concern_about_head_is_up_already")),
        sa.CheckConstraint("about_head OR head_id IS NULL", name=op.f("ck_concern_head_only_if_about")),
        sa.CheckConstraint("acknowledge_before > raised_at", name=op.f("ck_concern_day_follows")),
        sa.ForeignKeyConstraint(["acknowledged_by_id"], ["person.id"], name=op.f("fk_concern_acknowledged_by_id")),
        sa.ForeignKeyConstraint(["acted_on_by_id"], ["person.id"], name=op.f("fk_concern_acted_on_by_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_concern_closed_by_id")),
        sa.ForeignKeyConstraint(["head_id"], ["person.id"], name=op.f("fk_concern_head_id")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["person.id"], name=op.f("fk_concern_raised_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_concern_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
        sa.UniqueConstraint("public_id", name=op.f("uq_concern_public_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_concern_reference")),
    )
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_concern_raised_by_id"), ["raised_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_concern_review_id"), ["review_id"], unique=False)
        batch_op.create_index("ix_concern_state_id", ["state", "id"], unique=False)

    op.create_table(
        "concern_given",
        sa.Column("concern_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("given_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_concern_given_ended_paired")),
        sa.CheckConstraint("(given_at IS NULL) = (given_by_id IS NULL)", name=op.f("ck_concern_given_given_paired")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= given_at", name=op.f("ck_concern_given_ordered")),
        sa.ForeignKeyConstraint(["concern_id"], ["concern.id"], name=op.f("fk_concern_given_concern_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_concern_given_ended_by_id")),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name=op.f("fk_concern_given_given_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_concern_given_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern_given")),
    )
    with op.batch_alter_table("concern_given", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_concern_given_concern_id"), ["concern_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_concern_given_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("concern_given", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_concern_given_person_id"))
        batch_op.drop_index(batch_op.f("ix_concern_given_concern_id"))

    op.drop_table("concern_given")
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.drop_index("ix_concern_state_id")
        batch_op.drop_index(batch_op.f("ix_concern_review_id"))
        batch_op.drop_index(batch_op.f("ix_concern_raised_by_id"))

    op.drop_table("concern")
