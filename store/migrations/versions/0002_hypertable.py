"""Observations become a hypertable, where TimescaleDB is there; plain PostgreSQL and SQLite stay as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _has_timescale() -> bool:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return False
    offered = sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'")
    return connection.execute(offered).first() is not None


def upgrade() -> None:
    if not _has_timescale():
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    # A unique key of a hypertable holds the column that it is divided by.
    op.execute(
        "ALTER TABLE observation DROP CONSTRAINT pk_observation, "
        "ADD CONSTRAINT pk_observation PRIMARY KEY (id, received_at)"
    )
    op.execute(
        "SELECT create_hypertable('observation', 'received_at', "
        "chunk_time_interval => INTERVAL '1 day', migrate_data => true)"
    )
    op.execute(
        "ALTER TABLE observation SET (timescaledb.compress, "
        "timescaledb.compress_segmentby = 'home_id', timescaledb.compress_orderby = 'id')"
    )
    op.execute("SELECT add_compression_policy('observation', INTERVAL '14 days')")


def downgrade() -> None:
    """A hypertable serves as the table it was; there is nothing to take back."""
