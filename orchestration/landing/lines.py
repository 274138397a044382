"""A delimited text file as lines: blocks of whole lines, their ends, and the part of a file that some of them make.

What lives here: splitting at line ends, and unpacking gzip for it within the limits of the reader. What a line means is not
looked at.
"""

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa

from orchestration.errors import Refusal
from orchestration.landing.contracts import Register
from orchestration.landing.decode import inflated
from orchestration.landing.read import read_chunks
from orchestration.landing.receive import Received
from orchestration.landing.rows import MAX_FIELD, BadRow, Chunk, in_batches
from orchestration.landing.text import BLOCK_BYTES, MAX_LINE


class NotByLine(Exception):
    """The file is not one record a line, or not one that can be split at all: the reader has to look at it whole."""


@dataclass(frozen=True)
class Part:
    """Header and some lines of a delivery: the file `descriptor`, and the `numbers` of its lines in the delivery."""

    descriptor: int
    numbers: np.ndarray

    def chunks(self, received: Received, register: Register) -> Iterator[Chunk]:
        """The rows of the part under the delivery's own line numbers."""
        try:
            for chunk in read_chunks(received, register, self.descriptor):
                lines = pa.array(self.numbers[chunk.rows["line"].to_numpy() - 1], pa.int64())
                place = chunk.rows.column_names.index("line")
                rows = chunk.rows.set_column(place, "line", lines)
                yield Chunk(rows, [BadRow(self._number(bad.line), bad.column, bad.rule) for bad in chunk.bad])
        except Refusal as refusal:
            if refusal.line is None:
                raise
            raise replace(refusal, line=self._number(refusal.line)) from None
        finally:
            os.close(self.descriptor)

    def _number(self, line: int) -> int:
        return int(self.numbers[line - 1])


def blocks(received: Received) -> Iterator[bytes]:
    """The header line, then blocks of whole lines; the last one may lack its line end. NotByLine for other files."""
    if received.name.format not in ("csv", "csv.gz"):
        raise NotByLine
    with os.fdopen(received.open(), "rb") as handle:
        stream: BinaryIO = handle
        if received.name.format == "csv.gz":
            unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=handle))
            stream = inflated(unpacked, received.size, received.name.name)
        header = stream.readline(MAX_FIELD)
        if not header.endswith(b"\n") or b'"' in header:
            raise NotByLine
        yield header
        rest = b""
        while block := stream.read(BLOCK_BYTES):
            block = rest + block
            cut = block.rfind(b"\n") + 1
            rest = block[cut:]
            if len(rest) > MAX_LINE or b'"' in block:
                raise NotByLine
            if cut:
                yield block[:cut]
        if rest:
            yield rest


def line_ends(block: bytes) -> np.ndarray:
    """The end of every line (behind its line end, if it has one)."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")) + 1
    return ends if block.endswith(b"\n") else np.append(ends, len(block))


def line_table(block: bytes, ends: np.ndarray, first: int) -> pa.Table:
    """The lines (not copied) under their numbers, in batches that several threads can share."""
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    text = pa.Array.from_buffers(pa.binary(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(block)])
    return in_batches(pa.table({"line": np.arange(first, first + len(ends)), "text": text}))


def part_of(received: Received, numbers: np.ndarray) -> Part:
    """The lines of these numbers (ascending, the header's among them) as a file in memory."""
    descriptor = os.memfd_create("renkou-part")  # what is not yet protected never touches a disk
    with os.fdopen(os.dup(descriptor), "wb") as part:
        line = 1
        for block in blocks(received):
            ends = line_ends(block)
            starts = np.concatenate(([0], ends[:-1]))
            first, last = np.searchsorted(numbers, (line, line + len(ends)))
            for index in numbers[first:last] - line:
                part.write(block[starts[index] : ends[index]])
            line += len(ends)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return Part(descriptor, numbers)
