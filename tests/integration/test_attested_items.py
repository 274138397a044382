"""Attested items over three policy years, from births and visits to the verdict, by the schemes in force then.

Susong assesses townships by second and later births within policy (90 %), Jingdong counties by all births (92 %).
"""

import csv
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from scratch_warehouse import PROJECT, ScratchWarehouse

COUNTY = "990101000000"
GOOD, ONCE_MISSED, NO_BIRTHS, NOT_VISITED = (f"990101{number:03d}000" for number in range(1, 5))
YEARS = (2012, 2013, 2014)


def births(township: str, policy_year: int, policy: str) -> str:
    """200 second births of a policy year; its first day of birth is in October of the year before."""
    return f"""
        select '{township}-{policy_year}-' || i as birth_no, date '{policy_year - 1}-10-01' + (i % 300)::int as birth_date,
            case when i % 2 = 0 then 'male' else 'female' end as sex, 2 as parity, date '1985-01-01' as mother_birth_date,
            '{policy}' as policy_status, '{township[:9]}001' as area
        from range(200) as numbers (i)
    """


def visit(area: str, item: str, day: str) -> str:
    return f"""
        insert into raw.inspections (visit_no, area, visit_type, visited_on, item, passed,
            _area, _scope, _row_hash, _valid_from, _opened_by)
        values ('V-{area}-{item}-{day}', '{area}', 'quarterly', date '{day}', '{item}', 'yes',
            '990101', '{day[:7]}', 0, date_trunc('month', date '{day}')::date, 1)
    """


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> ScratchWarehouse:
    made = ScratchWarehouse(tmp_path_factory.mktemp("attested"))
    townships = (GOOD, ONCE_MISSED, NO_BIRTHS, NOT_VISITED)
    made.add_areas({"990100000000": "city", COUNTY: "county"})
    made.add_areas(dict.fromkeys(townships, "township") | {f"{code[:9]}001": "village" for code in townships})
    for register in ("births", "inspections"):
        made.land(register, "'990101'", "2011-10-01", "2014-09-01")
    for year in YEARS:
        for township in (GOOD, ONCE_MISSED, NOT_VISITED):
            is_missed = township == ONCE_MISSED and year == 2013
            made.add_births("990101", births(township, year, "out_of_policy" if is_missed else "in_policy"))
    for township in (GOOD, ONCE_MISSED, NO_BIRTHS):
        for year in (2013, 2014):
            made.execute(visit(township, "quality", f"{year}-09-05"))
    for year in YEARS:
        made.execute(visit(COUNTY, "policy_and_law", f"{year}-09-05"), visit(COUNTY, "team", f"{year}-09-05"))
    made.dbt("build", "--select", "+attestations", "--resource-type", "seed", "--resource-type", "model")
    return made


def attested(warehouse: ScratchWarehouse, area: str, item: str, period_end: str) -> tuple[object, ...]:
    [row] = warehouse.rows(
        f"select verdict, reason, years_met, indicators_judged, indicators_missed from marts.attestations "
        f"where area_code = '{area}' and item = '{item}' and period_end = date '{period_end}'"
    )
    return row


@pytest.mark.parametrize(
    ("township", "expected"),
    [
        (GOOD, ("met", "", 3)),
        (ONCE_MISSED, ("missed", "target_missed", 2)),
        (NO_BIRTHS, ("not_assessed", "fewer_than_three_years", 0)),
        (NOT_VISITED, ("not_assessed", "not_visited", 3)),
    ],
)
def test_quality_of_a_township_needs_three_years_in_a_row(
    warehouse: ScratchWarehouse, township: str, expected: tuple[object, ...]
) -> None:
    assert attested(warehouse, township, "quality", "2014-09-30")[:3] == expected


def test_two_years_are_not_three(warehouse: ScratchWarehouse) -> None:
    """At the end of the policy year 2013 the calendar knows two assessed years."""
    assert attested(warehouse, GOOD, "quality", "2013-09-30")[:3] == ("not_assessed", "fewer_than_three_years", 2)
    assert attested(warehouse, ONCE_MISSED, "quality", "2013-09-30")[:3] == ("missed", "target_missed", 1)


def test_a_passed_visit_does_not_make_up_for_a_missed_target(warehouse: ScratchWarehouse) -> None:
    """2013: 400 of 600 births within policy; 2012 and 2014: all. The team's indicators were not delivered: its visit decides."""
    found = [attested(warehouse, COUNTY, "policy_and_law", f"{year}-09-30") for year in YEARS]
    assert found[0] == ("met", "", None, 2, 0), "Zhanjiang's zone and Jingdong judge it in 2012"
    assert found[1] == ("missed", "indicator_missed", None, 1, 1)
    assert found[2] == ("met", "", None, 1, 0)
    assert attested(warehouse, COUNTY, "team", "2014-09-30") == ("met", "", None, 0, 0)


def test_every_indicator_of_an_attested_item_is_assessed_at_its_level() -> None:
    """What no scheme judges at the item's level could never speak for it."""

    def seed(name: str) -> list[dict[str, str]]:
        with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    level = {row["item"]: row["level"] for row in seed("attested_items")}
    judged = {(row["level"], row["indicator"]) for row in seed("targets")}
    criteria = seed("attested_item_indicators")
    assert {(level[row["item"]], row["indicator"]) for row in criteria} <= judged
    assert len({(row["item"], row["indicator"]) for row in criteria}) == len(criteria)
    assert all(row["reason"] for row in criteria)
