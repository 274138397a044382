"""Read: decode as declared, match the header to the contract, check every line's width; every cell stays text.

What lives here: bytes to text cells with their line numbers. What does not: what a cell means.
Two ways through a text file, with one outcome: a block without a quote character is split by width-checked Arrow
parsing; from the first quote on, Python's strict csv reader takes over.
"""

import csv
import gzip
import io
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from orchestration.errors import Refusal
from orchestration.landing import xlsx
from orchestration.landing.contracts import Register
from orchestration.landing.header import Header, half_width, match_header
from orchestration.landing.receive import Received, printable

BLOCK_BYTES = 32 << 20
ROWS_PER_CHUNK = 100_000
MAX_FIELD = 1 << 20
MAX_HEADER_CELLS = 500
TITLE_ROWS = 10
UNREADABLE_WORKBOOK = "the workbook cannot be read; open it, save it as .xlsx and send it again"
UTF8_BOM = b"\xef\xbb\xbf"
# Bytes of UTF-8 that a cell wanting repair must have: blanks, and the lead bytes of full-width forms and wide spaces.
DIRTY_BYTES = np.isin(np.arange(256), [0x09, 0x20, 0xC2, 0xE3, 0xEF])

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


def read_chunks(received: Received, register: Register, *, lenient: bool = False) -> Iterator[Chunk]:
    """The file's rows as chunks of text columns, every kept column of the contract among them.

    Raises Refusal when the file as a whole cannot be read: empty, wrong encoding, broken container; HeaderDrift when its
    header is not the contract's. `lenient` reads such a file all the same, if only optional columns are missing (as null).
    """
    for chunk in _read(received, register, lenient=lenient):
        for column in register.kept:
            if column.name not in chunk.rows.column_names:
                chunk.rows = chunk.rows.append_column(column.name, pa.nulls(chunk.rows.num_rows, pa.string()))
        yield chunk


def _read(received: Received, register: Register, *, lenient: bool) -> Iterator[Chunk]:
    file = printable(received.name.name)
    if received.size == 0:
        raise Refusal(file, "empty_file", "the file has no content at all; a month without events still has its header")
    if received.name.format == "xlsx":
        yield from _read_workbook(received.path, register, file, lenient=lenient)
        return
    opener = gzip.open if received.name.format == "csv.gz" else open
    try:
        with opener(received.path, "rb") as handle:
            yield from _TextFile(cast(BinaryIO, handle), register, file, lenient=lenient).chunks()
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise Refusal(file, "broken_archive", "the gzip file is damaged or cut short; send it again") from None


