"""Renkou for notebooks: `renkou.connect()` opens the current publication, hardened as `renkou sql` is."""

from pathlib import Path

import duckdb

from orchestration.publish.analyst import connect as _connect
from orchestration.settings import Settings

__all__ = ["connect"]


def connect(home: str | Path | None = None) -> duckdb.DuckDBPyConnection:
    """The current publication as a DuckDB connection, read only, without files, network or changes of settings.

    `home` is the folder that holds `published/`; default: RENKOU_HOME. `.df()`, `.pl()` and `.to_arrow_table()` of a query
    give pandas, polars and Arrow; `connection.register("mine", frame)` brings a frame of one's own. The connection keeps the
    publication that it opened; call again for the next. QueryError when nothing has been published.
    """
    return _connect(Settings() if home is None else Settings(home=Path(home)))
