"""A snapshot stands for everything heard up to its position, or it is refused so that the journal is replayed."""

from typing import Any, ClassVar

import msgspec
import pytest

from devices.observation import Kind
from rules.engine import Engine
from rules.registry import all_rules
from rules.roster import Roster
from rules.snapshot import SnapshotError
from tests.rules.probe import HomeProbe, Probe, ProbeState
from tests.rules.world import START, after, heard, roster


def _lived() -> Engine:
    engine = Engine([Probe(), HomeProbe()], roster(), START)
    for number, device in enumerate(["pendant-1", "loose", "stray", "pendant-1"], start=1):
        engine.feed(heard(number, Kind.MOTION, after(seconds=number), device))
    return engine


def _altered(data: bytes, **fields: Any) -> bytes:
    return msgspec.msgpack.encode(msgspec.msgpack.decode(data) | fields)


def test_it_is_the_engine_again() -> None:
    engine = _lived()
    again = Engine.restore(engine.snapshot(), [Probe(), HomeProbe()], roster())
    assert again.position == 4
    assert again.snapshot() == engine.snapshot()
    assert again.advance(after(days=2)) == engine.advance(after(days=2))


def test_a_snapshot_is_not_changed_by_what_comes_after() -> None:
    engine = _lived()
    kept = engine.snapshot()
    engine.feed(heard(5, Kind.MOTION, after(seconds=9)))
    assert Engine.restore(kept, [Probe(), HomeProbe()], roster()).position == 4


def test_another_version_is_refused() -> None:
    with pytest.raises(SnapshotError, match="version 99"):
        Engine.restore(_altered(_lived().snapshot(), version=99), [Probe()], roster())


class _OtherState(ProbeState):
    seen: int = 0


class _OtherProbe(Probe):
    State: ClassVar[type[msgspec.Struct]] = _OtherState


def test_a_rule_whose_state_has_another_shape_refuses_it() -> None:
    with pytest.raises(SnapshotError, match="'probe'"):
        Engine.restore(_lived().snapshot(), [_OtherProbe()], roster())


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_torn_one_is_refused(share: float) -> None:
    data = _lived().snapshot()
    with pytest.raises(SnapshotError):
        Engine.restore(data[: int(len(data) * share)], [Probe(), HomeProbe()], roster())


@pytest.mark.parametrize(
    "data", [b"\xc0", b"\x80", b"{}", msgspec.msgpack.encode({"version": 1}), b"\xff" * 64, b"\x00" * 1000]
)
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(SnapshotError):
        Engine.restore(data, [Probe()], roster())


def test_the_state_of_a_rule_that_is_gone_is_left_out() -> None:
    again = Engine.restore(_lived().snapshot(), [HomeProbe()], roster())
    assert {finding.rule for finding in again.advance(after(days=2))} == {"probe_home"}


def test_a_rule_that_is_new_begins_when_the_snapshot_was_taken() -> None:
    old = Engine([HomeProbe()], roster(), START)
    old.feed(heard(1, Kind.MOTION, after(hours=5)))
    again = Engine.restore(old.snapshot(), [Probe(), HomeProbe()], roster())
    first = next(finding for finding in again.advance(after(days=2)) if finding.rule == "probe")
    assert first.time == after(hours=5, seconds=100)


def test_who_left_the_roster_meanwhile_is_left_out() -> None:
    again = Engine.restore(_lived().snapshot(), [Probe()], Roster())
    assert {finding.subject for finding in again.advance(after(days=2))} == {"stray"}


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_a_fresh_state_of_every_rule_survives(rule: Any) -> None:
    engine = Engine([rule], roster(), START)
    for number, kind in enumerate(sorted(rule.kinds)):
        engine.feed(heard(number, kind, after(seconds=number)))
    data = engine.snapshot()
    assert Engine.restore(data, [rule], roster()).snapshot() == data
