"""The interval macros against independent computations, and at their edges."""

import statistics

import duckdb
import pytest
from scipy import stats
from scratch_warehouse import ScratchWarehouse

Z = 1.959964


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> ScratchWarehouse:
    return ScratchWarehouse(tmp_path_factory.mktemp("intervals"))


def limits(warehouse: ScratchWarehouse, macro: str, source: str) -> list[tuple[float, float]]:
    """Both limits of `macro(arguments, side)` over a relation."""
    sql = f"select {{{{ {macro}, -1) }}}} as low, {{{{ {macro}, 1) }}}} as high from {source}"
    return duckdb.sql(warehouse.compiled(sql)).fetchall()


def test_poisson_limits_against_the_exact_ones(warehouse: ScratchWarehouse) -> None:
    """Exact limits are chi-square quantiles (Garwood 1936); the macro's approximation states its own error."""
    found = limits(warehouse, "poisson_limit('n'", "(select i::double as n from range(2001) as r (i))")
    for n, (low, high) in enumerate(found):
        exact_low = stats.chi2.ppf(0.025, 2 * n) / 2 if n else 0.0
        exact_high = stats.chi2.ppf(0.975, 2 * n + 2) / 2
        assert abs(low - exact_low) < 0.025
        assert abs(high - exact_high) < 0.025
        if n >= 6:
            assert low == pytest.approx(exact_low, rel=0.005)
            assert high == pytest.approx(exact_high, rel=0.005)


@pytest.mark.parametrize(("n", "d"), [(0, 10), (10, 10), (3, 10), (4284, 4538), (1, 1)])
def test_wilson_limits(warehouse: ScratchWarehouse, n: int, d: int) -> None:
    expected = stats.binomtest(n, d).proportion_ci(method="wilson")
    [(low, high)] = limits(warehouse, "wilson_limit('n', 'd'", f"(select {n}::double as n, {d}::double as d)")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-7)


def test_wilson_limits_are_shares(warehouse: ScratchWarehouse) -> None:
    """Binary fractions once made the lower limit of 0 of 9 print as -0.00."""
    source = "(select n::double as n, d::double as d from range(1, 200) as t(d), range(0, 200) as u(n) where n <= d)"
    found = limits(warehouse, "wilson_limit('n', 'd'", source)
    assert len(found) == 20_099
    assert all(0 <= low <= high <= 1 and str(low) != "-0.0" for low, high in found)


@pytest.mark.parametrize("weights", [[1.0] * 40, [33.33] * 8, [1.0] * 20 + [3.0] * 20, [0.05, 0.06, 812.25], [7.0]])
def test_effective_size_is_kish_s(warehouse: ScratchWarehouse, weights: list[float]) -> None:
    """n / (1 + cv^2): the design effect of weighting as Kish (1965) states it, from the weights' own variance."""
    sums, squares = sum(weights), sum(weight**2 for weight in weights)
    sql = f"select {{{{ effective_size('w', 'q') }}}} from (select {sums}::double as w, {squares}::double as q)"
    [(found,)] = duckdb.sql(warehouse.compiled(sql)).fetchall()
    assert found == pytest.approx(len(weights) / (1 + statistics.pvariance(weights) / statistics.mean(weights) ** 2))
    if len(set(weights)) == 1:
        assert found == len(weights)  # to the last bit: a sample of 8 is not one of 7.99 that is withheld


def test_exact_share_limits_against_beta_quantiles(warehouse: ScratchWarehouse) -> None:
    """Clopper and Pearson (1934): quantiles of the beta distribution; the macro's approximation states its own error."""
    source = "(select n::double as n, d::double as d from range(121) as r (d), range(d + 1) as s (n) where d > 0)"
    sql = f"""select n, d, {{{{ exact_share_limit('n', 'd', -1) }}}} as low,
        {{{{ exact_share_limit('n', 'd', 1) }}}} as high from {source}"""
    rows = duckdb.sql(warehouse.compiled(sql)).fetchall()
    assert len(rows) == sum(d + 1 for d in range(1, 121))
    for n, d, low, high in rows:
        error = 0.02 / d
        assert low == pytest.approx(stats.beta.ppf(0.025, n, d - n + 1) if n else 0.0, abs=error)
        assert high == pytest.approx(stats.beta.ppf(0.975, n + 1, d - n) if n < d else 1.0, abs=error)


@pytest.mark.parametrize(("n", "d"), [(0, 12), (12, 0), (0, 0)])
def test_ratio_with_an_empty_side_has_a_wide_finite_interval(warehouse: ScratchWarehouse, n: int, d: int) -> None:
    [(low, high)] = limits(warehouse, "ratio_log_limit('n', 'd'", f"(select {n}::double as n, {d}::double as d)")
    assert 0 < low < (n + 0.5) / (d + 0.5) < high
    assert high / low > 100


def test_natural_increase_may_be_negative(warehouse: ScratchWarehouse) -> None:
    source = "(select 40.0::double as n, 60.0::double as l, 10000.0::double as d)"
    [(low, high)] = limits(warehouse, "rate_difference_limit('n', 'l', 'd'", source)
    assert (low, high) == pytest.approx(((-20 - Z * 10) / 10000, (-20 + Z * 10) / 10000))


def test_a_month_without_events_is_not_certain(warehouse: ScratchWarehouse) -> None:
    source = "(select 0.0::double as n, 0.0::double as l, 1000.0::double as d)"
    [(low, high)] = limits(warehouse, "rate_difference_limit('n', 'l', 'd'", source)
    assert (low, high) == pytest.approx((-Z / 1000, Z / 1000))


@pytest.mark.parametrize("macro", ["wilson_limit('n', 'd'", "rate_difference_limit('n', 'n', 'd'"])
def test_nobody_at_risk_gives_no_limits(warehouse: ScratchWarehouse, macro: str) -> None:
    assert limits(warehouse, macro, "(select 0.0::double as n, 0.0::double as d)") == [(None, None)]


def test_rate_sum_stays_at_or_above_nought(warehouse: ScratchWarehouse) -> None:
    source = "(select 0.01::double as s, 0.01::double as v)"
    [(low, high)] = limits(warehouse, "rate_sum_limit('s', 'v'", source)
    assert low == 0
    assert high == pytest.approx(0.01 + Z * 0.1)
