"""Status: what stands in the warehouse and in the publication, as plain data for the terminal and for machines."""

from typing import Any

import duckdb

from orchestration.landing.contracts import load_contracts
from orchestration.landing.deliver import inbox_files
from orchestration.publish.publication import current_marts, publication_number
from orchestration.settings import Settings
from orchestration.warehouse import META_COLUMNS, open_warehouse

HISTORY = [name for name in META_COLUMNS if name in ("_area", "_scope", "_row_hash", "_valid_from", "_valid_to")]


def register_status(connection: duckdb.DuckDBPyConnection, register: str) -> dict[str, Any]:
    """One register's figures: effective deliveries, rows that stand, versions, quarantined rows, and `history_hash`.

    The hash covers content and snapshot months and no arrival time, so that the same deliveries in any order give the same
    hash (under the same pseudonym key).
    """
    key = ", ".join(f"coalesce({name}::varchar, '')" for name in HISTORY)
    history = connection.execute(
        f"""select count_if(_valid_to is null), count(*), md5(count(*) || ':' || coalesce(bit_xor(version), 0)
                || ':' || coalesce(sum(version % 1000000007), 0))
            from (select _valid_to, md5_number(concat_ws('|', {key})) as version from raw.{register})"""
    ).fetchone()
    deliveries = connection.execute(
        """select count_if(status = 'landed'), coalesce(sum(rows_quarantined) filter (status = 'landed'), 0),
                count_if(status = 'held'), count_if(status = 'refused')
            from landing.deliveries where register = ?""", [register]
    ).fetchone()  # fmt: skip
    assert history is not None and deliveries is not None
    return {
        "deliveries": deliveries[0],
        "rows": history[0],
        "versions": history[1],
        "quarantined": int(deliveries[1]),
        "held": deliveries[2],
        "refused": deliveries[3],
        "history_hash": history[2],
    }


def status(settings: Settings) -> dict[str, Any]:
    """Everything `renkou status` says. WarehouseBusy when a writer holds the warehouse."""
    registers = load_contracts(settings.dbt_project)
    marts = current_marts(settings)
    with open_warehouse(settings, registers) as connection:
        return {
            "registers": {name: register_status(connection, name) for name in registers},
            "run": run_figures(connection),
            "months": _months(connection),
            "publication": publication_number(marts) if marts else None,
            "inbox_unrecognised": _unrecognised(settings, set(registers)),
        }


def run_figures(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Sums over all deliveries, checks and alerts: the figures that the main job ends with."""
    deliveries = connection.execute(
        """select count(*), count_if(status = 'landed'), count_if(status = 'superseded'), count_if(status = 'held'),
                count_if(status = 'refused'), count_if(status = 'duplicate'),
                coalesce(sum(rows_in) filter (landed_at is not null), 0),
                coalesce(sum(rows_landed) filter (landed_at is not null), 0),
                coalesce(sum(rows_unchanged) filter (landed_at is not null), 0),
                coalesce(sum(rows_quarantined) filter (landed_at is not null), 0)
            from landing.deliveries"""
    ).fetchone()
    checks = connection.execute(
        "select count_if(status = 'pass'), count_if(status = 'warn'), count_if(status = 'fail'), count_if(status = 'n/a') "
        "from quality.results"
    ).fetchone()
    alerts = connection.execute(
        "select count_if(status = 'open'), count_if(status = 'resolved') from quality.alerts"
    ).fetchone()
    assert deliveries and checks and alerts
    names = ["files", "landed", "superseded", "held", "refused", "duplicate"]
    names += ["rows_in", "rows_landed", "rows_unchanged", "rows_quarantined"]
    names += [
        "checks_passed",
        "checks_warned",
        "checks_failed",
        "checks_not_applicable",
        "alerts_open",
        "alerts_resolved",
    ]
    return {name: int(value) for name, value in zip(names, (*deliveries, *checks, *alerts), strict=True)}


def _months(connection: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    row = connection.execute("select min(month), max(month) from landing.deliveries where status = 'landed'").fetchone()
    first, last = row or (None, None)
    return {"first": f"{first:%Y-%m}" if first else None, "last": f"{last:%Y-%m}" if last else None}


def _unrecognised(settings: Settings, registers: set[str]) -> int:
    """Files in the inbox whose name begins with no register's name: nobody will ever land them."""
    return sum(not any(p.name.startswith(f"{name}_") for name in registers) for p in inbox_files(settings))


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
