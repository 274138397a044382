"""The gate: every threshold has a clean delivery that passes it and a bad one that trips it, through Great Expectations."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any

import duckdb
import duckdb_engine
import pyarrow as pa
import pytest

from benchmarks import by_hand, gx_duckdb
from benchmarks.gx_duckdb import OwnSql
from orchestration.errors import LandingFailed
from orchestration.landing.check import checked_sql, protected_sql, row_hash_sql
from orchestration.landing.land import STAGED
from orchestration.landing.protect import Key
from orchestration.quality.gate import CheckResult, Gate, verdict
from orchestration.quality.suites import Threshold, load_suites
from orchestration.settings import Settings
from orchestration.warehouse import BOOKKEEPING, raw_tables_sql
from tests.landing_kit import COUNTY, REGISTERS, VILLAGES, Row, area_rows, good_row

SUITES = load_suites(Settings().expectations)
THRESHOLDS = {threshold.id: (register, threshold) for register, suite in SUITES.items() for threshold in suite}
Landed = dict[str, Any]
MONTH = date(2015, 3, 1)
SIZE = 200
RECENT = (
    100  # so many rows are of the month itself, in registers that are set against others; the rest is old enough for it
)
VOLUMES = {name.removesuffix("_volume"): t for name, (_, t) in THRESHOLDS.items() if name.endswith("_volume")}
BIRTH_PAPERS = {"births": "registered_at", "birth_certificates": "issued_on", "vaccinations": "dose_date",
                "household_entries": "entry_date"}  # fmt: skip
SPOT_CHECKED = ("population", "births", "deaths", "contraception_use", "pregnancies")
# what makes a row of these registers an old one
OLD: dict[str, Landed] = {
    **{
        register: {"birth_date": date(2014, 10, 20), paper: date(2014, 10, 25)}
        for register, paper in BIRTH_PAPERS.items()
    },
    "deaths": {"death_date": date(2014, 10, 20), "registered_at": date(2014, 10, 25)},
    "marriages": {"event_date": date(2014, 11, 5)},
    "fee_payments": {"paid_date": date(2015, 1, 6)},
    "floating_population": {"direction": "outflow"},
}


def person(number: int) -> str:
    """A pseudonym."""
    return f"{number:032x}"


ALIVE = 100_000  # persons from this number on stand on the population register, alive and never married


@cache
def landed_rows(register: str) -> list[Landed]:
    """A clean delivery of SIZE rows as it stands before the gate (areas: the whole city)."""
    village = [code for code in VILLAGES if code.startswith(COUNTY)]
    rows = []
    for n, plain in enumerate(_plain_rows(register)):
        row = dict(plain)
        if n >= RECENT:
            row |= OLD.get(register, {})
        if register == "fee_cases" and n < RECENT:
            row |= {"filed_date": date(2015, 3, 2), "decision_date": None, "amount_due": None, "court_applied_date": None,
                    "court_enforced_date": None}  # fmt: skip
        if register in ("contraception_use", "card_reads", "supplies", "staff", "facilities"):
            row["area"] = village[n % 6]
        if register in ("vaccinations", "household_entries"):
            row["mother_id_pseudonym"] = person(n)
        if register == "marriages":
            row["id_b_pseudonym"] = person(n)
        if register == "births" and n >= RECENT and n % 2:
            row["policy_status"] = "out_of_policy"
        if register == "population" and n % 5 == 1:
            row |= {"sex": "female", "marital_status": "first_marriage", "first_marriage_date": date(2014, 11, 5)}
        rows.append(row)
    return rows


def _plain_rows(register: str) -> list[Landed]:
    village = [code for code in VILLAGES if code.startswith(COUNTY)]
    numbers = range(SIZE)
    match register:
        case "areas":
            levels = {"市": "city", "区县": "county", "镇办": "township", "村居": "village"}
            return [{"area": r["area"], "name": r["name"], "name_en": None, "level": levels[r["level"]],
                     "valid_from": date(2000, 1, 1), "valid_to": None, "successor": None} for r in area_rows()]  # fmt: skip
        case "population":
            return [{"id_pseudonym": f"{n:032x}", "sex": "male", "birth_date": date(1980, 1, 1), "area": village[n % 6],
                     "residence_area": village[n % 6], "household_type": "agricultural", "marital_status": "never_married",
                     "first_marriage_date": None, "status": "dead" if n % 10 == 0 else "registered",
                     "status_date": date(2014, 12, 1) if n % 10 == 0 else None, "children_born": 0, "event_date": None,
                     "registered_at": date(2013, 1, 1)} for n in numbers]  # fmt: skip
        case "births":
            return [{"birth_no": f"B{n}", "mother_id_pseudonym": f"{n:032x}", "birth_date": date(2015, 3, 1), "sex": "male",
                     "parity": 1, "mother_birth_date": date(1988, 1, 1), "policy_status": "in_policy", "area": village[n % 6],
                     "institution": "I", "registered_at": date(2015, 3, 9)} for n in numbers]  # fmt: skip
        case "deaths":
            return [{"death_no": f"D{n}", "id_pseudonym": f"{n:032x}", "sex": "male", "birth_date": date(1940, 1, 1),
                     "death_date": date(2015, 3, 1), "area": village[n % 6],
                     "registered_at": date(2015, 3, 9)} for n in numbers]  # fmt: skip
        case "birth_certificates":
            return [{"certificate_no": f"C{n}", "mother_id_pseudonym": f"{n:032x}", "birth_date": date(2015, 3, 1), "sex": "male",
                     "institution": "I", "area": village[n % 6], "issued_on": date(2015, 3, 9)} for n in numbers]  # fmt: skip
        case "official_population":
            return [{"area": village[n % 6], "year": 1950 + n, "mid_year_population": 1000, "year_end_population": 1010}
                    for n in numbers]  # fmt: skip
    return as_landed(register, [good_row(register, number) for number in numbers])


@cache
def _vault() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:")


def as_landed(register: str, rows: list[Row]) -> list[Landed]:
    """The rows of a file as the checks let them through, with pseudonyms."""
    contract = REGISTERS[register]
    columns = {c.name: pa.array([row[c.name] or None for row in rows], pa.string()) for c in contract.kept}
    lines = {"line": pa.array(range(len(rows)), pa.int64()), "dirty": pa.array([False] * len(rows))}
    _vault().register("chunk", pa.table(lines | columns))
    _vault().execute(f"create or replace temp table checked as {checked_sql(contract, COUNTY, MONTH)}")
    key = Key((bytes(range(32)),))
    pads = key.pads if any(column.role == "identifier" for column in contract.kept) else None
    found = _vault().sql(protected_sql(contract, key), params=pads).to_arrow_table().to_pylist()
    return [{name: cell for name, cell in row.items() if name != "_line"} for row in found]


class Desk:
    """A connection as the gate finds it: a year of every register in place, one delivery staged."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(":memory:")
        self.connection.execute(BOOKKEEPING)
        for register in REGISTERS.values():
            self.connection.execute(raw_tables_sql(register))
        self.connection.execute("attach ':memory:' as incoming")
        for register in sorted(set(SUITES) - {"population", "official_population"}):
            self._stand(register, landed_rows(register))
        for register, threshold in VOLUMES.items():
            self._stand_year(register, threshold)
        self._stand_others()
        self._note_deliveries()
        self.gate = Gate(self.connection)

    def _stand(self, register: str, rows: list[Landed]) -> None:
        """Rows into the history of a register, as delivered in the month itself (the area register: long ago)."""
        month = "2013-10-01" if register == "areas" else MONTH.isoformat()
        self._insert(f"raw.{register}", rows, f"*, '{COUNTY}', '2015', 1, '{month}', null, 1, null, 0")

    def _insert(self, table: str, rows: list[Landed], columns: str) -> None:
        """At once: row by row, inserting took half of the tests' time."""
        text = [{name: None if cell is None else str(cell) for name, cell in row.items()} for row in rows]
        self.connection.register("many", pa.Table.from_pylist(text))
        self.connection.execute(f"insert into {table} select {columns} from many")
        self.connection.unregister("many")

    def _stand_year(self, register: str, threshold: Threshold) -> None:
        """As many events in each of the twelve months before as in the month itself, under numbers of their own."""
        day = re.search(r"date_trunc\('month', b\.(\w+)\)", threshold.judged_query)
        assert day is not None
        key = REGISTERS[register].column(REGISTERS[register].key[0]).landed_name
        other_case = ", 'X' as case_no" if register == "fee_payments" else ""
        for back in range(1, 13):
            self.connection.execute(
                f"insert into raw.{register} by name select * replace ({key} || '-{back}' as {key}, "
                f"cast({day[1]} - interval {back} month as date) as {day[1]}{other_case}) "
                f"from raw.{register} where {day[1]} >= '{MONTH}' and {day[1]} < '{MONTH}'::date + interval 1 month"
            )

    def _stand_others(self) -> None:
        """What the clean rows refer to: papers on births of December, institutions, births and cases, persons."""
        for register, paper in BIRTH_PAPERS.items():
            late = {"birth_date": date(2014, 12, 1), paper: date(2014, 12, 5)}
            self._stand(register, [row | late for row in landed_rows(register)])
        known = {row["institution"] for name in SUITES if name != "facilities" for row in landed_rows(name)
                 if row.get("institution")}  # fmt: skip
        sample = landed_rows("facilities")[0]
        self._stand("facilities", [sample | {"institution": name} for name in sorted(known)])
        of_cases = {"policy_status": "out_of_policy", "registered_at": date(2014, 10, 25)}
        births, cases = landed_rows("births"), landed_rows("fee_cases")
        self._stand("births", [b | of_cases | {"birth_no": c["birth_no"]} for b, c in zip(births, cases, strict=True)])
        self._stand("fee_cases", [c | {"case_no": f"{c['case_no']}-B", "birth_no": b["birth_no"]}
                                  for b, c in zip(births, cases, strict=True)])  # fmt: skip
        self._stand_persons()
        for register in SPOT_CHECKED:
            checked = {"register": register, "checked_on": date(2014, 11, 12)}
            for again in "AB":
                numbered = (
                    row | {"check_no": f"{row['check_no']}-{register}-{again}"} for row in landed_rows("spot_checks")
                )
                self._stand("spot_checks", [row | checked for row in numbered])
        county = {"area": f"{COUNTY}000000", "year": 2015, "mid_year_population": 180, "year_end_population": 180}
        self._stand("official_population", [county])

    def _stand_persons(self) -> None:
        """Everybody whom the clean rows name: dead and married, so that no other register is contradicted."""
        columns = ("id_pseudonym", "mother_id_pseudonym", "id_a_pseudonym", "id_b_pseudonym")
        named = {row[c] for register in SUITES for row in landed_rows(register) for c in columns if c in row}
        sample = landed_rows("population")[0] | {"marital_status": "first_marriage"}
        alive = sample | {"status": "registered", "status_date": None, "marital_status": "never_married"}
        self._stand("population", [sample | {"id_pseudonym": name} for name in sorted(named)])
        self._stand("population", [alive | {"id_pseudonym": person(ALIVE + n)} for n in range(SIZE)])

    def _note_deliveries(self) -> None:
        """Every register was delivered in each of the twelve months before."""
        self.connection.execute(
            f"""insert into landing.deliveries by name
            select row_number() over () as delivery, r.name as register, '{COUNTY}' as area_code, 0 as redelivery,
                '' as file_name, cast(date '{MONTH}' - to_months(cast(m.back as int)) as date) as month, '' as sha256, 0 as bytes,
                now()::timestamp as received_at, 'landed' as status, {SIZE} as rows_in
            from (select unnest(?) as name) as r, range(1, 13) as m(back)""",
            [sorted(SUITES)],
        )

    def stage(self, register: str, rows: list[Landed], quarantined: int = 0) -> None:
        contract = REGISTERS[register]
        columns = ", ".join(f'"{c.landed_name}" {c.sql_type}' for c in contract.kept)
        self.connection.execute(f"create or replace table {STAGED} (_line bigint, {columns}, _row_hash uhugeint)")
        names = ", ".join(f'"{c.landed_name}"' for c in contract.kept)
        if rows:
            numbered = [row | {"_line": number} for number, row in enumerate(rows, start=2)]
            self._insert(STAGED, numbered, f"_line, {names}, null")
            self.connection.execute(f"update {STAGED} set _row_hash = {row_hash_sql(contract)}")
        self.connection.execute(
            "create or replace table incoming.main.delivery as select ?::varchar as area_code, ?::date as month, "
            "'2015-03-31'::date as month_end, ?::bigint as rows_in, ?::bigint as rows_quarantined",
            [COUNTY, MONTH, len(rows) + quarantined, quarantined],
        )

    def judge(self, register: str, rows: list[Landed], quarantined: int = 0) -> dict[str, CheckResult]:
        self.stage(register, rows, quarantined)
        return {result.threshold.id: result for result in self.gate.run(SUITES[register])}


