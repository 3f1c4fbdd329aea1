"""The worker of a partition: takes batches from the queue, commits, and only then lets them be acknowledged."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import structlog
from sqlalchemy import Connection

from alarms.settings import DeskSettings
from devices.observation import Kind
from gateway import lease, metrics, snapshots
from gateway.arrivals import Arrivals, Batch
from gateway.failures import StorageFailedError, is_fatal, is_passing
from gateway.garbage import without_collection
from gateway.intake import Intake, Taken
from gateway.packet import Packet
from gateway.pulse import beat
from gateway.reading import Reader
from gateway.recovery import ROLE, Recovered, recover
from gateway.rosters import Loaded
from gateway.settings import IntakeSettings
from rules.base import Finding, Rule
from store.clock import Clock
from store.database import Database

log = structlog.get_logger(__name__)
T = TypeVar("T")

#: The worker looks at deadlines, its lease and the roster at least this often.
TICK_S = 1.0
_PULSE = timedelta(seconds=2)
_MICROSECOND = timedelta(microseconds=1)
_PAUSES_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Settles(Protocol):
    """Where acknowledgements go."""

    def settle(self, packets: list[Packet], answers: Sequence[tuple[str, bytes]]) -> None:
        """Acknowledge ``packets`` and publish ``answers``."""
        ...


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What a worker works with. ``holder`` is the name under which it takes the lease of partition ``number``."""

    rules: Sequence[Rule]
    reader: Reader
    settings: IntakeSettings
    desk: DeskSettings
    zone: str
    holder: str
    number: int = 0


