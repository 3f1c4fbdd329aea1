"""Plays the steps of a scenario one after the other and says which expectations were met."""

import asyncio
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hemvakt_sim.device import NumberedDevice
from hemvakt_sim.errors import DeskError
from hemvakt_sim.expect.access import Access
from hemvakt_sim.expect.desk import Desk
from hemvakt_sim.expect.heard import Heard
from hemvakt_sim.expect.seen import Alarm, Mark, Scope, fits, in_words
from hemvakt_sim.expect.steps import (
    Act,
    Call,
    Change,
    Deeds,
    Do,
    ExpectAlarm,
    Expectation,
    ExpectFirmware,
    ExpectPage,
    ExpectSettings,
    Find,
    OfGateway,
    Step,
    Wait,
    Wanted,
)
from hemvakt_sim.happenings import AnyHappening
from hemvakt_sim.pace import Pace

#: How often the gateway is asked for what is no event of its stream: that a page was sent, what a device confirmed.
_ASK_EVERY_S = 0.5
_COMMAND_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of one step that could fail. ``seen`` says what there was instead where it was not met."""

    line: int
    text: str
    met: bool
    took_s: float
    seen: str = ""

    def __str__(self) -> str:
        if self.met:
            return f"met after {self.took_s:.1f} s: {self.text}"
        return f"NOT MET after {self.took_s:.1f} s: {self.text}; seen instead: {self.seen}"


@dataclass(frozen=True)
class Means:
    """What the steps work with. ``calls`` are commands by name; ``perform`` makes something happen."""

    perform: Callable[[AnyHappening], None]
    devices: Mapping[str, NumberedDevice]
    pace: Pace
    scope: Scope
    desk: Desk | None
    calls: Mapping[str, str]
    tell: Callable[[str, str], None]


class Script:
    """The steps while they are played. An expectation looks at what has changed since the last thing that was done."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.verdicts: list[Verdict] = []
        #: The step that is played now.
        self.current: Step | None = None
        self._next = 0
        self._mark = Mark({})
        #: What expectations have found already: that it is there is no news to one that expects nothing.
        self._found_alarms: dict[int, Alarm] = {}
        self._found_pages: dict[int, Alarm] = {}
        self._heard = Heard()
        self._marked = False

    @property
    def holds(self) -> bool:
        """Whether every expectation so far was met."""
        return all(verdict.met for verdict in self.verdicts)

    async def play(self, means: Means, *, exit_first: bool = False) -> list[Verdict]:
        """Play all steps, also after one has failed, unless ``exit_first``; return what came of those that can."""
        if means.desk is not None:
            self._mark = Mark(dict(means.desk.alarms))
        for number, step in enumerate(self.steps):
            self.current, self._next = step, number
            began = time.monotonic()
            seen = await self._one(step, means)
            if seen is not None:
                verdict = Verdict(
                    line=step.line, text=step.text, met=not seen, took_s=time.monotonic() - began, seen=seen
                )
                self.verdicts.append(verdict)
                means.tell("expectation" if verdict.met else "EXPECTATION", str(verdict))
                if exit_first and not verdict.met:
                    self._next = number + 1
                    return self.verdicts
        self.current, self._next = None, len(self.steps)
        return self.verdicts

    def give_up(self) -> None:
        """Count what was not played to its end as not met: a scenario that is stopped early has shown nothing."""
        for step in self.steps[self._next :]:
            if isinstance(step.what, Deeds | Call | Expectation):
                self.verdicts.append(
                    Verdict(line=step.line, text=step.text, met=False, took_s=0.0, seen="the scenario ended before")
                )

    async def _one(self, step: Step, means: Means) -> str | None:
        """Return None for a step that cannot fail, else an empty text or what was seen instead."""
        match step.what:
            case Wait(seconds):
                await means.pace.sleep(seconds)
                return None
            case Do(event):
                self._set_mark(means)
                means.perform(event)
                return None
            case Call(name):
                self._set_mark(means)
                return await _called(means.calls[name])
            case Act() as act:
                self._set_mark(means)
                return await _acted(act, means)
            case Find() | Change() as order:
                self._set_mark(means)
                return await _ordered(order, means)
            case _ as expectation:
                self._marked = False
                return await self._expected(expectation, means)

    def _set_mark(self, means: Means) -> None:
        """Remember how things stand, before the first of some deeds in a row."""
        if self._marked:
            return
        self._marked = True
        if means.desk is not None:
            self._mark = Mark(dict(means.desk.alarms))
            # What was known of devices before is no proof of what they do now.
            means.desk.forget_devices()
        self._found_alarms, self._found_pages = {}, {}
        self._heard.mark(means.devices)

    async def _expected(self, wanted: Expectation, means: Means) -> str:
        end = time.monotonic() + wanted.within_s
        while True:
            found = self._found(wanted, means)
            if found and not wanted.absent:
                return ""
            if found:
                return found
            left = end - time.monotonic()
            if left <= 0:
                break
            await _change(wanted, means, min(left, _ASK_EVERY_S))
        trouble = means.desk.trouble if means.desk is not None and _needs_desk(wanted) else ""
        if trouble:
            return f"it cannot be told: {trouble}"
        return "" if wanted.absent else self._instead(wanted, means)

    def _found(self, wanted: Expectation, means: Means) -> str:
        """Return what is there of what is awaited, in words; empty when there is none."""
        match wanted:
            case ExpectPage():
                return self._page(wanted, means)
            case ExpectFirmware(version):
                return f"{version} runs" if means.desk is not None and version in means.desk.programs else ""
            case ExpectSettings(device, confirmed=True) if means.desk is None or device not in means.desk.confirmed:
                return ""
            case ExpectAlarm(description):
                mark = Mark(self._mark.alarms | self._found_alarms) if wanted.absent else self._mark
                found = [a for a in self._candidates(description, means) if mark.is_news(a, description)]
                self._found_alarms |= {alarm.id: alarm for alarm in found}
                return in_words(found) if found else ""
            case _:
                return self._heard.found(wanted, means.devices[wanted.device])

    def _page(self, wanted: ExpectPage, means: Means) -> str:
        mark = Mark(self._mark.alarms | self._found_pages) if wanted.absent else self._mark
        found = []
        for alarm in self._candidates(wanted.wanted, means):
            pages = [
                f"{told.responder_id} was told on {told.channel} of {alarm}"
                for told in mark.new_pages(alarm)
                if told.sent_at is not None and told.is_to(wanted.person) and wanted.channel in {None, told.channel}
            ]
            if pages:
                self._found_pages[alarm.id] = alarm
                found += pages
        return "; ".join(found)

    def _candidates(self, wanted: Wanted, means: Means) -> list[Alarm]:
        return [] if means.desk is None else [a for a in means.desk.alarms.values() if fits(a, wanted, means.scope)]

    def _instead(self, wanted: Expectation, means: Means) -> str:
        match wanted:
            case ExpectFirmware():
                programs = sorted(means.desk.programs - {""}) if means.desk is not None else []
                return f"programs {', '.join(programs)}" if programs else "no program is known"
            case ExpectPage():
                pages = [
                    f"{told.responder_id} on {told.channel} ({told.state})"
                    for alarm in self._candidates(wanted.wanted, means)
                    for told in self._mark.new_pages(alarm)
                ]
                return f"pages to {', '.join(pages)}" if pages else "no page"
            case ExpectAlarm():
                anything = Wanted(anywhere=wanted.wanted.anywhere)
                return in_words(self._candidates(anything, means))
            case _:
                confirmed = ""
                if isinstance(wanted, ExpectSettings) and wanted.confirmed and means.desk is not None:
                    known = wanted.device in means.desk.confirmed
                    confirmed = ", confirmed" if known else ", not confirmed at the gateway"
                return self._heard.instead(wanted, means.devices[wanted.device]) + confirmed


