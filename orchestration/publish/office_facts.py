"""Facts for the office's file: each fact of the marts counted by township, month and a few codes, as its properties declare.

    config: {meta: {counted: {of: births, month: birth_date, by: [sex, parity], sums: []}}}

`of` names the count; `month` is a date, a year, or the two months between which a spell stood; `by` are codes, never a day;
`sums` are added up (when `of` is among them, rows are no counts). No row of a fact is copied as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.errors import RenkouError

CODES = {"string", "boolean", "int"}
NUMBERS = {"int", "bigint", "decimal(18, 2)"}
MOST_CODES = 5  # more would tell cases apart rather than count them
AREA = "coalesce(areas.township_code, fact.area_code)"


class BadDeclaration(RenkouError):
    """A fact whose properties do not say how it is counted."""


@dataclass(frozen=True)
class CountedFact:
    """How a fact is counted: the name of the count, its time, the codes it is counted by, and what is added up."""

    name: str
    of: str
    month: tuple[str, ...]
    by: tuple[str, ...]
    sums: tuple[str, ...]

    def query(self) -> str:
        """SQL: one row per township (or county, where the fact has no lower area), month (or year) and codes."""
        time, source = self._time()
        keys = [f"{AREA} as area_code", "fact.county_code", time, *(f"fact.{code}" for code in self.by)]
        counts = [] if self.of in self.sums else [f"count(*) as {self.of}"]
        sums = [f"sum(fact.{column}) as {column}" for column in self.sums]
        return (
            f"select {', '.join(keys + counts + sums)} from {source} "
            "left join marts.dim_area as areas on areas.area_code = fact.area_code and areas.is_latest "
            "group by all order by all"
        )

    def _time(self) -> tuple[str, str]:
        if len(self.month) == 1:
            column = self.month[0]
            year = column.endswith("_year")
            return (
                f"fact.{column}" if year else f"date_trunc('month', fact.{column})::date as month",
                f"marts.{self.name} as fact",
            )
        start, end = self.month
        return "months.month", (
            f"marts.{self.name} as fact inner join intermediate.int_months as months "
            f"on months.month >= fact.{start} and (fact.{end} is null or months.month < fact.{end})"
        )


def counted_facts(project: Path) -> list[CountedFact]:
    """All facts of the marts with how they are counted; BadDeclaration names the fact and what is wrong."""
    found = []
    for path in sorted(project.glob("models/marts/*/_*__models.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            if model["name"].startswith("fct_"):
                found.append(_declared(model))
    return found


def _declared(model: dict[str, Any]) -> CountedFact:
    said = model.get("config", {}).get("meta", {}).get("counted")
    if not said:
        raise BadDeclaration(f"{model['name']} does not say how it is counted (config: meta: counted)")
    month = said["month"] if isinstance(said["month"], list) else [said["month"]]
    fact = CountedFact(model["name"], said["of"], tuple(month), tuple(said.get("by", ())), tuple(said.get("sums", ())))
    for problem in _problems(fact, {column["name"]: column["data_type"] for column in model["columns"]}):
        raise BadDeclaration(f"{fact.name}: {problem}")
    return fact


def _problems(fact: CountedFact, types: dict[str, str]) -> Iterator[str]:
    for column in (*fact.month, *fact.by, *fact.sums):
        if column not in types:
            yield f"{column} is no column of it"
    for column in fact.month:
        if types.get(column) != "date" and not column.endswith("_year"):
            yield f"{column} is no date"
    for column in fact.by:
        if types.get(column) not in CODES:
            yield f"{column} is no code"
    for column in fact.sums:
        if types.get(column) not in NUMBERS:
            yield f"{column} is no number"
    if len(fact.by) > MOST_CODES:
        yield f"it is counted by more than {MOST_CODES} codes"
