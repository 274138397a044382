"""Recall and precision of what was injected, from a ledger and results written by hand."""

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.demo.measure import (
    ACROSS,
    FLAGGED,
    QUIET,
    Alarm,
    Evidence,
    Fault,
    Measured,
    Quiet,
    measured_kinds,
    quiet_kinds,
)
from orchestration.demo.options import FILE_KINDS
from orchestration.demo.wholes import WHOLE_KINDS
from orchestration.quality.limits import limits_of
from orchestration.quality.suites import load_suites
from orchestration.settings import Settings
from orchestration.warehouse import BOOKKEEPING
from tests.landing_kit import REGISTERS

BIRTHS, OTHER, LATER = "births_990101_201403.csv", "births_990102_201403.csv", "births_990101_201404.csv"


@pytest.fixture(name="warehouse")
def _warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(BOOKKEEPING)
        for number, name in enumerate((BIRTHS, OTHER, LATER), start=1):
            connection.execute(
                "insert into landing.deliveries by name select ? as delivery, 'births' as register, ? as area_code, "
                "date '2014-03-01' as month, 0 as redelivery, ? as file_name, '' as sha256, 0 as bytes, "
                "now()::timestamp as received_at, 'landed' as status",
                [number, name[7:13], name],
            )
        yield connection


def say(connection: duckdb.DuckDBPyConnection, delivery: int, check: str, status: str, unexpected: int) -> None:
    connection.execute(
        "insert into quality.results values "
        "(?, 'births', '', '2014-03-01', ?, '', '', 'warn', ?, 100, ?, 0, 0, now()::timestamp)",
        [delivery, check, status, unexpected],
    )


def only(faults: list[Fault], connection: duckdb.DuckDBPyConnection) -> Measured:
    [found] = measured_kinds(Evidence(faults, connection))
    return found


def test_a_row_that_was_not_quarantined_lowers_recall(warehouse: duckdb.DuckDBPyConnection) -> None:
    faults = [Fault(BIRTHS, line, "parity", "parity_out_of_range", "parity_out_of_range") for line in (2, 3)]
    warehouse.execute("insert into landing.quarantine values (1, 2, 'parity', 'out_of_range')")
    found = only(faults, warehouse)
    assert (found.injected, found.found, found.recall, found.precision) == (2, 1, 0.5, 1.0)


def test_a_quarantined_row_without_a_fault_lowers_precision(warehouse: duckdb.DuckDBPyConnection) -> None:
    faults = [Fault(BIRTHS, 2, "parity", "parity_out_of_range", "parity_out_of_range")]
    warehouse.execute(
        "insert into landing.quarantine values (1, 2, 'parity', 'out_of_range'), (1, 9, 'parity', 'out_of_range')"
    )
    found = only(faults, warehouse)
    assert (found.recall, found.precision) == (1.0, 0.5)


@pytest.mark.parametrize(("unexpected", "recall", "precision"), [(2, 1.0, 1.0), (1, 0.5, 1.0), (4, 1.0, 0.5)])
def test_rows_that_land_are_counted_by_their_threshold(
    unexpected: int, recall: float, precision: float, warehouse: duckdb.DuckDBPyConnection
) -> None:
    faults = [Fault(BIRTHS, line, "area", "unknown_village", "unknown_village") for line in (2, 3)]
    say(warehouse, 1, "births_area_known", "pass", unexpected)
    found = only(faults, warehouse)
    assert (found.meant, found.recall, found.precision) == ({"births_area_known"}, recall, precision)


def test_a_file_is_found_by_the_threshold_meant_for_it_and_by_no_other(warehouse: duckdb.DuckDBPyConnection) -> None:
    faults = [Fault(name, None, "institution", "high_missing_share", "x") for name in (BIRTHS, OTHER)]
    say(warehouse, 1, "births_institution_complete", "warn", 30)
    say(warehouse, 2, "births_timely", "warn", 30)
    found = only(faults, warehouse)
    assert (found.injected, found.found, found.alarms, found.explained) == (2, 1, 1, 1)


def test_alarms_that_no_fault_explains(warehouse: duckdb.DuckDBPyConnection) -> None:
    """More unexpected rows than faulty ones; a file without a fault; a burst explains late births after it, not before."""
    faults = [
        Fault(BIRTHS, 2, "area", "unknown_village", "unknown_village"),
        Fault(OTHER, None, "registered_at", "late_registration_burst", "x"),
    ]
    evidence = Evidence(faults, warehouse)
    assert evidence.explains(Alarm(BIRTHS, "births_area_known", 1))
    assert not evidence.explains(Alarm(BIRTHS, "births_area_known", 2))
    assert not evidence.explains(Alarm(LATER, "births_timely", 1))
    assert evidence.explains(Alarm("births_990102_201405.csv", "births_timely", 50))
    assert not evidence.explains(Alarm("births_990102_201402.csv", "births_timely", 50))
    assert not evidence.explains(Alarm("births_990102_201405.csv", "births_rows", 50))


