"""The tunable schedules (data/schedules.yaml) and name lists (data/names.yaml), validated on reading."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AgeStructure(_Strict):
    """Persons by five-year age group: weights, and men per 100 women."""

    weights: list[Positive] = Field(min_length=18, max_length=18)
    sex_ratio: list[Positive] = Field(min_length=18, max_length=18)


class Mortality(_Strict):
    """Gompertz hazards a year by sex and an infant surcharge."""

    male_a: Positive
    female_a: Positive
    male_b: Positive
    female_b: Positive
    infant: Share


class Marriage(_Strict):
    """First marriage by age, and what ends or renews a marriage."""

    ages: list[Positive]
    female: list[Share]
    male_delay_years: float
    male_never: Share
    divorce_per_year: Share
    remarriage_per_year: Share

    @model_validator(mode="after")
    def _one_share_per_age(self) -> Marriage:
        if len(self.ages) != len(self.female) or sorted(self.female) != self.female:
            raise ValueError("marriage.female needs one non-decreasing share per age")
        return self


class Fertility(_Strict):
    """Rates by age group, parity, season and eligibility."""

    per_1000: list[Positive] = Field(min_length=7, max_length=7)
    level: Positive
    parity_share: list[Annotated[list[Share], Field(min_length=3, max_length=3)]] = Field(min_length=7, max_length=7)
    unmarried_per_1000: float
    unmarried_ages: tuple[int, int]
    min_interval_days: int
    seasonality: list[Positive] = Field(min_length=12, max_length=12)
    eligible_weight: Positive
    ineligible_weight: Positive


class SexRatioAtBirth(_Strict):
    """Boys per 100 girls by parity."""

    first: Positive
    second_after_boy: Positive
    second_after_girl: Positive
    third: Positive


class Policy(_Strict):
    """Who holds a permit, who is an only child."""

    permit: Share
    only_child_non_agricultural: Share
    only_child_agricultural: Share
    only_child_since: int


class Household(_Strict):
    """Share of agricultural households by kind of settlement."""

    agricultural_village: Share
    agricultural_community: Share


class Migration(_Strict):
    """Rates a year, the ages of movers, and how long the gone stay on file."""

    out_per_year: Share
    in_per_year: Share
    move_per_year: Share
    ages: tuple[int, int]
    keep_months: int


class Delay(_Strict):
    """Days from event to paper: steps of (share, from, to), the rest an exponential tail."""

    steps: list[tuple[Share, int, int]]
    tail_from: int
    tail_mean: Positive
    unregistered: Share

    @model_validator(mode="after")
    def _leaves_a_tail(self) -> Delay:
        if sum(step[0] for step in self.steps) > 1.0:
            raise ValueError("the shares of a delay exceed 1")
        return self


class Registration(_Strict):
    """Delays by kind of event."""

    birth: Delay
    death: Delay
    other: Delay
    burst_late_share: Share
    longest_days: int


class Certificates(_Strict):
    """Birth certificates: how many, how soon, how often a field disagrees."""

    issued: Share
    steps: Delay
    other_mother: Share
    other_sex: Share
    other_day: Share


class Official(_Strict):
    """Official population: register coverage between two bounds, growth a year."""

    coverage_low: Positive
    coverage_high: Positive
    growth_per_year: float


class CountyProfile(_Strict):
    """What makes a county differ: factors on size, births, compliance, sex ratio and late registration."""

    weight: Positive
    fertility: Positive
    ineligible: Positive
    third: Positive
    sex_excess: Positive
    late: Positive
    urban: Share


class Schedules(_Strict):
    """Everything in data/schedules.yaml."""

    age_structure: AgeStructure
    mortality: Mortality
    marriage: Marriage
    children: list[Annotated[list[Share], Field(min_length=6, max_length=6)]] = Field(min_length=13, max_length=13)
    fertility: Fertility
    sex_ratio_at_birth: SexRatioAtBirth
    policy: Policy
    household: Household
    residence_elsewhere: Share
    elsewhere_identifier: Share
    migration: Migration
    registration: Registration
    certificates: Certificates
    official: Official
    counties: list[CountyProfile] = Field(min_length=10, max_length=10)


class BothLanguages(_Strict):
    """A Chinese text and its English form."""

    zh: str
    en: str


class Names(_Strict):
    """Characters and syllables of data/names.yaml."""

    surnames: str
    given: str
    city: BothLanguages
    first_syllables: list[tuple[str, str]]
    second_syllables: list[tuple[str, str]]
    suffixes: dict[str, BothLanguages]


def _load(name: str) -> object:
    return yaml.safe_load(files("orchestration.demo").joinpath(f"data/{name}").read_text("utf-8"))


@cache
def schedules() -> Schedules:
    """The schedules; raises pydantic.ValidationError with every mistake of the file at once."""
    return Schedules.model_validate(_load("schedules.yaml"))


@cache
def names() -> Names:
    """The name lists."""
    return Names.model_validate(_load("names.yaml"))