@pytest.fixture(scope="module", name="desk")
def _desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.connection.close()


def some(count: int, **cells: Any) -> Callable[[list[Landed]], list[Landed]]:
    """The first `count` rows with these cells."""
    return lambda rows: [row | cells if number < count else row for number, row in enumerate(rows)]


def nothing(rows: list[Landed]) -> list[Landed]:
    return []


def same(rows: list[Landed]) -> list[Landed]:
    return rows


def first(count: int) -> Callable[[list[Landed]], list[Landed]]:
    """The first rows only."""
    return lambda rows: rows[:count]


def each(count: int, column: str, cell: Callable[[int], Any], start: int = 0) -> Callable[[list[Landed]], list[Landed]]:
    """Rows from number `start` on with cells of their own in a column."""
    return lambda rows: [row | {column: cell(n)} if start <= n < start + count else row for n, row in enumerate(rows)]


def somebody(number: int) -> str:
    """A person who is alive and never married."""
    return person(ALIVE + number)


def without_village(rows: list[Landed]) -> list[Landed]:
    """One of the six villages is missing."""
    return [row for row in rows if row["area"] != f"{COUNTY}001001"]


def without_township(rows: list[Landed]) -> list[Landed]:
    return [row for row in rows if not row["area"].startswith(f"{COUNTY}002")]


