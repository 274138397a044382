"""Figures that others published, recomputed by the models of the warehouse."""

import math

import pytest
from scratch_warehouse import ScratchWarehouse

YEAR, HALF = ("calendar_year", "2014-12-31"), ("half_year", "2014-06-30")


def figure(
    warehouse: ScratchWarehouse, indicator: str, area: str, window: tuple[str, str] = YEAR, schema: str = "marts"
) -> dict[str, float | str]:
    names = ("numerator", "denominator", "value", "low", "high", "status")
    rows = warehouse.rows(f"""
        select {", ".join(names)} from {schema}.indicator_values
        where indicator = '{indicator}' and area_code = '{area}' and clock = 'event'
            and "window" = '{window[0]}' and period_end = date '{window[1]}'
    """)
    assert len(rows) == 1
    return dict(zip(names, rows[0], strict=True))


def test_total_fertility_rate_of_the_2010_census(golden: ScratchWarehouse) -> None:
    """Population census of China 2010, table 6-3: 1.18 from 5-year groups (single years would give 1.1879)."""
    found = figure(golden, "total_fertility_rate", "990103000000")
    assert found["value"] == pytest.approx(1.1810, abs=5e-5)
    assert found["low"] < found["value"] < found["high"]
    assert found["status"] == "ok"


def test_age_specific_rates_of_the_2010_census(golden: ScratchWarehouse) -> None:
    """The same table: births per 1000 women by age of the mother."""
    rows = golden.rows("""
        select 1000 * plus / denominator from intermediate.int_indicator_parts
        where indicator = 'total_fertility_rate' and area_code = '990103000000' and clock = 'event'
            and "window" = 'calendar_year' and period_end = date '2014-12-31'
        order by stratum
    """)
    rates = [row[0] for row in rows]
    assert rates == pytest.approx([5.93, 69.47, 84.08, 45.84, 18.71, 7.51, 4.68], abs=0.0051)
    assert 5 * sum(rates) / 1000 == pytest.approx(1.1810, abs=5e-5)


@pytest.mark.parametrize(
    ("indicator", "published"),
    [
        ("sex_ratio_at_birth", 121.21),
        ("sex_ratio_at_birth_p1", 113.73),
        ("sex_ratio_at_birth_p2", 130.29),
        ("sex_ratio_at_birth_p3plus", 158.41),
    ],
)
def test_sex_ratio_at_birth_of_the_2010_census(golden: ScratchWarehouse, indicator: str, published: float) -> None:
    """Population census of China 2010: 652,082 boys and 537,978 girls born in the year before the census."""
    assert figure(golden, indicator, "990103000000")["value"] == pytest.approx(published, abs=0.0051)


def test_sex_ratio_of_the_2010_census_counts_its_births(golden: ScratchWarehouse) -> None:
    found = figure(golden, "sex_ratio_at_birth", "990103000000")
    assert (found["numerator"], found["denominator"]) == (652_082, 537_978)


def test_interval_of_a_large_sex_ratio(golden: ScratchWarehouse) -> None:
    """Taiwan 2000: 160,529 boys and 146,671 girls, 109.4 with a 95 % interval on the log scale of 108.68 to 110.23."""
    found = figure(golden, "sex_ratio_at_birth", "990104000000")
    assert found["value"] == pytest.approx(109.4, abs=0.051)
    assert found["low"] == pytest.approx(108.68, abs=0.0051)
    assert found["high"] == pytest.approx(110.23, abs=0.0051)


def test_interval_of_a_township(golden: ScratchWarehouse) -> None:
    """A township's half-year: 251 boys and 185 girls, 136 with an interval of 112 to 164."""
    found = figure(golden, "sex_ratio_at_birth", "990102001000", HALF)
    assert found["value"] == pytest.approx(136, abs=0.5)
    assert found["low"] == pytest.approx(112, abs=0.5)
    assert found["high"] == pytest.approx(164, abs=0.5)


@pytest.mark.parametrize(
    ("indicator", "published"),
    [("crude_birth_rate", 8.16), ("policy_compliant_birth_rate", 94.40), ("sex_ratio_at_birth", 108.93)],
)
def test_county_form(golden: ScratchWarehouse, indicator: str, published: float) -> None:
    """An annual county form: 555,228 persons, then 556,878; 4,538 births, 2,366 of them boys, 4,284 in policy."""
    assert figure(golden, indicator, "990101000000")["value"] == pytest.approx(published, abs=0.0051)


def test_county_form_takes_the_mean_of_both_ends(golden: ScratchWarehouse) -> None:
    found = figure(golden, "crude_birth_rate", "990101000000")
    assert (found["numerator"], found["denominator"]) == (4_538, (555_228 + 556_878) / 2)


