"""Promise: the n-th message of a link meets the same fate under the same seed, in about the share asked for."""

import pytest

from hemvakt_sim.noise import Noise
from hemvakt_sim.packet import Packet

PACKET = Packet("a/b", b'{"seq": 12, "text": "hello"}')


def fates(seed: int, **shares: float) -> list[list[tuple[float, Packet]]]:
    noise = Noise("sim-pendant-1", seed)
    noise.set(**shares)
    return [noise.fates(PACKET) for _ in range(2000)]


def test_the_same_seed_gives_the_same_fates_and_another_gives_others() -> None:
    shares = {"loss": 0.2, "duplicates": 0.2, "reorder": 0.2, "corrupt": 0.2}
    assert fates(7, **shares) == fates(7, **shares)
    assert fates(7, **shares) != fates(8, **shares)


def test_one_share_does_not_move_the_fates_under_another() -> None:
    lost = [not fate for fate in fates(3, loss=0.3)]
    assert lost == [not fate for fate in fates(3, loss=0.3, duplicates=0.5, reorder=0.5, corrupt=0.5)]


@pytest.mark.parametrize(
    ("share", "hit"),
    [
        ("loss", lambda fate: not fate),
        ("duplicates", lambda fate: len(fate) == 2),
        ("reorder", lambda fate: fate[0][0] > 0),
        ("corrupt", lambda fate: fate[0][1].payload != PACKET.payload),
    ],
)
def test_about_as_many_meet_it_as_were_asked_for(share: str, hit: object) -> None:
    assert callable(hit)
    met = sum(bool(hit(fate)) for fate in fates(1, **{share: 0.3}))
    assert 500 < met < 700
    assert sum(bool(hit(fate)) for fate in fates(1, **{share: 1.0})) == 2000


def test_without_shares_nothing_befalls_anything() -> None:
    noise = Noise("x")
    assert noise.silent
    assert noise.fates(PACKET) == [(0.0, PACKET)]
    assert all(noise.lets_in() for _ in range(100))


def test_acks_are_lost_on_their_own() -> None:
    noise = Noise("x", 5)
    noise.set(ack_loss=0.5)
    heard = [noise.lets_in() for _ in range(1000)]
    again = Noise("x", 5)
    again.set(ack_loss=0.5)
    assert heard == [again.lets_in() for _ in range(1000)]
    assert 400 < sum(heard) < 600


def test_an_empty_payload_can_be_spoilt_too() -> None:
    noise = Noise("x", 1)
    noise.set(corrupt=1.0)
    for _ in range(200):
        assert len(noise.fates(Packet("t", b""))[0][1].payload) <= 1
