"""Row faults: what each kind does to a row, and which rows are faulty in which month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from orchestration.demo import layout
from orchestration.demo import people as p
from orchestration.demo.identifiers import CHECK_CHARACTERS
from orchestration.demo.months import NO_DAY, Bool, day_number, last_day
from orchestration.demo.options import FaultRates
from orchestration.demo.places import City
from orchestration.demo.registers import PERSON_REGISTERS, WINDOW_REGISTERS, Frame
from orchestration.demo.streams import stream
from orchestration.demo.text import Coded, Fixed, date_text

IDENTIFIER = {
    "population": "id", "births": "mother_id", "deaths": "id", "birth_certificates": "mother_id", "pregnancies": "id",
    "vaccinations": "mother_id", "household_entries": "mother_id", "marriages": "id_b", "contraception_use": "id",
    "procedures": "id", "floating_population": "id", "health_checks": "id", "benefits": "id", "insurance": "id",
}  # fmt: skip
KEY = {
    "births": "birth_no", "deaths": "death_no", "birth_certificates": "certificate_no", "pregnancies": "pregnancy_no",
    "vaccinations": "dose_no", "household_entries": "entry_no", "marriages": "registration_no",
    "procedures": "procedure_no", "floating_population": "exchange_no", "health_checks": "check_no",
    "fee_cases": "case_no",
}  # fmt: skip
EVENT = {
    "population": "birth_date", "births": "birth_date", "deaths": "death_date", "birth_certificates": "birth_date",
    "pregnancies": "first_seen_date", "pregnancy_visits": "visit_date", "fee_cases": "filed_date",
    "fee_payments": "paid_date", "vaccinations": "birth_date", "household_entries": "birth_date",
    "marriages": "event_date", "contraception_use": "updated_at", "procedures": "procedure_date",
    "floating_population": "due_date", "card_reads": "read_date", "health_checks": "check_date",
    "institution_inspections": "inspected_on", "two_acts_cases": "filed_date",
}  # fmt: skip
# of the registers whose event and paper have days of their own
REGISTERED = {
    "population": "registered_at", "births": "registered_at", "deaths": "registered_at",
    "birth_certificates": "issued_on", "vaccinations": "dose_date", "household_entries": "entry_date",
    "procedures": "registered_at",
}  # fmt: skip
CODES = {
    "population": ("sex", "household_type", "marital_status", "status"),
    "births": ("sex", "policy_status"), "deaths": ("sex",), "birth_certificates": ("sex",),
    "vaccinations": ("sex",), "household_entries": ("sex",), "pregnancy_visits": ("visit_type",),
    "marriages": ("event",), "contraception_use": ("method",), "procedures": ("procedure_type",),
    "floating_population": ("direction",), "health_checks": ("check_type",), "staff": ("level",),
    "facilities": ("level",), "institution_inspections": ("item",), "two_acts_cases": ("act_type",),
    "surveys": ("satisfied",), "spot_checks": ("matches",), "inspections": ("passed",), "insurance": ("scheme",),
    "benefits": ("programme",), "reported_figures": ("source",),
}  # fmt: skip
# a cell before which a comma goes astray
STRAY = {
    "population": "name", "births": "child_name", "deaths": "sex", "birth_certificates": "sex",
    **{register: next(iter(columns)) for register, columns in layout.COLUMNS.items()},
}  # fmt: skip
# full registers: every row is new each month, so their rates are lower
FULL_REGISTERS = ("population", *layout.FULL)
EVERY_REGISTER = (*PERSON_REGISTERS, *layout.COLUMNS)
WITH_AREA = tuple(name for name in EVERY_REGISTER if name in PERSON_REGISTERS or "area" in layout.COLUMNS[name])
WINDOWS = (*WINDOW_REGISTERS, "vaccinations", "household_entries", "procedures")
# the rule that refuses the row, where it is not named like the kind
RULES = {
    ("registered_before_event", "vaccinations"): "dose_date_before_birth_date",
    ("registered_before_event", "household_entries"): "entry_date_before_birth_date",
    ("registered_before_event", "procedures"): "registered_at_before_procedure_date",
}


def rule_of(kind: str, register: str) -> str:
    """The rule that a fault breaks."""
    return RULES.get((kind, register)) or KINDS[kind].rule or kind


# written as the byte FF, which begins no character of GB18030 or UTF-8
BROKEN_BYTE = "\udcff"


@dataclass(frozen=True)
class Site:
    """Where a fault strikes: a row of a frame, the city around it, and a stream of the row's own."""

    frame: Frame
    row: int
    city: City
    rng: np.random.Generator

    def text(self, column: str) -> str:
        """Plain text of a cell that is a label or an identifier."""
        cells = self.frame.columns[column]
        if isinstance(cells, Fixed):
            return bytes(cells.data[self.row]).decode()
        if isinstance(cells, Coded):
            return cells.labels.texts[int(cells.codes[self.row])]
        return date_text(self.frame.day(column, self.row))

    def pick(self, values: tuple[str, ...]) -> str:
        """One of the values."""
        return values[int(self.rng.integers(0, len(values)))]


