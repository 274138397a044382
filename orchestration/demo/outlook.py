"""The births to come: a pregnancy is on record before its birth, so the life course is lived twice."""

from __future__ import annotations

from collections.abc import Callable

from orchestration.demo.life import Life
from orchestration.demo.records import Records

MONTHS_AHEAD = 10  # a pregnancy of the last month is born by then


def foresee(make: Callable[[], Life], last_month: int) -> tuple[Records, Records]:
    """Births up to ten months after ``last_month``, with the day each mother came on the register.

    Lives a second life with the same streams, which ends in the same births, and forgets it.
    """
    life = make()
    for month in range(life.first_month, last_month + MONTHS_AHEAD + 1):
        life.step(month)
    arrived = Records(entered="i4")
    arrived.add(entered=life.people["entered"][life.births["mother"]])
    return life.births, arrived
