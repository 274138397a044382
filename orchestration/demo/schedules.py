"""The tunable schedules (data/schedules.yaml) and name lists (data/names.yaml), validated on reading."""

from __future__ import annotations

from datetime import date
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


class Pregnancies(_Strict):
    """How pregnancies come on record, how they end, and which visits they have."""

    gestation_mean: Positive
    gestation_sd: Positive
    on_record: Share
    early: Share
    after_outcome: Share
    outcome_unrecorded: Share
    lost_per_birth: Share
    miscarriage: Share
    stillbirth: Share
    induced_late: Share
    termination_recorded: Share
    visit_weeks: list[int]
    visit_made: Share


class Witness(_Strict):
    """Another register's word on a birth: how often it comes, and how often a field disagrees."""

    given: Share
    other_mother: Share
    other_sex: Share
    other_day: Share
    days: tuple[int, int]
    late: Share


class Fees(_Strict):
    """Fee cases from filing to the treasury."""

    filed: Share
    filed_days: tuple[int, int]
    decided: Share
    decided_days: tuple[int, int]
    amount: tuple[int, int]
    paid_fully: Share
    paid_partly: Share
    court: Share
    enforced: Share
    treasury: Share
    abolished: date


Methods = Annotated[list[Share], Field(min_length=10, max_length=10)]


class Contraception(_Strict):
    """Methods by number of children, procedures and supplies."""

    standing: list[Methods] = Field(min_length=3, max_length=3)
    after_birth: list[Methods] = Field(min_length=3, max_length=3)
    after_birth_due_days: int
    informed: Share
    informed_empty: Share
    removal_per_month: Share
    confirmed_per_month: Share
    followup_days: int
    followed_up: Share
    supply_reached: Share
    supply_followed: Share


class MarriageRegistration(_Strict):
    """Couples of which one comes from elsewhere."""

    partner_elsewhere: Share


class Floating(_Strict):
    """Exchange with other areas."""

    per_month: Share
    timely: Share
    answered: Share
    answered_timely: Share
    free_service: Share


class Card(_Strict):
    """Service contacts and reads."""

    contacts_per_person: Share
    valid: Share


class Checks(_Strict):
    """Free health checks."""

    prepregnancy: Share
    folic_acid: Share
    birth_defects: Share
    gynaecology: Share
    abnormal: Share
    treated: Share


class Offices(_Strict):
    """Institutions, posts, inspections, surveys, benefits."""

    inspections_per_institution_month: Share
    inspection_passed: Share
    rectified: Share
    two_acts_per_county_month: Positive
    two_acts_closed: Share
    posts_county: int
    posts_township: int
    paid_in_full: Share
    standardised: Share
    budget_per_head: tuple[int, int]
    interviews_per_county: int
    aware: Annotated[list[Share], Field(min_length=5, max_length=5)]
    checked_persons: int
    field_matches: Share
    townships_visited: Share
    item_passed: Share
    benefit_family_reward: Share
    benefit_special: Share
    benefit_only_child: Share
    benefit_on_time: Share
    benefit_late: Share
    insured_sample: int
    figures_wrong: Share


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
    pregnancies: Pregnancies
    doses: Witness
    household_entries: Witness
    fees: Fees
    contraception: Contraception
    marriage_registration: MarriageRegistration
    floating: Floating
    card: Card
    checks: Checks
    offices: Offices
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
