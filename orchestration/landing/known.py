"""Known rows: what an earlier delivery brought just so is neither checked nor hashed again.

Of every line that landed (of every row, where a file is not one record a line) a keyed hash is remembered beside the hash of
what it became (`lines.<register>`). The next delivery's lines are hashed first; those that are known stand staged from the
history at once, and only the others go to the checks. It is a cache: without it the same rows stand staged
(tests/integration/test_landing_known.py), and it can be emptied at any time.
"""

import hashlib
import hmac
import re
import zlib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.errors import Refusal
from orchestration.landing.check import checked_sql, protected_sql, row_hash_sql
from orchestration.landing.contracts import Register
from orchestration.landing.land import STAGED, scope_of
from orchestration.landing.lines import NotByLine, blocks, line_ends, line_table, part_of
from orchestration.landing.protect import Key
from orchestration.landing.read import read_chunks
from orchestration.landing.receive import FileName, Received
from orchestration.landing.rows import Chunk, in_batches

STALE = 1.5  # remembered lines per row of the delivery, beyond which the lines that it no longer holds are forgotten
FORGIVEN = 32_768  # stale lines that are always put up with
LINES, UNREAD = "incoming.main.lines", "incoming.main.unread"
MONOTONE = re.compile(r"\w+ <= month_end")  # what holds at one month's end holds at every later one
LINE, ROW = b"renkou.line", b"renkou.row"  # a line and a row never have the same hash
UNSPLIT = (NotByLine, Refusal, OSError, EOFError, zlib.error)  # the reader finds out what is the matter, and says so


