"""What landing, gate and deadlines found of what the demo injected: recall and precision per kind of fault, from the truth
and the warehouse.

Recall: of the injected rows or files, the share that was found by the rule or threshold that is meant for the kind.
Precision: of what that rule or threshold found, the share that a fault of the same row or file explains.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field

import duckdb

from orchestration.demo.generate import folders
from orchestration.demo.options import FILE_KINDS
from orchestration.errors import Refusal
from orchestration.landing.contracts import load_contracts
from orchestration.periods import now
from orchestration.quality.deadlines import due_deliveries, load_schedules
from orchestration.settings import Settings
from orchestration.warehouse import open_warehouse

# What landing calls the rules that the generator names by the fault.
LANDING_RULES = {
    "area_outside_county": "area_outside_delivery", "parity_out_of_range": "out_of_range", "extra_separator": "width",
    "missing_separator": "width",
}  # fmt: skip
# Rows that land, counted by a threshold: {0} is the register.
COUNTED = {
    "unknown_village": "{0}_area_known", "missing_household_type": "{0}_household_type_complete",
    "missing_residence": "{0}_residence_area_complete", "marriage_contradiction": "{0}_marriage_consistent",
    "ended_without_date": "{0}_ended_with_date", "missing_mother_birth_date": "{0}_mother_birth_date_complete",
    "mother_age_implausible": "{0}_mother_age_plausible", "age_implausible": "{0}_age_plausible",
    "duplicate_person": "{0}_duplicates",
}  # fmt: skip
BOTH_ENTRIES = {"duplicate_person": 2}  # rows that the threshold counts for one such fault
ACROSS = "register_duplicates"  # rule of a second entry that the county's own file does not show
# Files, and the threshold that is meant for each: {0} is the register, {1} the column that is struck.
FLAGGED: dict[str, str] = {
    "partial_extract": "{0}_row_count", "bad_batch": "{0}_bad_rows", "late_registration_burst": "{0}_no_late_month",
    "high_missing_share": "{0}_{1}_complete", "implausible_share": "{0}_{1}_plausible",
    "contradiction_share": "{0}_marriage_consistent", "late_share": "{0}_timely", "unknown_villages": "{0}_area_known",
    "other_code_book": "{0}_area_mostly_known", "empty_file": "{0}_rows", "many_duplicates": "{0}_duplicates",
    "area_parent_missing": "areas_parent_known", "second_city": "areas_one_city",
    "official_jump": "official_population_steady", "month_missing": "{0}_volume", "month_repeated": "{0}_volume",
    "other_mothers": "{0}_also_on_births", "strangers": "{0}_on_register", "other_persons": "{0}_known_to_population",
    "dangling_reference": "{0}_institution_known", "villages_missing": "{0}_villages_covered",
    "inaccurate_checks": "spot_checks_accuracy_of_population", "swollen_register": "{0}_not_swollen",
}  # fmt: skip
BY_COLUMN = {
    ("high_missing_share", "population", "status_date"): "population_ended_with_date",
    ("implausible_share", "births", "mother_birth_date"): "births_mother_age_plausible",
    ("implausible_share", "deaths", "birth_date"): "deaths_age_plausible",
    ("other_mothers", "births", "mother_id"): "births_also_on_birth_certificates",
    ("dangling_reference", "pregnancy_visits", "pregnancy_no"): "pregnancy_visits_pregnancy_known",
}
TURNED_AWAY = {"wrong_encoding": "refused", "same_bytes": "duplicate"}  # the door's own word on a file
# Where no threshold may alarm, and why; what is measured of these kinds is a ledger's word, or a count below the threshold.
QUIET = {
    "redelivery": "the wrong rows are plausible, and only the correction gives them away: the ledger must say superseded",
    "duplicate_person": "registers hold some persons twice, and 1 % is tolerated; of two counties each sees one entry, "
    "and the marts count both (register_duplicates)",
}
# A month whose births come late goes on being late, and other departments know those births before the register does.
AFTER_BURST = (
    "births_timely",
    "births_no_late_month",
    *(f"{register}_also_on_births" for register in ("birth_certificates", "vaccinations", "household_entries")),
)
# thresholds that look into another register, which their name says
COMPARED = re.compile(r"_also_on_(\w+)$|_(?:known_to_population|on_register|near_official)$")
ABSENT = re.compile(r"_villages_covered$|_steady$")  # any faulty row leaves a gap in what these look at as a whole
EXAMINED = ("landed", "held", "superseded")


@dataclass(frozen=True)
class Fault:
    """A line of truth/faults.csv."""

    file: str
    line: int | None
    column: str
    kind: str
    rule: str

    @property
    def register(self) -> str:
        """The register whose file it is."""
        return _where(self.file)[0]


@dataclass
class Measured:
    """Recall and precision of one kind; `unit` says what is counted."""

    kind: str
    unit: str
    meant: set[str] = field(default_factory=set)
    injected: int = 0
    found: int = 0
    alarms: int = 0
    explained: int = 0

    @property
    def recall(self) -> float | None:
        """Share of the injected that was found; None when nothing was injected."""
        return self.found / self.injected if self.injected else None

    @property
    def precision(self) -> float | None:
        """Share of what was found that faults explain; None when nothing was found."""
        return self.explained / self.alarms if self.alarms else None

    def as_row(self) -> dict[str, object]:
        """Plain data."""
        return {
            "kind": self.kind, "unit": self.unit, "meant": sorted(self.meant), "injected": self.injected,
            "found": self.found, "recall": self.recall, "alarms": self.alarms, "explained": self.explained,
            "precision": self.precision,
        }  # fmt: skip


@dataclass(frozen=True)
class Alarm:
    """A threshold that was not met by a file, and how many rows were not as expected."""

    file: str
    check: str
    unexpected: int


@dataclass(frozen=True)
class Quiet:
    """A kind of fault that must raise no alarm: why, in how many files it is, and the alarms there that nothing else explains."""

    kind: str
    why: str
    files: int
    alarms: int


@dataclass
class Measurement:
    """All kinds, the alarms that no fault explains, and the kinds that must raise none."""

    kinds: list[Measured]
    alarms: int
    unexplained: list[Alarm]
    quiet: list[Quiet]

    def as_data(self) -> dict[str, object]:
        """Plain data, for machines."""
        return {
            "kinds": [kind.as_row() for kind in self.kinds],
            "alarms": self.alarms,
            "unexplained": [{"file": a.file, "check": a.check, "unexpected": a.unexpected} for a in self.unexplained],
            "quiet": [asdict(one) for one in self.quiet],
        }


class Evidence:
    """What was injected, and what the warehouse says of the same files.

    `due`: (register, area, month as yyyymm) of which a delivery is due; of others it does not matter that they never came.
    """

    def __init__(
        self, faults: list[Fault], connection: duckdb.DuckDBPyConnection, due: Collection[tuple[str, str, str]] = ()
    ) -> None:
        ask = connection.execute
        self.status = dict(ask("select file_name, status from landing.deliveries").fetchall())
        self.faults = [
            fault
            for fault in faults
            if fault.file in self.status or (fault.kind == "missing_delivery" and _where(fault.file) in due)
        ]
        # register, area, first and last month, and how many are missing
        self.missing = ask(
            """select register, area_code, strftime(opened_month, '%Y%m'), strftime(last_month, '%Y%m'), elements
                from quality.alerts where status = 'open' and check_id = register || '_delivered'"""
        ).fetchall()
        examined = {name for name, status in self.status.items() if status in EXAMINED}
        quarantine = ask(
            "select d.file_name, q.line, q.rule from landing.quarantine as q join landing.deliveries as d using (delivery)"
        ).fetchall()
        self.quarantined = {(file, line, rule) for file, line, rule in quarantine}
        results = ask(
            "select d.file_name, r.check_id, r.status, r.unexpected from quality.results as r "
            "join landing.deliveries as d using (delivery)"
        ).fetchall()
        self.unexpected = {(file, check): unexpected for file, check, _, unexpected in results}
        self.alarms = [Alarm(file, check, n) for file, check, status, n in results if status in ("warn", "fail")]
        self.rows: dict[str, set[int]] = defaultdict(set)  # lines with a fault
        self.meant: dict[tuple[str, str], set[int]] = defaultdict(set)  # of these, by the threshold that counts them
        self.whole: set[str] = set()  # files that are wrong as a whole, and not only in plausible rows
        for fault in self.faults:
            if fault.line is None:
                self.whole |= {fault.file} - ({fault.file} if fault.kind in QUIET else set())
            elif fault.file in examined:
                self.rows[fault.file].add(fault.line)
                for check in counted_by(fault):
                    self.meant[fault.file, check].add(fault.line)
        self.whole_places = {_where(file) for file in self.whole}
        bursts = [_where(fault.file) for fault in self.faults if fault.kind == "late_registration_burst"]
        self.bursts = {(register, area): month for register, area, month in bursts}

    def explains(self, alarm: Alarm) -> bool:
        """The file has a fault as a whole, or as many rows of those the threshold counts as were unexpected.

        Or a month of it came late before, or the threshold compares it with a register whose file of this or the last month
        has a fault as a whole.
        """
        rows = len(self.rows[alarm.file] if ABSENT.search(alarm.check) else self.meant[alarm.file, alarm.check])
        if alarm.check == meant_for(Fault(alarm.file, None, "", "duplicate_person", "")):
            rows *= BOTH_ENTRIES["duplicate_person"]
        if alarm.file in self.whole or alarm.unexpected <= rows:
            return True
        _, area, month = _where(alarm.file)
        burst = self.bursts.get(("births", area))
        if burst is not None and month >= burst and alarm.check in AFTER_BURST:
            return True
        other = COMPARED.search(alarm.check)
        compared = (other[1] or "population") if other else ""
        return any((compared, area, before) in self.whole_places for before in (month, _month_before(month)))

    def shows_later(self, fault: Fault) -> bool:
        """A burst of late registrations is told by files after its own."""
        register, area, month = _where(fault.file)
        later = [alarm for alarm in self.alarms if alarm.check == meant_for(fault)]
        places = (_where(alarm.file) for alarm in later)
        return fault.kind == "late_registration_burst" and any(
            p[:2] == (register, area) and p[2] >= month for p in places
        )


def _month_before(month: str) -> str:
    number = int(month[:4]) * 12 + int(month[4:]) - 2
    return f"{number // 12}{number % 12 + 1:02d}"


def _where(file: str) -> tuple[str, str, str]:
    """Register, area and month of a file's name."""
    match = re.match(r"(.+)_(\d{6})_(\d{6})", file)
    assert match is not None, file
    return match[1], match[2], match[3]


