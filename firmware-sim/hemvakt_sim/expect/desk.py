"""The alarms of a gateway, followed over its HTTP API, and what people do with them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from hemvakt_sim.errors import DeskError
from hemvakt_sim.expect.access import Access
from hemvakt_sim.expect.seen import Alarm
from hemvakt_sim.tasks import end

_T = TypeVar("_T")
_API = "/api/v1"
_TIMEOUT = httpx.Timeout(10.0)
#: The stream pings every two seconds; a longer silence is a dead connection.
_SILENT_S = 8.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 3.0
_PAGES = 100


class _Listing(msgspec.Struct):
    items: list[Alarm]
    next: str | None = None


class _Event(msgspec.Struct):
    alarm_id: int


class _Program(msgspec.Struct):
    firmware: str
    devices: int


class _Programs(msgspec.Struct):
    items: list[_Program]


class _Settings(msgspec.Struct):
    confirmed_at: str | None = None


class _Problem(msgspec.Struct):
    detail: str = ""
    title: str = ""


class Desk:
    """Follows the alarms that a token may see. Use as an async context manager.

    It hears of a change from the event stream and then asks for the alarm, so that nothing is asked for in vain. The
    stream comes back by itself and goes on after the last event that was heard.
    """

    def __init__(self, access: Access) -> None:
        self.alarms: dict[int, Alarm] = {}
        #: Why the gateway cannot be followed now; empty while it is.
        self.trouble = "not connected yet"
        self._access = access
        self._exits = AsyncExitStack()
        #: Of what ``look_at_devices`` has asked for: programs that run, devices that go by their newest settings.
        self.programs: set[str] = set()
        self.confirmed: set[str] = set()
        self._client = httpx.AsyncClient(base_url=access.url + _API, timeout=_TIMEOUT)
        self._changed = asyncio.Condition()
        self._last_id: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._exits.enter_async_context(self._client)
        self._task = asyncio.create_task(self._follow(), name="desk")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(DeskError):
            await end(self._task)
        await self._exits.aclose()

    async def established(self, within_s: float) -> None:
        """Wait until all alarms are known. Raises DeskError."""
        task = self._task
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self.trouble and task is not None and not task.done():
                    await self.news(0.5)
        if task is not None and task.done():
            await task
        if self.trouble:
            raise DeskError(f"{self._access.url}: {self.trouble}")

    async def news(self, within_s: float) -> None:
        """Wait until something has changed, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait()

    async def look_again(self, alarm_id: int) -> None:
        """Ask for one alarm now. Trouble with the network is kept quiet here: the stream tells of it."""
        with contextlib.suppress(httpx.HTTPError, msgspec.MsgspecError):
            await self._look(alarm_id)

    async def act(self, alarm_id: int, deed: str, login: str, body: dict[str, str] | None = None) -> str:
        """Let the account ``login`` do something with an alarm; return what was wrong, or an empty text."""
        wrong = await self._post(f"/alarms/{alarm_id}/{deed}", login, body)
        await self.look_again(alarm_id)
        return wrong

    async def order(self, device: str, order: str, login: str, body: Mapping[str, int | str]) -> str:
        """Let the account ``login`` say something to a device; return what was wrong, or an empty text."""
        return await self._post(f"/devices/{quote(device, safe='')}/{order}", login, body)

    def forget_devices(self) -> None:
        """Know nothing of devices until they are asked about again."""
        self.programs, self.confirmed = set(), set()

    async def look_at_programs(self) -> None:
        """Ask which programs run. Trouble with the network is kept quiet here: the stream tells of it."""
        found = await self._read("/firmware-versions", _Programs)
        if found is not None:
            self.programs = {one.firmware for one in found.items if one.devices}

    async def look_at_settings(self, device: str) -> None:
        """Ask whether a device goes by its newest settings."""
        found = await self._read(f"/devices/{quote(device, safe='')}/settings", _Settings)
        if found is not None and found.confirmed_at is not None:
            self.confirmed.add(device)
        else:
            self.confirmed.discard(device)

    async def _read(self, path: str, shape: type[_T]) -> _T | None:
        try:
            answer = await self._client.get(path, headers=_bearer(self._access.reader))
            return msgspec.json.decode(answer.content, type=shape) if answer.is_success else None
        except (httpx.HTTPError, msgspec.MsgspecError, UnicodeDecodeError):
            return None

    async def _post(self, path: str, login: str, body: Mapping[str, int | str] | None) -> str:
        headers = _bearer(self._access.people[login])
        try:
            answer = await self._client.post(path, headers=headers, json=body)
        except httpx.HTTPError as error:
            return f"the gateway did not answer: {type(error).__name__}"
        return "" if answer.is_success else f"{answer.status_code}: {_reason(answer)}"

    async def _follow(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            try:
                await self._one_stream()
            except (httpx.HTTPError, TimeoutError) as error:
                self.trouble = f"no connection to the gateway ({type(error).__name__})"
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                self.trouble = f"its answer is not that of a gateway ({error})"
            except DeskError as error:
                self.trouble = str(error)
                raise
            pause = min(pause * 2, _LONGEST_PAUSE_S) if self.trouble else _FIRST_PAUSE_S
            await asyncio.sleep(pause)

    async def _one_stream(self) -> None:
        headers = _bearer(self._access.reader) | ({} if self._last_id is None else {"Last-Event-ID": self._last_id})
        timeout = httpx.Timeout(10.0, read=_SILENT_S)
        async with self._client.stream("GET", "/events", headers=headers, timeout=timeout) as answer:
            if answer.status_code in {401, 403}:
                await answer.aread()
                raise DeskError(f"The gateway refuses the token: {answer.status_code}: {_reason(answer)}")
            if not answer.is_success:
                self.trouble = f"the gateway answered {answer.status_code}"
                return
            async for name, number, data in _events(answer):
                if name == "hello" and self._last_id is None:
                    await self._list()
                if name == "hello":
                    self.trouble = ""
                elif name == "alarm":
                    await self._look(msgspec.json.decode(data, type=_Event).alarm_id)
                elif name == "signed_out":
                    raise DeskError("The token has expired or was revoked.")
                self._last_id = number or self._last_id
                await self._tell()
        self.trouble = "the gateway ended the stream"

    async def _list(self) -> None:
        cursor: str | None = None
        for _ in range(_PAGES):
            params = {"limit": "200"} | ({} if cursor is None else {"cursor": cursor})
            answer = await self._client.get("/alarms", params=params, headers=_bearer(self._access.reader))
            answer.raise_for_status()
            page = msgspec.json.decode(answer.content, type=_Listing)
            self.alarms.update({alarm.id: alarm for alarm in page.items})
            cursor = page.next
            if cursor is None:
                return

    async def _look(self, alarm_id: int) -> None:
        answer = await self._client.get(f"/alarms/{alarm_id}", headers=_bearer(self._access.reader))
        if answer.is_success:
            self.alarms[alarm_id] = msgspec.json.decode(answer.content, type=Alarm)
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, str, str]]:
    """Yield (event, id, data) of a stream of server-sent events (WHATWG HTML, 9.2)."""
    said = {"event": "", "id": "", "data": ""}
    async for line in answer.aiter_lines():
        if line:
            field, _, value = line.partition(":")
            if field in said:
                said[field] = value.removeprefix(" ")
        elif said["event"]:
            yield said["event"], said["id"], said["data"]
            said = {"event": "", "id": "", "data": ""}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _reason(answer: httpx.Response) -> str:
    try:
        problem = msgspec.json.decode(answer.content, type=_Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return answer.reason_phrase
    return problem.detail or problem.title or answer.reason_phrase
