"""Measures by clock, month and area, as the records have them, and by how much the faults may have moved each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.demo.ground import Float, Ground
from orchestration.demo.months import Bool, Int, last_day, to_date
from orchestration.demo.truth import Run

CLOCKS = ("event", "report")
ROWS_A_GROUP = 1_000_000
Key = tuple[str, str, str]  # measure, stratum, clock


@dataclass(frozen=True)
class Flow:
    """Records of a measure: month of the event and of the first delivery (NEVER: none), area, weight.

    ``hit`` marks the records that a fault may keep out, bring late or change; ``doubted`` are the records in doubt where they
    are others than the hit ones among those that count (a fault may bring one into this stratum).
    """

    measure: str
    event: Int
    report: Int
    place: Int
    hit: Bool
    weight: npt.NDArray[np.integer] | Float | None = None
    stratum: str = ""
    doubted: Flow | None = None

    def among(self, measure: str, chosen: Bool, stratum: str = "") -> Flow:
        """A measure of some of the records."""
        weight = None if self.weight is None else self.weight[chosen]
        return replace(
            self, measure=measure, stratum=stratum, weight=weight, event=self.event[chosen],
            report=self.report[chosen], place=self.place[chosen], hit=self.hit[chosen],
        )  # fmt: skip


@dataclass(frozen=True)
class Sightings:
    """Entities that count once in a window however often they were seen."""

    measure: str
    entity: Int
    event: Int
    report: Int
    place: Int
    hit: Bool


class Book:
    """The measures; the months are those from the first policy year on (``run.window_first``).

    Areas below ``kept_from`` (numbers of the ground) are written to the file and not kept.
    """

    SCHEMA = pa.schema(
        [
            ("clock", pa.dictionary(pa.int8(), pa.string())),
            ("month", pa.date32()),
            ("area_code", pa.dictionary(pa.int32(), pa.string())),
            ("measure", pa.dictionary(pa.int16(), pa.string())),
            ("stratum", pa.dictionary(pa.int8(), pa.string())),
            ("value", pa.float64()),
            ("doubt", pa.float64()),
        ]
    )

    def __init__(self, path: Path, ground: Ground, run: Run, kept_from: int) -> None:
        self._path, self._hidden = path, path.with_name(f".{path.name}.part")
        self._pending: list[tuple[Key, npt.NDArray[np.intp], npt.NDArray[np.intp], Float, Float]] = []
        self._writer = pq.ParquetWriter(self._hidden, self.SCHEMA, compression="zstd")
        self.ground, self.run, self.kept_from = ground, run, kept_from
        self.months = run.last - run.window_first + 1
        self.value: dict[Key, Float] = {}
        self.doubt: dict[Key, Float] = {}
        self.sightings: dict[str, Sightings] = {}

    def _tally(self, month: Int, place: Int, weight: npt.NDArray[np.number] | None) -> Float:
        """Sums by month and area, areas above included."""
        inside = (month >= self.run.window_first) & (month <= self.run.last)
        at = (month[inside].astype(np.int64) - self.run.window_first) * len(self.ground) + place[inside]
        sums = np.bincount(at, None if weight is None else weight[inside], minlength=self.months * len(self.ground))
        return self.ground.climb(sums.astype(np.float64).reshape(self.months, len(self.ground)))

    def flow(self, *flows: Flow) -> None:
        """Note a measure and stratum: all its records. A hit one may come late: in doubt from its month on."""
        whole = _joined(flows)
        struck = whole.doubted or (whole.among(whole.measure, whole.hit) if whole.hit.any() else None)
        for clock in CLOCKS:
            value = self._tally(getattr(whole, clock), whole.place, whole.weight)
            doubt = np.zeros_like(value)
            if struck is not None:
                doubt = self._tally(getattr(struck, clock), struck.place, struck.weight)
                doubt = doubt if clock == "event" else doubt.cumsum(axis=0)
            self._note((whole.measure, whole.stratum, clock), value, doubt)

    def stock(self, measure: str, stratum: str, value: Float, doubt: Float) -> None:
        """Note what stands at each month's end (months x areas, each row at its own area), on both clocks."""
        value, doubt = self.ground.climb(value.copy()), self.ground.climb(doubt.copy())
        for clock in CLOCKS:
            self._note((measure, stratum, clock), value, doubt)

    def seen(self, sightings: Sightings) -> None:
        """Note who was seen."""
        self.sightings[sightings.measure] = sightings
        for clock in CLOCKS:
            months = range(self.run.window_first, self.run.last + 1)
            both = [self.distinct(sightings.measure, clock, month, month) for month in months]
            value, doubt = (np.stack(column) for column in zip(*both, strict=True))
            self._note((sightings.measure, "", clock), value, doubt)

    def distinct(self, measure: str, clock: str, first: int, last: int) -> tuple[Float, Float]:
        """Entities seen in these months in every area, and how many of them a fault may have hidden."""
        seen = self.sightings[measure]
        month = seen.event if clock == "event" else seen.report
        within = (month >= first) & (month <= last)
        late = within if clock == "event" else (month <= last)
        return self._different(seen, within), self._different(seen, late & seen.hit)

    def _different(self, seen: Sightings, chosen: Bool) -> Float:
        size = len(self.ground)
        places = self.ground.everywhere(seen.place[chosen])
        pairs = [seen.entity[chosen].astype(np.int64) * size + place for place in places]
        return np.bincount(np.unique(np.concatenate(pairs)) % size, minlength=size).astype(np.float64)

    def _note(self, key: Key, value: Float, doubt: Float) -> None:
        self.value[key], self.doubt[key] = value[:, self.kept_from :], doubt[:, self.kept_from :]
        month, place = np.nonzero((value != 0) | (doubt != 0))
        self._pending.append((key, month, place, value[month, place], doubt[month, place]))
        if sum(len(entry[1]) for entry in self._pending) > ROWS_A_GROUP:
            self._flush()

    def _flush(self) -> None:
        keys = [entry[0] for entry in self._pending]
        sizes = [len(entry[1]) for entry in self._pending]
        ends = np.array(
            [to_date(last_day(self.run.window_first + at)) for at in range(self.months)], dtype="datetime64[D]"
        )
        month, place, value, doubt = (np.concatenate(column) for column in list(zip(*self._pending, strict=True))[1:])
        columns = [
            *(_repeated([key[part] for key in keys], sizes) for part in (2, 0, 1)),
            pa.array(ends.astype("datetime64[M]").astype("datetime64[D]")[month], type=pa.date32()),
            pa.DictionaryArray.from_arrays(pa.array(place), list(self.ground.codes)),
            pa.array(value),
            pa.array(doubt),
        ]
        names = ("clock", "measure", "stratum", "month", "area_code", "value", "doubt")
        table = pa.table(dict(zip(names, columns, strict=True))).select(self.SCHEMA.names)
        self._writer.write_table(table.cast(self.SCHEMA))
        self._pending = []

    def close(self) -> None:
        """Move the file into place; its metadata names every measure, also those of which there was none."""
        if self._pending:
            self._flush()
        self._writer.add_key_value_metadata({"measures": " ".join(sorted({measure for measure, _, _ in self.value}))})
        self._writer.close()
        self._hidden.replace(self._path)


def _joined(flows: tuple[Flow, ...]) -> Flow:
    if len(flows) == 1:
        return flows[0]
    event, report, place, hit = (
        np.concatenate([getattr(flow, name) for flow in flows]) for name in ("event", "report", "place", "hit")
    )
    return replace(flows[0], event=event, report=report, place=place, hit=hit)


def _repeated(texts: list[str], sizes: list[int]) -> pa.Array:
    """A dictionary array of each text so many times."""
    labels = sorted(set(texts))
    return pa.DictionaryArray.from_arrays(pa.array(np.repeat([labels.index(text) for text in texts], sizes)), labels)
