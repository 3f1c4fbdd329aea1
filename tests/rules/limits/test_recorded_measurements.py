"""On recorded measurements the limits find the alerts that a monitoring team validated. Skips without the data."""

import os
from pathlib import Path

import pytest

from bench.detection.vitals import score

DATA = Path(os.environ.get("HEMVAKT_DATA", Path(__file__).parents[3] / "../shared/data")) / "tihm"

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not (DATA / "Physiology.csv").exists(), reason="the TIHM recordings are not at HEMVAKT_DATA"),
]


def test_the_team_s_own_limits_find_what_the_team_found() -> None:
    results = score(DATA)
    everything, watched = results["site limits, all days"], results["site limits, watched days"]
    assert everything["Blood pressure"].recall >= 0.95
    assert everything["Blood pressure"].precision >= 0.9
    assert everything["Pulse"].recall >= 0.95
    assert watched["Pooled"].recall >= 0.95
    assert watched["Pooled"].precision >= 0.9
