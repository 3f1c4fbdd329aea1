"""The benchmark of the hub, with few devices: every reading arrives, and none twice."""

from bench import hub


def test_a_small_run_hears_every_reading_once() -> None:
    (row,) = hub.measure(devices=6, readings=3)
    assert (row["readings"], row["arrived"], row["doubled"]) == (18, 18, 0)
