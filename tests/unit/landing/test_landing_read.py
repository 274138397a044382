"""Read: encodings, headers, widths, quotes, containers. What a cell means is not looked at here."""

import csv
import gzip
import io
import os
import string
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.errors import HeaderDrift, Refusal
from orchestration.landing import rows as limits
from orchestration.landing import text as text_file
from orchestration.landing import workbook as workbooks
from orchestration.landing.decode import decode
from orchestration.landing.read import read_chunks
from orchestration.landing.rows import BadRow
from tests.landing_kit import (
    REGISTERS,
    check_character,
    csv_text,
    encoded,
    good_rows,
    header,
    received,
    workbook,
)

Read = Callable[..., tuple[list[dict[str, Any]], list[BadRow]]]
DEATHS = header("deaths")
LINE = "D1,990101194002030010,男,1940-02-03,2015-03-01,990101001001,2015-03-05"


@pytest.fixture(name="read_file")
def _read_file(tmp_path: Path) -> Read:
    def run(name: str, data: bytes | str, encoding: str | None = None) -> tuple[list[dict[str, Any]], list[BadRow]]:
        source = received(tmp_path, name, encoded(name, data, encoding) if isinstance(data, str) else data)
        rows: list[dict[str, Any]] = []
        bad: list[BadRow] = []
        with os.fdopen(source.open(), "rb") as handle:
            for chunk in decode(handle, source.name.format, source.size, REGISTERS[source.name.register], name):
                rows += chunk.rows.to_pylist()
                bad += chunk.bad
        return rows, bad

    return run


@pytest.fixture(name="refusal_of")
def _refusal_of(read_file: Read) -> Callable[..., Refusal]:
    def run(*arguments: Any) -> Refusal:
        with pytest.raises(Refusal) as caught:
            read_file(*arguments)
        return caught.value

    return run


NAME = "deaths_990101_201503.csv"
HEAD = ",".join(DEATHS)


def numbers(rows: list[dict[str, Any]]) -> list[tuple[int, str | None]]:
    return [(row["line"], row["death_no"]) for row in rows]


# --- encodings


TRAPS = [char for char in map(chr, range(0x4E00, 0x9FA6)) if char.encode("gb18030")[1:] in (b"\\", b"|")]


def test_second_bytes_that_look_like_punctuation_do_not_break_a_cell(read_file: Read) -> None:
    """Characters whose second byte is a backslash or a bar, just before a separator (design, traps)."""
    assert len(TRAPS) >= 100
    lines = [f"D{i},{char},男,{char}x,2015-03-01,990101001001,2015-03-05" for i, char in enumerate(TRAPS)]
    rows, bad = read_file(NAME, "\n".join([HEAD, *lines]) + "\n")
    assert bad == []
    assert [(row["id"], row["birth_date"]) for row in rows] == [(char, f"{char}x") for char in TRAPS]


def test_four_byte_characters_survive(read_file: Read) -> None:
    rows, bad = read_file(NAME, f"{HEAD}\n{LINE.replace('D1', '㐂𠮷')}\n")
    assert (numbers(rows), bad) == ([(2, "㐂𠮷")], [])


@pytest.mark.parametrize("name", [NAME, "birth_certificates_990101_201503.csv"])
def test_a_byte_order_mark_settles_that_it_is_utf8(name: str, read_file: Read) -> None:
    register = name.split("_99", maxsplit=1)[0]
    rows, bad = read_file(name, csv_text(register, good_rows(register, 3)), "utf-8-sig")
    assert (len(rows), bad) == (3, [])
    assert {row["sex"] for row in rows} == {"男", "女"}


def test_utf8_without_a_mark_is_read_where_it_is_declared(read_file: Read) -> None:
    text = csv_text("birth_certificates", good_rows("birth_certificates", 2))
    rows, _ = read_file("birth_certificates_990101_201503.csv", text, "utf-8")
    assert [row["sex"] for row in rows] == ["女", "男"]


