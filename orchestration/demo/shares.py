"""Faults of a whole file: a share of its cells is empty, implausible, contradictory or late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from orchestration.demo import people as p
from orchestration.demo.faults import RowFault
from orchestration.demo.months import NO_DAY, Bool, day_number
from orchestration.demo.registers import Frame
from orchestration.demo.text import Cells, Coded, Dates, Labels

LATE_DAYS = 60
FIRST_PARITY, PARITIES = 9, 7  # 9 to 15: allowed, and hardly ever true


def _empty(frame: Frame, column: str, rows: Bool) -> Cells:
    """These cells empty."""
    cells = frame.columns[column]
    if isinstance(cells, Dates):
        return Dates(np.where(rows, NO_DAY, cells.days))
    if not isinstance(cells, Coded):
        raise TypeError(f"{column} is neither coded nor a date")
    codes = np.where(rows, len(cells.labels.texts), cells.codes)
    return Coded(Labels([*cells.labels.texts, ""]), codes)


def _implausible(frame: Frame, column: str, rows: Bool) -> Cells:
    """Dates of birth around 1881, or parities of 9 and more."""
    cells = frame.columns[column]
    number = np.arange(len(rows))
    if isinstance(cells, Dates):
        return Dates(np.where(rows, day_number(date(1881, 1, 1)) + number % 700, cells.days).astype(np.int32))
    if not isinstance(cells, Coded):
        raise TypeError(f"{column} is neither coded nor a date")
    return Coded(cells.labels, np.where(rows, FIRST_PARITY + number % PARITIES, cells.codes))


def _contradicted(frame: Frame, column: str, rows: Bool) -> Cells:
    """Never married, though the date of first marriage stays."""
    cells = frame.columns[column]
    if not isinstance(cells, Coded):
        raise TypeError(f"{column} is a coded column")
    married = frame.days("first_marriage_date") != NO_DAY
    return Coded(cells.labels, np.where(rows & married, p.NEVER_MARRIED, cells.codes))


def _late(frame: Frame, column: str, rows: Bool) -> Cells:
    """The event lies two months further back, as if its paper had come late."""
    days = frame.days(column)
    if frame.register == "deaths":
        rows = rows & (frame.days("birth_date") < days - LATE_DAYS)
    return Dates(np.where(rows, days - LATE_DAYS, days).astype(np.int32))


@dataclass(frozen=True)
class ShareKind:
    """What happens to the cells of so large a share of a file's rows, and whether the right file follows as _1."""

    change: Callable[[Frame, str, Bool], Cells]
    share: float
    replaced: Callable[[str], bool]


def _never(_column: str) -> bool:
    return False


def _always(_column: str) -> bool:
    return True


SHARE_KINDS: dict[str, ShareKind] = {
    "high_missing_share": ShareKind(_empty, 0.3, _never),
    # parity counts in the figures of the truth, so its file does not stand
    "implausible_share": ShareKind(_implausible, 0.1, lambda column: column == "parity"),
    "contradiction_share": ShareKind(_contradicted, 0.3, _never),
    "late_share": ShareKind(_late, 0.4, _always),
}


def struck(
    frame: Frame, kind: str, column: str, faults: list[RowFault], rng: np.random.Generator
) -> tuple[Frame, Bool]:
    """The frame with the share's cells changed, in rows that have no fault of their own; and which rows these are."""
    rows = rng.random(len(frame)) < SHARE_KINDS[kind].share
    rows[[fault.row for fault in faults]] = False
    return replace(frame, columns=frame.columns | {column: SHARE_KINDS[kind].change(frame, column, rows)}), rows