@dataclass(frozen=True)
class Change:
    """What to write: other cells, two cells run together (``merge``), or a copy of the row (``copy``)."""

    column: str
    cells: dict[str, str] = field(default_factory=dict)
    merge: bool = False
    copy: bool = False


def _bad_check_digit(site: Site) -> Change:
    column = IDENTIFIER[site.frame.register]
    old = site.text(column)
    others = tuple(chr(code) for code in sorted(CHECK_CHARACTERS) if chr(code) != old[-1])
    return Change(column, {column: old[:-1] + site.pick(others)})


def _missing_identifier(site: Site) -> Change:
    column = IDENTIFIER[site.frame.register]
    return Change(column, {column: ""})


def _impossible_date(site: Site) -> Change:
    column = EVENT[site.frame.register]
    year = site.text(column)[:4]
    return Change(column, {column: site.pick(("202年9月", f"{year}-02-30", f"{year}/13/05", f"{year}0231"))})


def _unknown_code(site: Site) -> Change:
    column = site.pick(CODES[site.frame.register])
    return Change(column, {column: site.pick(("其他码", "9", "?"))})


def _area_outside_county(site: Site) -> Change:
    others = np.flatnonzero(site.city.county_of != site.frame.county)
    return Change("area", {"area": site.city.villages[int(site.rng.choice(others))]})


def _area_malformed(site: Site) -> Change:
    code = site.text("area")
    return Change("area", {"area": site.pick((code[:-1], code[:5] + "O" + code[6:], f"{code}.0", "本村"))})


def _missing_required(site: Site) -> Change:
    column = site.pick((EVENT[site.frame.register], "area"))
    return Change(column, {column: ""})


def _registered_before_event(site: Site) -> Change:
    """The event moves behind its paper, which stays in its window; for a population row the paper moves.

    A procedure loses its follow-up with it, which would come too early.
    """
    event, registered = EVENT[site.frame.register], REGISTERED[site.frame.register]
    if site.frame.register == "population":
        day = site.frame.day(event, site.row) - int(site.rng.integers(1, 20))
        return Change(registered, {registered: date_text(day)})
    day = site.frame.day(registered, site.row) + int(site.rng.integers(1, 20))
    cells = {event: date_text(day)}
    if site.frame.register == "procedures":
        cells["followup_date"] = ""
    return Change(registered, cells)


def _after_month_end(site: Site) -> Change:
    column = REGISTERED[site.frame.register]
    return Change(column, {column: date_text(last_day(site.frame.month) + int(site.rng.integers(1, 20)))})


def _outside_window(site: Site) -> Change:
    """A year early, event and all, so that nothing else is wrong with the row."""
    frame, row = site.frame, site.row
    registered, event = REGISTERED[frame.register], EVENT[frame.register]
    cells = {column: date_text(frame.day(column, row) - 366) for column in (registered, event)}
    if frame.register == "deaths" and frame.day("birth_date", row) > frame.day(event, row) - 366:
        cells["birth_date"] = cells[event]
    return Change(registered, cells)


def _parity_out_of_range(site: Site) -> Change:
    return Change("parity", {"parity": site.pick(("0", "-1", "99", "31"))})


def _mother_age_implausible(site: Site) -> Change:
    years = int(site.rng.choice([9, 58]))
    day = site.frame.day("birth_date", site.row) - int((years + 0.5) * 365.25)
    return Change("mother_birth_date", {"mother_birth_date": date_text(day)})


def _extra_separator(site: Site) -> Change:
    column = STRAY[site.frame.register]
    text = site.text(column)
    return Change("", {column: f"{text[:1]},{text[1:]}"})


def _missing_separator(site: Site) -> Change:
    return Change("", merge=True)


