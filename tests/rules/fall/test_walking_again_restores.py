"""A person who walks again after a suspected fall restores it; one who only moves, or sits up, does not."""

import numpy as np
import pytest

from tests.rules.fall.motions import DOWN, UP, arm_fall, fall, found, rest, walk


def kinds(*parts: np.ndarray, position: str = "waist") -> list[bool]:
    return [event.recovered for event in found(np.concatenate(parts), position)]


@pytest.mark.parametrize("position", ["waist", "pendant"])
def test_walking_upright_restores(position: str) -> None:
    assert kinds(fall(), rest(10.0, gravity=DOWN), walk(15.0), position=position) == [False, True]


def test_at_the_wrist_nothing_restores_because_an_arm_may_wave_for_help() -> None:
    assert kinds(arm_fall(), walk(15.0), position="wrist") == [False]


def test_a_fall_at_the_very_start_has_no_posture_to_come_back_to() -> None:
    assert kinds(fall()[222:], walk(15.0)) == [False]


def test_the_recovery_says_when_it_was_known() -> None:
    fallen, up = found(np.concatenate([fall(), rest(10.0, gravity=DOWN), walk(15.0)]))
    assert up.at_s == fallen.at_s
    assert 13.35 + 10 + 4 <= up.decided_s <= 13.35 + 10 + 8


def test_lying_still_restores_nothing() -> None:
    assert kinds(fall(), rest(200.0, gravity=DOWN)) == [False]


def test_crawling_with_the_trunk_down_restores_nothing() -> None:
    turned = walk(30.0) - UP / np.linalg.norm(UP) + DOWN / np.linalg.norm(DOWN)
    assert kinds(fall(), turned) == [False]


def test_sitting_up_restores_nothing() -> None:
    assert kinds(fall(), rest(60.0, gravity=UP)) == [False]


def test_two_seconds_of_steps_restore_nothing() -> None:
    assert kinds(fall(), rest(5.0, gravity=DOWN), walk(2.0), rest(60.0, gravity=DOWN)) == [False]


def test_walking_after_the_watch_has_ended_restores_nothing() -> None:
    assert kinds(fall(), rest(150.0, gravity=DOWN), walk(20.0)) == [False]


def test_a_second_fall_after_getting_up_is_told() -> None:
    assert kinds(fall(), walk(20.0), fall(seed=2)) == [False, True, False]
