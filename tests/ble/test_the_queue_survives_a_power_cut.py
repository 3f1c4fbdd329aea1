"""What the hub said it keeps is there after kill -9 at any call, and after a power cut that tore the last write."""

import json
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.hub.memory import Memory
from devices.hub.queue import Queue
from devices.hub.storage import NotDurableError, Storage, StorageFailedError, StorageInUseError

NOW = datetime(2026, 3, 1, tzinfo=UTC)

LIFE = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from devices.hub import storage
from devices.hub.memory import Memory
from devices.hub.queue import Queue

folder, fatal, calls = Path(sys.argv[1]), int(sys.argv[2]), 0
run = storage.Storage.run

def counted(self, statement, *values):
    global calls
    calls += 1
    if calls == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    return run(self, statement, *values)

storage.Storage.run = counted
opened = storage.Storage(folder)
queue, memory, now = Queue(opened), Memory(opened), datetime(2026, 3, 1, tzinfo=UTC)
for number in range(6):
    with opened.transaction():
        memory.is_new("cuff-1", "0x2a35", bytes([number]))
        kept = queue.put("cuff-1", "measurement", {"values": number}, now)
    print("kept", queue.boot, kept.seq, number, flush=True)
    if number % 3 == 1:
        queue.acknowledge("cuff-1", queue.boot, [kept.seq])
        print("acked", queue.boot, kept.seq, number, flush=True)
    queue.put_newest("hub-1", "heartbeat", {}, now)
print("end", flush=True)
"""


def live(folder: Path, fatal: int) -> list[list[str]]:
    """Run a hub's life in a process that dies at its ``fatal``-th call; return what it said before."""
    done = subprocess.run(
        [sys.executable, "-c", LIFE, str(folder), str(fatal)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode in {0, -9}, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_kill_at_every_call_loses_nothing_that_was_kept_and_brings_back_nothing_that_was_acked(tmp_path: Path) -> None:
    fatal, ended = 0, False
    while not ended:
        # Two calls a step are enough: each transaction is hit inside and outside, in this life or the next.
        fatal += 2
        said = live(tmp_path / "hub", fatal)
        ended = ["end"] in said
        kept = {(one[1], int(one[2])): int(one[3]) for one in said if one[0] == "kept"}
        acked = {(one[1], int(one[2])) for one in said if one[0] == "acked"}
        storage = Storage(tmp_path / "hub")
        try:
            waiting = {
                (one.boot, one.seq): json.loads(one.payload)["values"]
                for one in Queue(storage).ordinary(10_000)
                if one.channel == "measurement"
            }
            assert {key: kept[key] for key in kept.keys() - acked} == {key: waiting[key] for key in kept.keys() - acked}
            assert not acked & waiting.keys()
            # A record that is marked as taken is there: else it would be refused when it comes again, and lost.
            taken = {number for number in range(6) if not Memory(storage).is_new("cuff-1", "0x2a35", bytes([number]))}
            there = set(waiting.values()) | {kept.get(key, waiting.get(key)) for key in acked}
            assert set(kept.values()) <= taken
            gone = taken - there
            assert gone <= {1, 4}, "only what was acked, though it could not say so any more, is gone"
        finally:
            storage.close()
        shutil.rmtree(tmp_path / "hub")
    assert fatal > 40


@pytest.mark.parametrize("seed", range(20))
def test_a_power_cut_in_a_write_leaves_all_earlier_ones(tmp_path: Path, seed: int) -> None:
    """After each commit the log is flushed up to there; a cut leaves anything behind that point."""
    chance = random.Random(seed)
    storage = Storage(tmp_path / "hub")
    queue, log = Queue(storage), tmp_path / "hub" / "hub.db-wal"
    flushed: list[int] = []
    for number in range(20):
        queue.put("cuff-1", "measurement", {"values": number}, NOW)
        flushed.append(log.stat().st_size)
    cut = chance.randrange(1, 20)
    written = log.read_bytes()
    torn = written[flushed[cut - 1] : chance.randint(flushed[cut - 1], flushed[cut] - 1)]
    after = tmp_path / "after"
    after.mkdir()
    shutil.copy(tmp_path / "hub" / "hub.db", after / "hub.db")
    garbage = bytes(chance.randrange(256) for _ in range(chance.randrange(200)))
    (after / "hub.db-wal").write_bytes(written[: flushed[cut - 1]] + torn + garbage)
    storage.close()
    again = Storage(after)
    found = [json.loads(one.payload)["values"] for one in Queue(again).ordinary(100)]
    again.close()
    assert found == list(range(cut))


def test_the_storage_flushes_and_is_for_one_hub_and_its_owner_only(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "hub")
    assert storage.run("PRAGMA synchronous").fetchone()[0] == 2
    assert storage.run("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert (tmp_path / "hub" / "hub.db").stat().st_mode & 0o077 == 0
    with pytest.raises(StorageInUseError):
        Storage(tmp_path / "hub")
    storage.close()
    assert NotDurableError("x").detail == "x"


def test_a_storage_that_is_no_storage_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"this is no database, and long enough to be seen as none" * 10)
    with pytest.raises(StorageFailedError, match="cannot write"):
        Storage(tmp_path)


def test_a_transaction_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    queue, memory = Queue(storage), Memory(storage)

    def fail_at_the_end() -> None:
        with storage.transaction():
            memory.is_new("cuff-1", "0x2a35", b"frame")
            queue.put("cuff-1", "measurement", {}, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_at_the_end()
    assert len(queue) == 0
    assert memory.is_new("cuff-1", "0x2a35", b"frame")
    storage.close()


def test_a_number_is_used_once_also_after_a_restart(tmp_path: Path) -> None:
    numbers = set()
    for _ in range(3):
        storage = Storage(tmp_path)
        queue = Queue(storage)
        for _ in range(5):
            kept = queue.put("cuff-1", "measurement", {}, NOW)
            assert (kept.boot, kept.seq) not in numbers
            numbers.add((kept.boot, kept.seq))
        storage.close()
    assert len(numbers) == 15
