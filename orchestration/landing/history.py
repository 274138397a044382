"""The history of a register as it was known after any landing: what stands in `raw`, and what `retired` still remembers."""

from datetime import date

import duckdb

from orchestration.errors import Refusal

NOW = 2**62  # after every landing


def as_of_sql(register: str, landing: int) -> str:
    """SQL for the versions of a register as they stood after landing number `landing`: the columns of raw.<register>."""
    return f"""select * from raw.{register} where _recorded <= {landing}
        union all by name
        select * exclude (_retired) from retired.{register} where _recorded <= {landing} and _retired > {landing}"""


def landing_of(connection: duckdb.DuckDBPyConnection, moment: int | date) -> int:
    """The number of the last landing at a moment: of a delivery (its own landing), or of a day (its last landing).

    0 when nothing had landed by that day. Refusal when the delivery never landed.
    """
    if isinstance(moment, date):
        query = "select coalesce(max(landing), 0) from landing.deliveries where landed_at::date <= ?"
    else:
        query = "select landing from landing.deliveries where delivery = ?"
    row = connection.execute(query, [moment]).fetchone()
    if row is None or row[0] is None:
        raise Refusal(
            f"delivery {moment}", "not_landed", "no delivery of this number has landed; see renkou deliveries"
        )
    return int(row[0])
