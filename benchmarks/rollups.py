"""The roll-up of measures in Renkou and in its peers: `python -m benchmarks.rollups NAME FOLDER`, each in a process of its own.

All start from the same facts that stand (`measures.py` dumps them) and end with two tables in long form, one row per cell:
measures by area (village, township, county, city), month and clock, and the same by window. Each peer works as its users would:
wide for as long as it can, turned into rows at the end. Prints one line of JSON like `contenders`; FOLDER/NAME.json tells cells
and sums by measure.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.measured import MEMORY_LIMIT, THREADS, Measured, timed

POSTGRES = "RENKOU_BENCH_POSTGRES"
LEVELS = {"city": 4, "county": 6, "township": 9, "village": 12}  # digits of an area code
CLOCKS = {"event": "event_month", "report": "reported_month"}


@dataclass(frozen=True)
class Fact:
    """A file of facts and what is measured of it: conditions counted, or columns summed."""

    file: str
    counted: dict[str, str] = field(default_factory=dict)
    summed: dict[str, str] = field(default_factory=dict)
    stratum: str = ""
    stock: str = ""  # of stocks: `last` or `mean_of_ends`

    @property
    def measures(self) -> list[str]:
        return [*self.counted, *self.summed]

    @property
    def clocks(self) -> dict[str, str]:
        """Clock -> column of its month. A stock is the same on both."""
        return {"both": "month"} if self.stock else CLOCKS


FACTS = (
    Fact("births", {
        "births": "true",
        "births_male": "sex = 'male'",
        "births_female": "sex = 'female'",
        "births_in_policy": "policy_status = 'in_policy'",
        "births_out_of_policy": "policy_status = 'out_of_policy'",
        "births_p1": "parity = 1",
        "births_p2": "parity = 2",
        "births_p3plus": "parity >= 3",
        "births_2plus": "parity >= 2",
        "births_2plus_in_policy": "parity >= 2 and policy_status = 'in_policy'",
        "births_3plus_out_of_policy": "parity >= 3 and policy_status = 'out_of_policy'",
        "births_p1_male": "parity = 1 and sex = 'male'",
        "births_p1_female": "parity = 1 and sex = 'female'",
        "births_p2_male": "parity = 2 and sex = 'male'",
        "births_p2_female": "parity = 2 and sex = 'female'",
        "births_p3plus_male": "parity >= 3 and sex = 'male'",
        "births_p3plus_female": "parity >= 3 and sex = 'female'",
        "births_registered_timely": "is_timely",
        "births_in_policy_beyond_regime": "policy_status = 'in_policy' and allowed_to = 'no_couple'",
        "births_out_of_policy_within_regime":
            "parity >= 2 and policy_status = 'out_of_policy' and allowed_to = 'every_couple'",
    }),
    Fact("births", {"births_by_age": "true"}, stratum="mother_age_group"),
    Fact("deaths", {"deaths": "true"}),
    Fact("events", {"events": "true", "events_timely": "is_timely"}),
    Fact("fee_cases", summed={"fee_amount_due": "amount_due"}),
    Fact("court_cases", {"fee_court_applied": "true", "fee_court_enforced": "is_enforced"}),
    Fact("births_with_case", {"fee_cases_filed": "true"}),
    Fact("fee_payments", summed={"fee_amount_collected": "amount", "fee_amount_in_treasury": "in_treasury"}),
    Fact("population", summed={"population": "population", "women_15_49": "women"}, stock="mean_of_ends"),
    Fact("population", summed={
        "married_women_15_49": "married_women", "register_rows": "register_rows",
        "register_duplicates": "register_duplicates", "register_persons": "register_persons",
    }, stock="last"),
    Fact("women", summed={"women_by_age": "women"}, stratum="age_group", stock="mean_of_ends"),
    Fact("contraception", summed={
        "users_any": "users_any", "users_long_acting": "users_long_acting",
        "users_informed_choice": "users_informed_choice",
    }, stock="last"),
)  # fmt: skip
MEASURES = [measure for fact in FACTS for measure in fact.measures]
CELLS = ("rolled_up", "windows")  # the two results


def parquet(folder: Path, name: str) -> Path:
    """A file of facts, or of the calendar."""
    return folder / f"{name}.parquet"


def renkou(folder: Path) -> Measured:
    """Renkou: the two models of the measures layer, through dbt, in a warehouse in which only these registers hold rows."""
    from orchestration.settings import Settings
    from orchestration.transform import run_dbt

    settings = Settings(home=folder / "home", threads=THREADS, memory_limit=MEMORY_LIMIT)
    models = ["int_measures__rolled_up", "int_window_totals"]
    run_dbt(settings, ["compile", "--select", *models])  # parses the project, as importing does for the others
    own: list[float] = []

    def work() -> int:
        results = run_dbt(settings, ["run", "--full-refresh", "--select", *models])
        if len(results) != len(models) or any(result.status != "success" for result in results):
            raise SystemExit(f"dbt: {[(result.node.name, result.message) for result in results]}")
        own.extend(result.execution_time for result in results)
        return 0

    measured = timed(work)
    import duckdb

    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        tables = {"rolled_up": models[0], "windows": models[1]}
        queries = (
            f"select '{name}', measure, count(*), sum(value) from intermediate.{model} group by measure"
            for name, model in tables.items()
        )
        found = [row for query in queries for row in connection.execute(query).fetchall()]
    return _told(folder, "renkou", replace(measured, once=sum(own)), found)


def _told(folder: Path, name: str, measured: Measured, found: list[tuple[Any, ...]]) -> Measured:
    """Write cells and sums by result and measure; the measurement with the number of cells."""
    found = [row for row in found if row[1] in MEASURES]
    (folder / f"{name}.json").write_text(json.dumps({f"{r[0]} {r[1]}": [int(r[2]), float(r[3])] for r in found}))
    return replace(measured, rows=sum(int(row[2]) for row in found))


def pandas_rollup(folder: Path) -> Measured:
    """pandas: grouped wide, each level from the one below it, joined with the windows, melted, written to Parquet."""
    import pandas as pd  # type: ignore[import-untyped]
    import pyarrow as pa
    import pyarrow.parquet as pq

    def facts(fact: Fact) -> Any:
        rows = pd.read_parquet(parquet(folder, fact.file))
        for name, condition in fact.counted.items():
            rows[name] = 1.0 if condition == "true" else rows.eval(condition.replace(" = ", " == ")).astype(float)
        for name, column in fact.summed.items():
            rows[name] = rows[column].astype(float)
        return rows.assign(stratum=rows[fact.stratum] if fact.stratum else "")

    def rolled(finest: Any, measures: list[str]) -> Any:
        parts = []
        for digits in LEVELS.values():
            inside = finest[finest["area_code"].str[:digits].str.rstrip("0").str.len() > _above(digits)]
            code = inside["area_code"].str[:digits].str.pad(12, side="right", fillchar="0")
            keys = [code, inside["month"], inside["stratum"]]
            parts.append(inside.groupby(keys, observed=True)[measures].sum().reset_index())
        return pd.concat(parts, ignore_index=True)

    def windowed(cells: Any, fact: Fact, members: Any, covered: Any) -> Any:
        keys = ["area_code", "window", "period_end", "stratum"]
        if not fact.stock:
            joined = cells.merge(members[["window", "period_end", "month"]], on="month")
            return joined.groupby(keys, observed=True)[fact.measures].sum().reset_index()
        closing = cells.merge(members[members["is_closing"]], on="month")
        if fact.stock == "mean_of_ends":
            opening = cells.rename(columns={"month": "opening_month"})
            both = closing.merge(opening, "left", ["area_code", "opening_month", "stratum"], suffixes=("", "_opening"))
            both = both.merge(covered, "left", ["area_code", "opening_month"])
            for name in fact.measures:
                mean = (both[name] + both[f"{name}_opening"].fillna(0)) / 2
                both[name] = mean.where(both["is_covered"].notna(), both[name])
            closing = both
        return closing[[*keys, *fact.measures]]

    def long(cells: Any, fact: Fact, clock: str) -> Iterator[Any]:
        keys = [name for name in cells.columns if name not in fact.measures]
        rows = cells.melt(keys, fact.measures, "measure", "value")
        for one in CLOCKS if clock == "both" else [clock]:
            yield pa.Table.from_pandas(rows.assign(clock=one), preserve_index=False)

    def work() -> int:
        months = pd.read_parquet(parquet(folder, "months"))["month"]
        members, covered = (pd.read_parquet(parquet(folder, name)) for name in ("members", "covered"))
        writers: dict[str, Any] = {}
        for fact in FACTS:
            rows = facts(fact)
            for clock, column in fact.clocks.items():
                inside = rows[rows[column].isin(months)]
                keys = [inside["area_code"], inside[column].rename("month"), inside["stratum"]]
                cells = rolled(inside.groupby(keys, observed=True)[fact.measures].sum().reset_index(), fact.measures)
                results = {"rolled_up": cells, "windows": windowed(cells, fact, members, covered)}
                for name, result in results.items():
                    for table in long(result, fact, clock):
                        if name not in writers:
                            writers[name] = pq.ParquetWriter(folder / f"pandas_{name}.parquet", table.schema)
                        writers[name].write_table(table.cast(writers[name].schema))
        for writer in writers.values():
            writer.close()
        return 0

    return _told(folder, "pandas", timed(work), list(_sums(folder, "pandas")))


def _above(digits: int) -> int:
    """Digits of the level above: a code that has no more lies in no area of this level."""
    return max((other for other in LEVELS.values() if other < digits), default=0)


def _sums(folder: Path, name: str) -> Iterator[tuple[str, str, int, float]]:
    """Result, measure, cells and sum, of the Parquet files that a peer wrote."""
    import pyarrow.parquet as pq

    for result in CELLS:
        table = pq.read_table(parquet(folder, f"{name}_{result}"), columns=["measure", "value"])
        totals = table.group_by("measure").aggregate([("value", "count"), ("value", "sum")])
        for row in totals.to_pylist():
            yield result, row["measure"], row["value_count"], row["value_sum"]


def polars_rollup(folder: Path) -> Measured:
    """polars: grouped wide, each level from the finest, joined with the windows, unpivoted lazily into Parquet."""
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars as pl  # type: ignore[import-not-found]

    keys = ["area_code", "window", "period_end", "stratum"]

    def values(fact: Fact) -> list[Any]:
        counted = [
            (pl.len() if condition == "true" else pl.sql_expr(condition).sum()).cast(pl.Float64).alias(name)
            for name, condition in fact.counted.items()
        ]
        return [*counted, *(pl.col(column).cast(pl.Float64).sum().alias(name) for name, column in fact.summed.items())]

    def rolled(finest: Any, fact: Fact) -> Any:
        parts = []
        for digits in LEVELS.values():
            code = pl.col("area_code").str.slice(0, digits)
            inside = finest.filter(code.str.strip_chars_end("0").str.len_chars() > _above(digits))
            level = code.str.pad_end(12, "0").alias("area_code")
            parts.append(inside.group_by(level, "month", "stratum").agg(pl.col(fact.measures).sum()))
        return pl.concat(parts)

    def windowed(cells: Any, fact: Fact, members: Any, covered: Any) -> Any:
        if not fact.stock:
            joined = cells.join(members.select("window", "period_end", "month"), on="month")
            return joined.group_by(keys).agg(pl.col(fact.measures).sum())
        closing = cells.join(members.filter("is_closing"), on="month")
        if fact.stock == "mean_of_ends":
            at = ["area_code", "opening_month", "stratum"]
            opening = cells.rename({"month": "opening_month"})
            both = closing.join(opening, on=at, how="left", suffix="_opening").join(covered, on=at[:2], how="left")
            closing = both.with_columns(
                pl.when(pl.col("is_covered").is_not_null())
                .then((pl.col(name) + pl.col(f"{name}_opening").fill_null(0)) / 2)
                .otherwise(pl.col(name))
                .alias(name)
                for name in fact.measures
            )
        return closing.select(*keys, *fact.measures)

    def long(cells: Any, fact: Fact, clock: str) -> Iterator[Any]:
        index = [name for name in cells.columns if name not in fact.measures]
        rows = cells.lazy().unpivot(fact.measures, index=index, variable_name="measure", value_name="value")
        for one in CLOCKS if clock == "both" else [clock]:
            yield rows.with_columns(pl.lit(one).alias("clock"))

    def work() -> int:
        months, members, covered = (pl.read_parquet(parquet(folder, name)) for name in ("months", "members", "covered"))
        results: dict[str, list[Any]] = {name: [] for name in CELLS}
        for fact in FACTS:
            stratum = pl.col(fact.stratum) if fact.stratum else pl.lit("")
            for clock, column in fact.clocks.items():
                rows = pl.scan_parquet(parquet(folder, fact.file)).with_columns(stratum.alias("stratum"))
                rows = rows.join(months.lazy(), left_on=column, right_on="month", how="semi")
                month = pl.col(column).alias("month")
                finest = rows.group_by("area_code", month, "stratum").agg(values(fact)).collect()
                cells = rolled(finest, fact)
                results["rolled_up"] += long(cells, fact, clock)
                results["windows"] += long(windowed(cells, fact, members, covered), fact, clock)
        for name, parts in results.items():
            pl.concat(parts).sink_parquet(parquet(folder, f"polars_{name}"))
        return 0

    return _told(folder, "polars", timed(work), list(_sums(folder, "polars")))


def postgres(folder: Path) -> Measured:
    """PostgreSQL: grouping sets into wide tables, joined with the windows, unpivoted by a lateral join; tables unlogged."""
    import psycopg  # type: ignore[import-not-found]

    with psycopg.connect(os.environ[POSTGRES], autocommit=True) as connection:
        _load(connection, folder)

    def work() -> int:
        with psycopg.connect(os.environ[POSTGRES], autocommit=True) as connection, _watched(connection) as seen:
            connection.execute("set work_mem = '1GB'")
            connection.execute(f"set max_parallel_workers_per_gather = {THREADS - 1}")
            for statement in wide_statements():
                connection.execute(statement)
        peak.update(seen)
        return 0

    peak: dict[str, float] = {}
    measured = timed(work)
    with psycopg.connect(os.environ[POSTGRES], autocommit=True) as connection:
        found = [row for query in _totals() for row in connection.execute(query).fetchall()]
    return _told(folder, "postgres", replace(measured, cpu=peak["cpu"], peak_mb=peak["peak_mb"]), found)


def duckdb_wide(folder: Path) -> Measured:
    """DuckDB with the SQL of PostgreSQL: what of Renkou's time is its engine, and what the form of its models."""
    import duckdb

    store = folder / "wide.duckdb"
    store.unlink(missing_ok=True)
    with duckdb.connect(str(store), config={"threads": THREADS, "memory_limit": MEMORY_LIMIT}) as connection:
        for name in _files():
            connection.execute(f"create table {name} as select * from '{parquet(folder, name)}'")
        connection.execute("checkpoint")

        def work() -> int:
            for statement in wide_statements():
                connection.execute(statement.replace("unlogged ", ""))
            connection.execute("checkpoint")
            return 0

        measured = timed(work)
        found = [row for query in _totals() for row in connection.execute(query).fetchall()]
    return _told(folder, "duckdb", measured, found)


