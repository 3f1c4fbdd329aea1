"""A hub's list of troubles becomes one technical finding for each sort, and is over when the list is empty."""

import pytest

from devices.observation import Kind
from rules import hub_trouble
from rules.base import AlarmClass, Finding
from rules.engine import Engine
from rules.sentences import explain
from tests.rules.world import START, heard, roster


def found(*lists: str) -> list[Finding]:
    engine = Engine([hub_trouble.RULE], roster(), START)
    return [
        finding
        for number, text in enumerate(lists, 1)
        for finding in engine.feed(heard(number, Kind.TROUBLE, START, text=text, value=float(len(text.split()))))
    ]


def test_each_is_told_when_it_is_new_and_the_end_when_none_is_left() -> None:
    told = found("", "radio", "radio", "pairing/cuff-1 radio", "pairing/cuff-1", "", "", "radio")
    assert [(one.code, one.restores, one.facts.get("devices", "")) for one in told] == [
        ("radio", False, ""),
        ("pairing", False, "cuff-1"),
        ("restored", True, ""),
        ("radio", False, ""),
    ]
    assert {one.alarm_class for one in told} == {AlarmClass.TECHNICAL}
    assert len({one.key for one in told}) == len(told)


def test_many_devices_of_one_trouble_are_one_finding_that_counts_them() -> None:
    (told,) = found(" ".join(f"pairing/cuff-{number}" for number in range(9)))
    assert told.facts["devices"] == "cuff-0, cuff-1, cuff-2 (+ 6)"
    assert "cuff-0, cuff-1, cuff-2 (+ 6)" in explain("hub_trouble", told.code, told.facts, "sv")


@pytest.mark.parametrize("word", ["flux", "restored", "other", "__class__", "{0}", "{trouble}", "x" * 65, "å"])
def test_a_trouble_of_a_newer_hub_or_of_a_liar_is_named_and_ends_nothing(word: str) -> None:
    (_, told) = found("radio", f"radio {word}")
    assert (told.code, told.restores) == ("other", False)
    shown = word if word.isascii() and word.isidentifier() and len(word) <= 64 else "?"
    assert f"not known here: {shown}." in explain("hub_trouble", told.code, told.facts, "en")


def test_an_endless_list_is_cut() -> None:
    assert len(found(" ".join(f"t{number}" for number in range(100_000)))) == 50