@pytest.mark.parametrize(
    ("register", "saved"),
    [("deaths", "utf-8"), ("births", "utf-8"), ("birth_certificates", "gb18030"), ("areas", "gb18030")],
)
def test_another_encoding_than_declared_is_told_with_a_guess(
    register: str, saved: str, refusal_of: Callable[..., Refusal]
) -> None:
    area = "990100" if register == "areas" else "990101"
    refusal = refusal_of(f"{register}_{area}_201503.csv", csv_text(register, good_rows(register, 3)), saved)
    assert refusal.rule == "wrong_encoding"
    assert REGISTERS[register].encoding in refusal.detail
    assert f"was it saved as {saved}?" in refusal.detail


def test_an_undecodable_line_is_quarantined_alone(read_file: Read) -> None:
    lines = [LINE.replace("D1", f"D{i}").encode("gb18030") for i in range(1, 5)]
    lines[1] = lines[1].replace("男".encode("gb18030"), b"\xff\xff")
    data = b"\n".join([HEAD.encode("gb18030"), *lines]) + b"\n"
    rows, bad = read_file(NAME, data)
    assert numbers(rows) == [(2, "D1"), (4, "D3"), (5, "D4")]
    assert bad == [BadRow(3, "", "undecodable")]
    quoted_rows, quoted_bad = read_file(NAME, data.replace(b"D1,", b'"D1",'))
    assert (numbers(quoted_rows), quoted_bad) == (numbers(rows), bad)


def test_a_character_cut_in_half_at_the_end_is_quarantined(read_file: Read) -> None:
    data = f"{HEAD}\n{LINE}\n".encode("gb18030") + LINE.encode("gb18030") + b"\xc4"
    rows, bad = read_file(NAME, data)
    assert (numbers(rows), bad) == ([(2, "D1")], [BadRow(3, "", "undecodable")])


# --- headers


def test_columns_may_stand_in_any_order(read_file: Read) -> None:
    cells = LINE.split(",")
    rows, bad = read_file(NAME, ",".join(DEATHS[::-1]) + "\n" + ",".join(cells[::-1]) + "\n")
    assert bad == []
    assert [rows[0][c.name] for c in REGISTERS["deaths"].columns] == cells


@pytest.mark.parametrize(
    "head",
    [
        "death_no,id,sex,birth_date,death_date,area,registered_at",
        "Death_No,ID,SEX,Birth_Date,death_date,area,registered_at",
        "ｄｅａｔｈ＿ｎｏ,ｉｄ,sex,birth_date,death_date,area,registered_at",
        " 死亡编号 ,身份证号　,性别,出生日期\t,死亡日期,户籍地代码,登记日期",
        '"死亡编号","身份证号",性别,出生日期,死亡日期,户籍地代码,登记日期',
    ],
)
def test_headers_may_be_english_full_width_spaced_or_quoted(head: str, read_file: Read) -> None:
    rows, bad = read_file(NAME, f"{head}\n{LINE}\n")
    assert (numbers(rows), bad) == ([(2, "D1")], [])


def test_every_unknown_and_every_missing_header_is_told(refusal_of: Callable[..., Refusal]) -> None:
    head = HEAD.replace("身份证号", "身份证号码").replace("登记日期", "电话号码13800000000")
    refusal = refusal_of(NAME, f"{head}\n{LINE}\n")
    assert (refusal.rule, refusal.line) == ("header", 1)
    assert "column 2 '身份证号码' is unknown (nearest known: 身份证号)" in refusal.detail
    assert "column 7 is unknown" in refusal.detail
    assert "missing: 身份证号 (id), 登记日期 (registered_at)" in refusal.detail
    assert "13800000000" not in str(refusal)


def test_a_repeated_header_is_told(refusal_of: Callable[..., Refusal]) -> None:
    refusal = refusal_of(NAME, f"{HEAD},性别\n{LINE},男\n")
    assert "column 8 repeats sex" in refusal.detail


def test_an_unknown_header_is_named_with_a_missing_one_as_the_nearest(refusal_of: Callable[..., Refusal]) -> None:
    """However unlike it is: but not a run of digits, nor anything as long as an address."""
    head = HEAD.replace("性别", "备注").replace("死亡编号", "某市某区某街道某路某号某小区某栋某单元某室的某人")
    refusal = refusal_of(NAME, f"{head},１３８００００\n{LINE}\n")
    assert isinstance(refusal, HeaderDrift)
    assert "column 3 '备注' is unknown (nearest known: " in refusal.detail
    assert "column 1 is unknown (" in refusal.detail
    assert "column 8 is unknown (" in refusal.detail
    assert "某路" not in str(refusal)
    assert "38" not in str(refusal)
    assert [(u.column, u.text) for u in refusal.report.unknown] == [(1, None), (3, "备注"), (8, None)]
    assert refusal.report.missing == ("death_no", "sex")
    assert {u.nearest for u in refusal.report.unknown[1:2]} <= {"死亡编号", "性别", "death_no", "sex"}


