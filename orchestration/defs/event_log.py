"""Dagster's SQLite event log with its files kept open.

The stock storage makes an engine and opens the file anew for each event; a monthly run has some 500, so that this cost
more than the models did (docs/decisions/0008).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import SingletonThreadPool

BUSY_SECONDS = 30
OPEN_FILES = 8  # the index and the runs that are being written or looked at


class OpenSqliteEventLogStorage(SqliteEventLogStorage):
    """The same files, schema and locking as its parent; one engine per file, the most recent OPEN_FILES of them."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "OpenSqliteEventLogStorage":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.pop(shard, None)
        if engine is None:
            while len(self._engines) >= OPEN_FILES:
                self._engines.pop(next(iter(self._engines))).dispose()
            engine = create_engine(
                self.conn_string_for_shard(shard), poolclass=SingletonThreadPool, connect_args={"timeout": BUSY_SECONDS}
            )
            event.listen(engine, "connect", _without_a_sync_per_commit)
        self._engines[shard] = engine
        return engine

    def dispose(self) -> None:
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def _without_a_sync_per_commit(connection: Any, _: object) -> None:
    """A power cut may cost the last events, never the file (it is in WAL mode)."""
    connection.execute("pragma synchronous = normal")