class _TextFile:
    """One pass over a delimited text file."""

    def __init__(self, handle: BinaryIO, register: Register, file: str, *, lenient: bool) -> None:
        self.handle, self.register, self.file, self.lenient = handle, register, file, lenient
        self.encoding: str = register.encoding
        self.line = 0  # lines consumed so far

    def chunks(self) -> Iterator[Chunk]:
        first = self._first_line()
        header = self._header(first)
        yield Chunk(_table({name: [] for name in header.positions}, []))
        rest = b""
        while block := self.handle.read(BLOCK_BYTES):
            if b'"' in block:
                yield from self._quoted(header, rest + block)
                return
            block = rest + block
            cut = block.rfind(b"\n") + 1
            rest = block[cut:]
            if len(rest) > MAX_FIELD * 4:
                raise Refusal(self.file, "line_too_long", "a line is longer than any row can be", line=self.line + 1)
            if cut:
                yield self._plain(header, block[:cut])
        if rest:
            yield self._plain(header, rest + b"\n")

    def _first_line(self) -> bytes:
        start = self.handle.readline(MAX_FIELD)
        if start.startswith(UTF8_BOM):
            self.encoding, start = "utf-8", start[len(UTF8_BOM) :]
        self.line = 1
        return start

    def _header(self, first: bytes) -> Header:
        try:
            text = first.decode(self.encoding)
            cells = next(csv.reader([text], strict=True), [])
        except UnicodeDecodeError:
            raise self._wrong_encoding() from None
        except csv.Error:
            raise Refusal(self.file, "header", "the header's quotes or line ends are broken", line=1) from None
        if len(cells) > MAX_HEADER_CELLS:
            raise Refusal(self.file, "header", f"more than {MAX_HEADER_CELLS} columns", line=1)
        try:
            return match_header(cells, self.register, self.file, 1, lenient=self.lenient)
        except Refusal:
            if self._readable_otherwise(first):
                raise self._wrong_encoding() from None
            raise

    def _other(self) -> str:
        return "utf-8" if self.encoding == "gb18030" else "gb18030"

    def _readable_otherwise(self, first: bytes) -> bool:
        with suppress(UnicodeDecodeError, Refusal, csv.Error):
            cells = next(csv.reader([first.decode(self._other())], strict=True), [])
            match_header(cells, self.register, self.file, 1)
            return True
        return False

    def _wrong_encoding(self) -> Refusal:
        declared, other = self.register.encoding, self._other()
        detail = (
            f"{self.register.name} is declared as {declared}, and the header does not read so; was it saved as {other}?"
        )
        return Refusal(self.file, "wrong_encoding", detail, line=1)

    def _plain(self, header: Header, block: bytes) -> Chunk:
        """Rows of a block without quotes: widths are counted before anything is split."""
        if b"\0" in block:
            raise Refusal(self.file, "nul_byte", "the file holds NUL bytes", line=self.line + 1)
        text, undecodable = self._decode(block)
        codes = np.frombuffer(text, np.uint8)
        ends = np.flatnonzero(codes == ord("\n"))
        starts = np.concatenate(([0], ends[:-1] + 1))
        commas = np.diff(np.searchsorted(np.flatnonzero(codes == ord(",")), np.append(starts, len(codes))))
        lengths = ends - starts
        lengths -= (lengths > 0) & (codes[np.maximum(ends - 1, 0)] == ord("\r"))
        numbers = self.line + 1 + np.arange(len(ends), dtype=np.int64)
        self.line += len(ends)
        blank = lengths <= commas  # nothing but separators
        blank[undecodable] = False
        dirty = np.diff(np.searchsorted(np.flatnonzero(DIRTY_BYTES[codes]), np.append(starts, len(codes)))) > 0
        good = (commas == header.width - 1) & ~blank
        good[undecodable] = False
        wrong = ~good & ~blank
        wrong[undecodable] = False
        bad = [BadRow(int(n), "", "width") for n in numbers[wrong]]
        bad += [BadRow(int(n), "", "undecodable") for n in numbers[undecodable]]
        if not good.all():
            text = b"".join(text[starts[i] : ends[i] + 1] for i in np.flatnonzero(good))
        rows, moved = self._split(header, text, numbers[good], dirty[good])
        return Chunk(rows, bad + [BadRow(line, "", "width") for line in moved])

    def _decode(self, block: bytes) -> tuple[bytes, list[int]]:
        """The block as UTF-8, and the positions of lines that do not decode (replaced by empty lines)."""
        try:
            text = block.decode(self.encoding)
            return (block if self.encoding == "utf-8" else text.encode()), []
        except UnicodeDecodeError:
            lines, broken = block.split(b"\n")[:-1], []
            for index, line in enumerate(lines):
                try:
                    lines[index] = line.decode(self.encoding).encode()
                except UnicodeDecodeError:
                    lines[index] = b""
                    broken.append(index)
            return b"\n".join(lines) + b"\n", broken

    def _split(self, header: Header, text: bytes, numbers: np.ndarray, dirty: np.ndarray) -> tuple[pa.Table, list[int]]:
        """The rows as kept columns, and the lines of rows with something in an unnamed column."""
        if not len(numbers):
            return _table({name: [] for name in header.positions}, []), []
        cells = self._parse(header, text)
        if cells is None or cells.num_rows != len(numbers):
            raise Refusal(self.file, "line_ends", "line ends inside rows; save the file again", line=int(numbers[0]))
        moved = np.zeros(len(numbers), bool)
        for position in header.unnamed:
            trimmed = pc.utf8_trim_whitespace(pc.fill_null(cells[f"c{position}"], ""))
            moved |= np.asarray(pc.not_equal(trimmed, ""))
        kept = cells.select([f"c{position}" for position in header.positions.values()])
        rows = kept.rename_columns(list(header.positions))
        rows = rows.add_column(0, "line", pa.array(numbers)).add_column(1, "dirty", pa.array(dirty))
        return (rows.filter(pa.array(~moved)) if moved.any() else rows), [int(n) for n in numbers[moved]]

    def _parse(self, header: Header, text: bytes) -> pa.Table | None:
        wanted = [*header.positions.values(), *header.unnamed]
        try:
            return pacsv.read_csv(
                pa.py_buffer(text),
                read_options=pacsv.ReadOptions(
                    column_names=[f"c{i}" for i in range(header.width)], block_size=len(text) + 1
                ),
                parse_options=pacsv.ParseOptions(quote_char=False, ignore_empty_lines=False),
                convert_options=pacsv.ConvertOptions(
                    include_columns=[f"c{i}" for i in wanted],
                    column_types={f"c{i}": pa.string() for i in wanted},
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid:  # its message holds the row
            return None

    def _quoted(self, header: Header, start: bytes) -> Iterator[Chunk]:
        """Rows from the first quote on, by Python's strict reader; `start` is what was read but not yet consumed."""
        stream = io.TextIOWrapper(
            io.BufferedReader(_Joined(start, self.handle)),
            encoding=self.encoding,
            errors="surrogateescape",
            newline="\n",
        )
        base = self.line
        reader = csv.reader(_without_nul(stream, self.file), strict=True)
        rows = _numbered(reader, base)
        try:
            while batch := list(islice(rows, ROWS_PER_CHUNK)):
                yield _chunk(header, batch)
        except csv.Error:
            detail = "quotes do not close, text follows a closing quote, or a line ends inside a row"
            raise Refusal(self.file, "quotes", detail, line=base + reader.line_num) from None


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


def _without_nul(lines: IO[str], file: str) -> Iterator[str]:
    for line in lines:
        if "\0" in line:
            raise Refusal(file, "nul_byte", "the file holds NUL bytes")
        yield line


def _numbered(reader: Any, base: int) -> Iterator[tuple[int, list[str]]]:
    """Rows with the physical line on which each starts."""
    start = base + 1
    for row in reader:
        yield start, row
        start = base + reader.line_num + 1


def _chunk(header: Header, batch: list[tuple[int, list[str]]]) -> Chunk:
    good: list[tuple[int, list[str]]] = []
    bad: list[BadRow] = []
    for line, row in batch:
        if not any(row):
            continue
        if len(row) != header.width or any(row[i].strip() for i in header.unnamed):
            bad.append(BadRow(line, "", "width"))
        elif not _encodable(row):
            bad.append(BadRow(line, "", "undecodable"))
        else:
            good.append((line, row))
    columns = {name: [row[position] or None for _, row in good] for name, position in header.positions.items()}
    return Chunk(_table(columns, [line for line, _ in good]), bad)


def _encodable(row: list[str]) -> bool:
    """False when the row holds bytes that did not decode (kept apart as surrogates)."""
    try:
        ",".join(row).encode()
    except UnicodeEncodeError:
        return False
    return True


def _table(columns: Mapping[str, Sequence[str | None]], lines: list[int]) -> pa.Table:
    arrays = {"line": pa.array(lines, pa.int64()), "dirty": pa.array([True] * len(lines), pa.bool_())}
    return pa.table(arrays | {name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def _read_workbook(path: Path, register: Register, file: str, *, lenient: bool) -> Iterator[Chunk]:
    """Rows of a workbook's first sheet, read by a child process under limits; `line` is the sheet's row."""
    command = [sys.executable, "-m", "orchestration.landing.xlsx", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        try:
            text = io.TextIOWrapper(child.stdout, encoding="utf-8", newline="")
            rows = ((int(row[0]), row[1:]) for row in csv.reader(text, strict=True))
            header, waiting = _workbook_header(rows, register, file, child, lenient=lenient)
            yield Chunk(_table({name: [] for name in header.positions}, []))
            padded = (_fit(line, row, header.width) for line, row in chain(waiting, rows))
            while batch := list(islice(padded, ROWS_PER_CHUNK)):
                yield _chunk(header, batch)
            _child_result(child, file)
        except (csv.Error, ValueError):  # the child stopped in the middle of a row, or a cell is beyond any size
            raise Refusal(file, "broken_workbook", UNREADABLE_WORKBOOK) from None
        finally:
            child.kill()


def _fit(line: int, row: list[str], width: int) -> tuple[int, list[str]]:
    """A sheet is as wide as its widest row: cells beyond the header are dropped when they are empty."""
    row = row + [""] * (width - len(row))
    return line, row[:width] if not any(row[width:]) else row


def _workbook_header(
    rows: Iterator[tuple[int, list[str]]],
    register: Register,
    file: str,
    child: "subprocess.Popen[bytes]",
    *,
    lenient: bool,
) -> tuple[Header, list[tuple[int, list[str]]]]:
    """The header among the first rows (titles may stand above it): the row that names most of the contract's columns."""
    first = list(islice(rows, TITLE_ROWS))
    if not first:
        _child_result(child, file)
        raise Refusal(file, "empty_file", "the first sheet is empty")
    known = register.header_names
    hits = [sum(half_width(cell).strip() in known for cell in row) for _, row in first]
    best = int(np.argmax(hits))
    line, cells = first[best]
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return match_header(cells, register, file, line, lenient=lenient), first[best + 1 :]


def _child_result(child: "subprocess.Popen[bytes]", file: str) -> None:
    code = child.wait()
    if code == xlsx.UNREADABLE:
        raise Refusal(file, "broken_workbook", UNREADABLE_WORKBOOK)
    if code:
        raise Refusal(file, "workbook_too_large", "the workbook unfolds beyond the limits of memory or time; send CSV")
