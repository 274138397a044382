"""The truth table: truth/measures.parquet and truth/indicators.parquet, reckoned before any file is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from orchestration.demo.arrivals import Hits
from orchestration.demo.book import Book, Flow
from orchestration.demo.flows import inspected, note_flows
from orchestration.demo.linked import Linked
from orchestration.demo.months import parse_month
from orchestration.demo.reckoning import Reckoner, Span, write_indicators
from orchestration.demo.registry import OfficialPopulation
from orchestration.demo.sight import Sight
from orchestration.demo.standing import SheetRow, Standing

# indicators of villages are reckoned in a small city only: they are most of the table, and nearly all of them noughts
VILLAGES_WITH_INDICATORS = 100
HALF_A_DIGIT = 0.0050001  # of the two decimals of a reported value, and a hair for binary fractions


def write_table(
    folder: Path, linked: Linked, standing: Standing, hits: Hits, official: OfficialPopulation, first_year: int
) -> None:
    """Write both files; ``first_year`` is the first year of the official figures."""
    ground, run = standing.ground, standing.run
    few = ground.starts["township"] <= VILLAGES_WITH_INDICATORS
    book = Book(folder / "measures.parquet", ground, run, 0 if few else ground.starts["township"])
    sight = Sight(linked, ground, run, hits)
    note_flows(sight, book)
    standing.close(book, linked, official, first_year)
    houses = standing.sheets["facilities"]
    struck = {row.cells["institution"] for row in houses if row.hit}
    book.seen(inspected(sight, {row.cells["institution"] for row in houses}, struck))
    _note_reported(standing, hits, linked, book)
    write_indicators(Reckoner(book), folder / "indicators.parquet")
    book.close()


def _note_reported(standing: Standing, hits: Hits, linked: Linked, book: Book) -> None:
    """Reported figures, and those that the records bear out on the report clock."""
    rows, reckoner, ground = standing.sheets["reported_figures"], Reckoner(book), standing.ground
    event = np.array([_last_month(row) for row in rows], dtype=np.int32)
    report = np.array([row.month for row in rows], dtype=np.int32)
    place = np.array([ground.number[row.cells["area"]] for row in rows], dtype=np.int32)
    # a birth that comes late or wrong may move every later figure of its township
    births = linked.life.births["village"][hits.mask("births", len(linked.life.births))]
    doubtful = np.isin(place, ground.above[births])
    hit = np.array([row.hit for row in rows], dtype=np.bool_)
    borne_out = np.array(
        [_confirmed(row, int(at), reckoner) for row, at in zip(rows, place, strict=True)], dtype=np.bool_
    )
    book.flow(Flow("reported_figures", event, report, place, hit))
    told = Flow("reported_figures_confirmed", event, report, place, hit | doubtful)
    # a doubtful figure that is not borne out may come out right all the same: it weighs nothing, its doubt weighs one
    book.flow(replace(told.among(told.measure, borne_out), doubted=told.among("", told.hit)))


def _last_month(row: SheetRow) -> int:
    return parse_month(row.cells["period_to"])


def _confirmed(row: SheetRow, place: int, reckoner: Reckoner) -> bool:
    """Whether the value is that of the records, rounded to its two decimals; what cannot be reckoned is not confirmed."""
    cells = row.cells
    indicator = next((one for one in reckoner.defined.indicators if one.indicator == cells["indicator"]), None)
    if indicator is None:
        return False
    span = Span("", parse_month(cells["period_from"]), _last_month(row))
    figures = reckoner.figures(indicator, span, "report")
    at = place - reckoner.book.kept_from
    return bool(abs(float(cells["value"]) - figures.value[at]) <= HALF_A_DIGIT)
