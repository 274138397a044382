"""The ledger of disclosure control: what the standing publication shows, by which the models hold figures.

It holds nothing that is not published. What a figure was when it was shown is told from the figure; see `is_held` in
dbt_project/macros/protection.sql.
"""

import duckdb

from orchestration.warehouse import table_columns

VALUE = ("area_code", "indicator", "window", "period_end", "clock")
VALUE_SHOWN = ("numerator_shown", "denominator_shown", "value")
# Table, named as the published one -> the columns that tell its rows apart, and those one of which was shown of a row.
LEDGERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "indicator_values": (VALUE, VALUE_SHOWN),
    "indicator_values_constant_boundary": (VALUE, VALUE_SHOWN),
    "measures": (("area_code", "month", "clock", "measure", "stratum"), ("shown",)),
    "clock_bridge": (("area_code", "measure", "window", "period_end"), ("event_value", "report_value")),
    "measure_revisions": (("area_code", "measure", "event_month", "vintage_month", "change"), ("records_added",)),
    "integrity_signals": (("method", "register", "indicator", "area_code", "month"), ("cases",)),
    "birth_estimates": (
        ("area_code", "window", "period_end", "list_pair"), ("births_unadjusted", "births_listed", "births_in_both")
    ),
}  # fmt: skip


def follow(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Bring the ledger to what publication `number`, which stands, shows; the same when it is done again.

    The logs of vintages say what it shows otherwise than the one before. Call it within the transaction that confirms the number.
    """
    logged = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'vintages'"
        ).fetchall()
    }
    for table, (key, shown) in LEDGERS.items():
        if table not in logged:  # of a publication by a version that kept no log of it
            continue
        anything = ", ".join(f'"{name}"::varchar' for name in shown)
        columns = ", ".join(f'"{name}"' for name in table_columns(connection, f"protection.{table}"))
        same_key = " and ".join(f'standing."{name}" = log."{name}"' for name in key)
        connection.execute(
            f"""delete from protection.{table} as standing where exists (
                from vintages.{table} as log where (published_in = $number or replaced_in = $number) and {same_key})""",
            {"number": number},
        )
        connection.execute(
            f"""insert into protection.{table} ({columns}) select {columns} from vintages.{table}
                where published_in = $number and replaced_in is null and coalesce({anything}) is not null""",
            {"number": number},
        )