def meant_for(fault: Fault) -> str:
    """The threshold that is meant for a fault of a whole file or for a row that lands."""
    pattern = FLAGGED.get(fault.kind) or COUNTED[fault.kind]
    named = BY_COLUMN.get((fault.kind, fault.register, fault.column))
    return named or pattern.format(fault.register, fault.column)


def counted_by(fault: Fault) -> list[str]:
    """The thresholds that count a faulty row."""
    if fault.kind in COUNTED:
        return [] if fault.rule == ACROSS else [meant_for(fault)]
    if fault.kind in QUIET:
        return []
    return [f"{fault.register}_bad_rows", f"{fault.register}_few_quarantined"]


def _of_rows(kind: str, faults: list[Fault], evidence: Evidence) -> Measured:
    """Rows that must be quarantined under the rule of the kind."""
    rules = {LANDING_RULES.get(f.rule, f.rule) for f in faults}
    measured = Measured(kind, "rows quarantined", rules)
    files = {f.file for f in faults}
    measured.injected = len(faults)
    measured.found = sum((f.file, f.line, LANDING_RULES.get(f.rule, f.rule)) in evidence.quarantined for f in faults)
    of_rule = [(file, line) for file, line, rule in evidence.quarantined if rule in rules and file in files]
    measured.alarms = len(of_rule)
    measured.explained = sum(line in evidence.rows[file] for file, line in of_rule)
    return measured


