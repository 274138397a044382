"""How numbers are written: digits by indicator, intervals, targets, months."""

from collections.abc import Mapping
from datetime import date
from typing import Any

SYMBOLS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "="}
UNITS = {100.0: "%", 1000.0: "‰"}


def digits_of(indicator: Mapping[str, Any]) -> int:
    """Decimals shown: one for ratios judged by a band (sex ratio, coverage), two for the rest."""
    return 1 if indicator.get("better") == "band" else 2


def unit_of(indicator: Mapping[str, Any]) -> str:
    """The catalogue's unit; else the sign of its `per`. A sex ratio has none: it is not a share."""
    if indicator.get("unit"):
        return str(indicator["unit"])
    return "" if indicator.get("better") == "band" else UNITS.get(float(indicator.get("per") or 1), "")


def shown(value: float | None, digits: int) -> str:
    """A number with fixed decimals, thousands separated; an absent one is a dash."""
    return "–" if value is None else f"{value:,.{digits}f}"


def interval_text(low: float | None, high: float | None, digits: int) -> str:
    """`106.8 – 118.3`, or nothing where no interval exists."""
    return "" if low is None or high is None else f"{shown(low, digits)} – {shown(high, digits)}"


def plain(value: float) -> str:
    """A target as it was written: no trailing zeros."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def target_text(operator: str | None, target: float | None, upper: float | None) -> str:
    """`≥ 78.74`, `103 – 107`."""
    if target is None:
        return "–"
    if upper is not None:
        return f"{plain(target)} – {plain(upper)}"
    return f"{SYMBOLS.get(operator or '', operator or '')} {plain(target)}".strip()


def month_of(day: date) -> str:
    """`2015-03` of any day in March 2015."""
    return f"{day.year:04d}-{day.month:02d}"


def year_before(month: str) -> str:
    """The same month one year earlier."""
    return f"{int(month[:4]) - 1:04d}{month[4:]}"


def compact(value: float | None, digits: int = 3) -> float | int | None:
    """A number as the data block carries it: rounded, whole where it is whole."""
    if value is None:
        return None
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded


def count(text: str | None) -> int | str | None:
    """A shown count: a number where it is one, the text `1-7` where it is protected."""
    if text is None:
        return None
    return int(text) if text.lstrip("-").isdigit() else text


MONTH_ENDS = ("month", "policy_year_to_date", "trailing_12_months")


def months_of(length: int | None, end: date) -> int:
    """How many months a window spans at its end; one without a length has run since October."""
    return length or (end.month + 2) % 12 + 1
