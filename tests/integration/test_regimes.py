"""Policy regimes by the date of the event: production SQL over births around 2016 and around the end of the fee in 2021."""

import csv
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "golden"))

from scratch_warehouse import PROJECT, ScratchWarehouse

COUNTY, ANHUI = "990101000000", "340826000000"
FEE = ("fee_case_rate", "fee_collection_rate", "fee_court_enforcement_rate", "fee_treasury_rate")


def _births(county: str, rows: list[tuple[str, str, int, str]]) -> str:
    """A query of births from (number, birth date, parity, recorded status)."""
    values = ", ".join(f"('{no}', date '{day}', {parity}, '{status}')" for no, day, parity, status in rows)
    return f"""
        select no as birth_no, day as birth_date, 'male' as sex, parity, date '1990-01-01' as mother_birth_date,
            status as policy_status, '{county}' as area
        from (values {values}) as listed (no, day, parity, status)
    """


def _around_2016(warehouse: ScratchWarehouse) -> None:
    warehouse.land("births", "'990101'", "2015-10-01", "2016-09-01")
    warehouse.add_births(
        "990101",
        _births(COUNTY, [("late", "2015-12-20", 2, "out_of_policy"), ("new", "2016-01-05", 2, "out_of_policy"),
                         ("third", "2016-01-06", 3, "in_policy"), ("first", "2016-02-06", 1, "in_policy")]),
    )  # fmt: skip
    warehouse.execute("""
        update raw.births set registered_at = date '2016-02-10', _valid_from = date '2016-02-01' where birth_no = 'late'
    """)
    warehouse.add_births("340826", _births(ANHUI, [("before", "2014-01-22", 2, "out_of_policy"),
                                                   ("after", "2014-01-23", 2, "in_policy")]))  # fmt: skip
    warehouse.add_births("990101", _births(COUNTY, [("national", "2014-01-22", 2, "in_policy")]))


def _around_2021(warehouse: ScratchWarehouse) -> None:
    """Two births outside policy a month; one of them has a case until July 2021; the fee registers stop with August."""
    months = [f"{2020 + (m + 9) // 12}-{(m + 9) % 12 + 1:02d}" for m in range(15)]
    rows = [(f"{m}-{i}", f"{m}-02", 4, "out_of_policy") for m in months for i in (1, 2)]
    warehouse.land("births", "'990101'", "2020-10-01", "2022-03-01")
    for register in ("fee_cases", "fee_payments"):
        warehouse.land(register, "'990101'", "2020-10-01", "2021-08-01")
    warehouse.add_births("990101", _births(COUNTY, rows))
    warehouse.execute(f"""
        insert into raw.fee_cases (case_no, area, birth_no, filed_date, decision_date, amount_due,
            _area, _scope, _row_hash, _valid_from, _opened_by)
        select 'C' || birth_no, area, birth_no, birth_date + 5, birth_date + 10, 1000, '990101', 'all', 0, _valid_from, 1
        from raw.births where birth_no like '20%-1' and birth_date < date '2021-08-01' and area = '{COUNTY}'
    """)


@pytest.fixture(scope="module")
def regimes(tmp_path_factory: pytest.TempPathFactory) -> ScratchWarehouse:
    warehouse = ScratchWarehouse(tmp_path_factory.mktemp("regimes"))
    warehouse.add_areas({"990100000000": "city", COUNTY: "county", "340800000000": "city", ANHUI: "county"})
    _around_2016(warehouse)
    _around_2021(warehouse)
    warehouse.dbt("build", "--select", "+published__indicator_values",
        "+indicator_values", "+area_measures",
                  "--resource-type", "seed", "--resource-type", "model")  # fmt: skip
    return warehouse


def figure(warehouse: ScratchWarehouse, indicator: str, window: str, end: str, clock: str) -> tuple[object, ...]:
    [row] = warehouse.rows(f"""
        select numerator, denominator, status from marts.indicator_values
        where area_code = '{COUNTY}' and indicator = '{indicator}' and "window" = '{window}'
            and period_end = date '{end}' and clock = '{clock}'
    """)
    return row


