"""Files that mean harm, read through the child: refused with a rule, quickly, and the next file is read as ever."""

import gzip
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.errors import HeaderDrift, Refusal
from orchestration.landing import child, read
from orchestration.landing.read import BadRow, read_chunks
from orchestration.landing.receive import Received, parse_name
from tests.landing_kit import REGISTERS, csv_text, good_rows, header, received, workbook
from tests.unit.landing.test_landing_polluted import checked

NAME = "deaths_990101_201503.csv"
HEAD = ",".join(header("deaths"))
LINE = "D1,990101194002030010,男,1940-02-03,2015-03-01,990101001001,2015-03-05"
BOOK = "official_population_990101_201503.xlsx"
HEAD_ROW = ["地区代码", "年份", "年中人口", "年末人口"]
PARQUET = "official_population_990101_201503.parquet"
Read = Callable[..., tuple[list[dict[str, Any]], list[BadRow]]]


@pytest.fixture(name="read_file")
def _read_file(tmp_path: Path) -> Read:
    def run(name: str, data: bytes | str) -> tuple[list[dict[str, Any]], list[BadRow]]:
        source = received(tmp_path, name, data.encode("gb18030") if isinstance(data, str) else data)
        chunks = list(read_chunks(source, REGISTERS[source.name.register]))
        return [row for c in chunks for row in c.rows.to_pylist()], [b for c in chunks for b in c.bad]

    return run