def swollen(rows: list[Landed]) -> list[Landed]:
    """More than half as many rows again, of other persons, posts or places."""
    more = [row for row in rows if row.get("status", "registered") == "registered" and row.get("sex", "male") == "male"]
    return rows + [row | {"id_pseudonym": somebody(n)} if "id_pseudonym" in row else row for n, row in enumerate(more)]


def without(level: str) -> Callable[[list[Landed]], list[Landed]]:
    return lambda rows: [row for row in rows if row["level"] != level]


UNKNOWN = {"area": "990101001999"}
LATE = {"births": {"birth_date": date(2014, 12, 1)}, "deaths": {"death_date": date(2014, 12, 1)},
        "birth_certificates": {"birth_date": date(2014, 12, 1)}}  # fmt: skip
# id -> (how the delivery is spoiled, quarantined rows, other thresholds that the same fault must trip)
BAD: dict[str, tuple[Callable[[list[Landed]], list[Landed]], int, set[str]]] = {
    "areas_unique": (lambda rows: [*rows, rows[-1]], 0, set()),
    "areas_one_city": (some(1, valid_to=date(2014, 1, 1)), 0, set()),
    "areas_parent_known": (without("township"), 0, set()),
    "population_rows": (nothing, 0, set()),
    "population_pseudonym_form": (some(1, id_pseudonym="990101198506070019"), 0, set()),
    "population_birth_date_plausible": (some(2, birth_date=date(1890, 1, 1)), 0, set()),
    "population_household_type_complete": (some(5, household_type=None), 0, set()),
    "population_residence_area_complete": (some(11, residence_area=None), 0, set()),
    "population_ended_with_date": (some(20, status_date=None), 0, set()),
    "population_marriage_consistent": (some(5, first_marriage_date=date(2005, 1, 1)), 0, set()),
    "population_duplicates": (some(7, id_pseudonym=f"{0:032x}"), 0, set()),
    "population_few_quarantined": (same, 8, set()),
    "births_rows": (nothing, 0, set()),
    "births_parity_plausible": (some(3, parity=9), 0, set()),
    "births_mother_age_plausible": (some(8, mother_birth_date=date(2004, 1, 1)), 0, set()),
    "births_mother_birth_date_complete": (some(14, mother_birth_date=None), 0, set()),
    "births_institution_complete": (some(21, institution=None), 0, set()),
    "deaths_rows": (nothing, 0, set()),
    "deaths_age_plausible": (some(8, birth_date=date(1890, 1, 1)), 0, set()),
    "birth_certificates_rows": (nothing, 0, set()),
    "birth_certificates_institution_complete": (some(14, institution=None), 0, set()),
    "official_population_rows": (nothing, 0, set()),
    "official_population_unique": (some(2, year=1950, area=f"{COUNTY}001001"), 0, set()),
    "official_population_steady": (some(1, year_end_population=2000), 0, set()),
    "contraception_use_rows": (nothing, 0, set()),
    "contraception_use_informed_choice_complete": (some(11, informed_choice=None), 0, set()),
    "contraception_use_since_with_method": (some(20, method_since=None), 0, set()),
    "contraception_use_fresh": (some(33, updated_at=date(2012, 1, 1), method_since=date(2011, 1, 1)), 0, set()),
    "procedures_rows": (nothing, 0, set()),
    "procedures_informed_choice_complete": (some(14, informed_choice=None), 0, set()),
    "procedures_institution_complete": (some(21, institution=None), 0, set()),
    "procedures_followup_due_date_complete": (some(41, followup_due_date=None), 0, set()),
    "procedures_timely": (some(14, procedure_date=date(2014, 12, 1)), 0, set()),
    "supplies_rows": (nothing, 0, set()),
    "supplies_followed_up_complete": (some(21, followed_up=None), 0, set()),
    "supplies_followed_up_plausible": (some(7, followed_up=99), 0, set()),
    "pregnancies_rows": (nothing, 0, set()),
    "pregnancies_timely": (some(14, first_seen_date=date(2015, 1, 1)), 0, set()),
    "pregnancies_outcome_recorded": (some(20, due_date=date(2015, 1, 2)), 0, set()),
    "pregnancy_visits_rows": (nothing, 0, set()),
    "pregnancy_visits_gestational_week_complete": (some(21, gestational_week=None), 0, set()),
    "pregnancy_visits_visit_type_complete": (some(41, visit_type=None), 0, set()),
    "pregnancy_visits_pregnancy_known": (some(20, pregnancy_no="G0"), 0, set()),
    "fee_cases_rows": (nothing, 0, set()),
    "fee_cases_birth_no_complete": (some(21, birth_no=None), 0, set()),
    "fee_cases_decided_with_amount": (some(11, amount_due=12000), 0, set()),
    "fee_cases_none_after_abolition": (some(1, filed_date=date(2022, 1, 1)), 0, set()),
    "fee_cases_decided_in_time": (some(33, filed_date=date(2013, 1, 1)), 0, set()),
    "fee_payments_treasury_receipt_complete": (some(33, treasury_receipt=None), 0, set()),
    "fee_payments_case_known": (some(20, case_no="F0"), 0, set()),
    "fee_payments_amount_plausible": (some(7, amount=900000), 0, set()),
    "two_acts_cases_lead_source_complete": (some(21, lead_source=None), 0, set()),
    "two_acts_cases_typical_complete": (some(11, typical=None), 0, set()),
    "two_acts_cases_institution_complete": (some(41, institution=None), 0, set()),
    "two_acts_cases_closed_in_time": (some(57, filed_date=date(2012, 1, 1)), 0, set()),
    "institution_inspections_rectified": (some(33, passed="no", inspected_on=date(2014, 11, 1)), 0, set()),
    "institution_inspections_passed_is_not_rectified": (some(10, rectified_on=date(2015, 3, 20)), 0, set()),
    "floating_population_rows": (nothing, 0, set()),
    "floating_population_other_area_complete": (some(11, other_area=None), 0, set()),
    "floating_population_free_service_complete": (some(61, free_service=None), 0, set()),
    "floating_population_submitted": (
        some(33, submitted_date=None, feedback_date=None, due_date=date(2014, 12, 1)),
        0,
        set(),
    ),
    "floating_population_other_area_differs": (some(7, area="990101001001", other_area="990101001001"), 0, set()),
    "card_reads_rows": (nothing, 0, set()),
    "card_reads_contacts_plausible": (some(7, service_contacts=9000), 0, {"card_reads_volume"}),
    "card_reads_some_contacts": (some(122, service_contacts=0, valid_reads=0), 0, {"card_reads_volume"}),
    "health_checks_rows": (nothing, 0, set()),
    "health_checks_finding_complete": (some(21, finding=None), 0, set()),
    "health_checks_eligible_from_complete": (some(41, eligible_from=None), 0, set()),
    "health_checks_abnormal_treated": (some(57, finding="abnormal", check_date=date(2014, 11, 1)), 0, set()),
    "health_checks_normal_untreated": (some(10, treated_date=date(2015, 3, 20)), 0, set()),
    "benefits_rows": (nothing, 0, set()),
    "benefits_amount_paid_complete": (some(41, amount_paid=None), 0, set()),
    "benefits_paid_with_date": (some(10, paid_date=None), 0, set()),
    "benefits_not_overpaid": (some(7, amount_paid=2000), 0, set()),
    "benefits_year_of_due_date": (some(7, year=2005), 0, set()),
    "staff_rows": (nothing, 0, set()),
    "staff_certified_complete": (some(21, certified=None), 0, set()),
    "staff_pay_due_complete": (some(21, pay_due=None), 0, set()),
    "staff_pay_paid_complete": (some(21, pay_paid=None), 0, set()),
    "staff_not_overpaid": (some(10, pay_paid=99000), 0, set()),
    "staff_level_of_area": (some(20, area="990101001000"), 0, set()),
    "facilities_rows": (nothing, 0, set()),
    "facilities_standardised_complete": (some(11, standardised=None), 0, set()),
    "facilities_opened_on_complete": (some(61, opened_on=None), 0, set()),
    "facilities_accidents_plausible": (some(7, accidents=50), 0, set()),
    "budgets_rows": (nothing, 0, set()),
    "budgets_amount_stated": (some(33, amount=0), 0, set()),
    "budgets_amount_plausible": (some(7, amount=2000000000), 0, set()),
    "surveys_rows": (nothing, 0, set()),
    "surveys_aware_rights_complete": (some(11, aware_rights=None), 0, set()),
    "surveys_aware_methods_complete": (some(11, aware_methods=None), 0, set()),
    "surveys_aware_policy_complete": (some(11, aware_policy=None), 0, set()),
    "surveys_satisfied_complete": (some(11, satisfied=None), 0, set()),
    "surveys_participated_complete": (some(11, participated=None), 0, set()),
    "surveys_weight_positive": (some(7, weight=0), 0, set()),
    "surveys_timely": (some(33, interview_date=date(2014, 12, 1)), 0, set()),
    "spot_checks_rows": (nothing, 0, set()),
    "spot_checks_found_by_complete": (some(21, found_by=None), 0, set()),
    "spot_checks_agreement_plausible": (some(130, matches="no"), 0, {"spot_checks_accuracy_of_population"}),
    "spot_checks_timely": (some(33, checked_on=date(2014, 12, 1)), 0, set()),
    "inspections_rows": (nothing, 0, set()),
    "inspections_failed_with_term": (some(20, passed="no"), 0, set()),
    "inspections_passed_without_term": (some(10, rectify_by=date(2015, 4, 20)), 0, set()),
    "inspections_timely": (some(33, visited_on=date(2014, 12, 1)), 0, set()),
    "vaccinations_rows": (nothing, 0, set()),
    "vaccinations_timely": (some(20, birth_date=date(2014, 12, 1)), 0, set()),
    "household_entries_rows": (nothing, 0, set()),
    "household_entries_timely": (some(57, birth_date=date(2013, 1, 1)), 0, set()),
    "marriages_rows": (nothing, 0, set()),
    "marriages_mostly_marriages": (some(141, event="divorce"), 0, set()),
    "insurance_rows": (nothing, 0, set()),
    "insurance_insured_from_complete": (some(41, insured_from=None), 0, set()),
    "insurance_insured_from_plausible": (some(7, insured_from=date(1940, 1, 1)), 0, set()),
    "reported_figures_rows": (nothing, 0, set()),
    "reported_figures_numerator_complete": (some(101, numerator=None), 0, set()),
    "reported_figures_denominator_complete": (some(101, denominator=None), 0, set()),
    "reported_figures_value_not_negative": (some(7, value=-1), 0, set()),
}
STRANGER = person(999_999)
BAD["births_no_late_month"] = (
    each(24, "registered_at", lambda n: date(2015, 1, 9), RECENT),
    0,
    {"births_timely"},
)
BAD |= {
    "births_out_of_policy_with_case": (each(SIZE - RECENT, "birth_no", lambda n: f"BX{n}", RECENT), 0, set()),
    "fee_cases_birth_known": (some(30, birth_no="BX"), 0, set()),
    "fee_cases_birth_out_of_policy": (each(30, "birth_no", lambda n: f"B{n}"), 0, set()),
    "fee_payments_not_above_due": (each(20, "amount", lambda n: 20000, RECENT), 0, set()),
    "fee_payments_after_decision": (each(30, "paid_date", lambda n: date(2014, 11, 6), RECENT), 0, set()),
    "marriages_known_to_population": (each(60, "id_b_pseudonym", somebody, RECENT), 0, set()),
    "deaths_known_to_population": (each(30, "id_pseudonym", somebody, RECENT), 0, set()),
    "population_brides_also_on_marriages": (
        each(SIZE, "id_pseudonym", somebody),
        0,
        {"population_dead_also_on_deaths"},
    ),
    "population_dead_also_on_deaths": (each(61, "id_pseudonym", somebody), 0, set()),
    "population_near_official": (first(90), 0, set()),
    **{
        f"spot_checks_accuracy_of_{register}": (some(60, register=register, matches="no"), 0, set())
        for register in SPOT_CHECKED
    },
    "budgets_townships_covered": (without_township, 0, set()),
    "facilities_townships_covered": (without_township, 0, set()),
    "floating_population_on_register": (each(30, "id_pseudonym", lambda n: STRANGER, RECENT), 0, set()),
}
for _register in ("population", "contraception_use", "card_reads", "supplies", "staff"):
    BAD[f"{_register}_villages_covered"] = (without_village, 0, set())
