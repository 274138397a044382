"""Known lines: what an earlier delivery brought byte for byte is neither decoded, checked nor hashed again.

Of every line that landed a keyed hash is remembered beside the hash of its row (`lines.<register>`). The next delivery's
lines are hashed first; those that are known stand staged from the history at once, and only the rest is read. It is a cache:
without it the same rows stand staged (tests/integration/test_landing_known.py), and it can be emptied at any time.
"""

import gzip
import hashlib
import hmac
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.errors import Refusal
from orchestration.landing.check import checked_sql, protected_sql, row_hash_sql
from orchestration.landing.contracts import Register
from orchestration.landing.decode import inflated
from orchestration.landing.land import STAGED, scope_of
from orchestration.landing.protect import Key
from orchestration.landing.read import read_chunks
from orchestration.landing.receive import FileName, Received
from orchestration.landing.rows import MAX_FIELD, BadRow, Chunk, in_batches
from orchestration.landing.text import BLOCK_BYTES, MAX_LINE

WORTH_BYTES = 1 << 20  # smaller files are read faster than looked up
GZIP_TIMES = 8  # what a register's text usually unfolds to
STALE = 1.5  # remembered lines per row of the delivery, beyond which the lines that it no longer holds are forgotten
FORGIVEN = 32_768  # stale lines that are always put up with
LINES, UNREAD = "incoming.main.lines", "incoming.main.unread"
MONOTONE = re.compile(r"\w+ <= month_end")  # what holds at one month's end holds at every later one
PURPOSE = b"renkou.line"


class _NotByLine(Exception):
    """The file is not one record a line, or not one that can be split at all: the reader has to look at it whole."""


@dataclass
class Rest:
    """What of a file is still to be read: header and unknown lines in the file `descriptor`, `numbers` their lines in the
    delivery; `known` lines stand staged.
    """

    descriptor: int
    numbers: np.ndarray
    known: int

    def chunks(self, received: Received, register: Register) -> Iterator[Chunk]:
        """The rows of the rest under the delivery's own line numbers."""
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


