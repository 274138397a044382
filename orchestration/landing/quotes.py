"""Quoted text: rows from the first quote of a file on, by Python's strict csv reader and a few checks that it lacks."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from orchestration.errors import Refusal
from orchestration.landing import rows as limits
from orchestration.landing.header import Header
from orchestration.landing.rows import BadRow, Chunk, chunk_of

if TYPE_CHECKING:
    from orchestration.landing.text import TextFile

_CELL = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
WHOLE_ROW = re.compile(rf"(?:{_CELL},)*{_CELL}\r?\n?")  # a quote stands only around a cell, or doubled inside one


def quoted_chunks(source: "TextFile", header: Header, start: bytes) -> Iterator[Chunk]:
    """Rows from `start` (read, but not yet consumed) on. Raises Refusal when quotes do not close or swallow rows."""
    rows = _Rows(source, header, start)
    while batch := list(islice(rows, limits.ROWS_PER_CHUNK)):
        chunk = chunk_of(header, batch)
        chunk.bad += rows.bad
        rows.bad = []
        yield chunk
    if rows.bad:
        yield Chunk(chunk_of(header, []).rows, rows.bad)


class _Rows:
    """An iterator over (line, cells); rows with stray quotes go to `bad`."""

    def __init__(self, source: "TextFile", header: Header, start: bytes) -> None:
        self.source, self.header, self.base = source, header, source.line
        self.bytes = io.BufferedReader(_Joined(start, source.handle))
        self.raw: list[str] = []  # the physical lines of the row at hand
        self.reader = csv.reader(self._lines(), strict=True)
        self.bad: list[BadRow] = []

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return self

    def __next__(self) -> tuple[int, list[str]]:
        while True:
            line = self.base + self.reader.line_num + 1
            self.raw.clear()
            try:
                row = next(self.reader)
            except csv.Error:
                raise self._refusal(
                    "quotes do not close, text follows a closing quote, or a line ends inside a row"
                ) from None
            rule = self._fault(row)
            if rule is None:
                return line, row
            self.bad.append(BadRow(line, "", rule))

    def _fault(self, row: list[str]) -> str | None:
        if len(self.raw) > 1 and (
            len(row) != self.header.width or any("\n" in c and c.count(",") >= self.header.width - 1 for c in row)
        ):
            raise self._refusal("a quote that was left open has swallowed line ends")
        if any('"' in cell for cell in row) and not WHOLE_ROW.fullmatch("".join(self.raw)):
            return "stray_quote"
        unended = not self.raw[-1].endswith("\n")
        whole = len(row) == self.header.width and any(row) and not self.raw[-1].endswith('"')
        return "truncated" if unended and whole and self.source.may_be_cut(self.header, row) else None

    def _refusal(self, what: str) -> Refusal:
        detail = f"{what}; mend the quotes at this line and send the file again"
        return Refusal(self.source.file, "quotes", detail, line=self.base + self.reader.line_num)

    def _lines(self) -> Iterator[str]:
        from orchestration.landing.text import MAX_LINE, nul_byte

        encoding = self.source.encoding
        while line := self.bytes.readline(MAX_LINE):
            number = self.base + self.reader.line_num + 1
            if b"\0" in line:
                raise nul_byte(self.source.file, number)
            if len(line) == MAX_LINE:
                raise Refusal(
                    self.source.file,
                    "line_too_long",
                    "a line is longer than any row can be; mend that line",
                    line=number,
                )
            foreign = not line.isascii() and self.source.foreign_lines(line)
            text = line.decode("ascii" if foreign else encoding, "surrogateescape")
            self.raw.append(text)
            yield text


class _Joined(io.RawIOBase):
    """Bytes already read, then the rest of a stream."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self._parts = (io.BytesIO(start), rest)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._parts[0].read(len(buffer)) or self._parts[1].read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
