"""A month of the city's life: births, deaths, moves, marriages, and what of it reaches the register."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from orchestration.demo import people as p
from orchestration.demo.delays import draw_days
from orchestration.demo.identifiers import make_identifiers
from orchestration.demo.months import NEVER, NO_DAY, Bool, Int, first_day, last_day, month_of_year
from orchestration.demo.places import City
from orchestration.demo.records import Records, new_births, new_certificates, new_deaths
from orchestration.demo.regimes import allowed
from orchestration.demo.schedules import schedules
from orchestration.demo.streams import stream

Float = npt.NDArray[np.float64]
INSTITUTION_SHARES = (0.34, 0.24, 0.16, 0.12, 0.08, 0.06)
INSTITUTIONS_PER_COUNTY = len(INSTITUTION_SHARES)


@dataclass
class Change:
    """Something that happened to persons and waits for its registration."""

    person: Int
    day: Int
    registered: Int
    sets: dict[str, npt.NDArray[Any]]


@dataclass
class Life:
    """The city in motion."""

    city: City
    people: p.People
    seed: int
    first_month: int
    bursts: frozenset[tuple[int, int]] = frozenset()
    births: Records = field(default_factory=new_births)
    deaths: Records = field(default_factory=new_deaths)
    certificates: Records = field(default_factory=new_certificates)
    pending: list[Change] = field(default_factory=list)
    # of the present month: who married or parted, and when
    weddings: tuple[Int, Int] = (np.zeros(0, np.int32), np.zeros(0, np.int32))
    divorces: tuple[Int, Int] = (np.zeros(0, np.int32), np.zeros(0, np.int32))

    def step(self, month: int) -> None:
        """Live through a month, then bring the register to its last day."""
        rng = stream(self.seed, "life", month)
        _arrivals(self, month, rng)
        _births(self, month, rng)
        _deaths(self, month, rng)
        _departures(self, month, rng)
        _marriages(self, month, rng)
        _partings(self, month, rng)
        _moves(self, month, rng)
        _register(self, last_day(month))

    def on_file(self, month: int) -> Bool:
        """Who stands on the population file of a month: the gone stay some months with their status."""
        keep = first_day(month - schedules().migration.keep_months + 1)
        entered = self.people["entered"] <= last_day(month)
        stays = (self.people["status"] == p.REGISTERED) | (self.people["registered"] >= keep)
        return np.asarray(entered & stays, dtype=np.bool_)


def _register(life: Life, today: int) -> None:
    """Write to the register's columns what was registered up to ``today``."""
    waiting = []
    for change in life.pending:
        now = change.registered <= today
        who = change.person[now]
        for name, values in change.sets.items():
            life.people[name][who] = values[now]
        life.people["event_day"][who] = change.day[now]
        life.people["registered"][who] = change.registered[now]
        if not now.all():
            later = ~now & (change.registered != NEVER)
            sets = {name: values[later] for name, values in change.sets.items()}
            waiting.append(Change(change.person[later], change.day[later], change.registered[later], sets))
    life.pending = [change for change in waiting if len(change.person)]


def _chosen(rng: np.random.Generator, candidates: Int, chance: Float | float) -> Int:
    return candidates[rng.random(len(candidates)) < chance]


def _some_day(rng: np.random.Generator, month: int, size: int) -> Int:
    return rng.integers(first_day(month), last_day(month) + 1, size).astype(np.int32)


def _age(life: Life, who: Int, month: int) -> Int:
    return ((first_day(month) - life.people["birth"][who]) / 365.25).astype(np.int32)


def _paper_days(life: Life, who: Int, day: Int, rng: np.random.Generator) -> Int:
    """Registration days of an ordinary change: never before the person is on the register."""
    drawn = draw_days(day, schedules().registration.other, rng)
    return np.asarray(np.maximum(drawn, life.people["entered"][who]), dtype=np.int32)


