"""Columns of events that grow month by month."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from orchestration.demo.months import NEVER, Int


class Records:
    """Event records in columns; a record's number is its row."""

    def __init__(self, **dtypes: str) -> None:
        self._columns: dict[str, npt.NDArray[Any]] = {name: np.zeros(0, dtype=kind) for name, kind in dtypes.items()}

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._columns[name]

    @property
    def names(self) -> list[str]:
        """The columns."""
        return list(self._columns)

    def add(self, **columns: npt.ArrayLike) -> None:
        """Append rows; every column must be given."""
        if columns.keys() != self._columns.keys():
            raise ValueError(f"columns differ: {sorted(columns.keys() ^ self._columns.keys())}")
        size = max((np.size(values) for values in columns.values() if np.ndim(values)), default=1)
        for name, values in columns.items():
            old = self._columns[name]
            new = np.broadcast_to(np.asarray(values), (size,)).astype(old.dtype)
            self._columns[name] = np.concatenate([old, new])


def new_births() -> Records:
    """Live births: who, when, of what parity, within policy or not, on paper when."""
    return Records(
        mother="i4", child="i4", day="i4", male="?", parity="i1", mother_birth="i4", in_policy="?",
        village="i4", institution="i2", name="i4", registered="i4",
    )  # fmt: skip


def new_deaths() -> Records:
    """Deaths of persons on the register."""
    return Records(person="i4", male="?", birth="i4", day="i4", village="i4", registered="i4")


def new_certificates() -> Records:
    """Birth certificates: the hospital's own word on a birth."""
    return Records(
        birth="i4", mother="i4", day="i4", male="?", institution="i2", village="i4", registered="i4"
    )  # fmt: skip


def registered_between(records: Records, first: int, last: int) -> Int:
    """Record numbers registered within two days (inclusive), oldest registration first."""
    registered = records["registered"]
    chosen = np.flatnonzero((registered >= first) & (registered <= last) & (registered != NEVER))
    return chosen[np.argsort(registered[chosen], kind="stable")].astype(np.int32)
