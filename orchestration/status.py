"""Status: what stands in the warehouse and in the publication, as plain data for the terminal and for machines."""

from datetime import date
from typing import Any

import duckdb

from orchestration.backlog import unrecognised_files
from orchestration.landing.contracts import load_contracts
from orchestration.landing.history import NOW, as_of_sql, landing_of
from orchestration.publish.standing import current_marts, publication_number
from orchestration.settings import Settings
from orchestration.warehouse import META_COLUMNS, open_warehouse

HISTORY = [name for name in META_COLUMNS if name in ("_area", "_scope", "_row_hash", "_valid_from", "_valid_to")]


def history_figures(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, Any]:
    """`rows` that stand, `versions` and `history_hash` of a register's history, given as a table or query in parentheses.

    The hash covers content and snapshot months and no arrival time, so that the same deliveries in any order give the same
    hash (under the same pseudonym key).
    """
    key = ", ".join(f"coalesce({name}::varchar, '')" for name in HISTORY)
    row = connection.execute(
        f"""select count(*) filter (where _valid_to is null), count(*), md5(count(*) || ':' || coalesce(bit_xor(version), 0)
                || ':' || coalesce(sum(version % 1000000007), 0))
            from (select _valid_to, md5_number(concat_ws('|', {key})) as version from {relation})"""
    ).fetchone()
    assert row is not None
    return dict(zip(("rows", "versions", "history_hash"), row, strict=True))


def history(settings: Settings, moment: int | date | None = None) -> dict[str, dict[str, Any]]:
    """`history_figures` per register, now or as of a delivery or a day. Refusal when that delivery never landed."""
    registers = load_contracts(settings.dbt_project)
    with open_warehouse(settings, registers) as connection:
        landing = NOW if moment is None else landing_of(connection, moment)
        return {name: history_figures(connection, f"({as_of_sql(name, landing)})") for name in registers}


def register_status(connection: duckdb.DuckDBPyConnection, register: str) -> dict[str, Any]:
    """One register's figures: effective deliveries, quarantined rows, what is held and refused, and its history's figures."""
    deliveries = connection.execute(
        """select count(*) filter (where status = 'landed'), coalesce(sum(rows_quarantined) filter (where status = 'landed'), 0),
                count(*) filter (where status = 'held'), count(*) filter (where status = 'refused')
            from landing.deliveries where register = ?""", [register]
    ).fetchone()  # fmt: skip
    assert deliveries is not None
    return {
        "deliveries": deliveries[0],
        "quarantined": int(deliveries[1]),
        "held": deliveries[2],
        "refused": deliveries[3],
        **history_figures(connection, f"raw.{register}"),
    }


def status(settings: Settings) -> dict[str, Any]:
    """Everything `renkou status` says. WarehouseBusy when a writer holds the warehouse."""
    registers = load_contracts(settings.dbt_project)
    marts = current_marts(settings)
    with open_warehouse(settings, registers) as connection:
        delivered = delivered_rows(connection)
        return {
            "registers": {
                name: register_status(connection, name)
                | {"delivered": [[month, of_month.get(name)] for month, of_month in delivered.items()]}
                for name in registers
            },
            "run": run_figures(connection),
            "months": _months(connection),
            "publication": publication_number(marts) if marts else None,
            "inbox_unrecognised": [str(refusal) for refusal in unrecognised_files(settings, registers)],
        }


def delivered_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Snapshot month (yyyy-mm) -> register -> rows of the deliveries that count; the last year up to the newest month."""
    found = connection.execute(
        """with last as (select max(month) as month from landing.deliveries where status = 'landed'),
            months as (
                select cast(month - to_months(cast(back as int)) as date) as month from last, range(12) as years (back)
            )
            select strftime(m.month, '%Y-%m'), d.register, sum(d.rows_in)::bigint from months as m
            left join landing.deliveries as d on m.month = d.month and d.status = 'landed' group by all order by all"""
    ).fetchall()
    months: dict[str, dict[str, int]] = {month: {} for month, _, _ in found}
    for month, register, rows in found:
        if register is not None:
            months[month][register] = rows
    return months


def run_figures(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Sums over all deliveries, checks and alerts: the figures that the main job ends with."""
    figures = _counts_by_status(
        connection, "landing.deliveries", ("landed", "superseded", "held", "refused", "duplicate")
    )
    figures["files"] = sum(figures.values())
    names = ("rows_in", "rows_landed", "rows_unchanged", "rows_quarantined")
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in names)
    row = connection.execute(f"select {sums} from landing.deliveries where landed_at is not null").fetchone()
    figures |= dict(zip(names, row or (), strict=True))
    checks = _counts_by_status(connection, "quality.results", ("pass", "warn", "fail", "n/a"))
    words = {"pass": "passed", "warn": "warned", "fail": "failed", "n/a": "not_applicable"}
    figures |= {f"checks_{words[status]}": count for status, count in checks.items()}
    alerts = _counts_by_status(connection, "quality.alerts", ("open", "resolved"))
    return figures | {f"alerts_{status}": count for status, count in alerts.items()}


def taken_files(settings: Settings) -> dict[str, int]:
    """Names and sizes in bytes of the files that came, whatever became of them."""
    with open_warehouse(settings, load_contracts(settings.dbt_project)) as connection:
        return dict(connection.execute("select file_name, max(bytes) from landing.deliveries group by all").fetchall())


def _counts_by_status(connection: duckdb.DuckDBPyConnection, table: str, statuses: tuple[str, ...]) -> dict[str, int]:
    found = dict(connection.execute(f"select status, count(*) from {table} group by status").fetchall())
    return {status: found.get(status, 0) for status in statuses}


def _months(connection: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    row = connection.execute("select min(month), max(month) from landing.deliveries where status = 'landed'").fetchone()
    first, last = row or (None, None)
    return {"first": f"{first:%Y-%m}" if first else None, "last": f"{last:%Y-%m}" if last else None}


def deliveries(settings: Settings, only: str | None = None) -> list[dict[str, Any]]:
    """The ledger of deliveries, oldest first; `only` keeps one status. Counts and reasons, never content."""
    registers = load_contracts(settings.dbt_project)
    with open_warehouse(settings, registers) as connection:
        result = connection.execute(
            "select * exclude (sha256) from landing.deliveries where ?::varchar is null or status = ? order by delivery",
            [only, only],
        )
        names = [item[0] for item in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
