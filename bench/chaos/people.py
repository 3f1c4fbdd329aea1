"""A stand-in for the people on duty: accepts and closes alarms through the API, and now and then forgets one."""

import asyncio
import random
from typing import Any

import httpx

#: What a person does with an alarm that is open.
LOOKS_AWAY = 0.3
#: What a person does with an alarm that he has.
FORGETS = 0.3


class Person:
    """Looks at the list of alarms every second or so. ``helped`` are the alarms that the API let this person accept."""

    def __init__(self, name: str, url: str, token: str, seed: int) -> None:
        self.name = name
        self.helped: set[int] = set()
        self.closed = 0
        #: Deals with everything, for the end of a run.
        self.diligent = False
        #: How many alarms were not closed at the last look; None when the API did not answer.
        self.open_alarms: int | None = None
        self._dice = random.Random(seed)
        headers = {"authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=10, trust_env=False)

    async def live(self) -> None:
        """Work until cancelled."""
        async with self._client:
            while True:
                try:
                    await self._look()
                except (httpx.HTTPError, OSError):
                    self.open_alarms = None
                await asyncio.sleep(0.3 if self.diligent else self._dice.uniform(0.5, 2.0))

    async def _look(self) -> None:
        answer = await self._client.get("/alarms", params={"limit": 100})
        if not answer.is_success:
            self.open_alarms = None
            return
        items: list[dict[str, Any]] = answer.json()["items"]
        self.open_alarms = len(items)
        for alarm in items if self.diligent else self._dice.sample(items, min(len(items), 10)):
            if alarm["handling"] == "open":
                await self._accept(alarm["id"])
            elif alarm["owner_id"] == self.name:
                await self._close(alarm["id"])

    async def _accept(self, number: int) -> None:
        if not self.diligent and self._dice.random() < LOOKS_AWAY:
            return
        answer = await self._client.post(f"/alarms/{number}/accept", json={})
        if answer.is_success:
            self.helped.add(number)

    async def _close(self, number: int) -> None:
        if not self.diligent and self._dice.random() < FORGETS:
            return
        answer = await self._client.post(f"/alarms/{number}/close", json={"outcome": "helped"})
        self.closed += answer.is_success
