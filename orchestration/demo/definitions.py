"""The definitions that the truth is reckoned by: measures, indicators, windows and registers as the seeds give them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from orchestration.demo.months import Int, day_number
from orchestration.demo.places import CITY
from orchestration.settings import PROJECT_ROOT

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
FILES = (
    "measures",
    "indicators",
    "windows",
    "registers",
    "age_groups",
    "visit_schedule",
    "policy_regimes",
    "policy_regime_starts",
)


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Measure(_Row):
    """What is counted, in which registers, and how months become a window."""

    measure: str
    of: str = Field(alias="register")
    kind: Literal["flow", "stock"]
    window_rule: Literal["sum", "mean_of_ends", "last", "last_of_24_months", "distinct"]
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
    effective: str | None
    per: float
    stratum_width: float
    annualised: bool
    interval_method: str
    valid_from: date | None
    valid_to: date | None

    @property
    def parts(self) -> list[str]:
        """Its measures."""
        return [part for part in (self.numerator, self.numerator_less, self.denominator, self.effective) if part]


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


class Regime(_Row):
    """How many children a policy allows every couple, and those that meet a condition."""

    regime: str
    valid_from: date
    children_allowed: int
    children_conditional: int


@dataclass(frozen=True)
class Definitions:
    """All of them, by name."""

    measures: dict[str, Measure]
    indicators: tuple[Indicator, ...]
    windows: tuple[Window, ...]
    registers: dict[str, RegisterRow]
    age_groups: tuple[str, ...]
    visit_days: tuple[tuple[int, int], ...]  # days from the last period between which each visit is due
    regimes: tuple[Regime, ...]

    def allowed(self, days: Int) -> tuple[Int, Int]:
        """How many children the regime of each day allows every couple, and some couples."""
        starts = [day_number(regime.valid_from) for regime in self.regimes]
        which = np.searchsorted(starts, days, side="right") - 1
        every = np.array([regime.children_allowed for regime in self.regimes], dtype=np.int32)
        some = np.array([regime.children_conditional for regime in self.regimes], dtype=np.int32)
        return every[which], some[which]

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


def _regimes() -> tuple[Regime, ...]:
    """The regimes of the city, oldest first: a local start date goes before the national one, the longest prefix first."""
    local = {
        row["regime"]: row["valid_from"]
        for row in sorted(_rows("policy_regime_starts"), key=lambda row: len(row["area_prefix"]))
        if CITY.startswith(row["area_prefix"])
    }
    rows = [row | {"valid_from": local.get(row["regime"], row["valid_from"])} for row in _rows("policy_regimes")]
    return tuple(sorted((Regime.model_validate(row) for row in rows), key=lambda regime: regime.valid_from))


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
        visit_days=tuple((int(row["from_day"]), int(row["to_day"])) for row in _rows("visit_schedule")),
        regimes=_regimes(),
    )
