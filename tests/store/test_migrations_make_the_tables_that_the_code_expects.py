"""A database that was migrated has exactly the tables that the code speaks to; there and back again."""

import os
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from store import schema
from store.database import Database
from store.tables import metadata


def test_migrated_tables_are_those_of_the_code(database: Database) -> None:
    with database.writer.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    schema.require_current(database)


def test_constraints_that_hold_the_promises_are_in_the_database(database: Database) -> None:
    with database.writer.connect() as connection:
        found = inspect(connection)
        assert {one["name"] for one in found.get_check_constraints("alarm")} >= {
            "ck_alarm_condition",
            "ck_alarm_handling",
            "ck_alarm_overlay",
            "ck_alarm_owned",
            "ck_alarm_outcome",
        }
        (unique,) = [one for one in found.get_indexes("alarm") if one["name"] == "uq_alarm_open"]
        assert unique["unique"]


def test_migrating_again_changes_nothing(database: Database) -> None:
    schema.migrate(database)
    schema.require_current(database)


def test_an_older_database_is_refused_until_it_is_migrated(database: Database) -> None:
    config = schema._config()
    config.attributes["engine"] = database.writer
    command.downgrade(config, "0001")
    with pytest.raises(schema.WrongSchemaError, match="hemvakt migrate"):
        schema.require_current(database)
    command.downgrade(config, "base")
    with database.writer.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    schema.migrate(database)
    schema.require_current(database)


TIMESCALE = os.environ.get("HEMVAKT_TEST_TIMESCALE_DSN")


@pytest.mark.skipif(TIMESCALE is None, reason="HEMVAKT_TEST_TIMESCALE_DSN names no empty TimescaleDB to test with")
def test_observations_are_a_hypertable_where_timescale_is() -> None:
    with Database(str(TIMESCALE)) as database:
        schema.migrate(database)
        query = text("SELECT 1 FROM timescaledb_information.hypertables WHERE hypertable_name = 'observation'")
        assert database.read_now(lambda connection: connection.execute(query).first()) is not None


def test_a_new_data_folder_is_its_owners_whichever_command_comes_first(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'data' / 'hemvakt.db'}") as opened:
        schema.migrate(opened)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
