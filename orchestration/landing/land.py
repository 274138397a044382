"""Land: one delivery into the history of its register.

History is a function of the effective snapshots alone, whatever the order in which they came. Within a scope (register,
delivering area and, for window registers, policy year), snapshot months cut time into intervals; the delivery of month m
says what stands in [m, n), n being the next delivered month. A version is a maximal run of intervals with the same row.

What a landing takes out of the history moves to `retired.<register>` with the landing's number, so that the history can be
read as of any landing (history.py).
"""

from dataclasses import dataclass
from datetime import date

import duckdb

from orchestration.landing.contracts import Register
from orchestration.landing.receive import FileName
from orchestration.periods import policy_year

STAGED = "incoming.main.staged"


# The versions that a delivery's interval [$month, $until) touches: those it ends, and equal neighbours of new rows.
TOUCHED = """_area = $area and _scope = $scope and (
    (_row_hash in (select _row_hash from incoming.main.diff where kind = 'gone')
        and _valid_from <= $month and (_valid_to is null or _valid_to > $month))
    or (_row_hash in (select _row_hash from incoming.main.diff where kind = 'new')
        and (_valid_to = $month or _valid_from = $until)))"""


@dataclass(frozen=True)
class Plan:
    """What a delivery will change: rows to open, rows left as they are, rows to close, and the interval it speaks for."""

    landed: int
    unchanged: int
    closed: int
    place: dict[str, object]
    until_delivery: int | None


def scope_of(register: Register, month: date) -> str:
    """What one delivery of that month replaces."""
    match register.mode:
        case "full":
            return "all"
        case "window":
            return str(policy_year(month))
        case _:
            return f"{month:%Y-%m}"


def scope_months(register: Register) -> str:
    """SQL condition on landing.deliveries: months in the scope of $month."""
    match register.mode:
        case "full":
            return "true"
        case "window":
            year = "year({0}) + (month({0}) >= 10)::int"
            return f"{year.format('month')} = {year.format('$month::date')}"
        case _:
            return "month = $month::date"


def plan(connection: duckdb.DuckDBPyConnection, register: Register, name: FileName) -> Plan:
    """Compare the staged rows with what stands in the delivery's interval; writes only to the database in memory.

    Unchanged rows are read (hash and interval only) and not written: cost follows the change.
    """
    follower = connection.execute(
        f"""select month, delivery from landing.deliveries where register = $register and area_code = $area
            and status = 'landed' and month > $month::date and {scope_months(register)} order by month limit 1""",
        {"register": register.name, "area": name.area, "month": name.month},
    ).fetchone()
    until, until_delivery = follower or (None, None)
    place: dict[str, object] = {
        "area": name.area,
        "scope": scope_of(register, name.month),
        "month": name.month,
    }
    connection.execute(_diff_sql(register), place)
    connection.execute(
        f"create or replace table incoming.main.touched as select * from raw.{register.name} where {TOUCHED}",
        {**place, "until": until},
    )
    counts = dict(connection.execute("select kind, count(*) from incoming.main.diff group by kind").fetchall())
    new, same, gone = (counts.get(kind, 0) for kind in ("new", "same", "gone"))
    return Plan(new, same, gone, place={**place, "until": until}, until_delivery=until_delivery)


def apply(connection: duckdb.DuckDBPyConnection, register: Register, plan: Plan, delivery: int, landing: int) -> None:
    """Carry out a plan inside the caller's transaction: every version that the interval touches gives way to its pieces
    outside the interval, and the new rows come in, joined to equal neighbours. `landing` is the number of this landing.
    """
    if not plan.landed and not plan.closed:
        return
    table = f"raw.{register.name}"
    connection.execute(
        f"insert into retired.{register.name} by name select *, $landing::bigint as _retired from incoming.main.touched",
        {"landing": landing},
    )
    connection.execute(f"delete from {table} where {TOUCHED}", plan.place)
    content = [f'"{column.landed_name}"' for column in register.kept]
    parameters = {**plan.place, "until_delivery": plan.until_delivery, "delivery": delivery, "landing": landing}
    connection.execute(_pieces_sql(table, content), parameters)


def _diff_sql(register: Register) -> str:
    return f"""create or replace table incoming.main.diff as
        with standing as (
            select _row_hash from raw.{register.name} where _area = $area and _scope = $scope
                and _valid_from <= $month and (_valid_to is null or _valid_to > $month)
        )
        select coalesce(staged._row_hash, standing._row_hash) as _row_hash,
            case when standing._row_hash is null then 'new' when staged._row_hash is null then 'gone' else 'same' end as kind
        from {STAGED} as staged full join standing on staged._row_hash = standing._row_hash"""


def _pieces_sql(table: str, names: list[str]) -> str:
    """What takes the place of the touched versions. Pieces of old ones keep the columns that the contract has lost, too."""
    touched = (
        "select t.* from incoming.main.touched as t inner join incoming.main.diff as d on t._row_hash = d._row_hash"
    )
    return f"""
        insert into {table} by name
        with gone as ({touched} and d.kind = 'gone'),
        neighbours as ({touched} and d.kind = 'new'),
        before_interval as (
            select * replace ($month::date as _valid_to, $delivery::bigint as _closed_by)
            from gone where _valid_from < $month::date
        ),
        after_interval as (
            select * replace ($until::date as _valid_from, $until_delivery::bigint as _opened_by)
            from gone where $until::date is not null and (_valid_to is null or _valid_to > $until::date)
        ),
        opened as (
            select {", ".join(f"s.{name}" for name in names)}, $area as _area, $scope as _scope, s._row_hash,
                coalesce(l._valid_from, $month::date) as _valid_from,
                case when r._row_hash is null then $until::date else r._valid_to end as _valid_to,
                coalesce(l._opened_by, $delivery::bigint) as _opened_by,
                case when r._row_hash is null then $until_delivery::bigint else r._closed_by end as _closed_by
            from {STAGED} as s
            inner join incoming.main.diff as d on s._row_hash = d._row_hash and d.kind = 'new'
            left join neighbours as l on s._row_hash = l._row_hash and l._valid_to = $month::date
            left join neighbours as r on s._row_hash = r._row_hash and r._valid_from = $until::date
        ),
        pieces as (
            select * from before_interval
            union all by name select * from after_interval
            union all by name select * from opened
        )
        select * replace ($landing::bigint as _recorded) from pieces"""
