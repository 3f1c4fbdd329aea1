"""A report as tables for spreadsheets: CSV after RFC 4180, one line for each group or each late alarm."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from alarms.follow_up.groups import Group
from alarms.follow_up.report import Late, Report
from alarms.follow_up.tally import Figures

#: What splits a group, before its figures.
_KEYS: Final = tuple(name for name in Group.__struct_fields__ if name != "figures")


def groups_csv(report: Report) -> str:
    """Return every group with its figures; those of a hidden group are empty."""
    rows = (
        [report.month, *(_plain(getattr(group, name)) for name in _KEYS), *_figures(group)] for group in report.groups
    )
    return _csv(["month", *_KEYS, *Figures.__struct_fields__], rows)


def exceptions_csv(report: Report) -> str:
    """Return each alarm that waited too long."""
    fields = Late.__struct_fields__
    return _csv(fields, ([_plain(getattr(late, name)) for name in fields] for late in report.exceptions))


def to_json(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def _figures(group: Group) -> list[Any]:
    names = Figures.__struct_fields__
    if group.figures is None:
        return [""] * len(names)
    return [_plain(getattr(group.figures, name)) for name in names]


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if hasattr(value, "isoformat") else value


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
