"""Check: every cell form that departments write, every rule of every contract, and the SQL against plain Python."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing.check import FULL, HALF, checked_sql, protected_sql, row_hash_sql, typed_sql, violation_terms
from orchestration.landing.contracts import Column
from orchestration.landing.protect import Key
from tests.landing_kit import CITY, COUNTY, REGISTERS, Row, check_character, good_row, identifier

MONTH = date(2015, 3, 1)


@pytest.fixture(scope="module", name="vault")
def _vault() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        yield connection


def area_of(register: str) -> str:
    return CITY if REGISTERS[register].delivered_by == "city" else COUNTY


def check(
    vault: duckdb.DuckDBPyConnection, register: str, rows: list[Row], *, dirty: bool = True, month: date = MONTH
) -> list[dict[str, Any]]:
    """The checked rows (typed columns and `violations`) as dicts."""
    contract = REGISTERS[register]
    columns = {c.name: pa.array([row[c.name] or None for row in rows], pa.string()) for c in contract.kept}
    lines = {"line": pa.array(range(2, len(rows) + 2), pa.int64()), "dirty": pa.array([dirty] * len(rows))}
    vault.register("chunk", pa.table(lines | columns))
    return vault.sql(checked_sql(contract, area_of(register), month) + " order by line").to_arrow_table().to_pylist()


def violations(vault: duckdb.DuckDBPyConnection, register: str, /, **cells: str) -> list[str]:
    found: list[str] = check(vault, register, [good_row(register, 1) | cells])[0]["violations"]
    return found


# --- every rule of every contract


@pytest.mark.parametrize("register", sorted(REGISTERS))
@pytest.mark.parametrize("dirty", [False, True])
def test_a_good_row_trips_nothing(register: str, dirty: bool, vault: duckdb.DuckDBPyConnection) -> None:
    rows = [good_row(register, number) for number in range(5)]
    assert [row["violations"] for row in check(vault, register, rows, dirty=dirty)] == [[]] * 5


def wrong_digit(person: str) -> str:
    return person[:17] + ("0" if person[17] != "0" else "1")


def cell_faults(register: str, column: Column) -> list[tuple[str, Row]]:
    """(rule, changed cells) for everything that the column's own declaration forbids."""
    area, faults = area_of(register), []
    if column.required:
        rule = "missing_identifier" if column.type == "identifier" else "missing_required"
        faults.append((rule, ""))
    invalid = {"date": ("impossible_date", "202年9月"), "code": ("unknown_code", "其他码"),
               "area": ("area_malformed", "99010100100"), "integer": ("not_a_number", "一"), "amount": ("not_a_number", "1.2.3"),
               "identifier": ("bad_check_digit", wrong_digit(identifier(7)))}  # fmt: skip
    if column.type in invalid:
        faults.append(invalid[column.type])
    if column.pattern is not None:
        faults.append(("malformed", identifier(8)))  # an identifier where a record number should stand
    if column.minimum is not None:
        faults.append(("out_of_range", str(column.minimum - 1)))
    if column.maximum is not None:
        faults.append(("out_of_range", str(column.maximum + 1)))
    if column.within_delivery:
        faults.append(("area_outside_delivery", "990102001001" if area == COUNTY else "991100000000"))
    return [(rule, {column.name: cell}) for rule, cell in faults]