def test_a_birth_is_judged_by_the_regime_of_its_day_and_place(regimes: ScratchWarehouse) -> None:
    rows = regimes.rows("""
        select birth_no, policy_regime, allowed_to, policy_status from intermediate.int_births__current
        where birth_date < date '2017-01-01'
    """)
    assert {row[0]: row[1:] for row in rows} == {
        "late": ("one_parent_only_child", "some_couples", "out_of_policy"),
        "new": ("two_children", "every_couple", "out_of_policy"),
        "third": ("two_children", "no_couple", "in_policy"),
        "first": ("two_children", "every_couple", "in_policy"),
        "before": ("one_child", "some_couples", "out_of_policy"),
        "after": ("one_parent_only_child", "some_couples", "in_policy"),
        "national": ("one_parent_only_child", "some_couples", "in_policy"),
    }


def test_a_birth_of_2015_registered_in_2016_keeps_its_status_on_both_clocks(regimes: ScratchWarehouse) -> None:
    rate = "policy_compliant_birth_rate"
    assert figure(regimes, rate, "month", "2015-12-31", "event") == (0, 1, "ok")
    assert figure(regimes, rate, "month", "2015-12-31", "report") == (0, 0, "empty_denominator")
    assert figure(regimes, rate, "month", "2016-02-29", "event") == (1, 1, "ok")
    assert figure(regimes, rate, "month", "2016-02-29", "report") == (1, 2, "ok")


def test_records_that_contradict_the_regime_of_their_day_are_counted(regimes: ScratchWarehouse) -> None:
    """The second birth of 2015 does not contradict its own regime, though it would contradict that of its registration."""
    rows = regimes.rows(f"""
        select measure, clock, month::varchar, value from marts.measures
        where area_code = '{COUNTY}' and measure like '%regime' and value > 0 and month between '2015-10-01' and '2016-09-01'
    """)
    assert sorted(rows) == [
        ("births_in_policy_beyond_regime", "event", "2016-01-01", 1),
        ("births_in_policy_beyond_regime", "report", "2016-01-01", 1),
        ("births_out_of_policy_within_regime", "event", "2016-01-01", 1),
        ("births_out_of_policy_within_regime", "report", "2016-01-01", 1),
    ]


@pytest.mark.parametrize("schema", ["marts", "published"])
def test_the_fee_indicators_are_not_applicable_in_2022(regimes: ScratchWarehouse, schema: str) -> None:
    rows = regimes.rows(f"""
        select indicator, clock, "window", period_end::varchar, status, numerator, value from {schema}.indicator_values
        where indicator in {FEE} and status <> 'not_applicable'
            and "window" <> 'trailing_12_months' and period_end > date '2021-12-31'
    """)
    assert rows == []
    [(found,)] = regimes.rows(f"""
        select count(distinct indicator) from {schema}.indicator_values
        where indicator in {FEE} and period_end > date '2021-12-31' and status = 'not_applicable'
    """)
    assert found == len(FEE)


@pytest.mark.parametrize("clock", ["event", "report"])
@pytest.mark.parametrize(
    ("window", "end", "expected"),
    [
        ("month", "2021-07-31", (1, 2, "ok")),
        ("month", "2021-08-31", (0, 2, "ok")),
        ("month", "2021-09-30", (None, None, "not_applicable")),
        ("quarter", "2021-09-30", (1, 4, "ok")),
        ("policy_year", "2021-09-30", (10, 22, "ok")),
        ("policy_year_to_date", "2021-09-30", (10, 22, "ok")),
        ("policy_year_to_date", "2021-10-31", (None, None, "not_applicable")),
        ("calendar_year", "2021-12-31", (7, 16, "ok")),
        ("trailing_12_months", "2022-03-31", (4, 10, "ok")),
    ],
)
def test_a_window_that_spans_the_end_of_the_fee_counts_the_months_before(
    regimes: ScratchWarehouse, clock: str, window: str, end: str, expected: tuple[object, ...]
) -> None:
    """August 2021 counts whole; the months after it neither count nor need a delivery."""
    assert figure(regimes, "fee_case_rate", window, end, clock) == expected


def test_an_indicator_of_a_rule_that_begins_or_ends_is_made_of_flows() -> None:
    """A cut window adds the months that count, which is right for flows only."""
    seeds = {
        n: list(csv.DictReader((PROJECT / f"seeds/{n}.csv").open(encoding="utf-8"))) for n in ("indicators", "measures")
    }
    rules = {row["measure"]: row["window_rule"] for row in seeds["measures"]}
    bounded = [row for row in seeds["indicators"] if row["valid_from"] or row["valid_to"]]
    assert {row["indicator"] for row in bounded} == set(FEE)
    for row in bounded:
        names = [row[part] for part in ("numerator", "numerator_less", "denominator", "effective") if row[part]]
        assert {rules[name] for name in names} == {"sum"}, row["indicator"]
