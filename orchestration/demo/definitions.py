"""The definitions that the truth is reckoned by: measures, indicators, windows and registers as the seeds give them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from orchestration.settings import PROJECT_ROOT

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
FILES = ("measures", "indicators", "windows", "registers", "age_groups")


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Measure(_Row):
    """What is counted, in which registers, and how months become a window."""

    measure: str
    of: str = Field(alias="register")
    kind: Literal["flow", "stock"]
    window_rule: Literal["sum", "mean_of_ends", "last", "distinct"]
    strata: str | None
    finest_level: str

    @property
    def registers(self) -> tuple[str, ...]:
        """The registers that it needs together."""
        return tuple(self.of.split("|"))


class Indicator(_Row):
    """A ratio of measures, or without a denominator a count."""

    indicator: str
    numerator: str
    numerator_less: str | None
    denominator: str | None
    per: float
    stratum_width: float
    annualised: bool
    valid_from: date | None
    valid_to: date | None

    @property
    def parts(self) -> list[str]:
        """Its measures."""
        return [part for part in (self.numerator, self.numerator_less, self.denominator) if part]


class Window(_Row):
    """A window: its length (None: since October) and the months of the year in which it ends."""

    window: str
    length_months: int | None
    every_months: int
    ends_in: int


class RegisterRow(_Row):
    """How a register is delivered."""

    mode: Literal["full", "window", "append"]
    frequency: str


@dataclass(frozen=True)
class Definitions:
    """All of them, by name."""

    measures: dict[str, Measure]
    indicators: tuple[Indicator, ...]
    windows: tuple[Window, ...]
    registers: dict[str, RegisterRow]
    age_groups: tuple[str, ...]

    def strata(self, measure: str) -> tuple[str, ...]:
        """The strata of a measure; a single empty one when it has none."""
        return self.age_groups if self.measures[measure].strata == "age_group" else ("",)

    def live(self, measures: Iterable[str]) -> list[Indicator]:
        """The indicators of which every part is among these measures."""
        there = set(measures)
        return [indicator for indicator in self.indicators if there.issuperset(indicator.parts)]


def _rows(name: str) -> list[dict[str, Any]]:
    """Rows of a seed; an empty cell is None."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as source:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(source)]


@cache
def definitions() -> Definitions:
    """The seeds, validated; raises pydantic.ValidationError."""
    measures = [Measure.model_validate(row) for row in _rows("measures")]
    return Definitions(
        measures={measure.measure: measure for measure in measures},
        indicators=tuple(Indicator.model_validate(row) for row in _rows("indicators")),
        windows=tuple(Window.model_validate(row) for row in _rows("windows")),
        registers={row["register"]: RegisterRow.model_validate(row) for row in _rows("registers")},
        age_groups=tuple(row["age_group"] for row in _rows("age_groups")),
    )