def _needs_desk(wanted: Expectation) -> bool:
    return isinstance(wanted, OfGateway) or (isinstance(wanted, ExpectSettings) and wanted.confirmed)


async def _change(wanted: Expectation, means: Means, within_s: float) -> None:
    """Wait for news of the kind that matters."""
    if means.desk is None or not _needs_desk(wanted):
        await asyncio.sleep(min(within_s, 0.05))
        return
    await means.desk.news(within_s)
    if isinstance(wanted, ExpectFirmware):
        await means.desk.look_at_programs()
    if isinstance(wanted, ExpectSettings):
        await means.desk.look_at_settings(wanted.device)
    if isinstance(wanted, ExpectPage):
        meant = [alarm.id for alarm in means.desk.alarms.values() if fits(alarm, wanted.wanted, means.scope)]
        for alarm_id in meant[-20:]:
            await means.desk.look_again(alarm_id)


async def _acted(act: Act, means: Means) -> str:
    if means.desk is None:
        return "there is no gateway to ask"
    found = [
        alarm
        for alarm in means.desk.alarms.values()
        if fits(alarm, act.wanted, means.scope) and alarm.handling != "closed"
    ]
    if not found:
        return f"no alarm to {act.deed}: {in_words([a for a in means.desk.alarms.values() if means.scope.holds(a)])}"
    body = {"outcome": act.outcome} if act.deed == "close" else None
    return await means.desk.act(max(alarm.id for alarm in found), act.deed, act.login, body)


async def _ordered(order: Find | Change, means: Means) -> str:
    if means.desk is None:
        return "there is no gateway to ask"
    match order:
        case Find(device, for_s, login):
            return await means.desk.order(device, "find", login, {"for_s": for_s})
        case Change(device, settings, login):
            return await means.desk.order(device, "settings", login, settings.said())


async def _called(command: str) -> str:
    """Run a command of whoever runs the scenario; it comes from the command line and never from the scenario."""
    process = await asyncio.create_subprocess_exec(
        *shlex.split(command), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(_COMMAND_S):
            _, said = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return f"the command did not end within {_COMMAND_S:g} s"
    return (
        ""
        if process.returncode == 0
        else f"it ended with {process.returncode}: {said[-300:].decode(errors='replace').strip()}"
    )


def require(steps: Sequence[Step], access: Access | None, calls: Mapping[str, str]) -> None:
    """Raise DeskError when a step needs what the options did not give: before anything happens."""
    for step in steps:
        if step.asks_the_gateway and access is None:
            raise DeskError(f'"{step.text}" needs the gateway: --hemvakt-url and --token-file.')
        if isinstance(step.what, Deeds) and access is not None and step.what.login not in access.people:
            raise DeskError(f'"{step.text}" needs a token: --as {step.what.login}=FILE.')
        if isinstance(step.what, Call) and step.what.name not in calls:
            raise DeskError(f'"{step.text}" needs a command: --call {step.what.name}=COMMAND.')
