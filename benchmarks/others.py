"""Other ways to keep the history of a register: the second snapshot on top of the first, in a process of its own.

`python -m benchmarks.others NAME FOLDER` prints one line of JSON like `contenders`. Each first takes the first snapshot in,
untimed; what is timed starts from the second file and ends with a committed history in which a changed row has a version
that ended and one that began. None of them checks a cell or hides an identifier. Needs the packages of the extra `bench`.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.files import FIRST, SECOND, population_file, utf8_file
from benchmarks.measured import MEMORY_LIMIT, Measured, timed

KEY = "身份证号"
POSTGRES = "RENKOU_BENCH_POSTGRES"


def pandas_merge(folder: Path) -> Measured:
    """pandas: the history as Parquet, read, compared with the new file over all columns, written anew."""
    import pandas as pd  # type: ignore[import-untyped]

    history = folder / "pandas.parquet"

    def work(month: str) -> int:
        new = pd.read_csv(population_file(folder, month), encoding="gb18030", dtype=str)
        names = list(new.columns)
        if month == FIRST:
            new.assign(valid_from=month, valid_to=None).to_parquet(history)
            return len(new)
        old = pd.read_parquet(history)
        standing = old[old["valid_to"].isna()]
        both = standing.merge(new, on=names, how="outer", indicator="side")
        gone = both.loc[both["side"] == "left_only", names].assign(gone=True)
        closed = old.merge(gone, on=names, how="left")
        closed.loc[closed["gone"].notna() & closed["valid_to"].isna(), "valid_to"] = month
        opened = both.loc[both["side"] == "right_only", names].assign(valid_from=month, valid_to=None)
        pd.concat([closed.drop(columns="gone"), opened]).to_parquet(history)
        return len(new)

    work(FIRST)
    return timed(lambda: work(SECOND))


def dlt_scd2(folder: Path) -> Measured:
    """dlt: Arrow batches of the UTF-8 file, its row hash, the merge strategy scd2, into DuckDB."""
    home = folder / "dlt"
    shutil.rmtree(home, ignore_errors=True)
    os.environ |= {"DLT_DATA_DIR": str(home), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    import dlt  # type: ignore[import-not-found]
    import pyarrow as pa
    import pyarrow.csv as pacsv
    from dlt.sources.helpers.transform import add_row_hash_to_table  # type: ignore[import-not-found]

    def rows(month: str) -> Any:
        with utf8_file(folder, month).open("rb") as handle:
            names = [
                f"c{number}" for number in range(len(handle.readline().split(b",")))
            ]  # dlt folds Chinese names to x
        read = pacsv.ReadOptions(block_size=32 << 20, column_names=names, skip_rows=1)
        convert = pacsv.ConvertOptions(column_types={name: pa.string() for name in names})
        hashed = add_row_hash_to_table("row_hash")
        for batch in pacsv.open_csv(utf8_file(folder, month), read, convert_options=convert):
            yield hashed(pa.Table.from_batches([batch]))

    pipeline = dlt.pipeline(
        "population", destination=dlt.destinations.duckdb(str(folder / "dlt.duckdb")), dataset_name="history"
    )
    disposition = {"disposition": "merge", "strategy": "scd2", "row_version_column_name": "row_hash"}

    def work(month: str) -> int:
        pipeline.run(dlt.resource(rows(month), name="population"), write_disposition=disposition)
        return int(pipeline.last_trace.last_normalize_info.row_counts["population"])

    work(FIRST)
    return timed(lambda: work(SECOND))


DBT_FILES = {
    "dbt_project.yml": "{name: bench, version: '1.0', profile: bench, snapshot-paths: [snapshots],"
    " flags: {send_anonymous_usage_stats: false}}",
    "profiles.yml": "{bench: {target: d, outputs: {d: {type: duckdb, path: '%s', threads: 2, "
    "config_options: {memory_limit: %s}}}}}",
    "snapshots/population.sql": "{%% snapshot population_history %%}{{ config(target_schema='history', strategy='check', "
    "check_cols='all', unique_key='%s', hard_deletes='invalidate', pre_hook=\"create or replace table main.population as "
    "select * from read_csv('{{ var('file') }}', header = true, all_varchar = true)\") }}"
    "select * from main.population{%% endsnapshot %%}",
}


def dbt_snapshot(folder: Path) -> Measured:
    """dbt: DuckDB's read_csv of the UTF-8 file, then `dbt snapshot` that checks all columns and closes what is gone."""
    from dbt.cli.main import dbtRunner  # type: ignore[import-not-found]

    project = folder / "dbt"
    fill = {"profiles.yml": (str(folder / "dbt.duckdb"), MEMORY_LIMIT), "snapshots/population.sql": KEY}
    for name, text in DBT_FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text % fill[name] if name in fill else text, "utf-8")

    def work(month: str) -> int:
        source = str(utf8_file(folder, month))
        places = ["--project-dir", str(project), "--profiles-dir", str(project), "--vars", json.dumps({"file": source})]
        result = dbtRunner().invoke(["--quiet", "snapshot", *places])
        if not result.success:
            raise SystemExit(f"dbt snapshot failed: {result.exception or [r.message for r in result.result]}")
        return 0

    work(FIRST)
    measured = timed(lambda: work(SECOND))
    with utf8_file(folder, SECOND).open("rb") as handle:
        return replace(measured, rows=sum(1 for _ in handle) - 1)


def postgres_upsert(folder: Path) -> Measured:
    """PostgreSQL: COPY of the file as delivered, then close what changed or is gone and insert what is new, one transaction."""
    import psycopg  # type: ignore[import-not-found]

    def work(month: str) -> int:
        source = population_file(folder, month)
        with source.open("rb") as handle:
            names = handle.readline().decode("gb18030").strip().split(",")
        columns = ", ".join(f'"{name}" text' for name in names)
        with psycopg.connect(os.environ[POSTGRES]) as connection:
            if month == FIRST:
                connection.execute("drop table if exists history")
                connection.execute(
                    f"create table history ({columns}, row_hash uuid, valid_from text, valid_to text); "
                    f'create unique index on history ("{KEY}") where valid_to is null'
                )
            connection.execute(f"create temp table staged ({columns}) on commit drop")
            copy = "copy staged from stdin (format csv, header true, encoding 'GB18030')"
            with connection.cursor().copy(copy) as into, source.open("rb") as handle:
                while block := handle.read(1 << 20):
                    into.write(block)
            connection.execute(
                "alter table staged add row_hash uuid; update staged set row_hash = md5(staged::text)::uuid"
            )
            connection.execute("analyze staged")
            connection.execute(
                f'update history h set valid_to = %s where valid_to is null and not exists '
                f'(select from staged s where s."{KEY}" = h."{KEY}" and s.row_hash = h.row_hash)', [month]
            )  # fmt: skip
            done = connection.execute(
                f'insert into history select s.*, %s, null from staged s where not exists '
                f'(select from history h where h.valid_to is null and h."{KEY}" = s."{KEY}")', [month]
            )  # fmt: skip
            rows = connection.execute("select count(*) from staged").fetchone()
            assert rows is not None and done.rowcount > 0
            return int(rows[0])

    work(FIRST)
    return timed(lambda: work(SECOND))


OTHERS: dict[str, Callable[[Path], Measured]] = {
    "pandas": pandas_merge,
    "dlt": dlt_scd2,
    "dbt": dbt_snapshot,
    "postgres": postgres_upsert,
}


if __name__ == "__main__":
    print(json.dumps(asdict(OTHERS[sys.argv[1]](Path(sys.argv[2])))))
