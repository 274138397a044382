"""Delimited text: bytes to text cells with their line numbers. What a cell means is not looked at.

Two ways through a text file, with one outcome: a block without a quote character is split by width-checked Arrow
parsing; from the first quote on, Python's strict csv reader takes over (quotes.py).
"""

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from orchestration.errors import Refusal
from orchestration.landing.contracts import Register
from orchestration.landing.header import MAX_HEADER_CELLS, Header, half_width, match_header
from orchestration.landing.quotes import quoted_chunks
from orchestration.landing.rows import MAX_FIELD, BadRow, Chunk, empty_chunk, table

BLOCK_BYTES = 16 << 20
MAX_LINE = 4 * MAX_FIELD
UTF8_BOM = b"\xef\xbb\xbf"
# Bytes of UTF-8 that a cell wanting repair must have: blanks, and the lead bytes of full-width forms and wide spaces.
DIRTY_BYTES = np.isin(np.arange(256), [0x09, 0x20, 0xC2, 0xE3, 0xEF])
CONTROL_BYTES = np.isin(np.arange(256), [*range(9), 11, 12, *range(14, 32), 127])
MARKS = re.compile(b"\xef\xbb\xbf|\xef\xbf\xbd")  # byte order mark; the mark of a program that could not decode
UTF8_HANZI = re.compile(rb"[\xe4-\xe9][\x80-\xbf][\x80-\xbf]")
# A last cell that is whole for certain, when the file ends without a line end: a date with all its digits.
WHOLE_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{4}/\d\d/\d\d|\d{8}|\d{4}年\d{1,2}月\d{1,2}日")