def test_a_fault_of_the_other_register_explains_what_two_registers_disagree_on(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    evidence = Evidence([Fault(BIRTHS, None, "mother_id", "other_mothers", "x")], warehouse)
    assert evidence.explains(Alarm("vaccinations_990101_201403.csv", "vaccinations_also_on_births", 9))
    assert evidence.explains(Alarm("vaccinations_990101_201404.csv", "vaccinations_also_on_births", 9))
    assert not evidence.explains(Alarm("vaccinations_990101_201405.csv", "vaccinations_also_on_births", 9))
    assert not evidence.explains(Alarm("vaccinations_990102_201403.csv", "vaccinations_also_on_births", 9))
    assert not evidence.explains(Alarm("births_990101_201404.csv", "births_also_on_vaccinations", 9))


def test_a_burst_is_found_in_the_files_after_it(warehouse: duckdb.DuckDBPyConnection) -> None:
    fault = Fault(BIRTHS, None, "registered_at", "late_registration_burst", "x")
    assert only([fault], warehouse).recall == 0
    say(warehouse, 3, "births_no_late_month", "warn", 30)
    assert only([fault], warehouse).recall == 1


def test_files_that_never_came_are_not_measured(warehouse: duckdb.DuckDBPyConnection) -> None:
    faults = [
        Fault("births_990101_201501.csv", None, "", "empty_file", "x"),
        Fault("births_990101_201501.csv", None, "", "redelivery", "x"),
        Fault("births_990101_201501.csv", None, "", "missing_delivery", "x"),
    ]
    assert list(measured_kinds(Evidence(faults, warehouse))) == []


MISSING = Fault("deaths_990101_201402.csv", None, "", "missing_delivery", "x")
DUE = {("deaths", "990101", "201402"), ("deaths", "990101", "201401")}


def alert(connection: duckdb.DuckDBPyConnection, first: str, last: str, months: int, status: str = "open") -> None:
    connection.execute(
        """insert into quality.alerts (alert, check_id, register, area_code, severity, opened_month, opened_by, last_month,
                status, elements, unexpected)
            values ('a', 'deaths_delivered', 'deaths', '990101', 'fail', ?, 0, ?, ?, ?, ?)""",
        [first, last, status, months, months],
    )


@pytest.mark.parametrize(
    ("first", "last", "months", "status", "expected"),
    [
        ("2014-02-01", "2014-02-01", 1, "open", (1, 1, 1, 1)),
        ("2014-01-01", "2014-03-01", 2, "open", (1, 1, 2, 1)),
        ("2014-03-01", "2014-03-01", 1, "open", (1, 0, 1, 0)),
        ("2014-02-01", "2014-02-01", 1, "resolved", (1, 0, 0, 0)),
    ],
    ids=["it", "and another", "only another", "no more"],
)
def test_a_delivery_that_never_came_is_found_by_the_alert_that_spans_its_month(
    first: str, last: str, months: int, status: str, expected: tuple[int, ...], warehouse: duckdb.DuckDBPyConnection
) -> None:
    alert(warehouse, first, last, months, status)
    (found,) = measured_kinds(Evidence([MISSING], warehouse, DUE))
    assert (found.injected, found.found, found.alarms, found.explained) == expected


def test_a_mistake_that_its_correction_mends_is_found_by_the_ledger(warehouse: duckdb.DuckDBPyConnection) -> None:
    faults = [Fault(name, None, "", "redelivery", "x") for name in (BIRTHS, OTHER)]
    warehouse.execute("update landing.deliveries set status = 'superseded' where delivery in (1, 3)")
    found = only(faults, warehouse)
    assert (found.injected, found.found, found.alarms, found.explained) == (2, 1, 2, 1)


def test_plausible_mistakes_explain_no_alarm(warehouse: duckdb.DuckDBPyConnection) -> None:
    """What a file was corrected for is no reason to alarm on it; its bad rows are."""
    faults = [
        Fault(BIRTHS, None, "", "redelivery", "redelivery"),
        Fault(BIRTHS, 2, "sex", "redelivery", "redelivery"),
        Fault(BIRTHS, 3, "mother_id", "bad_check_digit", "bad_check_digit"),
    ]
    evidence = Evidence(faults, warehouse)
    told = [Alarm(BIRTHS, "births_parity_plausible", 1), Alarm(BIRTHS, "births_few_quarantined", 2)]
    assert not any(map(evidence.explains, told))
    assert evidence.explains(Alarm(BIRTHS, "births_few_quarantined", 1))
    assert evidence.explains(Alarm(BIRTHS, "births_bad_rows", 1))
    assert list(quiet_kinds(evidence, told)) == [
        Quiet("redelivery", QUIET["redelivery"], 1, 2),
        Quiet("duplicate_person", QUIET["duplicate_person"], 0, 0),
    ]


@pytest.mark.parametrize(("rows", "found", "explained"), [(4, 2, True), (2, 1, True), (5, 2, False)])
def test_persons_who_stand_twice_in_a_file_are_counted_by_its_check_and_others_by_none(
    rows: int, found: int, explained: bool, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """The check counts both rows of a person; a person of two counties has one row in each file."""
    faults = [
        Fault(BIRTHS, line, "id", "duplicate_person", rule)
        for line, rule in ((2, "duplicates"), (3, "duplicates"), (4, ACROSS))
    ]
    say(warehouse, 1, "births_duplicates", "pass", rows)
    evidence = Evidence(faults, warehouse)
    (measured,) = measured_kinds(evidence)
    assert (measured.injected, measured.found) == (2, found)
    assert evidence.explains(Alarm(BIRTHS, "births_duplicates", rows)) == explained


def test_every_kind_of_file_fault_has_its_threshold() -> None:
    """But for those about rows of the statistics office's files, and those of the door, the ledger and the calendar."""
    of_rows = {"area_ends_early", "official_malformed", "official_elsewhere", "official_no_year", "official_twice"}
    others = {"wrong_encoding", "same_bytes", "redelivery", "missing_delivery"}
    assert set(FILE_KINDS) == set(FLAGGED) | of_rows | others
    assert set(WHOLE_KINDS) <= set(FLAGGED)
    checks = {t.id for suite in load_suites(Settings().expectations).values() for t in suite}
    checks |= {t.id for register in REGISTERS.values() for t in limits_of(register)}
    for register in ("population", "births"):
        assert FLAGGED["bad_batch"].format(register) in checks
