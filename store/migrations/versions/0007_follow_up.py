"""Follow-up: an audit that refuses to be changed, and beside it what may be erased."""

import sqlalchemy as sa
from alembic import op

from store.types import BigId, Utc

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_REFUSED = "the audit is never changed: see docs/follow-up.md"
#: Rows below the floor were kept for as long as the law asks and may go; nothing else ever may.
_ABOVE_FLOOR = "OLD.seq > COALESCE((SELECT MAX(seq) FROM audit_floor), 0)"


def upgrade() -> None:
    op.create_table(
        "audit_text",
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_text")),
    )
    op.create_table(
        "audit_person",
        sa.Column("resident_id", sa.String(length=64), nullable=False),
        sa.Column("word", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_audit_person_resident_id")),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_audit_person")),
        sa.UniqueConstraint("word", name=op.f("uq_audit_person_word")),
    )
    op.create_table(
        "audit_floor",
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_floor")),
    )
    op.create_table(
        "account_resident",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("resident_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_resident_account_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_account_resident_resident_id")),
        sa.PrimaryKeyConstraint("account_id", "resident_id", name=op.f("pk_account_resident")),
    )
    op.create_index(
        "ix_audit_opened",
        "audit",
        ["at"],
        sqlite_where=sa.text("action = 'opened'"),
        postgresql_where=sa.text("action = 'opened'"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_stays ON audit")
        op.execute("DROP TRIGGER audit_stays_whole ON audit")
        op.execute("DROP FUNCTION audit_stays()")
    else:
        op.execute("DROP TRIGGER audit_not_changed")
        op.execute("DROP TRIGGER audit_not_deleted")
    op.drop_index("ix_audit_opened", table_name="audit")
    op.drop_table("account_resident")
    op.drop_table("audit_floor")
    op.drop_table("audit_person")
    op.drop_table("audit_text")


def _guard_sqlite() -> None:
    op.execute(f"CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END")
    op.execute(
        f"CREATE TRIGGER audit_not_deleted BEFORE DELETE ON audit WHEN {_ABOVE_FLOOR} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF NOT ({_ABOVE_FLOOR}) THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays()"
    )
    op.execute(
        "CREATE TRIGGER audit_stays_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()"
    )