class TextFile:
    """One pass over a delimited text file."""

    def __init__(self, handle: BinaryIO, register: Register, file: str) -> None:
        self.handle, self.register, self.file = handle, register, file
        self.encoding: str = register.encoding
        self.line = 0  # lines consumed so far

    def chunks(self) -> Iterator[Chunk]:
        """The rows. Raises Refusal when the file as a whole cannot be read."""
        header = self._header(self._first_line())
        yield empty_chunk(header)
        rest = b""
        while block := self.handle.read(BLOCK_BYTES):
            if b'"' in block:
                yield from quoted_chunks(self, header, rest + block)
                return
            block = rest + block
            cut = block.rfind(b"\n") + 1
            rest = block[cut:]
            if len(rest) > MAX_LINE:
                raise self._too_long(self.line + block.count(b"\n") + 1)
            if cut:
                yield self._plain(header, block[:cut])
        if rest:
            yield self._last(header, rest)

    def _last(self, header: Header, rest: bytes) -> Chunk:
        """A last line without a line end."""
        chunk = self._plain(header, rest + b"\n")
        cells = rest.decode(self.encoding, "replace").rstrip("\r").split(",")
        if chunk.rows.num_rows and self.may_be_cut(header, cells):
            return Chunk(chunk.rows.slice(0, 0), [BadRow(self.line, "", "truncated")])
        return chunk

    def may_be_cut(self, header: Header, cells: list[str]) -> bool:
        """Whether a row at the file's very end could be one that lost its tail: its last cell does not vouch for itself."""
        last = header.width - 1
        if last in header.unnamed:
            return False  # the separator behind the last named cell stands
        column = next((c for c in self.register.kept if header.positions[c.name] == last), None)
        if column is None or column.type == "area":  # never lands, or has a fixed number of digits
            return False
        return column.type != "date" or not WHOLE_DATE.fullmatch(half_width(cells[-1]).strip())

    def _first_line(self) -> bytes:
        start = self.handle.readline(MAX_FIELD)
        if len(start) == MAX_FIELD:
            raise self._too_long(1)
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
            detail = "the header's quotes or line ends are broken; save the file as plain CSV and send it again"
            raise Refusal(self.file, "header", detail, line=1) from None
        if len(cells) > MAX_HEADER_CELLS:
            detail = f"more than {MAX_HEADER_CELLS} columns; send only those of the template"
            raise Refusal(self.file, "header", detail, line=1)
        try:
            return match_header(cells, self.register, self.file, 1)
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
            f"{self.register.name} is declared as {declared}, and the header does not read so; was it saved as {other}? "
            f"save it as {declared} and send it again"
        )
        return Refusal(self.file, "wrong_encoding", detail, line=1)

    def _too_long(self, line: int) -> Refusal:
        return Refusal(self.file, "line_too_long", "a line is longer than any row can be; mend that line", line=line)

    def _plain(self, header: Header, block: bytes) -> Chunk:
        """Rows of a block without quotes: widths are counted before anything is split."""
        self._refuse_nul_and_lone_returns(block)
        text, undecodable = self.decode(block)
        codes = np.frombuffer(text, np.uint8)
        ends = np.flatnonzero(codes == ord("\n"))
        starts = np.concatenate(([0], ends[:-1] + 1))
        edges = np.append(starts, len(codes))
        commas = _per_line(np.flatnonzero(codes == ord(",")), edges)
        lengths = ends - starts
        if len(lengths) and lengths.max() > MAX_LINE:
            raise self._too_long(self.line + 1 + int(lengths.argmax()))
        lengths -= (lengths > 0) & (codes[np.maximum(ends - 1, 0)] == ord("\r"))
        numbers = self.line + 1 + np.arange(len(ends), dtype=np.int64)
        self.line += len(ends)
        dirty = _per_line(np.flatnonzero(DIRTY_BYTES[codes]), edges) > 0
        blank = lengths <= commas  # nothing but separators
        blank[undecodable] = False
        control = ~blank & (_per_line(_control_places(text, codes), edges) > 0)
        wrong = (commas != header.width - 1) & ~blank & ~control
        wrong[undecodable] = False
        good = ~(wrong | blank | control)
        good[undecodable] = False
        faults = ((wrong, "width"), (control, "control_character"), (undecodable, "undecodable"))
        bad = [BadRow(int(n), "", rule) for where, rule in faults for n in numbers[where]]
        if not good.all():
            text = b"".join(text[starts[i] : ends[i] + 1] for i in np.flatnonzero(good))
        rows, moved = self._split(header, text, numbers[good], dirty[good])
        return Chunk(rows, bad + [BadRow(line, "", "width") for line in moved])

    def _refuse_nul_and_lone_returns(self, block: bytes) -> None:
        nul = block.find(b"\0")
        if nul >= 0:
            raise nul_byte(self.file, self.line + 1 + block.count(b"\n", 0, nul))
        lone = re.search(rb"\r(?!\n)", block) if b"\r" in block else None
        if lone:
            detail = "a carriage return stands alone inside a row; save the file with one kind of line end"
            line = self.line + 1 + block.count(b"\n", 0, lone.start())
            raise Refusal(self.file, "line_ends", detail, line=line)

    def decode(self, block: bytes) -> tuple[bytes, list[int]]:
        """The block (whole lines) as UTF-8, and the positions of lines that do not decode (replaced by empty lines)."""
        foreign = self.foreign_lines(block)
        try:
            if not foreign:
                text = block.decode(self.encoding)
                return (block if self.encoding == "utf-8" else text.encode()), []
        except UnicodeDecodeError:
            pass
        lines, broken = block.split(b"\n")[:-1], []
        for index, line in enumerate(lines):
            try:
                lines[index] = b"" if index in foreign else line.decode(self.encoding).encode()
            except UnicodeDecodeError:
                lines[index] = b""
            if not lines[index] and line:
                broken.append(index)
        return b"\n".join(lines) + b"\n", broken

    def foreign_lines(self, block: bytes) -> set[int]:
        """Lines of UTF-8 Chinese in a GB18030 file: many decode without an error, as other characters."""
        if self.encoding != "gb18030":
            return set()
        found: set[int] = set()
        for match in UTF8_HANZI.finditer(block):
            start, end = block.rfind(b"\n", 0, match.start()) + 1, block.find(b"\n", match.start())
            with suppress(UnicodeDecodeError):
                block[start : end if end >= 0 else None].decode("utf-8")
                found.add(block.count(b"\n", 0, start))
        for match in re.finditer(rb"(?:^|\n)\xef\xbb\xbf", block):  # its third byte would swallow the cell's first
            found.add(block.count(b"\n", 0, match.end()))
        return found

    def _split(self, header: Header, text: bytes, numbers: np.ndarray, dirty: np.ndarray) -> tuple[pa.Table, list[int]]:
        """The rows as kept columns, and the lines of rows with something in an unnamed column."""
        if not len(numbers):
            return table({name: [] for name in header.positions}, []), []
        cells = _parse(header, text)
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


def nul_byte(file: str, line: int) -> Refusal:
    """The refusal of a file with NUL bytes."""
    return Refusal(file, "nul_byte", "the file holds NUL bytes; export it again, as text", line=line)


def _per_line(places: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.diff(np.searchsorted(places, edges))


def _control_places(text: bytes, codes: np.ndarray) -> np.ndarray:
    places = np.flatnonzero(CONTROL_BYTES[codes])
    marks = [match.start() for match in MARKS.finditer(text)]
    return np.sort(np.append(places, np.array(marks, np.int64))) if marks else places


def _parse(header: Header, text: bytes) -> pa.Table | None:
    wanted = [*header.positions.values(), *header.unnamed]
    try:
        return pacsv.read_csv(
            pa.py_buffer(text),
            read_options=pacsv.ReadOptions(
                column_names=[f"c{i}" for i in range(header.width)], block_size=len(text) + 1, use_threads=False
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
