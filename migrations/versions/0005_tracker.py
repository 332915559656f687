"""the tracker: activities, files, plans and imports, meetings, saved views, feeds; tags in a table of their own"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

import app.models.base
from app.models import triggers

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# "IS TRUE" keeps SQLite from asking the index of states instead.
OPEN_ONLY = sa.text("(state IN ('agreed', 'in_progress', 'action_complete')) IS TRUE")

KINDS = (
    ("multi_agency_audit", "Multi-agency audit", True),
    ("scrutiny_session", "Police and social care scrutiny session", True),
    ("annual_survey", "Annual survey of children and families", False),
    ("provider_visit", "Provider visit", False),
    ("iro_report", "Independent reviewing officer report", False),
    ("inspection", "Inspection", False),
    ("peer_review", "Peer review", False),
    ("safeguarding_practice_review", "Child safeguarding practice review", True),
    ("complaint", "Complaint", False),
    ("moderation_action", "Moderation action", False),
)
EMPTY_FIRST = ("partner_agency", "partner_contact", "family_words")
CHECKS = (
    ("partner_route", "partner_route IN ('direct', 'partnership')"),
    ("partner_reply", "partner_reply IN ('accepted', 'declined', 'escalated')"),
    (
        "joined_from",
        "joined_from IN ('proposed', 'agreed', 'in_progress', 'action_complete', 'closed', 'in_plan', 'set_aside', 'dropped')",
    ),
    ("one_source", "review_id IS NULL OR activity_id IS NULL"),
    ("child_of_review", "review_id IS NULL OR child_id IS NULL"),
    ("joined_paired", "(joined_into_id IS NULL) = (joined_from IS NULL)"),
    ("joined_is_set_aside", "joined_into_id IS NULL OR state = 'set_aside'"),
    ("joined_into_another", "joined_into_id IS NULL OR joined_into_id <> id"),
    ("director_is_another", "director_id IS NULL OR director_id <> owner_id"),
    ("director_has_dispute", "director_id IS NULL OR disputed_at IS NOT NULL"),
    ("sent_to_a_partner", "partner_sent_on IS NULL OR partner_agency <> ''"),
    ("reply_paired", "(partner_reply IS NULL) = (partner_replied_on IS NULL)"),
    ("told_in_words", "family_told_on IS NULL OR family_words <> ''"),
)


def upgrade() -> None:
    op.create_table(
        "activity_kind",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("several", sa.Boolean(), nullable=False),
        sa.Column("added_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(added_at IS NULL) = (added_by_id IS NULL)", name=op.f("ck_activity_kind_added_paired")),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_activity_kind_added_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_kind")),
        sa.UniqueConstraint("key", name=op.f("uq_activity_kind_key")),
        sa.UniqueConstraint("name", name=op.f("uq_activity_kind_name")),
    )
    op.create_table(
        "feed_token",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name=op.f("ck_feed_token_revoked_paired")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_feed_token_person_id")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["person.id"], name=op.f("fk_feed_token_revoked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_feed_token_digest")),
        sa.UniqueConstraint("public_id", name=op.f("uq_feed_token_public_id")),
    )
    with op.batch_alter_table("feed_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_token_person_id"), ["person_id"], unique=False)

    op.create_table(
        "plan",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "service_development",
                "workforce",
                "other",
                name="plan_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("made_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_plan_has_name")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_plan_ended_paired")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_plan_ended_by_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_plan_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("name", name=op.f("uq_plan_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_plan_public_id")),
    )
    op.create_table(
        "saved_view",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("saved_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_saved_view_has_name")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_view_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_saved_view_person_id_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_saved_view_public_id")),
    )
    op.create_table(
        "tracker_meeting",
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("planned_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("planned_by_id", sa.Integer(), nullable=False),
        sa.Column("started_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(cancelled_at IS NULL) = (cancelled_by_id IS NULL)", name=op.f("ck_tracker_meeting_cancelled_paired")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_tracker_meeting_ended_paired")),
        sa.CheckConstraint(
            "(planned_at IS NULL) = (planned_by_id IS NULL)", name=op.f("ck_tracker_meeting_planned_paired")
        ),
        sa.CheckConstraint(
            "(started_at IS NULL) = (started_by_id IS NULL)", name=op.f("ck_tracker_meeting_started_paired")
        ),
        sa.CheckConstraint(
            "cancelled_at IS NULL OR started_at IS NULL", name=op.f("ck_tracker_meeting_started_is_not_cancelled")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR started_at IS NOT NULL", name=op.f("ck_tracker_meeting_ended_was_started")
        ),
        sa.ForeignKeyConstraint(["cancelled_by_id"], ["person.id"], name=op.f("fk_tracker_meeting_cancelled_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_tracker_meeting_ended_by_id")),
        sa.ForeignKeyConstraint(["planned_by_id"], ["person.id"], name=op.f("fk_tracker_meeting_planned_by_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name=op.f("fk_tracker_meeting_started_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracker_meeting")),
        sa.UniqueConstraint("public_id", name=op.f("uq_tracker_meeting_public_id")),
    )
    with op.batch_alter_table("tracker_meeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tracker_meeting_held_on"), ["held_on"], unique=False)

    op.create_table(
        "activity",
        sa.Column("reference", sa.String(length=30), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("recorded_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_activity_has_title")),
        sa.ForeignKeyConstraint(["kind_id"], ["activity_kind.id"], name=op.f("fk_activity_kind_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_activity_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("public_id", name=op.f("uq_activity_public_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_activity_reference")),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_held_on"), ["held_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_kind_id"), ["kind_id"], unique=False)

    op.create_table(
        "plan_review",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("recorded_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_review_plan_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_plan_review_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_review")),
    )
    with op.batch_alter_table("plan_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_review_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "tracker_attendance",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["tracker_meeting.id"], name=op.f("fk_tracker_attendance_meeting_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tracker_attendance_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracker_attendance")),
        sa.UniqueConstraint("meeting_id", "person_id", name=op.f("uq_tracker_attendance_meeting_id_person_id")),
    )
    with op.batch_alter_table("tracker_attendance", schema=None) as batch_op:
        batch_op.create_index("ix_tracker_attendance_person", ["person_id", "meeting_id"], unique=False)

    op.create_table(
        "activity_part",
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("agency", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("agency <> ''", name=op.f("ck_activity_part_has_agency")),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_activity_part_activity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_part")),
        sa.UniqueConstraint("activity_id", "agency", name=op.f("uq_activity_part_activity_id_agency")),
    )
    op.create_table(
        "import_batch",
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sheet", sa.String(length=100), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("made_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("undone_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("(plan_id IS NULL) <> (activity_id IS NULL)", name=op.f("ck_import_batch_into_one")),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by_id IS NULL)", name=op.f("ck_import_batch_undone_paired")),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_import_batch_activity_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_import_batch_made_by_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_import_batch_plan_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name=op.f("fk_import_batch_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_batch_public_id")),
    )
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_batch_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_batch_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_batch_sha256"), ["sha256"], unique=False)

    op.create_table(
        "import_draft",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("plan_name", sa.String(length=200), nullable=False),
        sa.Column(
            "plan_kind",
            sa.Enum(
                "service_development",
                "workforce",
                "other",
                name="import_draft_plan_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("book", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("made_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("plan_id IS NULL OR activity_id IS NULL", name=op.f("ck_import_draft_into_one")),
        sa.CheckConstraint(
            "plan_id IS NOT NULL OR activity_id IS NOT NULL OR plan_name <> ''", name=op.f("ck_import_draft_has_target")
        ),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_import_draft_activity_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_draft_person_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_import_draft_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_draft_public_id")),
    )
    with op.batch_alter_table("import_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_draft_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_draft_made_at"), ["made_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_draft_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_import_draft_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "plan_section",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by_id IS NULL)", name=op.f("ck_plan_section_removed_paired")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_plan_section_batch_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_section_plan_id")),
        sa.ForeignKeyConstraint(["removed_by_id"], ["person.id"], name=op.f("fk_plan_section_removed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_section")),
        sa.UniqueConstraint("public_id", name=op.f("uq_plan_section_public_id")),
    )
    with op.batch_alter_table("plan_section", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_section_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index("ix_plan_section_plan", ["plan_id", "place"], unique=False)

    op.create_table(
        "recommendation_tag",
        sa.Column("recommendation_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendation.id"], name=op.f("fk_recommendation_tag_recommendation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_tag")),
        sa.UniqueConstraint("tag", "recommendation_id", name=op.f("uq_recommendation_tag_tag_recommendation_id")),
    )
    with op.batch_alter_table("recommendation_tag", schema=None) as batch_op:
        batch_op.create_index("ix_recommendation_tag_recommendation_id", ["recommendation_id"], unique=False)

    op.create_table(
        "stored_file",
        sa.Column("recommendation_id", sa.Integer(), nullable=True),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("removed_at IS NULL OR removed_reason <> ''", name=op.f("ck_stored_file_removed_says_why")),
        sa.CheckConstraint(
            "(recommendation_id IS NULL) <> (activity_id IS NULL)", name=op.f("ck_stored_file_belongs_to_one")
        ),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (content IS NOT NULL)", name=op.f("ck_stored_file_removed_has_no_content")
        ),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by_id IS NULL)", name=op.f("ck_stored_file_removed_paired")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_file_is_not_empty")),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_stored_file_activity_id")),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_stored_file_added_by_id")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendation.id"], name=op.f("fk_stored_file_recommendation_id")
        ),
        sa.ForeignKeyConstraint(["removed_by_id"], ["person.id"], name=op.f("fk_stored_file_removed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_stored_file_public_id")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stored_file_recommendation_id"), ["recommendation_id"], unique=False)

    op.create_table(
        "supervision_talk",
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("recommendation_id", sa.Integer(), nullable=True),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("recorded_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendation.id"], name=op.f("fk_supervision_talk_recommendation_id")
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_supervision_talk_recorded_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_supervision_talk_review_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["person.id"], name=op.f("fk_supervision_talk_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_talk")),
    )
    with op.batch_alter_table("supervision_talk", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supervision_talk_recommendation_id"), ["recommendation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_supervision_talk_review_id"), ["review_id"], unique=False)
        batch_op.create_index("ix_supervision_talk_worker", ["worker_id", "held_on"], unique=False)

    op.create_table(
        "tracker_item",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("recommendation_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("impact", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column(
            "forecast",
            sa.Enum(
                "on_track",
                "at_risk",
                "will_miss",
                name="tracker_item_forecast",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("new_due_on", sa.Date(), nullable=True),
        sa.Column("new_due_reason", sa.Text(), nullable=False),
        sa.Column("discussed_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("discussed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(discussed_at IS NULL) = (discussed_by_id IS NULL)", name=op.f("ck_tracker_item_discussed_paired")
        ),
        sa.ForeignKeyConstraint(["discussed_by_id"], ["person.id"], name=op.f("fk_tracker_item_discussed_by_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["tracker_meeting.id"], name=op.f("fk_tracker_item_meeting_id")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendation.id"], name=op.f("fk_tracker_item_recommendation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracker_item")),
        sa.UniqueConstraint(
            "meeting_id", "recommendation_id", name=op.f("uq_tracker_item_meeting_id_recommendation_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_tracker_item_public_id")),
    )
    with op.batch_alter_table("tracker_item", schema=None) as batch_op:
        batch_op.create_index("ix_tracker_item_place", ["meeting_id", "place"], unique=False)
        batch_op.create_index(batch_op.f("ix_tracker_item_recommendation_id"), ["recommendation_id"], unique=False)

    op.create_table(
        "plan_line",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by_when", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("how_known", sa.Text(), nullable=False),
        sa.Column("experience", sa.Text(), nullable=False),
        sa.Column(
            "rag",
            sa.Enum(
                "red",
                "amber",
                "green",
                "blue",
                name="plan_line_rag",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("doubts", sa.JSON(), nullable=False),
        sa.Column("recommendation_id", sa.Integer(), nullable=True),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("made_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("(removed_at IS NULL) = (removed_by_id IS NULL)", name=op.f("ck_plan_line_removed_paired")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_plan_line_batch_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_plan_line_made_by_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_line_plan_id")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendation.id"], name=op.f("fk_plan_line_recommendation_id")
        ),
        sa.ForeignKeyConstraint(["removed_by_id"], ["person.id"], name=op.f("fk_plan_line_removed_by_id")),
        sa.ForeignKeyConstraint(["section_id"], ["plan_section.id"], name=op.f("fk_plan_line_section_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_line")),
        sa.UniqueConstraint("plan_id", "recommendation_id", name=op.f("uq_plan_line_plan_id_recommendation_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_plan_line_public_id")),
    )
    with op.batch_alter_table("plan_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_line_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index("ix_plan_line_fingerprint", ["plan_id", "fingerprint"], unique=False)
        batch_op.create_index("ix_plan_line_plan", ["plan_id", "place"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_line_recommendation_id"), ["recommendation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plan_line_section_id"), ["section_id"], unique=False)

    op.create_table(
        "plan_line_entry",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["plan_line.id"], name=op.f("fk_plan_line_entry_line_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_plan_line_entry_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_line_entry")),
    )
    with op.batch_alter_table("plan_line_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_line_entry_line_id"), ["line_id"], unique=False)
    _kinds()
    _tags_out()
    _columns_of_recommendation()
    _views_without_review()
    with op.batch_alter_table("panel_meeting", schema=None) as batch_op:
        batch_op.create_index("ix_panel_meeting_ended", ["cancelled_at", "ended_at"], unique=False)


def _views_without_review() -> None:
    """A view of a child's record may be of a recommendation that no review stands behind."""
    with op.batch_alter_table("view_event", schema=None) as batch_op:
        batch_op.alter_column("review_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("recommendation_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_view_event_recommendation_id"), "recommendation", ["recommendation_id"], ["id"]
        )
        batch_op.create_check_constraint(
            op.f("ck_view_event_of_one"), "(review_id IS NULL) <> (recommendation_id IS NULL)"
        )
        batch_op.create_index(
            "ix_view_event_recommendation",
            ["recommendation_id", "id"],
            unique=False,
            sqlite_where=sa.text("recommendation_id IS NOT NULL"),
            postgresql_where=sa.text("recommendation_id IS NOT NULL"),
        )