def _arrivals(life: Life, month: int, rng: np.random.Generator) -> None:
    table, city = schedules().migration, life.city
    size = int(rng.poisson(life.people["living"].sum() * table.in_per_year / 12))
    today = first_day(month)
    birth, male = p.draw_ages(size, today, rng)
    young = rng.random(size) < 0.75
    young_age = rng.uniform(table.ages[0], table.ages[1], size)
    birth = np.where(young, today - (young_age * 365.25).astype(np.int64), birth).astype(np.int32)
    village = rng.choice(len(city.villages), size=size, p=city.village_weight / city.village_weight.sum())
    day = _some_day(rng, month, size)
    marriage = p.marriage_days(birth, male, rng)
    married = marriage <= today
    state = np.where(married, p.FIRST, p.NEVER_MARRIED)
    age = ((today - birth) / 365.25).astype(np.int32)
    children = np.where(married, p.draw_children(age, rng), 0)
    registered = draw_days(day, schedules().registration.other, rng)
    prefix = np.full(size, 990300 + month - life.first_month, dtype=np.int32)
    life.people.add(
        birth=birth, male=male, village=village, marriage=marriage, living=True, true_children=children,
        true_marital=state, marital=state,
        children=children, last_birth=np.where(children > 0, today - 800, NO_DAY),
        first_marriage=np.where(married, marriage, NO_DAY), status_day=day, event_day=day,
        registered=registered, entered=registered,
        residence=p.draw_residence(village.astype(np.int32), city, rng),
        identifier=make_identifiers(prefix, birth, male),
        **p.traits(village.astype(np.int32), birth, city, rng),
    )  # fmt: skip


