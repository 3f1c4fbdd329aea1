"""The first tables."""

import sqlalchemy as sa
from alembic import op

from store.types import BigId, Json, Utc

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("resident_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("object", sa.String(length=32), nullable=False),
        sa.Column("alarm_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    op.create_index("ix_access_log_account", "access_log", ["account_id", "at"], unique=False)
    op.create_index(op.f("ix_access_log_resident_id"), "access_log", ["resident_id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("alarm_id", sa.BigInteger(), nullable=True),
        sa.Column("team_id", sa.String(length=64), nullable=True),
        sa.Column("detail", Json, nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_alarm_id"), "audit", ["alarm_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("interval_s", sa.Float(), nullable=False),
        sa.Column("added_at", Utc(), nullable=False),
        sa.Column("retired_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("family", "address", name=op.f("uq_device_family_address")),
    )
    op.create_table(
        "finding",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("alarm_class", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("home_id", sa.String(length=64), nullable=False),
        sa.Column("resident_id", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("time", Utc(), nullable=False),
        sa.Column("recorded_at", Utc(), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("restores", sa.Boolean(), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_home_id"), "finding", ["home_id"], unique=False)
    op.create_table(
        "heartbeat",
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("instance", sa.String(length=64), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.PrimaryKeyConstraint("role", "instance", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("received_at", Utc(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("disposition", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dedup_key", sa.LargeBinary(), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("dedup_key", name=op.f("uq_inbox_dedup_key")),
    )
    op.create_index(
        "ix_inbox_quarantine",
        "inbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("disposition = 'quarantined'"),
        postgresql_where=sa.text("disposition = 'quarantined'"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "login_attempt",
        sa.Column("id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    op.create_index(op.f("ix_login_attempt_login"), "login_attempt", ["login"], unique=False)
    op.create_index(op.f("ix_login_attempt_source"), "login_attempt", ["source"], unique=False)
    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "observation",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("received_at", Utc(), nullable=False),
        sa.Column("time", Utc(), nullable=False),
        sa.Column("inbox_id", sa.BigInteger(), nullable=True),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("home_id", sa.String(length=64), nullable=False),
        sa.Column("resident_id", sa.String(length=64), nullable=False),
        sa.Column("room", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("acceleration", sa.LargeBinary(), nullable=True),
        sa.Column("quality", sa.String(length=48), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
    )
    op.create_index("ix_observation_home", "observation", ["home_id", "received_at"], unique=False)
    op.create_index("ix_observation_resident", "observation", ["resident_id", "kind", "received_at"], unique=False)
    op.create_table(
        "rule_setting",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_from", Utc(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_setting")),
        sa.UniqueConstraint(
            "rule", "scope", "subject", "valid_from", name=op.f("uq_rule_setting_rule_scope_subject_valid_from")
        ),
    )
    op.create_table(
        "snapshot",
        sa.Column("id", BigId, nullable=False),
        sa.Column("worker", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", Utc(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("policy", Json, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    op.create_table(
        "unknown_device",
        sa.Column("family", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("first_seen_at", Utc(), nullable=False),
        sa.Column("last_seen_at", Utc(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("sample", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("family", "address", name=op.f("pk_unknown_device")),
    )
    op.create_table(
        "area",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team_id", sa.String(length=64), nullable=False),
        sa.Column("fallback", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_area_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
    )
    op.create_index(op.f("ix_area_team_id"), "area", ["team_id"], unique=False)
    op.create_table(
        "presence",
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("last_seen_at", Utc(), nullable=False),
        sa.Column("online", sa.Integer(), nullable=True),
        sa.Column("battery", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_presence_device_id")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "responder",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team_id", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("supervisor", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_responder_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responder")),
    )
    op.create_index(op.f("ix_responder_team_id"), "responder", ["team_id"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("responder_id", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["responder_id"], ["responder.id"], name=op.f("fk_account_responder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
    )
    op.create_table(
        "contact",
        sa.Column("id", BigId, nullable=False),
        sa.Column("responder_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["responder_id"], ["responder.id"], name=op.f("fk_contact_responder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("responder_id", "channel", "address", name=op.f("uq_contact_responder_id_channel_address")),
    )
    op.create_table(
        "home",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("area_id", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("directions", sa.Text(), nullable=False),
        sa.Column("key_note", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_home_area_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home")),
    )
    op.create_index(op.f("ix_home_area_id"), "home", ["area_id"], unique=False)
    op.create_table(
        "rotation",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("team_id", sa.String(length=64), nullable=False),
        sa.Column("area_id", sa.String(length=64), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("handovers", Json, nullable=False),
        sa.Column("turns", Json, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_rotation_area_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_rotation_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rotation")),
    )
    op.create_index(op.f("ix_rotation_team_id"), "rotation", ["team_id"], unique=False)
    op.create_table(
        "api_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("revoked_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_api_token_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_token")),
    )
    op.create_index(op.f("ix_api_token_account_id"), "api_token", ["account_id"], unique=False)
    op.create_table(
        "one_time_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("used_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_one_time_link_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_link")),
    )
    op.create_table(
        "resident",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("home_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sex", sa.String(length=8), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["home_id"], ["home.id"], name=op.f("fk_resident_home_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
    )
    op.create_index(op.f("ix_resident_home_id"), "resident", ["home_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)
    op.create_table(
        "alarm",
        sa.Column("id", BigId, nullable=False),
        sa.Column("correlation_key", sa.String(length=160), nullable=False),
        sa.Column("alarm_class", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("home_id", sa.String(length=64), nullable=True),
        sa.Column("resident_id", sa.String(length=64), nullable=True),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("area_id", sa.String(length=64), nullable=False),
        sa.Column("team_id", sa.String(length=64), nullable=False),
        sa.Column("condition", sa.String(length=16), nullable=False),
        sa.Column("handling", sa.String(length=16), nullable=False),
        sa.Column("exhausted", sa.Boolean(), nullable=False),
        sa.Column("overlay", sa.String(length=16), nullable=False),
        sa.Column("overlay_until", Utc(), nullable=True),
        sa.Column("overlay_by", sa.Text(), nullable=True),
        sa.Column("overlay_reason", sa.Text(), nullable=True),
        sa.Column("opened_at", Utc(), nullable=False),
        sa.Column("occurred_at", Utc(), nullable=False),
        sa.Column("occurrences", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=True),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("accepted_at", Utc(), nullable=True),
        sa.Column("attending_at", Utc(), nullable=True),
        sa.Column("restored_at", Utc(), nullable=True),
        sa.Column("closed_at", Utc(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("repeat_of", sa.BigInteger(), nullable=True),
        sa.Column("policy", Json, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(handling = 'closed') = (closed_at IS NOT NULL AND outcome IS NOT NULL)", name=op.f("ck_alarm_outcome")
        ),
        sa.CheckConstraint(
            "(handling IN ('accepted', 'attending')) = (owner_id IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_alarm_owned"),
        ),
        sa.CheckConstraint("condition IN ('active', 'restored', 'unknown')", name=op.f("ck_alarm_condition")),
        sa.CheckConstraint("handling IN ('open', 'accepted', 'attending', 'closed')", name=op.f("ck_alarm_handling")),
        sa.CheckConstraint("overlay IN ('none', 'shelved', 'test')", name=op.f("ck_alarm_overlay")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_alarm_area_id")),
        sa.ForeignKeyConstraint(["home_id"], ["home.id"], name=op.f("fk_alarm_home_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["responder.id"], name=op.f("fk_alarm_owner_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_alarm_resident_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_alarm_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_index(op.f("ix_alarm_home_id"), "alarm", ["home_id"], unique=False)
    op.create_index(
        "ix_alarm_not_closed",
        "alarm",
        ["alarm_class", "team_id", "opened_at"],
        unique=False,
        sqlite_where=sa.text("handling != 'closed'"),
        postgresql_where=sa.text("handling != 'closed'"),
    )
    op.create_index(op.f("ix_alarm_resident_id"), "alarm", ["resident_id"], unique=False)
    op.create_index(op.f("ix_alarm_team_id"), "alarm", ["team_id"], unique=False)
    op.create_index(
        "uq_alarm_open",
        "alarm",
        ["correlation_key"],
        unique=True,
        sqlite_where=sa.text("handling != 'closed'"),
        postgresql_where=sa.text("handling != 'closed'"),
    )
    op.create_table(
        "assignment",
        sa.Column("id", BigId, nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("home_id", sa.String(length=64), nullable=False),
        sa.Column("resident_id", sa.String(length=64), nullable=True),
        sa.Column("room", sa.String(length=64), nullable=False),
        sa.Column("from_at", Utc(), nullable=False),
        sa.Column("to_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_assignment_device_id")),
        sa.ForeignKeyConstraint(["home_id"], ["home.id"], name=op.f("fk_assignment_home_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_assignment_resident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_device_id"), "assignment", ["device_id"], unique=False)
    op.create_index(op.f("ix_assignment_home_id"), "assignment", ["home_id"], unique=False)
    op.create_index(op.f("ix_assignment_resident_id"), "assignment", ["resident_id"], unique=False)
    op.create_table(
        "occurrence",
        sa.Column("id", BigId, nullable=False),
        sa.Column("alarm_id", BigId, nullable=False),
        sa.Column("finding_key", sa.String(length=160), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("recorded_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarm.id"], name=op.f("fk_occurrence_alarm_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint("finding_key", name=op.f("uq_occurrence_finding_key")),
    )
    op.create_index(op.f("ix_occurrence_alarm_id"), "occurrence", ["alarm_id"], unique=False)
    op.create_table(
        "page",
        sa.Column("id", BigId, nullable=False),
        sa.Column("alarm_id", BigId, nullable=False),
        sa.Column("responder_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("leased_until", Utc(), nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("sent_at", Utc(), nullable=True),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarm.id"], name=op.f("fk_page_alarm_id")),
        sa.ForeignKeyConstraint(["responder_id"], ["responder.id"], name=op.f("fk_page_responder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_page_idempotency_key")),
    )
    op.create_index(op.f("ix_page_alarm_id"), "page", ["alarm_id"], unique=False)
    op.create_index(
        "ix_page_due",
        "page",
        ["channel", "due_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'leased')"),
        postgresql_where=sa.text("state IN ('pending', 'leased')"),
    )
    op.create_index(
        "ix_page_unsent",
        "page",
        ["alarm_id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "timer",
        sa.Column("alarm_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("due_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarm.id"], name=op.f("fk_timer_alarm_id")),
        sa.PrimaryKeyConstraint("alarm_id", "kind", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_due_at"), "timer", ["due_at"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", BigId, nullable=False),
        sa.Column("page_id", BigId, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("finished_at", Utc(), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["page_id"], ["page.id"], name=op.f("fk_delivery_page_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_page_id"), "delivery", ["page_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_delivery_page_id"), table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(op.f("ix_timer_due_at"), table_name="timer")
    op.drop_table("timer")
    op.drop_index(
        "ix_page_unsent",
        table_name="page",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(
        "ix_page_due",
        table_name="page",
        sqlite_where=sa.text("state IN ('pending', 'leased')"),
        postgresql_where=sa.text("state IN ('pending', 'leased')"),
    )
    op.drop_index(op.f("ix_page_alarm_id"), table_name="page")
    op.drop_table("page")
    op.drop_index(op.f("ix_occurrence_alarm_id"), table_name="occurrence")
    op.drop_table("occurrence")
    op.drop_index(op.f("ix_assignment_resident_id"), table_name="assignment")
    op.drop_index(op.f("ix_assignment_home_id"), table_name="assignment")
    op.drop_index(op.f("ix_assignment_device_id"), table_name="assignment")
    op.drop_table("assignment")
    op.drop_index(
        "uq_alarm_open",
        table_name="alarm",
        sqlite_where=sa.text("handling != 'closed'"),
        postgresql_where=sa.text("handling != 'closed'"),
    )
    op.drop_index(op.f("ix_alarm_team_id"), table_name="alarm")
    op.drop_index(op.f("ix_alarm_resident_id"), table_name="alarm")
    op.drop_index(
        "ix_alarm_not_closed",
        table_name="alarm",
        sqlite_where=sa.text("handling != 'closed'"),
        postgresql_where=sa.text("handling != 'closed'"),
    )
    op.drop_index(op.f("ix_alarm_home_id"), table_name="alarm")
    op.drop_table("alarm")
    op.drop_index(op.f("ix_session_account_id"), table_name="session")
    op.drop_table("session")
    op.drop_index(op.f("ix_resident_home_id"), table_name="resident")
    op.drop_table("resident")
    op.drop_table("one_time_link")
    op.drop_index(op.f("ix_api_token_account_id"), table_name="api_token")
    op.drop_table("api_token")
    op.drop_index(op.f("ix_rotation_team_id"), table_name="rotation")
    op.drop_table("rotation")
    op.drop_index(op.f("ix_home_area_id"), table_name="home")
    op.drop_table("home")
    op.drop_table("contact")
    op.drop_table("account")
    op.drop_index(op.f("ix_responder_team_id"), table_name="responder")
    op.drop_table("responder")
    op.drop_table("presence")
    op.drop_index(op.f("ix_area_team_id"), table_name="area")
    op.drop_table("area")
    op.drop_table("unknown_device")
    op.drop_table("team")
    op.drop_table("snapshot")
    op.drop_table("rule_setting")
    op.drop_index("ix_observation_resident", table_name="observation")
    op.drop_index("ix_observation_home", table_name="observation")
    op.drop_table("observation")
    op.drop_table("meta")
    op.drop_index(op.f("ix_login_attempt_source"), table_name="login_attempt")
    op.drop_index(op.f("ix_login_attempt_login"), table_name="login_attempt")
    op.drop_table("login_attempt")
    op.drop_table("lease")
    op.drop_index(
        "ix_inbox_quarantine",
        table_name="inbox",
        sqlite_where=sa.text("disposition = 'quarantined'"),
        postgresql_where=sa.text("disposition = 'quarantined'"),
    )
    op.drop_table("inbox")
    op.drop_table("heartbeat")
    op.drop_index(op.f("ix_finding_home_id"), table_name="finding")
    op.drop_table("finding")
    op.drop_table("device")
    op.drop_index(op.f("ix_audit_alarm_id"), table_name="audit")
    op.drop_table("audit")
    op.drop_index(op.f("ix_access_log_resident_id"), table_name="access_log")
    op.drop_index("ix_access_log_account", table_name="access_log")
    op.drop_table("access_log")
