"""The gate: every threshold has a clean delivery that passes it and a bad one that trips it, through Great Expectations."""

import os
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
import pytest

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


def landed_rows(register: str) -> list[Landed]:
    """A clean delivery of SIZE rows as it stands before the gate (areas: the whole city)."""
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
                     "status_date": date(2015, 1, 1) if n % 10 == 0 else None, "children_born": 0, "event_date": None,
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
    pads = Key(bytes(range(32))).pads if any(column.role == "identifier" for column in contract.kept) else None
    found = _vault().sql(protected_sql(contract), params=pads).to_arrow_table().to_pylist()
    return [{name: cell for name, cell in row.items() if name != "_line"} for row in found]


class Desk:
    """A connection as the gate finds it: history of areas in place, one delivery staged."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(":memory:")
        self.connection.execute(BOOKKEEPING)
        for register in REGISTERS.values():
            self.connection.execute(raw_tables_sql(register))
        self.connection.execute("attach ':memory:' as incoming")
        self._areas()
        for register in ("pregnancies", "fee_cases"):  # what visits and payments refer to
            self._stand(register)
        self.gate = Gate(self.connection)

    def _areas(self) -> None:
        for row in landed_rows("areas"):
            self.connection.execute(
                "insert into raw.areas values (?, ?, ?, ?, ?, ?, ?, '990100', 'all', 1, '2013-10-01', null, 1, null, 0)",
                list(row.values()),
            )

    def _stand(self, register: str) -> None:
        rows = landed_rows(register)
        marks = ", ".join("?" * len(rows[0]))
        self.connection.executemany(
            f"insert into raw.{register} values ({marks}, '{COUNTY}', '2015', 1, '2015-03-01', null, 1, null, 0)",
            [list(row.values()) for row in rows],
        )

    def stage(self, register: str, rows: list[Landed], quarantined: int = 0) -> None:
        contract = REGISTERS[register]
        columns = ", ".join(f'"{c.landed_name}" {c.sql_type}' for c in contract.kept)
        self.connection.execute(f"create or replace table {STAGED} (_line bigint, {columns}, _row_hash uhugeint)")
        marks = ", ".join("?" * len(contract.kept))
        names = ", ".join(f'"{c.landed_name}"' for c in contract.kept)
        if rows:
            values = [
                [number, *(row[c.landed_name] for c in contract.kept)] for number, row in enumerate(rows, start=2)
            ]
            self.connection.executemany(f"insert into {STAGED} (_line, {names}) values (?, {marks})", values)
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
    "population_duplicates": (some(6, id_pseudonym=f"{0:032x}"), 0, set()),
    "population_few_quarantined": (same, 8, set()),
    "births_rows": (nothing, 0, set()),
    "births_parity_plausible": (some(3, parity=9), 0, set()),
    "births_mother_age_plausible": (some(8, mother_birth_date=date(2004, 1, 1)), 0, set()),
    "births_mother_birth_date_complete": (some(7, mother_birth_date=None), 0, set()),
    "births_institution_complete": (some(21, institution=None), 0, set()),
    "deaths_rows": (nothing, 0, set()),
    "deaths_age_plausible": (some(8, birth_date=date(1890, 1, 1)), 0, set()),
    "birth_certificates_rows": (nothing, 0, set()),
    "birth_certificates_institution_complete": (some(7, institution=None), 0, set()),
    "official_population_rows": (nothing, 0, set()),
    "official_population_unique": (some(2, year=1950, area=f"{COUNTY}001001"), 0, set()),
    "official_population_steady": (some(1, year_end_population=2000), 0, set()),
    "contraception_use_rows": (nothing, 0, set()),
    "contraception_use_informed_choice_complete": (some(11, informed_choice=None), 0, set()),
    "contraception_use_since_with_method": (some(17, method_since=None), 0, set()),
    "contraception_use_fresh": (some(28, updated_at=date(2012, 1, 1), method_since=date(2011, 1, 1)), 0, set()),
    "procedures_rows": (nothing, 0, set()),
    "procedures_informed_choice_complete": (some(7, informed_choice=None), 0, set()),
    "procedures_institution_complete": (some(21, institution=None), 0, set()),
    "procedures_followup_due_date_complete": (some(41, followup_due_date=None), 0, set()),
    "procedures_timely": (some(11, procedure_date=date(2014, 12, 1)), 0, set()),
    "supplies_rows": (nothing, 0, set()),
    "supplies_followed_up_complete": (some(21, followed_up=None), 0, set()),
    "supplies_followed_up_plausible": (some(6, followed_up=99), 0, set()),
    "pregnancies_rows": (nothing, 0, set()),
    "pregnancies_timely": (some(11, first_seen_date=date(2015, 1, 1)), 0, set()),
    "pregnancies_outcome_recorded": (some(17, due_date=date(2015, 1, 2)), 0, set()),
    "pregnancy_visits_rows": (nothing, 0, set()),
    "pregnancy_visits_gestational_week_complete": (some(21, gestational_week=None), 0, set()),
    "pregnancy_visits_visit_type_complete": (some(41, visit_type=None), 0, set()),
    "pregnancy_visits_pregnancy_known": (some(17, pregnancy_no="G0"), 0, set()),
    "fee_cases_rows": (nothing, 0, set()),
    "fee_cases_birth_no_complete": (some(21, birth_no=None), 0, set()),
    "fee_cases_decided_with_amount": (some(9, amount_due=None), 0, set()),
    "fee_cases_none_after_abolition": (some(1, filed_date=date(2022, 1, 1)), 0, set()),
    "fee_cases_decided_in_time": (some(28, filed_date=date(2013, 1, 1)), 0, set()),
    "fee_payments_rows": (nothing, 0, set()),
    "fee_payments_treasury_receipt_complete": (some(21, treasury_receipt=None), 0, set()),
    "fee_payments_case_known": (some(17, case_no="F0"), 0, set()),
    "fee_payments_amount_plausible": (some(6, amount=900000), 0, set()),
    "two_acts_cases_rows": (nothing, 0, set()),
    "two_acts_cases_lead_source_complete": (some(21, lead_source=None), 0, set()),
    "two_acts_cases_typical_complete": (some(11, typical=None), 0, set()),
    "two_acts_cases_institution_complete": (some(41, institution=None), 0, set()),
    "two_acts_cases_closed_in_time": (some(51, filed_date=date(2012, 1, 1)), 0, set()),
    "institution_inspections_rows": (nothing, 0, set()),
    "institution_inspections_rectified": (some(28, passed="no", inspected_on=date(2014, 11, 1)), 0, set()),
    "institution_inspections_passed_is_not_rectified": (some(9, rectified_on=date(2015, 3, 20)), 0, set()),
    "floating_population_rows": (nothing, 0, set()),
    "floating_population_other_area_complete": (some(11, other_area=None), 0, set()),
    "floating_population_free_service_complete": (some(61, free_service=None), 0, set()),
    "floating_population_submitted": (
        some(28, submitted_date=None, feedback_date=None, due_date=date(2014, 12, 1)),
        0,
        set(),
    ),
    "floating_population_other_area_differs": (some(6, area="990101001001", other_area="990101001001"), 0, set()),
    "card_reads_rows": (nothing, 0, set()),
    "card_reads_contacts_plausible": (some(6, service_contacts=9000), 0, set()),
    "card_reads_some_contacts": (some(113, service_contacts=0, valid_reads=0), 0, set()),
    "health_checks_rows": (nothing, 0, set()),
    "health_checks_finding_complete": (some(21, finding=None), 0, set()),
    "health_checks_eligible_from_complete": (some(41, eligible_from=None), 0, set()),
    "health_checks_abnormal_treated": (some(51, finding="abnormal", check_date=date(2014, 11, 1)), 0, set()),
    "health_checks_normal_untreated": (some(9, treated_date=date(2015, 3, 20)), 0, set()),
    "benefits_rows": (nothing, 0, set()),
    "benefits_amount_paid_complete": (some(41, amount_paid=None), 0, set()),
    "benefits_paid_with_date": (some(9, paid_date=None), 0, set()),
    "benefits_not_overpaid": (some(6, amount_paid=2000), 0, set()),
    "benefits_year_of_due_date": (some(6, year=2005), 0, set()),
    "staff_rows": (nothing, 0, set()),
    "staff_certified_complete": (some(21, certified=None), 0, set()),
    "staff_pay_due_complete": (some(21, pay_due=None), 0, set()),
    "staff_pay_paid_complete": (some(21, pay_paid=None), 0, set()),
    "staff_not_overpaid": (some(9, pay_paid=99000), 0, set()),
    "staff_level_of_area": (some(17, area="990101001000"), 0, set()),
    "facilities_rows": (nothing, 0, set()),
    "facilities_standardised_complete": (some(11, standardised=None), 0, set()),
    "facilities_opened_on_complete": (some(61, opened_on=None), 0, set()),
    "facilities_accidents_plausible": (some(6, accidents=50), 0, set()),
    "budgets_rows": (nothing, 0, set()),
    "budgets_amount_stated": (some(28, amount=0), 0, set()),
    "budgets_amount_plausible": (some(6, amount=2000000000), 0, set()),
    "surveys_rows": (nothing, 0, set()),
    "surveys_aware_rights_complete": (some(11, aware_rights=None), 0, set()),
    "surveys_aware_methods_complete": (some(11, aware_methods=None), 0, set()),
    "surveys_aware_policy_complete": (some(11, aware_policy=None), 0, set()),
    "surveys_satisfied_complete": (some(11, satisfied=None), 0, set()),
    "surveys_participated_complete": (some(11, participated=None), 0, set()),
    "surveys_weight_positive": (some(6, weight=0), 0, set()),
    "surveys_timely": (some(28, interview_date=date(2014, 12, 1)), 0, set()),
    "spot_checks_rows": (nothing, 0, set()),
    "spot_checks_found_by_complete": (some(21, found_by=None), 0, set()),
    "spot_checks_agreement_plausible": (some(113, matches="no"), 0, set()),
    "spot_checks_timely": (some(28, checked_on=date(2014, 12, 1)), 0, set()),
    "inspections_rows": (nothing, 0, set()),
    "inspections_failed_with_term": (some(17, passed="no"), 0, set()),
    "inspections_passed_without_term": (some(9, rectify_by=date(2015, 4, 20)), 0, set()),
    "inspections_timely": (some(28, visited_on=date(2014, 12, 1)), 0, set()),
    "vaccinations_rows": (nothing, 0, set()),
    "vaccinations_timely": (some(17, birth_date=date(2014, 12, 1)), 0, set()),
    "household_entries_rows": (nothing, 0, set()),
    "household_entries_timely": (some(51, birth_date=date(2013, 1, 1)), 0, set()),
    "marriages_rows": (nothing, 0, set()),
    "marriages_mostly_marriages": (some(133, event="divorce"), 0, set()),
    "insurance_rows": (nothing, 0, set()),
    "insurance_insured_from_complete": (some(41, insured_from=None), 0, set()),
    "insurance_insured_from_plausible": (some(6, insured_from=date(1940, 1, 1)), 0, set()),
    "reported_figures_rows": (nothing, 0, set()),
    "reported_figures_numerator_complete": (some(101, numerator=None), 0, set()),
    "reported_figures_denominator_complete": (some(101, denominator=None), 0, set()),
    "reported_figures_value_not_negative": (some(6, value=-1), 0, set()),
}
CHECKED_ALIKE = sorted(
    set(SUITES) - {"areas", "population", "births", "deaths", "birth_certificates", "official_population"}
)
for _register in ("births", "deaths", "birth_certificates"):
    BAD[f"{_register}_timely"] = (some(40, **LATE[_register]), 0, set())
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
        "births_mother_birth_date_complete", "births_institution_complete", "births_timely"}  # fmt: skip


@pytest.mark.parametrize("register", sorted(SUITES))
def test_nothing_is_no_pass(register: str, desk: Desk) -> None:
    results = desk.judge(register, [])
    for name, result in results.items():
        assert result.status == (
            "n/a" if THRESHOLDS[name][1].type != "ExpectTableRowCountToBeBetween" else THRESHOLDS[name][1].severity
        )
        assert result.elements == 0
        assert result.observed is None


@pytest.mark.parametrize(("count", "status"), [(1, "pass"), (2, "pass"), (3, "warn")])
def test_chance_is_allowed_for_in_small_numbers(count: int, status: str, desk: Desk) -> None:
    """97 % of 30 rows: one late birth is 3.3 %, and two (6.7 %) are within 1.645 standard errors; three are not."""
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
    judged = desk.gate._expectation

    def wrong(threshold: Threshold) -> Any:
        return judged(threshold.model_copy(update={"kwargs": {"column": "nowhere"}}))

    desk.gate._expectation = wrong  # type: ignore[method-assign]
    try:
        with pytest.raises(LandingFailed, match="births_institution_complete"):
            desk.gate.run([THRESHOLDS["births_institution_complete"][1]])
    finally:
        desk.gate._expectation = judged  # type: ignore[method-assign]


def test_great_expectations_fails_without_the_buffered_cursor(desk: Desk) -> None:
    """Why quality/gx_duckdb.py exists: the day on which the plain half of this test passes, that module can go."""
    import duckdb_engine
    import great_expectations as gx
    from sqlalchemy.pool import StaticPool

    from orchestration.quality.gx_duckdb import engine_arguments

    class Plain(duckdb_engine.ConnectionWrapper):
        def close(self) -> None:
            return None

    desk.stage("births", landed_rows("births"))
    cursor = desk.connection.cursor()
    arguments = {
        "plain": {"creator": lambda: Plain(cursor), "poolclass": StaticPool},
        "buffered": engine_arguments(desk.connection),
    }
    outcome = {}
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    for name, kwargs in arguments.items():
        source = context.data_sources.add_sql(name, connection_string="duckdb:///:memory:", kwargs=kwargs)
        try:
            asset = source.add_query_asset("staged", query=f"select * from {STAGED}")
            batch = asset.add_batch_definition("delivery").get_batch()
            outcome[name] = batch.validate(gx.expectations.ExpectColumnValuesToNotBeNull(column="institution")).success
        except Exception:  # whichever way it fails
            outcome[name] = False
    assert outcome == {"plain": False, "buffered": True}


def test_the_gate_sends_nothing_home() -> None:
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
