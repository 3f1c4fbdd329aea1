"""Readers of published recordings, one file per format. The recordings themselves are not part of this package."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from hemvakt_sim.recordings import kasteren, sisfall, tihm, uci, weda
from hemvakt_sim.recordings.record import Bad, Foreign, Record


class Format(StrEnum):
    """Formats of recordings that can be replayed."""

    SISFALL = "sisfall"
    WEDA = "weda"
    TIHM = "tihm"
    KASTEREN = "kasteren"
    UCI = "uci"


READERS: dict[Format, Callable[[Path], Iterator[Record | Bad | Foreign]]] = {
    Format.SISFALL: sisfall.read,
    Format.WEDA: weda.read,
    Format.TIHM: tihm.read,
    Format.KASTEREN: kasteren.read,
    Format.UCI: uci.read,
}