def birth_hazards() -> Float:
    """Yearly birth hazards of married women by age 15 to 49 and parity 1, 2, 3+ (shape 35 x 3).

    Rate of all women x parity share / (share married x share with parity - 1 children), at most 0.9.
    """
    table = schedules().fertility
    ages = np.arange(15, 50)
    middle = np.arange(17.5, 50, 5)
    rate = np.interp(ages + 0.5, middle, np.array(table.per_1000)) / 1000 * table.level
    shares = np.stack([np.interp(ages + 0.5, middle, column) for column in np.array(table.parity_share).T], axis=1)
    children = np.array(schedules().children)[np.minimum(ages // 5 - 3, 6)]
    at_risk = np.stack([children[:, 0], children[:, 1], children[:, 2:].sum(axis=1)], axis=1)
    married = p.expected_married((ages + 0.5).astype(np.float64))[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(married > 0, rate[:, None] * shares / (at_risk * married), 0.0)
    return np.nan_to_num(np.minimum(hazard, 0.9))


def _may_have_second(life: Life, who: Int, day: int) -> Bool:
    people = life.people
    two = np.full(len(who), 2, dtype=np.int32)
    rural_girl = people["agricultural"][who] & people["first_girl"][who]
    return allowed(
        two, np.full(len(who), day, dtype=np.int32), married=np.ones(len(who), dtype=np.bool_),
        rural_girl=rural_girl, only_child=people["only_child"][who], permit=people["permit"][who],
    )  # fmt: skip


def _birth_chances(life: Life, who: Int, month: int) -> Float:
    """Chance of a birth this month for each woman of 15 to 49."""
    people, table = life.people, schedules().fertility
    profiles = life.city.profiles
    county = life.city.county_of[people["village"][who]]
    age = _age(life, who, month)
    order = np.minimum(people["true_children"][who], 2)
    married = np.isin(people["true_marital"][who], (p.FIRST, p.REMARRIED, p.RECONCILED))
    yearly = np.where(married, birth_hazards()[age - 15, order], 0.0)
    low, high = table.unmarried_ages
    single = (people["true_marital"][who] == p.NEVER_MARRIED) & (age >= low) & (age <= high) & (order == 0)
    yearly = np.where(single, table.unmarried_per_1000 / 1000, yearly)
    ineligible = table.ineligible_weight * np.array([profile.ineligible for profile in profiles])[county]
    second = np.where(_may_have_second(life, who, first_day(month)), table.eligible_weight, ineligible)
    third = np.array([profile.third for profile in profiles])[county]
    factor = np.where(order == 1, second, np.where(order >= 2, third, 1.0))
    factor *= np.array([profile.fertility for profile in profiles])[county]
    rested = people["last_birth"][who] < first_day(month) - table.min_interval_days
    return np.where(rested, yearly * factor * table.seasonality[month_of_year(month) - 1] / 12, 0.0)


def _boy_share(life: Life, parity: Int, first_girl: Bool, county: Int) -> Float:
    """Chance of a boy by parity and sex of the first child; counties differ in the excess over 106."""
    table = schedules().sex_ratio_at_birth
    second = np.where(first_girl, table.second_after_girl, table.second_after_boy)
    ratio = np.where(parity == 1, table.first, np.where(parity == 2, second, table.third))
    excess = np.array([profile.sex_excess for profile in life.city.profiles])[county]
    ratio = 106 + (ratio - 106) * excess
    return np.asarray(ratio / (100 + ratio))


def _births(life: Life, month: int, rng: np.random.Generator) -> None:
    people, today = life.people, first_day(month)
    age_days = today - people["birth"]
    women = people["living"] & ~people["male"] & (age_days >= 15 * 365.25 + 1) & (age_days < 50 * 365.25 - 33)
    candidates = np.flatnonzero(women).astype(np.int32)
    mother = _chosen(rng, candidates, _birth_chances(life, candidates, month))
    day = _some_day(rng, month, len(mother))
    parity = people["true_children"][mother].astype(np.int32) + 1
    village = people["village"][mother]
    county = life.city.county_of[village]
    male = rng.random(len(mother)) < _boy_share(life, parity, people["first_girl"][mother], county)
    registered = _birth_paper(life, mother, day, month, rng)
    in_policy = allowed(
        parity, day, married=people["marriage"][mother] <= day,
        rural_girl=people["agricultural"][mother] & people["first_girl"][mother],
        only_child=people["only_child"][mother], permit=people["permit"][mother],
    )  # fmt: skip
    people["first_girl"][mother] = np.where(parity == 1, ~male, people["first_girl"][mother])
    people["true_children"][mother] = parity
    people["last_birth"][mother] = day
    institution = _institutions(county, rng)
    child = _newborns(life, mother, day, male=male, registered=registered, rng=rng)
    life.births.add(
        mother=mother, child=child, day=day, male=male, parity=parity, mother_birth=people["birth"][mother],
        in_policy=in_policy, village=village, institution=institution, name=life.people["name"][child],
        registered=registered,
    )  # fmt: skip
    life.pending.append(Change(mother, day, registered, {"children": parity.astype(np.int8)}))
    _certificates(life, len(life.births) - len(mother), rng)


def _institutions(county: Int, rng: np.random.Generator) -> Int:
    """Where the births take place: the county's first institution has most."""
    serial = rng.choice(INSTITUTIONS_PER_COUNTY, size=len(county), p=INSTITUTION_SHARES)
    return (county * INSTITUTIONS_PER_COUNTY + serial).astype(np.int32)


def _birth_paper(life: Life, mother: Int, day: Int, month: int, rng: np.random.Generator) -> Int:
    county = life.city.county_of[life.people["village"][mother]]
    late = np.array([profile.late for profile in life.city.profiles])[county]
    burst_counties = [where for where, when in sorted(life.bursts) if when == month]
    burst = np.isin(county, burst_counties)
    registered = draw_days(day, schedules().registration.birth, rng, late, burst)
    return np.asarray(np.maximum(registered, life.people["entered"][mother]), dtype=np.int32)


def _newborns(life: Life, mother: Int, day: Int, *, male: Bool, registered: Int, rng: np.random.Generator) -> Int:
    people, city = life.people, life.city
    village = people["village"][mother]
    prefix = (990101 + city.county_of[village]).astype(np.int32)
    columns = p.traits(village, day, city, rng) | {"agricultural": people["agricultural"][mother]}
    return people.add(
        birth=day, male=male, village=village, marriage=p.marriage_days(day, male, rng), living=True,
        last_birth=NO_DAY, first_marriage=NO_DAY, status_day=day, event_day=day, registered=registered,
        entered=registered, residence=people["residence"][mother],
        identifier=make_identifiers(prefix, day, male), **columns,
    )  # fmt: skip


def _certificates(life: Life, first: int, rng: np.random.Generator) -> None:
    """Certificates of the births from number ``first`` on; a few fields disagree with the birth."""
    table, births = schedules().certificates, life.births
    new = np.arange(first, len(births))
    new = new[rng.random(len(new)) < table.issued]
    mother, day, male = births["mother"][new], births["day"][new], births["male"][new]
    size = len(new)
    day = np.where(rng.random(size) < table.other_day, day - 1, day)
    male = male ^ (rng.random(size) < table.other_sex)
    neighbour = np.maximum(mother - 1, 0)
    mother = np.where(rng.random(size) < table.other_mother, neighbour, mother)
    issued = draw_days(births["day"][new].astype(np.int32), table.steps, rng)
    life.certificates.add(
        birth=new, mother=mother, day=day, male=male, institution=births["institution"][new],
        village=births["village"][new], registered=issued,
    )  # fmt: skip


def death_chances() -> Float:
    """Monthly chance of death by sex (0 women, 1 men) and age 0 to 120 (shape 2 x 121)."""
    table, age = schedules().mortality, np.arange(121)
    female = table.female_a * np.exp(table.female_b * age)
    male = table.male_a * np.exp(table.male_b * age)
    yearly = np.stack([female, male])
    yearly[:, 0] += table.infant
    return np.asarray(1 - np.exp(-yearly / 12))


def _deaths(life: Life, month: int, rng: np.random.Generator) -> None:
    people = life.people
    candidates = np.flatnonzero(people["living"]).astype(np.int32)
    age = np.clip(_age(life, candidates, month), 0, 120)
    chance = death_chances()[people["male"][candidates].astype(np.int8), age]
    who = _chosen(rng, candidates, chance)
    day = np.maximum(_some_day(rng, month, len(who)), people["birth"][who])
    day = np.maximum(day, people["last_birth"][who])
    people["living"][who] = False
    registered = draw_days(day, schedules().registration.death, rng)
    registered = np.maximum(registered, people["entered"][who]).astype(np.int32)
    life.deaths.add(
        person=who, male=people["male"][who], birth=people["birth"][who], day=day,
        village=people["village"][who], registered=registered,
    )  # fmt: skip
    dead = np.full(len(who), p.DEAD, dtype=np.int8)
    life.pending.append(Change(who, day, registered, {"status": dead, "status_day": day}))


def _departures(life: Life, month: int, rng: np.random.Generator) -> None:
    people, table = life.people, schedules().migration
    candidates = np.flatnonzero(people["living"] & (people["entered"] < first_day(month))).astype(np.int32)
    age = _age(life, candidates, month)
    mobile = (age >= table.ages[0]) & (age <= table.ages[1])
    who = _chosen(rng, candidates, table.out_per_year / 12 * np.where(mobile, 2.4, 0.35))
    day = np.maximum(_some_day(rng, month, len(who)), people["last_birth"][who])
    people["living"][who] = False
    gone = np.full(len(who), p.MOVED_OUT, dtype=np.int8)
    life.pending.append(Change(who, day, _paper_days(life, who, day, rng), {"status": gone, "status_day": day}))


def _marriages(life: Life, month: int, rng: np.random.Generator) -> None:
    people = life.people
    due = (people["marriage"] >= first_day(month)) & (people["marriage"] <= last_day(month)) & people["living"]
    who = np.flatnonzero(due & (people["true_marital"] == p.NEVER_MARRIED)).astype(np.int32)
    people["true_marital"][who] = p.FIRST
    day = people["marriage"][who].copy()
    sets = {"marital": np.full(len(who), p.FIRST, dtype=np.int8), "first_marriage": day}
    life.pending.append(Change(who, day, _paper_days(life, who, day, rng), sets))
    life.weddings = (who, day)


def _partings(life: Life, month: int, rng: np.random.Generator) -> None:
    """Divorces, remarriages and widowhood."""
    table, people = schedules().marriage, life.people
    state = people["true_marital"]
    married = np.flatnonzero(people["living"] & np.isin(state, (p.FIRST, p.REMARRIED, p.RECONCILED))).astype(np.int32)
    single = np.flatnonzero(people["living"] & np.isin(state, (p.DIVORCED, p.WIDOWED))).astype(np.int32)
    age = np.clip(_age(life, married, month), 0, 120)
    spouse_dies = death_chances()[1 - people["male"][married].astype(np.int8), age]
    widowed = _chosen(rng, married, spouse_dies)
    divorced = _chosen(rng, np.setdiff1d(married, widowed), table.divorce_per_year / 12)
    young = single[_age(life, single, month) < 55]
    remarried = _chosen(rng, young, table.remarriage_per_year / 12)
    for who, becomes in ((widowed, p.WIDOWED), (divorced, p.DIVORCED), (remarried, p.REMARRIED)):
        day = _some_day(rng, month, len(who))
        people["true_marital"][who] = becomes
        sets = {"marital": np.full(len(who), becomes, dtype=np.int8)}
        life.pending.append(Change(who, day, _paper_days(life, who, day, rng), sets))
        if becomes == p.DIVORCED:
            life.divorces = (who, day)
        if becomes == p.REMARRIED:
            life.weddings = (np.concatenate([life.weddings[0], who]), np.concatenate([life.weddings[1], day]))


def _moves(life: Life, month: int, rng: np.random.Generator) -> None:
    people = life.people
    candidates = np.flatnonzero(people["living"]).astype(np.int32)
    who = _chosen(rng, candidates, schedules().migration.move_per_year / 12)
    day = np.maximum(_some_day(rng, month, len(who)), people["birth"][who])
    sets = {"residence": p.draw_residence(people["village"][who], life.city, rng)}
    life.pending.append(Change(who, day, _paper_days(life, who, day, rng), sets))
