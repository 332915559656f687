"""the panel: meetings, seats, items, readings, the agreed form, dissents, actions, themes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.models.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_reviewer_spell_person_id", "reviewer_spell", ["person_id"])
    op.create_table(
        "panel_meeting",
        sa.Column("starts_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("chair_id", sa.Integer(), nullable=False),
        sa.Column("deputy_chair_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("set_up_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("set_up_by_id", sa.Integer(), nullable=False),
        sa.Column("started_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by_id", sa.Integer(), nullable=True),
        sa.Column("cancelled_reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by_id IS NULL)", name=op.f("ck_panel_meeting_cancelled_paired")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_panel_meeting_ended_paired")),
        sa.CheckConstraint("(set_up_at IS NULL) = (set_up_by_id IS NULL)", name=op.f("ck_panel_meeting_set_up_paired")),
        sa.CheckConstraint(
            "(started_at IS NULL) = (started_by_id IS NULL)", name=op.f("ck_panel_meeting_started_paired")
        ),
        sa.CheckConstraint(
            "cancelled_at IS NULL OR started_at IS NULL", name=op.f("ck_panel_meeting_started_is_not_cancelled")
        ),
        sa.CheckConstraint(
            "deputy_chair_id IS NULL OR deputy_chair_id <> chair_id", name=op.f("ck_panel_meeting_two_chairs")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR started_at IS NOT NULL", name=op.f("ck_panel_meeting_ended_was_started")
        ),
        sa.CheckConstraint("minutes BETWEEN 15 AND 480", name=op.f("ck_panel_meeting_length")),
        sa.ForeignKeyConstraint(["cancelled_by_id"], ["person.id"], name=op.f("fk_panel_meeting_cancelled_by_id")),
        sa.ForeignKeyConstraint(["chair_id"], ["person.id"], name=op.f("fk_panel_meeting_chair_id")),
        sa.ForeignKeyConstraint(["deputy_chair_id"], ["person.id"], name=op.f("fk_panel_meeting_deputy_chair_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_panel_meeting_ended_by_id")),
        sa.ForeignKeyConstraint(["set_up_by_id"], ["person.id"], name=op.f("fk_panel_meeting_set_up_by_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name=op.f("fk_panel_meeting_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_meeting")),
        sa.UniqueConstraint("public_id", name=op.f("uq_panel_meeting_public_id")),
    )
    with op.batch_alter_table("panel_meeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_meeting_starts_at"), ["starts_at"], unique=False)

    op.create_table(
        "panel_seat",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("substitute_for_id", sa.Integer(), nullable=True),
        sa.Column(
            "attendance",
            sa.Enum(
                "expected",
                "present",
                "absent",
                name="seat_attendance",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("left_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("left_by_id", sa.Integer(), nullable=True),
        sa.Column("left_reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(left_at IS NULL) = (left_by_id IS NULL)", name=op.f("ck_panel_seat_left_paired")),
        sa.CheckConstraint(
            "substitute_for_id IS NULL OR substitute_for_id <> person_id", name=op.f("ck_panel_seat_another")
        ),
        sa.ForeignKeyConstraint(["left_by_id"], ["person.id"], name=op.f("fk_panel_seat_left_by_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["panel_meeting.id"], name=op.f("fk_panel_seat_meeting_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_panel_seat_person_id")),
        sa.ForeignKeyConstraint(["substitute_for_id"], ["person.id"], name=op.f("fk_panel_seat_substitute_for_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_seat")),
        sa.UniqueConstraint("meeting_id", "person_id", name=op.f("uq_panel_seat_meeting_id_person_id")),
    )
    with op.batch_alter_table("panel_seat", schema=None) as batch_op:
        batch_op.create_index("ix_panel_seat_person", ["person_id", "meeting_id"], unique=False)

    op.create_table(
        "panel_theme",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "done",
            sa.Enum(
                "taken_up",
                "tool_changed",
                "practice",
                name="theme_done",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kept_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kept_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("done IS NULL OR what <> ''", name=op.f("ck_panel_theme_done_says_what")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_panel_theme_has_title")),
        sa.ForeignKeyConstraint(["kept_by_id"], ["person.id"], name=op.f("fk_panel_theme_kept_by_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["panel_meeting.id"], name=op.f("fk_panel_theme_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_theme")),
        sa.UniqueConstraint("public_id", name=op.f("uq_panel_theme_public_id")),
    )
    with op.batch_alter_table("panel_theme", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_theme_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "panel_item",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("form_version_id", sa.Integer(), nullable=False),
        sa.Column("previous_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "reading",
                "discussing",
                "decided",
                "adjourned",
                "left",
                name="panel_item_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("referred_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("referred_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("opened_acting", sa.String(length=200), nullable=False),
        sa.Column("shared_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("shared_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "reached",
            sa.Enum(
                "agreed", "chair_decided", name="panel_reached", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(state = 'decided') = (decided_at IS NOT NULL)", name=op.f("ck_panel_item_decided_has_time")
        ),
        sa.CheckConstraint("state <> 'adjourned' OR meeting_id IS NULL", name=op.f("ck_panel_item_adjourned_waits")),
        sa.CheckConstraint("state <> 'reading' OR opened_at IS NULL", name=op.f("ck_panel_item_reading_is_sealed")),
        sa.CheckConstraint(
            "state NOT IN ('discussing', 'decided') OR opened_at IS NOT NULL",
            name=op.f("ck_panel_item_discussed_was_opened"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('reading', 'discussing', 'decided') OR meeting_id IS NOT NULL",
            name=op.f("ck_panel_item_listed"),
        ),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name=op.f("ck_panel_item_decided_paired")),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decision_id IS NULL)", name=op.f("ck_panel_item_decided_has_decision")
        ),
        sa.CheckConstraint("(decided_at IS NULL) = (reached IS NULL)", name=op.f("ck_panel_item_decided_says_how")),
        sa.CheckConstraint("(opened_at IS NULL) = (opened_by_id IS NULL)", name=op.f("ck_panel_item_opened_paired")),
        sa.CheckConstraint(
            "(referred_at IS NULL) = (referred_by_id IS NULL)", name=op.f("ck_panel_item_referred_paired")
        ),
        sa.CheckConstraint("(shared_at IS NULL) = (shared_by_id IS NULL)", name=op.f("ck_panel_item_shared_paired")),
        sa.CheckConstraint("previous_id IS NULL OR previous_id <> id", name=op.f("ck_panel_item_another_before")),
        sa.CheckConstraint("shared_at IS NULL OR opened_at IS NOT NULL", name=op.f("ck_panel_item_shared_was_opened")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_panel_item_decided_by_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_panel_item_decision_id")),
        sa.ForeignKeyConstraint(
            ["form_version_id"], ["form_template_version.id"], name=op.f("fk_panel_item_form_version_id")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["panel_meeting.id"], name=op.f("fk_panel_item_meeting_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name=op.f("fk_panel_item_opened_by_id")),
        sa.ForeignKeyConstraint(["previous_id"], ["panel_item.id"], name=op.f("fk_panel_item_previous_id")),
        sa.ForeignKeyConstraint(["referred_by_id"], ["person.id"], name=op.f("fk_panel_item_referred_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_panel_item_review_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_panel_item_revision_id")),
        sa.ForeignKeyConstraint(["shared_by_id"], ["person.id"], name=op.f("fk_panel_item_shared_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_item")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_panel_item_decision_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_panel_item_public_id")),
    )
    with op.batch_alter_table("panel_item", schema=None) as batch_op:
        batch_op.create_index("ix_panel_item_meeting", ["meeting_id", "position"], unique=False)
        batch_op.create_index(batch_op.f("ix_panel_item_review_id"), ["review_id"], unique=False)
        batch_op.create_index(
            "uq_panel_item_latest",
            ["review_id"],
            unique=True,
            sqlite_where=sa.text("latest"),
            postgresql_where=sa.text("latest"),
        )

    op.create_table(
        "agreed_form",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["panel_item.id"], name=op.f("fk_agreed_form_item_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_agreed_form_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreed_form")),
        sa.UniqueConstraint("item_id", name=op.f("uq_agreed_form_item_id")),
    )
    op.create_table(
        "panel_action",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("recommendation_id", sa.Integer(), nullable=False),
        sa.Column("timescale", sa.String(length=100), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["panel_item.id"], name=op.f("fk_panel_action_item_id")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendation.id"], name=op.f("fk_panel_action_recommendation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_action")),
        sa.UniqueConstraint("recommendation_id", name=op.f("uq_panel_action_recommendation_id")),
    )
    with op.batch_alter_table("panel_action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_action_item_id"), ["item_id"], unique=False)

    op.create_table(
        "panel_dissent",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("recorded_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_panel_dissent_in_words")),
        sa.ForeignKeyConstraint(["item_id"], ["panel_item.id"], name=op.f("fk_panel_dissent_item_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_panel_dissent_person_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_panel_dissent_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_dissent")),
        sa.UniqueConstraint("item_id", "person_id", name=op.f("uq_panel_dissent_item_id_person_id")),
    )
    op.create_table(
        "panel_listing",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("listed_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_panel_listing_ended_paired")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_panel_listing_ended_by_id")),
        sa.ForeignKeyConstraint(["item_id"], ["panel_item.id"], name=op.f("fk_panel_listing_item_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["panel_meeting.id"], name=op.f("fk_panel_listing_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_listing")),
    )
    with op.batch_alter_table("panel_listing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_listing_item_id"), ["item_id"], unique=False)
        batch_op.create_index("ix_panel_listing_meeting", ["meeting_id", "id"], unique=False)

    op.create_table(
        "panel_reading",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("as_substitute", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "reading",
                "submitted",
                "excused",
                "exempt",
                name="reading_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("saved_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("begun_from_view", sa.Boolean(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("confirms_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("let_in_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("excused_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("excused_by_id", sa.Integer(), nullable=True),
        sa.Column("excused_reason", sa.Text(), nullable=False),
        sa.Column("exempt_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("exempt_why", sa.String(length=60), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(state = 'excused') = (excused_at IS NOT NULL)", name=op.f("ck_panel_reading_excused_has_reason")
        ),
        sa.CheckConstraint(
            "(state = 'exempt') = (exempt_at IS NOT NULL)", name=op.f("ck_panel_reading_exempt_has_time")
        ),
        sa.CheckConstraint("exempt_at IS NULL OR exempt_why <> ''", name=op.f("ck_panel_reading_exempt_says_why")),
        sa.CheckConstraint("let_in_at IS NULL OR state <> 'exempt'", name=op.f("ck_panel_reading_exempt_is_blind")),
        sa.CheckConstraint(
            "state <> 'submitted' OR submitted_at IS NOT NULL", name=op.f("ck_panel_reading_submitted_has_time")
        ),
        sa.CheckConstraint(
            "state NOT IN ('invited', 'reading') OR submitted_at IS NULL",
            name=op.f("ck_panel_reading_open_is_not_submitted"),
        ),
        sa.CheckConstraint(
            "(excused_at IS NULL) = (excused_by_id IS NULL)", name=op.f("ck_panel_reading_excused_paired")
        ),
        sa.ForeignKeyConstraint(["confirms_id"], ["panel_reading.id"], name=op.f("fk_panel_reading_confirms_id")),
        sa.ForeignKeyConstraint(["excused_by_id"], ["person.id"], name=op.f("fk_panel_reading_excused_by_id")),
        sa.ForeignKeyConstraint(["item_id"], ["panel_item.id"], name=op.f("fk_panel_reading_item_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_panel_reading_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_reading")),
        sa.UniqueConstraint("item_id", "person_id", name=op.f("uq_panel_reading_item_id_person_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_panel_reading_public_id")),
    )
    with op.batch_alter_table("panel_reading", schema=None) as batch_op:
        batch_op.create_index("ix_panel_reading_person", ["person_id", "state", "item_id"], unique=False)

    op.create_table(
        "reading_addition",
        sa.Column("reading_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reading_id"], ["panel_reading.id"], name=op.f("fk_reading_addition_reading_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_addition")),
    )
    with op.batch_alter_table("reading_addition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reading_addition_reading_id"), ["reading_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("reading_addition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reading_addition_reading_id"))

    op.drop_table("reading_addition")
    with op.batch_alter_table("panel_reading", schema=None) as batch_op:
        batch_op.drop_index("ix_panel_reading_person")

    op.drop_table("panel_reading")
    with op.batch_alter_table("panel_listing", schema=None) as batch_op:
        batch_op.drop_index("ix_panel_listing_meeting")
        batch_op.drop_index(batch_op.f("ix_panel_listing_item_id"))

    op.drop_table("panel_listing")
    op.drop_table("panel_dissent")
    with op.batch_alter_table("panel_action", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_action_item_id"))

    op.drop_table("panel_action")
    op.drop_table("agreed_form")
    with op.batch_alter_table("panel_item", schema=None) as batch_op:
        batch_op.drop_index("uq_panel_item_latest", sqlite_where=sa.text("latest"), postgresql_where=sa.text("latest"))
        batch_op.drop_index(batch_op.f("ix_panel_item_review_id"))
        batch_op.drop_index("ix_panel_item_meeting")

    op.drop_table("panel_item")
    with op.batch_alter_table("panel_theme", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_theme_meeting_id"))

    op.drop_table("panel_theme")
    with op.batch_alter_table("panel_seat", schema=None) as batch_op:
        batch_op.drop_index("ix_panel_seat_person")

    op.drop_table("panel_seat")
    with op.batch_alter_table("panel_meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_meeting_starts_at"))

    op.drop_table("panel_meeting")
    op.drop_index("ix_reviewer_spell_person_id", table_name="reviewer_spell")
