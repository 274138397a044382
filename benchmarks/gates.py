"""The contenders of the benchmark of suites, each in a process of its own: `python -m benchmarks.gates NAME FOLDER`.

Prints one line of JSON: wall and processor seconds, peak memory, rows. What is timed is the judging alone, delivery by delivery;
staging them is not, imports are told apart. What each found is left in `NAME.json`.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import by_hand
from benchmarks.delivered import deliveries, desk, stage
from benchmarks.gate_tests import run_command, run_in_process, write_project
from benchmarks.measured import Measured, peak_mb
from orchestration.quality.suites import load_suites
from orchestration.settings import Settings

Found = dict[str, Any]  # by area and threshold


class Clock:
    """Adds up wall and processor seconds of the stretches that are timed."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __enter__(self) -> None:
        self._since = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        wall, cpu = self._since
        self.wall, self.cpu = self.wall + time.perf_counter() - wall, self.cpu + time.process_time() - cpu


def renkou(folder: Path) -> Measured:
    """Renkou's gate as it runs in production."""
    suites, importing, clock = load_suites(Settings().expectations), Clock(), Clock()
    found: Found = {}
    with desk(folder) as connection:
        with importing:
            from orchestration.quality.gate import Gate

            gate = Gate(connection)
        rows = 0
        for delivery in deliveries(connection):
            stage(connection, delivery)
            with clock:
                results = gate.run(suites[delivery.register])
            rows += delivery.rows_in - delivery.quarantined
            for r in results:
                found[f"{delivery.area} {r.threshold.id}"] = [r.elements, r.unexpected, r.status]
    return _measured(folder, "renkou", found, clock, rows, importing)


def one_query(folder: Path) -> Measured:
    """One query by hand for each delivered table."""
    clock = Clock()
    found: Found = {}
    with desk(folder) as connection:
        rows = 0
        for delivery in deliveries(connection):
            stage(connection, delivery)
            suite = by_hand.entries(delivery.register)
            sql = by_hand.query(suite, delivery)
            with clock:
                (row,) = connection.execute(sql).fetchall()
            rows += delivery.rows_in - delivery.quarantined
            for entry, counts in zip(suite, by_hand.in_order(suite, row), strict=True):
                found[f"{delivery.area} {entry['id']}"] = list(counts)
    return _measured(folder, "one_query", found, clock, rows)


def gx_sql(folder: Path) -> Measured:
    """Great Expectations on DuckDB by its own SQL: its verdicts on what the gate judges."""
    suites, importing, clock = load_suites(Settings().expectations), Clock(), Clock()
    judged, found = judged_by_renkou(folder), Found()
    with desk(folder) as connection:
        with importing:
            from benchmarks.gx_duckdb import OwnSql

            own = OwnSql(connection)
        rows = 0
        for delivery in deliveries(connection):
            stage(connection, delivery)
            asked = [t for t in suites[delivery.register] if f"{delivery.area} {t.id}" in judged]
            with clock:
                answers = own.ask(asked)
            rows += delivery.rows_in - delivery.quarantined
            found |= {f"{delivery.area} {name}": passed for name, passed in answers.items()}
    return _measured(folder, "gx_sql", found, clock, rows, importing)


def gx_pandas(folder: Path) -> Measured:
    """Great Expectations on pandas: its verdicts on what the gate judges, where it can put the rule; frames are made before."""
    suites, importing, clock = load_suites(Settings().expectations), Clock(), Clock()
    judged, found = judged_by_renkou(folder), Found()
    with desk(folder) as connection:
        with importing:
            from benchmarks.gx_pandas import OnPandas

            own = OnPandas()
        rows = 0
        for delivery in deliveries(connection):
            stage(connection, delivery)
            pairs = zip(by_hand.entries(delivery.register), suites[delivery.register], strict=True)
            asked = {t.id: (entry, t) for entry, t in pairs if f"{delivery.area} {t.id}" in judged}
            expectations = own.expectations(delivery, asked)
            frame = own.frame(connection, delivery)
            with clock:
                answers = own.ask(frame, expectations)
            rows += len(frame)
            found |= {f"{delivery.area} {name}": passed for name, passed in answers.items()}
    return _measured(folder, "gx_pandas", found, clock, rows, importing)


def dbt_in_process(folder: Path) -> Measured:
    """dbt tests of the same rules, in one process that has parsed them before."""
    write_project(folder)
    rows = _rows(folder)  # dbt keeps the file open afterwards
    clock, found = run_in_process(folder)
    return _measured(folder, "dbt", found, clock, rows)


def dbt_command(folder: Path) -> Measured:
    """The same as the command `dbt test`, which also starts and parses."""
    write_project(folder)
    wall, cpu, peak = run_command(folder)
    return Measured(wall, cpu, peak, _rows(folder))


def _rows(folder: Path) -> int:
    with desk(folder) as connection:
        return sum(delivery.rows_in - delivery.quarantined for delivery in deliveries(connection))


def judged_by_renkou(folder: Path) -> dict[str, bool]:
    """What the gate judged (not n/a), and whether it passed."""
    results = json.loads((folder / "renkou.json").read_text())
    return {name: status == "pass" for name, (_, _, status) in results.items() if status != "n/a"}


def _measured(folder: Path, name: str, found: Found, clock: Clock, rows: int, once: Clock | None = None) -> Measured:
    (folder / f"{name}.json").write_text(json.dumps(found))
    once = once or Clock()
    return Measured(clock.wall, clock.cpu, peak_mb(), rows, once.wall, once.cpu)


CONTENDERS: dict[str, Callable[[Path], Measured]] = {
    "renkou": renkou, "one_query": one_query, "gx_sql": gx_sql, "dbt": dbt_in_process, "dbt_command": dbt_command,
    "gx_pandas": gx_pandas,
}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asdict(CONTENDERS[sys.argv[1]](Path(sys.argv[2])))))