class KnownLines:
    """Looks the lines of deliveries up, one delivery after another, and remembers those of the ones that land."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, vault: duckdb.DuckDBPyConnection, key: Key) -> None:
        self.connection, self.vault, self.key = connection, vault, key
        self._seen = False  # whether the lines of the delivery at work stand hashed

    def look(self, received: Received, register: Register) -> Rest | None:
        """Stage the rows of known lines; the rest is to be read. None, and nothing staged: the whole file is."""
        self._seen = False
        if register.lenient or not remembers(register) or not _worthwhile(received):
            return None
        try:
            total = self._hash_lines(received, register)
        except (_NotByLine, Refusal, OSError, EOFError, zlib.error):
            return None  # the reader finds out what is the matter, and says so
        self._seen = True
        known = self._stage(register, received.name)
        if 2 * known < total:
            self.connection.execute(f"delete from {STAGED}")
            self.connection.execute(f"create or replace table {UNREAD} as select line from {LINES}")
            return None
        return self._rest(received, total, known)

    def remember(self, register: Register, name: FileName) -> None:
        """Inside the transaction that lands the staged rows: remember the lines that were read, forget stale ones."""
        if not self._seen:
            return
        table, place = f"lines.{register.name}", {"area": name.area, "month": name.month}
        self.connection.execute(
            f"""insert into {table}
                select distinct $area, l.high, l.low, s._row_hash, $month::date from {UNREAD} as u
                inner join {LINES} as l on u.line = l.line
                inner join {STAGED} as s on u.line = s._line
                anti join (select high, low from {table} where _area = $area) as k on l.high = k.high and l.low = k.low""",
            place,
        )
        stale = f"""select (select count(*) from {table} where _area = $area)
                > {STALE} * (select count(*) from {STAGED}) + {FORGIVEN}"""
        if self.connection.execute(stale, {"area": name.area}).fetchone() == (True,):
            self.connection.execute(
                f"delete from {table} where _area = $area and (high, low) not in (select (high, low) from {LINES})",
                {"area": name.area},
            )

    def _hash_lines(self, received: Received, register: Register) -> int:
        """Fill LINES with the keyed hash of every whole line after the header; the number of lines of the file."""
        self.connection.execute(f"create or replace table {LINES} (line bigint, high ubigint, low ubigint)")
        hashed = """select line, (h >> 64)::ubigint as high, (h & 18446744073709551615::uhugeint)::ubigint as low
            from (select line, md5_number($key || text) as h from line_batch)"""
        line, line_key = 0, b""
        for block in _blocks(received):
            if b'"' in block:
                raise _NotByLine
            ends = _ends(block)
            if not line:
                line_key = self._line_key(register, received.name.area, block)
            else:
                whole = len(ends) if block.endswith(b"\n") else len(ends) - 1  # a cut line is always read
                self.vault.register("line_batch", _lines(block, ends[:whole], line + 1))
                found = self.vault.sql(hashed, params={"key": line_key}).to_arrow_table()
                self.vault.unregister("line_batch")
                self.connection.register("hashed_lines", found)
                self.connection.execute(f"insert into {LINES} select * from hashed_lines")
                self.connection.unregister("hashed_lines")
            line += len(ends)
        return line

    def _line_key(self, register: Register, area: str, header: bytes) -> bytes:
        """The key of this register's, area's and header's lines under this version of the contract and of the reader.

        A line means the same row only under the same key, so that nothing is ever known from before a change.
        """
        checks = checked_sql(register, area, date(2000, 1, 1)) + protected_sql(register) + row_hash_sql(register)
        parts = (PURPOSE, _reader(), register.model_dump_json().encode(), checks.encode(), area.encode(), header)
        return hmac.new(self.key.secret, b"".join(b"%d:%b" % (len(p), p) for p in parts), hashlib.sha256).digest()

    def _stage(self, register: Register, name: FileName) -> int:
        """Stage the row of every known line, from the history as it stands in that month; how many there are."""
        columns = ", ".join(f'r."{column.landed_name}"' for column in register.kept)
        self.connection.execute(
            f"""insert into {STAGED} select l.line, {columns}, r._row_hash from {LINES} as l
                inner join lines.{register.name} as k
                    on l.high = k.high and l.low = k.low and k._area = $area and k.month <= $month
                inner join raw.{register.name} as r on k._row_hash = r._row_hash and r._area = $area and r._scope = $scope
                    and r._valid_from <= $month and (r._valid_to is null or r._valid_to > $month)""",
            {"area": name.area, "scope": scope_of(register, name.month), "month": name.month},
        )
        row = self.connection.execute(f"select count(*) from {STAGED}").fetchone()
        assert row is not None
        return int(row[0])

    def _rest(self, received: Received, total: int, known: int) -> Rest:
        unread = np.ones(total + 1, bool)
        unread[0] = False
        unread[self.connection.execute(f"select _line from {STAGED}").fetchnumpy()["_line"]] = False
        numbers = np.flatnonzero(unread)
        self.connection.register("unread_lines", pa.table({"line": numbers}))
        self.connection.execute(f"create or replace table {UNREAD} as select * from unread_lines")
        self.connection.unregister("unread_lines")
        descriptor = os.memfd_create("renkou-rest")  # in memory: what is not yet protected never touches a disk
        with os.fdopen(os.dup(descriptor), "wb") as rest:
            line = 1
            for block in _blocks(received):
                ends = _ends(block)
                starts = np.concatenate(([0], ends[:-1]))
                for index in np.flatnonzero(unread[line : line + len(ends)]):
                    rest.write(block[starts[index] : ends[index]])
                line += len(ends)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return Rest(descriptor, numbers, known)


def remembers(register: Register) -> bool:
    """Whether a line that was good in one month is good in every later one of its scope: no other rules on the month.

    The window of a register delivered by window ends with the month and begins with the scope's policy year.
    """
    return all("month_end" not in rule.sql or MONOTONE.fullmatch(rule.sql) for rule in register.rules)


def _worthwhile(received: Received) -> bool:
    unfolds = {"csv": 1, "csv.gz": GZIP_TIMES}.get(received.name.format, 0)
    return received.size * unfolds >= WORTH_BYTES and unfolds > 0


@cache
def _reader() -> bytes:
    """A digest of this package's code: a new version of it reads everything once more."""
    sources = sorted(Path(__file__).parent.glob("*.py")) + sorted(Path(__file__).parent.glob("*.yml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).digest()


def _blocks(received: Received) -> Iterator[bytes]:
    """The header line, then blocks of whole lines; the last one may lack its line end."""
    with received.path.open("rb") as handle:
        stream: BinaryIO = handle
        if received.name.format == "csv.gz":
            unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=handle))
            stream = inflated(unpacked, received.size, received.name.name)
        header = stream.readline(MAX_FIELD)
        if not header.endswith(b"\n"):
            raise _NotByLine
        yield header
        rest = b""
        while block := stream.read(BLOCK_BYTES):
            block = rest + block
            cut = block.rfind(b"\n") + 1
            rest = block[cut:]
            if len(rest) > MAX_LINE:
                raise _NotByLine
            if cut:
                yield block[:cut]
        if rest:
            yield rest


def _ends(block: bytes) -> np.ndarray:
    """The end of every line (behind its line end, if it has one)."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")) + 1
    return ends if block.endswith(b"\n") else np.append(ends, len(block))


def _lines(block: bytes, ends: np.ndarray, first: int) -> pa.Table:
    """The lines (not copied) under their numbers, in batches that several threads can share."""
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    text = pa.Array.from_buffers(pa.binary(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(block)])
    return in_batches(pa.table({"line": np.arange(first, first + len(ends)), "text": text}))
