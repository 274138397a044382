"""The ledger of deliveries: what came, what became of it, and why. Nothing that came is ever missing from it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb

from orchestration.landing.land import Plan
from orchestration.landing.read import BadRow
from orchestration.landing.receive import FileName, Received

RETRIED = ("no_area_register", "unknown_area")  # refusals that a later area register can lift


@dataclass
class Outcome:
    """What became of a delivery. `status`: landed, superseded, duplicate, held or refused; `known`: seen before, nothing done."""

    file: str
    status: str
    reason: str | None = None
    gate: str | None = None
    delivery: int | None = None
    rows_in: int | None = None
    rows_landed: int | None = None
    rows_unchanged: int | None = None
    rows_quarantined: int | None = None
    rows_closed: int | None = None
    accepted_by: str | None = None
    accept_reason: str | None = None
    known: bool = False
    checks: dict[str, int] = field(default_factory=dict)

    def count_changes(self, plan: Plan) -> None:
        """Take over how many rows a landing opens, leaves and closes."""
        self.rows_landed, self.rows_unchanged, self.rows_closed = plan.landed, plan.unchanged, plan.closed


def next_delivery(connection: duckdb.DuckDBPyConnection) -> int:
    """The next delivery number."""
    row = connection.execute("select coalesce(max(delivery), 0) + 1 from landing.deliveries").fetchone()
    assert row is not None
    return int(row[0])


def next_landing(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the next landing. Landings are numbered as they happen; a held delivery lands after later deliveries."""
    row = connection.execute("select coalesce(max(landing), 0) + 1 from landing.deliveries").fetchone()
    assert row is not None
    return int(row[0])


def known_outcome(connection: duckdb.DuckDBPyConnection, file_name: str, digest: str) -> Outcome | None:
    """What became of these very bytes under this very name before; None when they are new, or refused for the time being."""
    row = connection.execute(
        "select delivery, status, reason, gate from landing.deliveries where file_name = ? and sha256 = ? order by delivery",
        [file_name, digest],
    ).fetchone()
    if row is None or (row[1] == "refused" and _rule(row[2]) in RETRIED):
        return None
    return Outcome(file_name, row[1], row[2], row[3], delivery=row[0], known=True)


def names_of(connection: duckdb.DuckDBPyConnection, digest: str) -> dict[str, datetime]:
    """The names under which these bytes came, and when they first did."""
    rows = connection.execute(
        "select file_name, min(received_at) from landing.deliveries where sha256 = ? group by file_name", [digest]
    ).fetchall()
    return dict(rows)


def _rule(reason: str) -> str:
    """The rule in a refusal written as `file: rule: detail`."""
    return reason.split(": ")[1]


def same_month(connection: duckdb.DuckDBPyConnection, name: FileName) -> list[tuple[int, int, str, str]]:
    """(delivery, redelivery, sha256, status) of the deliveries of this register, area and month.

    What landed counts under the highest number its bytes came under: else a number between would beat a later one.
    """
    return connection.execute(
        """select delivery, case when status = 'landed' then max(redelivery) filter (where status in ('landed', 'duplicate'))
                over (partition by sha256) else redelivery end as number, sha256, status
            from landing.deliveries where register = ? and area_code = ? and month = ? order by number""",
        [name.register, name.area, name.month],
    ).fetchall()


def previous_rows(connection: duckdb.DuckDBPyConnection, name: FileName, months: str) -> int | None:
    """Rows of the last landed delivery before this month, in the same scope (`months` is the scope's condition)."""
    row = connection.execute(
        f"""select rows_in from landing.deliveries where register = $register and area_code = $area and status = 'landed'
            and month < $month::date and {months} order by month desc limit 1""",
        {"register": name.register, "area": name.area, "month": name.month},
    ).fetchone()
    return row[0] if row else None


def record_delivery(
    connection: duckdb.DuckDBPyConnection,
    received: Received,
    outcome: Outcome,
    received_at: datetime,
    at: datetime,
    landing: int | None,
) -> None:
    """Write the delivery's line; a landed re-delivery marks those that it replaces as superseded.

    `landing` is the number of the landing, None for a delivery that does not land.
    """
    name = received.name
    connection.execute(  # a refusal that is tried again gives way to what becomes of it now
        "delete from landing.deliveries where file_name = ? and sha256 = ? and status = 'refused'",
        [name.name, received.sha256],
    )
    if outcome.status == "landed":
        connection.execute(
            "update landing.deliveries set status = 'superseded' "
            "where register = ? and area_code = ? and month = ? and status in ('landed', 'held') and redelivery <= ?",
            [name.register, name.area, name.month, name.redelivery],
        )
    values: list[Any] = [
        outcome.delivery, name.register, name.area, name.month, name.redelivery, name.name, received.sha256,
        received.size, received_at, at if outcome.status == "landed" else None, outcome.status, outcome.reason,
        outcome.gate, outcome.rows_in, outcome.rows_landed, outcome.rows_unchanged, outcome.rows_quarantined,
        outcome.rows_closed, outcome.accepted_by, outcome.accept_reason, landing,
    ]  # fmt: skip
    connection.execute(f"insert into landing.deliveries values ({', '.join('?' * len(values))})", values)


def forget(connection: duckdb.DuckDBPyConnection, delivery: int) -> None:
    """Take back what was written of a held delivery, before the same transaction writes it as landed."""
    for table in ("landing.deliveries", "landing.quarantine", "quality.results"):
        connection.execute(f"delete from {table} where delivery = ?", [delivery])


def quarantined(connection: duckdb.DuckDBPyConnection, delivery: int | None) -> list[BadRow]:
    """The quarantined rows of a delivery, by line."""
    rows = connection.execute(
        "select line, column_name, rule from landing.quarantine where delivery = ? order by all", [delivery]
    ).fetchall()
    return [BadRow(*row) for row in rows]


def record_quarantine(connection: duckdb.DuckDBPyConnection, delivery: int, bad: list[BadRow]) -> None:
    """One line per row, column and rule; never what stood there."""
    import pyarrow as pa

    if not bad:
        return
    table = pa.table({
        "line": pa.array([b.line for b in bad], pa.int64()),
        "column_name": [b.column for b in bad],
        "rule": [b.rule for b in bad],
    })  # fmt: skip
    connection.register("quarantined", table)
    connection.execute(
        "insert into landing.quarantine select distinct ?::bigint, line, column_name, rule from quarantined",
        [delivery],
    )
    connection.unregister("quarantined")
