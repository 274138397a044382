"""Files that people open: typed, whole, Chinese intact, and never a formula."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from orchestration.publish import files
from orchestration.publish.cells import defused, defused_column, is_formula
from orchestration.publish.files import NotWritable, write_file, write_stream

HOSTILE = ["=1+1", "+1", "-1+1", "-a", "-1\n", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠a",
           " =1", "\u3000=1", "\ufeff=1", "\u200b@a", "﹦1", "=HYPERLINK(\"http://x\",\"y\")", "=cmd|' /C calc'!A0"]  # fmt: skip
HARMLESS = [
    "-6",
    "-1,234.5",
    "1-7",
    "–",
    "−",
    "a=1",
    "990101000000",
    "人口",
    "",
    "'=1",
    ">= 92",
    "<=1",
    "1=1",
    "(-1)",
    "㎡",
]
TABLE = pa.table({
    "area_code": pa.array(["990101000000", "0012", None]),
    "name": pa.array(["江南区", '引"号,逗', "=1+1"]),
    "value": pa.array([1.5, None, -2.25]),
    "count": pa.array([Decimal(12), None, Decimal(-3)], pa.decimal128(38, 0)),
    "day": pa.array([date(2014, 9, 30), date(1890, 1, 1), None]),
    "at": pa.array([datetime(2014, 9, 30, 12, 30), None, None], pa.timestamp("us")),
    "ok": pa.array([True, False, None]),
    "parts": pa.array([[1, 2], None, []], pa.list_(pa.int32())),
})  # fmt: skip


def batches(table: pa.Table = TABLE) -> Iterator[pa.RecordBatch]:
    yield from table.to_batches(max_chunksize=2)


def as_file(form: str, path: Path, table: pa.Table = TABLE) -> int:
    return write_file(form, table.schema, batches(table), path)


def streamed(form: str, table: pa.Table) -> str:
    out = io.BytesIO()
    write_stream(form, table.schema, batches(table), out)
    return out.getvalue().decode()


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_begins_like_a_formula_is_told_to_be_text(text: str) -> None:
    assert is_formula(text)
    assert defused(text) == "'" + text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_is_left_alone(text: str) -> None:
    assert defused(text) == text


@given(st.text(max_size=6) | st.sampled_from(HOSTILE + HARMLESS))
def test_arrow_and_python_judge_alike(text: str) -> None:
    """The text that a spreadsheet may run is also recognised by a rule of its own: strip what is skipped, look at the first."""
    assert defused_column(pa.array([text, None])).to_pylist() == [defused(text), None]
    stripped = re.sub(r"^[\s\u200b-\u200d\u2060\ufeff]+", "", text)
    if stripped[:1] in set("=+-@＝＋－＠") and not re.fullmatch(r"-[0-9][0-9,]*(\.[0-9]+)?", text, re.ASCII):
        assert is_formula(text)


def test_csv_holds_every_cell_and_excel_knows_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    assert as_file("csv", path) == 3
    assert path.read_bytes().startswith(b"\xef\xbb\xbfarea_code,")
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert rows == [
        TABLE.column_names,
        ["990101000000", "江南区", "1.5", "12", "2014-09-30", "2014-09-30 12:30:00.000000", "true", "[1, 2]"],
        ["0012", '引"号,逗', "", "", "1890-01-01", "", "false", ""],
        ["", "'=1+1", "-2.25", "-3", "", "", "", "[]"],
    ]
    assert pl.read_csv(path, schema_overrides={"area_code": pl.String})["area_code"].to_list() == [
        "990101000000",
        "0012",
        None,
    ]


def test_headers_are_cells_too(tmp_path: Path) -> None:
    assert streamed("csv", pa.table({"=1": ["a"], "b": ["c"]})).splitlines()[0] == "'=1,b"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_csv_cell_begins_like_a_formula(text: str) -> None:
    rows = list(csv.reader(io.StringIO(streamed("csv", pa.table({"t": [text], "n": ["x"]})), newline="")))
    assert rows[1] == ["'" + text, "x"]


def test_json_keeps_numbers_and_has_no_words_for_what_is_none() -> None:
    table = pa.table({"n": [1.5, float("nan"), float("inf")], "d": pa.array([Decimal("1.50"), None, Decimal(2)])})
    text = streamed("json", table)
    assert json.loads(text, parse_constant=pytest.fail) == [
        {"n": 1.5, "d": 1.5}, {"n": None, "d": None}, {"n": None, "d": 2}]  # fmt: skip
    assert json.loads(streamed("json", TABLE))[0]["day"] == "2014-09-30"
    assert json.loads(streamed("json", TABLE.slice(0, 0))) == []


@pytest.mark.parametrize("form", ["json", "parquet"])
def test_two_columns_of_one_name_are_refused_where_one_would_be_lost(form: str, tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    with pytest.raises(NotWritable, match="one name"):
        as_file(form, tmp_path / "t", table)
    assert list(tmp_path.iterdir()) == []


def test_markdown_is_one_table() -> None:
    text = streamed("markdown", pa.table({"a": ["x|y", "two\nlines", None], "b": [1, 2, 3]}))
    assert text == "| a | b |\n| --- | --- |\n| x\\|y | 1 |\n| two<br>lines | 2 |\n|  | 3 |\n"


def test_parquet_is_what_came(tmp_path: Path) -> None:
    assert as_file("parquet", tmp_path / "t.parquet") == 3
    assert pq.read_table(tmp_path / "t.parquet").equals(TABLE)


def test_xlsx_is_typed_and_its_header_stands_still(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    assert as_file("xlsx", path) == 3
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert rows == [
        TABLE.column_names,
        ["990101000000", "江南区", 1.5, 12.0, date(2014, 9, 30), datetime(2014, 9, 30, 12, 30), True, "[1, 2]"],
        ["0012", '引"号,逗', "", "", "1890-01-01", "", False, ""],
        ["", "=1+1", -2.25, -3.0, "", "", "", "[]"],
    ]
    assert pd.read_excel(path, engine="calamine", dtype={"area_code": str})["area_code"].tolist()[:2] == [
        "990101000000",
        "0012",
    ]
    sheet = ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in sheet and 'ySplit="1"' in sheet


@pytest.mark.parametrize("text", HOSTILE)
def test_no_xlsx_cell_is_a_formula_nor_becomes_one_when_edited(text: str, tmp_path: Path) -> None:
    """`quotePrefix` is what Excel sets where somebody types an apostrophe first."""
    path = tmp_path / "t.xlsx"
    as_file("xlsx", path, pa.table({"t": [text]}))
    book = ZipFile(path)
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert sheet.findall(f".//{name}f") == []
    cell = next(c for c in sheet.iter(f"{name}c") if c.get("r") == "A2")
    styles = ElementTree.fromstring(book.read("xl/styles.xml")).findall(f"./{name}cellXfs/{name}xf")
    assert styles[int(cell.get("s", "0"))].get("quotePrefix") == "1"


def test_xlsx_without_room_is_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_text("old")
    with pytest.raises(NotWritable, match="a cell"):
        as_file("xlsx", path, pa.table({"t": ["长" * 32_768]}))
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["t.xlsx"]


def test_more_rows_than_a_sheet_holds_go_on_on_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "XLSX_ROWS", 5)
    table = pa.table({"n": list(range(13))})
    assert write_file("xlsx", table.schema, table.to_batches(max_chunksize=2), tmp_path / "t.xlsx") == 13
    book = CalamineWorkbook.from_path(str(tmp_path / "t.xlsx"))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [sheet[0] for sheet in sheets] == [["n"]] * 3
    assert [row[0] for sheet in sheets for row in sheet[1:]] == list(range(13))
    assert max(len(sheet) for sheet in sheets) == 6


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match="No such file"):
        as_file("csv", tmp_path / "none" / "t.csv")
