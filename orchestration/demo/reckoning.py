"""Indicators from measures: windows, ratios and statuses, by the definitions and decisions 0011 and 0015, in numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.demo.arrivals import coverage
from orchestration.demo.book import CLOCKS, Book
from orchestration.demo.definitions import Indicator, Measure, Window, definitions
from orchestration.demo.ground import Float
from orchestration.demo.months import last_day, month_of_year, policy_year_start

STATUSES = ("ok", "empty_denominator", "no_delivery", "not_applicable")
OK, EMPTY, NO_DELIVERY, NOT_APPLICABLE = range(4)


@dataclass(frozen=True)
class Span:
    """A window that ends: its first and last month."""

    window: str
    first: int
    last: int

    @property
    def months(self) -> int:
        """How many months it has."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Figures:
    """An indicator in one window, on one clock, in all areas; the doubts are those of its two parts."""

    numerator: Float
    denominator: Float
    effective_size: Float
    value: Float
    status: np.ndarray
    numerator_doubt: Float
    denominator_doubt: Float


def spans(window: Window, first: int, last: int) -> Iterator[Span]:
    """The windows of a kind that end in these months."""
    for month in range(first, last + 1):
        if month_of_year(month) % window.every_months == window.ends_in:
            start = month - window.length_months + 1 if window.length_months else policy_year_start(month)
            yield Span(window.window, start, month)


class Reckoner:
    """Totals of measures in windows, and indicators from them."""

    def __init__(self, book: Book) -> None:
        self.book, self.run = book, book.run
        self.defined = definitions()
        self._cover = {name: coverage(name, book.run) for name in self.defined.registers if name != "areas"}
        self._available: dict[tuple[str, int, int, str], bool] = {}

    def _covered(self, measure: Measure, month: int, *, own: bool = False) -> bool:
        """Whether its registers speak for the month (``own``: by a delivery of that very month)."""
        at = month - self.run.window_first
        return at >= 0 and all(bool(self._cover[register][own][at]) for register in measure.registers)

    def available(self, name: str, span: Span, clock: str) -> bool:
        """A flow needs all its months, on the report clock the last one's own delivery; a stock needs its last month."""
        asked = (name, span.first, span.last, clock)
        if asked not in self._available:
            self._available[asked] = self._is_available(self.defined.measures[name], span, clock)
        return self._available[asked]

    def _is_available(self, measure: Measure, span: Span, clock: str) -> bool:
        if measure.window_rule == "last_of_24_months":
            return all(self._covered(measure, month) for month in range(span.last - 23, span.last + 1))
        if measure.kind == "stock":
            return self._covered(measure, span.last)
        months = all(self._covered(measure, month) for month in range(span.first, span.last + 1))
        return months and (clock == "event" or self._covered(measure, span.last, own=True))

    def total(self, name: str, stratum: str, span: Span, clock: str) -> tuple[Float, Float]:
        """A measure in a window, by its own rule, and its doubt; to four decimals, which squares of weights have."""
        measure = self.defined.measures[name]
        if measure.window_rule == "distinct":
            value, doubt = self.book.distinct(name, clock, span.first, span.last)
            return value[self.book.kept_from :], doubt[self.book.kept_from :]
        first, last = (month - self.run.window_first for month in (span.first, span.last))
        both = []
        for grid in (self.book.value[name, stratum, clock], self.book.doubt[name, stratum, clock]):
            if measure.window_rule == "sum":
                both.append(np.round(grid[max(first, 0) : last + 1].sum(axis=0), 4))
            elif measure.window_rule == "mean_of_ends" and self._covered(measure, span.first - 1):
                both.append((grid[first - 1] + grid[last]) / 2)
            else:
                both.append(grid[last])
        return both[0], both[1]

    def _in_force(self, indicator: Indicator, span: Span) -> Span:
        """The months of the window on any day of which the rule was in force (decision 0020)."""
        first, last = span.first, span.last
        if indicator.valid_from:
            first = max(first, _month(indicator.valid_from))
        if indicator.valid_to:
            last = min(last, _month(indicator.valid_to - timedelta(days=1)))
        return Span(span.window, first, last)

    def _known(self, indicator: Indicator, span: Span, clock: str) -> int:
        if span.months < 1:
            return NOT_APPLICABLE
        return OK if all(self.available(part, span, clock) for part in indicator.parts) else NO_DELIVERY

    def _status(self, indicator: Indicator, below: Float | None) -> npt.NDArray[np.int64]:
        """Where the indicator has a value: a measure that knows no villages says nothing of them."""
        status = np.full(len(self.book.ground) - self.book.kept_from, OK)
        if below is not None:
            status[below == 0] = EMPTY
        if any(self.defined.measures[part].finest_level != "village" for part in indicator.parts):
            status[: max(self.book.ground.starts["township"] - self.book.kept_from, 0)] = NO_DELIVERY
        return status

    def figures(self, indicator: Indicator, span: Span, clock: str) -> Figures:
        """The indicator everywhere: per x the sum over strata of ratios, scaled to a year where it is annualised."""
        span = self._in_force(indicator, span)
        known, size = self._known(indicator, span, clock), len(self.book.ground) - self.book.kept_from
        nothing = np.full(size, np.nan)
        if known != OK:
            return Figures(nothing, nothing, nothing, nothing, np.full(size, known), nothing, nothing)
        strata = [self._parts(indicator, stratum, span, clock) for stratum in self.defined.strata(indicator.numerator)]
        above, above_doubt, below, below_doubt = (sum(part) for part in zip(*strata, strict=True))
        factor = indicator.per * indicator.stratum_width * (12 / span.months if indicator.annualised else 1)
        if indicator.denominator is None:
            below, status, value = nothing, self._status(indicator, None), factor * above
        else:
            with np.errstate(divide="ignore", invalid="ignore"):
                value = factor * sum(np.where(part[2] > 0, part[0] / part[2], 0.0) for part in strata)
            status = self._status(indicator, below)
        there = status != NO_DELIVERY
        above, below, effective, value = (
            np.where(there, above, np.nan),
            np.where(there, below, np.nan),
            np.where(status == OK, self._effective(indicator, below, span, clock), np.nan),
            np.where(status == OK, value, np.nan),
        )
        return Figures(above, below, effective, value, status, above_doubt, below_doubt)

    def _effective(self, indicator: Indicator, weights: Float, span: Span, clock: str) -> Float:
        """Kish's effective number of interviews of a weighted share: (sum of weights)^2 / sum of squared weights.

        Of amounts of money the payments behind them.
        """
        if indicator.effective is None:
            return np.full_like(weights, np.nan)
        squares, _ = self.total(indicator.effective, "", span, clock)
        if indicator.interval_method != "weighted_share":
            return squares
        with np.errstate(divide="ignore", invalid="ignore"):
            return weights**2 / squares

    def _parts(self, indicator: Indicator, stratum: str, span: Span, clock: str) -> tuple[Float, Float, Float, Float]:
        """Numerator and denominator of a stratum, each with its doubt."""
        above, above_doubt = self.total(indicator.numerator, stratum, span, clock)
        if indicator.numerator_less:
            less, less_doubt = self.total(indicator.numerator_less, stratum, span, clock)
            above, above_doubt = above - less, above_doubt + less_doubt
        if indicator.denominator is None:
            return above, above_doubt, np.zeros_like(above), np.zeros_like(above)
        return (above, above_doubt, *self.total(indicator.denominator, stratum, span, clock))


