"""Recall and precision of what was injected, from a ledger and results written by hand."""

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.demo.measure import ELSEWHERE, FLAGGED, Alarm, Evidence, Fault, Measured, measured_kinds
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
        Fault(BIRTHS, None, "", "redelivery", "x"),
    ]
    assert list(measured_kinds(Evidence(faults, warehouse))) == []


def test_every_kind_of_file_fault_has_its_threshold() -> None:
    """But for those about rows of the statistics office's files, and those that the door turns away."""
    of_rows = {"area_ends_early", "official_malformed", "official_elsewhere", "official_no_year", "official_twice"}
    assert set(FILE_KINDS) == set(FLAGGED) | of_rows | {"wrong_encoding", "same_bytes"} | (
        set(ELSEWHERE) & set(FILE_KINDS)
    )
    assert set(WHOLE_KINDS) <= set(FLAGGED)
    checks = {t.id for suite in load_suites(Settings().expectations).values() for t in suite}
    checks |= {t.id for register in REGISTERS.values() for t in limits_of(register)}
    for register in ("population", "births"):
        assert FLAGGED["bad_batch"].format(register) in checks
