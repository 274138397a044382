"""Statistical integrity: false alarms and hits measured by simulation, with the very SQL that the mart uses."""

import shutil
from pathlib import Path

import duckdb
import jinja2
import numpy as np
import pytest

from orchestration.errors import ContractError
from orchestration.quality.integrity import load_methods
from orchestration.settings import Settings

PROJECT = Settings().dbt_project
METHODS = load_methods(PROJECT)
TRIALS = 20_000
REGISTERS = 1_000_000  # simulated per size for the published rates of false alarms
CATEGORIES = {"myers": 10, "zodiac": 12}  # methods that look at the commonest of so many
# Shortfalls elsewhere at which the share of those tolerated is simulated, and means of villages' figures.
ELSEWHERE, MEANS = (0.02, 0.05, 0.1, 0.5), (25, 60, 400)


def alarms(name: str, hits: np.ndarray, cases: int, chance: float | None = None) -> float:
    """Share of the trials that the mart's rule calls a signal."""
    method = METHODS[name]
    share = method.tolerated_share if chance is None else chance * (method.tolerated_times or 1)
    macros = (PROJECT / "macros" / "integrity.sql").read_text(encoding="utf-8")
    surprise = jinja2.Environment().from_string(macros + "{{ surprise('hits', 'cases', 'share') }}").render()
    side = "hits > cases * share" if method.direction == "more" else "hits < cases * share"
    found, times = np.unique(hits, return_counts=True)
    with duckdb.connect() as connection:
        connection.execute(
            """create table trials as select unnest(?::double[]) as hits, unnest(?::bigint[]) as times, ?::double as cases,
                ?::double as share""",
            [found.tolist(), times.tolist(), cases, share],
        )
        sql = f"""select sum(times) filter ({side} and cases >= {method.at_least} and {surprise} > -ln({method.alpha}))
            / sum(times) from trials"""
        row = connection.execute(sql).fetchone()
    assert row is not None
    return float(row[0] or 0)


def false_alarms(name: str) -> float:
    """The rate of false alarms of a method: just what is tolerated goes on, in a million registers of each of four sizes.

    The largest of the sizes' rates. The smallest size is the smallest that is judged, the largest a thousand times that.
    """
    method, rng = METHODS[name], np.random.default_rng(20261126)
    sizes = [method.at_least * times for times in (1, 4, 20, 1000)]
    if method.tolerated_times is not None:
        chances = ELSEWHERE if name == "full_rates" else [1 / (2 * np.sqrt(np.pi * mean)) for mean in MEANS]
        drawn = ((cases, chance) for cases in sizes for chance in chances)
        return max(
            alarms(name, rng.binomial(cases, chance * method.tolerated_times, REGISTERS), cases, chance)
            for cases, chance in drawn
        )
    share = method.tolerated_share
    assert share is not None
    if name not in CATEGORIES:
        return max(alarms(name, rng.binomial(cases, share, REGISTERS), cases) for cases in sizes)
    others = CATEGORIES[name] - 1
    shares = [share, *[(1 - share) / others] * others]
    return max(alarms(name, rng.multinomial(cases, shares, REGISTERS).max(axis=1), cases) for cases in sizes)


@pytest.mark.parametrize("name", METHODS)
def test_the_published_rate_of_false_alarms_is_what_the_simulation_gives(name: str) -> None:
    """Within three standard errors: other versions of numpy may draw other numbers. The bound keeps it below what is stated."""
    method = METHODS[name]
    assert method.simulations == REGISTERS
    assert 0 <= method.false_alarm_rate <= method.alpha
    measured = false_alarms(name)
    error = np.sqrt(max(measured, 1 / REGISTERS) / REGISTERS)
    assert method.false_alarm_rate == pytest.approx(measured, abs=3 * error)


SIZES = (50, 200, 1000, 50_000)
ORDINARY = {"whipple": 0.2, "myers": 0.115, "zodiac": 0.1, "round_days": 0.1315, "month_end": 0.0986, "past_target": 0.5,
            "revisions": 0.01}  # fmt: skip
# What is to be found, and from how many cases on nearly always.
FAULTS = {"whipple": (0.3, 5000), "myers": (0.2, 3000), "zodiac": (0.2, 3000), "round_days": (0.4, 300), "month_end": (0.5, 200),
          "past_target": (0.98, 100), "revisions": (0.15, 1000)}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_register_is_left_alone_and_a_made_up_one_is_not(name: str) -> None:
    rng = np.random.default_rng(1)
    for cases in SIZES:
        assert alarms(name, rng.binomial(cases, ORDINARY[name], TRIALS), cases) == 0
    share, cases = FAULTS[name]
    assert alarms(name, rng.binomial(cases, share, 2000), cases) >= 0.95


def test_every_method_with_a_fixed_share_is_simulated() -> None:
    assert set(ORDINARY) == set(FAULTS) == {n for n, m in METHODS.items() if m.tolerated_share is not None}


@pytest.mark.parametrize("mean", [25, 60, 400])
def test_copied_figures_are_found_and_independent_ones_are_not(mean: int) -> None:
    """Poisson numbers of a village in two months; the share of equal ones is Skellam's 1 / (2 sqrt(pi m))."""
    rng = np.random.default_rng(mean)
    villages, chance = 200, 1 / (2 * np.sqrt(np.pi * mean))
    equal = (rng.poisson(mean, (TRIALS, villages)) == rng.poisson(mean, (TRIALS, villages))).sum(axis=1)
    assert equal.mean() / villages == pytest.approx(chance, rel=0.02)
    assert alarms("repeats", equal, villages, chance) == 0
    copied = villages // 2 + rng.binomial(villages // 2, chance, 2000)
    assert alarms("repeats", copied, villages, chance) >= 0.95


def test_a_perfect_area_is_a_signal_only_where_shortfalls_were_to_be_expected() -> None:
    rng = np.random.default_rng(7)
    for cases, elsewhere in ((40, 0.1), (200, 0.05), (2000, 0.02)):
        as_others = rng.binomial(cases, elsewhere, TRIALS)
        twice_as_good = rng.binomial(cases, elsewhere / 2, TRIALS)
        assert alarms("full_rates", as_others, cases, elsewhere) <= METHODS["full_rates"].alpha
        assert alarms("full_rates", twice_as_good, cases, elsewhere) <= METHODS["full_rates"].alpha * 3
    assert alarms("full_rates", np.zeros(1), 2000, 0.02) == 1
    assert alarms("full_rates", np.zeros(1), 200, 0.02) == 0
    assert alarms("full_rates", np.zeros(1), METHODS["full_rates"].at_least - 1, 0.9) == 0


def test_a_method_needs_a_reason_a_source_and_one_kind_of_tolerance(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    path = tmp_path / "seeds" / "integrity_methods.csv"
    shutil.copy(PROJECT / "seeds" / "integrity_methods.csv", path)
    text = path.read_text(encoding="utf-8")
    for spoiled in (text.replace("whipple,more,500,0.0001,0.25,,", "whipple,more,500,0.0001,0.25,2,"),
                    text.replace("whipple,more,500,0.0001,0.25,,", "whipple,more,500,0.0001,,,"),
                    text.replace("whipple,more,500,0.0001", "whipple,more,500,0.5"),
                    text.replace("0.000012,1000000", "0.00012,1000000"),
                    text.replace("0.000012,1000000", "0.000012,"),
                    text.replace("whipple,more", "whipple,sideways")):  # fmt: skip
        assert spoiled != text
        path.write_text(spoiled + "\n", encoding="utf-8")
        with pytest.raises(ContractError, match="whipple"):
            load_methods(tmp_path)
