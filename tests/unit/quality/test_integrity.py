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


def alarms(name: str, hits: np.ndarray, cases: np.ndarray, chance: float | None = None) -> float:
    """Share of the trials that the mart's rule calls a signal."""
    method = METHODS[name]
    share = method.tolerated_share if chance is None else chance * (method.tolerated_times or 1)
    macros = (PROJECT / "macros" / "integrity.sql").read_text(encoding="utf-8")
    surprise = jinja2.Environment().from_string(macros + "{{ surprise('hits', 'cases', 'share') }}").render()
    side = "hits > cases * share" if method.direction == "more" else "hits < cases * share"
    with duckdb.connect() as connection:
        connection.execute(
            "create table trials as select unnest(?::double[]) as hits, unnest(?::double[]) as cases, ?::double as share",
            [hits.tolist(), np.broadcast_to(cases, hits.shape).tolist(), share],
        )
        sql = (
            f"select avg(({side} and cases >= {method.at_least} and {surprise} > -ln({method.alpha}))::int) from trials"
        )
        row = connection.execute(sql).fetchone()
    assert row is not None
    return float(row[0])


SIZES = (50, 200, 1000, 50_000)


@pytest.mark.parametrize("name", [n for n, m in METHODS.items() if m.tolerated_share is not None])
@pytest.mark.parametrize("cases", SIZES)
def test_chance_alone_gives_no_more_signals_than_stated_where_just_that_is_tolerated(name: str, cases: int) -> None:
    """At the edge of what is tolerated: the bound is never too small, so 20,000 trials at 1 in 10,000 give a few at most."""
    rng = np.random.default_rng(cases)
    hits = rng.binomial(cases, METHODS[name].tolerated_share, TRIALS)
    rate = alarms(name, hits, np.array(cases))
    assert rate <= METHODS[name].alpha + 3 * np.sqrt(METHODS[name].alpha / TRIALS)


ORDINARY = {"whipple": 0.2, "myers": 0.115, "zodiac": 0.1, "round_days": 0.1315, "month_end": 0.0986, "past_target": 0.5,
            "revisions": 0.01}  # fmt: skip
# What is to be found, and from how many cases on nearly always.
FAULTS = {"whipple": (0.3, 5000), "myers": (0.2, 3000), "zodiac": (0.2, 3000), "round_days": (0.4, 300), "month_end": (0.5, 200),
          "past_target": (0.98, 100), "revisions": (0.15, 1000)}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_register_is_left_alone_and_a_made_up_one_is_not(name: str) -> None:
    rng = np.random.default_rng(1)
    for cases in SIZES:
        assert alarms(name, rng.binomial(cases, ORDINARY[name], TRIALS), np.array(cases)) == 0
    share, cases = FAULTS[name]
    assert alarms(name, rng.binomial(cases, share, 2000), np.array(cases)) >= 0.95


def test_every_method_with_a_fixed_share_is_simulated() -> None:
    assert set(ORDINARY) == set(FAULTS) == {n for n, m in METHODS.items() if m.tolerated_share is not None}


@pytest.mark.parametrize("mean", [25, 60, 400])
def test_copied_figures_are_found_and_independent_ones_are_not(mean: int) -> None:
    """Poisson numbers of a village in two months; the share of equal ones is Skellam's 1 / (2 sqrt(pi m))."""
    rng = np.random.default_rng(mean)
    villages, chance = 200, 1 / (2 * np.sqrt(np.pi * mean))
    equal = (rng.poisson(mean, (TRIALS, villages)) == rng.poisson(mean, (TRIALS, villages))).sum(axis=1)
    assert equal.mean() / villages == pytest.approx(chance, rel=0.02)
    assert alarms("repeats", equal, np.array(villages), chance) == 0
    copied = villages // 2 + rng.binomial(villages // 2, chance, 2000)
    assert alarms("repeats", copied, np.array(villages), chance) >= 0.95


def test_a_perfect_area_is_a_signal_only_where_shortfalls_were_to_be_expected() -> None:
    rng = np.random.default_rng(7)
    for cases, elsewhere in ((40, 0.1), (200, 0.05), (2000, 0.02)):
        as_others = rng.binomial(cases, elsewhere, TRIALS)
        twice_as_good = rng.binomial(cases, elsewhere / 2, TRIALS)
        assert alarms("full_rates", as_others, np.array(cases), elsewhere) <= METHODS["full_rates"].alpha
        assert alarms("full_rates", twice_as_good, np.array(cases), elsewhere) <= METHODS["full_rates"].alpha * 3
    assert alarms("full_rates", np.zeros(1), np.array(2000), 0.02) == 1
    assert alarms("full_rates", np.zeros(1), np.array(200), 0.02) == 0
    assert alarms("full_rates", np.zeros(1), np.array(METHODS["full_rates"].at_least - 1), 0.9) == 0


def test_a_method_needs_a_reason_a_source_and_one_kind_of_tolerance(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    path = tmp_path / "seeds" / "integrity_methods.csv"
    shutil.copy(PROJECT / "seeds" / "integrity_methods.csv", path)
    text = path.read_text(encoding="utf-8")
    for spoiled in (text.replace("whipple,more,500,0.0001,0.25,,", "whipple,more,500,0.0001,0.25,2,"),
                    text.replace("whipple,more,500,0.0001,0.25,,", "whipple,more,500,0.0001,,,"),
                    text.replace("whipple,more,500,0.0001", "whipple,more,500,0.5"),
                    text.replace("whipple,more", "whipple,sideways")):  # fmt: skip
        path.write_text(spoiled + "\n", encoding="utf-8")
        with pytest.raises(ContractError, match="whipple"):
            load_methods(tmp_path)
