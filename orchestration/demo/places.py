"""The city's areas: counties, townships, villages, with fictional names in two languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from orchestration.demo.months import Int
from orchestration.demo.schedules import BothLanguages, CountyProfile, names, schedules
from orchestration.demo.streams import stream

CITY = "990100"
PERSONS_PER_COUNTY = 15_000
PERSONS_PER_TOWNSHIP = 17_391  # 2.8 million persons in 161 townships
PERSONS_PER_VILLAGE = 1_300


@dataclass(frozen=True)
class Area:
    """One line of the area register."""

    code: str
    zh: str
    en: str
    level: str
    opened: date
    closed: date | None = None
    successor: str | None = None


@dataclass(frozen=True)
class City:
    """Areas of the city; villages that live are numbered 0.. in code order."""

    areas: tuple[Area, ...]
    counties: tuple[str, ...]
    villages: tuple[str, ...]
    village_address: tuple[str, ...]
    village_weight: np.ndarray
    village_urban: np.ndarray

    @cached_property
    def county_of(self) -> Int:
        """County number of each village."""
        number = {code: place for place, code in enumerate(self.counties)}
        return np.array([number[code[:6]] for code in self.villages], dtype=np.int32)

    @cached_property
    def townships(self) -> tuple[str, ...]:
        """9-digit township codes in order."""
        return tuple(dict.fromkeys(code[:9] for code in self.villages))

    @cached_property
    def township_of(self) -> Int:
        """Township number of each village."""
        number = {code: place for place, code in enumerate(self.townships)}
        return np.array([number[code[:9]] for code in self.villages], dtype=np.int32)

    @property
    def profiles(self) -> list[CountyProfile]:
        """What makes each county differ."""
        return schedules().counties[: len(self.counties)]

    def villages_of(self, county: int) -> Int:
        """Village numbers of a county."""
        return np.flatnonzero(self.county_of == county).astype(np.int32)


def county_count(persons: int) -> int:
    """One county per 15,000 persons, between 2 and 10."""
    return min(max(persons // PERSONS_PER_COUNTY, 2), 10)


def township_counts(persons: int) -> list[int]:
    """Townships of each county: persons / 17,391 (161 at full size), 4.5 a county at least.

    What does not divide goes to the first counties.
    """
    counties = county_count(persons)
    total = max(round(persons / PERSONS_PER_TOWNSHIP), 4 * counties + counties // 2)
    return [total // counties + (county < total % counties) for county in range(counties)]


def village_count(persons: int, townships: int, township: int) -> int:
    """Villages of a township: its persons / 1,300, but 4 and 5 in turn when that is fewer."""
    return min(max(round(persons / townships / PERSONS_PER_VILLAGE), 4 + township % 2), 900)


class _NameGiver:
    """Two-syllable names in a shuffled order, each used once per level and county."""

    def __init__(self, seed: int) -> None:
        self._pairs = [(a, b) for a in names().first_syllables for b in names().second_syllables if a[0] != b[0]]
        self._seed = seed

    def give(self, purpose: str, suffixes: list[str], *keys: int) -> list[BothLanguages]:
        """One name per suffix, all different."""
        order = stream(self._seed, f"names-{purpose}", *keys).permutation(len(self._pairs))
        given = []
        for suffix, place in zip(suffixes, order, strict=False):
            (zh1, en1), (zh2, en2) = self._pairs[place]
            end = names().suffixes[suffix]
            given.append(BothLanguages(zh=f"{zh1}{zh2}{end.zh}", en=f"{en1}{en2} {end.en}"))
        return given


def _township_kind(township: int, townships: int, urban: float) -> str:
    if township < round(townships * urban):
        return "subdistrict"
    return "town" if township % 3 else "township"


class _Draft:
    """The city while it is drawn up: counties one after another, each with its townships and villages."""

    def __init__(self, persons: int, seed: int) -> None:
        self.persons, self.seed = persons, seed
        self.per_county = township_counts(persons)
        self.giver = _NameGiver(seed)
        self.areas = [Area(f"{CITY}000000", names().city.zh, names().city.en, "市", date(1990, 1, 1))]
        self.addresses: list[str] = []
        self.weights: list[float] = []
        self.urban: list[bool] = []

    def add_county(self, county: int, name: BothLanguages) -> None:
        """A county and everything in it."""
        profile, townships = schedules().counties[county], self.per_county[county]
        code = f"9901{county + 1:02d}"
        self.areas.append(Area(f"{code}000000", name.zh, name.en, "区县", date(1990, 1, 1)))
        kinds = [_township_kind(place, townships, profile.urban) for place in range(townships)]
        shares = stream(self.seed, "township-size", county).gamma(12.0, size=townships)
        shares = profile.weight * shares / shares.sum()
        for township, town in enumerate(self.giver.give("township", kinds, county)):
            town_code = f"{code}{township + 1:03d}"
            self.areas.append(Area(f"{town_code}000", town.zh, town.en, "镇办", date(1996, 1, 1)))
            villages = self._villages(county, township, kinds[township])
            address = f"{names().city.zh}{name.zh}{town.zh}"
            self._add_villages(town_code, address, villages, float(shares[township]))

    def _villages(self, county: int, township: int, kind: str) -> list[BothLanguages]:
        """Names of a township's villages; the first township of a county has one more, retired."""
        count = village_count(self.persons, sum(self.per_county), township) + (township == 0)
        urban = [kind == "subdistrict" or (kind == "town" and village == 0) for village in range(count)]
        kinds = ["community" if is_urban else "village" for is_urban in urban]
        return self.giver.give("village", kinds, county, township)

    def _add_villages(self, township: str, address: str, villages: list[BothLanguages], share: float) -> None:
        retired = township.endswith("001")
        living = villages[:-1] if retired else villages
        sizes = stream(self.seed, "village-size", int(township)).gamma(8.0, size=len(living))
        community = names().suffixes["community"].zh
        for number, (name, size) in enumerate(zip(living, sizes / sizes.sum(), strict=True), start=1):
            self.areas.append(Area(f"{township}{number:03d}", name.zh, name.en, "村居", date(2000, 1, 1)))
            self.addresses.append(f"{address}{name.zh}")
            self.weights.append(share * float(size))
            self.urban.append(name.zh.endswith(community))
        if retired:
            code, name, end = f"{township}{len(villages):03d}", villages[-1], date(2012, 12, 31)
            gone = Area(code, name.zh, name.en, "村居", date(2000, 1, 1), end, f"{township}001")
            self.areas.append(gone)


def build_city(persons: int, seed: int) -> City:
    """The city for so many persons."""
    draft = _Draft(persons, seed)
    counties = len(draft.per_county)
    kinds = ["district" if place < max(1, counties // 3) else "county" for place in range(counties)]
    for county, name in enumerate(draft.giver.give("county", kinds)):
        draft.add_county(county, name)
    villages = [area.code for area in draft.areas if area.level == "村居" and area.closed is None]
    return City(
        areas=tuple(draft.areas),
        counties=tuple(f"9901{place + 1:02d}" for place in range(counties)),
        villages=tuple(villages),
        village_address=tuple(draft.addresses),
        village_weight=np.array(draft.weights),
        village_urban=np.array(draft.urban),
    )
