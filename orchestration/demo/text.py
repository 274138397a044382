"""Cells of a file as Arrow binary arrays, already in the file's encoding: no Python loop touches a row."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.demo.months import FIRST_DAY, LAST_DAY, NO_DAY, Int, day_number, to_date

DATE_FORMS = ("2014-03-05", "2014/3/5", "20140305", "2014年3月5日")


class Labels:
    """A list of texts that cells point into, kept once per encoding."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self._encoded: dict[str, pa.Array] = {}

    def encoded(self, encoding: str) -> pa.Array:
        """The texts as a binary array."""
        if encoding not in self._encoded:
            self._encoded[encoding] = pa.array([text.encode(encoding) for text in self.texts], type=pa.binary())
        return self._encoded[encoding]


class Cells(Protocol):
    """One column of a file before it is text."""

    def render(self, encoding: str, forms: npt.NDArray[np.int8]) -> pa.Array:
        """Binary array; ``forms`` says per row in which of DATE_FORMS a date stands."""

    def take(self, rows: npt.NDArray[np.integer]) -> Cells:
        """The cells of these rows."""


@dataclass(frozen=True)
class Coded:
    """Cells that point into labels."""

    labels: Labels
    codes: npt.NDArray[np.integer]

    def render(self, encoding: str, forms: npt.NDArray[np.int8]) -> pa.Array:
        """See Cells."""
        return self.labels.encoded(encoding).take(pa.array(self.codes))

    def take(self, rows: npt.NDArray[np.integer]) -> Coded:
        """See Cells."""
        return Coded(self.labels, self.codes[rows])


@dataclass(frozen=True)
class Dates:
    """Cells that are days; NO_DAY is an empty cell."""

    days: Int

    def render(self, encoding: str, forms: npt.NDArray[np.int8]) -> pa.Array:
        """See Cells."""
        table = _date_labels().encoded(encoding)
        span = (len(table) - 1) // len(DATE_FORMS)
        index = forms.astype(np.int64) * span + (self.days.astype(np.int64) - day_number(FIRST_DAY))
        return table.take(pa.array(np.where(self.days == NO_DAY, len(table) - 1, index)))

    def take(self, rows: npt.NDArray[np.integer]) -> Dates:
        """See Cells."""
        return Dates(self.days[rows])


@dataclass(frozen=True)
class Fixed:
    """ASCII cells of one width (dtype S18)."""

    data: npt.NDArray[np.bytes_]

    def render(self, encoding: str, forms: npt.NDArray[np.int8]) -> pa.Array:
        """See Cells."""
        width = self.data.dtype.itemsize
        packed = np.ascontiguousarray(self.data)
        kind = pa.binary(width)
        return pa.Array.from_buffers(kind, len(packed), [None, pa.py_buffer(packed.tobytes())]).cast(pa.binary())

    def take(self, rows: npt.NDArray[np.integer]) -> Fixed:
        """See Cells."""
        return Fixed(self.data[rows])


@dataclass(frozen=True)
class Joined:
    """Cells put together from parts."""

    parts: tuple[Cells, ...] = field(default_factory=tuple)

    def render(self, encoding: str, forms: npt.NDArray[np.int8]) -> pa.Array:
        """See Cells."""
        return pc.binary_join_element_wise(*(part.render(encoding, forms) for part in self.parts), b"")

    def take(self, rows: npt.NDArray[np.integer]) -> Joined:
        """See Cells."""
        return Joined(tuple(part.take(rows) for part in self.parts))


def date_text(day: int, form: int = 0) -> str:
    """A day in one of DATE_FORMS."""
    at = to_date(day)
    if form == 0:
        return at.isoformat()
    if form == 1:
        return f"{at.year}/{at.month}/{at.day}"
    return f"{at:%Y%m%d}" if form == 2 else f"{at.year}年{at.month}月{at.day}日"


@cache
def _date_labels() -> Labels:
    days = np.arange(np.datetime64(FIRST_DAY), np.datetime64(LAST_DAY) + 1)
    parts = [(text[:4], text[5:7], text[8:]) for text in np.datetime_as_string(days).tolist()]
    whole = [(year, int(month), int(day)) for year, month, day in parts]
    texts = [f"{year}-{month}-{day}" for year, month, day in parts]
    texts += [f"{year}/{month}/{day}" for year, month, day in whole]
    texts += [f"{year}{month}{day}" for year, month, day in parts]
    return Labels([*texts, *(f"{year}年{month}月{day}日" for year, month, day in whole), ""])


@cache
def whole_numbers(prefix: str = "", width: int = 0, suffix: str = "", stop: int = 400) -> Labels:
    """0 .. stop - 1 as text."""
    return Labels([f"{prefix}{number:0{width}d}{suffix}" for number in range(stop)])


def lines_of(cells: list[pa.Array]) -> pa.Array:
    """Comma-separated lines without their ends."""
    return pc.binary_join_element_wise(*cells, b",")


def as_bytes(lines: pa.Array, end: bytes) -> memoryview:
    """All lines, each with its end, as one block of bytes."""
    ended = pc.binary_join_element_wise(lines, pa.scalar(end, pa.binary()), b"")
    if isinstance(ended, pa.ChunkedArray):
        ended = ended.combine_chunks()
    if len(ended) == 0:
        return memoryview(b"")
    offsets = np.frombuffer(ended.buffers()[1], dtype=np.int32)[ended.offset : ended.offset + len(ended) + 1]
    return memoryview(ended.buffers()[2])[int(offsets[0]) : int(offsets[-1])]


def put(array: pa.Array, cells: dict[int, bytes]) -> pa.Array:
    """The array with some rows replaced."""
    if not cells:
        return array
    rows = sorted(cells)
    mask = np.zeros(len(array), dtype=np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(array, pa.array(mask), pa.array([cells[row] for row in rows], type=pa.binary()))