def _of_counted(kind: str, faults: list[Fault], evidence: Evidence) -> Measured:
    """Rows that land and that a threshold counts; in files that have no other fault of the same kind as a whole."""
    measured = Measured(kind, "rows counted")
    per_file: dict[tuple[str, str], int] = defaultdict(int)
    for fault in faults:
        if fault.file not in evidence.whole and fault.rule != ACROSS:
            per_file[fault.file, meant_for(fault)] += 1
    for (file, check), injected in per_file.items():
        found = evidence.unexpected.get((file, check), 0) // BOTH_ENTRIES.get(kind, 1)
        measured.meant.add(check)
        measured.injected += injected
        measured.found += min(found, injected)
        measured.alarms += found
        measured.explained += min(found, injected)
    return measured


def _of_files(kind: str, faults: list[Fault], evidence: Evidence) -> Measured:
    """Files that the threshold meant for them must flag."""
    measured = Measured(kind, "files flagged", {meant_for(f) for f in faults})
    flagged = {(alarm.file, alarm.check) for alarm in evidence.alarms}
    measured.injected = len(faults)
    measured.found = sum((f.file, meant_for(f)) in flagged or evidence.shows_later(f) for f in faults)
    alarms = [alarm for alarm in evidence.alarms if alarm.check in measured.meant]
    measured.alarms, measured.explained = len(alarms), sum(map(evidence.explains, alarms))
    return measured