for _register in ("population", "contraception_use", "insurance", "staff", "facilities", "budgets"):
    BAD[f"{_register}_not_swollen"] = (swollen, 0, {"population_near_official"} if _register == "population" else set())
for _register in ("births", "birth_certificates", "procedures", "institution_inspections"):
    BAD[f"{_register}_institution_known"] = (some(30, institution="I999"), 0, set())
for _register in ("contraception_use", "procedures", "pregnancies", "health_checks", "benefits", "insurance", "deaths"):
    BAD[f"{_register}_on_register"] = (some(30, id_pseudonym=STRANGER), 0, set())
BAD["births_on_register"] = (some(30, mother_id_pseudonym=STRANGER), 0, set())
for _register in VOLUMES:
    BAD[f"{_register}_volume"] = (first(10), 0, set())
    BAD.pop(f"{_register}_rows", None)
    if f"{_register}_rows" in THRESHOLDS:
        BAD[f"{_register}_rows"] = (nothing, 0, {f"{_register}_volume"})
ALSO_ON = [name for name in THRESHOLDS if "_also_on_" in name and not name.startswith("population")]
for _name in ALSO_ON:
    siblings = {other for other in ALSO_ON if other.split("_also_on_")[0] == _name.split("_also_on_")[0]}
    BAD[_name] = (each(60, "mother_id_pseudonym", somebody, RECENT), 0, siblings)
