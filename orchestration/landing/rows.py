"""Rows on their way from a file to the checks: the shapes that every reader yields, and the limits that they share."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from orchestration.landing.header import Header

ROWS_PER_CHUNK = 100_000
SCAN_ROWS = 32_768  # rows per Arrow batch: DuckDB gives each thread a batch, so a single one keeps a single thread busy
MAX_FIELD = 1 << 20
INFLATED_FREE = 64 << 20  # bytes that a container may unfold to at any ratio
INFLATED_TIMES = 200  # real tables deflate 10 to 50 times

csv.field_size_limit(MAX_FIELD)


@dataclass(frozen=True)
class BadRow:
    """A quarantined row: its line in the sender's file, the column (empty for the whole row), the rule."""

    line: int
    column: str
    rule: str


@dataclass
class Chunk:
    """Some rows of a file, and those that could not be split.

    `rows` holds `line`, `dirty` (the line has spaces or full-width forms that want mending) and one text column per kept
    column, in which an empty cell is null.
    """

    rows: pa.Table
    bad: list[BadRow] = field(default_factory=list)


def in_batches(rows: pa.Table) -> pa.Table:
    """The same rows (not copied) in batches that several threads can share."""
    return pa.Table.from_batches(rows.to_batches(max_chunksize=SCAN_ROWS), schema=rows.schema)


def table(columns: Mapping[str, Sequence[str | None]], lines: Sequence[int]) -> pa.Table:
    """Text columns as the checks read them."""
    arrays = {"line": pa.array(lines, pa.int64()), "dirty": pa.array([True] * len(lines), pa.bool_())}
    return pa.table(arrays | {name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def empty_chunk(header: Header) -> Chunk:
    """No rows, all columns: what a month without events gives."""
    return Chunk(table({name: [] for name in header.positions}, []))


def chunk_of(header: Header, batch: Sequence[tuple[int, list[str]]]) -> Chunk:
    """Split rows by width and by what cannot stand in a cell; blank ones are left out."""
    good: list[tuple[int, list[str]]] = []
    bad: list[BadRow] = []
    for line, row in batch:
        if not any(row):
            continue
        rule = _fault(header, row)
        if rule:
            bad.append(BadRow(line, "", rule))
        else:
            good.append((line, row))
    columns = {name: [row[position] or None for _, row in good] for name, position in header.positions.items()}
    return Chunk(table(columns, [line for line, _ in good]), bad)


def _fault(header: Header, row: list[str]) -> str | None:
    if len(row) != header.width or any(row[i].strip() for i in header.unnamed):
        return "width"
    joined = ",".join(row)
    if UNDECODED.search(joined):
        return "undecodable"
    return "control_character" if FORBIDDEN.search(joined) else None


UNDECODED = re.compile("[\udc80-\udcff]")  # surrogates stand for bytes that did not decode
# Control characters but tab and line ends, byte order marks, and the mark that a program leaves where it could not decode.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffd]")
