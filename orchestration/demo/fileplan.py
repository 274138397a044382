"""Which deliveries of the run carry a file-level fault: at most one each."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.demo.months import month_of_year
from orchestration.demo.options import FaultRates
from orchestration.demo.streams import stream

Slot = tuple[str, int, int]  # register, county number, month number

# (kind, registers in turn): early in the list means first choice of slots
_PLACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("late_registration_burst", ("births",)),
    ("bad_batch", ("births", "deaths", "birth_certificates")),
    ("high_missing_share", ("births",)),
    ("partial_extract", ("population", "births")),
    ("missing_delivery", ("deaths", "population", "birth_certificates", "births")),
    ("redelivery", ("births", "population", "deaths", "birth_certificates")),
    ("wrong_encoding", ("deaths",)),
    ("same_bytes", ("birth_certificates", "births", "deaths", "population")),
)


@dataclass(frozen=True)
class FilePlan:
    """File-level faults by slot, and the partial extract that is never replaced."""

    kinds: dict[Slot, str]
    never_replaced: frozenset[Slot]

    def kind(self, register: str, county: int, month: int) -> str:
        """The fault of a delivery, or an empty text."""
        return self.kinds.get((register, county, month), "")

    @property
    def bursts(self) -> frozenset[tuple[int, int]]:
        """(county, month) whose births are mostly registered late."""
        return frozenset(slot[1:] for slot, kind in self.kinds.items() if kind == "late_registration_burst")


def plan_files(rates: FaultRates, counties: int, first: int, months: int, seed: int) -> FilePlan:
    """Place the file-level faults; kinds that find no free slot stay away."""
    rng, run = stream(seed, "fileplan"), range(first, first + months)
    kinds: dict[Slot, str] = {}
    partial: list[Slot] = []
    for kind, registers in _PLACES:
        for turn in range(getattr(rates, kind)):
            register = registers[turn % len(registers)]
            usable = [month for month in run if _suits(kind, register, month, run)]
            free = [(register, county, month) for month in usable for county in range(counties)]
            free = [slot for slot in free if slot not in kinds]
            if free:
                slot = free[int(rng.integers(0, len(free)))]
                kinds[slot] = kind
                partial += [slot] if kind == "partial_extract" else []
    return FilePlan(kinds, frozenset(partial[-1:]) if len(partial) > 1 else frozenset())


def _suits(kind: str, register: str, month: int, run: range) -> bool:
    """Not the first month (no predecessor), the last (nothing mends it), nor a young window."""
    if kind in ("redelivery", "wrong_encoding", "same_bytes"):
        return True
    inside = run[0] < month < run[-1]
    young_window = register != "population" and month_of_year(month) in (10, 11, 12)
    return inside and not (young_window and kind in ("partial_extract", "bad_batch", "high_missing_share"))