CHECKED_ALIKE = sorted(
    set(SUITES) - {"areas", "population", "births", "deaths", "birth_certificates", "official_population"}
)
for _register in ("births", "deaths", "birth_certificates"):
    BAD[f"{_register}_timely"] = (
        some(40, **LATE[_register]),
        0,
        {"births_no_late_month"} & {f"{_register}_no_late_month"},
    )
    BAD[f"{_register}_few_quarantined"] = (same, 12, set())
for _register in CHECKED_ALIKE:
    BAD[f"{_register}_few_quarantined"] = (same, 12, set())
with_area = [name for name in CHECKED_ALIKE if any(column.name == "area" for column in REGISTERS[name].kept)]
for _register in ("population", "births", "deaths", "birth_certificates", "official_population", *with_area):
    BAD[f"{_register}_area_known"] = (some(10, **UNKNOWN), 0, set())
    BAD[f"{_register}_area_mostly_known"] = (some(60, **UNKNOWN), 0, {f"{_register}_area_known"})


def test_every_threshold_has_its_bad_fixture() -> None:
    assert set(BAD) == set(THRESHOLDS)


@pytest.mark.parametrize("register", sorted(SUITES))
def test_a_clean_delivery_passes_every_threshold(register: str, desk: Desk) -> None:
    results = desk.judge(register, landed_rows(register))
    assert {name: result.status for name, result in results.items()} == {
        threshold.id: "pass" for threshold in SUITES[register]
    }
    assert verdict(list(results.values())) == "pass"
    assert all(result.unexpected == 0 for result in results.values())


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_delivery_trips_its_threshold_and_no_other(name: str, desk: Desk) -> None:
    register, threshold = THRESHOLDS[name]
    spoil, quarantined, also = BAD[name]
    results = desk.judge(register, spoil(landed_rows(register)), quarantined)
    assert results[name].status == threshold.severity
    tripped = {other for other, result in results.items() if result.status in ("warn", "fail")}
    assert tripped == {name} | also
    assert results[name].unexpected > 0
    assert verdict(list(results.values())) == ("fail" if threshold.severity == "fail" else "warn")


