"""Versions of settings are kept for ever, say where they came from, and are named by the findings that rest on them."""

import sqlalchemy as sa
from alembic import op

from store.types import BigId, Json

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_REFUSE = {
    "sqlite": "CREATE TRIGGER rule_setting_{verb} BEFORE {verb} ON rule_setting "
    "BEGIN SELECT RAISE(ABORT, 'a version of settings is never changed'); END",
    "postgresql": "CREATE TRIGGER rule_setting_{verb} BEFORE {verb} ON rule_setting "
    "FOR EACH ROW EXECUTE FUNCTION refuse_change_of_settings()",
}
_FUNCTION = (
    "CREATE FUNCTION refuse_change_of_settings() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'a version of settings is never changed'; END $$"
)
_VERBS = ("UPDATE", "DELETE")


def upgrade() -> None:
    """Rows that are there came from an import: nothing else wrote any."""
    op.add_column("rule_setting", sa.Column("origin", sa.String(length=16), nullable=False, server_default="import"))
    op.add_column("rule_setting", sa.Column("account_id", BigId, nullable=True))
    op.add_column("finding", sa.Column("settings_versions", Json, nullable=True))
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(_FUNCTION)
    for verb in _VERBS:
        op.execute(_REFUSE[dialect].format(verb=verb))


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for verb in _VERBS:
        op.execute(f"DROP TRIGGER rule_setting_{verb}" + (" ON rule_setting" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION refuse_change_of_settings()")
    with op.batch_alter_table("rule_setting") as batch:
        batch.drop_column("account_id")
        batch.drop_column("origin")
    with op.batch_alter_table("finding") as batch:
        batch.drop_column("settings_versions")
