"""Parquet: columns of strings, whole numbers, dates and decimals as the text that the checks read; `line` is the row's number.

Every other type is refused: a float may have lost digits of an identifier, and nothing says what a nested cell means.
"""

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.errors import Refusal
from orchestration.landing import rows as limits
from orchestration.landing.contracts import Register
from orchestration.landing.header import MAX_HEADER_CELLS, Header, match_header
from orchestration.landing.rows import BadRow, Chunk, empty_chunk

MAX_ROWS = 100_000_000
ENCRYPTED_MAGIC = b"PARE"
BROKEN = "the Parquet file is damaged or cut short; write it again"
FORBIDDEN = "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f\\x{feff}\\x{fffd}]"


def parquet_chunks(handle: BinaryIO, register: Register, file: str) -> Iterator[Chunk]:
    """The file's rows. Raises Refusal when it is damaged, encrypted or too large, or holds types without a plain text."""
    if handle.read(4) == ENCRYPTED_MAGIC:
        raise Refusal(file, "encrypted", "the Parquet file is encrypted; write it without encryption")
    try:
        source = pq.ParquetFile(handle, memory_map=False, pre_buffer=False)
        schema, count = source.schema_arrow, source.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError, TypeError):  # their messages may hold content
        raise Refusal(file, "broken_parquet", BROKEN) from None
    if len(schema.names) > MAX_HEADER_CELLS:
        raise Refusal(file, "header", f"more than {MAX_HEADER_CELLS} columns; send only those of the template")
    header = match_header(schema.names, register, file, None)
    _refuse_types(schema, header, file)
    if count > MAX_ROWS:
        raise Refusal(file, "too_large", f"more than {MAX_ROWS} rows; split the delivery by area")
    yield empty_chunk(header)
    names = [schema.names[i] for i in header.positions.values()]
    yield from _batches(source, names, header, file)


def _refuse_types(schema: pa.Schema, header: Header, file: str) -> None:
    wrong = [name for name, i in header.positions.items() if not _plain(schema.field(i).type)]
    if wrong:
        detail = f"not of type string, integer, date or decimal: {', '.join(wrong)}; write these columns as strings"
        raise Refusal(file, "column_type", detail, column=wrong[0])


def _plain(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_date, pa.types.is_decimal)
    return pa.types.is_null(kind) or any(test(kind) for test in tests)


def _batches(source: pq.ParquetFile, names: list[str], header: Header, file: str) -> Iterator[Chunk]:
    line = 1
    try:
        for batch in source.iter_batches(limits.ROWS_PER_CHUNK, columns=names, use_threads=False):
            batch.validate(full=True)
            yield _chunk(batch.select(names), header, line)
            line += batch.num_rows
    except (pa.ArrowException, OSError, ValueError):
        raise Refusal(file, "broken_parquet", BROKEN, line=line) from None


def _chunk(batch: pa.RecordBatch, header: Header, first: int) -> Chunk:
    texts = [_text(column) for column in batch.columns]
    lines = pa.array(range(first, first + batch.num_rows), pa.int64())
    rows = pa.table([lines, pa.array([True] * batch.num_rows), *texts], ["line", "dirty", *header.positions])
    bad: dict[int, BadRow] = {}
    for name, column in zip(header.positions, texts, strict=True):
        faults = ((pc.greater(pc.binary_length(column), limits.MAX_FIELD), "field_too_long"),
                  (pc.match_substring_regex(column, FORBIDDEN), "control_character"))  # fmt: skip
        for where, rule in faults:
            for line in lines.filter(pc.fill_null(where, False)).to_pylist():
                bad.setdefault(line, BadRow(line, name, rule))
    blank = pa.array([True] * batch.num_rows)
    for column in texts:
        blank = pc.and_(blank, pc.is_null(column))
    out = pc.or_(blank, pc.is_in(lines, pa.array(list(bad), pa.int64())))
    return Chunk(rows.filter(pc.invert(out)) if pc.any(out).as_py() else rows, list(bad.values()))


def _text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_date64(column.type):
        column = column.cast(pa.date32())
    text = column.cast(pa.string())
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
