"""Which deliveries of the run carry a file-level fault: at most one each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.demo.layout import due
from orchestration.demo.months import month_of_year
from orchestration.demo.options import FaultRates
from orchestration.demo.streams import stream
from orchestration.demo.wholes import WHOLE_KINDS

Slot = tuple[str, int, int]  # register, county number, month number

_OFFICE = ("official_population",)
_WINDOWS = ("births", "deaths", "birth_certificates")
# (kind, registers in turn, with the column where the kind strikes one): early in the list means first choice of slots
_PLACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("late_registration_burst", ("births",)),
    ("bad_batch", (*_WINDOWS, "population")),
    ("partial_extract", ("population", "births")),
    ("missing_delivery", ("deaths", "population", "birth_certificates", "births")),
    ("redelivery", ("births", "population", "deaths", "birth_certificates")),
    ("wrong_encoding", ("deaths",)),
    ("same_bytes", ("birth_certificates", "births", "deaths", "population")),
    (
        "high_missing_share",
        (
            "births.institution", "births.mother_birth_date", "birth_certificates.institution",
            "population.household_type", "population.residence_area", "population.status_date",
        ),
    ),
    (
        "implausible_share",
        ("births.parity", "births.mother_birth_date", "deaths.birth_date", "population.birth_date"),
    ),
    ("contradiction_share", ("population.marital_status",)),
    ("late_share", ("deaths.death_date", "birth_certificates.birth_date")),
    ("unknown_villages", ("population", *_WINDOWS, *_OFFICE)),
    ("other_code_book", (*_WINDOWS, "population", *_OFFICE)),
    ("empty_file", (*_WINDOWS, "population", *_OFFICE)),
    ("many_duplicates", ("population",)),
    ("area_parent_missing", ("areas",)),
    ("second_city", ("areas",)),
    ("area_ends_early", ("areas",)),
    ("official_malformed", _OFFICE),
    ("official_elsewhere", _OFFICE),
    ("official_no_year", _OFFICE),
    ("official_twice", _OFFICE),
    ("official_jump", _OFFICE),
    ("month_missing", ("health_checks.check_no", "pregnancy_visits.visit_no")),
    ("month_repeated", ("pregnancy_visits.visit_no", "health_checks.check_no")),
    (
        "other_mothers",
        ("births.mother_id", "vaccinations.mother_id", "birth_certificates.mother_id", "household_entries.mother_id"),
    ),
    ("strangers", ("pregnancies.id", "procedures.id", "insurance.id", "health_checks.id", "contraception_use.id")),
    ("other_persons", ("marriages.id_b", "deaths.id")),
    (
        "dangling_reference",
        ("pregnancy_visits.pregnancy_no", "procedures.institution", "births.institution", "birth_certificates.institution"),
    ),
    ("villages_missing", ("card_reads.area", "supplies.area", "staff.area")),
    ("inaccurate_checks", ("spot_checks.matches",)),
    ("swollen_register", ("staff.post_no",)),
)  # fmt: skip
# these need a file large enough for a share of it to mean something
_SHARES = (
    "partial_extract", "bad_batch", "high_missing_share", "implausible_share", "late_share", "unknown_villages",
    "other_code_book", "empty_file",
)  # fmt: skip
# what the gate compares such a file with: so many months before it, and enough old events of the policy year
_MONTHS_BEFORE = {
    "month_missing": 6,
    "month_repeated": 6,
    "inaccurate_checks": 6,
    "dangling_reference": 3,
    "swollen_register": 3,
}
MONTHS_AFTER_BURST = 3
SEASONS: dict[str, Sequence[int]] = {
    "late_registration_burst": (11, 12, 1, 2, 3),
    "other_mothers": range(4, 10),
    "other_persons": range(4, 10),
    "inaccurate_checks": (6,),
}


@dataclass(frozen=True)
class FilePlan:
    """File-level faults by slot, and the partial extract that is never replaced."""

    kinds: dict[Slot, str]
    never_replaced: frozenset[Slot]
    columns: dict[Slot, str]

    def kind(self, register: str, county: int, month: int) -> str:
        """The fault of a delivery, or an empty text."""
        return self.kinds.get((register, county, month), "")

    def column(self, register: str, county: int, month: int) -> str:
        """The column that the fault of a delivery strikes, or an empty text."""
        return self.columns.get((register, county, month), "")

    @property
    def bursts(self) -> frozenset[tuple[int, int]]:
        """(county, month) whose births are mostly registered late."""
        return frozenset(slot[1:] for slot, kind in self.kinds.items() if kind == "late_registration_burst")


def plan_files(rates: FaultRates, counties: int, first: int, months: int, seed: int) -> FilePlan:
    """Place the file-level faults; kinds that find no free slot stay away."""
    rng, run = stream(seed, "fileplan"), range(first, first + months)
    kinds: dict[Slot, str] = {}
    columns: dict[Slot, str] = {}
    partial: list[Slot] = []
    for kind, registers in _PLACES:
        for turn in range(getattr(rates, kind)):
            register, _, column = registers[turn % len(registers)].partition(".")
            usable = [month for month in run if _suits(kind, register, month, run)]
            places = range(1 if register == "areas" else counties)
            free = [(register, county, month) for month in usable for county in places]
            free = [slot for slot in free if slot not in kinds]
            if free:
                slot = free[int(rng.integers(0, len(free)))]
                kinds[slot], columns[slot] = kind, column
                partial += [slot] if kind == "partial_extract" else []
    return FilePlan(kinds, frozenset(partial[-1:]) if len(partial) > 1 else frozenset(), columns)


def _suits(kind: str, register: str, month: int, run: range) -> bool:
    """Not the first month (no predecessor), the last (nothing mends it), nor a young window."""
    if kind in ("redelivery", "wrong_encoding", "same_bytes"):
        return True
    if kind == "late_registration_burst":  # what came late must have the time to come
        return month_of_year(month) in SEASONS[kind] and run[0] < month < run[-1] - MONTHS_AFTER_BURST + 1
    if kind in WHOLE_KINDS:
        season = SEASONS.get(kind, range(1, 13))
        late_enough = month - run[0] >= _MONTHS_BEFORE.get(kind, 1)
        return late_enough and month_of_year(month) in season and due(register, month_of_year(month))
    inside = run[0] < month < run[-1]
    young_window = register in _WINDOWS and month_of_year(month) in (10, 11, 12)
    return inside and not (young_window and kind in _SHARES)