def test_counts_are_those_of_the_delivery(desk: Desk) -> None:
    results = desk.judge("births", some(50, institution=None)(landed_rows("births")))
    found = results["births_institution_complete"]
    assert (found.elements, found.unexpected, found.observed) == (SIZE, 50, 0.75)


def test_few_rows_are_not_judged(desk: Desk) -> None:
    rows = some(10, institution=None, mother_birth_date=None, birth_date=date(2014, 1, 1))(landed_rows("births")[:19])
    results = desk.judge("births", rows)
    for threshold in SUITES["births"]:
        if threshold.at_least > 19:
            assert results[threshold.id].status == "n/a"
    assert {t.id for t in SUITES["births"] if t.at_least > 19} == {
        "births_mother_birth_date_complete", "births_institution_complete", "births_timely", "births_institution_known",
        "births_on_register", "births_out_of_policy_with_case", *(n for n in ALSO_ON if n.startswith("births_"))}  # fmt: skip


@pytest.mark.parametrize("register", sorted(SUITES))
def test_nothing_is_no_pass(register: str, desk: Desk) -> None:
    results = desk.judge(register, [])
    for name, result in results.items():
        threshold = THRESHOLDS[name][1]
        if name.endswith("_volume"):  # events were expected, and none came
            assert (result.status, result.observed) == (threshold.severity, 0)
            continue
        assert result.status == ("n/a" if threshold.type != "ExpectTableRowCountToBeBetween" else threshold.severity)
        assert result.elements == 0
        assert result.observed is None


