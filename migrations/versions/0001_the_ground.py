"""the ground"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.models.base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("name", name=op.f("uq_agency_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_agency_public_id")),
    )
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.String(length=20), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        sa.UniqueConstraint("chain", name=op.f("uq_audit_head_chain")),
    )
    op.create_table(
        "child",
        sa.Column("case_system_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("initials", sa.String(length=10), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("born_on IS NOT NULL OR expected_on IS NOT NULL", name=op.f("ck_child_has_a_date")),
        sa.CheckConstraint("born_on IS NULL OR expected_on IS NULL", name=op.f("ck_child_born_or_expected")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_child")),
        sa.UniqueConstraint("case_system_id", name=op.f("uq_child_case_system_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_child_public_id")),
    )
    op.create_table(
        "closing_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_day")),
        sa.UniqueConstraint("day", name=op.f("uq_closing_day_day")),
    )
    op.create_table(
        "counter",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter")),
        sa.UniqueConstraint("key", name=op.f("uq_counter_key")),
    )
    op.create_table(
        "form_template",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_template")),
        sa.UniqueConstraint("key", name=op.f("uq_form_template_key")),
    )
    op.create_table(
        "role",
        sa.Column(
            "name",
            sa.Enum(
                "reviewer",
                "worker",
                "line_manager",
                "head_of_qa",
                "deputy_qa",
                "panel_member",
                "panel_chair",
                "deputy_chair",
                "director",
                "assistant_director",
                "operational_manager",
                "administrator",
                "agency_manager",
                "oversight",
                name="role_name",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("who_digest", sa.String(length=64), nullable=False),
        sa.Column("where_digest", sa.String(length=64), nullable=False),
        sa.Column("at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_attempt_where_at", ["where_digest", "at"], unique=False)
        batch_op.create_index("ix_sign_in_attempt_who_at", ["who_digest", "at"], unique=False)

    op.create_table(
        "team",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_team_public_id")),
    )
    op.create_table(
        "view_seal",
        sa.Column("at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("last_id >= first_id", name=op.f("ck_view_seal_ordered")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_seal")),
        sa.UniqueConstraint("first_id", name=op.f("uq_view_seal_first_id")),
        sa.UniqueConstraint("hash", name=op.f("uq_view_seal_hash")),
        sa.UniqueConstraint("last_id", name=op.f("uq_view_seal_last_id")),
        sa.UniqueConstraint("prev", name=op.f("uq_view_seal_prev")),
    )
    op.create_table(
        "person",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("password_is_temporary", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(name="active_bool"), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("agency_id", sa.Integer(), nullable=True),
        sa.Column("line_manager_id", sa.Integer(), nullable=True),
        sa.Column("created_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint("agency_id IS NULL OR ends_on IS NOT NULL", name=op.f("ck_person_external_has_end")),
        sa.CheckConstraint("id <> line_manager_id", name=op.f("ck_person_not_own_manager")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_person_agency_id")),
        sa.ForeignKeyConstraint(["line_manager_id"], ["person.id"], name=op.f("fk_person_line_manager_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_person_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_person_fs_uniquifier")),
        sa.UniqueConstraint("public_id", name=op.f("uq_person_public_id")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_line_manager_id"), ["line_manager_id"], unique=False)

    op.create_table(
        "audit_event",
        sa.Column("at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_audit_event_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_event_hash")),
        sa.UniqueConstraint("prev", name=op.f("uq_audit_event_prev")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index("ix_audit_event_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "delegation",
        sa.Column("head_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "away",
                "delegated",
                name="delegation_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("head_id <> deputy_id", name=op.f("ck_delegation_two_people")),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_delegation_ordered")),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_delegation_deputy_id")),
        sa.ForeignKeyConstraint(["head_id"], ["person.id"], name=op.f("fk_delegation_head_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_table(
        "form_template_version",
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "retired",
                name="form_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("descriptor", sa.JSON(), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("retired_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(state = 'retired') = (retired_at IS NOT NULL)",
            name=op.f("ck_form_template_version_retired_has_time"),
        ),
        sa.CheckConstraint(
            "state = 'draft' OR published_at IS NOT NULL",
            name=op.f("ck_form_template_version_published_has_time"),
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (published_by_id IS NULL)",
            name=op.f("ck_form_template_version_published_paired"),
        ),
        sa.CheckConstraint(
            "(retired_at IS NULL) = (retired_by_id IS NULL)",
            name=op.f("ck_form_template_version_retired_paired"),
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["person.id"], name=op.f("fk_form_template_version_published_by_id")
        ),
        sa.ForeignKeyConstraint(["retired_by_id"], ["person.id"], name=op.f("fk_form_template_version_retired_by_id")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["form_template.id"], name=op.f("fk_form_template_version_template_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_template_version")),
        sa.UniqueConstraint("public_id", name=op.f("uq_form_template_version_public_id")),
        sa.UniqueConstraint("template_id", "number", name=op.f("uq_form_template_version_template_id_number")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("made_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("dropped_why", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["recipient_id"], ["person.id"], name=op.f("fk_outbox_message_recipient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_unsent", ["sent_at", "id"], unique=False)

    op.create_table(
        "person_role",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_role_person_id")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_person_role_role_id")),
        sa.PrimaryKeyConstraint("person_id", "role_id", name=op.f("pk_person_role")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("set_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_setting_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting")),
        sa.UniqueConstraint("key", name=op.f("uq_setting_key")),
    )
    op.create_table(
        "sign_in_session",
        sa.Column("sid_digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("started_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.Column("ended_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(length=40), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("sid_digest", name=op.f("uq_sign_in_session_sid_digest")),
    )
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_session_person_id"), ["person_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "drafting",
                "discussion",
                "hos_moderation",
                "panel_moderation",
                "tracking",
                "closed",
                "withdrawn",
                name="review_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("child_id", sa.Integer(), nullable=False),
        sa.Column("form_version_id", sa.Integer(), nullable=False),
        sa.Column("planned_month", sa.Date(), nullable=False),
        sa.Column("theme", sa.String(length=200), nullable=False),
        sa.Column("sibling_set", sa.String(length=36), nullable=True),
        sa.Column(
            "child_status",
            sa.Enum(
                "early_help",
                "assessment",
                "child_in_need",
                "child_protection",
                "child_in_care",
                "care_leaver",
                name="child_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("case_open", sa.Boolean(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column(
            "reviewer_kind",
            sa.Enum(
                "external",
                "internal",
                name="reviewer_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("worker_id", sa.Integer(), nullable=False),
        sa.Column("line_manager_id", sa.Integer(), nullable=False),
        sa.Column("independent_chair_id", sa.Integer(), nullable=True),
        sa.Column("allocated_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("planned_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("planned_by_id", sa.Integer(), nullable=False),
        sa.Column("started_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("look_back_from", sa.Date(), nullable=True),
        sa.Column("responses_due_on", sa.Date(), nullable=True),
        sa.Column("submitted_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("moderation_due_on", sa.Date(), nullable=True),
        sa.Column(
            "panel_draw",
            sa.Enum(
                "all",
                "inadequate",
                "sampled",
                "not_sampled",
                "no_panel",
                name="panel_draw",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("drawn_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("drawn_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "decided_how",
            sa.Enum(
                "without_panel",
                "panel",
                name="decided_how",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("decided_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("issue_due_on", sa.Date(), nullable=True),
        sa.Column("issued_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("tracker_meeting_on", sa.Date(), nullable=True),
        sa.Column("told_by", sa.String(length=200), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("uploaded_on", sa.Date(), nullable=True),
        sa.Column("uploaded_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("supervision_on", sa.Date(), nullable=True),
        sa.Column("supervised_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("supervised_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f("ck_review_withdrawn_has_time")
        ),
        sa.CheckConstraint(
            "state <> 'closed' OR (issued_at IS NOT NULL AND uploaded_on IS NOT NULL AND supervision_on IS NOT NULL AND closed_at IS NOT NULL)",
            name=op.f("ck_review_closed_has_all"),
        ),
        sa.CheckConstraint("state <> 'withdrawn' OR issued_at IS NULL", name=op.f("ck_review_issued_stays")),
        sa.CheckConstraint(
            "state IN ('planned', 'withdrawn') OR (started_at IS NOT NULL AND reviewed_on IS NOT NULL AND look_back_from IS NOT NULL)",
            name=op.f("ck_review_started_has_facts"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('hos_moderation', 'panel_moderation', 'tracking', 'closed') OR (submitted_at IS NOT NULL AND drawn_at IS NOT NULL)",
            name=op.f("ck_review_submitted_has_draw"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('tracking', 'closed') OR decided_at IS NOT NULL",
            name=op.f("ck_review_tracked_is_decided"),
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name=op.f("ck_review_closed_paired")),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name=op.f("ck_review_decided_paired")),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_how IS NULL)", name=op.f("ck_review_decided_how_kept")),
        sa.CheckConstraint("(drawn_at IS NULL) = (drawn_by_id IS NULL)", name=op.f("ck_review_drawn_paired")),
        sa.CheckConstraint("(drawn_at IS NULL) = (panel_draw IS NULL)", name=op.f("ck_review_draw_is_kept")),
        sa.CheckConstraint("(issued_at IS NULL) = (issued_by_id IS NULL)", name=op.f("ck_review_issued_paired")),
        sa.CheckConstraint("(issued_at IS NULL) = (sent_on IS NULL)", name=op.f("ck_review_issued_has_date")),
        sa.CheckConstraint(
            "(issued_at IS NULL) = (tracker_meeting_on IS NULL)", name=op.f("ck_review_issued_has_meeting")
        ),
        sa.CheckConstraint("(planned_at IS NULL) = (planned_by_id IS NULL)", name=op.f("ck_review_planned_paired")),
        sa.CheckConstraint("(started_at IS NULL) = (started_by_id IS NULL)", name=op.f("ck_review_started_paired")),
        sa.CheckConstraint(
            "(submitted_at IS NULL) = (submitted_by_id IS NULL)", name=op.f("ck_review_submitted_paired")
        ),
        sa.CheckConstraint(
            "(supervised_at IS NULL) = (supervised_by_id IS NULL)", name=op.f("ck_review_supervised_paired")
        ),
        sa.CheckConstraint(
            "(supervised_at IS NULL) = (supervision_on IS NULL)", name=op.f("ck_review_supervision_has_date")
        ),
        sa.CheckConstraint("(told_on IS NULL) = (told_by IS NULL)", name=op.f("ck_review_told_paired")),
        sa.CheckConstraint("(uploaded_at IS NULL) = (uploaded_by_id IS NULL)", name=op.f("ck_review_uploaded_paired")),
        sa.CheckConstraint("(uploaded_at IS NULL) = (uploaded_on IS NULL)", name=op.f("ck_review_upload_has_date")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name=op.f("ck_review_withdrawn_paired")
        ),
        sa.CheckConstraint("issued_at IS NULL OR decided_at IS NOT NULL", name=op.f("ck_review_issued_is_decided")),
        sa.CheckConstraint("reviewer_id <> worker_id", name=op.f("ck_review_reviewer_is_not_worker")),
        sa.CheckConstraint("uploaded_at IS NULL OR issued_at IS NOT NULL", name=op.f("ck_review_uploaded_is_issued")),
        sa.CheckConstraint("worker_id <> line_manager_id", name=op.f("ck_review_worker_is_not_manager")),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name=op.f("fk_review_child_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_review_closed_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_review_decided_by_id")),
        sa.ForeignKeyConstraint(["drawn_by_id"], ["person.id"], name=op.f("fk_review_drawn_by_id")),
        sa.ForeignKeyConstraint(
            ["form_version_id"], ["form_template_version.id"], name=op.f("fk_review_form_version_id")
        ),
        sa.ForeignKeyConstraint(["independent_chair_id"], ["person.id"], name=op.f("fk_review_independent_chair_id")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["person.id"], name=op.f("fk_review_issued_by_id")),
        sa.ForeignKeyConstraint(["line_manager_id"], ["person.id"], name=op.f("fk_review_line_manager_id")),
        sa.ForeignKeyConstraint(["planned_by_id"], ["person.id"], name=op.f("fk_review_planned_by_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["person.id"], name=op.f("fk_review_reviewer_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name=op.f("fk_review_started_by_id")),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["person.id"], name=op.f("fk_review_submitted_by_id")),
        sa.ForeignKeyConstraint(["supervised_by_id"], ["person.id"], name=op.f("fk_review_supervised_by_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["person.id"], name=op.f("fk_review_uploaded_by_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["person.id"], name=op.f("fk_review_withdrawn_by_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["person.id"], name=op.f("fk_review_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("public_id", name=op.f("uq_review_public_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_review_reference")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_sibling_set"), ["sibling_set"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_child_id"), ["child_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_line_manager_id"), ["line_manager_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_reviewer_id"), ["reviewer_id"], unique=False)
        batch_op.create_index("ix_review_state_id", ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_review_worker_id"), ["worker_id"], unique=False)

    op.create_table(
        "addendum",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_addendum_added_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_addendum_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addendum")),
    )
    with op.batch_alter_table("addendum", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addendum_review_id"), ["review_id"], unique=False)

    op.create_table(
        "conflict_declaration",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "step",
            sa.Enum("facts", "name", name="declaration_step", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("conflicted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("NOT conflicted OR reason <> ''", name=op.f("ck_conflict_declaration_conflict_has_reason")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conflict_declaration_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_conflict_declaration_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_declaration")),
    )
    with op.batch_alter_table("conflict_declaration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conflict_declaration_review_id"), ["review_id"], unique=False)

    op.create_table(
        "contact_attempt",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column(
            "as_who",
            sa.Enum(
                "worker",
                "line_manager",
                name="attempt_as_who",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("how", sa.String(length=200), nullable=False),
        sa.Column("tried_on", sa.Date(), nullable=False),
        sa.Column("logged_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("logged_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["logged_by_id"], ["person.id"], name=op.f("fk_contact_attempt_logged_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_contact_attempt_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempt")),
    )
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_attempt_review_id"), ["review_id"], unique=False)

    op.create_table(
        "look_back_worker",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_look_back_worker_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_look_back_worker_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_back_worker")),
        sa.UniqueConstraint("review_id", "person_id", name=op.f("uq_look_back_worker_review_id_person_id")),
    )
    with op.batch_alter_table("look_back_worker", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_look_back_worker_review_id"), ["review_id"], unique=False)

    op.create_table(
        "recommendation",
        sa.Column("reference", sa.String(length=30), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "agreed",
                "in_progress",
                "action_complete",
                "closed",
                "in_plan",
                "set_aside",
                "dropped",
                name="recommendation_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("row_key", sa.String(length=60), nullable=True),
        sa.Column(
            "level",
            sa.Enum(
                "child",
                "service",
                name="recommendation_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("finding", sa.String(length=60), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("verifier_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("first_due_on", sa.Date(), nullable=True),
        sa.Column(
            "forecast",
            sa.Enum(
                "on_track",
                "at_risk",
                "will_miss",
                name="recommendation_forecast",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("raised_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("accept_due_on", sa.Date(), nullable=True),
        sa.Column("accepted_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.Column("disputed_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("disputed_by_id", sa.Integer(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("completed_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("completed_by_id", sa.Integer(), nullable=True),
        sa.Column("impact_due_on", sa.Date(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "impact_verified",
                "cannot_be_known",
                name="recommendation_outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("impact", sa.Text(), nullable=False),
        sa.Column("plan", sa.String(length=200), nullable=False),
        sa.Column("closed_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_recommendation_closed_has_time")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_recommendation_closed_has_outcome")
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'impact_verified' OR impact <> ''",
            name=op.f("ck_recommendation_verified_says_what"),
        ),
        sa.CheckConstraint(
            "state <> 'action_complete' OR completed_at IS NOT NULL",
            name=op.f("ck_recommendation_complete_has_time"),
        ),
        sa.CheckConstraint("state <> 'in_plan' OR plan <> ''", name=op.f("ck_recommendation_plan_is_named")),
        sa.CheckConstraint(
            "state NOT IN ('in_progress', 'action_complete') OR (owner_id IS NOT NULL AND verifier_id IS NOT NULL)",
            name=op.f("ck_recommendation_work_has_people"),
        ),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (accepted_by_id IS NULL)", name=op.f("ck_recommendation_accepted_paired")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by_id IS NULL)", name=op.f("ck_recommendation_closed_paired")
        ),
        sa.CheckConstraint(
            "(completed_at IS NULL) = (completed_by_id IS NULL)",
            name=op.f("ck_recommendation_completed_paired"),
        ),
        sa.CheckConstraint(
            "(disputed_at IS NULL) = (disputed_by_id IS NULL)", name=op.f("ck_recommendation_disputed_paired")
        ),
        sa.CheckConstraint(
            "owner_id IS NULL OR owner_id <> verifier_id", name=op.f("ck_recommendation_verifier_is_another")
        ),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["person.id"], name=op.f("fk_recommendation_accepted_by_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_recommendation_closed_by_id")),
        sa.ForeignKeyConstraint(["completed_by_id"], ["person.id"], name=op.f("fk_recommendation_completed_by_id")),
        sa.ForeignKeyConstraint(["disputed_by_id"], ["person.id"], name=op.f("fk_recommendation_disputed_by_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_recommendation_owner_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_recommendation_review_id")),
        sa.ForeignKeyConstraint(["verifier_id"], ["person.id"], name=op.f("fk_recommendation_verifier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_recommendation_public_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_recommendation_reference")),
        sa.UniqueConstraint("review_id", "row_key", name=op.f("uq_recommendation_review_id_row_key")),
    )
    with op.batch_alter_table("recommendation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recommendation_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recommendation_review_id"), ["review_id"], unique=False)
        batch_op.create_index("ix_recommendation_state_due", ["state", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_recommendation_verifier_id"), ["verifier_id"], unique=False)

    op.create_table(
        "response_draft",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_response_draft_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_response_draft_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_draft")),
        sa.UniqueConstraint("review_id", "person_id", name=op.f("uq_response_draft_review_id_person_id")),
    )
    with op.batch_alter_table("response_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_response_draft_review_id"), ["review_id"], unique=False)

    op.create_table(
        "review_part",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=60), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_review_part_review_id")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["person.id"], name=op.f("fk_review_part_saved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_part")),
        sa.UniqueConstraint("review_id", "part", name=op.f("uq_review_part_review_id_part")),
    )
    with op.batch_alter_table("review_part", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_part_review_id"), ["review_id"], unique=False)

    op.create_table(
        "reviewer_spell",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("from_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("to_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reviewer_spell_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_reviewer_spell_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviewer_spell")),
    )
    with op.batch_alter_table("reviewer_spell", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviewer_spell_review_id"), ["review_id"], unique=False)

    op.create_table(
        "revision",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "shared",
                "amended",
                "submitted",
                "handed_over",
                "reopened",
                name="revision_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_revision_made_by_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_revision_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("review_id", "number", name=op.f("uq_revision_review_id_number")),
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revision_review_id"), ["review_id"], unique=False)

    op.create_table(
        "stage_entry",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "drafting",
                "discussion",
                "hos_moderation",
                "panel_moderation",
                "tracking",
                "closed",
                "withdrawn",
                name="entry_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("acting", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stage_entry_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_stage_entry_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_entry")),
    )
    with op.batch_alter_table("stage_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_entry_review_id"), ["review_id"], unique=False)

    op.create_table(
        "view_event",
        sa.Column("at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_view_event_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_view_event_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_event")),
    )
    with op.batch_alter_table("view_event", schema=None) as batch_op:
        batch_op.create_index("ix_view_event_review", ["review_id", "id"], unique=False)

    op.create_table(
        "decision",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "without_panel",
                "panel",
                name="decision_how",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("acting", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reopened_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reopened_reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_decision_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_decision_review_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_decision_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_review_id"), ["review_id"], unique=False)

    op.create_table(
        "first_moderation",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("acting", sa.String(length=200), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("finished_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_by_id", sa.Integer(), nullable=True),
        sa.Column("part_reasons", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(finished_at IS NULL) = (finished_by_id IS NULL)",
            name=op.f("ck_first_moderation_finished_paired"),
        ),
        sa.ForeignKeyConstraint(["finished_by_id"], ["person.id"], name=op.f("fk_first_moderation_finished_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_first_moderation_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_first_moderation_review_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_first_moderation_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_moderation")),
        sa.UniqueConstraint("revision_id", name=op.f("uq_first_moderation_revision_id")),
    )
    with op.batch_alter_table("first_moderation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_first_moderation_review_id"), ["review_id"], unique=False)

    op.create_table(
        "grade_given",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=60), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "reviewer_draft",
                "reviewer_final",
                "first_moderation",
                "reading",
                "final",
                name="grade_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("grade BETWEEN 1 AND 4", name=op.f("ck_grade_given_on_the_scale")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_grade_given_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_grade_given_review_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_grade_given_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_given")),
        sa.UniqueConstraint(
            "revision_id",
            "part",
            "person_id",
            "stage",
            name=op.f("uq_grade_given_revision_id_part_person_id_stage"),
        ),
    )
    with op.batch_alter_table("grade_given", schema=None) as batch_op:
        batch_op.create_index("ix_grade_given_review_stage", ["review_id", "stage"], unique=False)

    op.create_table(
        "recommendation_entry",
        sa.Column("recommendation_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recommendation_entry_person_id")),
        sa.ForeignKeyConstraint(
            ["recommendation_id"],
            ["recommendation.id"],
            name=op.f("fk_recommendation_entry_recommendation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_entry")),
    )
    with op.batch_alter_table("recommendation_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recommendation_entry_recommendation_id"), ["recommendation_id"], unique=False
        )

    op.create_table(
        "response",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "as_who",
            sa.Enum(
                "worker",
                "line_manager",
                name="response_as_who",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("proud_of", sa.Text(), nullable=False),
        sa.Column("do_differently", sa.Text(), nullable=False),
        sa.Column("given_at", app.models.base.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_response_person_id")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_response_review_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_response_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("revision_id", "as_who", name=op.f("uq_response_revision_id_as_who")),
    )
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_response_review_id"), ["review_id"], unique=False)

    op.create_table(
        "response_item",
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=60), nullable=False),
        sa.Column(
            "stance",
            sa.Enum(
                "agree",
                "correction",
                "disagree",
                name="response_stance",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "reply",
            sa.Enum("corrected", "kept", name="reply_kind", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("reply_text", sa.Text(), nullable=False),
        sa.Column("replied_at", app.models.base.UtcDateTime(timezone=True), nullable=True),
        sa.Column("replied_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "reply IS NULL OR reply <> 'kept' OR reply_text <> ''",
            name=op.f("ck_response_item_kept_has_reason"),
        ),
        sa.CheckConstraint("stance = 'agree' OR text <> ''", name=op.f("ck_response_item_reasons_given")),
        sa.CheckConstraint(
            "(replied_at IS NULL) = (replied_by_id IS NULL)", name=op.f("ck_response_item_replied_paired")
        ),
        sa.CheckConstraint("(replied_at IS NULL) = (reply IS NULL)", name=op.f("ck_response_item_reply_has_kind")),
        sa.ForeignKeyConstraint(["replied_by_id"], ["person.id"], name=op.f("fk_response_item_replied_by_id")),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"], name=op.f("fk_response_item_response_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_item")),
        sa.UniqueConstraint("response_id", "part", name=op.f("uq_response_item_response_id_part")),
    )
    with op.batch_alter_table("response_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_response_item_response_id"), ["response_id"], unique=False)

    heads = sa.table("audit_head", sa.column("chain"), sa.column("hash"), sa.column("length"))
    op.bulk_insert(heads, [{"chain": chain, "hash": "0" * 64, "length": 0} for chain in ("changes", "views")])


def downgrade() -> None:
    with op.batch_alter_table("response_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_response_item_response_id"))

    op.drop_table("response_item")
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_response_review_id"))

    op.drop_table("response")
    with op.batch_alter_table("recommendation_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recommendation_entry_recommendation_id"))

    op.drop_table("recommendation_entry")
    with op.batch_alter_table("grade_given", schema=None) as batch_op:
        batch_op.drop_index("ix_grade_given_review_stage")

    op.drop_table("grade_given")
    with op.batch_alter_table("first_moderation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_first_moderation_review_id"))

    op.drop_table("first_moderation")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_review_id"))

    op.drop_table("decision")
    with op.batch_alter_table("view_event", schema=None) as batch_op:
        batch_op.drop_index("ix_view_event_review")

    op.drop_table("view_event")
    with op.batch_alter_table("stage_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_entry_review_id"))

    op.drop_table("stage_entry")
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revision_review_id"))

    op.drop_table("revision")
    with op.batch_alter_table("reviewer_spell", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviewer_spell_review_id"))

    op.drop_table("reviewer_spell")
    with op.batch_alter_table("review_part", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_part_review_id"))

    op.drop_table("review_part")
    with op.batch_alter_table("response_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_response_draft_review_id"))

    op.drop_table("response_draft")
    with op.batch_alter_table("recommendation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recommendation_verifier_id"))
        batch_op.drop_index("ix_recommendation_state_due")
        batch_op.drop_index(batch_op.f("ix_recommendation_review_id"))
        batch_op.drop_index(batch_op.f("ix_recommendation_owner_id"))

    op.drop_table("recommendation")
    with op.batch_alter_table("look_back_worker", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_look_back_worker_review_id"))

    op.drop_table("look_back_worker")
    with op.batch_alter_table("contact_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_attempt_review_id"))

    op.drop_table("contact_attempt")
    with op.batch_alter_table("conflict_declaration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conflict_declaration_review_id"))

    op.drop_table("conflict_declaration")
    with op.batch_alter_table("addendum", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_addendum_review_id"))

    op.drop_table("addendum")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_worker_id"))
        batch_op.drop_index("ix_review_state_id")
        batch_op.drop_index(batch_op.f("ix_review_reviewer_id"))
        batch_op.drop_index(batch_op.f("ix_review_line_manager_id"))
        batch_op.drop_index(batch_op.f("ix_review_child_id"))

    op.drop_table("review")
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_session_person_id"))

    op.drop_table("sign_in_session")
    op.drop_table("setting")
    op.drop_table("person_role")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_unsent")

    op.drop_table("outbox_message")
    op.drop_table("form_template_version")
    op.drop_table("delegation")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_event_subject")

    op.drop_table("audit_event")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_line_manager_id"))

    op.drop_table("person")
    op.drop_table("view_seal")
    op.drop_table("team")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_attempt_who_at")
        batch_op.drop_index("ix_sign_in_attempt_where_at")

    op.drop_table("sign_in_attempt")
    op.drop_table("role")
    op.drop_table("form_template")
    op.drop_table("counter")
    op.drop_table("closing_day")
    op.drop_table("child")
    op.drop_table("audit_head")
    op.drop_table("agency")
