"""A team that had its own escalation policy keeps it when policies get a table of their own."""

from alembic import command
from sqlalchemy import select, text

from store import schema
from store.database import Database
from store.tables import policy


def test_each_class_becomes_a_policy_of_the_team(database: Database) -> None:
    config = schema._config()
    config.attributes["engine"] = database.writer
    command.downgrade(config, "0004")
    add = text("INSERT INTO team (id, name, zone, policy) VALUES ('north', 'North', 'UTC', :policy)")
    database.write_now(lambda c: c.execute(add, {"policy": '{"care": {"ring_s": 600}}'}))
    command.upgrade(config, "0005")
    row = database.read_now(lambda c: c.execute(select(policy)).one())
    assert (row.id, row.team_id, row.alarm_class, row.content) == ("north.care", "north", "care", {"ring_s": 600})
    assert row.active
