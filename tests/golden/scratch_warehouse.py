"""A warehouse file of a test's own: the real tables of landing, filled by SQL, and the real dbt project run over it."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner

from orchestration.landing.contracts import load_contracts
from orchestration.warehouse import BOOKKEEPING, raw_tables_sql

PROJECT = Path(__file__).parents[2] / "dbt_project"
WHERE = ("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT))
QUIET = ("--quiet", "--no-version-check", "--no-send-anonymous-usage-stats", "--no-use-colors")


@cache
def _manifest() -> Any:
    """The parsed project, once per process: every scratch warehouse has the same database name."""
    parsed = dbtRunner().invoke([*QUIET, "parse", *WHERE])
    assert parsed.success, parsed.exception
    return parsed.result


class ScratchWarehouse:
    """A warehouse in `folder`; its database name is `warehouse`, as in production."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "warehouse.duckdb"
        self._target = folder / "target"
        with self.connect() as connection:
            connection.execute(BOOKKEEPING)
            for register in load_contracts(PROJECT).values():
                connection.execute(raw_tables_sql(register))

    def connect(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.path))

    def execute(self, *statements: str) -> None:
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(sql).fetchall()

    def dbt(self, *arguments: str) -> Any:
        """Run dbt in this process; an assertion names every node that failed."""
        os.environ["RENKOU_WAREHOUSE"] = str(self.path)
        os.environ["DBT_TARGET_PATH"] = os.environ["DBT_LOG_PATH"] = str(self._target)
        manifest = _manifest()
        with self.connect():  # keeps the file open between the nodes
            done = dbtRunner(manifest=manifest).invoke([*QUIET, *arguments, *WHERE])
        failed = [
            f"{r.node.name}: {r.message}" for r in getattr(done.result, "results", []) if r.status in ("error", "fail")
        ]
        assert done.success, failed or done.exception
        return done.result

    def compiled(self, sql: str) -> str:
        """The text of a query with its macros expanded."""
        return self.dbt("compile", "--inline", sql).results[0].node.compiled_code

    def land(self, register: str, counties: str, first: str, last: str) -> None:
        """A landed delivery of each county for each month; `counties` is a list as SQL, e.g. ``'990101', '990102'``."""
        self.execute(f"""
            insert into landing.deliveries (
                delivery, register, area_code, month, redelivery, file_name, sha256, bytes,
                received_at, landed_at, status, gate
            )
            select
                (select count(*) from landing.deliveries) + row_number() over (order by county, month),
                '{register}', county, month::date, 0, '', '', 0, month, month, 'landed', 'pass'
            from (select unnest([{counties}]) as county),
                (select unnest(generate_series(date '{first}', date '{last}', interval 1 month)) as month)
        """)

    def add_areas(self, areas: dict[str, str]) -> None:
        """Areas as code -> level, valid since 2000."""
        values = ", ".join(f"('{code}', '{level}')" for code, level in areas.items())
        self.execute(f"""
            insert into raw.areas
                (area, name, name_en, level, valid_from, _area, _scope, _row_hash, _valid_from, _opened_by)
            select code, code, code, level, date '2000-01-01', '990100', 'all', 0, date '2013-01-01', 1
            from (values {values}) as listed (code, level)
        """)

    def add_births(self, county: str, selection: str) -> None:
        """Births from a query that gives birth_no, birth_date, sex, parity, mother_birth_date, policy_status and area.

        Each is registered on its day and first delivered with that month.
        """
        self.execute(f"""
            insert into raw.births (
                birth_no, mother_id_pseudonym, birth_date, sex, parity, mother_birth_date, policy_status, area,
                registered_at, _area, _scope, _row_hash, _valid_from, _opened_by
            )
            select
                birth_no, birth_no, birth_date, sex, parity, mother_birth_date, policy_status, area,
                birth_date, '{county}', (year(birth_date) + (month(birth_date) > 9)::int)::varchar, 0,
                date_trunc('month', birth_date)::date, 1
            from ({selection})
        """)
