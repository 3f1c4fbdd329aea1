"""``hemvakt device``: what a technician asks of devices from a terminal."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from devices import claims, label, registry
from devices.claims import Claim
from gateway.cli import commission, downlink, identity
from gateway.cli.decommission import decommission
from gateway.cli.noting import By, note
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from gateway.cli.record import record
from gateway.settings import Settings
from store.clock import SystemClock

app = typer.Typer(no_args_is_help=True, help="List, adopt, label, inspect and decommission devices.")
app.command()(record)
app.command()(decommission)
app.add_typer(identity.app, name="identity")
_OUT = Console()
commission.add_to(app)
downlink.add_to(app)


@app.command("list")
def list_devices(data: DataFolder = None, database: DatabaseUrl = None) -> None:
    """Show every device, those never heard first, then the ones that have been silent longest."""
    with open_database(data, database) as opened:
        rows = opened.read_now(registry.list_devices)
    table = Table("device", "kind", "home", "room", "last heard", "battery", "online")
    for row in rows:
        battery = "" if row.battery is None else f"{row.battery:.0f} %"
        online = {None: "", True: "yes", False: "[red]no[/]"}[row.online]
        table.add_row(row.id, row.kind, row.home, row.room, _when(row.last_seen_at), battery, online)
    _OUT.print(table)


@app.command()
def unknown(data: DataFolder = None, database: DatabaseUrl = None) -> None:
    """Show the adoption list: devices that speak, or were announced, and that nobody has installed."""
    with open_database(data, database) as opened:
        rows = opened.read_now(registry.list_unknown)
    if not rows:
        _OUT.print("Every device that has spoken is known.")
        return
    table = Table("family", "address", "likely", "calls itself", "spoke of", "messages", "first heard", "last heard")
    for row in rows:
        times = (_when(row.first_seen_at), _when(row.last_seen_at))
        called = escape(" ".join(filter(None, (row.name, row.model))))
        family = row.family or "[red]nobody reads it[/]"
        where = escape(row.address or row.state_topic)
        table.add_row(family, where, row.kind, called, ", ".join(row.kinds), str(row.messages), *times)
    _OUT.print(table)
    _OUT.print("Adopt one with: hemvakt device adopt FAMILY ADDRESS --kind pir --home HOME")


@app.command()
def adopt(
    family: Annotated[str, typer.Argument(help="As shown by `hemvakt device unknown`.")],
    address: Annotated[str, typer.Argument(help="As shown by `hemvakt device unknown`.")],
    kind: Annotated[str, typer.Option(help="pendant, hub, pir, door, sos, smoke, leak, ...")],
    home: Annotated[str, typer.Option(help="The home it serves.")],
    name: Annotated[str | None, typer.Option(help="Its name in Hemvakt; the address when left out.")] = None,
    resident: Annotated[str, typer.Option(help="The resident it serves, if only one.")] = "",
    room: Annotated[str, typer.Option(help="The room it is in.")] = "",
    interval: Annotated[float, typer.Option(min=0, help="Seconds between its messages; 0 if it promises none.")] = 0,
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Take a device from the adoption list into service."""
    now = SystemClock().now()
    place = registry.Placement(home=home, resident=resident, room=room)
    device_id = name or "".join(sign if sign.isalnum() or sign in "_.-" else "-" for sign in address)
    with open_database(data, database) as opened:
        opened.write_now(
            lambda connection: registry.adopt(
                connection,
                family=family,
                address=address,
                device_id=device_id,
                kind=kind,
                place=place,
                interval_s=interval,
                now=now,
            )
        )
    _OUT.print(f"{device_id} now serves {home}.")


@app.command()
def inspect(
    device: Annotated[str, typer.Argument(help="As shown by `hemvakt device list`.")],
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Show one device and what it said last: kinds and times, not values."""
    with open_database(data, database) as opened:
        rows = opened.read_now(lambda connection: registry.list_devices(connection, device_id=device))
        heard = opened.read_now(lambda connection: registry.last_heard(connection, device))
    if not rows:
        raise registry.NoSuchDeviceError(device)
    row = rows[0]
    _OUT.print(f"[bold]{row.id}[/] {row.kind} {row.model}".rstrip())
    _OUT.print(f"on the wire: {row.family} {row.address}; serves {row.home} {row.resident} {row.room}".rstrip())
    _OUT.print(
        f"last heard: {_when(row.last_seen_at)}; promises a message every {row.interval_s:g} s"
        if row.interval_s
        else f"last heard: {_when(row.last_seen_at)}"
    )
    table = Table("received", "device time", "kind", "quality")
    for one in heard:
        table.add_row(_when(one.received_at), _when(one.time), one.kind, one.quality)
    _OUT.print(table)


@app.command("label")
def print_label(
    device: Annotated[str, typer.Argument(help="As shown by `hemvakt device list`.")],
    svg: Annotated[Path | None, typer.Option(help="Write the label here, QR code and name, to print.")] = None,
    png: Annotated[Path | None, typer.Option(help="Write the QR code alone here.")] = None,
    days: Annotated[float, typer.Option(min=0.01, max=90, help="The code ends after this many days.")] = 30,
    by: By = "",
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Make a label with which a technician on site says where a device serves, once. Older labels stop working."""
    now = SystemClock().now()

    def work(connection: Connection) -> Claim:
        made = claims.issue(connection, device, now, days=days)
        note(connection, "device_labelled", by, now, {"device": device})
        return made

    with open_database(data, database) as opened:
        claim = opened.write_now(work)
    link = claims.link(Settings().api.base_url, claim.code)
    if svg is not None:
        label.write(svg, label.svg(claim, link))
    if png is not None:
        label.write(png, label.png(link))
    _OUT.print(f"{device}: {claim.code}, until {_when(claim.until_at)}", highlight=False)
    _OUT.print(link, highlight=False, soft_wrap=True)


def _when(moment: datetime | None) -> str:
    return "[red]never[/]" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
