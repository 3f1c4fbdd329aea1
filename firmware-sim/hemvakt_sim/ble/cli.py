"""``hemvakt-sim ble``: an air, and Bluetooth devices in it, each in a process of its own."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console

from hemvakt_sim.errors import BluetoothMissingError, MeasurementError, SimulatorError

if TYPE_CHECKING:
    from hemvakt_sim.ble.button import Button
    from hemvakt_sim.ble.peripheral import Peripheral
    from hemvakt_sim.ble.tcp import RemoteAir

app = typer.Typer(no_args_is_help=True, help="Simulated Bluetooth devices, each a process of its own, and their air.")
_OUT = Console(highlight=False, markup=False, soft_wrap=True)
_ERR = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

#: How long a device waits between two calls that nobody answered.
_PAUSE_S = 1.0
_KEY_BYTES = 16


def _address(text: str) -> str:
    parts = text.upper().split(":")
    if len(parts) != 6 or any(len(part) != 2 or not set(part) <= set("0123456789ABCDEF") for part in parts):
        raise typer.BadParameter("write it as C0:00:00:00:00:01")
    if int(parts[0], 16) < 0xC0:
        raise typer.BadParameter("a random static address begins with C0 or above")
    return ":".join(parts)


def _key(file: str) -> bytes:
    try:
        key = bytes.fromhex(Path(file).read_text(encoding="ascii").strip())
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from None
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise typer.BadParameter(f"{file} must hold a key of {_KEY_BYTES} bytes as hexadecimal digits")
    return key


Link = Annotated[str, typer.Option(help="Where the air is: tcp:127.0.0.1:9001, as `hemvakt-sim ble air` says.")]
Address = Annotated[str, typer.Option(help="Random static address: the first byte is C0 or above.", parser=_address)]
Times = Annotated[int, typer.Option(min=1, help="How many measurements.")]
Every = Annotated[float, typer.Option(min=0, help="Seconds between measurements.")]
Fast = Annotated[float, typer.Option("--clock-fast", help="By how many seconds its clock is wrong; negative: slow.")]
Unset = Annotated[bool, typer.Option("--clock-unset", help="Nobody has set its clock.")]
Passkey = Annotated[int | None, typer.Option(min=1, max=999_999, help="Shows these six digits when it is paired.")]
NoBond = Annotated[bool, typer.Option("--no-bond", help="Lets itself be read without pairing.")]
Patience = Annotated[float, typer.Option(min=1, help="Seconds until it gives up that a hub comes.")]
KeyFile = Annotated[
    bytes, typer.Option("--key-file", help="Its key in hexadecimal digits, as the hub has it.", parser=_key)
]
Shout = Annotated[float, typer.Option(min=0.1, help="Seconds for which each is shouted: nobody says that he heard it.")]
Counter = Annotated[
    int | None,
    typer.Option(
        min=1, max=2**32 - 1, help="Counter of the first; without it the time in seconds, which rises from run to run."
    ),
]


@dataclass(frozen=True, kw_only=True)
class _Life:
    """Where a device is, and what it measures when."""

    link: str
    times: int
    every_s: float
    patience_s: float


@dataclass(frozen=True, kw_only=True)
class _Nature:
    """How a device with records is."""

    address: str
    fast_s: float
    unset: bool
    passkey: int | None
    bonding: bool

    def clock(self) -> datetime | None:
        """Return local time by the device's own clock, None where nobody has set it."""
        if self.unset:
            return None
        return datetime.now().astimezone().replace(tzinfo=None) + timedelta(seconds=self.fast_s)


@app.command()
def air(port: Annotated[int, typer.Option(min=0, max=65_535, help="0 for a free one.")] = 0) -> None:
    """Be the air: whoever links to this port hears, and is heard by, all others here."""
    _run(lambda: _air(port))


@app.command()
def cuff(  # noqa: PLR0913, PLR0917 - each is an option of the command
    link: Link,
    address: Address = "C0:00:00:00:00:01",
    systolic: Annotated[int, typer.Option(min=0, max=2045, help="mm[Hg]")] = 130,
    diastolic: Annotated[int, typer.Option(min=0, max=2045, help="mm[Hg]")] = 80,
    pulse: Annotated[int, typer.Option(min=0, max=2045, help="/min")] = 70,
    times: Times = 1,
    every: Every = 60.0,
    fast: Fast = 0.0,
    unset: Unset = False,
    passkey: Passkey = None,
    no_bond: NoBond = False,
    patience: Patience = 120.0,
) -> None:
    """Be a blood pressure cuff. Exit code 0: a hub has taken over everything."""
    life = _Life(link=link, times=times, every_s=every, patience_s=patience)
    nature = _Nature(address=address, fast_s=fast, unset=unset, passkey=passkey, bonding=not no_bond)
    _be("cuff", "Cuff", life, nature, lambda device: device.measure(systolic, diastolic, pulse))


