"""Golden figure 9: county codes of different years, through the models.

430404 of 2000 became 430407 and 430408 by 2018; 110102 of 2010 was 110102 and 110104 in 2000; 532201 of 1990 became 530302 and
530328 by 1997. All three changes are put on 1 July 2014: the arithmetic does not know years. Births a month: 430404 has 10, then
430407 4 and 430408 6; 110102 has 5 all year and 110104 3; 532201 has 7, then 530302 3 and 530328 4.
"""

import pytest
from scratch_warehouse import ScratchWarehouse

BEFORE = {"430404": 10, "110102": 5, "110104": 3, "532201": 7}
AFTER = {"430407": 4, "430408": 6, "110102": 5, "530302": 3, "530328": 4}
SUCCESSORS = {"430404": "430407 430408", "110104": "110102", "532201": "530302 530328"}
CITIES = ("430400", "110100", "530300", "532200")
FIRST, SECOND, YEAR = ("half_year", "2014-06-30"), ("half_year", "2014-12-31"), ("calendar_year", "2014-12-31")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> ScratchWarehouse:
    warehouse = ScratchWarehouse(tmp_path_factory.mktemp("areas"))
    counties = {f"{code}000000": "county" for code in BEFORE | AFTER}
    warehouse.add_areas({f"{code}000000": "city" for code in CITIES} | counties)
    for code, successors in SUCCESSORS.items():
        cell = "、".join(f"{successor}000000" for successor in successors.split())
        warehouse.execute(
            f"update raw.areas set valid_to = date '2014-06-30', successor = '{cell}' where area = '{code}000000'"
        )
    for code in AFTER.keys() - BEFORE.keys():
        warehouse.execute(f"update raw.areas set valid_from = date '2014-07-01' where area = '{code}000000'")
    for births, first, last in ((BEFORE, "2014-01", "2014-06"), (AFTER, "2014-07", "2014-12")):
        for code, monthly in births.items():
            warehouse.land("births", f"'{code}'", f"{first}-01", f"{last}-01")
            warehouse.add_births(code, _births(code, first, monthly))
    warehouse.dbt("build", "--exclude-resource-type", "unit_test")
    return warehouse


def _births(code: str, first: str, monthly: int) -> str:
    return f"""
        select '{code}-{first}-' || m || '-' || i as birth_no, (date '{first}-05' + to_months(m::int))::date as birth_date,
            case when i % 2 = 0 then 'male' else 'female' end as sex, 1 as parity, date '1988-01-01' as mother_birth_date,
            'in_policy' as policy_status, '{code}000000' as area
        from range(6) as months (m), range({monthly}) as numbers (i)
    """


def births(
    warehouse: ScratchWarehouse, area: str, window: tuple[str, str], table: str = "indicator_values_constant_boundary"
) -> list[tuple[float | None, str]]:
    """(births, status) of an area and window on the event clock; one row or none."""
    return warehouse.rows(f"""
        select denominator, status from marts.{table}
        where indicator = 'policy_compliant_birth_rate' and area_code = '{area}000000' and clock = 'event'
            and "window" = '{window[0]}' and period_end = date '{window[1]}'
    """)


def test_a_merger_is_added_to_its_successor(changed: ScratchWarehouse) -> None:
    assert births(changed, "110102", FIRST, "indicator_values") == [(30, "ok")]
    assert births(changed, "110102", FIRST) == [(48, "ok")]
    assert births(changed, "110102", SECOND) == [(30, "ok")]
    assert births(changed, "110102", YEAR) == [(78, "ok")]


@pytest.mark.parametrize(("area", "monthly"), [("430407", 4), ("430408", 6), ("530302", 3), ("530328", 4)])
def test_a_split_has_no_exact_back_cast_and_says_so(changed: ScratchWarehouse, area: str, monthly: int) -> None:
    assert births(changed, area, FIRST) == [(None, "no_exact_backcast")]
    assert births(changed, area, YEAR) == [(None, "no_exact_backcast")]
    assert births(changed, area, ("month", "2014-07-31")) == [(monthly, "ok")]
    assert births(changed, area, SECOND) == [(6 * monthly, "ok")]
    assert births(changed, area, FIRST, "indicator_values") == []


def test_the_area_that_holds_all_parts_of_a_split_is_whole(changed: ScratchWarehouse) -> None:
    """430400 held 430404 and holds its parts, so it never changed; 530300 gains what 532200 had."""
    assert births(changed, "430400", YEAR) == []
    assert births(changed, "430400", YEAR, "indicator_values") == [(120, "ok")]
    assert births(changed, "530300", YEAR) == [(84, "ok")]
    assert births(changed, "530300", SECOND, "indicator_values") == [(42, "ok")]
    assert births(changed, "530300", FIRST, "indicator_values") == [(None, "no_delivery")]  # no county of it reported
    assert births(changed, "530300", FIRST) == [(42, "ok")]
    assert births(changed, "532200", FIRST) == [(0, "empty_denominator")]


def test_areas_that_ended_stand_as_reported_only(changed: ScratchWarehouse) -> None:
    assert births(changed, "430404", FIRST, "indicator_values") == [(60, "ok")]
    assert births(changed, "430404", SECOND, "indicator_values") == []
    for code in SUCCESSORS:
        assert births(changed, code, FIRST) == []


def test_measures_say_month_by_month_what_is_known(changed: ScratchWarehouse) -> None:
    rows = changed.rows("""
        select area_code[:6], month::varchar, value, status from marts.measures_constant_boundary
        where measure = 'births' and clock = 'event' and area_code[:6] in ('430407', '110102', '530300')
            and month in ('2014-06-01', '2014-07-01')
        order by all
    """)
    assert rows == [
        ("110102", "2014-06-01", 8, "ok"), ("110102", "2014-07-01", 5, "ok"),
        ("430407", "2014-06-01", None, "no_exact_backcast"), ("430407", "2014-07-01", 4, "ok"),
        ("530300", "2014-06-01", 7, "ok"), ("530300", "2014-07-01", 7, "ok"),
    ]  # fmt: skip


def test_the_published_copy_is_protected_and_says_the_same(changed: ScratchWarehouse) -> None:
    rows = changed.rows("""
        select area_code[:6], denominator, denominator_shown, status from published.indicator_values_constant_boundary
        where indicator = 'policy_compliant_birth_rate' and clock = 'event' and "window" = 'half_year'
            and period_end = '2014-06-30' and area_level = 'county'
        order by all
    """)
    assert rows == [
        ("110102", 50, "50", "ok"),
        *((code, None, None, "no_exact_backcast") for code in ("430407", "430408", "530302", "530328")),
    ]