def test_published_copy_gives_the_same_figures_from_rounded_counts(golden: ScratchWarehouse) -> None:
    """The published table runs the same macro: counts in the thousands lose nothing to rounding by 5."""
    exact = figure(golden, "sex_ratio_at_birth", "990101000000")
    rounded = figure(golden, "sex_ratio_at_birth", "990101000000", schema="published")
    assert (rounded["numerator"], rounded["denominator"]) == (2_365, 2_170)
    assert rounded["value"] == pytest.approx(exact["value"], rel=0.002)


def test_city_adds_up_its_counties(golden: ScratchWarehouse) -> None:
    found = figure(golden, "sex_ratio_at_birth", "990100000000")
    assert found["numerator"] == 2_366 + 251 + 652_082 + 160_529 + 723 + 5_706
    assert found["denominator"] == 2_172 + 185 + 537_978 + 146_671


def test_county_form_by_parity(golden: ScratchWarehouse) -> None:
    """The same form: births by parity 3,297 / 1,201 / 40, of them within policy 3,293 / 978 / 13."""
    rows = golden.rows("""
        select measure, sum(value) from marts.measures
        where area_code = '990101000000' and clock = 'event' and stratum = ''
            and measure in ('births_p1', 'births_p2', 'births_p3plus', 'births_in_policy')
        group by measure
    """)
    assert dict(rows) == {"births_p1": 3_297, "births_p2": 1_201, "births_p3plus": 40, "births_in_policy": 4_284}


def estimate(warehouse: ScratchWarehouse, area: str) -> dict[str, float | str]:
    names = (
        "births_unadjusted", "births_in_either", "births_missed", "births_adjusted", "births_adjusted_chapman",
        "low", "high", "completeness", "status", "crude_birth_rate_adjusted", "natural_increase_rate_adjusted",
    )  # fmt: skip
    rows = warehouse.rows(f"""
        select {", ".join(names)} from marts.birth_estimates
        where area_code = '{area}' and list_pair = 'birth_certificates'
            and "window" = 'calendar_year' and period_end = date '2014-12-31'
    """)
    assert len(rows) == 1
    return dict(zip(names, rows[0], strict=True))


def test_dual_system_estimate(golden: ScratchWarehouse) -> None:
    """Population Health Metrics 2022: lists of 723 and 595, 572 in both: union 746, 752.07 (Chapman 752.06)."""
    found = estimate(golden, "990105000000")
    assert (found["births_unadjusted"], found["births_in_either"], found["status"]) == (723, 746, "ok")
    assert found["births_adjusted"] == pytest.approx(752.07, abs=0.0051)
    assert found["births_adjusted_chapman"] == pytest.approx(752.06, abs=0.0051)
    assert found["births_missed"] == pytest.approx(6.07, abs=0.0051)
    assert 746 < found["low"] < found["births_adjusted"] < found["high"]


def test_completeness_is_what_the_estimate_says(golden: ScratchWarehouse) -> None:
    """The indicator (both / listed, additive) and the estimate (registered / estimated) are one figure."""
    assert estimate(golden, "990105000000")["completeness"] == pytest.approx(100 * 572 / 595)


def test_births_are_adjusted_for_under_reporting(golden: ScratchWarehouse) -> None:
    """Under-reporting form: 5,706 births reported, 10 % of births under-reported: 6,340 births."""
    found = estimate(golden, "990106000000")
    assert found["births_unadjusted"] == 5_706
    assert found["births_adjusted"] == pytest.approx(6_340, abs=0.51)
    assert found["completeness"] == pytest.approx(90)


def test_rates_of_the_adjusted_births(golden: ScratchWarehouse) -> None:
    """The same form: 321,252 persons at the start, 1,763 deaths, births of 19.60 and an increase of 14.15 per 1000 a year.

    They follow from the 5,706 births on the register and from what the other list finds of it.
    """
    found = estimate(golden, "990106000000")
    assert found["crude_birth_rate_adjusted"] == pytest.approx(19.60, abs=0.0051)
    assert found["natural_increase_rate_adjusted"] == pytest.approx(14.15, abs=0.0051)
    unadjusted = figure(golden, "crude_birth_rate", "990106000000")["value"]
    assert unadjusted == pytest.approx(19.60 * 0.9, abs=0.0051)


