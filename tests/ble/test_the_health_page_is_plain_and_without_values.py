"""The health page and the log: plain words for a technician, and never what was measured."""

import asyncio
import logging
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from devices.hub import page
from hemvakt_sim.ble.cuff import Cuff
from tests.ble.home import CUFF, SCALE, config, device, home


async def ask(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.looptime
async def test_page_and_log_tell_how_it_is_and_no_value(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with capture_logs() as logged:
        async with home() as at, Cuff(at.air, CUFF, "cuff", clock=at.clock.local).powered() as cuff:
            settings = config(tmp_path, device("cuff-1", CUFF, "blood_pressure"), device("scale-1", SCALE, "scale"))
            async with at.hub(settings) as desk:
                at.gateway.go_away()
                await asyncio.sleep(60)
                cuff.measure(173, 119, 137)
                cuff.unsent.append(bytes.fromhex("fead00770089007700"))
                assert await cuff.call()
                await asyncio.sleep(7200)
                text = page.text(desk)
    assert "NOT connected to the gateway" in text
    assert "cuff-1 (blood pressure): heard 2 hours ago, signal good (-50 dBm), battery 80 %" in text
    assert "1 unreadable frames kept" in text
    assert "scale-1 (scale): never heard since the start" in text
    assert "the oldest 2 hours ago" in text
    said = (
        text + str(logged) + "".join(str(record.__dict__) for record in caplog.records if "bumble" not in record.name)
    )
    for value in ("173", "119", "137", "ad00"):
        assert value not in said, value
    assert {entry["event"] for entry in logged} >= {"bonded", "visited", "device problem"}


async def test_the_page_is_served_on_this_machine_only_and_says_whether_all_is_well(tmp_path: Path) -> None:
    async with home() as at:
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        settings = config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))
        async with at.hub(settings, listening=port.set_result):
            number = await port
            plain = await ask(number, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert plain.startswith(b"HTTP/1.1 200 OK")
            assert b"Hub hub-1: well" in plain
            html = await ask(number, b"GET / HTTP/1.1\r\nAccept: text/html\r\n\r\n")
            assert b"<pre>Hub hub-1: well" in html
            at.gateway.go_away()
            await asyncio.sleep(0.1)
            assert (await ask(number, b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 503")


@pytest.mark.parametrize(
    "request_",
    [b"POST / HTTP/1.1\r\n\r\n", b"GET /../../etc/passwd HTTP/1.1\r\n\r\n", b"\r\n\r\n", b"\xff" * 100 + b"\r\n\r\n"],
)
async def test_anything_but_the_page_is_not_found(tmp_path: Path, request_: bytes) -> None:
    async with home() as at:
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        settings = config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))
        async with at.hub(settings, listening=port.set_result):
            assert (await ask(await port, request_)).startswith(b"HTTP/1.1 404")
            assert (await ask(await port, b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 200")


async def test_an_endless_request_is_cut_off(tmp_path: Path) -> None:
    async with home() as at:
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        settings = config(tmp_path, device("cuff-1", CUFF, "blood_pressure"))
        async with at.hub(settings, listening=port.set_result):
            assert await ask(await port, b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000) == b""


def test_a_name_cannot_bring_markup_into_the_page(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pattern"):
        config(tmp_path, device("<script>", CUFF, "blood_pressure"))
