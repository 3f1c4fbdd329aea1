"""The intake: one batch of packets becomes one transaction, and only then is anything acknowledged."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from alarms import desk
from alarms.settings import DeskSettings
from devices import announcements
from devices.family import Address, Family, Message
from devices.observation import Kind, NumberingSign, Observation
from gateway import concerns, downlink, journal, metrics, presence
from gateway.arrivals import Batch
from gateway.journal import Filed
from gateway.numbering import Numbering, remark
from gateway.presence import Heard, Stranger
from gateway.reading import Read, Reader, dedup_key, observation, observations, readings
from gateway.rosters import Known, Loaded
from gateway.sorting import Numbered
from rules.base import Finding
from rules.engine import Engine

log = structlog.get_logger(__name__)

#: Bytes kept of a message on a topic that no family reads: enough to see what it is.
_IGNORED_SAMPLE = 256
#: Bytes kept of a payload that is too large for any device; its length and the beginning tell what it was.
_LARGEST_KEPT = 1024 * 1024


class Taken(NamedTuple):
    """What a batch came to. ``answers`` are application acks, and requests to devices, to publish after the commit."""

    answers: list[tuple[str, bytes]]
    dispositions: Counter[str]
    observations: int

    def measure(self, packets: int) -> None:
        """Tell the metrics; ``packets`` is the size of the batch, repeats included."""
        for disposition, number in self.dispositions.items():
            metrics.MESSAGES.labels(disposition).inc(number)
        metrics.REPEATS.inc(packets - self.dispositions.total())
        metrics.OBSERVATIONS.inc(self.observations)


class Intake:
    """Turns packets into rows and findings. It counts what it hands out; after a rollback make a new one."""

    def __init__(
        self,
        *,
        engine: Engine,
        loaded: Loaded,
        reader: Reader,
        end: journal.End,
        numbering: Numbering,
        desk_settings: DeskSettings,
        oldest: timedelta,
    ) -> None:
        self.engine, self.loaded = engine, loaded
        #: The number of the last message filed; tells after an unknown outcome whether the commit took place.
        self.inbox_id = end.inbox_id
        self.observation_id = max(end.observation_id, engine.position)
        self.numbering = numbering
        self._reader, self._desk = reader, desk_settings
        self.oldest = oldest

    @property
    def families(self) -> Sequence[Family]:
        """Who reads what."""
        return self._reader.families

    def take_in(
        self, connection: Connection, batch: Batch, now: datetime, extra: Sequence[Finding] = (), *, failed: str = ""
    ) -> Taken:
        """Store a batch and what follows from it, in the caller's transaction.

        ``now`` is the time of the clock, by which the desk sets its timers; arrivals may be stamped ahead of it.
        ``failed`` quarantines all of it for that reason, without a look inside: the last resort for a packet that no
        transaction survives.
        """
        work = _Work(self)
        reads = [self._reader.read(packet) for packet in batch.packets]
        if failed:
            reads = [Read(read.packet, read.family, read.address, problem=failed) for read in reads]
        keys = [dedup_key(read.address, read.message) if read.address and read.message else None for read in reads]
        numbered = Numbered(connection, self._reader, [key for key in keys if key is not None])
        code = concerns.FAILED if failed else concerns.UNREADABLE
        for read, key in zip(reads, keys, strict=True):
            if key is None:
                # Unnumbered: the link has told repeats from new ones, by what this process holds and has not acked.
                if not read.packet.repeat:
                    work.file(read, None, code)
            elif (place := numbered.place(read, key)) is not None:
                work.file(read, place, code, beside=place != key)
            else:
                work.repeated(read)
            if read.message is not None and read.message.wants_ack:
                work.answer(read)
        work.findings.extend(extra)
        if batch.quiet_until is not None:
            work.findings.extend(self.engine.advance(batch.quiet_until))
        work.write(connection)
        if work.findings:
            desk.record(connection, work.findings, now, self._desk)
            work.answers += downlink.requests(work.findings, self.loaded, self._reader.families, now)
        # After the desk has its lock: it changes the same rows while it holds that.
        downlink.heard(connection, [one for one, _ in work.observations], now)
        return Taken(work.answers, Counter(row.disposition for row in work.filed), len(work.observations))

    def note(
        self,
        connection: Connection,
        kind: Kind,
        at: datetime,
        time: datetime,
        now: datetime,
        findings: Sequence[Finding] = (),
    ) -> None:
        """Journal something that the gateway itself did, and let the engine know; record ``findings`` with it.

        ``at`` is its place in the journal, ``now`` the time of the clock.
        """
        self.observation_id += 1
        one = Observation(id=self.observation_id, kind=kind, received_at=at, time=time)
        journal.write(connection, [], [(one, None)])
        if found := [*findings, *self.engine.feed(one)]:
            desk.record(connection, found, now, self._desk)


class _Work:
    """What one transaction will write."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.filed: list[Filed] = []
        self.observations: list[tuple[Observation, int | None]] = []
        self.findings: list[Finding] = []
        self.answers: list[tuple[str, bytes]] = []
        self._heard: dict[str, Heard] = {}
        self._strangers: dict[Address, Stranger] = {}
        #: The last announcement on each topic.
        self._announced: dict[str, Read] = {}

    def answer(self, read: Read) -> None:
        """Promise the application ack; a repeat gets it again, as the device did not hear the first."""
        if read.family is None or read.address is None or read.message is None:
            return
        topic = read.family.ack_topic(read.address)
        if topic is not None:
            self.answers.append((topic, read.family.ack_payload(read.message)))

    def repeated(self, read: Read) -> None:
        """Take in that a message came again that is stored already."""
        known = self._intake.loaded.find(read.address) if read.address else None
        if known is not None and read.message is not None and not read.packet.retain:
            self._remark(known, read, read.message, self._intake.numbering.repeated(known.id, read.message), None)

    def file(self, read: Read, key: bytes | None, code: str, *, beside: bool = False) -> None:
        """Give a message that is new its place in the inbox, and take in what it says.

        ``beside``: its number is that of another message.
        """
        self._intake.inbox_id += 1
        number = self._intake.inbox_id
        known = self._intake.loaded.find(read.address) if read.address else None
        disposition = "accepted"
        if read.announced is not None:
            disposition = "announced"
            self._announced[read.packet.topic] = read
        elif read.address is None:
            # Whoever announces speaks for no resident: what is wrong with it is kept, and is nobody's alarm.
            disposition = "quarantined" if read.problem else "ignored"
        elif read.message is None or read.problem:
            disposition = "quarantined"
            self.findings.append(
                concerns.unreadable(
                    read,
                    number,
                    device=known.id if known else "",
                    device_kind=known.kind if known else "",
                    code=code,
                )
            )
        elif known is None:
            disposition = "unknown_device"
            self._meet(read.address, read.message, read, number)
        else:
            self._observe(known, read, number)
        if known is not None and read.message is not None and not read.packet.retain:
            self._count(known, read, read.message, number, beside=beside)
        self.filed.append(_row(read, number, disposition, key, known))

    def _observe(self, known: Known, read: Read, number: int) -> None:
        packet, intake = read.packet, self._intake
        for one in observations(read, known, after=intake.observation_id, oldest=intake.oldest):
            intake.observation_id = one.id
            self.observations.append((one, number))
            self.findings.extend(intake.engine.feed(one))
            if not packet.retain:
                self._hear(one)

    def _count(self, known: Known, read: Read, message: Message, number: int, *, beside: bool) -> None:
        """Take in the number of a message: after what it says, so that no press waits for it."""
        sign = self._intake.numbering.new(known.id, message, beside=beside)
        self._remark(known, read, message, sign, number)
        heard, last = self._heard.get(known.id), self._intake.numbering.last(known.id)
        if heard is not None and last is not None:
            heard.boot, heard.seq = last.boot, last.seq

    def _remark(
        self, known: Known, read: Read, message: Message, sign: NumberingSign | None, number: int | None
    ) -> None:
        if sign is None:
            return
        self._intake.observation_id += 1
        said = remark(message, sign)
        one = observation(said, read.packet, known, self._intake.observation_id, self._intake.oldest)
        self.observations.append((one, number))
        self.findings.extend(self._intake.engine.feed(one))

    def _hear(self, one: Observation) -> None:
        heard = self._heard.get(one.device)
        if heard is None:
            heard = self._heard[one.device] = Heard(one.device, one.received_at)
        heard.take(one)

    def _meet(self, address: Address, message: Message, read: Read, number: int) -> None:
        if address == concerns.CANARY:
            # The roster does not know it yet. It is nobody's call for help, and its absence is noticed.
            return
        at = read.packet.received_at
        told = readings(read)
        met = self._strangers.get(address)
        if met is None:
            met = self._strangers[address] = Stranger(address.family, address.name, at, at, 0, set(), b"")
        met.last_at, met.messages, met.sample = at, met.messages + 1, read.packet.payload
        met.kinds.update(reading.kind.value for reading in message.readings)
        for kind in dict.fromkeys(one.kind for one in told if one.kind in concerns.CALLS and one.value != 0):
            self.findings.append(concerns.stranger(address, kind, number, at))

    def write(self, connection: Connection) -> None:
        journal.write(connection, self.filed, self.observations)
        presence.heard(connection, list(self._heard.values()))
        presence.strangers(connection, list(self._strangers.values()))
        for topic, read in self._announced.items():
            at, families = read.packet.received_at, self._intake.families
            if not announcements.keep(connection, topic, read.announced or (), families, at):
                log.warning("too_many_announcements", most=announcements.MOST)


def _row(read: Read, number: int, disposition: str, key: bytes | None, known: Known | None) -> Filed:
    packet = read.packet
    payload, reason = packet.payload, read.problem
    # What an announcement says is kept in its own table.
    largest = _IGNORED_SAMPLE if disposition in {"ignored", "announced"} else _LARGEST_KEPT
    if len(payload) > largest:
        reason = f"{reason} The first {largest} of {len(payload)} bytes are kept.".strip()
        payload = payload[:largest]
    return Filed(
        id=number,
        received_at=packet.received_at,
        topic=packet.topic.replace("\0", "\ufffd"),
        payload=payload,
        disposition=disposition,
        reason=reason,
        # Without numbers nothing is a repeat here: the message's own place makes the key unique.
        dedup_key=key or bytes(8) + number.to_bytes(8, "big"),
        device_id=known.id if known else None,
    )
