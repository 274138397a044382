"""Persons that stand on the population register twice, in two villages of a county or in two counties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.demo.months import Bool, Int
from orchestration.demo.options import FaultRates
from orchestration.demo.places import City
from orchestration.demo.streams import stream

WITHIN_COUNTY = 0.7


@dataclass
class Duplicates:
    """Second entries that stand at present: person and the other village."""

    rates: FaultRates
    city: City
    seed: int
    owed: float = 0.5

    def __post_init__(self) -> None:
        self.person: Int = np.zeros(0, dtype=np.int32)
        self.village: Int = np.zeros(0, dtype=np.int32)

    def step(self, month: int, on_file: Bool, village: Int) -> None:
        """A few second entries are found and removed, a few are made."""
        rng = stream(self.seed, "duplicates", month)
        stays = (rng.random(len(self.person)) >= self.rates.duplicate_corrected) & on_file[self.person]
        self.person, self.village = self.person[stays], self.village[stays]
        candidates = np.flatnonzero(on_file)
        self.owed += self.rates.duplicate_person * len(candidates)
        size, self.owed = int(self.owed), self.owed - int(self.owed)
        new = np.setdiff1d(rng.choice(candidates, size=size), self.person).astype(np.int32)
        elsewhere = np.array([self._other(int(village[who]), rng) for who in new], dtype=np.int32)
        self.person = np.concatenate([self.person, new])
        self.village = np.concatenate([self.village, elsewhere])

    def _other(self, village: int, rng: np.random.Generator) -> int:
        """Another village, of the same county or of another."""
        county = self.city.county_of
        same = (county == county[village]) == (rng.random() < WITHIN_COUNTY)
        choice = np.flatnonzero(same)
        return int(rng.choice(choice[choice != village]))

    def of_county(self, county: int) -> tuple[Int, Int]:
        """Persons and villages of the second entries in a county's file."""
        here = self.city.county_of[self.village] == county
        return self.person[here], self.village[here]
