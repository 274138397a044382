"""What published tables and columns are called: Chinese from labels.yml, English from the models' descriptions."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.publish import vintages
from orchestration.sql_text import quoted
from orchestration.warehouse import transaction

Model = dict[str, Any]
LABELS = Path(__file__).with_name("labels.yml")
PREFIX = "published__"


def models_path(project: Path) -> Path:
    """The properties of the published models."""
    return project / "models" / "published" / "_published__models.yml"


def published_models(project: Path) -> dict[str, Model]:
    """Published table -> properties of its model (description, columns with data_type and description)."""
    models = yaml.safe_load(models_path(project).read_text(encoding="utf-8"))["models"]
    return {model["name"].removeprefix(PREFIX): model for model in models}


@dataclass(frozen=True)
class Words:
    """The comments of published tables and columns; None for one that nobody has named."""

    project: Path

    @cached_property
    def labels(self) -> dict[str, Any]:
        """labels.yml as data."""
        labels: dict[str, Any] = yaml.safe_load(LABELS.read_text(encoding="utf-8"))
        return labels

    @cached_property
    def _descriptions(self) -> dict[str, str]:
        """`table` and `table.column` -> English."""
        found = dict(self.labels["described"]["tables"])
        for table, model in published_models(self.project).items():
            found[table] = model["description"]
            found |= {f"{table}.{column['name']}": column["description"] for column in model["columns"]}
        logged = {log.name: log.table for log in vintages.LOGS}
        for name, table in logged.items():
            found |= {f"{name}.{k.split('.')[1]}": v for k, v in found.items() if k.startswith(f"{table}.")}
        for table, columns in self.labels["described"]["in_table"].items():
            found |= {f"{table}.{column}": words for column, words in columns.items()}
        return found

    def table(self, table: str) -> str | None:
        """Both names of a table."""
        return _both(self.labels["tables"].get(table), self._descriptions.get(table))

    def column(self, table: str, column: str) -> str | None:
        """Both names of a column."""
        zh = self.labels["in_table"].get(table, {}).get(column) or self.labels["columns"].get(column)
        en = self._descriptions.get(f"{table}.{column}") or self.labels["described"]["columns"].get(column)
        return _both(zh, en)


def _both(zh: str | None, en: str | None) -> str | None:
    return f"{zh} · {en}" if zh and en else None


def comment(connection: duckdb.DuckDBPyConnection, words: Words) -> None:
    """Write the comments of every table, view and column of the attached `target`."""
    relations = connection.execute(
        "select table_name, 'table' from duckdb_tables() where database_name = 'target' "
        "union all select view_name, 'view' from duckdb_views() where database_name = 'target' and not internal"
    ).fetchall()
    columns = connection.execute(
        "select table_name, column_name from duckdb_columns() where database_name = 'target' and not internal"
    ).fetchall()
    with transaction(connection):
        for name, kind in relations:
            if text := words.table(name):
                connection.execute(f"""comment on {kind} target.main."{name}" is {quoted(text)}""")
        for table, column in columns:
            if text := words.column(table, column):
                connection.execute(f"""comment on column target.main."{table}"."{column}" is {quoted(text)}""")