def _of_door(kind: str, faults: list[Fault], evidence: Evidence) -> Measured:
    """Files that must not pass the door."""
    wanted = TURNED_AWAY[kind]
    turned = {file for file, status in evidence.status.items() if status == wanted}
    measured = Measured(kind, "files turned away", {wanted}, len(faults))
    measured.found = sum(f.file in turned for f in faults)
    measured.alarms, measured.explained = len(turned), len(turned & {f.file for f in evidence.faults})
    return measured


def _of_corrected(kind: str, faults: list[Fault], evidence: Evidence) -> Measured:
    """Files whose plausible mistakes a re-delivery mends: the ledger must say that they no longer count."""
    whole = {fault.file for fault in faults if fault.line is None}
    superseded = {file for file, status in evidence.status.items() if status == "superseded"}
    measured = Measured(kind, "files superseded", {"superseded"}, len(whole), len(whole & superseded), len(superseded))
    measured.explained = len(superseded & {fault.file for fault in evidence.faults if fault.kind in FILE_KINDS})
    return measured


def _of_missing(kind: str, faults: list[Fault], evidence: Evidence) -> Measured:
    """Deliveries that never come: the open alert of their register and area must span their month."""
    measured = Measured(kind, "files missed", {f"{f.register}_delivered" for f in faults}, len(faults))
    places = [_where(fault.file) for fault in faults]
    for register, area, first, last, months in evidence.missing:
        spanned = sum(place[:2] == (register, area) and first <= place[2] <= last for place in places)
        measured.found += spanned
        measured.alarms += months
        measured.explained += min(months, spanned)
    return measured


def measured_kinds(evidence: Evidence) -> Iterator[Measured]:
    """Each kind of fault that was injected and can be measured here."""
    kinds: dict[str, list[Fault]] = defaultdict(list)
    for fault in evidence.faults:
        kinds[fault.kind].append(fault)
    for kind, found in sorted(kinds.items()):
        if kind in TURNED_AWAY:
            yield _of_door(kind, found, evidence)
        elif kind in FLAGGED:
            yield _of_files(kind, found, evidence)
        elif kind in COUNTED:
            yield _of_counted(kind, found, evidence)
        elif kind == "redelivery":
            yield _of_corrected(kind, found, evidence)
        elif kind == "missing_delivery":
            yield _of_missing(kind, found, evidence)
        else:
            yield _of_rows(kind, found, evidence)


def quiet_kinds(evidence: Evidence, unexplained: list[Alarm]) -> Iterator[Quiet]:
    """Each kind of fault that must raise no alarm."""
    for kind, why in QUIET.items():
        files = {fault.file for fault in evidence.faults if fault.kind == kind}
        yield Quiet(kind, why, len(files), sum(alarm.file in files for alarm in unexplained))


def read_faults(rows: Iterable[dict[str, str]]) -> list[Fault]:
    """Lines of truth/faults.csv."""
    return [Fault(r["file"], int(r["line"]) if r["line"] else None, r["column"], r["kind"], r["rule"]) for r in rows]


def measure(settings: Settings) -> Measurement:
    """Compare the truth beside the inbox with what the gate said of the files that have come. Refusal without a truth."""
    path = folders(settings.root)[1] / "faults.csv"
    if not path.is_file():
        raise Refusal(str(path), "no_truth", f"{path}: there is no truth to measure by; run renkou demo generate first")
    with path.open(encoding="utf-8", newline="") as source:
        faults = read_faults(csv.DictReader(source))
    registers, schedules = load_contracts(settings.dbt_project), load_schedules(settings.dbt_project)
    with open_warehouse(settings, registers) as connection:
        due = due_deliveries(connection, registers, schedules, now().date()).months
        places = {(register, area, f"{month:%Y%m}") for (register, area), months in due.items() for month in months}
        evidence = Evidence(faults, connection, places)
    kinds = list(measured_kinds(evidence))
    unexplained = [alarm for alarm in evidence.alarms if not evidence.explains(alarm)]
    return Measurement(kinds, len(evidence.alarms), unexplained, list(quiet_kinds(evidence, unexplained)))
