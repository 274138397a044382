"""Tables as files that people open: CSV, JSON, Parquet, XLSX, Markdown, written batch by batch outside the database."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import xlsxwriter

from orchestration.errors import RenkouError
from orchestration.publish.cells import defused, defused_column, is_formula

BOM = "\ufeff"  # Excel takes a CSV file without it for the local code page, and Chinese for noise
XLSX_ROWS = 1_048_575  # below the header
XLSX_TEXT = 32_767  # UTF-16 units in a cell
EXACT = 2**53  # beyond it, a spreadsheet's numbers are not exact
EXCEL_EPOCH = date(1900, 3, 1)  # before it, Excel's dates are off by a day or do not exist


class NotWritable(RenkouError):
    """The result cannot be written in this format, or not there; the message says what can be done."""


Batches = Iterable[pa.RecordBatch]
Told = Callable[[int], None]


def write_file(form: str, schema: pa.Schema, batches: Batches, path: Path, told: Told = lambda rows: None) -> int:
    """Write a table to a file, which appears when it is whole; the number of rows. `told` hears of the rows written so far.

    NotWritable when the format cannot hold the table or the file cannot be written; a file of that name stays as it was.
    """
    with whole(path) as part:
        if form == "xlsx":
            return _write_xlsx(schema, batches, part, told)
        if form == "parquet":
            return _write_parquet(schema, batches, part, told)
        with part.open("wb") as target:
            if form == "csv":
                target.write(BOM.encode())
            return write_stream(form, schema, batches, target, told)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what becomes the file when it is whole. NotWritable when it cannot be; the file stays as it was then."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise NotWritable(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None
    finally:
        part.unlink(missing_ok=True)


def write_stream(
    form: str, schema: pa.Schema, batches: Batches, target: IO[bytes], told: Told = lambda rows: None
) -> int:
    """Write a table as csv, sdmx (CSV, too), json or markdown, UTF-8, to a binary stream; the number of rows."""
    writers = {"csv": _write_csv, "sdmx": _write_csv, "json": _write_json, "markdown": _write_markdown}
    return writers[form](schema, batches, target, told)


def plain(value: Any) -> Any:
    """A cell's value without types of libraries: whole decimals as int, others as float, what has no number as None."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _counted(batches: Batches, told: Told) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Batches with the number of rows before each."""
    rows = 0
    for batch in batches:
        yield rows, batch
        rows += batch.num_rows
        told(rows)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _flat(column: pa.Array) -> pa.Array:
    """A column as CSV can hold it: what is neither text, number, date nor time becomes its text."""
    kind = column.type
    if _is_text(kind):
        return defused_column(column)
    tests = ("boolean", "integer", "floating", "decimal", "date", "timestamp", "time", "null")
    if any(getattr(pa.types, f"is_{test}")(kind) for test in tests):
        return column
    return defused_column(pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string()))


def _write_csv(schema: pa.Schema, batches: Batches, target: IO[bytes], told: Told) -> int:
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow(defused(name) for name in schema.names)
    target.write(head.getvalue().encode())
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    rows = 0
    for before, batch in _counted(batches, told):
        flat = pa.RecordBatch.from_arrays([_flat(column) for column in batch.columns], names=schema.names)
        pyarrow.csv.write_csv(flat, target, options)
        rows = before + batch.num_rows
    return rows


def _named_once(schema: pa.Schema) -> None:
    twice = {name for name in schema.names if schema.names.count(name) > 1}
    if twice:
        raise NotWritable(f"two columns have one name ({', '.join(sorted(twice))}): name them with `as`")


def _write_json(schema: pa.Schema, batches: Batches, target: IO[bytes], told: Told) -> int:
    _named_once(schema)
    rows = 0
    target.write(b"[")
    for before, batch in _counted(batches, told):
        for row in batch.to_pylist():
            line = json.dumps({name: plain(value) for name, value in row.items()}, ensure_ascii=False, default=str)
            target.write((",\n  " if rows else "\n  ").encode() + line.encode())
            rows += 1
        rows = before + batch.num_rows
    target.write(b"\n]\n" if rows else b"]\n")
    return rows