def _duplicate_key(site: Site) -> Change:
    if site.frame.register not in PERSON_REGISTERS:
        own = site.city.villages_of(site.frame.county)
        others = [code for code in (site.city.villages[at] for at in own) if code != site.text("area")]
        return Change(KEY[site.frame.register], {"area": site.pick(tuple(others))}, copy=True)
    other = "女" if site.text("sex") == "男" else "男"
    return Change(KEY[site.frame.register], {"sex": other}, copy=True)


def _duplicate_row(site: Site) -> Change:
    return Change("", copy=True)


def _unknown_village(site: Site) -> Change:
    return Change("area", {"area": f"{site.text('area')[:9]}{int(site.rng.integers(910, 999))}"})


def _missing_household_type(site: Site) -> Change:
    return Change("household_type", {"household_type": ""})


def _missing_residence(site: Site) -> Change:
    return Change("residence_area", {"residence_area": ""})


def _marriage_contradiction(site: Site) -> Change:
    """The date of first marriage stays; the status denies it."""
    return Change("marital_status", {"marital_status": p.MARITAL[p.NEVER_MARRIED]})


def _ended_without_date(site: Site) -> Change:
    return Change("status_date", {"status_date": ""})


def _missing_mother_birth_date(site: Site) -> Change:
    return Change("mother_birth_date", {"mother_birth_date": ""})


def _age_implausible(site: Site) -> Change:
    """Born around 1880; the identifier keeps the true day."""
    day = day_number(date(1880, 1, 1)) + int(site.rng.integers(0, 3 * 365))
    return Change("birth_date", {"birth_date": date_text(day)})


def _malformed_number(site: Site) -> Change:
    """Eleven digits where the institution's code belongs."""
    county = site.city.counties[site.frame.county]
    return Change("institution", {"institution": f"{county}{int(site.rng.integers(0, 100_000)):05d}"})


def _undecodable(site: Site) -> Change:
    column = STRAY[site.frame.register]
    return Change("", {column: site.text(column) + BROKEN_BYTE})


def _married_once(frame: Frame) -> Bool:
    """Rows with a date of first marriage."""
    return frame.days("first_marriage_date") != NO_DAY


def _ended(frame: Frame) -> Bool:
    """Rows of persons dead or moved out, with their date."""
    status = frame.columns["status"]
    if not isinstance(status, Coded):
        raise TypeError("status is a coded column")
    return (status.codes != p.REGISTERED) & (frame.days("status_date") != NO_DAY)


def _redelivery(site: Site) -> Change:
    """A plausible mistake that the re-delivered file corrects."""
    other = "女" if site.text("sex") == "男" else "男"
    if site.frame.register == "births" and site.rng.random() < 0.5:
        return Change("parity", {"parity": str(int(site.text("parity")) + 1)})
    return Change("sex", {"sex": other})


@dataclass(frozen=True)
class Kind:
    """A kind of row fault: where it occurs, what becomes of the row, how it is made.

    ``rule`` is the rule that refuses the row if it is not named like the kind; ``among`` says which rows can
    have the fault (None: all).
    """

    name: str
    make: Callable[[Site], Change]
    registers: tuple[str, ...] = PERSON_REGISTERS
    outcome: str = "quarantined"
    rule: str = ""
    among: Callable[[Frame], Bool] | None = None


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("bad_check_digit", _bad_check_digit, tuple(IDENTIFIER)),
        Kind("missing_identifier", _missing_identifier, tuple(IDENTIFIER)),
        Kind("impossible_date", _impossible_date, tuple(EVENT)),
        Kind("unknown_code", _unknown_code, tuple(CODES)),
        Kind("area_outside_county", _area_outside_county, WITH_AREA),
        Kind("area_malformed", _area_malformed, WITH_AREA),
        Kind("missing_required", _missing_required, tuple(name for name in WITH_AREA if name in EVENT)),
        Kind("registered_before_event", _registered_before_event, tuple(REGISTERED)),
        Kind("after_month_end", _after_month_end, tuple(REGISTERED)),
        Kind("outside_window", _outside_window, WINDOWS),
        Kind("parity_out_of_range", _parity_out_of_range, ("births",)),
        Kind("mother_age_implausible", _mother_age_implausible, ("births",), "lands"),
        Kind("extra_separator", _extra_separator, EVERY_REGISTER),
        Kind("missing_separator", _missing_separator, EVERY_REGISTER),
        Kind("duplicate_key", _duplicate_key, tuple(KEY)),
        Kind("duplicate_row", _duplicate_row, (*WINDOW_REGISTERS, *layout.COLUMNS)),
        Kind("unknown_village", _unknown_village, WITH_AREA, "lands"),
        Kind("missing_household_type", _missing_household_type, ("population",), "lands"),
        Kind("missing_residence", _missing_residence, ("population",), "lands"),
        Kind("marriage_contradiction", _marriage_contradiction, ("population",), "lands", among=_married_once),
        Kind("ended_without_date", _ended_without_date, ("population",), "lands", among=_ended),
        Kind("missing_mother_birth_date", _missing_mother_birth_date, ("births",), "lands"),
        Kind("age_implausible", _age_implausible, ("deaths",), "lands"),
        Kind("malformed_number", _malformed_number, ("births", "birth_certificates"), rule="malformed"),
        Kind("undecodable", _undecodable, ("births", "deaths")),
        Kind("redelivery", _redelivery, outcome="lands"),
    )
}
BATCH_KINDS = ("bad_check_digit", "impossible_date", "unknown_code", "area_malformed", "missing_required")