def write_indicators(reckoner: Reckoner, path: Path) -> None:
    """Every indicator of which all measures are in the book: one row per area, indicator, window, end and clock."""
    run, defined = reckoner.run, reckoner.defined
    live = defined.live(measure for measure, _, _ in reckoner.book.value)
    ends = [span for window in defined.windows for span in spans(window, run.first, run.last)]
    cells = [(indicator, span, clock) for indicator in live for span in ends for clock in CLOCKS]
    found = [reckoner.figures(*cell) for cell in cells]
    places = slice(reckoner.book.kept_from, None)
    codes, levels = reckoner.book.ground.codes[places], reckoner.book.ground.levels[places].tolist()
    ends_of = np.repeat(np.array([last_day(span.last) for _, span, _ in cells], dtype=np.int32), len(codes))
    columns: dict[str, pa.Array] = {
        "area_code": _listed(codes, 1, len(cells)),
        "area_level": _listed(levels, 1, len(cells)),
        "indicator": _listed([indicator.indicator for indicator, _, _ in cells], len(codes), 1),
        "window": _listed([span.window for _, span, _ in cells], len(codes), 1),
        "period_end": pa.array(ends_of).cast(pa.date32()),
        "clock": _listed([clock for _, _, clock in cells], len(codes), 1),
        "status": pa.DictionaryArray.from_arrays(
            pa.array(np.concatenate([one.status for one in found]), type=pa.int8()), list(STATUSES)
        ),
    }
    for name in ("numerator", "denominator", "effective_size", "value", "numerator_doubt", "denominator_doubt"):
        columns[name] = pa.array(np.concatenate([getattr(one, name) for one in found]), from_pandas=True)
    hidden = path.with_name(f".{path.name}.part")
    pq.write_table(pa.table(columns), hidden, compression="zstd")
    hidden.replace(path)


def _month(day: date) -> int:
    return (day.year - 1970) * 12 + day.month - 1


def _listed(texts: Sequence[str], each: int, times: int) -> pa.Array:
    """A dictionary array of the texts, each so many times in a row, and all that so many times."""
    number = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    codes = np.array([number[text] for text in texts], dtype=np.int16)
    return pa.DictionaryArray.from_arrays(pa.array(np.tile(np.repeat(codes, each), times)), list(number))
