"""Decode: one archived file, of whatever format, as chunks of text columns. Runs in the reading child (child.py)."""

import gzip
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

from orchestration.errors import Refusal
from orchestration.landing.contracts import Register
from orchestration.landing.parquet import parquet_chunks
from orchestration.landing.rows import INFLATED_FREE, INFLATED_TIMES, Chunk
from orchestration.landing.text import TextFile
from orchestration.landing.workbook import workbook_chunks


def decode(handle: BinaryIO, kind: str, size: int, register: Register, file: str) -> Iterator[Chunk]:
    """The rows of an open file of format `kind` and `size` bytes; `file` is what refusals call it.

    Raises Refusal when the file as a whole cannot be read: empty, wrong encoding, unknown header, broken container.
    """
    if size == 0:
        raise Refusal(file, "empty_file", "the file has no content at all; a month without events still has its header")
    match kind:
        case "xlsx":
            yield from workbook_chunks(handle, register, file)
        case "parquet":
            yield from parquet_chunks(handle, register, file)
        case "csv.gz":
            yield from _unfolded(handle, size, register, file)
        case _:
            yield from TextFile(handle, register, file).chunks()


def _unfolded(handle: BinaryIO, size: int, register: Register, file: str) -> Iterator[Chunk]:
    try:
        with gzip.open(handle, "rb") as stream:
            yield from TextFile(inflated(cast(BinaryIO, stream), size, file), register, file).chunks()
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise Refusal(file, "broken_archive", "the gzip file is damaged or cut short; send it again") from None


def inflated(stream: BinaryIO, size: int, file: str) -> BinaryIO:
    """A gzip stream over `size` packed bytes that raises Refusal when it unfolds beyond what a table does."""
    return cast(BinaryIO, _Counted(stream, max(INFLATED_FREE, INFLATED_TIMES * size), file))


class _Counted:
    """A stream that unfolds no further than a table would."""

    def __init__(self, stream: BinaryIO, allowed: int, file: str) -> None:
        self.stream, self.left, self.file = stream, allowed, file

    def read(self, size: int) -> bytes:
        return self._count(self.stream.read(size))

    def readline(self, size: int) -> bytes:
        return self._count(self.stream.readline(size))

    def _count(self, data: bytes) -> bytes:
        self.left -= len(data)
        if self.left < 0:
            raise Refusal(self.file, "too_large", "the gzip file unfolds without measure; send it as plain CSV")
        return data
