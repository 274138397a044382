"""Everyone the city knows, as columns: who they are, what is true of them, and what the register says."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from orchestration.demo.identifiers import make_identifiers
from orchestration.demo.months import NEVER, NO_DAY, Bool, Int
from orchestration.demo.places import City
from orchestration.demo.schedules import names, schedules
from orchestration.demo.streams import stream

MARITAL = ("未婚", "初婚", "再婚", "复婚", "离婚", "丧偶")
NEVER_MARRIED, FIRST, REMARRIED, RECONCILED, DIVORCED, WIDOWED = range(6)
STATUS = ("在册", "死亡", "迁出")
REGISTERED, DEAD, MOVED_OUT = range(3)
HOUSEHOLD = ("农业", "非农业")
SEX = ("男", "女")

_DTYPES: dict[str, str] = {
    # who they are
    "identifier": "S18", "male": "?", "birth": "i4", "village": "i4", "agricultural": "?", "name": "i4",
    "house": "i2",
    # what is true
    "living": "?", "true_marital": "i1", "marriage": "i4", "true_children": "i1", "last_birth": "i4",
    "first_girl": "?", "only_child": "?", "permit": "?",
    # what the register says
    "entered": "i4", "residence": "i4", "marital": "i1", "first_marriage": "i4", "status": "i1",
    "status_day": "i4", "children": "i1", "event_day": "i4", "registered": "i4",
    # what the contraception register says; method 0: not on it yet
    "method": "i1", "method_since": "i4", "informed": "i1", "method_updated": "i4",
}  # fmt: skip


class People:
    """Growable columns; ``people["birth"]`` is the live part of a column (a view: assign into it)."""

    def __init__(self, capacity: int) -> None:
        self.count = 0
        self._columns = {name: np.zeros(capacity, dtype=kind) for name, kind in _DTYPES.items()}

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._columns[name][: self.count]

    def add(self, **columns: npt.ArrayLike) -> Int:
        """Append persons; columns not named stay zero. Returns their numbers."""
        size = len(np.asarray(columns["birth"]))
        first, self.count = self.count, self.count + size
        if self.count > len(self._columns["birth"]):
            self._grow(self.count + self.count // 8)
        for name, values in columns.items():
            self._columns[name][first : self.count] = values
        return np.arange(first, self.count, dtype=np.int32)

    def _grow(self, capacity: int) -> None:
        for name, old in self._columns.items():
            new = np.zeros(capacity, dtype=old.dtype)
            new[: len(old)] = old
            self._columns[name] = new


def name_count() -> int:
    """How many different full names there are: surname, and one or two given characters."""
    given = len(names().given)
    return len(names().surnames) * given * (given + 1)


def full_names() -> list[str]:
    """All full names in the order of their numbers."""
    listed = names()
    tails = [a + b for a in listed.given for b in ("", *listed.given)]
    return [surname + tail for surname in listed.surnames for tail in tails]


def expected_married(ages: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of women that have married by each age."""
    table = schedules().marriage
    return np.interp(ages, table.ages, table.female, left=0.0)


def marriage_days(birth: Int, male: Bool, rng: np.random.Generator) -> Int:
    """Day of first marriage, past or to come, for each person; NEVER for those who will not marry."""
    table = schedules().marriage
    draw = rng.random(len(birth))
    age = np.interp(draw, table.female, table.ages)
    never = np.where(male, 1 - table.male_never, table.female[-1])
    age = age + np.where(male, table.male_delay_years + rng.exponential(0.5, len(birth)), 0.0)
    day = birth + (age * 365.25).astype(np.int64) + 1
    return np.where(draw < never, day, NEVER).astype(np.int32)


