"""The roll-up in PostgreSQL's SQL, which DuckDB runs too: grouping sets into wide tables, their windows, and rows at the end."""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.facts import (
    CLOCKS,
    FACTS,
    LEVELS,
    PARTS,
    WINDOW_KEYS,
    Fact,
    Indicators,
    Sides,
    above,
    files,
    in_windows,
    indicators,
    parquet,
    sides,
    told,
)
from benchmarks.measured import MEMORY_LIMIT, THREADS, Measured, timed

POSTGRES = "RENKOU_BENCH_POSTGRES"
KEYS = ", ".join(f'"{key}"' for key in WINDOW_KEYS)


def postgres(folder: Path) -> Measured:
    """PostgreSQL, its tables unlogged."""
    import psycopg  # type: ignore[import-not-found]

    with psycopg.connect(os.environ[POSTGRES], autocommit=True) as connection:
        _load(connection, folder)

    def work() -> int:
        with psycopg.connect(os.environ[POSTGRES], autocommit=True) as connection, _watched(connection) as seen:
            connection.execute("set work_mem = '1GB'")
            connection.execute(f"set max_parallel_workers_per_gather = {THREADS - 1}")
            for chosen_in_vain in (
                "jit",
                "enable_mergejoin",
            ):  # without them it takes a fifth of the time for the parts
                connection.execute(f"set {chosen_in_vain} = off")
            for statement in wide_statements(indicators(folder)):
                connection.execute(statement)
        peak.update(seen)
        return 0

    peak: dict[str, float] = {}
    measured = timed(work)
    with psycopg.connect(os.environ[POSTGRES], autocommit=True) as connection:
        found = [row for query in totals() for row in connection.execute(query).fetchall()]
    return told(folder, "postgres", replace(measured, cpu=peak["cpu"], peak_mb=peak["peak_mb"]), found)


def duckdb_wide(folder: Path) -> Measured:
    """DuckDB with the SQL of PostgreSQL: what of Renkou's time is its engine, and what the form of its models."""
    import duckdb

    store = folder / "wide.duckdb"
    store.unlink(missing_ok=True)
    with duckdb.connect(str(store), config={"threads": THREADS, "memory_limit": MEMORY_LIMIT}) as connection:
        for name in files():
            connection.execute(f"create table {name} as select * from '{parquet(folder, name)}'")
        connection.execute("checkpoint")

        def work() -> int:
            for statement in wide_statements(indicators(folder)):
                connection.execute(statement.replace("unlogged ", ""))
            connection.execute("checkpoint")
            return 0

        measured = timed(work)
        found = [row for query in totals() for row in connection.execute(query).fetchall()]
    return told(folder, "duckdb", measured, found)


def totals(tables: Mapping[str, str] | None = None) -> Iterator[str]:
    """SQL: result, measure, cells and sum; result, indicator, rows in which anything was counted, and the sum of each part."""
    names = tables or {"rolled_up": "rolled_up", "parts": "parts"}
    yield f"select 'rolled_up', measure, count(*), sum(value) from {names['rolled_up']} group by measure"
    yield (
        f"select 'parts', indicator, count(*) filter (where {_counted()}), "
        f"{', '.join(f'coalesce(sum({part}), 0)' for part in PARTS)} from {names['parts']} group by indicator"
    )


def _counted(parts: Iterable[str] = PARTS) -> str:
    """SQL: whether anything was counted."""
    return " or ".join(f"{part} <> 0" for part in parts)


def wide_statements(wanted: Indicators) -> Iterator[str]:
    """SQL: a wide table per fact and clock, its windows, and then the two results."""
    long: list[str] = []
    for number, fact in enumerate(FACTS):
        for clock, month in fact.clocks.items():
            wide = f"w{number}_{clock}"
            yield _grouped(fact, month, wide)
            yield f"analyze {wide}"
            measures = in_windows(fact, wanted)
            if measures:
                yield f"create unlogged table {wide}_windows as {_windowed(fact, measures, wide)}"
                yield f"analyze {wide}_windows"
            lateral = ", ".join(f"('{measure}', {measure})" for measure in fact.measures)
            long += [
                f"select area_code, month, '{one}' as clock, measure, stratum, value from {wide} "
                f"cross join lateral (values {lateral}) as cells (measure, value)"
                for one in (CLOCKS if clock == "both" else [clock])
            ]
    yield f"create unlogged table rolled_up as {' union all '.join(long)}"
    yield f"create unlogged table parts as {' union all '.join(_parts(*each) for each in sides(wanted))}"


