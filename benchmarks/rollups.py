"""The roll-up of measures in Renkou and in its peers: `python -m benchmarks.rollups NAME FOLDER`, each in a process of its own.

All start from the same facts that stand (`measures.py` dumps them) and end with two tables: measures in long form by area
(village, township, county, city), month and clock, one row per cell; and of every indicator the parts (`plus`, `less`,
`denominator`) by area, window, clock and stratum. Each peer works as its users would: wide for as long as it can
(`dataframes.py`, `wide_sql.py`). Prints one line of JSON like `contenders`; FOLDER/NAME.json tells rows and sums by measure and
by indicator.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.dataframes import pandas_rollup, polars_rollup
from benchmarks.facts import MEASURES, told
from benchmarks.measured import MEMORY_LIMIT, THREADS, Measured, timed
from benchmarks.wide_sql import duckdb_wide, postgres, totals

MODELS = ("int_measures__counted", "int_measures__rolled_up", "int_indicator_parts")


def renkou(folder: Path) -> Measured:
    """Renkou: the models of the measures layer, through dbt, in a warehouse in which only these registers hold rows."""
    from orchestration.settings import Settings
    from orchestration.transform import run_dbt

    settings = Settings(home=folder / "home", threads=THREADS, memory_limit=MEMORY_LIMIT)
    run_dbt(settings, ["compile", "--select", *MODELS])  # parses the project, as importing does for the others
    own: list[float] = []

    def work() -> int:
        results = run_dbt(settings, ["run", "--full-refresh", "--select", *MODELS])
        if len(results) != len(MODELS) or any(result.status != "success" for result in results):
            raise SystemExit(f"dbt: {[(result.node.name, result.message) for result in results]}")
        own.extend(result.execution_time for result in results)
        return 0

    measured = timed(work)
    import duckdb

    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        connection.execute("use intermediate")
        queries = totals({"rolled_up": "int_measures__rolled_up", "parts": "int_indicator_parts"})
        found = [row for query in queries for row in connection.execute(query).fetchall()]
        noughts = connection.execute("select count(*) from int_indicator_parts").fetchone()
    assert noughts is not None
    found = [row for row in found if row[0] == "parts" or row[1] in MEASURES]
    cells = sum(row[2] for row in found if row[0] == "rolled_up")
    return replace(told(folder, "renkou", replace(measured, once=sum(own)), found), rows=cells + noughts[0])


CONTENDERS: dict[str, Callable[[Path], Measured]] = {
    "renkou": renkou,
    "duckdb": duckdb_wide,
    "pandas": pandas_rollup,
    "polars": polars_rollup,
    "postgres": postgres,
}


if __name__ == "__main__":
    print(json.dumps(asdict(CONTENDERS[sys.argv[1]](Path(sys.argv[2])))))