def draw_children(age: Int, rng: np.random.Generator) -> Int:
    """Number of children of ever-married persons by age."""
    table = np.cumsum(np.array(schedules().children), axis=1)
    group = np.clip(age // 5 - 3, 0, len(table) - 1)
    draw = rng.random(len(age))
    drawn = np.minimum((draw[:, None] > table[group]).sum(axis=1), 5)
    return np.asarray(drawn, dtype=np.int32)


def draw_ages(persons: int, today: int, rng: np.random.Generator) -> tuple[Int, Bool]:
    """Birth days and sexes of a population of the national age structure on ``today``."""
    table = schedules().age_structure
    weights = np.array(table.weights)
    group = rng.choice(len(weights), size=persons, p=weights / weights.sum())
    ratio = np.array(table.sex_ratio)
    male = rng.random(persons) < (ratio / (100 + ratio))[group]
    last = len(weights) - 1
    years = group * 5 + np.where(
        group == last, np.minimum(rng.exponential(4.0, persons), 17.0), rng.random(persons) * 5
    )
    return (today - 1 - (years * 365.25).astype(np.int64)).astype(np.int32), male


def traits(village: Int, birth: Int, city: City, rng: np.random.Generator) -> dict[str, npt.NDArray[Any]]:
    """Household type, name, only child, permit, first child's sex for persons of these villages."""
    table, size = schedules(), len(village)
    urban = city.village_urban[village]
    rural_share = np.where(urban, table.household.agricultural_community, table.household.agricultural_village)
    agricultural = rng.random(size) < rural_share
    policy = table.policy
    only = np.where(agricultural, policy.only_child_agricultural, policy.only_child_non_agricultural)
    young = birth >= (policy.only_child_since - 1970) * 365.25
    girl_share = 100 / (100 + table.sex_ratio_at_birth.first)
    return {
        "agricultural": agricultural,
        "only_child": young & (rng.random(size) < only),
        "permit": rng.random(size) < policy.permit,
        "first_girl": rng.random(size) < girl_share,
        "name": rng.integers(0, name_count(), size),
        "house": rng.integers(1, 300, size),
    }


def _marital_state(birth: Int, marriage: Int, today: int, rng: np.random.Generator) -> Int:
    """Marital status on ``today``: the young stay married, age widows."""
    age = (today - birth) / 365.25
    draw = rng.random(len(birth))
    widowed = np.clip((age - 45) / 90, 0, 0.6) ** 1.5
    bounds = np.cumsum([widowed, np.full_like(age, 0.022), np.full_like(age, 0.02), np.full_like(age, 0.004)], axis=0)
    state = np.select([draw < bound for bound in bounds], [WIDOWED, DIVORCED, REMARRIED, RECONCILED], FIRST)
    return np.where(marriage <= today, state, NEVER_MARRIED).astype(np.int32)


def initial_people(persons: int, city: City, today: int, seed: int) -> People:
    """The register as it stands on ``today``, everything on it up to date."""
    rng = stream(seed, "people")
    birth, male = draw_ages(persons, today, rng)
    weight = city.village_weight / city.village_weight.sum()
    village = np.sort(rng.choice(len(weight), size=persons, p=weight)).astype(np.int32)
    people = People(int(persons * 1.04) + 1000)
    marriage = marriage_days(birth, male, rng)
    marital = _marital_state(birth, marriage, today, rng)
    married = marital != NEVER_MARRIED
    children = np.where(married, draw_children(((today - birth) / 365.25).astype(np.int32), rng), 0)
    event, registered = _last_change(birth, marriage, married, today, rng)
    people.add(
        birth=birth, male=male, village=village, marriage=marriage, true_marital=marital, marital=marital,
        living=True, true_children=children, children=children,
        last_birth=np.where(children > 0, today - rng.integers(200, 4000, persons), NO_DAY),
        first_marriage=np.where(married, marriage, NO_DAY), status_day=event, event_day=event,
        registered=registered, entered=registered, residence=draw_residence(village, city, rng),
        identifier=make_identifiers(_home_prefix(village, city, rng), birth, male),
        **traits(village, birth, city, rng),
    )  # fmt: skip
    return people


def _last_change(birth: Int, marriage: Int, married: Bool, today: int, rng: np.random.Generator) -> tuple[Int, Int]:
    """Event day and registration day of a person's last change before ``today``."""
    later = rng.integers(1, 3650, len(birth))
    event = np.maximum(birth, np.where(married, marriage, today - 1 - later))
    event = np.minimum(event, today - 1)
    return event.astype(np.int32), np.minimum(event + rng.integers(0, 30, len(birth)), today - 1).astype(np.int32)


def draw_residence(village: Int, city: City, rng: np.random.Generator) -> Int:
    """Village of residence: mostly the registered one."""
    away = rng.random(len(village)) < schedules().residence_elsewhere
    return np.where(away, rng.integers(0, len(city.villages), len(village)), village).astype(np.int32)


def _home_prefix(village: Int, city: City, rng: np.random.Generator) -> Int:
    """Issuing area of the identifier: the county, or (9902xx) another fictional city."""
    local = 990101 + city.county_of[village]
    other = 990201 + rng.integers(0, 12, len(village))
    away = rng.random(len(village)) < schedules().elsewhere_identifier
    return np.where(away, other, local).astype(np.int32)