def _grouped(fact: Fact, month: str, table: str) -> str:
    """SQL: the facts by area of every level and month."""
    values = [f"count(*) filter (where {what})::double precision as {name}" for name, what in fact.counted.items()]
    values += [f"sum({column})::double precision as {name}" for name, column in fact.summed.items()]
    codes = [
        f"case when length(rtrim(left(area_code, {digits}), '0')) > {above(digits)} "
        f"then rpad(left(area_code, {digits}), 12, '0') end as {level}"
        for level, digits in LEVELS.items()
    ]
    stratum = fact.stratum or "''::text"
    sets = ", ".join(f"(months.month, stratum, {level})" for level in LEVELS)
    finest_first = ", ".join(reversed(LEVELS))
    return (
        f"create unlogged table {table} as "
        f"select coalesce({finest_first}) as area_code, months.month, stratum, {', '.join(values)} "
        f"from (select *, {month} as at, {', '.join(codes)} from {fact.file}) as placed "
        f"inner join months on placed.at = months.month cross join lateral (select {stratum} as stratum) as split "
        f"group by grouping sets ({sets}) having coalesce({finest_first}) is not null"
    )


def _windowed(fact: Fact, measures: list[str], wide: str) -> str:
    """SQL: the cells of a wide table by window."""
    if fact.stock == "last":
        return f"select {KEYS}, {', '.join(measures)} from {wide} inner join months_last using (month)"
    if not fact.stock:
        sums = ", ".join(f"sum({name}) as {name}" for name in measures)
        return f"select {KEYS}, {sums} from {wide} inner join months_sum using (month) group by {KEYS}"
    means = ", ".join(
        f"sum(case when openings.area_code is null then {name} else {name} / 2 end) as {name}" for name in measures
    )
    return (
        f'select cells.area_code, "window", period_end, stratum, {means} '
        f"from {wide} as cells inner join months_mean_of_ends as ends on cells.month = ends.month "
        "left join openings on cells.area_code = openings.area_code and ends.opening_month = openings.opening_month "
        "where cells.month > ends.opening_month or openings.area_code is not null "
        'group by cells.area_code, "window", period_end, stratum'
    )


def _parts(indicator: str, clock: str, of: Sides) -> str:
    """SQL: the parts of an indicator on a clock where they are known and anything was counted."""
    places = [
        f"(select {KEYS}, {', '.join(f'{measure} as {part}' for part, measure in parts.items())} "
        f"from w{number}_{counted_on}_windows) as side{at}"
        for at, ((number, counted_on), parts) in enumerate(of.items())
    ]
    joined = places[0] + "".join(f" full join {place} using ({KEYS})" for place in places[1:])
    present = [part for parts in of.values() for part in parts]
    values = [f"{f'coalesce({part}, 0)' if part in present else '0'}::double precision as {part}" for part in PARTS]
    return (
        f'select area_code, indicator, "window", period_end, clock, stratum, {", ".join(values)} from {joined} '
        'inner join areas using (area_code) inner join known using (delivering_code, "window", period_end, stratum) '
        f"where indicator = '{indicator}' and clock = '{clock}' "
        f"and valid_from <= period_end and period_end < valid_to and ({_counted(present)})"
    )


def _load(connection: Any, folder: Path) -> None:
    """The files as tables of an emptied schema, analysed."""
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    connection.execute("drop schema public cascade; create schema public")
    types = {pa.string(): "text", pa.date32(): "date", pa.bool_(): "boolean", pa.int64(): "bigint"}
    for name in files():
        table = pq.read_table(parquet(folder, name))
        columns = ", ".join(f'"{c.name}" {types.get(c.type, "double precision")}' for c in table.schema)
        connection.execute(f"create unlogged table {name} ({columns})")
        sink = pa.BufferOutputStream()
        pacsv.write_csv(table, sink)
        with connection.cursor().copy(f"copy {name} from stdin (format csv, header true)") as copy:
            copy.write(sink.getvalue().to_pybytes())
    connection.execute("vacuum analyze")


@contextmanager
def _watched(connection: Any) -> Iterator[dict[str, float]]:
    """Processor seconds and peak memory (proportional share) of the server's processes, while this connection works.

    Noughts when the server runs elsewhere or its processes cannot be looked at.
    """
    backend = connection.info.backend_pid
    seen, done = {"peak_mb": 0.0, "cpu": 0.0}, threading.Event()
    status = Path(f"/proc/{backend}/stat")
    server = status.read_text().split()[3] if status.exists() else ""
    before = _processor(server, backend)

    def look() -> None:
        while not done.wait(0.1):
            seen["peak_mb"] = max(seen["peak_mb"], _memory(server))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    yield seen
    seen["cpu"] = _processor(server, backend) - before
    done.set()
    watcher.join()


def _processor(server: str, backend: int) -> float:
    """Processor seconds of the backend and of all workers that have ended."""
    tick = os.sysconf("SC_CLK_TCK")
    own, ended = Path(f"/proc/{backend}/stat"), Path(f"/proc/{server}/stat")
    if not (server and own.exists() and ended.exists()):
        return 0.0
    return (sum(map(int, own.read_text().split()[13:15])) + sum(map(int, ended.read_text().split()[15:17]))) / tick


def _memory(server: str) -> float:
    """Megabytes of all processes of the server; shared buffers once."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/stat") if server else ():
        try:
            if server in (status.parent.name, status.read_text().rpartition(")")[2].split()[1]):
                lines = (status.parent / "smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue  # it has just ended
    return total / 1024
