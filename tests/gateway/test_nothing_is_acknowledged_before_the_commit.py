"""Promise 1, step by step: an acknowledgement only ever follows the commit (invariants I3, I11)."""

import sqlite3
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from gateway.failures import StorageFailedError
from store.database import Database
from store.tables import inbox, observation
from tests.gateway.world import World, press


def _fail(monkeypatch: pytest.MonkeyPatch, errors: list[BaseException], *, after_commit: bool) -> None:
    """Let the next transactions of the world fail, before or after they took effect."""
    write = Database.write_now

    def failing(self: Database, work: Callable[[Connection], Any]) -> Any:
        if not errors:
            return write(self, work)
        error = errors.pop(0)

        def then_roll_back(connection: Connection) -> None:
            work(connection)
            raise error

        write(self, work if after_commit else then_roll_back)
        raise error

    monkeypatch.setattr(Database, "write_now", failing)


def _away(text: str = "server closed the connection") -> OperationalError:
    return OperationalError("", {}, psycopg.OperationalError(text))


def test_at_every_acknowledgement_the_message_is_stored(world: World) -> None:
    for seq in range(1, 20):
        world.send(*press(seq=seq))
        if seq % 3 == 0:
            world.turn()
    world.turn()
    acknowledged = len(world.link.packets)
    assert acknowledged == 19
    assert world.link.stored_at_ack[-1] == 19
    assert world.link.stored_at_ack == sorted(world.link.stored_at_ack)


def test_a_database_that_goes_away_for_a_moment_costs_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail(monkeypatch, [_away(), _away(), _away()], after_commit=False)
    world.say(*press())
    assert world.presses() == 1
    assert len(world.link.packets) == 1
    assert world.worker.trouble == ""


@pytest.mark.parametrize("device", ["pendant", "sos"])
def test_a_commit_whose_answer_is_lost_is_not_done_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    message = press() if device == "pendant" else ("zigbee2mqtt/home-1/sos", b'{"action":"on"}')
    _fail(monkeypatch, [_away()], after_commit=True)
    world.say(*message)
    assert world.presses() == 1
    assert len(world.rows(inbox)) == 1
    assert len(world.link.packets) == 1
    assert len(world.link.answers) == (1 if device == "pendant" else 0)


def test_a_press_that_was_rolled_back_is_stored_at_the_next_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message without a number must not be mistaken for one whose commit took place."""
    _fail(monkeypatch, [_away()], after_commit=False)
    world.say("zigbee2mqtt/home-1/sos", b'{"action":"on"}')
    assert world.presses() == 1


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("database or disk is full"),
        sqlite3.OperationalError("disk I/O error"),
        psycopg.errors.DiskFull("no space left on device"),
        psycopg.errors.IoError("could not fsync file"),
    ],
    ids=["sqlite full", "sqlite io", "postgres full", "postgres io"],
)
def test_when_the_disk_fails_nothing_is_acknowledged_and_the_worker_ends(
    small_world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    _fail(monkeypatch, [OperationalError("", {}, error)], after_commit=False)
    small_world.send(*press())
    with pytest.raises(StorageFailedError):
        small_world.turn()
    assert small_world.link.packets == []
    assert small_world.worker.trouble == "storage failed"


def test_after_a_rollback_the_rules_know_what_the_database_knows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine had seen the smoke when the commit failed; a stale one would take the repeat for no news."""
    _fail(monkeypatch, [_away()], after_commit=False)
    world.say("zigbee2mqtt/home-1/smoke", b'{"smoke": true}')
    world.say("zigbee2mqtt/home-1/smoke", b'{"smoke": true}')
    assert len(world.rows(observation, kind="smoke")) == 2
    from store.tables import finding

    assert len(world.rows(finding, rule="smoke_leak")) == 1