def _files() -> list[str]:
    """All files of facts and of the calendar."""
    return sorted({fact.file for fact in FACTS} | {"months", "members", "covered"})


def _totals() -> list[str]:
    """SQL: result, measure, cells and sum."""
    return [f"select '{name}', measure, count(*), sum(value) from {name} group by measure" for name in CELLS]


def wide_statements() -> Iterator[str]:
    """The roll-up in PostgreSQL's SQL: a wide table per fact and clock, its windows, and both as rows."""
    long: dict[str, list[str]] = {name: [] for name in CELLS}
    for number, fact in enumerate(FACTS):
        for clock, month in fact.clocks.items():
            wide = f"w{number}_{clock}"
            yield _grouped(fact, month, wide)
            yield f"analyze {wide}"
            yield f"create unlogged table {wide}_windows as {_windowed(fact, wide)}"
            lateral = ", ".join(f"('{measure}', {measure})" for measure in fact.measures)
            for one in CLOCKS if clock == "both" else [clock]:
                for name in CELLS:
                    place = wide if name == "rolled_up" else f"{wide}_windows"
                    period = "month" if name == "rolled_up" else '"window", period_end'
                    long[name].append(
                        f"select area_code, {period}, '{one}' as clock, measure, stratum, value from {place} "
                        f"cross join lateral (values {lateral}) as cells (measure, value)"
                    )
    for name, parts in long.items():
        yield f"create unlogged table {name} as {' union all '.join(parts)}"


