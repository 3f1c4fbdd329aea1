"""Recordings of falls and daily activities, as arrays in g, from folders of ``index.csv`` and one archive per subject.

A folder is read by a `Description`: how its rows look, in which unit, at which rate and range. Three datasets are
described here; any other is described in a YAML file with the same fields. Decoded arrays are kept in the user's cache
folder, because xz and text cost minutes and the recordings do not change.
"""

import csv
import hashlib
import io
import os
import re
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

# Neck-worn devices are absent from the public sets; a chest-worn sensor is the nearest stand-in.
POSITIONS = {"waist": "waist", "wrist": "wrist", "chest": "pendant", "pendant": "pendant", "neck": "pendant"}
_CACHE_FORMAT = 2


class Description(BaseModel):
    """How one dataset writes its acceleration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    columns: tuple[int, int, int] = Field(
        default=(0, 1, 2), description="positions of x, y, z in a row, counted from 0"
    )
    delimiter: str = ","
    unit: Literal["g", "m/s2", "mg", "counts"] = "g"
    g_per_count: float | None = Field(default=None, gt=0, description="needed when the unit is counts")
    range_g: float = Field(default=16.0, gt=0, description="full scale per axis")
    rate_hz: float | None = Field(
        default=None, gt=0, description="left out: the index's samples divided by its duration"
    )
    position: str | None = Field(default=None, description="left out: the index's column of that name")
    sensor_table: bool = Field(
        default=False, description="rows of many sensors, told apart by a header table (UMAFall)"
    )

    @model_validator(mode="after")
    def _counts_have_a_scale(self) -> Self:
        if self.unit == "counts" and self.g_per_count is None:
            message = "the unit counts needs g_per_count"
            raise ValueError(message)
        return self

    def scale_g(self) -> float:
        """Return how many g one unit of this dataset is."""
        if self.unit == "counts":
            return self.g_per_count or 1.0
        return {"g": 1.0, "mg": 1e-3, "m/s2": 1 / 9.80665}[self.unit]


# Units, ranges, rates: Sucerquia 2017 (Sensors 17:198), Marques 2023 (Sensors 23:1146), Casilari 2017 (PCS 110:32).
KNOWN = (
    Description(name="sisfall", unit="counts", g_per_count=32 / 8192, range_g=16, rate_hz=200, position="waist"),
    # WEDA's falls are 40 Hz files in its 50 Hz folder, so only samples over duration gives a true rate.
    Description(name="weda_fall", columns=(1, 2, 3), unit="m/s2", range_g=4, position="wrist"),
    Description(name="umafall", columns=(2, 3, 4), delimiter=";", range_g=16, rate_hz=20, sensor_table=True),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One recording: ``samples`` is (n, 3) in g."""

    dataset: str
    subject: str
    elder: bool
    activity: str
    number: str
    fall: bool
    position: str
    rate_hz: float
    range_g: float
    samples: NDArray[np.float32]

    @property
    def hours(self) -> float:
        return len(self.samples) / self.rate_hz / 3600


def load(folder: Path, description: Description) -> Iterator[Trial]:
    """Yield every trial of a folder whose position the detector knows, subject by subject."""
    for archive, rows in sorted(_index(folder / "index.csv", description).items()):
        arrays = _decoded(folder / archive, rows, description)
        for number, row in enumerate(rows):
            yield Trial(
                dataset=description.name,
                subject=row["subject"],
                elder=row["elder"].lower() in {"true", "1"},
                activity=row["activity"],
                number=row["trial"],
                fall=row["fall"].lower() in {"true", "1"},
                position=POSITIONS[_position(row, description)],
                rate_hz=description.rate_hz or float(row["rate_hz"]),
                range_g=description.range_g,
                samples=arrays[number],
            )


def load_folder(data: Path, *extra: Description) -> Iterator[Trial]:
    """Yield the trials of every known dataset under ``data``, and of those that ``extra`` describes."""
    for description in (*KNOWN, *extra):
        for folder in (data / description.name, data):
            if (folder / "index.csv").is_file() and folder.name == description.name:
                yield from load(folder, description)
                break


def describe(path: Path) -> Description:
    """Read a description from YAML; raises ``pydantic.ValidationError`` on an unknown or impossible field."""
    return Description.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def _position(row: dict[str, str], description: Description) -> str:
    return (description.position or row["position"]).lower()


def _index(path: Path, description: Description) -> dict[str, list[dict[str, str]]]:
    by_archive: dict[str, list[dict[str, str]]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if _position(row, description) in POSITIONS:
                by_archive[row["archive"]].append(row)
    return by_archive


def _decoded(archive: Path, rows: list[dict[str, str]], description: Description) -> list[NDArray[np.float32]]:
    stat = archive.stat()
    key = (
        f"{_CACHE_FORMAT} {archive.resolve()} {stat.st_size} {stat.st_mtime_ns} {description.model_dump_json()} {rows}"
    )
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hemvakt" / "recordings"
    cache = base / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.npz"
    if not cache.is_file():
        arrays = _read_archive(archive, rows, description)
        base.mkdir(parents=True, exist_ok=True)
        partial = cache.with_suffix(f".{os.getpid()}.npz")
        np.savez(partial, allow_pickle=False, **{str(number): array for number, array in enumerate(arrays)})
        partial.replace(cache)
    with np.load(cache) as stored:
        return [stored[str(number)] for number in range(len(rows))]


def _read_archive(archive: Path, rows: list[dict[str, str]], description: Description) -> list[NDArray[np.float32]]:
    wanted = {row["path"] for row in rows}
    texts: dict[str, str] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name in wanted and (file := tar.extractfile(member)):
                texts[member.name] = file.read().decode("latin-1")
    return [_parse(texts[row["path"]], _position(row, description), description) for row in rows]


def _parse(text: str, position: str, description: Description) -> NDArray[np.float32]:
    columns: tuple[int, ...] = description.columns
    if description.sensor_table:
        columns = (*columns, max(columns) + 1, max(columns) + 2)
    elif description.delimiter != ";":
        text = text.replace(";", "")
    table = _numbers(text, columns, description.delimiter)
    if description.sensor_table:
        acceleration = 0
        table = table[(table[:, 3] == acceleration) & (table[:, 4] == _sensor_id(text, position))][:, :3]
    return (table * description.scale_g()).astype(np.float32)


def _numbers(text: str, columns: tuple[int, ...], delimiter: str) -> NDArray[np.float64]:
    """Read the columns; rows that are no numbers (headers, also in the middle, and padding) are left out."""
    try:
        return np.loadtxt(io.StringIO(text), delimiter=delimiter, usecols=columns, comments="%", ndmin=2)
    except ValueError:
        rows = (_row(line, columns, delimiter) for line in text.splitlines())
        return np.array([row for row in rows if row], dtype=float).reshape(-1, len(columns))


def _row(line: str, columns: tuple[int, ...], delimiter: str) -> list[float] | None:
    cells = line.split(delimiter)
    try:
        return [float(cells[column]) for column in columns]
    except (ValueError, IndexError):
        return None


def _sensor_id(text: str, position: str) -> int:
    """Look the position up in the header table; each UMAFall file numbers its sensors anew."""
    match = re.search(rf"^%[^;\n]*;\s*(\d+);\s*\w*{position}\s*;", text, flags=re.IGNORECASE | re.MULTILINE)
    return int(match[1]) if match else -1
