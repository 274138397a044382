"""The contract of each published table: a semantic version over its columns and their types.

`dbt_project/models/published/contracts.csv` holds it; `make docs` (`python -m orchestration.documents`) keeps it, and a test
fails when a model changed without it. Removed or retyped column: major. Added or deprecated column, new table: minor or 1.0.0.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path

import duckdb

from orchestration.errors import RenkouError
from orchestration.publish.words import LABELS, models_path, published_models
from orchestration.settings import Settings

FIRST = "1.0.0"
Columns = Mapping[str, Mapping[str, str]]  # table -> column -> type
Deprecations = Mapping[tuple[str, str], str]  # (table, column) -> what to read instead


class BrokenContract(RenkouError):
    """contracts.csv cannot be read."""


@dataclass(frozen=True)
class Line:
    """A column of a published table, as promised."""

    table_name: str
    version: str
    column_name: str
    column_type: str
    since_version: str
    deprecated_since: str = ""
    use_instead: str = ""


HEADER = [field.name for field in fields(Line)]
TABLE = (
    "create table {target} (table_name varchar, version varchar, column_name varchar, column_type varchar, "
    "since_version varchar, deprecated_since varchar, use_instead varchar)"
)


def path_of(project: Path) -> Path:
    """Where the contracts are kept."""
    return project / "models" / "published" / "contracts.csv"


def read(project: Path) -> list[Line]:
    """The contracts as they stand. BrokenContract when the file is not one."""
    path = path_of(project)
    with path.open(encoding="utf-8", newline="") as handle:
        rows = csv.DictReader(handle)
        if rows.fieldnames != HEADER:
            raise BrokenContract(f"{path} does not begin with {','.join(HEADER)}")
        return [Line(**row) for row in rows]


def digest(project: Path) -> str:
    """A digest of what a publication says of itself: contracts, descriptions, labels."""
    paths = (path_of(project), models_path(project), LABELS)
    return sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def deprecations(project: Path) -> dict[tuple[str, str], str]:
    """What models deprecate: `config: {meta: {deprecated: <what to read instead>}}` of a column."""
    return {
        (table, column["name"]): column["config"]["meta"]["deprecated"]
        for table, model in published_models(project).items()
        for column in model["columns"]
        if column.get("config", {}).get("meta", {}).get("deprecated")
    }


def renewed(old: Iterable[Line], now: Columns, deprecated: Deprecations) -> list[Line]:
    """The contracts after the tables became `now`: versions raised where a promise changed, and nowhere else."""
    before: dict[str, list[Line]] = {}
    for line in old:
        before.setdefault(line.table_name, []).append(line)
    return [line for table in sorted(now) for line in _table(table, before.get(table, []), now[table], deprecated)]


def _table(table: str, old: list[Line], now: Mapping[str, str], deprecated: Deprecations) -> list[Line]:
    promised = {line.column_name: line for line in old}
    kept = {name for name, kind in now.items() if name in promised and promised[name].column_type == kind}
    announced = {
        name for name in now if (table, name) in deprecated and not (name in kept and promised[name].deprecated_since)
    }
    version = (
        _raised(old[0].version, breaks=len(kept) < len(promised), adds=len(kept) < len(now) or bool(announced))
        if old
        else FIRST
    )

    def line(name: str, kind: str) -> Line:
        since = promised[name].since_version if name in kept else version
        if (table, name) not in deprecated:
            return Line(table, version, name, kind, since)
        told = version if name in announced else promised[name].deprecated_since
        return Line(table, version, name, kind, since, told, deprecated[table, name])

    return [line(name, kind) for name, kind in now.items()]


def _raised(version: str, breaks: bool, adds: bool) -> str:
    major, minor, _ = (int(part) for part in version.split("."))
    if breaks:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if adds else version


def current_document(settings: Settings) -> str:
    """contracts.csv as it has to be now."""
    from orchestration.publish.publication import empty_publication

    project = settings.dbt_project
    with duckdb.connect() as connection:
        empty_publication(settings, connection)
        now = columns_of(connection, "target")
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(line) for line in renewed(read(project), now, deprecations(project)))
    return out.getvalue()


def columns_of(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, str]]:
    """Tables and views of an attached publication, with columns and types in their order."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where database_name = ? and not internal "
        "order by table_name, column_index", [database]
    ).fetchall():  # fmt: skip
        found.setdefault(table, {})[column] = kind
    return found


def copy(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """The table `contracts` of the attached `target`."""
    connection.execute(TABLE.format(target="target.main.contracts"))
    columns = [[getattr(line, name) or None for line in read(project)] for name in HEADER]
    unnested = ", ".join("unnest(?::varchar[])" for _ in HEADER)
    connection.execute(f"insert into target.main.contracts select {unnested}", columns)
