"""H2: a version goes on working while a newer one migrates the database beneath it, and stops when it no longer may."""

import asyncio
import shutil
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from alarms.escalation.ticker import Ticker
from alarms.settings import DeskSettings
from gateway import schema_watch
from store import schema
from store.database import Database
from store.tables import occurrence
from tests.gateway.world import World, press

ADDS = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9001", "{head}", None, None


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("alarm", sa.Column("later", sa.Integer))
    op.add_column("page", sa.Column("later", sa.Integer, nullable=False, server_default="7"))
"""
TAKES_AWAY = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "9002", "9001", None, None
contracts = True


def upgrade() -> None:
    op.drop_table("later")
"""


class Newer:
    """A version of Hemvakt with migrations that this one does not have."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(Path(schema.__file__).parent / "migrations", folder)
        (folder / "versions" / "9001_adds.py").write_text(ADDS.format(head=schema._known()[0]))
        (folder / "versions" / "9002_takes_away.py").write_text(TAKES_AWAY)
        self._folder = folder

    def migrate(self, database: Database, revision: str) -> None:
        with Database(database.url.render_as_string(hide_password=False)) as other:
            config = Config()
            config.set_main_option("script_location", str(self._folder))
            config.attributes["engine"] = other.writer
            command.upgrade(config, revision)


@pytest.fixture
def newer(tmp_path: Path) -> Newer:
    return Newer(tmp_path / "migrations")


async def test_H2_gateway_and_desk_go_on_while_a_newer_version_adds_to_the_schema(world: World, newer: Newer) -> None:
    ticker = Ticker(world.database, world.clock, DeskSettings())
    world.say(*press(seq=1))
    await ticker.tick()
    newer.migrate(world.database, "9001")
    world.say(*press(seq=2)).say(*press("pendant-2", seq=1))
    world.clock.advance(seconds=60)
    await ticker.tick()
    assert len(world.rows(occurrence)) == 3
    steps = text("SELECT count(*) FROM audit WHERE action = 'step_due'")
    assert world.database.read_now(lambda c: c.scalar(steps)) == 2


def test_H2_a_version_can_start_again_on_what_a_newer_one_has_added_to(world: World, newer: Newer) -> None:
    newer.migrate(world.database, "9001")
    schema.require_current(world.database)
    schema.migrate(world.database)
    world.restart().say(*press())
    assert world.presses() == 1


async def test_H2_a_version_stops_when_a_newer_one_has_taken_something_away(
    world: World, newer: Newer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema_watch, "_EVERY_S", 0.01)
    running = asyncio.create_task(schema_watch.watch_schema(world.database))
    newer.migrate(world.database, "9001")
    # More looks than one, at the schema that was only added to.
    await asyncio.sleep(0.1)
    assert not running.done()
    newer.migrate(world.database, "head")
    with pytest.raises(schema.WrongSchemaError, match="install that version"):
        await running
    for start in (schema.migrate, schema.require_current):
        with pytest.raises(schema.WrongSchemaError, match="taken it to 9002"):
            start(world.database)


def test_H2_a_newer_version_does_not_start_before_the_migration(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    known = schema._known()
    monkeypatch.setattr(schema, "_known", lambda: ("9001", *known))
    with pytest.raises(schema.WrongSchemaError, match="run `hemvakt migrate`"):
        schema.require_current(world.database)