def _write_markdown(schema: pa.Schema, batches: Batches, target: IO[bytes], told: Told) -> int:
    def line(cells: Iterable[Any]) -> bytes:
        texts = ("" if cell is None else str(plain(cell)) for cell in cells)
        escaped = (
            text.replace("\\", "\\\\").replace("|", "\\|").replace("\r", "").replace("\n", "<br>") for text in texts
        )
        return f"| {' | '.join(escaped)} |\n".encode()

    target.write(line(schema.names) + line(["---"] * len(schema.names)))
    rows = 0
    for before, batch in _counted(batches, told):
        target.writelines(line(row) for row in zip(*(c.to_pylist() for c in batch.columns), strict=True))
        rows = before + batch.num_rows
    return rows


def _write_parquet(schema: pa.Schema, batches: Batches, path: Path, told: Told) -> int:
    _named_once(schema)
    rows = 0
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for before, batch in _counted(batches, told):
            writer.write_batch(batch)
            rows = before + batch.num_rows
    return rows


@contextmanager
def workbook(path: Path, marking: str = "") -> Iterator["Workbook"]:
    """A workbook that is written row by row, so that its size is no matter of memory; `marking` heads every printed sheet."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        yield Workbook(book, marking)


class Workbook:
    """Sheets with a frozen, bold header and typed cells; text is text, whatever it begins with."""

    def __init__(self, book: Any, marking: str = "") -> None:
        self._book, self._marking = book, marking
        self._head = book.add_format({"bold": True, "bottom": 1, "quote_prefix": True})
        self._date = book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._quoted = book.add_format({"quote_prefix": True})  # stays text when somebody edits the cell

    def sheets(
        self, schema: pa.Schema, batches: Batches, told: Told = lambda rows: None, name: str | None = None
    ) -> int:
        """Write a table, on as many sheets as it needs (the first is called `name`); the number of rows.

        NotWritable when a cell has no room.
        """
        sheet, rows = self._sheet(schema, name), 0
        start = 0  # rows on the sheets before
        for before, batch in _counted(batches, told):
            rows = before + batch.num_rows
            if rows - start > XLSX_ROWS:
                sheet, start = self._sheet(schema), before
            for place, row in enumerate(zip(*(c.to_pylist() for c in batch.columns), strict=True), before - start + 1):
                for column, value in enumerate(row):
                    self._cell(sheet, place, column, value)
        return rows

    def _sheet(self, schema: pa.Schema, name: str | None = None) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        if self._marking:
            sheet.set_header(f"&C&B{self._marking}")
        for place, field in enumerate(schema):
            wide = 14 if _is_text(field.type) or pa.types.is_temporal(field.type) else 10
            sheet.set_column(place, place, max(wide, min(len(field.name) + 2, 40)))
            sheet.write_string(0, place, field.name, self._head)
        return sheet

    def _cell(self, sheet: Any, row: int, column: int, value: Any) -> None:
        value = plain(value)
        if value is None:
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, int | float) and abs(value) <= EXACT:
            sheet.write_number(row, column, value)
        elif isinstance(value, datetime) and value.tzinfo is None and value.date() >= EXCEL_EPOCH:
            sheet.write_datetime(row, column, value, self._time)
        elif isinstance(value, date) and not isinstance(value, datetime) and value >= EXCEL_EPOCH:
            sheet.write_datetime(row, column, value, self._date)
        else:
            self._text(sheet, row, column, str(value))

    def _text(self, sheet: Any, row: int, column: int, text: str) -> None:
        if len(text.encode("utf-16-le")) // 2 > XLSX_TEXT:
            raise NotWritable(f"XLSX holds {XLSX_TEXT:,} characters a cell and one has more: take csv or parquet")
        sheet.write_string(row, column, text, self._quoted if is_formula(text) else None)


def _write_xlsx(schema: pa.Schema, batches: Batches, path: Path, told: Told) -> int:
    with workbook(path) as book:
        return book.sheets(schema, batches, told)