@pytest.mark.parametrize("register", sorted(VOLUMES))
def test_a_month_that_stands_three_times_trips_the_volume(register: str, desk: Desk) -> None:
    results = desk.judge(register, landed_rows(register) * 3)
    found = results[f"{register}_volume"]
    assert found.status == "warn"
    assert found.observed == pytest.approx(1 / 3)


def test_a_month_without_enough_others_is_not_judged_by_its_volume(desk: Desk) -> None:
    """Six other months are wanted."""
    before = "update landing.deliveries set status = '{}' where register = 'births' and month < '2014-10-01'"
    desk.connection.execute(before.format("held"))
    try:
        assert desk.judge("births", first(10)(landed_rows("births")))["births_volume"].status == "n/a"
    finally:
        desk.connection.execute(before.format("landed"))


@pytest.mark.parametrize(("count", "status"), [(1, "pass"), (3, "pass"), (4, "warn")])
def test_chance_is_allowed_for_in_small_numbers(count: int, status: str, desk: Desk) -> None:
    """97 % of 30 rows: one late birth is 3.3 %, and three (10 %) are within 3 standard errors; four are not."""
    results = desk.judge("births", some(count, birth_date=date(2014, 12, 1))(landed_rows("births")[:30]))
    assert results["births_timely"].status == status


def broken(**changes: Any) -> Threshold:
    base = {"id": "broken", "type": "UnexpectedRowsExpectation",
            "kwargs": {"unexpected_rows_query": "select 1 from {batch} where nothing = 1"},
            "dimension": "validity", "severity": "warn", "since": date(2013, 10, 1),
            "reason": "A threshold with a mistake in it.",
            "zh": "错误阈值", "en": "broken"}  # fmt: skip
    return Threshold(**(base | changes))


