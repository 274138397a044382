"""What the roll-ups start from and end with, and how they tell what they found. Imports nothing of the project."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.measured import Measured

LEVELS = {"city": 4, "county": 6, "township": 9, "village": 12}  # digits of an area code
CLOCKS = {"event": "event_month", "report": "reported_month"}
PARTS = ("plus", "less", "denominator")  # of an indicator's value
WINDOW_KEYS = ("area_code", "window", "period_end", "stratum")
CALENDAR = ("months", "months_sum", "months_last", "months_mean_of_ends", "openings")
FRAMES = ("areas", "known")


@dataclass(frozen=True)
class Fact:
    """A file of facts and what is measured of it: conditions counted, or columns summed."""

    file: str
    counted: dict[str, str] = field(default_factory=dict)
    summed: dict[str, str] = field(default_factory=dict)
    stratum: str = ""
    stock: str = ""  # of stocks: `last` or `mean_of_ends`

    @property
    def measures(self) -> list[str]:
        return [*self.counted, *self.summed]

    @property
    def clocks(self) -> dict[str, str]:
        """Clock -> column of its month. A stock is the same on both."""
        return {"both": "month"} if self.stock else CLOCKS


FACTS = (
    Fact("births", {
        "births": "true",
        "births_male": "sex = 'male'",
        "births_female": "sex = 'female'",
        "births_in_policy": "policy_status = 'in_policy'",
        "births_out_of_policy": "policy_status = 'out_of_policy'",
        "births_p1": "parity = 1",
        "births_p2": "parity = 2",
        "births_p3plus": "parity >= 3",
        "births_2plus": "parity >= 2",
        "births_2plus_in_policy": "parity >= 2 and policy_status = 'in_policy'",
        "births_3plus_out_of_policy": "parity >= 3 and policy_status = 'out_of_policy'",
        "births_p1_male": "parity = 1 and sex = 'male'",
        "births_p1_female": "parity = 1 and sex = 'female'",
        "births_p2_male": "parity = 2 and sex = 'male'",
        "births_p2_female": "parity = 2 and sex = 'female'",
        "births_p3plus_male": "parity >= 3 and sex = 'male'",
        "births_p3plus_female": "parity >= 3 and sex = 'female'",
        "births_registered_timely": "is_timely",
        "births_in_policy_beyond_regime": "policy_status = 'in_policy' and allowed_to = 'no_couple'",
        "births_out_of_policy_within_regime":
            "parity >= 2 and policy_status = 'out_of_policy' and allowed_to = 'every_couple'",
    }),
    Fact("births", {"births_by_age": "true"}, stratum="mother_age_group"),
    Fact("deaths", {"deaths": "true"}),
    Fact("events", {"events": "true", "events_timely": "is_timely"}),
    Fact("fee_cases", summed={"fee_amount_due": "amount_due"}),
    Fact("court_cases", {"fee_court_applied": "true", "fee_court_enforced": "is_enforced"}),
    Fact("births_with_case", {"fee_cases_filed": "true"}),
    Fact("fee_payments", summed={"fee_amount_collected": "amount", "fee_amount_in_treasury": "in_treasury"}),
    Fact("population", summed={"population": "population", "women_15_49": "women"}, stock="mean_of_ends"),
    Fact("population", summed={
        "married_women_15_49": "married_women", "register_rows": "register_rows",
        "register_duplicates": "register_duplicates", "register_persons": "register_persons",
    }, stock="last"),
    Fact("women", summed={"women_by_age": "women"}, stratum="age_group", stock="mean_of_ends"),
    Fact("contraception", summed={
        "users_any": "users_any", "users_long_acting": "users_long_acting",
        "users_informed_choice": "users_informed_choice",
    }, stock="last"),
)  # fmt: skip
MEASURES = [measure for fact in FACTS for measure in fact.measures]
PLACES = {measure: number for number, fact in enumerate(FACTS) for measure in fact.measures}
Indicators = dict[str, dict[str, str]]  # indicator -> part -> measure
Sides = dict[tuple[int, str], dict[str, str]]  # fact and clock -> part -> measure


def parquet(folder: Path, name: str) -> Path:
    """A file of facts, of the calendar or of the frames."""
    return folder / f"{name}.parquet"


def files() -> list[str]:
    """Names of all that peers start from."""
    return sorted({fact.file for fact in FACTS} | set(CALENDAR) | set(FRAMES))


def indicators(folder: Path) -> Indicators:
    """The indicators all of whose measures are among those counted here, as `measures.py` found them in the catalogue."""
    found: Indicators = json.loads((folder / "indicators.json").read_text())
    return found


def in_windows(fact: Fact, wanted: Indicators) -> list[str]:
    """The measures of a fact that any indicator needs."""
    used = {measure for parts in wanted.values() for measure in parts.values()}
    return [measure for measure in fact.measures if measure in used]


def sides(wanted: Indicators) -> Iterator[tuple[str, str, Sides]]:
    """Indicator, clock, and which measures of which facts are its parts."""
    for indicator, parts in wanted.items():
        for clock in CLOCKS:
            found: Sides = {}
            for part, measure in parts.items():
                number = PLACES[measure]
                side = (number, "both" if FACTS[number].stock else clock)
                found.setdefault(side, {})[part] = measure
            yield indicator, clock, found


def above(digits: int) -> int:
    """Digits of the level above: a code that has no more lies in no area of this level."""
    return max((other for other in LEVELS.values() if other < digits), default=0)


def told(folder: Path, name: str, measured: Measured, found: Sequence[tuple[Any, ...]]) -> Measured:
    """Write rows and sums by measure and by indicator to FOLDER/NAME.json; the measurement with the number of rows."""
    rows = {f"{result} {key}": [int(count), *map(float, sums)] for result, key, count, *sums in found}
    (folder / f"{name}.json").write_text(json.dumps(rows))
    return replace(measured, rows=sum(int(row[2]) for row in found))
