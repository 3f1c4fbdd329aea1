"""A question is answered on the page of the hub: once, in time, and by nobody who does not see the page."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from devices.hub import answering
from devices.hub.desk import Desk
from devices.hub.storage import Storage, StorageFailedError
from hemvakt_sim.ble.button import Button
from tests.ble.home import BUTTON, KEY, Home, config, device, home
from tests.ble.test_the_health_page_is_plain_and_without_values import ask

pytestmark = pytest.mark.usefixtures("spoken")

PROMPT: dict[str, Any] = {
    "prompt": 'fall:"pendant"<7>:1:fall_asked',
    "within_s": 600,
    "sv": "Behöver du hjälp? <b>",
    "en": "Do you need help?",
}


class Screen:
    """A browser at the hub."""

    def __init__(self, at: Home, desk: Desk, port: int) -> None:
        self.at, self.desk, self.port = at, desk, port

    async def load(self, host: str | None = None) -> str:
        head = f"GET / HTTP/1.1\r\nHost: {host or self.host}\r\nAccept: text/html\r\n\r\n"
        return (await ask(self.port, head.encode())).decode()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def fields(self, answer: str) -> dict[str, str]:
        """Return what the form of the page would send."""
        found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', await self.load())
        return {name: unescape(value) for name, value in found} | {"answer": answer}

    async def send(self, fields: Any, **headers: str) -> str:
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        said = {"Host": self.host, "Content-Length": str(len(body))} | headers
        head = "POST /answer HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in said.items())
        return (await ask(self.port, f"{head}\r\n".encode() + body)).decode()

    async def answers(self, name: str = "hub-1") -> list[tuple[str, str]]:
        """Return question and answer of what the gateway was told."""
        await asyncio.sleep(0.2)
        return [(one["prompt"], one["answer"]) for one in self.at.gateway.said(f"{name} answer")]


@asynccontextmanager
async def screen(folder: Path, **more: Any) -> AsyncIterator[Screen]:
    key = folder / "button.key"
    key.touch(mode=0o600)
    key.write_text(KEY.hex())
    async with home() as at:
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        settings = config(folder, device("button-1", BUTTON, "button", key_file=key), **more)
        async with at.hub(settings, listening=port.set_result) as desk:
            yield Screen(at, desk, await port)


@pytest.mark.parametrize("answer", ["fine", "help"])
async def test_an_answer_goes_up_once_and_the_question_ends(tmp_path: Path, answer: str) -> None:
    async with screen(tmp_path) as at:
        at.at.gateway.say("button-1", "prompt", PROMPT)
        page = await at.load()
        assert "Behöver du hjälp? &lt;b&gt;" in page
        assert "Jag mår bra" in page
        fields = await at.fields(answer)
        assert (await at.send(fields, Origin=f"http://{at.host}")).startswith("HTTP/1.1 200")
        assert (await at.send(fields)).startswith("HTTP/1.1 409")
        assert await at.answers("button-1") == [(PROMPT["prompt"], answer)]
        assert "Behöver" not in await at.load()


async def test_the_words_are_those_of_the_language_that_is_set(tmp_path: Path) -> None:
    async with screen(tmp_path, language="en") as at:
        at.at.gateway.say("hub-1", "prompt", PROMPT)
        page = await at.load()
        assert "Do you need help?" in page
        assert "I am fine" in page
        assert "you need help" in await at.send(await at.fields("help"))


async def test_another_site_in_the_browser_cannot_answer(tmp_path: Path) -> None:
    async with screen(tmp_path) as at:
        at.at.gateway.say("hub-1", "prompt", PROMPT)
        fields = await at.fields("fine")
        for wrong, headers in (
            (fields, {"Origin": "http://evil.example"}),
            (fields, {"Origin": "null"}),
            (fields, {"Host": f"evil.example:{at.port}"}),
            (fields, {"host": "evil.example"}),
            (fields | {"secret": ""}, {}),
            (fields | {"secret": "å" * 22}, {}),
            ({name: value for name, value in fields.items() if name != "secret"}, {}),
        ):
            assert (await at.send(wrong, **headers)).startswith("HTTP/1.1 403")
        # A name of another site that leads to this machine sees no form, so it does not learn the secret either.
        assert "<form" not in await at.load(f"evil.example:{at.port}")
        assert "frame-ancestors 'none'" in await at.load()
        assert await at.answers() == []
        assert len(at.desk.notices.questions()) == 1


async def test_an_answer_that_comes_too_late_or_to_no_question_is_refused(tmp_path: Path) -> None:
    async with screen(tmp_path) as at:
        at.at.gateway.say("hub-1", "prompt", PROMPT)
        fields = await at.fields("fine")
        assert (await at.send(fields | {"prompt": "another"})).startswith("HTTP/1.1 409")
        at.at.clock.jump += timedelta(seconds=601)
        assert "<form" not in await at.load()
        assert "personalen larmas" in await at.send(fields)
        assert await at.answers() == []


async def test_a_reminder_cannot_be_answered(tmp_path: Path) -> None:
    async with screen(tmp_path) as at:
        at.at.gateway.say("hub-1", "reminder", {"reminder": "a", "sv": "Mät", "en": "Measure"})
        assert "<form" not in await at.load()
        at.at.gateway.say("hub-1", "prompt", PROMPT)
        assert (await at.send(await at.fields("fine") | {"prompt": "a"})).startswith("HTTP/1.1 409")
        assert await at.answers() == []


@pytest.mark.parametrize(
    "wrong",
    [{"answer": "perhaps"}, {"answer": ""}, {"answer": "fine\nhelp"}, {"answer": "x" * 5000}],
)
async def test_what_is_no_answer_is_refused(tmp_path: Path, wrong: dict[str, str]) -> None:
    async with screen(tmp_path) as at:
        at.at.gateway.say("hub-1", "prompt", PROMPT)
        assert (await at.send(await at.fields("fine") | wrong)).startswith("HTTP/1.1 400")
        assert await at.answers() == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, "403"),
        (b"\xff\xfe", {}, "403"),
        (b"a=1&" * 2000, {}, "403"),
        (b"secret=1&secret=2&answer=fine", {}, "403"),
        (b"x" * 8193, {}, "400"),
        (b"x", {"Content-Length": "-1"}, "400"),
        (b"x", {"Content-Length": "99999999999999999999"}, "400"),
        (b"x", {"Content-Length": "\u0661"}, "400"),
        (b"x", {"Content-Length": "1", "content-length": "1"}, "400"),
        (b"x", {"Host": "127.0.0.1:1"}, "403"),
    ],
)
async def test_a_request_that_is_none_stops_nothing(
    tmp_path: Path, body: bytes, headers: dict[str, str], status: str
) -> None:
    async with screen(tmp_path) as at:
        at.at.gateway.say("hub-1", "prompt", PROMPT)
        assert (await at.send(body, **headers)).startswith(f"HTTP/1.1 {status}")
        assert (await at.send(await at.fields("help"))).startswith("HTTP/1.1 200")


async def test_an_answer_is_sent_although_nothing_can_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with screen(tmp_path) as at:
        at.at.gateway.say("hub-1", "prompt", PROMPT)
        fields = await at.fields("help")
        run = Storage.run

        def full(storage: Storage, statement: str, *values: Any) -> Any:
            if not statement.startswith("SELECT"):
                raise StorageFailedError("database or disk is full.")
            return run(storage, statement, *values)

        monkeypatch.setattr(Storage, "run", full)
        assert (await at.send(fields)).startswith("HTTP/1.1 200")
        assert await at.answers() == [(PROMPT["prompt"], "help")]
        monkeypatch.setattr(Storage, "run", run)


async def test_a_press_while_the_question_stands_is_a_press(tmp_path: Path) -> None:
    async with screen(tmp_path) as at, Button(at.at.air, BUTTON, KEY).powered() as button:
        at.at.gateway.say("hub-1", "prompt", PROMPT)
        async with asyncio.timeout(60):
            while not at.at.gateway.said("button-1 press"):
                await button.press()
        assert await at.answers() == []


def test_every_word_to_the_resident_is_there_in_both_languages() -> None:
    for words in (*answering._BUTTONS.values(), *answering._THANKS.values(), answering._OVER):
        assert set(words) == {"sv", "en"}
        assert all(words.values())
