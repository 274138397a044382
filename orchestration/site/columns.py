"""Figures as text: a column of numbers is one comma-separated string, which JSON and the browser read fastest.

Rows that the page needs are laid on a frame of all areas and ends, so that a place in a string says which end it is.
"""

from typing import Any

from orchestration.site.data import Facts
from orchestration.site.figures import MONTH_ENDS, month_of, months_of
from orchestration.site.marts import Row

LETTERS = {
    "ok": "o",
    "provisional": "p",
    "no_delivery": "n",
    "not_applicable": "a",
    "empty_denominator": "e",
    "suppressed": "s",
}
ABSENT = "-"
CLOCKS = ("report", "event")
LEVELS = ("city", "county", "township")
ENDS = """
select "window" as win, period_end from indicator_values
where area_level in ('city', 'county', 'township') group by all order by all
"""


def number(column: str, digits: int = 3) -> str:
    """SQL: a number without trailing zeros, empty where there is none (never `-0`)."""
    return f"coalesce(rtrim(rtrim(printf('%.{digits}f', round({column}, {digits}) + 0.0), '0'), '.'), '')"


def figure(column: str) -> str:
    """SQL: a figure with the decimals that the pages show (see `digits_of`); `c` is its entry in the catalogue of indicators."""
    return f"case when c.better = 'band' then {number(column, 1)} else {number(column, 2)} end"


def letter(column: str, letters: dict[str, str] | None = None) -> str:
    """SQL: one letter per status."""
    whens = " ".join(f"when '{code}' then '{sign}'" for code, sign in (letters or LETTERS).items())
    return f"case {column} {whens} else '{ABSENT}' end"


def joined(expression: str, order: str, by: str = ",") -> str:
    """SQL: a column as one string in the order of the frame."""
    return f"string_agg({expression}, '{by}' order by {order})"


class Frame:
    """Ends of periods by window, and which of them a level shows."""

    def __init__(self, facts: Facts) -> None:
        rows = facts.marts.rows(ENDS)
        self.days: dict[str, list[Any]] = {}
        for row in rows:
            self.days.setdefault(row["win"], []).append(row["period_end"])
        self.windows = [window for window in facts.names("windows") if window in self.days]
        self._lengths, self._shortest, self._ends_in = facts.window_lengths, facts.shortest, facts.ends_in

    def shows(self, level: str, window: str, end: Any) -> bool:
        """Whether figures of a level are published for a window that ends then."""
        return months_of(self._lengths[window], end) >= self._shortest[level] and end.month in self._ends_in[level]

    @property
    def ends(self) -> dict[str, list[str]]:
        """Window -> `2015-03` of every end, in order."""
        return {window: [month_of(day) for day in self.days[window]] for window in self.windows}

    def yearly(self) -> dict[str, list[Any]]:
        """The last end of each window, the last that each level shows, and those whole years before; every end of rare ones."""
        return {
            window: [day for day in days if window not in MONTH_ENDS or day.month in self._last_months(window)]
            for window, days in self.days.items()
        }

    def _last_months(self, window: str) -> set[int]:
        days = self.days[window]
        shown = ([day.month for day in days if self.shows(level, window, day)] for level in LEVELS)
        return {days[-1].month, *(months[-1] for months in shown if months)}

    def last(self, count: int) -> dict[str, list[Any]]:
        """The last ends of each window."""
        return {window: days[-count:] for window, days in self.days.items()}

    def sql(self, days: dict[str, list[Any]]) -> str:
        """A relation (level, win, period_end, place, is_shown): ends in order, for levels that show some. Never without a row."""
        rows = [
            f"('{level}', '{window}', date '{day.isoformat()}', {place}, {self.shows(level, window, day)})"
            for level in LEVELS
            for window in self.windows
            if any(self.shows(level, window, day) for day in days.get(window, []))
            for place, day in enumerate(days[window])
        ]
        values = ", ".join(rows) or "('', '', date '1900-01-01', 0, false)"
        return f"(values {values}) as frame (level, win, period_end, place, is_shown)"


def packed(row: Row, names: tuple[str, ...]) -> Any:
    """The columns of a row; only the letters where all else is empty."""
    columns = [row[name] for name in names]
    return columns[-1] if not any(column.strip(",") for column in columns[:-1]) else columns


def put_clock(both: list[Any], clock: str, columns: Any) -> None:
    """Put the columns of a clock into [report, event]; what the event clock says as the report clock does is 0."""
    at = CLOCKS.index(clock)
    if at and isinstance(columns, list) and isinstance(both[0], list) and columns != both[0]:
        columns = [0 if own == other else own for own, other in zip(columns, both[0], strict=True)]
    both[at] = 0 if at and both[0] == columns else columns
