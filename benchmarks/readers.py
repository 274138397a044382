"""Four ways to read delimited text, on the corpus of polluted files and on a large clean one: `python -m benchmarks.readers`.

What each hands on is typed and checked by the same SQL. Writes benchmarks/results/readers.md. Silently wrong: a row that
passes with other values than the truth's, or a row that is missing without a trace.
"""

import argparse
import csv
import io
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv

from orchestration.errors import Refusal
from orchestration.landing import rows
from orchestration.landing.contracts import Register
from orchestration.landing.decode import decode
from orchestration.landing.read import read_chunks
from tests.landing_kit import REGISTERS, csv_text, good_rows, received
from tests.unit.landing.polluted import CORPUS, Polluted, corpus
from tests.unit.landing.test_landing_polluted import Outcome, checked, true_rows

RESULTS = Path(__file__).parent / "results" / "readers.md"
APART = 1_000_000
Taken = tuple[pa.Table, int]  # the rows, and how many were set aside


def expected(register: Register) -> list[str]:
    return [column.zh[0] for column in register.columns]


def named(register: Register, table: pa.Table) -> pa.Table:
    """The kept columns by their contract names, numbered, as the checks read them."""
    table = table.rename_columns([column.name for column in register.columns]).select([c.name for c in register.kept])
    lines = pa.array(range(table.num_rows), pa.int64())
    return table.add_column(0, "line", lines).add_column(1, "dirty", pa.array([True] * table.num_rows, pa.bool_()))


def with_duckdb(data: bytes, register: Register) -> Taken:
    """read_csv, strict, explicit columns, UTF-8 made beforehand, the header checked as a row."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data.decode(register.encoding).encode())
        file.flush()
        columns = {column.name: "varchar" for column in register.columns}
        with duckdb.connect(":memory:", config={"threads": 2}) as connection:
            found = connection.execute(
                "select * from read_csv(?, header = false, columns = ?, delim = ',', quote = '\"', escape = '\"', "
                "strict_mode = true, auto_detect = false)", [file.name, columns]
            ).to_arrow_table()  # fmt: skip
    if not found.num_rows or list(found.slice(0, 1).to_pylist()[0].values()) != expected(register):
        raise ValueError
    return named(register, found.slice(1)), 0


def with_pyarrow(data: bytes, register: Register) -> Taken:
    """pyarrow's reader, which decodes by itself, and sets invalid rows aside by its handler."""
    aside: list[int] = []
    found = pacsv.read_csv(
        io.BytesIO(data),
        read_options=pacsv.ReadOptions(encoding=register.encoding),
        parse_options=pacsv.ParseOptions(invalid_row_handler=lambda row: aside.append(1) or "skip"),
        convert_options=pacsv.ConvertOptions(
            column_types={name: pa.string() for name in expected(register)}, null_values=[""], strings_can_be_null=True
        ),
    )
    if found.column_names != expected(register):
        raise ValueError
    return named(register, found), len(aside)


def with_csv(data: bytes, register: Register) -> Taken:
    """Python's csv, strict, with an exact header and a check of widths."""
    reader = csv.reader(io.StringIO(data.decode(register.encoding), newline=""), strict=True)
    if next(reader) != expected(register):
        raise ValueError
    found = [row for row in reader if any(row)]
    good = [row for row in found if len(row) == len(register.columns)]
    columns = {c.name: [row[i] or None for row in good] for i, c in enumerate(register.columns) if c in register.kept}
    return rows.table(columns, list(range(len(good)))), len(found) - len(good)


def with_renkou(data: bytes, register: Register) -> Taken:
    chunks = list(decode(io.BytesIO(data), "csv", len(data), register, "file"))
    return pa.concat_tables([chunk.rows for chunk in chunks]), len({b.line for chunk in chunks for b in chunk.bad})


READERS: dict[str, Callable[[bytes, Register], Taken]] = {
    "DuckDB `read_csv`, strict, explicit schema": with_duckdb,
    "pyarrow with its invalid-row handler": with_pyarrow,
    "Python `csv`, strict, header and width checked": with_csv,
    "Renkou": with_renkou,
}


def judged(read: Callable[[bytes, Register], Taken], files: list[Polluted]) -> Iterator[str]:
    """What became of each file of one register."""
    register, found, aside, tables = REGISTERS[files[0].register], [Outcome() for _ in files], Counter[int](), []
    refused: set[int] = set()
    for number, file in enumerate(files):
        try:
            table, aside[number] = read(file.data, register)
        except (duckdb.Error, pa.ArrowException, csv.Error, ValueError, StopIteration, Refusal):
            refused.add(number)
            continue
        lines = pa.array([number * APART + line for line in table["line"].to_pylist()], pa.int64())
        tables.append(table.set_column(0, "line", lines))
    for row in checked(register.name, pa.concat_tables(tables)):
        number = row[0] // APART
        if row[-1]:
            aside[number] += 1
        else:
            found[number].passed.append(row[1:-1])
    for number, (file, outcome) in enumerate(zip(files, found, strict=True)):
        true = true_rows(file.register, file.truth)
        altered = any(row not in true for row in outcome.passed)
        lost = sum(row not in outcome.passed for row in true) > aside[number]
        if number in refused:
            yield "refused"
        else:
            yield "silently wrong" if altered or lost else "partly" if aside[number] else "whole"


def seconds(data: bytes, runs: int) -> dict[str, list[float]]:
    """Every reader in turns on one large clean file; Renkou once more through its child."""
    taken: dict[str, list[float]] = {name: [] for name in [*READERS, "Renkou, through its child"]}
    with tempfile.TemporaryDirectory() as folder:
        source = received(Path(folder), "population_990101_201503.csv", data)
        for _ in range(runs):
            for name, times in taken.items():
                start = time.perf_counter()
                if name in READERS:
                    READERS[name](data, REGISTERS["population"])
                else:
                    for _chunk in read_chunks(source, REGISTERS["population"]):
                        pass
                times.append(time.perf_counter() - start)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readers", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="times that each reader reads the large file")
    options = parser.parse_args()
    files = list(corpus())
    text = csv_text("population", good_rows("population", 900)).split("\n", 1)
    data = (text[0] + "\n" + text[1] * 311).encode("gb18030")
    taken = seconds(data, options.runs)
    base = taken[next(iter(READERS))]
    lines = [
        "| reader | silently wrong | refused | partly | whole | time, times DuckDB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, times in taken.items():
        ratio = median(t / b for t, b in zip(times, base, strict=True))
        counts = Counter[str]()
        if name in READERS:
            for register in CORPUS:
                counts.update(judged(READERS[name], [file for file in files if file.register == register]))
        cells = [
            str(counts[k]) if name in READERS else "as above" for k in ("silently wrong", "refused", "partly", "whole")
        ]
        lines.append(f"| {name} | {' | '.join(cells)} | {ratio:.2f} |")
        print(lines[-1], file=sys.stderr)
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "pyarrow"))
    RESULTS.write_text(
        f"""# Readers of delimited text

{date.today():%Y-%m-%d}, `python -m benchmarks.readers --runs {options.runs}`.
{len(files):,} polluted files, each with one fault of form,
then checked by the same SQL; and one clean population file of 279,900 rows, {len(data) / 1e6:.0f} MB in GB18030.
Python {platform.python_version()}, {packages}. Ratios are medians run by run; DuckDB's time includes making UTF-8 beforehand.
Refused and partly are right; whole is a fault that costs no row.

{chr(10).join(lines)}
""",
        "utf-8",
    )


if __name__ == "__main__":
    main()
