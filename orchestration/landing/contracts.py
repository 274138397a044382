"""Register contracts: what a department promises to deliver, read from the dbt source YAML and validated."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from orchestration.cached import by_files
from orchestration.errors import ContractError

NAME = r"^[a-z][a-z0-9_]*$"
SourceFormat = Literal["csv", "csv.gz", "xlsx", "parquet"]


class Strict(BaseModel):
    """A model that accepts no unknown field and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Strict):
    """One column of the file. `identifier` columns become pseudonyms, `dropped` ones never pass the door."""

    name: str = Field(pattern=NAME)
    zh: list[str] = Field(min_length=1, description="Chinese headers under which departments send it")
    type: Literal["text", "code", "date", "integer", "amount", "area", "identifier"] = "text"
    role: Literal["plain", "identifier", "dropped"] = "plain"
    required: bool = False
    codes: dict[str, list[str]] = Field(default_factory=dict, description="canonical value -> written forms")
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = Field(None, description="form of a text cell; it keeps identifiers and telephone numbers out")
    within_delivery: bool = Field(False, description="the area must lie inside the delivering area")
    description: str = Field(min_length=5)

    @model_validator(mode="after")
    def consistent(self) -> "Column":
        if (self.type == "identifier") != (self.role == "identifier"):
            raise ValueError(f"{self.name}: type identifier and role identifier go together")
        if (self.type == "code") != bool(self.codes):
            raise ValueError(f"{self.name}: a code column has a code list, and no other column has one")
        if self.pattern is not None and self.type != "text":
            raise ValueError(f"{self.name}: only a text column has a pattern")
        written = [form for forms in self.codes.values() for form in forms]
        if len(set(written)) != len(written):
            raise ValueError(f"{self.name}: a written form stands for two codes")
        return self

    @property
    def landed_name(self) -> str:
        """The column's name in `raw`."""
        return f"{self.name}_pseudonym" if self.role == "identifier" else self.name

    @property
    def sql_type(self) -> str:
        """The column's DuckDB type in `raw`."""
        return {"date": "date", "integer": "bigint", "amount": "decimal(18, 2)"}.get(self.type, "varchar")


class RowRule(Strict):
    """A rule over one row: quarantined when `sql` (over typed columns and `month_end`) is false."""

    rule: str = Field(pattern=NAME)
    column: str = Field(pattern=NAME)
    sql: str
    reason: str = Field(min_length=10)


class Register(Strict):
    """A register contract."""

    name: str = Field(pattern=NAME)
    name_zh: str
    name_en: str
    owner: Literal[
        "population_office",
        "health",
        "civil_affairs",
        "public_security",
        "human_resources",
        "statistics",
        "finance",
    ]
    mode: Literal["full", "window", "append"]
    delivered_by: Literal["county", "city"] = "county"
    formats: list[SourceFormat] = Field(min_length=1)
    encoding: Literal["gb18030", "utf-8"]
    key: list[str] = Field(min_length=1)
    unique: bool = Field(True, description="a second row of the same key in one file is quarantined")
    window_column: str | None = None
    max_bad_share: float = Field(0.05, gt=0, le=1, description="held above this share of quarantined rows")
    max_fall: float = Field(0.2, gt=0, le=1, description="held when the row count falls by more than this")
    lenient: bool = Field(
        False, description="a header that drifted is read as far as it is known (set by an acceptance)"
    )
    columns: list[Column] = Field(min_length=1)
    rules: list[RowRule] = Field(default_factory=list)

    @model_validator(mode="after")
    def consistent(self) -> "Register":
        names = [column.name for column in self.columns]
        problems = [f"column {name} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
        aliases = [alias for column in self.columns for alias in column.zh]
        problems += [f"header {a} stands for two columns" for a in sorted({a for a in aliases if aliases.count(a) > 1})]
        referred = [
            *self.key,
            *(rule.column for rule in self.rules),
            *([self.window_column] if self.window_column else []),
        ]
        problems += [f"{name} is no column" for name in referred if name not in names]
        if (self.mode == "window") != (self.window_column is not None):
            problems.append("mode window and a window_column go together")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @cached_property
    def kept(self) -> list[Column]:
        """The columns that land, in contract order."""
        return [column for column in self.columns if column.role != "dropped"]

    @property
    def accepted_formats(self) -> list[SourceFormat]:
        """The formats that departments send, and Parquet, which every register takes."""
        return self.formats if "parquet" in self.formats else [*self.formats, "parquet"]

    @property
    def header_names(self) -> Mapping[str, str]:
        """Every accepted header -> column name."""
        names = {alias: column.name for column in self.columns for alias in column.zh}
        return names | {column.name: column.name for column in self.columns}

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError when there is none."""
        return next(column for column in self.columns if column.name == name)


def _tables(path: Path) -> list[tuple[str, Any]]:
    document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    found = []
    for source in document.get("sources", []):
        for table in source.get("tables", []):
            meta = table.get("config", {}).get("meta", {}).get("register")
            if meta is not None:
                found.append((table["name"], meta))
    return found


def load_contracts(dbt_project: Path) -> dict[str, Register]:
    """All register contracts of the dbt project, by register name.

    Raises ContractError that lists every error of every contract at once.
    """
    return dict(_contracts((dbt_project / "models" / "staging").glob("*/_*__sources.yml")))


@by_files
def _contracts(paths: list[Path]) -> dict[str, Register]:
    registers: dict[str, Register] = {}
    problems: list[str] = []
    for path in paths:
        for name, meta in _tables(path):
            try:
                registers[name] = Register(name=name, **meta)
            except ValidationError as error:
                for item in error.errors(include_input=False, include_url=False):
                    place = ".".join(str(part) for part in item["loc"])
                    problems.append(f"{path.name}: {name}.{place}: {item['msg']}")
            except TypeError as error:
                problems.append(f"{path.name}: {name}: {error}")
    if problems:
        raise ContractError("the register contracts are not valid:\n" + "\n".join(f"  {p}" for p in problems))
    return registers
