"""Writing deliveries: whole or not at all, and always the same bytes for the same content."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import xlsxwriter

from orchestration.demo.dirt import Style, date_forms, soil
from orchestration.demo.faults import IDENTIFIER, Change, RowFault
from orchestration.demo.registers import COLUMNS, Frame
from orchestration.demo.text import as_bytes, lines_of, put

BOM = b"\xef\xbb\xbf"
HEADER_LINES = 1


@dataclass(frozen=True)
class Strike:
    """A fault as it stands in a file: its physical line, and the column if it has one."""

    line: int
    column: str
    fault: RowFault


def write_bytes(path: Path, *blocks: bytes | memoryview) -> int:
    """Write a file under a temporary name and move it into place; returns its size."""
    hidden = path.with_name(f".{path.name}.part")
    with hidden.open("wb") as out:
        for block in blocks:
            out.write(block)
    hidden.replace(path)
    return path.stat().st_size


def compressed(*blocks: bytes | memoryview) -> list[bytes]:
    """The blocks as one gzip member without a time stamp."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return [*(packer.compress(block) for block in blocks), packer.flush()]


def text_blocks(
    frame: Frame,
    style: Style,
    dirt: float,
    *,
    faults: list[RowFault],
    change: Callable[[Frame, RowFault], Change],
    rng: np.random.Generator,
) -> tuple[list[bytes | memoryview], list[Strike], int]:
    """The file's bytes in blocks, the faults with their lines, and the number of rows."""
    headers = COLUMNS[frame.register]
    forms = date_forms(len(frame), style, dirt, rng)
    cells = [frame.columns[name].render(style.encoding, forms) for name in headers]
    identifier = list(headers).index(IDENTIFIER[frame.register]) if frame.register in IDENTIFIER else None
    cells = soil(cells, identifier, dirt, style.encoding, rng)
    changes = [(fault, change(frame, fault)) for fault in faults]
    lines, strikes = _lines(cells, list(headers), style.encoding, changes)
    end = (b"," if style.trailing else b"") + style.line_end
    header = (BOM if style.bom else b"") + ",".join(headers.values()).encode(style.encoding) + end
    return [header, as_bytes(lines, end)], strikes, len(lines)


def _lines(
    cells: list[pa.Array], names: list[str], encoding: str, changes: list[tuple[RowFault, Change]]
) -> tuple[pa.Array, list[Strike]]:
    """Lines with the faults in them; copies of rows go to the end of the file."""
    place = {name: index for index, name in enumerate(names)}
    edits: dict[int, dict[int, bytes]] = {}
    for fault, what in changes:
        if not what.copy:
            for name, text in what.cells.items():
                edits.setdefault(place[name], {})[fault.row] = text.encode(encoding, "surrogateescape")
    cells = [put(cell, edits.get(index, {})) for index, cell in enumerate(cells)]
    rows = len(cells[0])
    merged: dict[int, bytes] = {}
    copies: list[bytes] = []
    strikes = []
    for fault, what in changes:
        line = fault.row + HEADER_LINES + 1
        if what.merge:
            merged[fault.row] = _merged([cell[fault.row].as_py() for cell in cells], fault.record)
        if what.copy:
            copied = [cell[fault.row].as_py() for cell in cells]
            for name, text in what.cells.items():
                copied[place[name]] = text.encode(encoding)
            copies.append(b",".join(copied))
            line = rows + HEADER_LINES + len(copies)
        strikes.append(Strike(line, what.column, fault))
    lines = put(lines_of(cells), merged)
    return pa.concat_arrays([lines, pa.array(copies, type=pa.binary())]) if copies else lines, strikes


def _merged(texts: list[bytes], record: int) -> bytes:
    """The line with one comma missing."""
    at = record % (len(texts) - 1)
    return b",".join([*texts[:at], texts[at] + texts[at + 1], *texts[at + 2 :]])


def workbook(title: str, headers: list[str], rows: list[list[str | int]]) -> bytes:
    """An XLSX file: a title row, the header row, the data."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"created": datetime(2013, 1, 1)})
    sheet = book.add_worksheet("人口")
    sheet.write(0, 0, title)
    for number, row in enumerate([headers, *rows], start=1):
        sheet.write_row(number, 0, row)
    book.close()
    return target.getvalue()