class KnownRows:
    """Looks the rows of deliveries up, one delivery after another, and remembers those of the ones that land."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, vault: duckdb.DuckDBPyConnection, key: Key) -> None:
        self.connection, self.vault, self.key = connection, vault, key
        self.staged = 0  # known rows of the delivery at work
        self._seen = False  # whether its lines stand hashed

    def unknown(self, received: Received, register: Register) -> Iterator[Chunk]:
        """Stage the known rows of a delivery, and give the others, to be checked and staged by the caller.

        Raises what reading the file raises (`read_chunks`).
        """
        self.staged, self._seen = 0, remembers(register) and not register.lenient
        if not self._seen:
            yield from read_chunks(received, register)
            return
        self.connection.execute(f"create or replace table {LINES} (line bigint, high ubigint, low ubigint)")
        self.connection.execute(f"create or replace table {UNREAD} (line bigint)")
        try:
            total = self._hash_lines(received, register)
        except UNSPLIT:
            self.connection.execute(f"delete from {LINES}")
            yield from self._unknown_rows(received, register)
        else:
            yield from self._unknown_lines(received, register, total)

    def remember(self, register: Register, name: FileName) -> None:
        """Inside the transaction that lands the staged rows: remember those that were read, forget stale ones."""
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
        """Fill LINES with the hash of every whole line after the header; the number of lines of the file."""
        line, key = 0, b""
        for block in blocks(received):
            ends = line_ends(block)
            if not line:
                key = self._key(LINE, register, received.name.area, block)
            else:
                whole = len(ends) if block.endswith(b"\n") else len(ends) - 1  # a cut line is always read
                self._hash(line_table(block, ends[:whole], line + 1), "text", key)
            line += len(ends)
        return line

    def _unknown_lines(self, received: Received, register: Register, total: int) -> Iterator[Chunk]:
        """The rows of unknown lines. Where most are known only the others are decoded."""
        known = self._stage(register, received.name, 1)
        unread = np.ones(total + 1, bool)
        unread[0] = False
        unread[known] = False
        numbers = np.flatnonzero(unread)
        self._fill(UNREAD, pa.table({"line": numbers}))
        if 2 * len(known) >= total:
            yield from part_of(received, numbers).chunks(received, register)
            return
        for chunk in read_chunks(received, register):
            yield chunk if not len(known) else _without(chunk, known)

    def _unknown_rows(self, received: Received, register: Register) -> Iterator[Chunk]:
        """The unknown rows of a file that is read whole."""
        key = self._key(ROW, register, received.name.area, b"")
        cells = ", ".join(f"""coalesce("{column.name}", '')""" for column in register.kept)
        row = f"encode(concat_ws(chr(31), dirty, {cells}))"  # no cell that is read holds a control character
        for chunk in read_chunks(received, register):
            if not chunk.rows.num_rows:
                yield chunk
                continue
            self._hash(in_batches(chunk.rows), row, key)
            unknown = _without(chunk, self._stage(register, received.name, chunk.rows["line"][0].as_py()))
            self._fill(UNREAD, unknown.rows.select(["line"]))
            yield unknown

    def _hash(self, rows: pa.Table, text: str, key: bytes) -> None:
        """Append to LINES the keyed hash of `text` (an expression of type blob) for every row; has column `line`."""
        self.vault.register("batch", rows)
        hashed = f"""select line, (h >> 64)::ubigint as high, (h & 18446744073709551615::uhugeint)::ubigint as low
            from (select line, md5_number($key || {text}) as h from batch)"""
        found = self.vault.sql(hashed, params={"key": key}).to_arrow_table()
        self.vault.unregister("batch")
        self._fill(LINES, found)

    def _fill(self, table: str, rows: pa.Table) -> None:
        self.connection.register("found", rows)
        self.connection.execute(f"insert into {table} select * from found")
        self.connection.unregister("found")

    def _key(self, kind: bytes, register: Register, area: str, header: bytes) -> bytes:
        """The key of this register's, area's and header's lines under this version of the contract and of the reader.

        A line means the same row only under the same key, so that nothing is ever known from before a change.
        """
        checks = (
            checked_sql(register, area, date(2000, 1, 1)) + protected_sql(register, self.key) + row_hash_sql(register)
        )
        parts = (kind, _reader(), register.model_dump_json().encode(), checks.encode(), area.encode(), header)
        return hmac.new(self.key.content, b"".join(b"%d:%b" % (len(p), p) for p in parts), hashlib.sha256).digest()

    def _stage(self, register: Register, name: FileName, first: int) -> np.ndarray:
        """Stage the row of every known line from `first` on, as the history has it in that month; the lines' numbers."""
        columns = ", ".join(f'r."{column.landed_name}"' for column in register.kept)
        self.connection.execute(
            f"""insert into {STAGED} select l.line, {columns}, r._row_hash from {LINES} as l
                inner join lines.{register.name} as k
                    on l.high = k.high and l.low = k.low and k._area = $area and k.month <= $month
                inner join raw.{register.name} as r on k._row_hash = r._row_hash and r._area = $area and r._scope = $scope
                    and r._valid_from <= $month and (r._valid_to is null or r._valid_to > $month)
                where l.line >= $first""",
            {"area": name.area, "scope": scope_of(register, name.month), "month": name.month, "first": first},
        )
        known = self.connection.execute(f"select _line from {STAGED} where _line >= ?", [first]).fetchnumpy()["_line"]
        self.staged += len(known)
        return np.asarray(known)


def remembers(register: Register) -> bool:
    """Whether a line that was good in one month is good in every later one of its scope: no other rules on the month.

    The window of a register delivered by window ends with the month and begins with the scope's policy year.
    """
    return all("month_end" not in rule.sql or MONOTONE.fullmatch(rule.sql) for rule in register.rules)


def _without(chunk: Chunk, known: np.ndarray) -> Chunk:
    """The chunk without the rows of these lines."""
    unknown = pc.invert(pc.is_in(chunk.rows["line"], pa.array(known, pa.int64())))
    return Chunk(chunk.rows.filter(unknown), chunk.bad)


@cache
def _reader() -> bytes:
    """A digest of this package's code: a new version of it reads everything once more."""
    sources = sorted(Path(__file__).parent.glob("*.py")) + sorted(Path(__file__).parent.glob("*.yml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).digest()
