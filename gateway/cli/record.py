"""``hemvakt device record``: a device's last messages as a fixture for the tests, without names and values."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from sqlalchemy import Connection, select

from devices import registry
from devices.family import UnreadablePayloadError, families
from devices.grades import Fixture, Sample
from devices.redact import redacted
from gateway.cli.opening import DatabaseUrl, DataFolder, open_database
from store.tables import inbox

_OUT = Console()
_MESSAGES = 200
_SAMPLES = 12


def record(
    device: Annotated[str, typer.Argument(help="As shown by `hemvakt device list`.")],
    maker: Annotated[str, typer.Option(help="Who makes it.")],
    model: Annotated[str, typer.Option(help="Its model, as on its label.")],
    what: Annotated[str, typer.Option(help="What it is for: door, SOS button, ...")],
    source: Annotated[str, typer.Option(help="How this is known: firmware version, documentation.")],
    out: Annotated[Path | None, typer.Option(help="File to write; the terminal when left out.")] = None,
    data: DataFolder = None,
    database: DatabaseUrl = None,
) -> None:
    """Make a test fixture of the last messages of a device, one for each thing that it says.

    Names are replaced and measured values are others. Read the file before you give it away.
    """
    with open_database(data, database) as opened:
        rows = opened.read_now(lambda connection: registry.list_devices(connection, device_id=device))
        if not rows:
            raise registry.NoSuchDeviceError(device)
        stored = opened.read_now(lambda connection: _last(connection, device))
    family = next(one for one in families() if one.name == rows[0].family)
    samples: dict[tuple[str, ...], Sample] = {}
    for topic, payload in stored:
        try:
            sample = redacted(family, topic, payload)
        except UnreadablePayloadError:
            continue
        if sample is not None and len(samples) < _SAMPLES:
            samples.setdefault(tuple(sorted(sample.reads)), sample)
    if not samples:
        _OUT.print("This device has said nothing that can be kept without its values.")
        raise typer.Exit(1)
    made = Fixture(
        family=family.name, maker=maker, model=model, what=what, source=source, messages=tuple(samples.values())
    )
    text = msgspec.json.format(msgspec.json.encode(made), indent=1).decode() + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        _OUT.print(f"{out}: {len(samples)} messages. Read it before you give it away.")


def _last(connection: Connection, device: str) -> list[tuple[str, bytes]]:
    query = select(inbox.c.topic, inbox.c.payload).where(inbox.c.device_id == device, inbox.c.disposition == "accepted")
    return [(row.topic, row.payload) for row in connection.execute(query.order_by(inbox.c.id.desc()).limit(_MESSAGES))]