ROW_FAULTS: dict[str, list[tuple[str, str, Row]]] = {
    "areas": [("valid_to", "ends_before_start", {"valid_to": "1999-12-31"})],
    "population": [
        ("registered_at", "registered_before_event", {"registered_at": "1930-01-01"}),
        ("registered_at", "after_month_end", {"registered_at": "2015-04-01"}),
    ],
    "births": [
        ("registered_at", "registered_before_event", {"birth_date": "2015-03-06"}),
        ("registered_at", "outside_window", {"birth_date": "2014-09-01", "registered_at": "2014-09-30"}),
        ("registered_at", "after_month_end", {"registered_at": "2015-04-01"}),
    ],
    "deaths": [
        ("death_date", "death_before_birth", {"birth_date": "2015-03-02"}),
        ("registered_at", "registered_before_event", {"death_date": "2015-03-06"}),
        ("registered_at", "outside_window", {"death_date": "2014-09-01", "registered_at": "2014-09-30"}),
        ("registered_at", "after_month_end", {"registered_at": "2015-04-01"}),
    ],
    "birth_certificates": [
        ("issued_on", "registered_before_event", {"birth_date": "2015-03-06"}),
        ("issued_on", "outside_window", {"birth_date": "2014-09-01", "issued_on": "2014-09-30"}),
        ("issued_on", "after_month_end", {"issued_on": "2015-04-01"}),
    ],
    "official_population": [],
    "contraception_use": [
        ("updated_at", "updated_at_before_method_since", {"method_since": "2015-03-20"}),
        ("updated_at", "updated_at_after_month_end", {"updated_at": "2015-04-01"}),
    ],
    "procedures": [
        ("registered_at", "registered_at_before_procedure_date", {"registered_at": "2015-02-20"}),
        ("followup_date", "followup_date_before_procedure_date", {"followup_date": "2015-02-27"}),
        ("followup_date", "followup_date_after_month_end", {"followup_date": "2015-04-01"}),
        ("registered_at", "outside_window", {"procedure_date": "2014-09-01", "registered_at": "2014-09-30"}),
        ("registered_at", "after_month_end", {"registered_at": "2015-04-01"}),
    ],
    "supplies": [
        ("supply_month", "not_first_of_month", {"supply_month": "2015-03-02"}),
        ("recipients", "more_than_due", {"recipients": "11"}),
        ("supply_month", "outside_window", {"supply_month": "2014-09-01"}),
        ("supply_month", "after_month_end", {"supply_month": "2015-04-01"}),
    ],
    "pregnancies": [
        ("registered_at", "registered_at_before_first_seen_date", {"registered_at": "2015-02-27"}),
        ("first_seen_date", "first_seen_date_before_lmp_date", {"first_seen_date": "2014-12-19"}),
        ("due_date", "due_date_implausible", {"due_date": "2015-12-26"}),
        ("outcome_date", "outcome_date_before_lmp_date", {"outcome": "活产", "outcome_date": "2014-12-19"}),
        ("outcome_date", "outcome_without_date", {"outcome": "活产"}),
        ("outcome_date", "outcome_date_after_month_end", {"outcome": "活产", "outcome_date": "2015-04-01"}),
        ("registered_at", "after_month_end", {"registered_at": "2015-04-01"}),
    ],
    "pregnancy_visits": [
        ("visit_date", "outside_window", {"visit_date": "2014-09-30"}),
        ("visit_date", "after_month_end", {"visit_date": "2015-04-01"}),
    ],
    "fee_cases": [
        ("filed_date", "filed_date_after_month_end",
         {"filed_date": "2015-04-01", "decision_date": "", "court_applied_date": "", "court_enforced_date": ""}),
        ("decision_date", "decision_date_before_filed_date", {"decision_date": "2014-11-02"}),
        ("decision_date", "decision_date_after_month_end",
         {"decision_date": "2015-04-01", "court_applied_date": "", "court_enforced_date": ""}),
        ("court_applied_date", "court_applied_date_before_decision_date", {"court_applied_date": "2014-12-02"}),
        ("court_applied_date", "court_applied_date_after_month_end",
         {"court_applied_date": "2015-04-01", "court_enforced_date": ""}),
        ("court_enforced_date", "court_enforced_date_before_court_applied_date", {"court_enforced_date": "2015-01-04"}),
        ("court_enforced_date", "court_enforced_date_after_month_end", {"court_enforced_date": "2015-04-01"}),
        ("closed_date", "closed_date_before_filed_date", {"closed_date": "2014-11-02"}),
        ("closed_date", "closed_date_after_month_end", {"closed_date": "2015-04-01"}),
    ],
    "fee_payments": [
        ("paid_date", "outside_window", {"paid_date": "2014-09-30"}),
        ("paid_date", "after_month_end", {"paid_date": "2015-04-01"}),
    ],
    "two_acts_cases": [
        ("filed_date", "filed_date_after_month_end", {"filed_date": "2015-04-01", "closed_date": ""}),
        ("closed_date", "closed_date_before_filed_date", {"closed_date": "2014-11-02"}),
        ("closed_date", "closed_date_after_month_end", {"closed_date": "2015-04-01"}),
    ],
    "institution_inspections": [
        ("rectified_on", "rectified_on_before_inspected_on", {"rectified_on": "2015-03-06"}),
        ("rectified_on", "rectified_on_after_month_end", {"rectified_on": "2015-04-01"}),
        ("inspected_on", "outside_window", {"inspected_on": "2014-09-30"}),
        ("inspected_on", "after_month_end", {"inspected_on": "2015-04-01"}),
    ],
    "floating_population": [
        ("submitted_date", "submitted_date_after_month_end", {"submitted_date": "2015-04-01", "feedback_date": ""}),
        ("feedback_date", "feedback_date_before_submitted_date", {"feedback_date": "2015-03-07"}),
        ("feedback_date", "feedback_date_after_month_end", {"feedback_date": "2015-04-01"}),
        ("due_date", "outside_window", {"due_date": "2014-09-30"}),
        ("due_date", "after_month_end", {"due_date": "2015-04-01"}),
    ],
    "card_reads": [
        ("valid_reads", "more_than_contacts", {"valid_reads": "21"}),
        ("read_date", "outside_window", {"read_date": "2014-09-30"}),
        ("read_date", "after_month_end", {"read_date": "2015-04-01"}),
    ],
    "health_checks": [
        ("check_date", "check_date_before_eligible_from", {"eligible_from": "2015-03-10"}),
        ("treated_date", "treated_date_before_check_date", {"treated_date": "2015-03-08"}),
        ("treated_date", "treated_date_after_month_end", {"treated_date": "2015-04-01"}),
        ("check_date", "outside_window", {"check_date": "2014-09-30"}),
        ("check_date", "after_month_end", {"check_date": "2015-04-01"}),
    ],
    "benefits": [
        ("paid_date", "paid_date_after_month_end", {"paid_date": "2015-04-01"}),
    ],
    "staff": [],
    "facilities": [
        ("opened_on", "opened_on_after_month_end", {"opened_on": "2015-04-01"}),
    ],
    "budgets": [],
    "surveys": [
        ("interview_date", "interview_date_after_month_end", {"interview_date": "2015-04-01"}),
    ],
    "spot_checks": [
        ("checked_on", "checked_on_after_month_end", {"checked_on": "2015-04-01"}),
    ],
    "inspections": [
        ("visited_on", "visited_on_after_month_end", {"visited_on": "2015-04-01"}),
        ("rectify_by", "rectify_by_before_visited_on", {"rectify_by": "2015-03-12"}),
        ("rectified_on", "rectified_on_before_visited_on", {"rectified_on": "2015-03-12"}),
        ("rectified_on", "rectified_on_after_month_end", {"rectified_on": "2015-04-01"}),
    ],
    "vaccinations": [
        ("dose_date", "dose_date_before_birth_date", {"birth_date": "2015-03-03"}),
        ("dose_date", "outside_window", {"birth_date": "2014-09-01", "dose_date": "2014-09-30"}),
        ("dose_date", "after_month_end", {"dose_date": "2015-04-01"}),
    ],
    "household_entries": [
        ("entry_date", "entry_date_before_birth_date", {"birth_date": "2015-03-09"}),
        ("entry_date", "outside_window", {"birth_date": "2014-09-01", "entry_date": "2014-09-30"}),
        ("entry_date", "after_month_end", {"entry_date": "2015-04-01"}),
    ],
    "marriages": [
        ("id_b", "same_person_twice", {"id_a": good_row("marriages", 1)["id_b"]}),
        ("event_date", "outside_window", {"event_date": "2014-09-30"}),
        ("event_date", "after_month_end", {"event_date": "2015-04-01"}),
    ],
    "insurance": [
        ("insured_from", "insured_from_after_month_end", {"insured_from": "2015-04-01"}),
    ],
    "reported_figures": [
        ("period_to", "period_to_before_period_from", {"period_from": "2015-01-02", "period_to": "2015-01-01"}),
        ("period_to", "period_to_after_month_end", {"period_to": "2015-04-01"}),
    ],
}  # fmt: skip