class Worker:
    """Owns the engine and the intake of one partition; ``run`` is the body of its thread.

    After a commit that failed or whose outcome is not known, the engine has seen what the database has not. It is
    thrown away and built again from snapshot and journal before the batch is tried again; nothing is acknowledged
    meanwhile.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        arrivals: Arrivals,
        link: Settles,
        duty: Duty,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        """``on_ready`` is called in the worker's thread when it has recovered and takes up work."""
        self._database, self._clock, self._arrivals, self._link = database, clock, arrivals, link
        self._duty, self._settings, self._on_ready = duty, duty.settings, on_ready
        self._lease_name = f"worker-{duty.number}"
        self._fence = 0
        self._stopping = threading.Event()
        #: Set once the engine is there and work is taken up.
        self.ready = threading.Event()
        #: Monotonic time of the last turn of the loop that left nothing undone.
        self.turned_at = 0.0
        #: What stands in the way of commits, empty when nothing does.
        self.trouble = ""
        self._offered: deque[Loaded] = deque(maxlen=1)
        self._concerns: deque[Finding] = deque()
        self._next_change: datetime | None = None
        self._pulsed: datetime | None = None
        self._snapped_at: datetime | None = None
        self._snapped_position = 0
        self._intake: Intake

    def stop(self) -> None:
        """End after the transaction in hand. Any thread."""
        self._stopping.set()
        self._arrivals.nudge()

    def offer_roster(self, loaded: Loaded) -> None:
        """Take up a new roster before the next batch. Any thread."""
        self._offered.append(loaded)
        self._arrivals.nudge()

    def concern(self, finding: Finding) -> None:
        """Record a finding of the gateway itself with the next batch. Any thread."""
        self._concerns.append(finding)
        self._arrivals.nudge()

    @property
    def roster_version(self) -> int:
        return self._intake.loaded.version

    def run(self) -> None:
        """Work until ``stop``. Raises LeaseLostError, StorageFailedError, and whatever no retry can heal."""
        if not self._acquire():
            return
        self._persist(self._take_up)
        self.turned_at = time.monotonic()
        self.ready.set()
        self._on_ready()
        try:
            while not self._stopping.is_set():
                self._turn()
        finally:
            self.ready.clear()
        self._snapshot(self._arrivals.now())
        self._database.write_now(lambda c: lease.release(c, self._lease_name, self._fence, self._clock.now()))

    def _acquire(self) -> bool:
        waiting = False
        while not self._stopping.is_set():
            fence = self._persist(self._try_lease)
            if fence is not None:
                self._fence = fence
                return True
            if not waiting:
                log.info("waiting_for_lease", lease=self._lease_name)
                waiting = True
            self._stopping.wait(TICK_S)
        return False

    def _try_lease(self) -> int | None:
        now = self._clock.now()
        return self._database.write_now(lambda c: lease.acquire(c, self._lease_name, self._duty.holder, now))

    def _transact(self, work: Callable[[Connection], T], now: datetime) -> T:
        """Run ``work`` in one transaction that fails when another worker has taken over.

        ``now`` is the time of the journal, which may be ahead of the clock; a lease is kept by the clock.
        """

        def fenced(connection: Connection) -> T:
            lease.renew(connection, self._lease_name, self._fence, self._clock.now())
            if self._pulsed is None or now - self._pulsed >= _PULSE:
                beat(connection, ROLE, str(self._duty.number), now)
            return work(connection)

        result = self._database.write_now(fenced)
        if self._pulsed is None or now - self._pulsed >= _PULSE:
            self._pulsed = now
        return result

    def _turn(self) -> None:
        batch = self._arrivals.take(self._settings.batch, self._patience())
        now = batch.quiet_until or batch.packets[-1].received_at
        if self._offered:
            self._change_roster(self._offered.pop(), batch)
        elif self._next_change is not None and self._next_change <= now:
            self._change_roster(self._intake.loaded, batch)
        concerns = [self._concerns.popleft() for _ in range(len(self._concerns))]
        if batch.packets or concerns or self._is_due(batch) or self._pulsed is None or now - self._pulsed >= _PULSE:
            taken = self._store(batch, now, concerns)
            self._link.settle(batch.packets, taken.answers)
            taken.measure(len(batch.packets))
        self.turned_at = time.monotonic()
        self._snapshot_now_and_then(now)

    def _patience(self) -> float:
        due = self._intake.engine.next_deadline()
        if due is None:
            return TICK_S
        return min(TICK_S, max(0.0, (due - self._arrivals.now()).total_seconds()))

    def _is_due(self, batch: Batch) -> bool:
        due = self._intake.engine.next_deadline()
        return due is not None and batch.quiet_until is not None and due <= batch.quiet_until

    def _store(self, batch: Batch, now: datetime, concerns: list[Finding]) -> Taken:
        """Commit a batch, whatever it takes; packets that no transaction survives go to quarantine."""

        def attempt() -> Taken:
            metrics.QUEUE.set(len(self._arrivals))
            with metrics.COMMIT_SECONDS.time():
                clock = self._clock.now()
                return self._transact(lambda c: self._intake.take_in(c, batch, clock, concerns), now)

        try:
            return self._persist(attempt, batch)
        except (StorageFailedError, lease.LeaseLostError):
            raise
        except Exception as error:
            if is_passing(error) or not batch.packets:
                raise
            log.exception("batch_failed", packets=len(batch.packets))
            self._persist(self._rebuild)
            return self._store_singly(batch, now, concerns, error)

    def _store_singly(self, batch: Batch, now: datetime, concerns: list[Finding], error: Exception) -> Taken:
        if len(batch.packets) == 1:
            reason = f"Handling it failed with {type(error).__name__}."

            def give_up() -> Taken:
                clock = self._clock.now()
                return self._transact(lambda c: self._intake.take_in(c, batch, clock, concerns, failed=reason), now)

            return self._persist(give_up, batch)
        parts = [self._store(Batch([packet], None), packet.received_at, []) for packet in batch.packets]
        parts.append(self._store(Batch([], batch.quiet_until), now, concerns))
        return Taken(
            [answer for part in parts for answer in part.answers],
            sum((part.dispositions for part in parts), Counter()),
            sum(part.observations for part in parts),
        )

    def _persist(self, work: Callable[[], T], batch: Batch | None = None) -> T:
        """Do ``work`` until the database lets it; rebuild before a batch is tried again."""
        attempt = 0
        while True:
            filed = self._intake.inbox_id if batch is not None else 0
            try:
                result = work()
            except Exception as error:
                self._judge(error)
                if self._stopping.wait(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)]):
                    raise
                attempt += 1
                if batch is not None:
                    self._after_unknown_outcome(batch, filed)
            else:
                self.trouble = ""
                return result

    def _judge(self, error: Exception) -> None:
        """Return when the work may be tried again, else raise."""
        if is_fatal(error):
            self.trouble = "storage failed"
            raise StorageFailedError(type(error).__name__) from error
        if not is_passing(error):
            raise error
        self.trouble = f"database: {type(error).__name__}"
        log.warning("database_unavailable", error=type(error).__name__)

    def _after_unknown_outcome(self, batch: Batch, filed: int) -> None:
        """Rebuild; nobody else files messages, so a journal that has grown says that the commit took place."""
        self._persist(self._rebuild)
        if self._intake.inbox_id > filed:
            # Only the answer was lost: what has no number of its own is not to be stored twice.
            for packet in batch.packets:
                packet.repeat = True

    def _take_up(self) -> None:
        """Recover, and journal that work is taken up again after a time in which nobody listened."""
        recovered = self._recover()
        for moment in (recovered.end.received_at, recovered.listened_until):
            if moment is not None:
                self._arrivals.not_before(moment)
        at = self._arrivals.now()
        self._use(recovered)
        # The engine takes a time that is not before ``at`` for "not known", which is true of the very first start only.
        until = at if recovered.listened_until is None else min(recovered.listened_until, at - _MICROSECOND)
        self._transact(lambda c: self._intake.note(c, Kind.RESUMED, at, until, self._clock.now()), at)
        self._snapped_at, self._snapped_position = at, self._intake.observation_id

    def _rebuild(self) -> None:
        self._use(self._recover())

    def _recover(self) -> Recovered:
        now = self._arrivals.now()
        with without_collection():
            return self._database.read_now(
                lambda c: recover(
                    c,
                    self._duty.rules,
                    worker=self._duty.number,
                    zone=self._duty.zone,
                    now=now,
                    horizon=self._settings.horizon,
                )
            )

    def _use(self, recovered: Recovered) -> None:
        self._intake = Intake(
            engine=recovered.engine,
            loaded=recovered.loaded,
            reader=self._duty.reader,
            end=recovered.end,
            numbering=recovered.numbering,
            desk_settings=self._duty.desk,
            oldest=self._settings.oldest,
        )
        self._next_change = recovered.loaded.roster.next_change(self._arrivals.now())

    def _change_roster(self, loaded: Loaded, batch: Batch) -> None:
        """Go on with ``loaded`` from the first packet of ``batch`` on, and keep a snapshot that knows it."""
        at = batch.packets[0].received_at if batch.packets else (batch.quiet_until or self._arrivals.now())

        def change(connection: Connection) -> None:
            findings = self._intake.engine.apply_roster(loaded.roster, at)
            self._intake.note(connection, Kind.ROSTER, at, at, self._clock.now(), findings)

        self._persist(lambda: self._transact(change, at), Batch([], None))
        self._intake.loaded = loaded
        self._next_change = loaded.roster.next_change(at)
        log.info("roster_applied", version=loaded.version, problems=len(self._intake.engine.problems))

    def _snapshot_now_and_then(self, now: datetime) -> None:
        observed = self._intake.observation_id - self._snapped_position
        if observed >= self._settings.snapshot_observations or (
            observed and self._snapped_at is not None and now - self._snapped_at >= self._settings.snapshot_every
        ):
            self._snapshot(now)

    def _snapshot(self, now: datetime) -> None:
        state, position = self._intake.engine.snapshot(), self._intake.engine.position
        self._transact(lambda c: snapshots.save(c, self._duty.number, position, state, now), now)
        self._snapped_at, self._snapped_position = now, self._intake.observation_id
