"""`renkou` without Great Expectations, which takes seconds to import: for faults that are not about the gate."""

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


class OpenGate:
    """Lets everything pass, or fails as a broken threshold does."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def run(self, thresholds: list[Any]) -> list[Any]:
        if os.environ.get("TEST_BREAK") == "gate":
            from orchestration.quality.gate import Gate
            from orchestration.quality.suites import Threshold

            broken = thresholds[0].model_dump() | {
                "id": "broken", "type": "UnexpectedRowsExpectation", "at_least": 1,
                "kwargs": {"unexpected_rows_query": "select 1 from {batch} where cast(institution as int) = 1"},
            }  # fmt: skip
            gate = Gate.__new__(Gate)
            gate._connection = self.connection
            gate._count_one(Threshold(**broken))
        return []


def main() -> None:
    import duckdb

    from orchestration import cli
    from orchestration.landing import deliver

    deliver.Gate = OpenGate  # type: ignore[misc, assignment]
    if os.environ.get("TEST_BREAK") == "stage":

        def fail(*arguments: Any) -> None:
            rows = duckdb.connect().execute("select * from (select 1)").fetchall()
            raise duckdb.ConversionException(f"Could not convert {os.environ['TEST_MARKER']} in row {rows}")

        deliver.row_hash_sql = fail  # type: ignore[assignment]
    if os.environ.get("TEST_BREAK") == "commit":

        def full(*arguments: Any) -> None:
            raise duckdb.IOException(f"could not write {os.environ['TEST_MARKER']}")

        deliver.ledger.record_quarantine = full  # type: ignore[assignment]
    if os.environ.get("TEST_BREAK") == "disk":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, 1 << 17))  # as a full disk: no file may grow beyond this
    sys.stderr.write("ready\n")
    sys.stderr.flush()
    cli.main()


if __name__ == "__main__":
    main()
