"""``record``, ``replay`` and ``day``: traffic of homes into files and out of them."""

import asyncio
import contextlib
import heapq
import signal
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from hemvakt_sim import again, diary, reading
from hemvakt_sim.broker import Broker
from hemvakt_sim.capture import Heard, line
from hemvakt_sim.errors import RecordingError
from hemvakt_sim.options import (
    LOCAL,
    OUT,
    BrokerOption,
    CaOption,
    PasswordOption,
    SecretOption,
    UserOption,
    broker_at,
    readable_errors,
)
from hemvakt_sim.player import Manner, Player, Tally
from hemvakt_sim.pseudonyms import Pseudonyms
from hemvakt_sim.recorder import Recorder, topics
from hemvakt_sim.recordings import READERS, Format
from hemvakt_sim.recordings.record import Bad, Foreign, Record
from hemvakt_sim.scenario import Home
from hemvakt_sim.view import PlainView

_DEFAULT_DEVICE = {
    Format.SISFALL: "pendant-1",
    Format.WEDA: "pendant-1",
    Format.TIHM: "tihm",
    Format.KASTEREN: "home-1",
    Format.UCI: "hub-1",
}


_tell = PlainView(OUT, datetime.now).tell


def record(  # noqa: PLR0913, PLR0917 - each is an option of the command
    out: Annotated[Path, typer.Argument(help="File to write; it must not exist yet.", dir_okay=False)],
    home: Annotated[
        list[str] | None, typer.Option(help="Home whose Zigbee2MQTT is recorded; as often as needed.")
    ] = None,
    device: Annotated[
        list[str] | None, typer.Option(help="Pendant or hub that is recorded; as often as needed.")
    ] = None,
    broker: BrokerOption = LOCAL,
    user: UserOption = None,
    password_file: PasswordOption = None,
    ca_file: CaOption = None,
    zigbee_base: Annotated[str, typer.Option(help="Topic that the homes of Zigbee2MQTT are below.")] = "zigbee2mqtt",
    seconds: Annotated[float | None, typer.Option(min=0.1, help="End after so long; without, Ctrl-C ends it.")] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Give homes and devices other names. Rooms, times and values stay.")
    ] = False,
    secret: SecretOption = None,
) -> None:
    """Write down what a home says, one JSON object on each line. It is health data: keep it as such, or do not record.

    The broker must let you read: devices of the built-in broker may not, its user `gateway` may.
    """
    with readable_errors():
        filters = topics(home or [], device or [], zigbee_base)
        where = broker_at(broker, user, password_file, ca_file, secret)
        recorder = Recorder(out, Pseudonyms(zigbee_base) if redact else None)
        asyncio.run(_record(recorder, where, filters, seconds))
        OUT.print(f"{recorder.count} messages in {out}", markup=False, soft_wrap=True)


async def _record(recorder: Recorder, broker: Broker, filters: tuple[str, ...], seconds: float | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await recorder.run(broker, filters, stop)


def day(
    scenario: Annotated[str, typer.Argument(help="Its homes and their rhythm are taken; its events are not.")],
    out: Annotated[Path, typer.Argument(help="File to write.", dir_okay=False)],
    begins: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day, in local time.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days.")] = 1,
    zone: Annotated[str, typer.Option(help="Time zone of the homes.")] = "Europe/Stockholm",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same days.")] = 1,
) -> None:
    """Write whole days of a scenario's homes as a recording, at once: for `replay`, and for `hemvakt replay`."""
    with readable_errors():
        play, local = reading.load(reading.find(scenario)), _zone(zone)
        start = datetime.combine(date(begins.year, begins.month, begins.day), time())
        try:
            with out.open("wb") as file:
                count = sum(file.write(one) > 0 for one in _lines(play.homes, start, days, local, seed))
        except OSError as error:
            raise RecordingError(f"{out}: {error.strerror}") from None
        OUT.print(f"{count} messages of {len(play.homes)} homes in {out}", markup=False, soft_wrap=True)


def _lines(homes: Iterable[Home], start: datetime, days: int, zone: ZoneInfo, seed: int) -> Iterator[bytes]:
    # Counted in time that has passed: on a day with 23 hours nobody lives through 24.
    began, end = (moment.replace(tzinfo=zone).astimezone(UTC) for moment in (start, start + timedelta(days=days)))

    def of(home: Home) -> Iterator[Heard]:
        scribe = diary.Scribe(home, boot=f"day{seed}")
        for said in diary.of_home(home, start, seed=seed):
            at = began + (said.at - start)
            if at >= end:
                return
            yield Heard(at, scribe.packet(said, at.astimezone(zone)))

    return map(line, heapq.merge(*map(of, homes), key=lambda heard: heard.at))


def replay(  # noqa: PLR0913, PLR0917 - each is an option of the command
    recording: Annotated[Path, typer.Argument(help="A file in the format given.", exists=True, dir_okay=False)],
    form: Annotated[
        Format | None, typer.Option("--format", help="Whose format it is; one of `record` when left out.")
    ] = None,
    broker: BrokerOption = LOCAL,
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
    shift_time: Annotated[
        bool, typer.Option("--shift-time", help="Move the devices' own times so that the recording begins now.")
    ] = False,
    as_new: Annotated[
        bool, typer.Option("--as-new", help="Under other boots: a gateway that knows the recording takes it anew.")
    ] = False,
    secret: SecretOption = None,
) -> None:
    """Stream a recording through the wire: one of `record`, or of a study (SisFall, WEDA-FALL, TIHM, Kasteren, UCI).

    A recording of `record` is checked whole before anything is said; the gateway's own words in it are left out.
    SisFall and WEDA trials become the acceleration of a pendant, TIHM Activity and Kasteren become Zigbee motion and
    doors, TIHM Physiology and UCI become measurements. Bad lines are named, counted and left out.
    """
    pace = None if as_fast_as_possible else speed
    with readable_errors():
        where = broker_at(broker, user, password_file, ca_file, secret)
        if form is None:
            wanted = again.Manner(speed=pace, shift_time=shift_time, as_new=token_hex(2) if as_new else "")
            OUT.print(str(asyncio.run(again.replay(recording, where, wanted, _tell))), markup=False, soft_wrap=True)
            return
        manner = Manner(
            device=device or _DEFAULT_DEVICE[form],
            single=form is not Format.TIHM,
            speed=pace,
            zone=None if recorded_time is None else _zone(recorded_time),
        )
        records = _chosen(READERS[form](recording), only, first)
        tally = asyncio.run(_replay(records, where, manner))
        OUT.print(str(tally), markup=False, soft_wrap=True)
    raise typer.Exit(1 if tally.unacknowledged else 0)


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
    async with Player(broker, manner, _tell) as player:
        return await player.play(records)
