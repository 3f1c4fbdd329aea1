"""Promise: each format becomes what its devices would say; a bad line is named by its number and costs no other."""

import json
import lzma
import os
import tarfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from hemvakt_sim.errors import RecordingError
from hemvakt_sim.recordings import READERS, Format
from hemvakt_sim.recordings.record import Bad, Felt, Foreign, Measured, Record, Seen

DATA = Path(os.environ.get("HEMVAKT_DATA", Path(__file__).parents[3] / "shared" / "data"))


def read(form: Format, path: Path) -> list[Record | Bad | Foreign]:
    return list(READERS[form](path))


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def recorded(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the recording {name} is not on this machine (HEMVAKT_DATA)")
    return path


SISFALL = "".join(f" {number},-200, 50, 1,2,3, 4,5,6;\r\n" for number in range(1500))


def test_sisfall_counts_become_windows_of_five_seconds_at_the_waist(tmp_path: Path) -> None:
    records = read(Format.SISFALL, written(tmp_path / "F01_SA01_R01.txt", SISFALL))
    windows = [record.said.window for record in records if isinstance(record, Record) and isinstance(record.said, Felt)]
    assert [window.seconds for window in windows] == [5.0, 2.5]
    assert {(window.rate_hz, window.range_g, window.position) for window in windows} == {(200.0, 16.0, "waist")}
    counts = np.frombuffer(windows[0].samples, "<i2").reshape(-1, 3)
    assert counts[7].tolist() == [7, -200, 50]
    assert 256 * windows[0].scale_g == 1.0


def test_a_bad_line_of_sisfall_is_named_and_left_out(tmp_path: Path) -> None:
    text = (
        SISFALL.replace(" 3,-200", " x,-200", 1)
        .replace(" 9,-200", " 99999,-200", 1)
        .replace(" 11,-200, 50,", " 11,", 1)
    )
    records = read(Format.SISFALL, written(tmp_path / "t.txt", text))
    assert [record.line for record in records if isinstance(record, Bad)] == [4, 10, 12]
    samples = sum(
        len(record.said.window.samples)
        for record in records
        if isinstance(record, Record) and isinstance(record.said, Felt)
    )
    assert samples == 1497 * 6


def test_all_trials_of_an_archive_follow_one_another(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "notes.md"):
        written(tmp_path / name, SISFALL)
    with tarfile.open(tmp_path / "SA01.tar.xz", "w:xz") as archive:
        for name in ("b.txt", "a.txt", "notes.md"):
            archive.add(tmp_path / name, arcname=f"SA01/{name}")
    records = [record for record in read(Format.SISFALL, tmp_path / "SA01.tar.xz") if isinstance(record, Record)]
    assert [record.subject for record in records] == ["SA01/a.txt"] * 2 + ["SA01/b.txt"] * 2
    assert [record.at for record in records] == sorted(record.at for record in records)


def test_weda_is_retimed_by_the_whole_trial(tmp_path: Path) -> None:
    batches = [batch * 0.125 + sample * 0.002 for batch in range(81) for sample in range(5)]
    rows = "".join(f"{at:.3f},0.0,0.0,9.8\n" for at in batches)
    bad = "1.0,nan,0.0,9.8\n1.0,0.0\nx,0,0,0\n1.0,1e9,0,0\n"
    text = "accel_time_list,accel_x_list,accel_y_list,accel_z_list\n" + rows + bad
    records = read(Format.WEDA, written(tmp_path / "U01_R01_accel.csv", text))
    windows = [record.said.window for record in records if isinstance(record, Record) and isinstance(record.said, Felt)]
    assert [record.line for record in records if isinstance(record, Bad)] == [407, 408, 409, 410]
    assert windows[0].rate_hz == pytest.approx(40, rel=0.02)
    assert windows[0].position == "wrist"
    z = np.frombuffer(windows[0].samples, "<i2").reshape(-1, 3)[:, 2] * windows[0].scale_g
    assert z.mean() == pytest.approx(1.0, abs=0.01)


ACTIVITY = """\
patient_id,location_name,date
b9d58,kitchen,2019-04-02 10:00:00
0cda9,front-door,2019-04-01 09:00:00
0cda9,kitchen,not a time
0cda9,kit/chen,2019-04-01 09:00:00
0cda9,#,2019-04-01 09:00:00
0cda9,kitchen
"""


@pytest.mark.parametrize("packed", [False, True])
def test_tihm_activity_becomes_motion_and_doors_in_order_of_time(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("Activity.csv.xz" if packed else "Activity.csv")
    path.write_bytes(lzma.compress(ACTIVITY.encode()) if packed else ACTIVITY.encode())
    records = read(Format.TIHM, path)
    assert [record.line for record in records if isinstance(record, Bad)] == [4, 5, 6, 7]
    said = [(record.subject, record.said) for record in records if isinstance(record, Record)]
    assert [(subject, seen.place, seen.changes) for subject, seen in said if isinstance(seen, Seen)] == [
        ("0cda9", "front-door", {"contact": False}),
        ("0cda9", "front-door", {"contact": True}),
        ("b9d58", "kitchen", {"occupancy": True}),
    ]


PHYSIOLOGY = """\
patient_id,date,device_type,value,unit
0cda9,2019-04-15 13:22:50,Systolic blood pressure,142.0,mm[Hg]
b9d58,2019-04-14 13:22:50,Heart rate,75.0,beats/min
0cda9,2019-04-15 13:22:50,Diastolic blood pressure,91.0,mm[Hg]
0cda9,2019-04-15 13:22:50,Skin Temperature,74.1,Cel
0cda9,2019-04-15 13:22:50,Body weight,inf,kg
"""


def test_tihm_physiology_sends_values_of_one_moment_together(tmp_path: Path) -> None:
    records = read(Format.TIHM, written(tmp_path / "Physiology.csv", PHYSIOLOGY))
    measured = [record.said for record in records if isinstance(record, Record) and isinstance(record.said, Measured)]
    assert [[(value.kind, value.value, value.unit) for value in one.values] for one in measured] == [
        [("pulse", 75.0, "/min")],
        [("systolic", 142.0, "mm[Hg]"), ("diastolic", 91.0, "mm[Hg]")],
    ]
    assert [record.line for record in records if isinstance(record, Foreign)] == [5]
    assert [record.line for record in records if isinstance(record, Bad)] == [6]


KASTEREN = """\
Sensor IDs are:
    [12]    'Frontdoor'
    [ 5]    'Hall-Toilet door'

25-Feb-2008 09:33:41\t25-Feb-2008 17:21:12\t12\t1
25-Feb-2008 10:00:00\t25-Feb-2008 10:00:04\t5\t1
31-Feb-2008 10:00:00\t25-Feb-2008 10:00:04\t5\t1
25-Foo-2008 10:00:00\t25-Feb-2008 10:00:04\t5\t1
25-Feb-2008 10:00:00\t5\t1
"""


def test_kasteren_intervals_open_and_close_contacts(tmp_path: Path) -> None:
    records = read(Format.KASTEREN, written(tmp_path / "sense.txt", KASTEREN.replace("\n", "\r\n")))
    said = [(record.at, record.said) for record in records if isinstance(record, Record)]
    assert [(f"{at:%H:%M}", seen.place, seen.changes["contact"]) for at, seen in said if isinstance(seen, Seen)] == [
        ("09:33", "frontdoor", False),
        ("10:00", "hall-toilet-door", False),
        ("10:00", "hall-toilet-door", True),
        ("17:21", "frontdoor", True),
    ]
    assert [record.line for record in records if isinstance(record, Bad)] == [7, 8, 9]


def test_uci_glucose_is_sent_and_insulin_and_broken_lines_are_not(tmp_path: Path) -> None:
    text = (
        "04-22-1991\t7:35\t58\t216\n04-21-1991\t9:09\t58\t100\n04-21-1991\t9:09\t33\t009\n06-31-1991\t9:09\t58\t100\n"
    )
    text += "04-21-1991\t56:35\t58\t100\n04-21-1991\t9:09\t58\t\n04-21-1991\t9:09\t0\t5\n\t168\t33\t3A\n"
    records = read(Format.UCI, written(tmp_path / "data-01", text))
    measured = [record for record in records if isinstance(record, Record)]
    assert [record.at for record in measured] == sorted(record.at for record in measured)
    assert measured[0].at == datetime(1991, 4, 21, 9, 9)  # noqa: DTZ001 - as recorded
    assert json.dumps(
        [value.unit for record in measured if isinstance(record.said, Measured) for value in record.said.values]
    )
    assert [record.line for record in records if isinstance(record, Foreign)] == [3]
    assert [record.line for record in records if isinstance(record, Bad)] == [4, 5, 6, 7, 8]


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 999, b"a,b\n" * 99, b"\t" * 999])
def test_what_is_no_recording_at_all_ends_in_bad_lines_or_a_sentence(
    tmp_path: Path, form: Format, content: bytes
) -> None:
    path = tmp_path / "noise"
    path.write_bytes(content)
    try:
        records = read(form, path)
    except RecordingError:
        return
    assert not [record for record in records if isinstance(record, Record)]


@pytest.mark.parametrize(("form", "name"), [(Format.TIHM, "a.csv.xz"), (Format.SISFALL, "a.tar.xz")])
def test_a_damaged_archive_is_refused_in_words(tmp_path: Path, form: Format, name: str) -> None:
    (tmp_path / name).write_bytes(lzma.compress(b"patient_id,location_name,date\n")[:-9])
    with pytest.raises(RecordingError, match=name):
        read(form, tmp_path / name)


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("form", "name", "records"),
    [
        (Format.KASTEREN, "kasteren_houseA/kasterenSenseData.txt", 2638),
        (Format.UCI, "uci_diabetes/data-29", 616),
        (Format.TIHM, "tihm/Physiology.csv", 4600),
        (Format.WEDA, "weda_fall/U01.tar.xz", 100),
        (Format.SISFALL, "sisfall/SE01.tar.xz", 100),
    ],
)
def test_real_recordings_are_read(form: Format, name: str, records: int) -> None:
    found = Counter(type(record) for record in READERS[form](recorded(name)))
    assert found[Record] >= records
