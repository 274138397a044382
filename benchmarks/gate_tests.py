"""The suites as singular tests of a dbt project: a test per rule, which returns an area for each delivery that breaks it."""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.by_hand import Delivered
from benchmarks.delivered import deliveries, desk, warehouse_of
from benchmarks.measured import MEMORY_LIMIT, THREADS
from orchestration.quality.counts import limit_condition, unexpected_condition
from orchestration.quality.suites import Threshold, load_suites
from orchestration.settings import Settings

FLAGS = ["--quiet", "--no-version-check", "--no-send-anonymous-usage-stats", "--no-print"]


def write_project(folder: Path) -> int:
    """Write the project into `folder/dbt`; how many tests it has."""
    project = folder / "dbt"
    (project / "tests").mkdir(parents=True, exist_ok=True)
    settings = {"memory_limit": MEMORY_LIMIT, "threads": THREADS}
    output = {"type": "duckdb", "path": str(warehouse_of(folder)), "threads": THREADS, "settings": settings}
    files = {
        "dbt_project.yml": {
            "name": "suites",
            "profile": "suites",
            "test-paths": ["tests"],
            "flags": {"use_colors": False},
        },
        "profiles.yml": {"suites": {"target": "month", "outputs": {"month": output}}},
    }
    for name, content in files.items():
        (project / name).write_text(json.dumps(content))  # which is YAML, too
    with desk(folder) as connection:
        came = deliveries(connection)
    suites = load_suites(Settings().expectations)
    tests = 0
    for threshold in (threshold for suite in suites.values() for threshold in suite):
        parts = [_broken(threshold, of) for of in came if threshold in suites[of.register]]
        if parts:
            (project / "tests" / f"{threshold.id}.sql").write_text(" union all ".join(parts))
            tests += 1
    return tests


def _broken(threshold: Threshold, of: Delivered) -> str:
    """A query for the area of a delivery that breaks the rule, and for no row otherwise."""
    batch = f"delivered.{of.register}_{of.area}"
    kwargs = threshold.kwargs
    if threshold.type == "UnexpectedRowsExpectation":
        where = limit_condition(threshold, "judged", "unexpected")
        counts = f"select (select count(*) from ({threshold.unexpected_query})) as unexpected, "
        counts += f"(select count(*) from ({threshold.judged_query})) as judged"
    elif threshold.type == "ExpectTableRowCountToBeBetween":
        where = f"judged < {kwargs['min_value']}"
        counts = f"select count(*) as judged from {batch}"
    else:
        about_nulls = threshold.type == "ExpectColumnValuesToNotBeNull" or "column" not in kwargs
        filled = "" if about_nulls else f"where {kwargs['column']} is not null"
        where = f"unexpected > 0 and (judged - unexpected) / judged < {kwargs.get('mostly', 1)}"
        rows = f"select ({unexpected_condition(threshold)}) as is_unexpected from {batch} {filled}"
        counts = f"select count(*) as judged, count(*) filter (is_unexpected) as unexpected from ({rows})"
    enough = "" if threshold.type == "ExpectTableRowCountToBeBetween" else f"and judged >= {threshold.at_least}"
    delivery = (
        f"(select area as area_code, month, month_end, rows_in, quarantined as rows_quarantined from delivered.files "
        f"where register = '{of.register}' and area = '{of.area}')"
    )
    text = f"select '{of.area}' as area from ({counts}) where {where} {enough}"
    return text.replace("{batch}", f"(select * from {batch})").replace("incoming.main.delivery", delivery)


def run_in_process(folder: Path) -> tuple[Any, dict[str, int]]:
    """Parse once, then all tests in this process: what was spent on the tests, and by rule how many areas broke it."""
    from dbt.cli.main import dbtRunner

    from benchmarks.gates import Clock

    clock, places = Clock(), _places(folder)
    parsed = dbtRunner().invoke([*FLAGS, "parse", *places])
    with clock:
        done = dbtRunner(manifest=parsed.result).invoke([*FLAGS, "test", *places])
    if done.exception or any(str(result.status) == "error" for result in done.result.results):
        raise SystemExit("a dbt test could not be run")
    return clock, {result.node.name: int(result.failures) for result in done.result.results}


def run_command(folder: Path) -> tuple[float, float, float]:
    """`dbt test` as a command: wall and processor seconds and peak MB of its process, parsing included."""
    start = time.perf_counter()
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *FLAGS, "test", *_places(folder)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # 1 when a test fails, as some do
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _places(folder: Path) -> list[str]:
    project = str(folder / "dbt")
    return [
        "--project-dir",
        project,
        "--profiles-dir",
        project,
        "--log-path",
        project,
        "--target-path",
        f"{project}/target",
    ]
