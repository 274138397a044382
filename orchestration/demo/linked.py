"""Records of the registers that follow from the life course, and the small tools all of them use."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from orchestration.demo import people as p
from orchestration.demo.life import Life
from orchestration.demo.months import NEVER, NO_DAY, Bool, Int, first_day, last_day
from orchestration.demo.records import Records
from orchestration.demo.streams import stream

MARRIED = (p.FIRST, p.REMARRIED, p.RECONCILED)
YES, NO, BLANK = 0, 1, 2

# ``registered`` is the day that decides in which window a row stands; NEVER in a day column: it never happened
TABLES: dict[str, dict[str, str]] = {
    "pregnancies": {
        "woman": "i4", "village": "i4", "lmp": "i4", "seen": "i4", "before": "i1", "outcome": "i1", "ended": "i4",
        "recorded": "i4", "registered": "i4",
    },
    "pregnancy_visits": {"pregnancy": "i4", "village": "i4", "week": "i1", "kind": "i1", "registered": "i4"},
    "fee_cases": {
        "birth": "i4", "village": "i4", "registered": "i4", "decided": "i4", "amount": "i4", "applied": "i4",
        "enforced": "i4", "closed": "i4",
    },
    "fee_payments": {"case": "i4", "village": "i4", "registered": "i4", "amount": "i4", "receipt": "?"},
    "vaccinations": {"mother": "i4", "village": "i4", "day": "i4", "male": "?", "registered": "i4"},
    "household_entries": {"mother": "i4", "village": "i4", "day": "i4", "male": "?", "registered": "i4"},
    "marriages": {"man": "S18", "woman": "S18", "divorce": "?", "village": "i4", "registered": "i4"},
    "procedures": {
        "person": "i4", "village": "i4", "institution": "i2", "kind": "i1", "day": "i4", "due": "i4", "informed": "i1",
        "follow_due": "i4", "follow": "i4", "registered": "i4",
    },
    "floating_population": {
        "person": "i4", "village": "i4", "other": "i4", "inflow": "?", "registered": "i4", "submitted": "i4",
        "answer_due": "i4", "answered": "i4", "free": "i1",
    },
    "card_reads": {"village": "i4", "registered": "i4", "contacts": "i4", "reads": "i4"},
    "supplies": {"village": "i4", "registered": "i4", "due": "i4", "reached": "i4", "followed": "i4"},
    "health_checks": {
        "person": "i4", "village": "i4", "kind": "i1", "eligible": "i4", "registered": "i4", "finding": "i1",
        "treated": "i4",
    },
    "institution_inspections": {
        "institution": "i2", "village": "i4", "item": "i1", "passed": "?", "rectified": "i4", "registered": "i4",
    },
    "two_acts_cases": {
        "institution": "i2", "village": "i4", "act": "i1", "lead": "i1", "registered": "i4", "closed": "i4",
        "typical": "?", "practitioners": "i1", "institutions": "i1", "sentenced": "i1", "fine": "i4",
    },
    "benefits": {
        "person": "i4", "village": "i4", "programme": "i1", "year": "i2", "due": "i4", "paid": "i4",
        "registered": "i4", "paid_on": "i4",
    },
}  # fmt: skip


@dataclass
class Linked:
    """Everything on the linked registers; ``foreseen`` are the births of the whole run and nine months more."""

    life: Life
    seed: int
    foreseen: Records
    records: dict[str, Records] = field(
        default_factory=lambda: {name: Records(**kinds) for name, kinds in TABLES.items()}
    )
    births_seen: int = 0

    def __getitem__(self, register: str) -> Records:
        return self.records[register]

    def rng(self, purpose: str, month: int) -> np.random.Generator:
        """The stream of a purpose and month."""
        return stream(self.seed, f"linked-{purpose}", month)


def some(rng: np.random.Generator, rows: Int, share: float) -> Int:
    """A share of the rows."""
    return rows[rng.random(len(rows)) < share]


def days_between(rng: np.random.Generator, size: int, days: tuple[int, int]) -> Int:
    """Days of a range, both ends included."""
    return rng.integers(days[0], days[1] + 1, size).astype(np.int32)


def some_day(rng: np.random.Generator, month: int, size: int) -> Int:
    """Days of the month."""
    return days_between(rng, size, (first_day(month), last_day(month)))


def known(days: Int, month: int) -> Int:
    """Days as a file of the month can know them: what lies ahead is an empty cell."""
    return np.where(days <= last_day(month), days, NO_DAY).astype(np.int32)


def perhaps(days: Int, happens: Bool) -> Int:
    """The days where it happens; NEVER elsewhere."""
    return np.where(happens, days, NEVER).astype(np.int32)


def draw(rng: np.random.Generator, shares: list[float], size: int) -> Int:
    """Numbers 0.. by their shares (which are scaled to a sum of 1)."""
    weights = np.array(shares)
    return rng.choice(len(weights), size=size, p=weights / weights.sum()).astype(np.int32)


def married_women(life: Life, month: int) -> Int:
    """Women of 15 to 49 on the register at the month's end whom it holds for married."""
    people, today = life.people, last_day(month)
    age = (today - people["birth"]) / 365.25
    here = (people["entered"] <= today) & (people["status"] == p.REGISTERED) & ~people["male"]
    return np.flatnonzero(here & (age >= 15) & (age < 50) & np.isin(people["marital"], MARRIED)).astype(np.int32)