def faults_of(register: str) -> list[tuple[str, str, Row]]:
    by_cell = [(c.name, rule, cells) for c in REGISTERS[register].kept for rule, cells in cell_faults(register, c)]
    return by_cell + ROW_FAULTS[register]


@pytest.mark.parametrize(
    ("register", "column", "rule", "cells"),
    [pytest.param(register, *fault, id=f"{register}-{fault[0]}-{fault[1]}-{number}")
     for register in sorted(REGISTERS) for number, fault in enumerate(faults_of(register))],
)  # fmt: skip
def test_every_rule_is_tripped_alone(
    register: str, column: str, rule: str, cells: Row, vault: duckdb.DuckDBPyConnection
) -> None:
    assert violations(vault, register, **cells) == [f"{column}:{rule}"]


@pytest.mark.parametrize("register", sorted(REGISTERS))
def test_no_rule_of_a_contract_is_without_its_fault(register: str) -> None:
    terms = sorted((column, rule) for _, column, rule in violation_terms(REGISTERS[register], area_of(register), MONTH))
    assert sorted((column, rule) for column, rule, _ in faults_of(register)) == terms


def test_a_row_may_break_several_rules_and_each_is_named(vault: duckdb.DuckDBPyConnection) -> None:
    found = violations(vault, "births", mother_id="", sex="?", parity="0", birth_date="2015-02-30")
    assert sorted(found) == [
        "birth_date:impossible_date",
        "mother_id:missing_identifier",
        "parity:out_of_range",
        "sex:unknown_code",
    ]


