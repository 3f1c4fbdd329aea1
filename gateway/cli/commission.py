"""``hemvakt device untested``, ``test``, ``commission``: devices that can call for help, and the proof that they do."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from alarms import commissioning
from alarms.commissioning import State, Trigger
from alarms.pauses import control
from devices.registry import NoSuchDeviceError
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.settings import Settings
from rules.base import Scope
from store.clock import Clock, SystemClock
from store.database import Database
from store.errors import HemvaktError

_OUT = Console()
_POLL_S: Final = 0.5
Device = Annotated[str, typer.Argument(help="As shown by `hemvakt device list`.")]
Technician = Annotated[str, typer.Option("--technician", help="The responder whose phone the test presses reach.")]


class NotCommissionedError(HemvaktError):
    """The device is not in service."""


class NoTriggerError(HemvaktError):
    """This device serves no home, so nobody would know where to go. Assign it first."""


def untested(data: DataFolder = None, database: DatabaseUrl = None) -> None:
    """Show devices that can call for help and have not proved it, the oldest first.

    In service is a device whose test press reached a phone and was answered, where it serves now.
    """
    now = SystemClock().now()
    with open_database(data, database) as opened:
        rows = opened.read_now(commissioning.untested)
    if not rows:
        _OUT.print("Every device that can call for help has been tested to a phone and back.")
        return
    table = Table("device", "kind", "home", "state", "installed", "last heard")
    for row in rows:
        state = f"[red]{row.state}[/]" if row.state is State.INSTALLED else row.state.value
        table.add_row(row.device_id, row.kind, row.home_id, state, _age(row.since, now), _age(row.last_seen_at, now))
    _OUT.print(table)
    _OUT.print("Test one with: hemvakt device commission DEVICE --technician RESPONDER")


def begin_test(
    device: Device,
    technician: Technician,
    minutes: Annotated[float, typer.Option(min=1, max=30, help="The test ends by itself after this.")] = 15,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")] = "test by a technician",
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Let presses of one device page the technician alone for a while. Other devices of the home still call as ever."""
    settings, now = Settings(), SystemClock().now()
    until = now + timedelta(minutes=minutes)
    with open_database(data, database) as opened:
        opened.write_now(
            lambda c: control.begin_test(
                c,
                scope=Scope.DEVICE,
                subject=device,
                responder_id=technician,
                until=until,
                reason=reason,
                now=now,
                settings=settings.desk,
            )
        )
    _OUT.print(
        f"{device} is under test until {until.astimezone():%H:%M}. A press that nobody answers by then is a real alarm."
    )


def commission(
    device: Device,
    technician: Technician,
    minutes: Annotated[float, typer.Option(min=1, max=30, help="How long to wait for press and answer.")] = 15,
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Take a device into service: press it, get the page on your phone, answer it. Exits 1 when that did not happen."""
    with open_database(data, database) as opened:
        guide(opened, SystemClock(), Settings(), device, technician, minutes, _OUT.print, time.sleep)


def guide(
    database: Database,
    clock: Clock,
    settings: Settings,
    device: str,
    technician: str,
    minutes: float,
    say: Callable[[str], None],
    wait: Callable[[float], None],
) -> None:
    """Lead through the live test, step by step. Raises NotCommissionedError, NoTriggerError, NoSuchDeviceError."""
    found = database.read_now(lambda c: commissioning.trigger(c, device))
    if found is None:
        raise NoTriggerError(device)
    began = clock.now()
    until = began + timedelta(minutes=minutes)
    pause = database.write_now(
        lambda c: control.begin_test(
            c,
            scope=Scope.DEVICE,
            subject=device,
            responder_id=technician,
            until=until,
            reason="commissioning",
            now=began,
            settings=settings.desk,
        )
    )
    say(f"{device} at {found.address} is under test: its presses page {technician} alone.")
    say("1. Press its button now.")
    try:
        done = _follow(database, clock, device, began, until, say, wait)
    finally:
        if clock.now() < until:
            ended = clock.now()
            database.write_now(lambda c: control.end(c, pause.id, technician, ended, settings=settings.desk))
    if not done:
        raise NotCommissionedError(f"{device}: {_missing(database, device, began)}")
    say(f"{device} is in service.")


def _follow(
    database: Database,
    clock: Clock,
    device: str,
    began: datetime,
    until: datetime,
    say: Callable[[str], None],
    wait: Callable[[float], None],
) -> bool:
    said: set[str] = set()
    while clock.now() < until:
        found = _look(database, device)
        for name, sentence in (
            ("pressed_at", "2. The press has arrived. Wait for the page on your phone, and accept the alarm from it."),
            ("confirmed_at", "3. Your answer has come back."),
        ):
            at = getattr(found, name)
            if at is not None and at >= began and name not in said:
                said.add(name)
                say(sentence)
        if "confirmed_at" in said:
            return True
        wait(_POLL_S)
    return False


def _look(database: Database, device: str) -> Trigger:
    found = database.read_now(lambda c: commissioning.trigger(c, device))
    if found is None:
        raise NoSuchDeviceError(device)
    return found


def _missing(database: Database, device: str, began: datetime) -> str:
    found = _look(database, device)
    if found.pressed_at is None or found.pressed_at < began:
        return "no press arrived. Check battery, pairing and range; `hemvakt device inspect` shows what it said last."
    return "the press arrived, but no page was answered from a phone. Check the technician's contacts and the channel."


def _age(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "[red]never[/]"
    hours = (now - moment).total_seconds() / 3600
    return f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} d ago"


def add_to(app: typer.Typer) -> None:
    """Add the commands to ``hemvakt device``."""
    app.command()(untested)
    app.command("test")(begin_test)
    app.command()(commission)