@pytest.fixture(name="refusal_of")
def _refusal_of(read_file: Read) -> Callable[..., Refusal]:
    """The refusal of a file; the reader must read a good file afterwards."""

    def run(name: str, data: bytes | str) -> Refusal:
        with pytest.raises(Refusal) as caught:
            read_file(name, data)
        rows, bad = read_file(NAME, f"{HEAD}\n{LINE}\n")
        assert ([row["death_no"] for row in rows], bad) == (["D1"], [])
        return caught.value

    return run


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def book_with(parts: dict[str, bytes]) -> bytes:
    """A workbook in which some parts are replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([HEAD_ROW]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            new.writestr(entry.filename, parts.get(entry.filename, old.read(entry.filename)))
    return out.getvalue()


# --- text


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_field_of_100_mb_is_refused(quote: str, refusal_of: Callable[..., Refusal]) -> None:
    data = f"{HEAD}\n{LINE}\n{quote}".encode("gb18030") + b"x" * 100_000_000 + f"{quote},a\n".encode()
    refusal = refusal_of(NAME, data)
    assert (refusal.rule, refusal.line) == ("line_too_long", 3)


def test_100000_columns_are_refused_in_the_header_and_quarantined_in_a_row(
    read_file: Read, refusal_of: Callable[..., Refusal]
) -> None:
    assert refusal_of(NAME, HEAD + ",x" * 100_000 + "\n").rule == "header"
    rows, bad = read_file(NAME, f"{HEAD}\n{LINE}\n{LINE}{',x' * 100_000}\n{LINE}\n")
    assert ([row["line"] for row in rows], bad) == ([2, 4], [BadRow(3, "", "width")])


def test_a_gzip_file_that_unfolds_without_measure_is_refused(refusal_of: Callable[..., Refusal]) -> None:
    data = gzip.compress(f"{HEAD}\n".encode("gb18030") + (b"x" * 999_999 + b"\n") * 80, 6)
    assert refusal_of(f"{NAME}.gz", data).rule == "too_large"


def test_control_characters_and_marks_quarantine_their_rows(read_file: Read) -> None:
    lines = [LINE, LINE.replace("D1", "D\x1a1"), LINE.replace("D1", "\ufeffD1"), LINE.replace("D1", "D\ufffd1"), LINE]
    for first in (LINE, LINE.replace("D1", '"D1"')):
        rows, bad = read_file(NAME, "\n".join([HEAD, first, *lines]) + "\n")
        assert [row["line"] for row in rows] == [2, 3, 7]
        assert bad == [BadRow(n, "", "control_character") for n in (4, 5, 6)]


def test_utf8_lines_in_a_gb18030_file_are_quarantined(read_file: Read) -> None:
    for quote in ("", '"'):
        lines = [f"{HEAD}\n{LINE.replace('D1', f'{quote}D1{quote}')}\n".encode("gb18030")]
        lines += [LINE.replace("D1", "编号").encode() + b"\n", b"\xef\xbb\xbf" + LINE.encode("gb18030") + b"\n"]
        rows, bad = read_file(NAME, b"".join(lines))
        assert ([row["line"] for row in rows], bad) == ([2], [BadRow(n, "", "undecodable") for n in (3, 4)])


@pytest.mark.parametrize("cut", ["D1", '"D1"'])
def test_a_last_row_that_may_have_lost_its_tail_is_quarantined(cut: str, read_file: Read) -> None:
    """`2015-03-1` would be read as the first of March."""
    rows, bad = read_file(NAME, f"{HEAD}\n{LINE.replace('D1', cut)}\n{LINE[:-2]}1")
    assert ([row["line"] for row in rows], bad) == ([2], [BadRow(3, "", "truncated")])


def test_a_quote_in_the_middle_of_a_cell_quarantines_the_row(read_file: Read) -> None:
    stray, doubled = LINE.replace("D1", 'D"1'), LINE.replace("D1", '"D""1"')
    rows, bad = read_file(NAME, f"{HEAD}\n{stray}\n{doubled}\n")
    assert ([row["line"] for row in rows], bad) == ([3], [BadRow(2, "", "stray_quote")])


def test_a_quote_that_swallows_a_line_end_and_closes_in_the_same_column_is_refused(
    refusal_of: Callable[..., Refusal],
) -> None:
    opened, closed = LINE.replace("D1", '"D1'), LINE.replace("D1", 'D1"')
    refusal = refusal_of(NAME, f"{HEAD}\n{opened}\n{closed}\n{LINE}\n")
    assert (refusal.rule, refusal.line) == ("quotes", 3)


# --- workbooks


def test_entities_in_a_workbook_are_refused(refusal_of: Callable[..., Refusal]) -> None:
    levels = "".join(f"<!ENTITY l{i + 1} '{(f'&l{i};') * 10}'>" for i in range(9))
    bomb = f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY l0 "lol">{levels}]><sst><si><t>&l9;</t></si></sst>'
    assert refusal_of(BOOK, book_with({"xl/sharedStrings.xml": bomb.encode()})).rule == "broken_workbook"


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_a_part_of_a_workbook_that_unfolds_without_measure_is_refused(
    part: str, refusal_of: Callable[..., Refusal]
) -> None:
    """4 million rows, or 2 million shared strings, from less than a megabyte."""
    if "sheet" in part and "shared" not in part:
        body = b"<worksheet><sheetData>" + b"<row><c><v>1</v></c></row>" * 4_000_000 + b"</sheetData></worksheet>"
    else:
        body = b"<sst>" + b"<si><t>aaaaaaaaaaaaaaaaaaaaaaaaa</t></si>" * 2_000_000 + b"</sst>"
    data = book_with({part: body})
    assert len(data) < 1_000_000
    assert refusal_of(BOOK, data).rule == "workbook_too_large"


def test_two_far_cells_of_a_workbook_do_not_take_all_memory(refusal_of: Callable[..., Refusal]) -> None:
    """Calamine makes room for the whole rectangle, 17 thousand million cells: the child dies, the parent lives."""
    body = (
        b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    refusal = refusal_of(BOOK, book_with({"xl/worksheets/sheet1.xml": body}))
    assert refusal.rule in ("too_large", "workbook_too_large", "header")


def test_a_workbook_with_a_password_is_refused(refusal_of: Callable[..., Refusal]) -> None:
    assert refusal_of(BOOK, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)).rule == "encrypted"


def test_merged_cells_below_the_header_quarantine_their_rows(read_file: Read) -> None:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 3, "统计口径人口")
        for line, row in enumerate([HEAD_ROW, *(["990101001000", 2010 + i, 1, 2] for i in range(4))], start=1):
            sheet.write_row(line, 0, row)
        sheet.merge_range(3, 2, 4, 2, 7)
    rows, bad = read_file(BOOK, out.getvalue())
    assert ([row["line"] for row in rows], bad) == ([3, 6], [BadRow(n, "", "merged_cell") for n in (4, 5)])


def test_an_identifier_that_became_a_number_is_quarantined_and_not_repaired(tmp_path: Path) -> None:
    """Excel keeps 15 digits: the last three of 18 are gone, whatever the check digit of what is left."""
    rows = good_rows("deaths", 3)
    table = [header("deaths"), *([row[c.name] for c in REGISTERS["deaths"].columns] for row in rows)]
    place = header("deaths").index(next(c.zh[0] for c in REGISTERS["deaths"].columns if c.role == "identifier"))
    table[2][place] = float(str(table[2][place])[:15] + "000")
    source = received(tmp_path, "deaths_990101_201503.xlsx", workbook(table))
    chunks = list(read_chunks(source, REGISTERS["deaths"]))
    found = {row[0]: row[-1] for row in checked("deaths", pa.concat_tables(chunk.rows for chunk in chunks))}
    assert found == {2: [], 3: ["id:bad_check_digit"], 4: []}


@pytest.mark.parametrize("as_date", [True, False])
def test_dates_that_count_from_1904_keep_their_day(as_date: bool, read_file: Read) -> None:
    import xlsxwriter

    out, row = io.BytesIO(), LINE.split(",")
    with xlsxwriter.Workbook(out, {"in_memory": True, "date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header("deaths"))
        sheet.write_row(1, 0, row)
        if as_date:
            sheet.write_datetime(1, 4, date(2015, 3, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        else:
            sheet.write_number(1, 4, (date(2015, 3, 1) - date(1904, 1, 1)).days)
    rows, _ = read_file("deaths_990101_201503.xlsx", out.getvalue())
    assert rows[0]["death_date"] == ("2015-03-01" if as_date else str((date(2015, 3, 1) - date(1899, 12, 30)).days))


def test_a_refusal_of_a_workbook_names_its_sheet(refusal_of: Callable[..., Refusal]) -> None:
    assert "sheet 1, line 1: header" in str(refusal_of(BOOK, workbook([["张三"], ["李四"]])))


# --- Parquet


def test_parquet_cells_become_the_text_that_the_checks_read(read_file: Read) -> None:
    columns = {
        "地区代码": pa.array(["990101001000", None, ""]).dictionary_encode(),
        "年份": pa.array([2014, None, 2015], pa.int16()),
        "year_end_population": pa.array([Decimal("12.50"), None, Decimal(3)], pa.decimal128(9, 2)),
        "年中人口": pa.array([date(2015, 3, 1), None, date(2015, 3, 2)], pa.date32()),
    }
    rows, bad = read_file(PARQUET, parquet(columns))
    assert bad == []
    names = ("line", "area", "year", "mid_year_population", "year_end_population")
    assert [[row[name] for name in names] for row in rows] == [
        [1, "990101001000", "2014", "2015-03-01", "12.50"], [3, None, "2015", "2015-03-02", "3.00"]]  # fmt: skip


@pytest.mark.parametrize("kind", ["float", "nested", "bool", "timestamp"])
def test_parquet_types_without_a_plain_text_are_refused(kind: str, refusal_of: Callable[..., Refusal]) -> None:
    cell = {"float": 9.9e11, "nested": ["990101001000"], "bool": True, "timestamp": pa.scalar(0, pa.timestamp("s"))}
    refusal = refusal_of(
        PARQUET, parquet({name: pa.array([cell[kind] if not i else "1"]) for i, name in enumerate(HEAD_ROW)})
    )
    assert (refusal.rule, refusal.column) == ("column_type", "area")


def test_damaged_encrypted_and_headless_parquet_is_refused(refusal_of: Callable[..., Refusal]) -> None:
    whole = parquet({name: pa.array(["990101001000"] * 500) for name in HEAD_ROW})
    assert refusal_of(PARQUET, whole[: len(whole) // 2]).rule == "broken_parquet"
    assert refusal_of(PARQUET, b"PARE" + whole[4:]).rule == "encrypted"
    assert refusal_of(PARQUET, whole[:8] + b"\xff" * 60 + whole[68:]).rule == "broken_parquet"
    assert refusal_of(PARQUET, parquet({"x": pa.array(["1"])})).rule == "header"


def test_strange_cells_of_parquet_are_quarantined(read_file: Read) -> None:
    cells = ["990101001000", "9901\x0001", "x" * (2 << 20)]
    rows, bad = read_file(
        PARQUET, parquet({name: pa.array(cells if not i else ["1"] * 3) for i, name in enumerate(HEAD_ROW[::-1])})
    )
    assert [row["line"] for row in rows] == [1]
    assert sorted((b.line, b.rule) for b in bad) == [(2, "control_character"), (3, "field_too_long")]


# --- the child


def test_a_header_drift_crosses_the_pipe_whole(refusal_of: Callable[..., Refusal]) -> None:
    refusal = refusal_of(NAME, f"{HEAD.replace('身份证号', '公民证号').replace('性别', 'sex')},性别\n{LINE},男\n")
    assert isinstance(refusal, HeaderDrift)
    report = refusal.report
    assert (report.missing, report.repeated) == (("id",), ((8, "sex"),))
    assert [(u.column, u.text, u.nearest) for u in report.unknown] == [(2, "公民证号", "身份证号")]
    assert (report.aliases, report.reordered) == ((), False)


def test_a_child_beyond_its_memory_refuses_the_file(
    refusal_of: Callable[..., Refusal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "MEMORY_BYTES", 400 << 20)
    refusal = refusal_of(NAME, f"{HEAD}\n{LINE}\n".encode("gb18030") + (LINE + "\n").encode("gb18030") * 1_000_000)
    assert refusal.rule == "too_large"


def test_a_child_beyond_its_time_refuses_the_file(
    refusal_of: Callable[..., Refusal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "CPU_SECONDS", 1)
    body = (LINE + "\n").replace("D1", '"D1"').encode("gb18030") * 500_000
    assert refusal_of(NAME, f"{HEAD}\n".encode("gb18030") + body).rule == "too_large"


def test_more_output_than_allowed_refuses_the_file(
    refusal_of: Callable[..., Refusal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "MAX_OUTPUT", 5_000)
    assert (
        refusal_of("population_990101_201503.csv", csv_text("population", good_rows("population", 500))).rule
        == "too_large"
    )


def test_a_child_without_progress_is_killed(
    refusal_of: Callable[..., Refusal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "STALLED_SECONDS", 0.0)
    started = time.monotonic()
    with pytest.raises(Refusal) as caught:
        refusal_of(NAME, f"{HEAD}\n{LINE}\n")
    assert (caught.value.rule, time.monotonic() - started < 5) == ("too_slow", True)


@pytest.mark.parametrize(("kind", "rule"), [("pipe", "not_a_file"), ("folder", "reader_died")])
def test_what_is_no_file_is_not_read(kind: str, rule: str, tmp_path: Path) -> None:
    """The door refuses links, pipes and folders by name (test_landing_receive); the reader does so once more."""
    descriptors = list(os.pipe()) if kind == "pipe" else [os.open(tmp_path, os.O_RDONLY)]
    source = Received(parse_name(NAME, REGISTERS), descriptors[0], "", 1)
    with pytest.raises(Refusal) as caught:
        list(read_chunks(source, REGISTERS["deaths"]))
    for descriptor in descriptors:
        os.close(descriptor)
    assert caught.value.rule == rule


def test_an_abandoned_answer_leaves_no_process(tmp_path: Path) -> None:
    data = f"{HEAD}\n".encode("gb18030") + (LINE + "\n").encode("gb18030") * 1_000_000
    chunks = read_chunks(received(tmp_path, NAME, data), REGISTERS["deaths"])
    next(chunks)
    helper = read._helper().process.pid
    assert len(children(helper)) == 1
    chunks.close()
    assert settled(lambda: children(helper) == [])


def test_a_dead_helper_is_replaced(read_file: Read) -> None:
    read_file(NAME, f"{HEAD}\n{LINE}\n")
    process = read._helper().process
    process.kill()
    process.wait()
    assert len(read_file(NAME, f"{HEAD}\n{LINE}\n")[0]) == 1
    assert read._helper().process.pid != process.pid


def test_the_helper_and_its_child_end_with_a_killed_parent(tmp_path: Path) -> None:
    received(tmp_path, NAME, f"{HEAD}\n".encode("gb18030") + (LINE + "\n").encode("gb18030") * 1_000_000)
    program = (
        "import os, sys, time; from pathlib import Path; from tests.landing_kit import REGISTERS, parse_name, Received\n"
        "from orchestration.landing import read; path = Path(sys.argv[1])\n"
        "came = Received(parse_name(path.name, REGISTERS), os.open(path, os.O_RDONLY), '', 1)\n"
        "chunks = read.read_chunks(came, REGISTERS['deaths'])\n"
        "next(chunks); print(read._helper().process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path / NAME)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        helper = int(parent.stdout.readline())
        (grandchild,) = children(helper)
        parent.send_signal(signal.SIGKILL)
    assert settled(lambda: not alive(helper) and not alive(grandchild))


def children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(path.parent.name))
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def settled(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()