@pytest.mark.parametrize(
    "threshold",
    [
        broken(),
        broken(kwargs={"unexpected_rows_query": "select 1 from {batch} where cast(institution as int) = 1"}),
        broken(type="ExpectColumnValuesToNotBeNull", kwargs={"column": "nowhere"}),
        broken(type="ExpectColumnValuesToBeBetween", kwargs={"column": "institution", "min_value": 1}),
    ],
    ids=["column", "cast", "unknown column", "type"],
)
def test_a_broken_threshold_stops_the_delivery_without_a_word_of_its_content(
    threshold: Threshold, desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    desk.stage("births", some(200, institution="CANARY-INSTITUTION")(landed_rows("births")))
    with pytest.raises(LandingFailed, match="broken") as caught:
        desk.gate.run([threshold])
    assert caught.value.__cause__ is None
    shown = capfd.readouterr()
    assert "CANARY" not in f"{caught.value} {shown.out} {shown.err}"


def test_a_threshold_that_only_great_expectations_cannot_evaluate_stops_it_too(desk: Desk) -> None:
    desk.stage("births", landed_rows("births"))
    _, threshold = THRESHOLDS["births_institution_complete"]
    impossible = threshold.model_copy(update={"kwargs": threshold.kwargs | {"mostly": 7}})
    assert [counts.elements for counts in desk.gate._counts([impossible])] == [SIZE]
    with pytest.raises(LandingFailed, match="births_institution_complete cannot be evaluated"):
        desk.gate.run([impossible])


@pytest.mark.parametrize("register", sorted(SUITES))
def test_great_expectations_finds_the_same_by_its_own_sql(register: str, desk: Desk) -> None:
    """It is given our counts; from rows, by queries of its own, it must come to the same verdicts, good and bad."""
    own = OwnSql(desk.connection)
    seen = set()
    spoilt = [BAD[threshold.id][:2] for threshold in SUITES[register]]
    for spoil, quarantined in [(same, 0), *spoilt]:
        results = desk.judge(register, spoil(landed_rows(register)), quarantined)
        judged = {name: result.status == "pass" for name, result in results.items() if result.status != "n/a"}
        assert own.ask([THRESHOLDS[name][1] for name in judged]) == judged
        seen |= set(judged.items())
    assert seen == {(threshold.id, passed) for threshold in SUITES[register] for passed in (True, False)}


def test_great_expectations_fails_without_the_buffered_cursor(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Why its own SQL needs one: the day on which this test fails, benchmarks/gx_duckdb.py can do without."""
    desk.stage("births", landed_rows("births"))
    threshold = THRESHOLDS["births_institution_complete"][1]
    assert OwnSql(desk.connection).ask([threshold]) == {threshold.id: True}
    monkeypatch.setattr(gx_duckdb.BufferedConnection, "cursor", duckdb_engine.ConnectionWrapper.cursor)
    with pytest.raises(SystemExit, match="cannot evaluate"):
        OwnSql(desk.connection).ask([threshold])


QUERIED = [t for _, t in THRESHOLDS.values() if t.type == "UnexpectedRowsExpectation"]


@pytest.mark.parametrize("threshold", QUERIED, ids=[t.id for t in QUERIED])
def test_counts_of_a_suite_are_those_of_its_queries(threshold: Threshold, desk: Desk) -> None:
    """What is counted in one pass is what the queries of the suite find, one by one."""
    register, _ = THRESHOLDS[threshold.id]
    spoil, quarantined, _ = BAD[threshold.id]
    found = desk.judge(register, spoil(landed_rows(register)), quarantined)[threshold.id]
    for query, count in ((threshold.judged_query, found.elements), (threshold.unexpected_query, found.unexpected)):
        rows = query.replace("{batch}", f"(select * from {STAGED})")
        assert desk.connection.execute(f"select count(*) from ({rows})").fetchone() == (count,)


@pytest.mark.parametrize("register", sorted(SUITES))
def test_the_query_by_hand_of_the_benchmark_counts_the_same(register: str, desk: Desk) -> None:
    """Written apart from the gate, it is what the gate is measured by: good and bad deliveries, every rule."""
    suite = by_hand.entries(register)
    for spoil, quarantined in [(same, 0), (nothing, 0), *(BAD[entry["id"]][:2] for entry in suite)]:
        rows = spoil(landed_rows(register))
        found = desk.judge(register, rows, quarantined)
        delivered = by_hand.Delivered(
            register, COUNTY, "2015-03-01", "2015-03-31", len(rows) + quarantined, quarantined
        )
        (row,) = desk.connection.execute(by_hand.query(suite, delivered)).fetchall()
        counted = dict(zip(found, by_hand.in_order(suite, row), strict=True))
        assert counted == {name: (result.elements, result.unexpected) for name, result in found.items()}


def test_the_gate_sends_nothing_home() -> None:
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