def _views_of_reviews_alone() -> None:
    """What belongs to no review cannot be kept under a table that asks for one, as the activities cannot."""
    triggers.drop_all(op.get_bind())
    op.execute("DELETE FROM view_event WHERE review_id IS NULL")
    with op.batch_alter_table("view_event", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_view_event_recommendation",
            sqlite_where=sa.text("recommendation_id IS NOT NULL"),
            postgresql_where=sa.text("recommendation_id IS NOT NULL"),
        )
        batch_op.drop_constraint(op.f("ck_view_event_of_one"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_view_event_recommendation_id"), type_="foreignkey")
        batch_op.drop_column("recommendation_id")
        batch_op.alter_column("review_id", existing_type=sa.Integer(), nullable=False)


def _columns_of_recommendation() -> None:
    with op.batch_alter_table("recommendation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("activity_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("child_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("director_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("partner_agency", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("partner_contact", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("partner_route", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("partner_sent_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("partner_reply", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("partner_replied_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("impact_asked_at", app.models.base.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("joined_into_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("joined_from", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("family_words", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("family_told_on", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_recommendation_activity_id"), ["activity_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recommendation_child_id"), ["child_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recommendation_joined_into_id"), ["joined_into_id"], unique=False)
        batch_op.create_index(
            "ix_recommendation_open",
            [
                "due_on",
                "id",
                "state",
                "review_id",
                "owner_id",
                "activity_id",
                "level",
                "forecast",
                "impact_due_on",
                "raised_at",
            ],
            unique=False,
            sqlite_where=OPEN_ONLY,
            postgresql_where=OPEN_ONLY,
        )
        batch_op.drop_index("ix_recommendation_owner_state")
        batch_op.create_index("ix_recommendation_owner_state", ["owner_id", "state", "review_id"], unique=False)
        batch_op.create_index("ix_recommendation_outcome_closed", ["outcome", "closed_at", "review_id"], unique=False)
        if op.get_bind().dialect.name == "postgresql":
            batch_op.create_index("ix_recommendation_reference_by_letter", [sa.text('reference COLLATE "C"')])
        batch_op.create_index("ix_recommendation_director_id", ["director_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recommendation_raised_at"), ["raised_at"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_recommendation_director_id"), "person", ["director_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_recommendation_child_id"), "child", ["child_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_recommendation_activity_id"), "activity", ["activity_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_recommendation_joined_into_id"), "recommendation", ["joined_into_id"], ["id"]
        )
        for name, text in CHECKS:
            batch_op.create_check_constraint(op.f(f"ck_recommendation_{name}"), text)
        batch_op.drop_column("tags")
    with op.batch_alter_table("recommendation", schema=None) as batch_op:
        for name in EMPTY_FIRST:
            batch_op.alter_column(name, server_default=None)


def _kinds() -> None:
    table = sa.table("activity_kind", sa.column("key"), sa.column("name"), sa.column("several", sa.Boolean()))
    op.bulk_insert(table, [dict(zip(("key", "name", "several"), kind, strict=True)) for kind in KINDS])


def _tags_out() -> None:
    """From a list in the recommendation's own row to a row each."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, tags FROM recommendation ORDER BY id")).all()
    made = [
        {"recommendation_id": row_id, "tag": tag}
        for row_id, tags in rows
        for tag in dict.fromkeys(json.loads(tags) if isinstance(tags, str) else tags or ())
    ]
    if made:
        op.bulk_insert(sa.table("recommendation_tag", sa.column("recommendation_id"), sa.column("tag")), made)


def _tags_back() -> None:
    connection = op.get_bind()
    held: dict[int, list[str]] = {}
    for row_id, tag in connection.execute(sa.text("SELECT recommendation_id, tag FROM recommendation_tag ORDER BY id")):
        held.setdefault(row_id, []).append(tag)
    for row_id, tags in held.items():
        connection.execute(
            sa.text("UPDATE recommendation SET tags = :tags WHERE id = :id"), {"tags": json.dumps(tags), "id": row_id}
        )
    with op.batch_alter_table("recommendation", schema=None) as batch_op:
        batch_op.alter_column("tags", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("panel_meeting", schema=None) as batch_op:
        batch_op.drop_index("ix_panel_meeting_ended")
    _views_of_reviews_alone()
    with op.batch_alter_table("recommendation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"))
        for name, _text in CHECKS:
            batch_op.drop_constraint(op.f(f"ck_recommendation_{name}"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_recommendation_joined_into_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_recommendation_activity_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_recommendation_child_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_recommendation_director_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_recommendation_raised_at"))
        if op.get_bind().dialect.name == "postgresql":
            batch_op.drop_index("ix_recommendation_reference_by_letter")
        batch_op.drop_index("ix_recommendation_director_id")
        batch_op.drop_index("ix_recommendation_outcome_closed")
        batch_op.drop_index("ix_recommendation_owner_state")
        batch_op.create_index("ix_recommendation_owner_state", ["owner_id", "state"], unique=False)
        batch_op.drop_index("ix_recommendation_open", sqlite_where=OPEN_ONLY, postgresql_where=OPEN_ONLY)
        batch_op.drop_index(batch_op.f("ix_recommendation_joined_into_id"))
        batch_op.drop_index(batch_op.f("ix_recommendation_child_id"))
        batch_op.drop_index(batch_op.f("ix_recommendation_activity_id"))
        batch_op.drop_column("family_told_on")
        batch_op.drop_column("family_words")
        batch_op.drop_column("joined_from")
        batch_op.drop_column("joined_into_id")
        batch_op.drop_column("impact_asked_at")
        batch_op.drop_column("partner_replied_on")
        batch_op.drop_column("partner_reply")
        batch_op.drop_column("partner_sent_on")
        batch_op.drop_column("partner_route")
        batch_op.drop_column("partner_contact")
        batch_op.drop_column("partner_agency")
        batch_op.drop_column("director_id")
        batch_op.drop_column("child_id")
        batch_op.drop_column("activity_id")

    _tags_back()
    with op.batch_alter_table("plan_line_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_line_entry_line_id"))

    op.drop_table("plan_line_entry")
    with op.batch_alter_table("plan_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_line_section_id"))
        batch_op.drop_index(batch_op.f("ix_plan_line_recommendation_id"))
        batch_op.drop_index("ix_plan_line_plan")
        batch_op.drop_index("ix_plan_line_fingerprint")
        batch_op.drop_index(batch_op.f("ix_plan_line_batch_id"))

    op.drop_table("plan_line")
    with op.batch_alter_table("tracker_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tracker_item_recommendation_id"))
        batch_op.drop_index("ix_tracker_item_place")

    op.drop_table("tracker_item")
    with op.batch_alter_table("supervision_talk", schema=None) as batch_op:
        batch_op.drop_index("ix_supervision_talk_worker")
        batch_op.drop_index(batch_op.f("ix_supervision_talk_review_id"))
        batch_op.drop_index(batch_op.f("ix_supervision_talk_recommendation_id"))

    op.drop_table("supervision_talk")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_recommendation_id"))
        batch_op.drop_index(batch_op.f("ix_stored_file_activity_id"))

    op.drop_table("stored_file")
    with op.batch_alter_table("recommendation_tag", schema=None) as batch_op:
        batch_op.drop_index("ix_recommendation_tag_recommendation_id")

    op.drop_table("recommendation_tag")
    with op.batch_alter_table("plan_section", schema=None) as batch_op:
        batch_op.drop_index("ix_plan_section_plan")
        batch_op.drop_index(batch_op.f("ix_plan_section_batch_id"))

    op.drop_table("plan_section")
    with op.batch_alter_table("import_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_draft_plan_id"))
        batch_op.drop_index(batch_op.f("ix_import_draft_person_id"))
        batch_op.drop_index(batch_op.f("ix_import_draft_made_at"))
        batch_op.drop_index(batch_op.f("ix_import_draft_activity_id"))

    op.drop_table("import_draft")
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_batch_sha256"))
        batch_op.drop_index(batch_op.f("ix_import_batch_plan_id"))
        batch_op.drop_index(batch_op.f("ix_import_batch_activity_id"))

    op.drop_table("import_batch")
    op.drop_table("activity_part")
    with op.batch_alter_table("tracker_attendance", schema=None) as batch_op:
        batch_op.drop_index("ix_tracker_attendance_person")

    op.drop_table("tracker_attendance")
    with op.batch_alter_table("plan_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plan_review_plan_id"))

    op.drop_table("plan_review")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_kind_id"))
        batch_op.drop_index(batch_op.f("ix_activity_held_on"))

    op.drop_table("activity")
    with op.batch_alter_table("tracker_meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tracker_meeting_held_on"))

    op.drop_table("tracker_meeting")
    op.drop_table("saved_view")
    op.drop_table("plan")
    with op.batch_alter_table("feed_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feed_token_person_id"))

    op.drop_table("feed_token")
    op.drop_table("activity_kind")