@pytest.mark.parametrize(
    ("cell", "named"),
    [("民族", True), ("联系电话", True), ("blood_type", True), ("登记曰期", True), ("金丝雀甲", False), ("Jin Sique", False),
     ("王名", False), ("13977770001", False), ("备注" * 20, False), ("99010177070700备注", False)],
)  # fmt: skip
def test_only_what_reads_like_a_header_is_quoted(cell: str, named: bool, refusal_of: Callable[..., Refusal]) -> None:
    refusal = refusal_of(NAME, f"{HEAD},{cell}\n{LINE},x\n")
    assert f"column 8{f' {cell!r}' if named else ''} is unknown (nearest known: " in refusal.detail


def test_a_drifted_header_tells_aliases_and_order(refusal_of: Callable[..., Refusal]) -> None:
    cells = HEAD.split(",")
    refusal = refusal_of(NAME, ",".join([cells[1], cells[0], *cells[2:], "民族"]) + "\n")
    assert "the order differs from the contract" in refusal.detail
    alias = next(c.zh[1] for c in REGISTERS["births"].columns if len(c.zh) > 1)
    head = csv_text("births", []).strip().replace(REGISTERS["births"].column("child_name").zh[0], alias)
    refusal = refusal_of("births_990101_201503.csv", f"{head},民族\n")
    assert f"read under another name: {alias} for child_name" in refusal.detail


@pytest.mark.parametrize("name", ["births_990101_201503.csv", "births_990101_201503.xlsx"])
def test_read_leniently_new_columns_are_left_out_and_missing_ones_are_empty(name: str, tmp_path: Path) -> None:
    row = good_rows("births", 1)[0] | {"mother_birth_date": "汉"}
    table = [line.split(",") for line in csv_text("births", [row]).replace("母亲出生日期", "民族").splitlines()]
    text = "\n".join(",".join(line) for line in table) + "\n"
    file = received(tmp_path, name, workbook(table) if name.endswith("xlsx") else encoded(name, text))
    with pytest.raises(HeaderDrift):
        list(read_chunks(file, REGISTERS["births"]))
    lenient = REGISTERS["births"].model_copy(update={"lenient": True})
    rows = pa.concat_tables([chunk.rows for chunk in read_chunks(file, lenient)])
    assert rows["mother_birth_date"].to_pylist() == [None]
    assert rows["parity"].to_pylist() == ["1"]
    assert "汉" not in str(rows.to_pylist())


def test_a_row_of_data_is_no_header_and_is_not_quoted(refusal_of: Callable[..., Refusal]) -> None:
    refusal = refusal_of(NAME, f"{LINE}\n{LINE}\n")
    assert refusal.rule == "header"
    assert "seems to have no header" in refusal.detail
    assert "死亡编号 (death_no), 身份证号 (id)" in refusal.detail
    assert "D1" not in str(refusal)
    assert "990101194002030010" not in str(refusal)


def test_a_header_beyond_any_size_is_refused(refusal_of: Callable[..., Refusal]) -> None:
    assert refusal_of(NAME, HEAD + ",x" * 600 + "\n").rule == "header"


@pytest.mark.parametrize("text", [f'"{HEAD}\n{LINE}\n', f"{HEAD}\r{LINE}\r"])
def test_a_header_with_open_quotes_or_old_line_ends_is_refused(text: str, refusal_of: Callable[..., Refusal]) -> None:
    assert refusal_of(NAME, text).rule == "header"