@pytest.mark.parametrize("month", [date(2014, 9, 1), date(2014, 10, 1), date(2015, 9, 1)])
def test_the_window_is_the_policy_year_up_to_the_months_end(month: date, vault: duckdb.DuckDBPyConnection) -> None:
    start = date(month.year - (month.month < 10), 10, 1)
    end = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    days = [start - timedelta(days=1), start, end, end + timedelta(days=1)]
    rows = [good_row("deaths", 1) | {"death_date": "2000-01-01", "registered_at": day.isoformat()} for day in days]
    assert [row["violations"] for row in check(vault, "deaths", rows, month=month)] == [
        ["registered_at:outside_window"], [], [], ["registered_at:after_month_end"]]  # fmt: skip


# --- dates

DAY = date(2014, 3, 5)


def value(vault: duckdb.DuckDBPyConnection, column: Column, cells: list[str]) -> list[Any]:
    """The typed values of cells that are already cleaned."""
    table = pa.table({"cell": pa.array(cells, pa.string())})
    vault.register("cells", table)
    return [row[0] for row in vault.execute(f"select {typed_sql(column, 'cell')} from cells").fetchall()]


DATE = REGISTERS["deaths"].column("death_date")


@pytest.mark.parametrize(
    "written",
    ["2014-03-05", "2014-3-5", "2014/3/5", "2014/03/05", "20140305", "2014年3月5日", "2014年03月05日", "41703",
     "２０１４－０３－０５",
     " 2014-03-05 ", "\u30002014/3/5\t", "2014-03-05\xa0", "２０１４年３月５日"],
)  # fmt: skip
def test_every_form_of_a_date_is_read(written: str, vault: duckdb.DuckDBPyConnection) -> None:
    row = good_row("deaths", 1) | {"birth_date": written}
    checked = check(vault, "deaths", [row])[0]
    assert (checked["birth_date"], checked["violations"]) == (DAY, [])


@pytest.mark.parametrize(
    "written",
    ["202年9月", "2014年9月", "2014-02-30", "2013-02-29", "2014-00-10", "2014-13-01", "20140231", "2014/13/5",
     "2014-03", "201403",
     "2014.3.5", "05-03-2014", "3/5/2014", "2014/3-5", "2014年3月5", "14610", "73051", "99999", "-014-03-05", "+014-03-05",
     "0000-01-01", "0014-03-05", "00140305", "0014/3/5", "20 4-03-05", "2014-0a-05", "infinity", "epoch", "today",
     "2014-03-05 10:00",
     "2014-03-05T00:00:00", "abcd-ef-gh", "1e4", "-1", "不详"],
)  # fmt: skip
def test_what_is_no_date_is_none(written: str, vault: duckdb.DuckDBPyConnection) -> None:
    assert value(vault, DATE, [written]) == [None]


@settings(max_examples=20, deadline=None, database=None)
@given(days=st.lists(st.dates(date(1000, 1, 1), date(2999, 12, 31)), min_size=1, max_size=20))
def test_every_day_is_itself_in_every_form(days: list[date], vault: duckdb.DuckDBPyConnection) -> None:
    for form in (
        "{0:%Y-%m-%d}",
        "{0.year}-{0.month}-{0.day}",
        "{0.year}/{0.month}/{0.day}",
        "{0:%Y%m%d}",
        "{0.year}年{0.month}月{0.day}日",
    ):
        assert value(vault, DATE, [form.format(day) for day in days]) == days


