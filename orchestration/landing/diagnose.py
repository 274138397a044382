"""Why a whole batch is bad: two columns under each other's headers look like thousands of wrong cells.

Looked at only when a delivery is held for its bad rows, on a sample of them.
"""

from itertools import combinations

import duckdb
import pyarrow as pa

from orchestration.landing.check import checked_sql
from orchestration.landing.contracts import Register
from orchestration.landing.receive import FileName

SAMPLE_ROWS = 500
MOST, FEW = 0.5, 0.1  # shares of bad rows before and after the exchange


def swapped_columns(
    connection: duckdb.DuckDBPyConnection, register: Register, name: FileName, sample: pa.Table
) -> tuple[str, str] | None:
    """The two columns whose exchange makes most of the sample's rows good; None when there is no such pair.

    `sample` has the text columns of a chunk. `connection` must not write to disk: the rows are not yet protected.
    """
    before = _bad_rows(connection, register, name, sample)
    if before < MOST * sample.num_rows:
        return None
    columns = [column.name for column in register.kept]
    tried = {pair: _bad_rows(connection, register, name, _exchanged(sample, pair)) for pair in combinations(columns, 2)}
    best = min(tried, key=lambda pair: tried[pair])
    return best if tried[best] <= FEW * sample.num_rows else None


def _exchanged(sample: pa.Table, pair: tuple[str, str]) -> pa.Table:
    one, other = pair
    names = {one: other, other: one}
    return sample.rename_columns([names.get(column, column) for column in sample.column_names])


def _bad_rows(connection: duckdb.DuckDBPyConnection, register: Register, name: FileName, sample: pa.Table) -> int:
    connection.register("chunk", sample)
    checked = checked_sql(register, name.area, name.month)
    [(bad,)] = connection.execute(f"select count(*) from ({checked}) where len(violations) > 0").fetchall()
    connection.unregister("chunk")
    return int(bad)