def test_trailing_columns_without_a_name_are_empty_or_the_row_is_bad(read_file: Read) -> None:
    """An extra separator pushes the last cell under no name: the width is right and everything else wrong."""
    moved = LINE.replace("男,", "男,,")
    for quote in ("D1", '"D1"'):
        text = f"{HEAD},,\n{LINE.replace('D1', quote)},,\n{LINE.replace('D1', 'D2')}, ,\n{moved},\n{LINE}\n{moved}\n"
        rows, bad = read_file(NAME, text)
        assert numbers(rows) == [(2, "D1"), (3, "D2")]
        assert sorted(bad, key=lambda b: b.line) == [BadRow(line, "", "width") for line in (4, 5, 6)]


# --- widths, lines


@pytest.mark.parametrize("quoted", [False, True])
def test_rows_of_another_width_are_quarantined_alone(quoted: bool, read_file: Read) -> None:
    """Among them the case that DuckDB's strict reader swallows: one separator too many and an empty last cell."""
    extra, last_empty = LINE.replace("男", "男,"), LINE.rsplit(",", 1)[0] + ",,"
    missing = LINE.replace("男,", "男")
    first = LINE.replace("D1", '"D1"') if quoted else LINE
    rows, bad = read_file(NAME, "\n".join([HEAD, first, extra, last_empty, missing, "", ",,,,,,", ",", LINE]) + "\n")
    assert numbers(rows) == [(2, "D1"), (9, "D1")]
    assert bad == [BadRow(line, "", "width") for line in (3, 4, 5)]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "mixed"])
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_of_windows_and_unix_may_mix(ends: str, quoted: bool, last: bool, read_file: Read) -> None:
    lines = [HEAD, *(LINE.replace("D1", f"D{i}") for i in range(4))]
    if quoted:
        lines[1] = lines[1].replace("D0", '"D0"')
    styles = ["\r\n", "\n"] if ends == "mixed" else [ends]
    text = "".join(line + styles[i % len(styles)] for i, line in enumerate(lines))
    rows, bad = read_file(NAME, text if last else text.rstrip("\r\n"))
    assert bad == []
    assert numbers(rows) == [(i + 2, f"D{i}") for i in range(4)]
    assert {row["registered_at"] for row in rows} == {"2015-03-05"}


@pytest.mark.parametrize("quoted", [False, True])
def test_a_lone_carriage_return_inside_a_row_refuses_the_file(quoted: bool, refusal_of: Callable[..., Refusal]) -> None:
    first = LINE.replace("D1", '"D1"') if quoted else LINE
    broken = LINE.replace("男", "男\r")
    refusal = refusal_of(NAME, f"{HEAD}\n{first}\n{broken}\n{LINE}\n")
    assert refusal.rule in ("line_ends", "quotes")
    assert "男" not in str(refusal)


@pytest.mark.parametrize("quoted", [False, True])
def test_nul_bytes_refuse_the_file(quoted: bool, refusal_of: Callable[..., Refusal]) -> None:
    first = LINE.replace("D1", '"D1"') if quoted else LINE
    assert refusal_of(NAME, f"{HEAD}\n{first}\n{LINE}\0\n").rule == "nul_byte"


def test_a_file_without_content_is_refused(refusal_of: Callable[..., Refusal]) -> None:
    refusal = refusal_of(NAME, b"")
    assert refusal.rule == "empty_file"
    assert "still has its header" in refusal.detail


@pytest.mark.parametrize("tail", ["", "\n", "\r\n", "\n\n\n"])
def test_a_header_alone_is_a_month_without_events(tail: str, read_file: Read) -> None:
    assert read_file(NAME, HEAD + tail) == ([], [])


def test_a_blank_first_line_is_no_header(refusal_of: Callable[..., Refusal]) -> None:
    assert refusal_of(NAME, f"\n{HEAD}\n{LINE}\n").rule == "header"


def test_an_endless_line_is_refused(refusal_of: Callable[..., Refusal], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "MAX_LINE", 4000)
    monkeypatch.setattr(text_file, "BLOCK_BYTES", 500)
    assert refusal_of(NAME, HEAD + "\n" + "x" * 6000 + "\n").rule == "line_too_long"


# --- quotes


