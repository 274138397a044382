"""Measured on truth: every kind of injected fault is found where it is meant to be, and a clean city raises no alarm."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.demo.generate import generate
from orchestration.demo.measure import QUIET, Measurement, measure
from orchestration.demo.options import FILE_KINDS, ROW_KINDS, CityOptions, FaultRates
from orchestration.landing.deliver import landing
from orchestration.landing.inbox import inbox_files
from orchestration.periods import now
from orchestration.quality.deadlines import Due, load_schedules, watch_deadlines
from orchestration.quality.integrity import load_methods, watch_signals
from orchestration.transform import run_dbt
from tests.landing_kit import Home
from tests.shared_homes import made_once

RARE = (
    "age_implausible", "missing_mother_birth_date", "mother_age_implausible", "parity_out_of_range", "malformed_number",
    "undecodable",
)  # fmt: skip


def landed(root: Path, options: CityOptions) -> Home:
    """The city through the whole way of a row, gate and deadlines and all; its models are not built."""
    home = Home(root)
    generate(options, root)
    home.land(*inbox_files(home.settings))
    watched(home)
    return home


def watched(home: Home) -> Due:
    """What is due and missing, with the alerts about it."""
    with landing(home.settings) as lander:
        schedules = load_schedules(home.settings.dbt_project)
        return watch_deadlines(lander.connection, lander.registers, schedules, now())


def integrity(home: Home) -> set[tuple[str, str]]:
    """Methods of statistical integrity and what they say, with the alerts about it, once their models are built."""
    wanted = ["--select", "+integrity_signals", "--resource-type", "seed", "--resource-type", "model"]
    assert {str(node.status) for node in run_dbt(home.settings, ["build", *wanted])} == {"success"}
    with landing(home.settings) as lander:
        watch_signals(lander.connection, load_methods(home.settings.dbt_project), now())
        return set(lander.connection.execute("select distinct method, status from marts.integrity_signals").fetchall())


def test_a_clean_city_raises_no_alarm_in_24_months(tmp_path: Path) -> None:
    """Two counties of 10,000 persons: some nine births a month each, so that chance shows."""
    home = landed(tmp_path, CityOptions(persons=20_000, months=24, seed=2, faults=FaultRates.none()))
    alarms = home.ask(
        "select check_id, area_code, month, elements, unexpected from quality.results where status in ('warn', 'fail')"
    )
    assert alarms == []
    judged = home.ask("select count(*) from quality.results where status = 'pass'")
    assert judged[0][0] > 7000
    due = watched(home)
    assert due.missing == {}
    assert sum(map(len, due.months.values())) > 700
    looked_at = integrity(home)
    assert {method for method, status in looked_at if status == "signal"} == set()
    few_townships = {"past_target"}
    judged = {method for method, status in looked_at if status == "quiet"}
    assert judged == set(load_methods(home.settings.dbt_project)) - few_townships
    assert home.ask("select count(*) from quality.alerts") == [(0,)]


@pytest.fixture(scope="module", name="faulty")
def _faulty(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three counties; row faults three times as frequent as by default, those of the small registers 1 %, so that each occurs."""
    rates = {kind: min(getattr(FaultRates(), kind) * 3, 0.01) for kind in ROW_KINDS} | dict.fromkeys(RARE, 0.01)
    options = CityOptions(persons=45_000, months=9, seed=5, faults=FaultRates(**rates))
    return Home(made_once(tmp_path_factory, "faulty", lambda root: landed(root, options)))


@pytest.fixture(scope="module", name="found")
def _found(faulty: Home) -> Measurement:
    return measure(faulty.settings)


def test_every_kind_of_fault_is_measured(found: Measurement) -> None:
    assert {kind.kind for kind in found.kinds} == {*ROW_KINDS, *FILE_KINDS}
    assert all(kind.injected for kind in found.kinds)


def test_no_faulty_row_is_overlooked(found: Measurement) -> None:
    missed = [(kind.kind, kind.recall) for kind in found.kinds if kind.unit.startswith("rows") and kind.recall != 1]
    assert missed == []


def test_files_at_the_size_of_their_threshold_are_flagged(found: Measurement) -> None:
    missed = [(k.kind, k.recall) for k in found.kinds if k.unit.startswith("files") and (k.recall or 0) < 0.95]
    assert missed == []


def test_faults_that_must_raise_no_alarm_raise_none(found: Measurement) -> None:
    assert {one.kind for one in found.quiet} == set(QUIET)
    for one in found.quiet:
        assert (one.files > 0, one.alarms) == (True, 0), one.kind


def test_every_alarm_has_a_fault_behind_it(found: Measurement) -> None:
    assert found.alarms > 50
    assert found.unexplained == []
    assert [(kind.kind, kind.precision) for kind in found.kinds if kind.precision != 1] == []


def test_the_command_says_the_same(faulty: Home, found: Measurement) -> None:
    env = os.environ | {"RENKOU_HOME": str(faulty.settings.root), "RENKOU_SETTLE_SECONDS": "0"}
    command = [sys.executable, "-c", "from orchestration.cli import main; main()", "demo", "measure"]
    done = subprocess.run([*command, "--json"], env=env, capture_output=True, text=True, timeout=300, check=True)
    assert json.loads(done.stdout) == json.loads(json.dumps(found.as_data()))
    shown = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=True).stdout
    assert all(kind.kind in shown for kind in found.kinds)
