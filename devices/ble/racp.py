"""Record Access Control Point 0x2A52: ask a device for its stored records.

Source: Bluetooth SIG, GATT Specification Supplement, "Record Access Control Point".
"""

from enum import IntEnum

import msgspec

from devices.ble.frame import Frame, RejectedFrameError

_REPORT, _COUNT, _ABORT, _NUMBER_OF_RECORDS, _RESPONSE = 0x01, 0x04, 0x03, 0x05, 0x06
_NO_OPERATOR, _ALL, _AT_LEAST, _LAST = 0x00, 0x01, 0x03, 0x06
_SEQUENCE_NUMBER = 0x01


class Outcome(IntEnum):
    """How a request ended."""

    SUCCESS = 1
    OPCODE_UNSUPPORTED = 2
    INVALID_OPERATOR = 3
    OPERATOR_UNSUPPORTED = 4
    INVALID_OPERAND = 5
    NO_RECORDS = 6
    ABORT_FAILED = 7
    NOT_COMPLETED = 8
    OPERAND_UNSUPPORTED = 9
    SERVER_BUSY = 10


class Response(msgspec.Struct, frozen=True):
    """The device's answer: how the request ended, or how many records there are."""

    outcome: Outcome
    records: int | None = None


def report_all() -> bytes:
    """Ask for every stored record."""
    return bytes((_REPORT, _ALL))


def report_last() -> bytes:
    """Ask for the newest stored record."""
    return bytes((_REPORT, _LAST))


def report_from(sequence: int) -> bytes:
    """Ask for the records numbered ``sequence`` (0 to 65535) and above."""
    return bytes((_REPORT, _AT_LEAST, _SEQUENCE_NUMBER)) + sequence.to_bytes(2, "little")


def count_all() -> bytes:
    """Ask how many records are stored."""
    return bytes((_COUNT, _ALL))


def abort() -> bytes:
    """Stop what was asked for."""
    return bytes((_ABORT, _NO_OPERATOR))


def response(data: bytes) -> Response:
    """Read the indication that ends a request. Raises RejectedFrameError."""
    frame = Frame(data)
    opcode, operator = frame.uint(1), frame.uint(1)
    if operator != _NO_OPERATOR or opcode not in {_NUMBER_OF_RECORDS, _RESPONSE}:
        raise RejectedFrameError("It is no response of a record access control point.")
    if opcode == _NUMBER_OF_RECORDS:
        answer = Response(Outcome.SUCCESS, frame.uint(2))
    else:
        frame.take(1)
        answer = Response(_outcome(frame.uint(1)))
    frame.end()
    return answer


def _outcome(code: int) -> Outcome:
    try:
        return Outcome(code)
    except ValueError as error:
        raise RejectedFrameError("Its response code does not exist.") from error