def test_a_total_beside_its_male_part_does_not_give_the_woman_away(golden: ScratchWarehouse) -> None:
    """8 of 20 beside 7 of 19 men reveals one woman; published counts leave many answers to how many women there are."""
    shown = dict(
        golden.rows(
            golden.compiled("select n, {{ shown_count('n', 'false') }} as shown from (select unnest(range(60)) as n)")
        )
    )
    for total, men in ((8, 7), (20, 19)):
        same = [
            all_persons - all_men
            for all_persons in shown
            for all_men in range(all_persons + 1)
            if (shown[all_persons], shown[all_men]) == (shown[total], shown[men])
        ]
        assert {0, 1, 2} <= set(same) or {1, 2, 3} <= set(same)
    assert (shown[8], shown[7], shown[20], shown[19]) == ("10", "1-7", "20", "20")


PRINTED = {
    "ezhou_compliance": ("agrees", "", None),  # 88.81 - 80.29 = 8.52
    "ezhou_out_of_policy": ("agrees", "", None),  # 3.78 - 3.00 = 0.78, by the target of the scheme
    "ezhou_sex_ratio": ("cannot_be_checked", "no_parts", None),
    "ezhou_pregnancies": ("cannot_be_checked", "no_denominator", (4_562, 4_562)),  # 2284 / 0.5007, and no other
    "ezhou_followup_1": ("agrees", "", None),  # 55 - 51.76 = 3.24, likewise
    "ezhou_followup_2": ("cannot_be_checked", "no_parts", None),
    "ezhou_fee_cases": ("cannot_be_checked", "no_value", None),
    "ezhou_two_acts": ("cannot_be_checked", "plain_count", None),
    "ankang_coverage": ("cannot_be_checked", "no_denominator", (2_747_502, 2_750_185)),
    "ankang_card": ("cannot_be_checked", "no_denominator", (431_092, 431_561)),
    "susong_sex_ratio_1": ("cannot_be_checked", "no_parts", None),
    "susong_sex_ratio_2": ("cannot_be_checked", "no_parts", None),
    "susong_compliance": ("cannot_be_checked", "no_parts", None),
    "census_2010_births": ("agrees_within_rounding", "", None),
    "census_2010_age_0": ("agrees_within_rounding", "", None),
    "adjusted_2010": ("cannot_be_checked", "adjusted", None),
}


def test_printed_figures_are_checked_against_themselves(golden: ScratchWarehouse) -> None:
    """What Ezhou, Ankang and Susong printed: three differences agree with their terms; the rest lacks a part, and says so."""
    rows = golden.rows(
        "select figure, verdict, reason, denominator_from, denominator_to from marts.printed_figures_checked"
    )
    found = {figure: (verdict, reason, (low, high) if low else None) for figure, verdict, reason, low, high in rows}
    assert found == PRINTED


def test_three_sex_ratios_of_2010_stand_by_their_source(golden: ScratchWarehouse) -> None:
    """China 2010: 652,082 / 537,978 births, 7,461,199 / 6,325,235 of age 0, and the official adjustment, which has no counts."""
    rows = golden.rows("""
        select source, value, own_value from marts.printed_figures_checked
        where place = 'China' and period = '2010' and indicator = 'sex_ratio_at_birth' order by value
    """)
    assert rows == [
        ("official adjustment of the census", 117.94, None),
        ("population census 2010: population of age 0", 117.96, pytest.approx(100 * 7_461_199 / 6_325_235)),
        ("population census 2010: births of the year before it", 121.21, pytest.approx(100 * 652_082 / 537_978)),
    ]


def test_a_printed_figure_never_stands_without_what_tells_it_from_another(golden: ScratchWarehouse) -> None:
    assert golden.rows("select figure from marts.printed_figures_checked where coalesce(source, '') = ''") == []
    assert (
        golden.rows("""
            select place, period, indicator from marts.printed_figures_checked
            group by all having count(*) > count(distinct source)
        """)
        == []
    )


def test_the_sex_ratio_of_age_0_has_the_interval_of_any_sex_ratio(golden: ScratchWarehouse) -> None:
    """117.96 of 13.8 million children: the log interval by hand, 100 n / d exp(-+ 1.96 sqrt(1 / n + 1 / d))."""
    boys, girls = 7_461_199, 6_325_235
    [(low, high)] = golden.rows(
        golden.compiled(
            f"select 100 * {{{{ ratio_log_limit('{boys}.0', '{girls}.0', -1) }}}}, "
            f"100 * {{{{ ratio_log_limit('{boys}.0', '{girls}.0', 1) }}}}"
        )
    )
    half = 1.959964 * (1 / boys + 1 / girls) ** 0.5
    assert low == pytest.approx(117.96 * math.exp(-half), abs=0.0051)
    assert high == pytest.approx(117.96 * math.exp(half), abs=0.0051)
    assert high < 121.21, "births and survivors are different figures, not one with an error"