@dataclass(frozen=True)
class RowFault:
    """A faulty row of a frame."""

    row: int
    record: int
    kind: str


class FaultEngine:
    """Decides month by month which rows are faulty: new ones strike, most old ones are mended."""

    def __init__(self, rates: FaultRates, city: City, seed: int) -> None:
        self._rates, self._city, self._seed = rates, city, seed
        self._active: dict[tuple[str, int], dict[int, str]] = {}
        self._owed: dict[tuple[str, str], float] = {}

    def strike(self, frame: Frame) -> list[RowFault]:
        """The faulty rows of this month's file, in row order."""
        purpose = f"faults-{frame.register}"
        rng = stream(self._seed, purpose, frame.county, frame.month)
        active = self._active.setdefault((frame.register, frame.county), {})
        for record in list(active):
            if rng.random() < self._rates.corrected:
                del active[record]
        candidates = np.flatnonzero(frame.new)
        for kind in KINDS.values():
            if frame.register in kind.registers and kind.name != "redelivery":
                able = candidates if kind.among is None else candidates[kind.among(frame)[candidates]]
                self._strike_kind(frame, kind.name, len(candidates), able, active, rng)
        return locate(frame, active)

    def _strike_kind(
        self,
        frame: Frame,
        kind: str,
        rows: int,
        able: np.ndarray,
        active: dict[int, str],
        rng: np.random.Generator,
    ) -> None:
        due = self._due(frame.register, kind, rows, len(able), rng)
        if not due:
            return
        room = max(1, int(self._rates.max_row_share * len(frame))) - len(locate(frame, active))
        self._owed[frame.register, kind] += max(due - max(room, 0), 0)
        for _ in range(min(due, max(room, 0))):
            for row in rng.choice(able, size=min(8, len(able))).tolist():
                if int(frame.records[row]) not in active:
                    active[int(frame.records[row])] = kind
                    break

    def _due(self, register: str, kind: str, rows: int, room: int, rng: np.random.Generator) -> int:
        """How many of these rows fall to the kind; what is owed carries over, so a rare kind comes up too."""
        rate = getattr(self._rates, kind) * (self._rates.population_factor if register in FULL_REGISTERS else 1.0)
        owed = self._owed.setdefault((register, kind), float(rng.random())) + rate * rows if rate else 0.0
        due = min(int(owed), max(room, 0), rows)
        self._owed[register, kind] = owed - due
        return due

    def change(self, frame: Frame, fault: RowFault) -> Change:
        """What the fault writes; the same every month that it stands."""
        rng = stream(self._seed, f"fault-{frame.register}-{fault.kind}", fault.record)
        return KINDS[fault.kind].make(Site(frame, fault.row, self._city, rng))


def locate(frame: Frame, faults: dict[int, str]) -> list[RowFault]:
    """Rows of these records in the frame; records that are not in it are left out."""
    if not faults or not len(frame):
        return []
    rows = np.flatnonzero(np.isin(frame.records, list(faults)))
    records, first = np.unique(frame.records[rows], return_index=True)
    found = zip(records.tolist(), rows[first].tolist(), strict=True)
    return sorted((RowFault(row, record, faults[record]) for record, row in found), key=lambda fault: fault.row)


def scattered(frame: Frame, share: float, kinds: tuple[str, ...], rng: np.random.Generator) -> dict[int, str]:
    """Faults of these kinds in turn on a share of the rows (at least one)."""
    size = min(max(1, round(len(frame) * share)), len(frame))
    rows = rng.choice(len(frame), size=size, replace=False)
    return {int(frame.records[row]): kinds[turn % len(kinds)] for turn, row in enumerate(rows.tolist())}
