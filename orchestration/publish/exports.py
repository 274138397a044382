"""Published tables as a folder of files."""

from pathlib import Path

import duckdb

from orchestration.publish import sdmx
from orchestration.publish.analyst import streamed
from orchestration.publish.files import NotWritable, Told, write_file

FORMATS = ("sdmx", "xlsx", "csv", "parquet")


def published_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the published tables; views only on demand."""
    rows = connection.execute("select table_name from duckdb_tables() where not internal order by 1").fetchall()
    return [row[0] for row in rows]


def export(
    connection: duckdb.DuckDBPyConnection,
    form: str,
    folder: Path,
    tables: list[str] | None,
    told: Told = lambda rows: None,
) -> dict[str, int]:
    """Write tables (default: all; SDMX: indicator_values) into the folder, a file each; rows by file.

    NotWritable names what could not be written, after everything else was; QueryError for a table that is not published.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritable(f"{folder} cannot be made: {error.strerror}") from None
    if form == "sdmx":
        if tables not in (None, ["indicator_values"]):
            raise NotWritable(
                "SDMX has a structure for indicator_values alone: leave --table out, or take csv or parquet"
            )
        return sdmx.export(connection, folder, told)
    done: dict[str, int] = {}
    failed: list[str] = []
    for table in tables or published_tables(connection):
        found = streamed(connection, f'from "{table.replace(chr(34), chr(34) * 2)}"')
        path = folder / f"{Path(table).name}.{form}"
        try:
            done[path.name] = write_file(form, found.schema, found.batches, path, told)
        except NotWritable as error:
            failed.append(f"{table}: {error}")
    if failed:
        raise NotWritable(f"{len(done)} tables are written, and not: {'; '.join(failed)}")
    return done