def test_quotes_hold_separators_newlines_and_quotes(read_file: Read) -> None:
    cells = ['"D,1"', '"a""b"', '"男\n"', '"x\r\ny"', "2015-03-01", "990101001001", "2015-03-05"]
    rows, bad = read_file(NAME, f"{HEAD}\n{LINE}\n{','.join(cells)}\n{LINE}\n")
    assert bad == []
    assert [row["line"] for row in rows] == [2, 3, 6]
    assert [rows[1][name] for name in ("death_no", "id", "sex", "birth_date")] == ["D,1", 'a"b', "男\n", "x\r\ny"]


@pytest.mark.parametrize("broken", ['"D9', '"D9"x'])
def test_quotes_that_do_not_close_refuse_the_file_without_content(
    broken: str, refusal_of: Callable[..., Refusal]
) -> None:
    refusal = refusal_of(NAME, f"{HEAD}\n{LINE}\n{LINE.replace('D1', broken)}\n{LINE}\n")
    assert refusal.rule == "quotes"
    assert refusal.line is not None
    assert refusal.line >= 3
    assert "D9" not in str(refusal)


CELLS = st.text(st.sampled_from(string.ascii_letters + string.digits + " 男女镕岬\\|'\t-/年x　１ｘ"), max_size=6)
TABLES = st.lists(st.lists(CELLS, min_size=6, max_size=8), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=TABLES, block=st.sampled_from([40, 97, 1 << 20]), end=st.sampled_from(["\n", "\r\n"]))
def test_both_ways_through_a_text_file_read_what_pythons_csv_reads(
    table: list[list[str]], block: int, end: str, read_file: Read
) -> None:
    """Without quotes and with one irrelevant cell quoted: the same rows, the same quarantine, equal to Python's csv."""
    plain = end.join([HEAD, LINE, *(",".join(row) for row in table)]) + end
    quoted = plain.replace("D1,", '"D1",', 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_file, "BLOCK_BYTES", block)
        (rows, bad), (quoted_rows, quoted_bad) = read_file(NAME, plain), read_file(NAME, quoted)

    def content(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{key: value for key, value in row.items() if key != "dirty"} for row in found]

    assert content(rows) == content(quoted_rows)
    assert sorted(bad, key=lambda b: b.line) == sorted(quoted_bad, key=lambda b: b.line)
    expected = list(csv.reader(io.StringIO(plain, newline=""), strict=True))
    names = [column.name for column in REGISTERS["deaths"].columns]
    good = [(i + 1, row) for i, row in enumerate(expected) if i and len(row) == 7 and any(row)]
    assert [(row["line"], [row[name] or "" for name in names]) for row in rows] == good
    wrong = [i + 1 for i, row in enumerate(expected) if any(row) and len(row) != 7]
    assert sorted(b.line for b in bad) == wrong


@settings(max_examples=30, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(st.lists(st.text(st.sampled_from('ab",\n\r男 '), max_size=5), min_size=7, max_size=7), max_size=8)
)
def test_quoted_files_read_as_pythons_csv_reads_them(table: list[list[str]], read_file: Read) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([DEATHS, *table])
    rows, bad = read_file(NAME, out.getvalue())
    names = [column.name for column in REGISTERS["deaths"].columns]
    assert bad == []
    assert [[row[name] or "" for name in names] for row in rows] == [row for row in table if any(row)]


def test_a_quote_far_down_changes_nothing_above_it(read_file: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "BLOCK_BYTES", 300)
    monkeypatch.setattr(limits, "ROWS_PER_CHUNK", 7)
    lines = [LINE.replace("D1", f"D{i}") for i in range(60)]
    plain = read_file(NAME, "\n".join([HEAD, *lines]) + "\n")
    lines[37] = lines[37].replace("D37", '"D37"')
    rows, bad = read_file(NAME, "\n".join([HEAD, *lines]) + "\n")
    assert numbers(rows) == numbers(plain[0]) == [(i + 2, f"D{i}") for i in range(60)]
    assert bad == plain[1] == []


# --- gzip


def test_a_gzip_file_reads_like_its_content(read_file: Read) -> None:
    text = csv_text("population", good_rows("population", 5))
    assert read_file("population_990101_201503.csv.gz", text) == read_file("population_990101_201503.csv", text)


