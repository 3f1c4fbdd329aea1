"""``hemvakt device identity``: who a device is to the broker."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from alarms import identities
from devices import discovery, identity
from devices.family import families, topic_filters
from devices.identity import Given
from gateway.broker import mosquitto
from gateway.broker.following import read_identities
from gateway.broker.passwords import private_folder, write_private
from gateway.cli.noting import By, signed
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from store.clock import SystemClock

app = typer.Typer(
    no_args_is_help=True,
    help="Give a device a name and password of its own at the broker: it can speak for itself and for nobody else.",
)
_OUT = Console()
_Device = Annotated[str, typer.Argument(help="As shown by `hemvakt device list`.")]


@app.command()
def give(device: _Device, by: By = "", data: DataFolder = None, database: DatabaseUrl = None) -> None:
    """Make a password for a device and show it, this once. A former one is void at once.

    A hub or a bridge may then speak for every device of its home; any other device for itself only.
    """
    now = SystemClock().now()
    with open_database(data, database) as opened:
        given = opened.write_now(lambda connection: identities.give(connection, device, by=signed(by), now=now))
    _show(given)
    _OUT.print("Put it into the device now; it cannot be shown again.")


@app.command()
def rotate(
    device: _Device,
    hours: Annotated[float, typer.Option(min=0.1, max=24 * 90, help="How long the former ones go on.")] = 24 * 7,
    by: By = "",
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Make another name and password for a device in the field and show them, this once.

    The ones it has go on for a while, so that it is never locked out. Rotated again meanwhile, the oldest is void.
    """
    now = SystemClock().now()
    with open_database(data, database) as opened:
        given = opened.write_now(
            lambda connection: identities.rotate(
                connection, device, by=signed(by), overlap=timedelta(hours=hours), now=now
            )
        )
    _show(given)
    until = now + timedelta(hours=hours)
    _OUT.print(f"Put them into the device; the former ones go on until {until.astimezone():%Y-%m-%d %H:%M}.")


@app.command()
def revoke(device: _Device, by: By = "", data: DataFolder = None, database: DatabaseUrl = None) -> None:
    """Void a device's password: it is cut off, and cannot come back."""
    now = SystemClock().now()
    with open_database(data, database) as opened:
        opened.write_now(lambda connection: identities.revoke(connection, device, by=signed(by), now=now))
    _OUT.print(f"{device} has no password any more.")


@app.command("list")
def list_identities(data: DataFolder = None, database: DatabaseUrl = None) -> None:
    """Show the devices that have a password of their own, and since when."""
    with open_database(data, database) as opened:
        rows = opened.read_now(identity.listed)
    table = Table("device", "user", "since", "former")
    for row in rows:
        former = (
            ""
            if row.former_until is None
            else f"{row.former_user} until {row.former_until.astimezone():%Y-%m-%d %H:%M}"
        )
        table.add_row(row.device, row.user, f"{row.created_at.astimezone():%Y-%m-%d %H:%M:%S}", former)
    _OUT.print(table)


@app.command("mosquitto")
def for_mosquitto(
    folder: Annotated[Path, typer.Argument(help="Where to write `passwords` and `acl`.")],
    gateway_user: Annotated[str, typer.Option(help="The gateway's name at that broker.")] = "gateway",
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Write a password file and an ACL file for a Mosquitto of yours; then make it read them again (SIGHUP).

    The gateway's own line in the password file is yours to add: mosquitto_passwd FILE gateway.
    """
    with open_database(data, database) as opened:
        now = SystemClock().now()
        opened.write_now(lambda connection: identity.forget_former(connection, now))
        found = opened.read_now(read_identities)
    private_folder(folder)
    write_private(folder / "passwords", mosquitto.passwords(found))
    write_private(folder / "acl", mosquitto.acl(found, gateway_user, [*topic_filters(families()), *discovery.FILTERS]))
    _OUT.print(f"{len(found)} names. In mosquitto.conf: password_file {folder}/passwords, acl_file {folder}/acl")


def _show(given: Given) -> None:
    _OUT.print(f"user      {given.user}", highlight=False, soft_wrap=True)
    _OUT.print(f"password  {given.password}", highlight=False, soft_wrap=True)
