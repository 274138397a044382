"""Workbooks: the first sheet of an XLSX file as text cells, each row under the number that Excel shows.

Runs in the reading child, under its limits, because a small workbook can inflate to gigabytes.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain, islice
from typing import BinaryIO

import numpy as np

from orchestration.errors import Refusal
from orchestration.landing import rows as limits
from orchestration.landing.contracts import Register
from orchestration.landing.header import Header, half_width, match_header
from orchestration.landing.rows import INFLATED_FREE, INFLATED_TIMES, BadRow, Chunk, chunk_of, empty_chunk

INFLATED_BYTES = 1 << 30
EXACT_INTEGERS = 2**53
TITLE_ROWS = 10
EXCEL_ROWS, EXCEL_COLUMNS, COLUMNS_READ = 1 << 20, 1 << 14, 1000
PROLOG_BYTES = 64 << 10
EPOCH_1904 = 1462  # days between Excel's two epochs
SHEET = 1
OLE_MAGIC = b"\xd0\xcf\x11\xe0"  # the container of old .xls files and of workbooks with a password
UNREADABLE = "the workbook cannot be read; open it, save it as .xlsx and send it again"
TOO_LARGE = "the workbook unfolds beyond the limits of memory or time; send CSV"
DATES_OF_1904 = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*\bdate1904\s*=\s*[\"'](?:1|true)[\"']")

Row = tuple[int, list[str]]


def cell_text(value: object) -> str:
    """A cell as text. A number beyond exact floats keeps its exponent, so that no rule mistakes it for an identifier."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float) and abs(value) >= EXACT_INTEGERS:
        return f"{float(value):.15e}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time().isoformat() == "00:00:00" else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def workbook_chunks(handle: BinaryIO, register: Register, file: str) -> Iterator[Chunk]:
    """The first sheet's rows. Raises Refusal when it cannot be read, is too large, or has no header."""
    from python_calamine import CalamineWorkbook

    epoch_1904 = _inspect(handle, file)
    try:
        handle.seek(0)
        sheet = CalamineWorkbook.from_filelike(handle).get_sheet_by_index(0)
        merged = [(a[0] + 1, b[0] + 1) for a, b in sheet.merged_cell_ranges or [] if a != b]
        if sheet.total_height > EXCEL_ROWS or sheet.total_width > EXCEL_COLUMNS:
            raise Refusal(file, "workbook_too_large", TOO_LARGE, sheet=SHEET)
        if sheet.total_width > COLUMNS_READ:
            detail = f"more than {COLUMNS_READ} columns; delete the empty ones and save the workbook again"
            raise Refusal(file, "header", detail, sheet=SHEET)
        cells = sheet.to_python(skip_empty_area=False)
    except (Refusal, MemoryError):
        raise
    except BaseException:  # the reader's messages, and its panics, may hold content
        raise Refusal(file, "broken_workbook", UNREADABLE) from None
    rows = ((n, row) for n, row in enumerate(cells, start=1))
    yield from _chunks(rows, register, file, _lines_of(merged), epoch_1904)


def _inspect(handle: BinaryIO, file: str) -> bool:
    """Look at the bundle before anything unfolds it; whether its dates count from 1904."""
    if handle.read(4) == OLE_MAGIC:
        detail = "the workbook has a password or is an old .xls; save it as .xlsx without one and send it again"
        raise Refusal(file, "encrypted", detail)
    try:
        with zipfile.ZipFile(handle) as bundle:
            entries = bundle.infolist()
            total = sum(entry.file_size for entry in entries)
            if total > INFLATED_BYTES or any(
                e.file_size > max(INFLATED_FREE, INFLATED_TIMES * e.compress_size) for e in entries
            ):
                raise Refusal(file, "workbook_too_large", TOO_LARGE)
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    _refuse_entities(bundle, entry, file)
            with bundle.open("xl/workbook.xml") as part:
                return DATES_OF_1904.search(part.read(PROLOG_BYTES)) is not None
    except (Refusal, MemoryError):
        raise
    except Exception:  # not a zip, cut short, no such part: whatever it is, its message may hold content
        raise Refusal(file, "broken_workbook", UNREADABLE) from None


def _refuse_entities(bundle: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str) -> None:
    """A document type (where entities are declared) stands before the root element, and no spreadsheet has one."""
    with bundle.open(entry) as part:
        start = part.read(PROLOG_BYTES)
    root = re.search(rb"<[A-Za-z_]", start)
    if root is None or b"<!" in re.sub(rb"<!--.*?-->", b"", start[: root.start()], flags=re.DOTALL):
        detail = "the workbook holds declarations that no spreadsheet has; open it, save it as .xlsx and send it again"
        raise Refusal(file, "broken_workbook", detail)


def _lines_of(merged: list[tuple[int, int]]) -> set[int]:
    return {line for first, last in merged for line in range(first, min(last, EXCEL_ROWS) + 1)}


def _chunks(
    rows: Iterator[tuple[int, list[object]]], register: Register, file: str, merged: set[int], epoch_1904: bool
) -> Iterator[Chunk]:
    first = list(islice(rows, TITLE_ROWS))
    if not any(cell_text(cell).strip() for _, row in first for cell in row):
        raise Refusal(
            file, "empty_file", "the first sheet is empty; a month without events still has its header", sheet=SHEET
        )
    header, best = _header([(n, [cell_text(c) for c in row]) for n, row in first], register, file)
    yield empty_chunk(header)
    dates = {header.positions[c.name] for c in register.kept if c.type == "date"} if epoch_1904 else set()
    padded = (_fit(n, row, header.width, dates) for n, row in chain(first[best + 1 :], rows))
    while batch := list(islice(padded, limits.ROWS_PER_CHUNK)):
        chunk = chunk_of(header, [row for row in batch if row[0] not in merged])
        chunk.bad += [BadRow(n, "", "merged_cell") for n, row in batch if n in merged and any(row)]
        yield chunk


def _fit(line: int, raw: list[object], width: int, dates: set[int]) -> Row:
    """A sheet is as wide as its widest row: cells beyond the header are dropped when they are empty."""
    row = [cell_text(_since_1900(c) if i in dates else c) for i, c in enumerate(raw)]
    row += [""] * (width - len(row))
    return line, row[:width] if not any(row[width:]) else row


def _since_1900(cell: object) -> object:
    """A serial number of a workbook that counts from 1904, as the checks read it; other cells as they are."""
    serial = isinstance(cell, int | float) and not isinstance(cell, bool) and 10_000 <= cell < 100_000 - EPOCH_1904
    return cell + EPOCH_1904 if serial else cell  # type: ignore[operator]


def _header(first: list[Row], register: Register, file: str) -> tuple[Header, int]:
    """The header among the first rows (titles may stand above it): the row that names most of the contract's columns."""
    known = register.header_names
    hits = [sum(half_width(cell).strip() in known for cell in row) for _, row in first]
    best = int(np.argmax(hits))
    line, cells = first[best]
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return match_header(cells, register, file, line, sheet=SHEET), best