@app.command()
def scale(  # noqa: PLR0913, PLR0917 - each is an option of the command
    link: Link,
    address: Address = "C0:00:00:00:00:02",
    kilograms: Annotated[float, typer.Option(min=0, max=327, help="kg")] = 71.5,
    times: Times = 1,
    every: Every = 60.0,
    fast: Fast = 0.0,
    unset: Unset = False,
    passkey: Passkey = None,
    no_bond: NoBond = False,
    patience: Patience = 120.0,
) -> None:
    """Be a scale. Exit code 0: a hub has taken over everything."""
    life = _Life(link=link, times=times, every_s=every, patience_s=patience)
    nature = _Nature(address=address, fast_s=fast, unset=unset, passkey=passkey, bonding=not no_bond)
    _be("scale", "Scale", life, nature, lambda device: device.weigh(kilograms))


@app.command()
def thermometer(  # noqa: PLR0913, PLR0917 - each is an option of the command
    link: Link,
    address: Address = "C0:00:00:00:00:03",
    celsius: Annotated[str, typer.Option(help="Cel, with the digits that it shows.")] = "36.9",
    times: Times = 1,
    every: Every = 60.0,
    fast: Fast = 0.0,
    unset: Unset = False,
    passkey: Passkey = None,
    no_bond: NoBond = False,
    patience: Patience = 120.0,
) -> None:
    """Be an ear thermometer. Exit code 0: a hub has taken over everything."""
    life = _Life(link=link, times=times, every_s=every, patience_s=patience)
    nature = _Nature(address=address, fast_s=fast, unset=unset, passkey=passkey, bonding=not no_bond)
    _be("thermometer", "Thermometer", life, nature, lambda device: device.measure(Decimal(celsius)))


@app.command()
def oximeter(  # noqa: PLR0913, PLR0917 - each is an option of the command
    link: Link,
    address: Address = "C0:00:00:00:00:05",
    spo2: Annotated[int, typer.Option(min=0, max=100, help="%")] = 96,
    pulse: Annotated[int, typer.Option(min=0, max=2045, help="/min")] = 70,
    times: Times = 1,
    every: Every = 60.0,
    fast: Fast = 0.0,
    unset: Unset = False,
    passkey: Passkey = None,
    no_bond: NoBond = False,
    patience: Patience = 120.0,
) -> None:
    """Be a pulse oximeter for spot checks. Exit code 0: a hub has taken over everything."""
    life = _Life(link=link, times=times, every_s=every, patience_s=patience)
    nature = _Nature(address=address, fast_s=fast, unset=unset, passkey=passkey, bonding=not no_bond)
    _be("oximeter", "Oximeter", life, nature, lambda device: device.measure(spo2, pulse))


@app.command()
def meter(  # noqa: PLR0913, PLR0917 - each is an option of the command
    link: Link,
    address: Address = "C0:00:00:00:00:06",
    mg_dl: Annotated[int, typer.Option("--mg-dl", min=0, max=2045, help="mg/dL")] = 95,
    times: Times = 1,
    every: Every = 60.0,
    fast: Fast = 0.0,
    unset: Unset = False,
    passkey: Passkey = None,
    no_bond: NoBond = False,
    patience: Patience = 120.0,
) -> None:
    """Be a glucose meter, which hands its records out when asked. Exit code 0: a hub has taken over everything."""
    life = _Life(link=link, times=times, every_s=every, patience_s=patience)
    nature = _Nature(address=address, fast_s=fast, unset=unset, passkey=passkey, bonding=not no_bond)
    _be("glucose_meter", "GlucoseMeter", life, nature, lambda device: device.measure(mg_dl))


@app.command()
def strap(
    link: Link,
    address: Address = "C0:00:00:00:00:04",
    pulse: Annotated[int, typer.Option(min=1, max=65_535, help="/min")] = 70,
    seconds: Annotated[int, typer.Option(min=1, help="How long it is worn after a hub has come.")] = 60,
    passkey: Passkey = None,
    no_bond: NoBond = False,
    patience: Patience = 120.0,
) -> None:
    """Be a heart rate strap that is worn for a while. Exit code 0: a hub came, and it was worn to the end."""

    def make(link: "RemoteAir") -> "Peripheral":
        from hemvakt_sim.ble.strap import Strap  # noqa: PLC0415 - needs the extra

        return Strap(link, address, "strap", seconds=seconds, pulse=pulse, bonding=not no_bond, passkey=passkey)

    life = _Life(link=link, times=1, every_s=0.0, patience_s=patience + seconds)
    _run(lambda: _live(life, make, lambda _: None))


@app.command()
def button(
    link: Link,
    key: KeyFile,
    address: Address = "C0:00:00:00:00:07",
    times: Annotated[int, typer.Option(min=1, help="How many presses.")] = 1,
    every: Annotated[float, typer.Option(min=0, help="Seconds between presses.")] = 60.0,
    shout: Shout = 2.0,
    counter: Counter = None,
) -> None:
    """Be a button that shouts its presses encrypted, as BTHome 2. Exit code 0: it has shouted all of them."""

    async def press(one: "Button", number: int) -> None:
        await one.press(shout)
        _OUT.print(f"button: press {number + 1} was shouted.")

    _shout("button", "Button", link, address, key, counter, (times, every), press)


