"""Reads the data files of the site as the pages' script does."""

import csv
import json
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_ROOT

LETTERS = {
    "ok": "o",
    "provisional": "p",
    "no_delivery": "n",
    "not_applicable": "a",
    "empty_denominator": "e",
    "suppressed": "s",
}
SCOPE = {
    row["area_level"]: (int(row["shortest_months"]), {int(month) for month in row["ends_in"].split("|")})
    for row in csv.DictReader(
        (PROJECT_ROOT / "dbt_project" / "seeds" / "publication_scope.csv").read_text(encoding="utf-8").splitlines()
    )
}
LENGTHS = {"month": 1, "quarter": 3, "half_year": 6, "policy_year": 12, "calendar_year": 12, "trailing_12_months": 12}


def data_of(site: Path, name: str) -> Any:
    """What a data file holds."""
    text = (site / "assets" / "data" / f"{name}.js").read_text(encoding="utf-8")
    return json.loads(text.split("]=", 1)[1].removesuffix(";\n"))


def of_clock(both: list, clock: str) -> Any:
    """What [report, event] holds of a clock: 0 stands for what the report clock has."""
    report, event = both
    if clock == "report" or event == 0:
        return report
    return (
        [report[n] if column == 0 else column for n, column in enumerate(event)] if isinstance(event, list) else event
    )


def unpacked(packed: Any, size: int) -> list[list[str]]:
    """Columns of a series as text: values, low, high, counts, letters."""
    if isinstance(packed, str):
        return [[""] * size for _ in range(5)] + [list(packed)]
    return [column.split(",") for column in packed[:5]] + [list(packed[5])]


def is_shown(text: str, value: float | None, indicator: str = "", digits: int = 2) -> bool:
    """Whether a figure stands in a data file with the decimals that pages show, rounded right (a tie either way)."""
    if value is None:
        return text == ""
    digits = 1 if indicator.startswith(("sex_ratio", "register_coverage")) else digits
    return len(text.partition(".")[2]) <= digits and abs(float(text) - value) <= 0.5 * 10**-digits + 1e-9


def is_published(level: str, window: str, month: str) -> bool:
    """Whether figures of a level are published for a window that ends in `2015-03`; the policy year to date grows on."""
    shortest, ends_in = SCOPE[level]
    number = int(month[5:])
    return LENGTHS.get(window, (number + 2) % 12 + 1) >= shortest and number in ends_in
