"""Whether a birth is within the policy in force on its date (data/regimes.csv)."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np
from pydantic import BaseModel, TypeAdapter

from orchestration.demo.months import Bool, Int, day_number


class Regime(BaseModel):
    """Who may have a second and a third child from ``start`` on.

    Under every regime a first child of a married woman is within policy, and so is the second of an
    agricultural household whose first is a girl, and a second child with a special permit.
    """

    name: str
    start: date
    one_parent_only_child: bool
    second_child: bool
    third_child: bool


@cache
def regimes() -> tuple[Regime, ...]:
    """All regimes, oldest first."""
    text = files("orchestration.demo").joinpath("data/regimes.csv").read_text("utf-8")
    rows = TypeAdapter(list[Regime]).validate_python(list(csv.DictReader(text.splitlines())))
    return tuple(sorted(rows, key=lambda regime: regime.start))


def allowed(parity: Int, birth_day: Int, *, married: Bool, rural_girl: Bool, only_child: Bool, permit: Bool) -> Bool:
    """In policy or not, for births of ``parity`` on ``birth_day`` (all arrays of one length)."""
    table = regimes()
    starts = np.array([day_number(regime.start) for regime in table], dtype=np.int32)
    which = np.maximum(np.searchsorted(starts, birth_day, side="right") - 1, 0)
    second = np.array([regime.second_child for regime in table])[which]
    third = np.array([regime.third_child for regime in table])[which]
    one_parent = np.array([regime.one_parent_only_child for regime in table])[which]
    may_second = second | rural_girl | (only_child & one_parent) | permit
    by_parity = np.where(parity == 1, married, np.where(parity == 2, may_second, (parity == 3) & third))
    return np.asarray(by_parity, dtype=np.bool_)