def _grouped(fact: Fact, month: str, table: str) -> str:
    """SQL: the facts by area of every level and month."""
    values = [f"count(*) filter (where {what})::double precision as {name}" for name, what in fact.counted.items()]
    values += [f"sum({column})::double precision as {name}" for name, column in fact.summed.items()]
    codes = [
        f"case when length(rtrim(left(area_code, {digits}), '0')) > {_above(digits)} "
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


def _windowed(fact: Fact, wide: str) -> str:
    """SQL: the cells of a wide table by window."""
    keys = 'area_code, "window", period_end, stratum'
    if not fact.stock:
        sums = ", ".join(f"sum({name}) as {name}" for name in fact.measures)
        return f"select {keys}, {sums} from {wide} inner join members using (month) group by {keys}"
    if fact.stock == "last":
        return (
            f"select {keys}, {', '.join(fact.measures)} from {wide} inner join members using (month) where is_closing"
        )
    means = ", ".join(
        f"case when is_covered is null then cells.{name} else (cells.{name} + coalesce(opening.{name}, 0)) / 2 end as {name}"
        for name in fact.measures
    )
    return (
        f'select cells.area_code, "window", period_end, cells.stratum, {means} '
        f"from {wide} as cells inner join members on cells.month = members.month and is_closing "
        f"left join {wide} as opening on cells.area_code = opening.area_code and cells.stratum = opening.stratum "
        "and members.opening_month = opening.month "
        "left join covered on cells.area_code = covered.area_code and members.opening_month = covered.opening_month"
    )


def _load(connection: Any, folder: Path) -> None:
    """The files as tables of an emptied schema, analysed."""
    import pyarrow as pa
    import pyarrow.csv as pacsv
    import pyarrow.parquet as pq

    connection.execute("drop schema public cascade; create schema public")
    types = {pa.string(): "text", pa.date32(): "date", pa.bool_(): "boolean", pa.int64(): "bigint"}
    for name in _files():
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


CONTENDERS: dict[str, Callable[[Path], Measured]] = {
    "renkou": renkou,
    "duckdb": duckdb_wide,
    "pandas": pandas_rollup,
    "polars": polars_rollup,
    "postgres": postgres,
}


if __name__ == "__main__":
    print(json.dumps(asdict(CONTENDERS[sys.argv[1]](Path(sys.argv[2])))))