@pytest.mark.parametrize("harm", ["cut", "flip", "not gzip"])
def test_a_damaged_gzip_file_is_refused(harm: str, refusal_of: Callable[..., Refusal]) -> None:
    data = bytearray(gzip.compress(csv_text("population", good_rows("population", 500)).encode("gb18030")))
    match harm:
        case "cut":
            del data[len(data) // 2 :]
        case "flip":
            data[len(data) // 2] ^= 0xFF
        case _:
            data = bytearray(b"not gzip at all")
    assert refusal_of("population_990101_201503.csv.gz", bytes(data)).rule == "broken_archive"


# --- workbooks

BOOK = "official_population_990101_201503.xlsx"
TITLE = ["某市某区县统计口径人口（2015年3月）"]
HEAD_ROW = ["地区代码", "年份", "年中人口", "年末人口"]


def test_titles_may_stand_above_the_header_and_numbers_are_text(read_file: Read) -> None:
    table = [
        TITLE,
        [],
        HEAD_ROW,
        ["990101001000", 2014, 1000, 1010.0],
        [],
        ["990101002000", "2014", "1,234", 7, None, ""],
    ]
    rows, bad = read_file(BOOK, workbook(table))
    assert bad == []
    assert [[row[k] for k in ("line", "area", "year", "mid_year_population", "year_end_population")] for row in rows] == [
        [4, "990101001000", "2014", "1000", "1010"], [6, "990101002000", "2014", "1,234", "7"]]  # fmt: skip


def test_a_cell_beyond_the_header_makes_the_row_bad(read_file: Read) -> None:
    rows, bad = read_file(BOOK, workbook([HEAD_ROW, ["990101001000", 2014, 1, 2, "x"], ["990101002000", 2014, 1, 2]]))
    assert [row["line"] for row in rows] == [3]
    assert bad == [BadRow(2, "", "width")]


def test_dates_are_read_from_date_cells_and_serials(read_file: Read) -> None:
    row = good_rows("deaths", 1)[0] | {"birth_date": date(1940, 2, 3), "death_date": 42064, "registered_at": "2015/3/5"}
    table = [DEATHS, [row[c.name] for c in REGISTERS["deaths"].columns]]
    rows, bad = read_file("deaths_990101_201503.xlsx", workbook(table))
    assert bad == []
    assert [rows[0][k] for k in ("birth_date", "death_date", "registered_at")] == ["1940-02-03", "42064", "2015/3/5"]


def test_identifiers_kept_as_numbers_have_lost_digits_and_stay_unlike_identifiers() -> None:
    body = "99010119850607001"
    number = float(body + check_character(body).replace("X", "0"))
    assert "e+" in workbooks.cell_text(number)
    assert workbooks.cell_text(990101850607001.0) == "990101850607001"
    assert [workbooks.cell_text(v) for v in (None, True, 1.5, 3.0)] == ["", "1", "1.5", "3"]


@pytest.mark.parametrize("data", [b"no workbook", b"PK\x03\x04 broken", b""], ids=["text", "zip", "empty"])
def test_a_broken_workbook_is_refused(data: bytes, refusal_of: Callable[..., Refusal]) -> None:
    assert refusal_of(BOOK, data).rule == ("broken_workbook" if data else "empty_file")


def test_a_zip_that_is_no_workbook_is_refused(refusal_of: Callable[..., Refusal]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr("hello.txt", "hello")
    assert refusal_of(BOOK, out.getvalue()).rule == "broken_workbook"


def test_a_workbook_that_inflates_without_measure_is_refused(refusal_of: Callable[..., Refusal]) -> None:
    """Told from the bundle's own listing (here: one entry of 2 GB), before anything is unfolded."""
    data = bytearray(workbook([HEAD_ROW]))
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (2 << 30).to_bytes(4, "little")  # uncompressed size in the central directory
    assert refusal_of(BOOK, bytes(data)).rule == "workbook_too_large"


def test_an_empty_sheet_is_refused(refusal_of: Callable[..., Refusal]) -> None:
    assert refusal_of(BOOK, workbook([])).rule == "empty_file"


def test_a_workbook_without_the_header_is_refused_without_content(refusal_of: Callable[..., Refusal]) -> None:
    refusal = refusal_of(BOOK, workbook([["张三", "13800000000"], ["李四", "13900000000"]]))
    assert refusal.rule == "header"
    assert "张三" not in str(refusal)
    assert "1380" not in str(refusal)
