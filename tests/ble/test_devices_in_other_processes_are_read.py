"""Devices of ``hemvakt-sim ble`` in processes of their own, over TCP: read like those of this process."""

import asyncio
import os
import shutil
import signal
import sysconfig
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from hemvakt_sim.ble.backend import Central
from hemvakt_sim.ble.cuff import Cuff
from hemvakt_sim.ble.tcp import linked, listening
from hemvakt_sim.errors import LinkError
from tests.ble.home import BUTTON, CUFF, KEY, SCALE, Home, LoopClock, config, device, home

THERE = "C0:00:00:00:00:77"


def program() -> str:
    found = shutil.which("hemvakt-sim", path=sysconfig.get_path("scripts"))
    assert found is not None
    return found


def key_file(folder: Path) -> Path:
    path = folder / "button.key"
    path.touch(mode=0o600)
    path.write_text(KEY.hex())
    return path


@asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[Process]:
    started = await asyncio.create_subprocess_exec(
        program(), "ble", *arguments, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=os.environ | {"COLUMNS": "200"}
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def ended(one: Process) -> tuple[int, str]:
    async with asyncio.timeout(120):
        assert one.stdout is not None
        said = await one.stdout.read()
        return await one.wait(), said.decode()


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not is_so():  # noqa: ASYNC110 - what is waited for is another process and has no event
            await asyncio.sleep(0.05)


async def test_a_cuff_in_another_process_is_bonded_with_and_read(tmp_path: Path) -> None:
    settings = config(tmp_path, device("cuff-1", THERE, "blood_pressure"))
    async with home() as at, listening(at.air) as port, at.hub(settings) as desk:
        link = ["--link", f"tcp:127.0.0.1:{port}", "--address", THERE]
        async with process("cuff", *link, "--systolic", "142", "--diastolic", "91", "--pulse", "71") as cuff:
            assert (await ended(cuff))[0] == 0
        await eventually(lambda: len(at.gateway.said("cuff-1 measurement")) == 1)
        assert at.gateway.values("cuff-1 measurement") == [{"systolic": 142, "diastolic": 91, "pulse": 71}]
        assert desk.health.devices["cuff-1"].battery == 80


async def test_several_processes_share_the_air_and_a_wrong_clock_is_put_right(tmp_path: Path) -> None:
    settings = config(
        tmp_path,
        device("cuff-1", THERE, "blood_pressure"),
        device("scale-1", SCALE, "scale"),
        device("strap-1", "C0:00:00:00:00:04", "heart_rate"),
    )
    async with home() as at, listening(at.air) as port, at.hub(settings):
        link = ["--link", f"tcp:127.0.0.1:{port}"]
        async with (
            process(
                "cuff", *link, "--address", THERE, "--times", "2", "--every", "0.5", "--clock-fast", "7200"
            ) as cuff,
            process("scale", *link, "--kilograms", "71.45", "--clock-unset") as scale,
            process("strap", *link, "--pulse", "88", "--seconds", "2") as strap,
        ):
            codes = [code for code, _ in await asyncio.gather(ended(cuff), ended(scale), ended(strap))]
            assert codes == [0, 0, 0]
        await eventually(lambda: len(at.gateway.said("cuff-1 measurement")) == 2)
        await eventually(lambda: len(at.gateway.said("scale-1 measurement")) == 1)
        assert at.gateway.values("scale-1 measurement") == [{"weight": 71.45}]
        assert at.gateway.values("strap-1 measurement") == [{"pulse": 88}]
        assert [one["time_basis"] for one in at.gateway.said("cuff-1 measurement")] == ["shifted"] * 2
        assert at.gateway.said("scale-1 measurement")[0]["time_basis"] == "hub"


async def test_every_health_service_is_read_from_a_process_of_its_own(tmp_path: Path) -> None:
    devices = {
        "cuff": ("C0:00:00:00:00:01", "blood_pressure", ["--systolic", "142", "--diastolic", "91", "--pulse", "71"]),
        "scale": ("C0:00:00:00:00:02", "scale", ["--kilograms", "71.45"]),
        "thermometer": ("C0:00:00:00:00:03", "thermometer", ["--celsius", "37.2"]),
        "strap": ("C0:00:00:00:00:04", "heart_rate", ["--pulse", "88", "--seconds", "2"]),
        "oximeter": ("C0:00:00:00:00:05", "oximeter", ["--spo2", "91", "--pulse", "72"]),
        "meter": ("C0:00:00:00:00:06", "glucose", ["--mg-dl", "90", "--times", "2", "--every", "0.5"]),
    }
    settings = config(tmp_path, *(device(f"{name}-1", where, kind) for name, (where, kind, _) in devices.items()))
    async with home() as at, listening(at.air) as port, at.hub(settings), AsyncExitStack() as stack:
        link = ["--link", f"tcp:127.0.0.1:{port}", "--patience", "100"]
        running = [
            await stack.enter_async_context(process(name, *link, *more)) for name, (_, _, more) in devices.items()
        ]
        ends = await asyncio.gather(*(ended(one) for one in running))
        assert [code for code, _ in ends] == [0] * len(devices), ends
        await eventually(lambda: all(at.gateway.said(f"{name}-1 measurement") for name in devices))
        await eventually(lambda: len(at.gateway.said("meter-1 measurement")) == 2)
        assert at.gateway.values("oximeter-1 measurement") == [{"spo2": 91, "pulse": 72}]
        assert at.gateway.values("thermometer-1 measurement") == [{"temperature": 37.2}]
        assert at.gateway.values("meter-1 measurement") == [{"glucose": 90}] * 2


async def test_a_button_in_another_process_is_heard_again_after_it_was_started_anew(tmp_path: Path) -> None:
    key = key_file(tmp_path)
    settings = config(tmp_path, device("button-1", BUTTON, "button", key_file=key))
    async with home() as at, listening(at.air) as port, at.hub(settings) as desk:
        press = ["button", "--link", f"tcp:127.0.0.1:{port}", "--address", BUTTON, "--key-file", str(key)]
        async with process(*press, "--shout", "600", "--counter", str(int(time.time()) - 10_000)):
            await eventually(lambda: len(at.gateway.said("button-1 press")) == 1)
        async with process(*press, "--shout", "600"):
            await eventually(lambda: len(at.gateway.said("button-1 press")) == 2)
        assert not desk.health.devices["button-1"].suspected
        async with process(*press, "--shout", "0.1", "--times", "2", "--every", "0") as again:
            code, said = await ended(again)
        assert (code, said.count("was shouted")) == (0, 2)


async def test_sensors_in_other_processes_are_heard_encrypted_or_not(tmp_path: Path) -> None:
    key = key_file(tmp_path)
    settings = config(tmp_path, device("smoke-1", THERE, "smoke", key_file=key), device("door-1", SCALE, "door"))
    async with home() as at, listening(at.air) as port, at.hub(settings):
        link = ["--link", f"tcp:127.0.0.1:{port}", "--shout", "600"]
        smoke = ["sensor", *link, "--address", THERE, "--says", "smoke", "--key-file", str(key)]
        async with process(*smoke), process("sensor", *link, "--address", SCALE, "--value", "0"):
            await eventually(lambda: bool(at.gateway.said("smoke-1 sensor") and at.gateway.said("door-1 sensor")))
        (smoke_said,), (door_said,) = (at.gateway.said(f"{name}-1 sensor") for name in ("smoke", "door"))
        assert (smoke_said["kind"], smoke_said["value"], smoke_said["authenticated"]) == ("smoke", 1, True)
        assert (door_said["kind"], door_said["value"], door_said["authenticated"]) == ("door", 0, False)


async def test_a_hub_reaches_the_air_of_another_process_too(tmp_path: Path) -> None:
    async with process("air") as air:
        assert air.stdout is not None
        link = (await air.stdout.readline()).decode().split()[-1]
        async with linked(link) as there, Central(there).powered() as central:
            at = Home(there, central, LoopClock())  # type: ignore[arg-type]
            async with at.hub(config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))):
                async with process("cuff", "--link", link, "--address", CUFF) as cuff:
                    assert (await ended(cuff))[0] == 0
                await eventually(lambda: len(at.gateway.said("cuff-1 measurement")) == 1)
        air.send_signal(signal.SIGTERM)
        assert (await ended(air))[0] == 0


