"""Policies as data: when each applies and what it does; alarm centres; repeated presses are marked on the alarm."""

import sqlalchemy as sa
from alembic import op

from store.types import Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
#: A team's own policies move to a table of their own.
contracts = True


def upgrade() -> None:
    policy = op.create_table(
        "policy",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("team_id", sa.String(length=64), nullable=True),
        sa.Column("alarm_class", sa.String(length=16), nullable=False),
        sa.Column("days", Json, nullable=True),
        sa.Column("from_time", sa.String(length=5), nullable=True),
        sa.Column("to_time", sa.String(length=5), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_policy_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
    )
    op.create_index(op.f("ix_policy_team_id"), "policy", ["team_id"], unique=False)
    _move(policy)
    op.drop_column("team", "policy")
    op.add_column("responder", sa.Column("centre", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("alarm", sa.Column("insistent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_alarm_closed", "alarm", ["correlation_key", "closed_at"], unique=False)


def downgrade() -> None:
    """Policies of this version say more than the older one can hold; they are let go."""
    op.drop_index("ix_alarm_closed", table_name="alarm")
    op.drop_column("alarm", "insistent")
    op.drop_column("responder", "centre")
    op.add_column("team", sa.Column("policy", Json, nullable=True))
    op.drop_index(op.f("ix_policy_team_id"), table_name="policy")
    op.drop_table("policy")


def _move(policy: sa.Table) -> None:
    """Make a policy of each class that a team had one for."""
    team = sa.table("team", sa.column("id", sa.String), sa.column("policy", Json))
    rows = [
        {
            "id": f"{row.id[:48]}.{alarm_class}",
            "name": f"{row.id}: {alarm_class}",
            "team_id": row.id,
            "alarm_class": alarm_class,
            "position": 0,
            "content": content,
            "active": True,
        }
        for row in op.get_bind().execute(sa.select(team.c.id, team.c.policy)).all()
        if isinstance(row.policy, dict)
        for alarm_class, content in row.policy.items()
    ]
    if rows:
        op.bulk_insert(policy, rows)
