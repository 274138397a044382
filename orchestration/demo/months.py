"""Calendar arithmetic on day numbers (days since 1970-01-01) and month numbers (months since 1970-01)."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

Int = npt.NDArray[np.int32]
Bool = npt.NDArray[np.bool_]

NO_DAY = np.int32(-(2**31))
NEVER = np.int32(2**31 - 1)

_EPOCH = date(1970, 1, 1)
FIRST_DAY = date(1880, 1, 1)
LAST_DAY = date(2059, 12, 31)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def to_date(day: int) -> date:
    """The date of a day number."""
    return _EPOCH + timedelta(days=int(day))


def parse_month(text: str) -> int:
    """Month number of ``yyyy-mm``."""
    return (int(text[:4]) - 1970) * 12 + int(text[5:7]) - 1


def month_label(month: int, separator: str = "-") -> str:
    """``yyyy-mm`` of a month number."""
    return f"{1970 + month // 12:04d}{separator}{month % 12 + 1:02d}"


def month_of_year(month: int) -> int:
    """1 to 12."""
    return month % 12 + 1


def first_day(month: int) -> int:
    """Day number of the first of the month."""
    return day_number(date(1970 + month // 12, month % 12 + 1, 1))


def last_day(month: int) -> int:
    """Day number of the last of the month."""
    return first_day(month + 1) - 1


def policy_year_start(month: int) -> int:
    """Month number of the October in which the policy year of ``month`` begins."""
    return month - (month_of_year(month) - 10) % 12


_DAYS = np.arange(day_number(FIRST_DAY), day_number(LAST_DAY) + 1).astype("datetime64[D]")
_MONTH_OF_DAY = _DAYS.astype("datetime64[M]").astype(np.int32)
_YMD = (
    (_MONTH_OF_DAY // 12 + 1970) * 10000
    + (_MONTH_OF_DAY % 12 + 1) * 100
    + (_DAYS - _DAYS.astype("datetime64[M]")).astype(np.int32)
    + 1
).astype(np.int32)
_BASE = day_number(FIRST_DAY)


def ymd(days: Int) -> Int:
    """Days as integers yyyymmdd."""
    return np.asarray(_YMD[days - _BASE], dtype=np.int32)


def month_numbers(days: Int) -> Int:
    """Month number of each day."""
    return np.asarray(_MONTH_OF_DAY[days - _BASE], dtype=np.int32)


def completed_years(birth: Int, at: Int | int) -> Int:
    """Age in completed years on a day."""
    later = ymd(np.broadcast_to(np.asarray(at, dtype=np.int32), birth.shape))
    return np.asarray((later - ymd(birth)) // 10000, dtype=np.int32)