async def test_a_device_that_is_killed_in_a_visit_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    settings = config(tmp_path, device("strap-1", THERE, "heart_rate"), device("cuff-1", CUFF, "blood_pressure"))
    async with home() as at, listening(at.air) as port, at.hub(settings):
        async with process("strap", "--link", f"tcp:127.0.0.1:{port}", "--address", THERE, "--seconds", "600") as strap:
            await eventually(lambda: bool(at.gateway.said("strap-1 measurement")))
            os.kill(strap.pid, signal.SIGKILL)
            await strap.wait()
        radios = len(at.air.controllers)
        await eventually(lambda: len(at.air.controllers) == radios - 1)
        async with Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff:
            cuff.measure(120, 80, 60)
            assert await cuff.call()
        await eventually(lambda: len(at.gateway.said("cuff-1 measurement")) == 1)


@pytest.mark.parametrize("junk", [b"", b"\xff" * 1000, b"\x01\x03\x0c\xff", b"\x04\x0e\x00" * 50, b"\x02" * 70_000])
async def test_whoever_connects_and_says_junk_harms_nobody(tmp_path: Path, junk: bytes) -> None:
    settings = config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))
    async with home() as at, listening(at.air) as port, at.hub(settings):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(junk)
        await writer.drain()
        async with Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff:
            cuff.measure(120, 80, 60)
            assert await cuff.call()
        await eventually(lambda: len(at.gateway.said("cuff-1 measurement")) == 1)
        writer.close()
        del reader


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("cuff", "--link", "here"), "is no link"),
        (("cuff", "--link", "tcp:127.0.0.1:x"), "is no link"),
        (("cuff", "--link", "tcp:127.0.0.1:1"), "There is no air"),
        (("cuff", "--link", "tcp:127.0.0.1:1", "--address", "C0:00"), "C0:00:00:00:00:01"),
        (("cuff", "--link", "tcp:127.0.0.1:1", "--address", "00:00:00:00:00:01"), "C0 or above"),
        (("cuff",), "--link"),
        (("button", "--link", "tcp:127.0.0.1:1"), "--key-file"),
        (("button", "--link", "tcp:127.0.0.1:1", "--key-file", "/nowhere/button.key"), "No such file"),
        (("button", "--link", "tcp:127.0.0.1:1", "--key-file", __file__), "16 bytes"),
        (("sensor", "--link", "tcp:127.0.0.1:1", "--says", "rain"), "rain"),
        (("sensor", "--link", "tcp:127.0.0.1:1"), "There is no air"),
    ],
)
async def test_a_wrong_word_on_the_command_line_is_told(arguments: tuple[str, ...], says: str) -> None:
    async with process(*arguments) as one:
        code, said = await ended(one)
    assert code == 2
    assert says in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("thermometer", "--celsius", "warm"),
        ("thermometer", "--celsius", "nan"),
        ("thermometer", "--celsius", "36.90000000000"),
        ("cuff", "--clock-fast", "1e12"),
    ],
)
async def test_what_no_device_can_measure_is_told(arguments: tuple[str, ...]) -> None:
    async with (
        home() as at,
        listening(at.air) as port,
        process(*arguments, "--link", f"tcp:127.0.0.1:{port}") as one,
    ):
        code, said = await ended(one)
    assert code == 2
    assert "Traceback" not in said
    assert "No such device can measure this" in said


async def test_a_device_to_which_no_hub_comes_says_so() -> None:
    async with home() as at, listening(at.air) as port:
        link = f"tcp:127.0.0.1:{port}"
        async with process("cuff", "--link", link, "--patience", "2") as cuff:
            code, said = await ended(cuff)
    assert code == 1
    assert "no hub has come" in said


async def test_a_port_that_is_taken_is_told() -> None:
    async with home() as at, listening(at.air) as port:
        with pytest.raises(LinkError, match=str(port)):
            async with listening(at.air, port):
                pass
