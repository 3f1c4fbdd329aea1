"""The ``hemvakt-sim`` command."""

import asyncio
import contextlib
import signal
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hemvakt_sim import reading
from hemvakt_sim.ble.cli import app as ble
from hemvakt_sim.broker import Broker
from hemvakt_sim.errors import BrokerAddressError, RecordingError, SimulatorError
from hemvakt_sim.pendant import Lamp, Pendant
from hemvakt_sim.player import Manner, Player, Tally
from hemvakt_sim.providers.cli import providers
from hemvakt_sim.recordings import READERS, Format
from hemvakt_sim.recordings.record import Bad, Foreign, Record
from hemvakt_sim.scenario import Scenario
from hemvakt_sim.view import LiveView, PlainView
from hemvakt_sim.world import Run, Summary, World

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Simulated homes for a Hemvakt gateway: they speak MQTT, and nothing else of it.

Begin with a home that presses its alarm, on the broker of this machine:

    hemvakt-sim run press-until-ack --broker mqtt://127.0.0.1:1883

Watch the lamp: it lights only when the *gateway* has stored the press and says so. Then try `run demo-night`,
write a scenario of your own (`firmware-sim/scenarios/README.md`) and check it with `check`.
Is one pendant's whole chain working? `hemvakt-sim press pendant-1` exits 0 when its lamp lit.

Exit codes: 0 all was heard; 1 a message that needed the gateway's answer has none; 2 wrong input, or no broker.""",
)

_console = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)

BrokerOption = Annotated[
    str, typer.Option("--broker", envvar="HEMVAKT_SIM_BROKER", help="mqtt://host:port, or mqtts:// for TLS.")
]
UserOption = Annotated[
    str | None, typer.Option("--user", envvar="HEMVAKT_SIM_USER", help="Name to give to the broker.")
]
PasswordOption = Annotated[
    Path | None,
    typer.Option("--password-file", help="File that holds the password; or set HEMVAKT_SIM_PASSWORD.", dir_okay=False),
]
SecretOption = Annotated[str | None, typer.Option(envvar="HEMVAKT_SIM_PASSWORD", hidden=True)]
CaOption = Annotated[
    Path | None, typer.Option("--ca-file", help="Authority that signed the broker's certificate.", dir_okay=False)
]
_LOCAL = "mqtt://127.0.0.1:1883"
_DEFAULT_DEVICE = {
    Format.SISFALL: "pendant-1",
    Format.WEDA: "pendant-1",
    Format.TIHM: "tihm",
    Format.KASTEREN: "home-1",
    Format.UCI: "hub-1",
}


@app.command()
def run(  # noqa: PLR0913, PLR0917 - each is an option of the command
    scenario: Annotated[
        str, typer.Argument(help="A YAML file, or the name of a scenario that comes with this command.")
    ],
    broker: BrokerOption = _LOCAL,
    user: UserOption = None,
    password_file: PasswordOption = None,
    ca_file: CaOption = None,
    speed: Annotated[float, typer.Option(min=0.01, max=10_000, help="Times faster than real: life and events.")] = 1.0,
    seconds: Annotated[float | None, typer.Option(min=0, help="End after so many scenario seconds.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same daily life.")] = 1,
    patience: Annotated[
        float, typer.Option(min=0, max=3600, help="Seconds to wait at the end for the last acknowledgements.")
    ] = 15.0,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the last line only.")] = False,
    secret: SecretOption = None,
) -> None:
    """Live through a scenario. Stop with Ctrl-C; a second Ctrl-C does not wait for the last acknowledgements.

    The time that devices put into their messages is always true time, also with --speed.
    """
    with _readable_errors():
        play = reading.load(reading.find(scenario))
        _warn(play)
        settings = Run(
            local_now=datetime.now().astimezone().replace(tzinfo=None),
            speed=speed,
            seed=seed,
            seconds=seconds,
            patience=patience,
        )
        summary = asyncio.run(_run(play, _broker(broker, user, password_file, ca_file, secret), settings, quiet=quiet))
        _console.print(str(summary), markup=False, soft_wrap=True)
    raise typer.Exit(0 if summary.ok else 1)


@app.command()
def press(
    device: Annotated[str, typer.Argument(help="Name of the pendant on the wire, for example pendant-1.")],
    broker: BrokerOption = _LOCAL,
    user: UserOption = None,
    password_file: PasswordOption = None,
    ca_file: CaOption = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long to wait for the lamp.")] = 30.0,
    secret: SecretOption = None,
) -> None:
    """Press a pendant and wait for its lamp. This raises a real alarm in whatever gateway listens."""
    with _readable_errors():
        lit = asyncio.run(_press(device, _broker(broker, user, password_file, ca_file, secret), seconds))
    if not lit:
        _errors.print(f"The lamp stayed dark for {seconds:g} s: the gateway has not said that it has this press.")
    raise typer.Exit(0 if lit else 1)


