"""The last month of a benchmark city as its deliveries, and the warehouse as it stood before them: what the gate finds."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.by_hand import STAGED, Delivered
from benchmarks.measured import MEMORY_LIMIT, THREADS
from orchestration.landing.contracts import Register, load_contracts
from orchestration.landing.land import scope_of
from orchestration.periods import month_end
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse

LAST = "select max(month) from landing.deliveries where status = 'landed'"


def warehouse_of(folder: Path) -> Path:
    """The warehouse of a benchmark's scratch folder."""
    return Settings(home=folder / "home").warehouse


def prepare(home: Path, folder: Path) -> int:
    """Copy a home's warehouse and take its last month out of the registers, into tables of deliveries; their rows in all."""
    settings = Settings(home=folder / "home", threads=THREADS, memory_limit=MEMORY_LIMIT)
    settings.root.mkdir(parents=True)
    shutil.copy(Settings(home=home).warehouse, settings.warehouse)
    registers = load_contracts(settings.dbt_project)
    with open_warehouse(settings, registers) as connection:
        (month,) = connection.execute(LAST).fetchone() or (None,)
        if month is None:
            raise SystemExit(f"nothing has landed in {home}")
        connection.execute(
            "create schema delivered; create table delivered.files (register varchar, area varchar, month date, "
            "month_end date, rows_in bigint, quarantined bigint)"
        )
        files = connection.execute(
            """select register, area_code, any_value(rows_in), sum(rows_quarantined) from landing.deliveries
                where month = ? and status = 'landed' group by all order by all""",
            [month],
        ).fetchall()
        rows = sum(_deliver(connection, registers[name], area, month, *of_small) for name, area, *of_small in files)
        for name in registers:
            connection.execute(f"delete from raw.{name} where _valid_from >= ?", [month])
            connection.execute(f"update raw.{name} set _valid_to = null where _valid_to >= ?", [month])
        connection.execute("delete from landing.deliveries where month >= ?", [month])
        connection.execute("checkpoint")
    return rows


def _deliver(
    connection: duckdb.DuckDBPyConnection, register: Register, area: str, month: date, small: int, quarantined: int
) -> int:
    """Put the rows of one delivery into a table of its own; how many they are. `small`: as the ledger has it.

    A multiplied city has the ledger of the small one: its numbers of rows are multiplied here as its rows were.
    """
    columns = ", ".join(f'"{column.landed_name}"' for column in register.kept)
    table = f"delivered.{register.name}_{area}"
    connection.execute(
        f"""create table {table} as select row_number() over (order by rowid) + 1 as _line, {columns}, _row_hash
            from raw.{register.name} where _area = $area and _scope = $scope and _valid_from <= $month
                and (_valid_to is null or _valid_to > $month)""",
        {"area": area, "scope": scope_of(register, month), "month": month},
    )
    (rows,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)
    times = rows / max(small - quarantined, 1)
    connection.execute(
        "update landing.deliveries set rows_in = round(rows_in * $times) where register = $register and area_code = $area",
        {"times": times, "register": register.name, "area": area},
    )
    bad = round(quarantined * times)
    connection.execute(
        "insert into delivered.files values (?, ?, ?, ?, ?, ?)",
        [register.name, area, month, month_end(month), rows + bad, bad],
    )
    return int(rows)


def deliveries(connection: duckdb.DuckDBPyConnection) -> list[Delivered]:
    """The month's deliveries, in the order in which they land."""
    found = connection.execute(
        """select register, area, month::varchar, month_end::varchar, rows_in, quarantined from delivered.files
            order by register <> 'areas', register, area"""
    ).fetchall()
    return [Delivered(*row) for row in found]


@contextmanager
def desk(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse as the gate finds it; `stage` puts a delivery on it. What is written stays in memory."""
    config = {"threads": THREADS, "memory_limit": MEMORY_LIMIT}
    with duckdb.connect(str(warehouse_of(folder)), read_only=True, config=config) as connection:
        connection.execute("attach ':memory:' as incoming (read_write)")
        yield connection


def stage(connection: duckdb.DuckDBPyConnection, of: Delivered) -> None:
    """Put a delivery where the gate looks for it."""
    connection.execute(f"create or replace table {STAGED} as from delivered.{of.register}_{of.area}")
    connection.execute(
        "create or replace table incoming.main.delivery as select $area as area_code, $month::date as month, "
        "$month_end::date as month_end, $rows_in::bigint as rows_in, $quarantined::bigint as rows_quarantined",
        {name: value for name, value in of._asdict().items() if name != "register"},
    )