@settings(max_examples=30, deadline=None, database=None)
@given(cells=st.lists(st.text("0123456789-/年月日+ a", min_size=1, max_size=11), min_size=1, max_size=30))
def test_a_date_that_is_read_is_the_one_that_was_written(cells: list[str], vault: duckdb.DuckDBPyConnection) -> None:
    for cell, found in zip(cells, value(vault, DATE, cells), strict=True):
        if found is not None and not (len(cell) == 5 and cell.isdigit()):
            parts = [cell[:4], cell[4:6], cell[6:]] if cell.isdigit() else re.split("[-/年月日]", cell)[:3]
            assert found == date(*map(int, parts))


def test_serials_are_those_of_excel(vault: duckdb.DuckDBPyConnection) -> None:
    """Serial 36526 is 1 January 2000 in Excel's own documentation of the 1900 date system."""
    assert value(vault, DATE, ["36526", "14611", "73050"]) == [date(2000, 1, 1), date(1940, 1, 1), date(2099, 12, 31)]


# --- numbers, codes, areas


@pytest.mark.parametrize(
    ("written", "number"),
    [("12", 12), ("-3", -3), ("1,234", 1234), ("1,234,567", 1234567), ("１２", 12), ("1，234", 1234), (" 7 ", 7), ("007", 7),
     ("12,34", None), ("1,2", None), (",123", None), ("1.0", None), ("1e3", None), ("--1", None), ("1-", None), ("9" * 16, None),
     ("1 2", None), ("+1", None), ("一", None)],
)  # fmt: skip
def test_integers(written: str, number: int | None, vault: duckdb.DuckDBPyConnection) -> None:
    row = good_row("official_population", 1) | {"mid_year_population": written}
    checked = check(vault, "official_population", [row])[0]
    assert checked["mid_year_population"] == number
    assert ("mid_year_population:not_a_number" in checked["violations"]) == (number is None)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("12.5", "12.50"),
        ("1,234.56", "1234.56"),
        ("-0.10", "-0.10"),
        ("12,5", None),
        ("1.234", None),
        ("1.2.3", None),
        (".5", None),
    ],
)
def test_amounts(written: str, amount: str | None, vault: duckdb.DuckDBPyConnection) -> None:
    column = Column(name="paid", zh=["金额"], type="amount", description="An amount.")
    found = value(vault, column, [written])[0]
    assert (str(found) if found is not None else None) == amount


@pytest.mark.parametrize("register", sorted(REGISTERS))
def test_every_written_form_of_every_code_is_read(register: str, vault: duckdb.DuckDBPyConnection) -> None:
    for column in REGISTERS[register].kept:
        for canonical, forms in column.codes.items():
            written = [*forms, canonical]
            assert value(vault, column, written) == [canonical] * len(written)
        if column.codes:
            assert value(vault, column, ["9", "其他", "MALE", "男女"]) == [None] * 4


@pytest.mark.parametrize(
    "written", ["99010100100", "9901010010011", "99010O001001", "990101001001.0", "本村", "9.9E+11"]
)
def test_malformed_areas(written: str, vault: duckdb.DuckDBPyConnection) -> None:
    assert violations(vault, "births", area=written) == ["area:area_malformed"]


def test_full_width_and_stray_spaces_are_mended_in_every_kind_of_cell(vault: duckdb.DuckDBPyConnection) -> None:
    row = good_row("births", 1)
    wide = str.maketrans(HALF, FULL)
    dirty = {name: f"\u3000 {cell.translate(wide)}\xa0" for name, cell in row.items()}
    assert check(vault, "births", [dirty]) == check(vault, "births", [row])


def test_a_cell_of_blanks_is_empty(vault: duckdb.DuckDBPyConnection) -> None:
    assert violations(vault, "births", sex=" \u3000\t", institution="  ") == ["sex:missing_required"]


# --- identifiers


def valid_identifier(text: str) -> str | None:
    """The normalised identifier, by the definition of ISO 7064 MOD 11-2 and in plain Python; None when it is none."""
    if re.fullmatch(r"\d{15}", text, re.ASCII):
        body = text[:6] + "19" + text[6:]
        return body + check_character(body)
    if re.fullmatch(r"\d{17}[\dXx]", text, re.ASCII) and check_character(text[:17]) == text[17].upper():
        return text.upper()
    return None


def normalised(vault: duckdb.DuckDBPyConnection, cells: list[str]) -> list[str | None]:
    return [
        row["id"]
        for row in check(vault, "deaths", [good_row("deaths", 1) | {"id": cell} for cell in cells], dirty=False)
    ]


