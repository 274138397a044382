"""What offices do: inspect institutions, pursue cases, pay benefits; and the registers they keep of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from orchestration.demo import people as p
from orchestration.demo.life import INSTITUTIONS_PER_COUNTY
from orchestration.demo.linked import MARRIED, Linked, days_between, perhaps, some
from orchestration.demo.months import Int, first_day, last_day, month_of_year, to_date
from orchestration.demo.places import City
from orchestration.demo.schedules import schedules
from orchestration.demo.streams import stream

ITEMS = ("B超管理", "终止妊娠药品", "实名登记")
ACTS = ("非法鉴定", "非法终止", "药品器械")
LEADS = ("举报", "检查", "数据比对", "移交")
PROGRAMMES = ("奖励扶助", "特别扶助", "独生子女奖励")
YEARLY_SUMS = (960, 4080, 120)
BENEFIT_MONTH = 6
POST_TYPES = ("行政", "医技", "统计", "村级专干")
LEVELS = ("区县", "镇办", "村居")


def step(linked: Linked, month: int) -> None:
    """Inspections and cases of the month, and in June the benefits of the year."""
    _inspect(linked, month)
    _pursue(linked, month)
    if month_of_year(month) == BENEFIT_MONTH:
        _pay_benefits(linked, month)


def _somewhere(linked: Linked, institution: Int) -> Int:
    """A village of each institution's county: it only says to which county's file a row belongs."""
    first = np.array([linked.life.city.villages_of(county)[0] for county in range(len(linked.life.city.counties))])
    return np.asarray(first[institution // INSTITUTIONS_PER_COUNTY], dtype=np.int32)


def _inspect(linked: Linked, month: int) -> None:
    rng, table = linked.rng("inspect", month), schedules().offices
    everyone = np.arange(len(linked.life.city.counties) * INSTITUTIONS_PER_COUNTY, dtype=np.int32)
    visited = np.repeat(some(rng, everyone, table.inspections_per_institution_month), len(ITEMS))
    size = len(visited)
    day = np.repeat(days_between(rng, size // len(ITEMS), (first_day(month), last_day(month))), len(ITEMS))
    passed = rng.random(size) < table.inspection_passed
    mended = perhaps(day + days_between(rng, size, (5, 60)), ~passed & (rng.random(size) < table.rectified))
    linked["institution_inspections"].add(
        institution=visited, village=_somewhere(linked, visited), item=np.arange(size) % len(ITEMS), passed=passed,
        rectified=mended, registered=day,
    )  # fmt: skip


def _pursue(linked: Linked, month: int) -> None:
    """A few cases a year in each county."""
    rng, table = linked.rng("two-acts", month), schedules().offices
    counties = len(linked.life.city.counties)
    county = np.repeat(np.arange(counties), rng.poisson(table.two_acts_per_county_month, counties))
    size = len(county)
    institution = (county * INSTITUTIONS_PER_COUNTY + rng.integers(0, INSTITUTIONS_PER_COUNTY, size)).astype(np.int32)
    filed = days_between(rng, size, (first_day(month), last_day(month)))
    closed = perhaps(filed + days_between(rng, size, (30, 180)), rng.random(size) < table.two_acts_closed)
    linked["two_acts_cases"].add(
        institution=institution, village=_somewhere(linked, institution), act=rng.integers(0, len(ACTS), size),
        lead=rng.integers(0, len(LEADS), size), registered=filed, closed=closed, typical=rng.random(size) < 0.25,
        practitioners=rng.integers(0, 2, size), institutions=rng.random(size) < 0.1, sentenced=rng.random(size) < 0.1,
        fine=rng.integers(5, 60, size) * 1000,
    )  # fmt: skip


def _pay_benefits(linked: Linked, month: int) -> None:
    rng, table, people = linked.rng("benefits", month), schedules().offices, linked.life.people
    age = (first_day(month) - people["birth"]) / 365.25
    here = people["living"] & (people["status"] == p.REGISTERED) & (people["entered"] <= first_day(month))
    one = ~people["male"] & (age >= 25) & (age < 50) & (people["children"] == 1) & np.isin(people["marital"], MARRIED)
    groups = (
        (people["agricultural"] & (age >= 60), table.benefit_family_reward),
        (age >= 49, table.benefit_special),
        (one, table.benefit_only_child),
    )
    for programme, (entitled, share) in enumerate(groups):
        # the same persons every year: whether one receives it hangs on the number, not on the year
        luck = stream(linked.seed, "benefit-luck", programme).random(people.count)
        who = np.flatnonzero(here & entitled & (luck < share)).astype(np.int32)
        size, due = len(who), last_day(month) - 10
        way = rng.random(size)
        late = (way >= table.benefit_on_time) & (way < table.benefit_on_time + table.benefit_late)
        day = np.where(late, due + days_between(rng, size, (5, 120)), due - days_between(rng, size, (0, 25)))
        nothing = way > 0.995
        paid = np.where(way < table.benefit_on_time + table.benefit_late, 1.0, 0.5) * YEARLY_SUMS[programme]
        linked["benefits"].add(
            person=who, village=people["village"][who], programme=programme, year=1970 + month // 12,
            due=YEARLY_SUMS[programme], paid=np.where(nothing, 0, paid), registered=due,
            paid_on=perhaps(day, ~nothing),
        )  # fmt: skip


def institution_codes(counties: tuple[str, ...]) -> tuple[str, ...]:
    """Institution codes by number: county and a serial."""
    return tuple(f"YL{county}{serial + 1:02d}" for county in counties for serial in range(INSTITUTIONS_PER_COUNTY))


@dataclass(frozen=True)
class Bureau:
    """A county's own house: townships and villages in words, posts, institutions."""

    city: City
    county: int
    seed: int

    @property
    def code(self) -> str:
        """Six digits."""
        return self.city.counties[self.county]

    @property
    def area(self) -> str:
        """Twelve digits."""
        return f"{self.code}000000"

    @cached_property
    def townships(self) -> list[str]:
        """Twelve digits of each township."""
        return [f"{code}000" for code in self.city.townships if code.startswith(self.code)]

    @cached_property
    def villages(self) -> list[str]:
        """Twelve digits of each village."""
        return [code for code in self.city.villages if code.startswith(self.code)]

    def rng(self, purpose: str, *keys: int) -> np.random.Generator:
        """The house's stream for a purpose."""
        return stream(self.seed, f"bureau-{purpose}", self.county, *keys)

    def posts(self, month: int) -> list[list[str]]:
        """Rows of the staff register; pay is the year's so far."""
        table, rng, pay_rng = schedules().offices, self.rng("posts"), self.rng("pay", month)
        places = [(self.area, 0, n) for n in range(table.posts_county)]
        places += [(area, 1, n) for area in self.townships for n in range(table.posts_township)]
        places += [(area, 2, 3) for area in self.villages]
        rows = []
        for number, (area, level, kind) in enumerate(places):
            post = POST_TYPES[3] if level == 2 else POST_TYPES[(1, 0, 1, 2)[kind % 4]]
            established = level < 2 and rng.random() < 0.8
            certified = "是" if post == "医技" and rng.random() < 0.9 else "否"
            due = int(rng.integers(18, 42) * 100 if level < 2 else rng.integers(2, 6) * 100) * month_of_year(month)
            paid = due if pay_rng.random() < table.paid_in_full else int(due * 0.7)
            rows.append([f"G{self.code}-{number:04d}", area, LEVELS[level], post, "是" if established else "否",
                         certified, f"{due}.00", f"{paid}.00"])  # fmt: skip
        return rows

    def institutions(self) -> list[list[str]]:
        """Rows of the facilities register: the institutions that births name, and one per township."""
        table, rng = schedules().offices, self.rng("facilities")
        codes = [code for code in institution_codes(self.city.counties) if code.startswith(f"YL{self.code}")]
        places = [(code, self.area, 0) for code in codes]
        places += [(f"YL{area[:9]}", area, 1) for area in self.townships]
        rows = []
        for code, area, level in places:
            opened = to_date(int(rng.integers(4000, 14000))).isoformat()
            standard = "是" if rng.random() < table.standardised else "否"
            rows.append([code, area, LEVELS[level], standard, opened, str(int(rng.random() < 0.02))])
        return rows

    def budgets(self, year: int, persons: Int) -> list[list[str]]:
        """Budget lines of the county and its townships for the year and the one before."""
        low, high = schedules().offices.budget_per_head
        rows = []
        for when in (year - 1, year):
            rng = self.rng("budgets", when)
            for area, heads in zip([self.area, *self.townships], persons.tolist(), strict=True):
                rows.append([area, str(when), f"{int(heads * rng.uniform(low, high))}.00"])
        return rows