@app.command()
def sensor(  # noqa: PLR0913, PLR0917 - each is an option of the command
    link: Link,
    says: Annotated[
        Literal["motion", "door", "smoke", "gas", "carbon_monoxide", "moisture"], typer.Option(help="What it watches.")
    ] = "door",
    value: Annotated[int, typer.Option(min=0, max=1, help="The state it begins with.")] = 1,
    key: Annotated[
        bytes | None,
        typer.Option("--key-file", help="Its key in hexadecimal digits; without one it does not encrypt.", parser=_key),
    ] = None,
    address: Address = "C0:00:00:00:00:08",
    times: Annotated[int, typer.Option(min=1, help="How many states, each the other one of that before.")] = 1,
    every: Annotated[float, typer.Option(min=0, help="Seconds between states.")] = 60.0,
    shout: Shout = 2.0,
    counter: Counter = None,
) -> None:
    """Be a sensor of the home that shouts its state as BTHome 2. Exit code 0: it has shouted all of them."""

    async def tell(one: Any, number: int) -> None:
        state = (value + number) % 2
        await one.tell(import_module("hemvakt_sim.ble.sensor").Says[says.upper()], state, shout)
        _OUT.print(f"sensor: {says} {state} was shouted.")

    _shout("sensor", "Sensor", link, address, key, counter, (times, every), tell)


def _shout(
    module: str,
    kind: str,
    link: str,
    address: str,
    key: bytes | None,
    counter: int | None,
    pace: tuple[int, float],
    say: Callable[[Any, int], Awaitable[None]],
) -> None:
    async def live() -> bool:
        from hemvakt_sim.ble.tcp import linked  # noqa: PLC0415 - needs the extra

        make: type[Button] = getattr(import_module(f"hemvakt_sim.ble.{module}"), kind)
        times, every_s = pace
        async with linked(link) as where, make(where, address, key).powered() as device:
            # A hub takes no counter twice, and for a repeat what soon has the same packet: the next run goes on.
            device.counter = (int(time.time()) if counter is None else counter) - 1
            device.packet = device.counter % 256
            for number in range(times):
                if number:
                    await asyncio.sleep(every_s)
                await say(device, number)
        return True

    _run(live)


def _be(module: str, kind: str, life: _Life, nature: _Nature, measure: Callable[[Any], object]) -> None:
    def make(link: "RemoteAir") -> "Peripheral":
        # Only here, since it needs the extra.
        device: type[Peripheral] = getattr(import_module(f"hemvakt_sim.ble.{module}"), kind)
        name = module.replace("_", "-")
        return device(link, nature.address, name, clock=nature.clock, bonding=nature.bonding, passkey=nature.passkey)

    _run(lambda: _live(life, make, measure))


async def _air(port: int) -> bool:
    from hemvakt_sim.ble.air import Air  # noqa: PLC0415 - needs the extra
    from hemvakt_sim.ble.tcp import listening  # noqa: PLC0415

    async with listening(Air(), port) as number:
        print(f"The air is at tcp:127.0.0.1:{number}", flush=True)  # noqa: T201 - read by who started this
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
    return True


async def _live(life: _Life, make: Callable[["RemoteAir"], "Peripheral"], measure: Callable[[Any], object]) -> bool:
    """Measure and call as often as told; return whether a hub has taken over all of it."""
    from hemvakt_sim.ble.tcp import linked  # noqa: PLC0415 - needs the extra

    async with linked(life.link) as where, make(where).powered() as device:
        with suppress(TimeoutError):
            for number in range(life.times):
                if number:
                    await asyncio.sleep(life.every_s)
                try:
                    measure(device)
                except (ArithmeticError, ValueError) as error:
                    raise MeasurementError(str(error)) from error
                async with asyncio.timeout(life.patience_s):
                    while not await device.call(life.patience_s) or device.unsent:  # noqa: ASYNC110 - it calls
                        await asyncio.sleep(_PAUSE_S)
                _OUT.print(f"{device.name}: a hub has taken over measurement {number + 1}.")
            return True
    _OUT.print(f"{device.name}: no hub has come for what it has measured.")
    return False


def _run(live: Callable[[], Any]) -> None:
    try:
        done = asyncio.run(_until_stopped(live))
    except ImportError as error:
        _ERR.print(str(BluetoothMissingError()) if (error.name or "").startswith(("bumble", "bleak")) else str(error))
        raise typer.Exit(2) from None
    except SimulatorError as error:
        _ERR.print(str(error))
        raise typer.Exit(2) from None
    raise typer.Exit(0 if done else 1)


async def _until_stopped(live: Callable[[], Any]) -> bool:
    task = asyncio.ensure_future(live())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return bool(await task)
    except asyncio.CancelledError:
        return False