DIGITS = st.text("0123456789", min_size=17, max_size=17)
IDENTIFIERS = st.one_of(
    DIGITS.map(lambda body: body + check_character(body)),
    DIGITS.map(lambda body: (body + check_character(body)).lower()),
    st.text("0123456789Xx", min_size=17, max_size=19),
    st.tuples(DIGITS, st.sampled_from("0123456789Xx?")).map("".join),
    st.text("0123456789", min_size=15, max_size=15),
    st.text("0123456789X?-+. ", min_size=14, max_size=18),
)


@settings(max_examples=30, deadline=None, database=None)
@given(cells=st.lists(IDENTIFIERS, min_size=1, max_size=40))
def test_identifiers_against_plain_python(cells: list[str], vault: duckdb.DuckDBPyConnection) -> None:
    assert normalised(vault, cells) == [valid_identifier(cell) for cell in cells]


def test_the_check_digits_of_the_standard(vault: duckdb.DuckDBPyConnection) -> None:
    """The two examples printed in GB 11643-1999: 11010519491231002X and 440524188001010014."""
    examples = ["11010519491231002X", "440524188001010014"]
    assert normalised(vault, [*examples, "11010519491231002x"]) == [*examples, examples[0]]


def test_every_single_wrong_digit_is_found(vault: duckdb.DuckDBPyConnection) -> None:
    right = identifier(123)
    wrong = [right[:i] + digit + right[i + 1 :] for i in range(17) for digit in "0123456789" if digit != right[i]]
    assert set(normalised(vault, wrong)) == {None}


def test_the_form_of_before_1999_is_completed(vault: duckdb.DuckDBPyConnection) -> None:
    modern = identifier(7, "19500607")
    old = modern[:6] + modern[8:17]
    assert len(old) == 15
    assert normalised(vault, [old]) == [modern]


def test_a_question_mark_does_not_stand_for_any_check_digit(vault: duckdb.DuckDBPyConnection) -> None:
    right = identifier(7)
    assert normalised(vault, [right[:17] + "?"]) == [None]
    assert violations(vault, "deaths", id=right[:17] + "？") == ["id:bad_check_digit"]


def test_full_width_and_lower_case_identifiers_are_the_same_person(vault: duckdb.DuckDBPyConnection) -> None:
    person = next(identifier(n) for n in range(100) if identifier(n).endswith("X"))
    wide = person.translate(str.maketrans(HALF, FULL))
    rows = [
        good_row("deaths", 1) | {"id": cell}
        for cell in (person, person.lower(), wide, wide.lower(), f" {person}\u3000")
    ]
    assert {row["id"] for row in check(vault, "deaths", rows)} == {person}


# --- from checked rows to landed rows


def test_only_good_rows_go_on_and_identifiers_do_not(vault: duckdb.DuckDBPyConnection) -> None:
    rows = [good_row("births", n) for n in range(4)]
    rows[2]["parity"] = "0"
    check(vault, "births", rows)
    register, key = REGISTERS["births"], Key((bytes(range(32)),))
    vault.execute(f"create or replace temp table checked as {checked_sql(register, COUNTY, MONTH)}")
    good = vault.sql(protected_sql(register, key), params=key.pads).to_arrow_table()
    vault.execute("drop table checked")
    assert good.column_names == ["_line", *(c.landed_name for c in register.kept)]
    assert good["_line"].to_pylist() == [2, 3, 5]
    assert good["mother_id_pseudonym"].to_pylist() == [key.pseudonym(rows[i]["mother_id"]) for i in (0, 1, 3)]
    assert not any(row["mother_id"] in str(good.to_pylist()) for row in rows)


def test_the_row_hash_tells_every_column_apart(vault: duckdb.DuckDBPyConnection) -> None:
    register = REGISTERS["official_population"]
    names = [c.landed_name for c in register.kept]
    variants = [
        "('a', 1, 10, 10)",
        "('b', 1, 10, 10)",
        "('a', 11, 0, 10)",
        "('a', 1, null, 10)",
        "('a', 1, 10, null)",
        "('a', 1, 1, 10)",
    ]
    sql = f"select {row_hash_sql(register)} from (values {', '.join(variants)}) as t({', '.join(names)})"
    assert len({found for (found,) in vault.execute(sql).fetchall()}) == len(variants)
