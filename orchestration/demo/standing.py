"""The truth of what stands at each month's end, and of the registers whose rows the offices make as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from orchestration.demo import people as p
from orchestration.demo import procedures
from orchestration.demo.arrivals import Hits, deliveries
from orchestration.demo.book import Book, Flow, Sightings
from orchestration.demo.definitions import definitions
from orchestration.demo.ground import Float, Ground
from orchestration.demo.life import Life
from orchestration.demo.linked import MARRIED, YES, Linked, married_women
from orchestration.demo.months import NEVER, Bool, Int, completed_years, first_day, last_day, parse_month
from orchestration.demo.registers import Frame
from orchestration.demo.registry import OfficialPopulation
from orchestration.demo.schedules import schedules
from orchestration.demo.services import GYNAECOLOGY, SCREENING_MONTHS
from orchestration.demo.text import Coded
from orchestration.demo.truth import Run

LONG_ACTING = (procedures.IUD, procedures.IMPLANT, procedures.LIGATION, procedures.VASECTOMY)
# which register each stock's rows are of, and so whose faults put it in doubt
SHEETS = ("staff", "facilities", "budgets", "surveys", "spot_checks", "inspections", "reported_figures")
STOCKS = ("population", "contraception_use", "insurance", "staff", "facilities")
Row = dict[str, str]


@dataclass(frozen=True)
class SheetRow:
    """A row of a sheet before any fault, in which file it stood, and whether a fault struck it."""

    month: int
    cells: Row
    hit: bool


class Standing:
    """Notes every month what stands, and the sheets as they leave."""

    def __init__(self, ground: Ground, run: Run, hits: Hits) -> None:
        self.ground, self.run, self.hits = ground, run, hits
        self.sheets: dict[str, list[SheetRow]] = {register: [] for register in SHEETS}
        self._stocks: dict[tuple[str, str, str], Float] = {}
        self._screened: list[tuple[int, Int, Int]] = []  # month, checks, women

    def _grid(self) -> Float:
        return np.zeros((self.run.last - self.run.window_first + 1, len(self.ground)))

    def _count(self, register: str, measure: str, month: int, place: Int, stratum: str = "") -> None:
        """So many rows in each area at the month's end."""
        grid = self._stocks.setdefault((register, measure, stratum), self._grid())
        grid[month - self.run.window_first] += np.bincount(place, minlength=len(self.ground))

    def month(self, linked: Linked, month: int) -> None:
        """Persons, married women and the insured at the month's end."""
        life = linked.life
        people, today = life.people, last_day(month)
        on_file = life.on_file(month)
        here = on_file & (people["status"] == p.REGISTERED)
        for measure, rows in (("register_rows", on_file), ("register_persons", on_file), ("population", here)):
            self._count("population", measure, month, people["village"][rows])
        self._count("population", "register_duplicates", month, np.zeros(0, dtype=np.int32))
        women = np.flatnonzero(here & ~people["male"])
        age = completed_years(people["birth"][women], today)
        fertile = (age >= 15) & (age <= 49)
        women, age = women[fertile], age[fertile]
        self._count("population", "women_15_49", month, people["village"][women])
        married = np.isin(people["marital"][women], MARRIED)
        self._count("population", "married_women_15_49", month, people["village"][women[married]])
        self._screen(linked, month, women[married].astype(np.int32))
        for group in definitions().age_groups:
            low, high = (int(bound) for bound in group.split("-"))
            self._count(
                "population", "women_by_age", month, people["village"][women[(age >= low) & (age <= high)]], group
            )
        self._contraception(life, month)
        self._insured(life, month)

    def _screen(self, linked: Linked, month: int, women: Int) -> None:
        """Of the married women those who were screened in the 24 months up to this one, as far as files tell."""
        made = linked["health_checks"]
        since = max(first_day(month - SCREENING_MONTHS + 1), first_day(self.run.window_first))
        rows = (made["kind"] == GYNAECOLOGY) & (made["registered"] >= since) & (made["registered"] <= last_day(month))
        checks = np.flatnonzero(rows)
        screened = women[np.isin(women, made["person"][checks])]
        self._count("health_checks", "gyn_screened", month, linked.life.people["village"][screened])
        self._screened.append((month, checks.astype(np.int32), screened))

    def _doubt_screenings(self, linked: Linked) -> None:
        """A struck check may be missing or late; what is wrong with a woman's own row is so here too."""
        made, struck = linked["health_checks"], self.hits.mask("health_checks", len(linked["health_checks"]))
        for month, checks, women in self._screened:
            doubtful = women[np.isin(women, made["person"][checks[struck[checks]]])]
            self.struck("health_checks", month, linked.life.people["village"][doubtful])
            for place in self.hits.places.get(("population", month), []):
                self.struck("health_checks", month, place)

    def _contraception(self, life: Life, month: int) -> None:
        people, women = life.people, married_women(life, month)
        women = women[~np.isin(people["method"][women], (0, procedures.NONE))]
        chosen = people["informed"][women] == YES
        lasting = np.isin(people["method"][women], LONG_ACTING)
        for measure, who in (
            ("users_any", women), ("users_informed_choice", women[chosen]), ("users_long_acting", women[lasting])
        ):  # fmt: skip
            self._count("contraception_use", measure, month, people["village"][who])

    def _insured(self, life: Life, month: int) -> None:
        if month in deliveries("insurance", self.run):
            people = life.people
            who = (people["status"] == p.REGISTERED) & (people["entered"] <= last_day(month))
            who &= np.arange(people.count) % schedules().offices.insured_sample == 7
            self._count("insurance", "insured", month, people["village"][who])

    def see(self, frame: Frame, hit_rows: Iterable[int]) -> None:
        """A sheet as it is before its faults, and the rows that they strike."""
        if frame.register not in SHEETS:
            return
        columns = {name: _texts(frame, name) for name in frame.columns}
        hit = set(hit_rows)
        rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
        self.sheets[frame.register] += [SheetRow(frame.month, cells, at in hit) for at, cells in enumerate(rows)]

    def struck(self, register: str, month: int, place: Int) -> None:
        """Rows in these areas are in doubt at the month's end."""
        self.hits.places.setdefault((register, month), []).append(place)

    def close(self, book: Book, linked: Linked, official: OfficialPopulation, first_year: int) -> None:
        """Everything into the book."""
        self._posts_and_houses()
        self._doubt_screenings(linked)
        for (register, measure, stratum), grid in self._stocks.items():
            book.stock(measure, stratum, self._filled(register, grid), self._filled(register, self._doubt(register)))
        self._townships(book)
        self._official(book, official, first_year)
        self._budgets(book)
        self._polls(book)
        self._visits(book)

    def _posts_and_houses(self) -> None:
        for register, measures in (("staff", STAFF), ("facilities", FACILITIES)):
            for measure, counts in measures.items():
                for month in deliveries(register, self.run).tolist():
                    rows = [row for row in self.sheets[register] if row.month == month and counts(row.cells)]
                    self._count(register, measure, month, self._places(rows))
            for row in self.sheets[register]:
                if row.hit:
                    self.struck(register, row.month, self._places([row]))

    def _places(self, rows: Iterable[SheetRow]) -> Int:
        return np.array([self.ground.number[row.cells["area"]] for row in rows], dtype=np.int32)

    def _doubt(self, register: str) -> Float:
        grid = self._grid()
        for (name, month), places in self.hits.places.items():
            if name == register:
                for place in places:
                    grid[month - self.run.window_first] += np.bincount(place, minlength=len(self.ground))
        return grid

    def _filled(self, register: str, grid: Float) -> Float:
        """What was delivered stands until the next delivery."""
        given, filled = deliveries(register, self.run) - self.run.window_first, grid.copy()
        for at in range(len(grid)):
            before = given[given <= at]
            if len(before):
                filled[at] = grid[before[-1]]
        return filled

    def _townships(self, book: Book) -> None:
        grid = self._grid()
        grid[:, self.ground.starts["township"] : self.ground.starts["county"]] = 1
        book.stock("townships", "", grid, self._grid())

    def _official(self, book: Book, official: OfficialPopulation, first_year: int) -> None:
        """The newest mid-year or year-end figure; before the first one, the first."""
        grid = self._grid()
        for county in range(len(self.ground.codes) - 1 - self.ground.starts["county"]):
            known: dict[int, dict[str, int]] = {}
            for year in range(first_year, 1970 + self.run.last // 12 + 1):
                for code, middle, end in official.figures(county, year):
                    known.setdefault((year - 1970) * 12 + 5, {})[code] = middle
                    known.setdefault((year - 1970) * 12 + 11, {})[code] = end
            for at in range(len(grid)):
                past = [month for month in known if month <= self.run.window_first + at]
                for code, persons in known[max(past) if past else min(known)].items():
                    if not code.endswith("000000"):
                        grid[at, self.ground.number[code]] = persons
        book.stock("official_population", "", grid, self._grid())

    def _budgets(self, book: Book) -> None:
        """A twelfth of the year's line in each of its months; the newest file speaks."""
        given = deliveries("budgets", self.run)
        grid, doubt = self._grid(), self._grid()
        rows = [row for row in self.sheets["budgets"] if len(given) and row.month == given[-1]]
        for row in rows:
            january = parse_month(f"{row.cells['year']}-01") - self.run.window_first
            months = slice(max(january, 0), max(january + 12, 0))
            grid[months, self.ground.number[row.cells["area"]]] += float(row.cells["amount"]) / 12
            doubt[months, self.ground.number[row.cells["area"]]] += float(row.cells["amount"]) / 12 * row.hit
        book.stock("budget_amount", "", grid, doubt)

    def _flow(self, rows: list[SheetRow], day: str) -> Flow:
        """Rows on a day of theirs; an empty one does not count."""
        event = np.array([_month(row.cells[day]) for row in rows], dtype=np.int32)
        report = np.array([row.month for row in rows], dtype=np.int32)
        hit = np.array([row.hit for row in rows], dtype=np.bool_)
        return Flow("", event, report, self._places(rows), hit)

    def _polls(self, book: Book) -> None:
        asked, checked = self.sheets["surveys"], self.sheets["spot_checks"]
        every, weight = self._flow(asked, "interview_date"), np.array([float(row.cells["weight"]) for row in asked])
        every = Flow("", every.event, every.report, every.place, every.hit, weight)
        book.flow(replace(every, measure="survey_weight"))
        book.flow(replace(every, measure="survey_weight_squared", weight=weight**2))
        for answer in ("aware_rights", "aware_methods", "aware_policy", "satisfied", "participated"):
            book.flow(every.among(f"survey_{answer}", _says(asked, answer)))
        every = self._flow(checked, "checked_on")
        book.flow(every.among("spot_fields_checked", np.ones(len(checked), dtype=np.bool_)))
        book.flow(every.among("spot_fields_matching", _says(checked, "matches")))

    def _visits(self, book: Book) -> None:
        rows = self.sheets["inspections"]
        every = self._flow(rows, "visited_on")
        book.flow(every.among("supervision_items", np.ones(len(rows), dtype=np.bool_)))
        book.flow(every.among("supervision_items_passed", _says(rows, "passed")))
        found = self._flow(rows, "rectify_by")
        report = np.where(found.event != NEVER, np.maximum(found.report, found.event), NEVER)
        found = Flow("", found.event, report, found.place, found.hit)
        book.flow(found.among("findings_due", found.event != NEVER))
        mended = np.array(["" < row.cells["rectified_on"] <= row.cells["rectify_by"] for row in rows], dtype=np.bool_)
        book.flow(found.among("findings_rectified_timely", mended))
        county = self.ground.starts["county"]
        town = np.where(every.place < self.ground.starts["township"], self.ground.above[every.place], every.place)
        within = town < county
        book.seen(
            Sightings(
                "townships_visited", town[within], every.event[within], every.report[within], town[within],
                every.hit[within],
            )
        )  # fmt: skip


STAFF: dict[str, Callable[[Row], bool]] = {
    "staff_posts": lambda row: True,
    "staff_paid": lambda row: float(row["pay_paid"]) >= float(row["pay_due"]),
    "staff_established": lambda row: row["on_establishment"] == "是",
    "staff_medical": lambda row: row["post_type"] == "医技",
    "staff_medical_established": lambda row: row["post_type"] == "医技" and row["on_establishment"] == "是",
    "staff_medical_certified": lambda row: row["post_type"] == "医技" and row["certified"] == "是",
}
FACILITIES: dict[str, Callable[[Row], bool]] = {
    "institutions": lambda row: True,
    "facilities_county": lambda row: row["level"] == "区县",
    "facilities_county_standard": lambda row: row["level"] == "区县" and row["standardised"] == "是",
    "facilities_township": lambda row: row["level"] == "镇办",
    "facilities_township_standard": lambda row: row["level"] == "镇办" and row["standardised"] == "是",
}


def _texts(frame: Frame, column: str) -> list[str]:
    cells = frame.columns[column]
    if not isinstance(cells, Coded):
        raise TypeError(f"{column} of {frame.register} is not made of texts")
    return [cells.labels.texts[code] for code in cells.codes.tolist()]


def _month(day: str) -> int:
    return parse_month(day) if day else int(NEVER)


def _says(rows: list[SheetRow], column: str) -> Bool:
    return np.array([row.cells[column] == "是" for row in rows], dtype=np.bool_)