@app.command()
def replay(  # noqa: PLR0913, PLR0917 - each is an option of the command
    recording: Annotated[Path, typer.Argument(help="A file in the format given.", exists=True, dir_okay=False)],
    form: Annotated[Format, typer.Option("--format", help="Whose format it is.")],
    broker: BrokerOption = _LOCAL,
    user: UserOption = None,
    password_file: PasswordOption = None,
    ca_file: CaOption = None,
    device: Annotated[
        str | None, typer.Option(help="Pendant, hub or home to be; TIHM adds each patient's name to it.")
    ] = None,
    only: Annotated[str, typer.Option(help="Only trials or patients whose name has this in it.")] = "",
    first: Annotated[int | None, typer.Option(min=1, help="Only so many records.")] = None,
    speed: Annotated[float, typer.Option(min=0.01, max=1_000_000, help="Times faster than recorded.")] = 1.0,
    as_fast_as_possible: Annotated[
        bool, typer.Option("--as-fast-as-possible", help="No waiting, except for the gateway.")
    ] = False,
    recorded_time: Annotated[
        str | None, typer.Option(help="Time zone: let messages carry the recording's own time in it, not true time.")
    ] = None,
    secret: SecretOption = None,
) -> None:
    """Stream a recording (SisFall, WEDA-FALL, TIHM, Kasteren, UCI) through the wire.

    SisFall and WEDA trials become the acceleration of a pendant, TIHM Activity and Kasteren become Zigbee motion and
    doors, TIHM Physiology and UCI become measurements. Bad lines are named, counted and left out.
    """
    with _readable_errors():
        manner = Manner(
            device=device or _DEFAULT_DEVICE[form],
            single=form is not Format.TIHM,
            speed=None if as_fast_as_possible else speed,
            zone=None if recorded_time is None else _zone(recorded_time),
        )
        records = _chosen(READERS[form](recording), only, first)
        tally = asyncio.run(_replay(records, _broker(broker, user, password_file, ca_file, secret), manner))
        _console.print(str(tally), markup=False, soft_wrap=True)
    raise typer.Exit(1 if tally.unacknowledged else 0)


@app.command()
def check(
    scenario: Annotated[
        str, typer.Argument(help="A YAML file, or the name of a scenario that comes with this command.")
    ],
) -> None:
    """Read a scenario, say what is wrong with it by line and field, or what is in it."""
    with _readable_errors():
        play = reading.load(reading.find(scenario))
    _warn(play)
    table = Table(title=play.name)
    for heading in ("home", "device", "kind"):
        table.add_column(heading)
    for home in play.homes:
        for number, device in enumerate(home.named()):
            table.add_row(home.id if number == 0 else "", escape(device.name), device.kind)
    _console.print(table)
    _console.print(f"{len(play.homes)} homes, {len(play.events)} events; the scenario is valid.")


app.command()(providers)
app.add_typer(ble, name="ble")


class _readable_errors:  # noqa: N801 - reads as a statement
    """Turn an error into a sentence on stderr and exit code 2."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SimulatorError):
            _errors.print(str(error), markup=False, soft_wrap=True)
            raise typer.Exit(2) from None


def _broker(url: str, user: str | None, password_file: Path | None, ca_file: Path | None, secret: str | None) -> Broker:
    try:
        password = secret if password_file is None else password_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BrokerAddressError(f"{password_file}: {error.strerror}") from None
    return Broker.at(url, user=user, password=password, ca_file=ca_file)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise RecordingError(f"There is no time zone {name}.") from error


def _chosen(found: Iterable[Record | Bad | Foreign], only: str, first: int | None) -> Iterator[Record | Bad | Foreign]:
    number = 0
    for one in found:
        if isinstance(one, Record):
            if only not in one.subject:
                continue
            if number == first:
                return
            number += 1
        yield one


async def _replay(records: Iterable[Record | Bad | Foreign], broker: Broker, manner: Manner) -> Tally:
    async with Player(broker, manner, PlainView(_console, datetime.now).tell) as player:
        return await player.play(records)


def _warn(scenario: Scenario) -> None:
    for warning in scenario.warnings():
        _errors.print(f"warning: {warning}", markup=False, soft_wrap=True)


async def _run(scenario: Scenario, broker: Broker, settings: Run, *, quiet: bool) -> Summary:
    stop, hurry = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    now = datetime.now
    if quiet:
        return await World(scenario, broker, settings, lambda _device, _text: None).run(stop, hurry)
    if not _console.is_terminal:
        return await World(scenario, broker, settings, PlainView(_console, now).tell).run(stop, hurry)
    view = LiveView(_console, now)
    world = World(scenario, broker, settings, view.tell)
    async with asyncio.TaskGroup() as group:
        drawing = group.create_task(view.show(world.stage))
        try:
            return await world.run(stop, hurry)
        finally:
            drawing.cancel()


async def _press(device: str, broker: Broker, seconds: float) -> bool:
    view = PlainView(_console, datetime.now)
    async with Pendant(device, broker, tell=view.tell, passing=True) as pendant:
        await pendant.link.established(seconds)
        key = pendant.press()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await pendant.acked(key)
        return pendant.lamp is Lamp.LIT
