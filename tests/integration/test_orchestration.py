"""Dagster: what is defined, what a run leaves behind, and what starts one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from city_run import LAST_MONTH, CityRun

from orchestration.defs.automation import after_the_deadline, alerts, build_inbox_sensor, monthly
from orchestration.defs.integrity_checks import SIGNALS, build_integrity_checks
from orchestration.defs.resources import POOL, Installation
from orchestration.landing.contracts import load_contracts
from orchestration.pipeline import (
    DAEMON,
    LANDING,
    RUNNER_TAG,
    SHELL,
    dagster_instance,
    end_dead_runs,
    load_definitions,
    run_month,
)
from orchestration.quality.deadlines import load_schedules
from orchestration.quality.integrity import load_methods
from orchestration.quality.suites import load_suites
from orchestration.settings import PROJECT_ROOT, Settings

REGISTERS = load_contracts(PROJECT_ROOT / "dbt_project")


@pytest.fixture(scope="module")
def settings(city: CityRun) -> Iterator[Settings]:
    before = dict(os.environ)
    os.environ["RENKOU_SETTLE_SECONDS"] = "0"
    yield Settings(home=city.home, settle_seconds=0)
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with dagster_instance(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def definitions(settings: Settings, instance: dg.DagsterInstance) -> dg.Definitions:
    return load_definitions(settings)


def test_importing_the_definitions_reads_and_connects_nothing(tmp_path: Path) -> None:
    """Neither a home folder nor a heavy library is touched by the import itself."""
    code = (
        "import sys, orchestration.definitions, orchestration.cli; "
        "print([m for m in ('great_expectations', 'dbt.cli.main') if m in sys.modules])"
    )
    env = os.environ | {"RENKOU_HOME": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "command",
    [["--help"], ["status"], ["deliveries"], ["quality"], ["alerts"], ["check", "no_register_201410.csv"]],
    ids=" ".join,
)
def test_great_expectations_is_imported_only_where_a_delivery_is_judged(command: list[str], city: CityRun) -> None:
    """It takes seconds: no command that judges nothing waits for it, and `check` only when there is something to judge."""
    code = (
        "import sys; from orchestration.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('imported' if 'great_expectations' in sys.modules else 'not imported')"
    )
    env = os.environ | {"RENKOU_HOME": str(city.home), "RENKOU_SETTLE_SECONDS": "0"}
    done = subprocess.run([sys.executable, "-c", code, *command], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "not imported", done.stderr


def test_every_register_is_a_monthly_asset_with_its_suite_as_checks(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    suites = load_suites(PROJECT_ROOT / "expectations")
    assert set(suites) == set(REGISTERS)
    for name in REGISTERS:
        key = dg.AssetKey(["raw", name])
        assert isinstance(graph.get(key).partitions_def, dg.MonthlyPartitionsDefinition)
        checks = {check.name for check in graph.asset_check_keys if check.asset_key == key}
        assert {threshold.id for threshold in suites[name]} <= checks


def test_the_landing_job_lands_every_register_and_builds_nothing(
    settings: Settings, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    keys = definitions.resolve_job_def(LANDING).asset_layer.executable_asset_keys
    assert keys == {dg.AssetKey(["raw", name]) for name in REGISTERS}
    stands = (settings.published / "current").resolve()
    run_id = run_month(definitions, instance, date.fromisoformat(f"{LAST_MONTH}-01"), LANDING)
    assert {stats.step_key for stats in instance.get_run_step_stats(run_id)} == {"landing"}
    assert (settings.published / "current").resolve() == stands


def test_due_days_and_methods_are_checks_too(definitions: dg.Definitions) -> None:
    """Whatever has a due day, and whatever is looked for in figures that look made up."""
    keys = definitions.resolve_asset_graph().asset_check_keys
    due = {(key.asset_key.path[-1], key.name) for key in keys if key.name.endswith("_delivered")}
    assert due == {(name, f"{name}_delivered") for name in load_schedules(PROJECT_ROOT / "dbt_project")}
    methods = {f"integrity_{name}" for name in load_methods(PROJECT_ROOT / "dbt_project")}
    assert {key.name for key in keys if key.asset_key == SIGNALS} >= methods


@contextmanager
def spoilt(settings: Settings, spoil: str, mend: str) -> Iterator[None]:
    """The warehouse with a statement done, and undone afterwards."""
    for statement in (spoil, mend):
        with duckdb.connect(str(settings.warehouse)) as connection:
            connection.execute(statement)
        if statement == spoil:
            yield


def test_a_part_of_the_models_is_made_of_what_stands_now(
    settings: Settings, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    """The lists of what changed are of the last whole build: a part does not go by them."""
    more = """insert into raw.births by name select * replace ('more' as birth_no) from raw.births
        where _valid_to is null limit 1"""
    count = "select count(*) filter (birth_no = 'more') from intermediate.int_births__current"

    def made_anew() -> int:
        job = definitions.resolve_job_def("monthly")
        key = dg.AssetKey(["intermediate", "int_births__current"])
        job.execute_in_process(instance=instance, partition_key=f"{LAST_MONTH}-01", asset_selection=[key])
        with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
            return int(connection.execute(count).fetchall()[0][0])

    with spoilt(settings, more, "delete from raw.births where birth_no = 'more'"):
        assert made_anew() == 1
    assert made_anew() == 0


def deadline(definitions: dg.Definitions, instance: dg.DagsterInstance) -> dg.AssetCheckEvaluation:
    """The deadline of deaths as a run of their asset finds it."""
    job = definitions.resolve_job_def("monthly")
    key = dg.AssetKey(["raw", "deaths"])
    done = job.execute_in_process(instance=instance, partition_key=f"{LAST_MONTH}-01", asset_selection=[key])
    (found,) = [e for e in done.get_asset_check_evaluations() if e.check_name == "deaths_delivered"]
    return found


def test_a_missing_delivery_fails_the_check_of_its_deadline(
    settings: Settings, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    """The city misses some already; two more of one county are taken away."""
    two = "where register = 'deaths' and month in ('2014-04-01', '2014-05-01') and area_code = '990101'"
    away, back = (
        "update landing.deliveries set status = " + to + two for to in ("'-' || status ", "ltrim(status, '-') ")
    )
    before = deadline(definitions, instance)
    with spoilt(settings, away, back):
        found = deadline(definitions, instance)
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.ERROR)
    counts = [{name: value.value for name, value in one.metadata.items()} for one in (before, found)]
    assert counts[1]["missing"] == counts[0]["missing"] + 2
    assert counts[1]["areas"] in (counts[0]["areas"], counts[0]["areas"] + 1)
    assert before.passed == (counts[0]["missing"] == 0)
    assert deadline(definitions, instance).metadata == before.metadata


def test_a_signal_of_integrity_fails_the_check_of_its_method(settings: Settings, instance: dg.DagsterInstance) -> None:
    checks = build_integrity_checks(load_methods(settings.dbt_project))

    def checked() -> dict[str, dg.AssetCheckEvaluation]:
        done = dg.materialize(
            [checks],
            selection=dg.AssetSelection.checks(checks),
            instance=instance,
            resources={"installation": Installation()},
        )
        return {evaluation.check_name: evaluation for evaluation in done.get_asset_check_evaluations()}

    before = checked()
    assert set(before) == {f"integrity_{name}" for name in load_methods(settings.dbt_project)}
    assert {e.severity for e in before.values()} == {dg.AssetCheckSeverity.WARN}
    row = "('whipple', 'population', '', '990101999999', date '2014-09-01', 700, 1000, 0.25, 1e-9, 'signal')"
    with spoilt(
        settings,
        f"insert into marts.integrity_signals values {row}",
        "delete from marts.integrity_signals where area_code = '990101999999'",
    ):
        found = checked()
    assert not found["integrity_whipple"].passed
    counted = {name: value.value for name, value in found["integrity_whipple"].metadata.items()}
    seen = {name: value.value for name, value in before["integrity_whipple"].metadata.items()}
    more = {"judged": 1, "signals": 1, "hits": 700, "cases": 1000}
    assert counted == {name: seen[name] + more[name] for name in more}
    others = {name: evaluation.passed for name, evaluation in found.items() if name != "integrity_whipple"}
    assert others == {name: before[name].passed for name in others}


def test_models_follow_the_registers_and_the_page_follows_the_marts(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    staging = dg.AssetKey(["staging", "stg_births"])
    assert dg.AssetKey(["raw", "births"]) in graph.get(staging).parent_keys
    assert graph.get(dg.AssetKey(["publication", "site"])).parent_keys == {dg.AssetKey(["publication", "marts"])}


def test_a_run_leaves_materialisations_and_check_results(instance: dg.DagsterInstance) -> None:
    partition = f"{LAST_MONTH}-01"
    record = instance.get_latest_materialization_event(dg.AssetKey(["raw", "births"]))
    assert record is not None
    assert record.dagster_event.partition == partition
    runs = instance.get_run_records(dg.RunsFilter(job_name=monthly.name, statuses=[dg.DagsterRunStatus.SUCCESS]))
    assert partition in {run.dagster_run.tags["dagster/partition"] for run in runs}


def test_the_schedule_asks_for_the_month_before() -> None:
    context = dg.build_schedule_context(scheduled_execution_time=datetime(2015, 1, 11, 3))
    assert after_the_deadline(context).partition_key == "2014-12-01"
    assert after_the_deadline.default_status is dg.DefaultScheduleStatus.RUNNING


@contextmanager
def arrived(settings: Settings, month: str) -> Iterator[None]:
    """A file of a month lies in the inbox meanwhile."""
    newcomer = settings.inbox / f"births_990101_{month}_9.csv"
    newcomer.write_text("出生编号\n", encoding="gb18030")
    try:
        yield
    finally:
        newcomer.unlink()


def test_the_sensor_asks_once_for_a_month_that_has_run(
    city: CityRun, settings: Settings, instance: dg.DagsterInstance
) -> None:
    """Months with files that never ran are asked for; the month that ran well left none, and is not, until one comes."""
    city.renkou("run", "--month", LAST_MONTH, check=False)  # the copy of the city is younger than the run it holds
    sensor = build_inbox_sensor(REGISTERS)

    def asked() -> dict[str, str]:
        context = dg.build_sensor_context(instance=instance, resources={"installation": Installation()})
        return {request.partition_key: request.run_key for request in sensor(context)}

    assert asked() == {}
    with arrived(settings, "201403"):
        first = asked()
        assert list(first) == ["2014-03-01"]
        with arrived(settings, "201409"):
            with_new = asked()
            assert f"{LAST_MONTH}-01" in with_new
            assert with_new[f"{LAST_MONTH}-01"].endswith(":0")
        assert asked() == first


def test_a_failed_month_gets_a_new_run_key_three_times(settings: Settings, instance: dg.DagsterInstance) -> None:
    sensor = build_inbox_sensor(REGISTERS)
    keys = []
    with arrived(settings, "201402"):
        for _ in range(4):
            context = dg.build_sensor_context(instance=instance, resources={"installation": Installation()})
            request = next((r for r in sensor(context) if r.partition_key == "2014-02-01"), None)
            keys.append(request.run_key if request else None)
            if request:
                run = dg.DagsterRun(job_name=monthly.name, tags=request.tags, status=dg.DagsterRunStatus.FAILURE)
                instance.run_storage.add_run(run)
    assert [key and key.rsplit(":", 1)[1] for key in keys] == ["0", "1", "2", None]


def test_runs_of_dead_processes_end_and_hold_nothing(instance: dg.DagsterInstance) -> None:
    """Otherwise one killed run would hold the only slot for ever."""
    started = dg.DagsterRunStatus.STARTED
    killed = dg.DagsterRun(job_name=monthly.name, status=started, tags={RUNNER_TAG: SHELL})
    of_daemon = dg.DagsterRun(job_name=monthly.name, status=started)
    ended = dg.DagsterRun(
        job_name=monthly.name, status=dg.DagsterRunStatus.FAILURE
    )  # and could not say so on a full disk
    storage, free = instance.event_log_storage, []
    for run in (killed, of_daemon, ended):
        instance.run_storage.add_run(run)
        assert storage.claim_concurrency_slot(POOL, run.run_id, "landing").slot_status.value == "CLAIMED"
        assert end_dead_runs(instance, {SHELL}) == (run is killed)
        free.append(storage.get_concurrency_info(POOL).active_slot_count == 0)
        storage.free_concurrency_slots_for_run(run.run_id)
    assert free == [True, False, True]
    statuses = [instance.get_run_by_id(run.run_id).status for run in (killed, of_daemon)]
    assert statuses == [dg.DagsterRunStatus.FAILURE, started]
    assert end_dead_runs(instance, {DAEMON}) == 1


def test_telemetry_is_off_and_the_instance_runs_one_at_a_time(instance: dg.DagsterInstance) -> None:
    assert not instance.telemetry_enabled
    assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 1
    assert instance.run_monitoring_settings["max_runtime_seconds"] > 0


def test_the_daemon_looks_at_deadlines_and_messages_without_a_run(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    """Its sensor tells what it did; a wrong channels' file is said, and is no failure of the daemon."""
    runs = instance.get_runs_count()

    def tick() -> str:
        said = alerts(dg.build_sensor_context(instance=instance, resources={"installation": Installation()}))
        return str(said.skip_message)

    assert tick() == "sent 0, waiting 0, channels 0"
    settings.alerts_path.write_text("chanels: []\n")
    settings.alerts_path.chmod(0o600)
    try:
        assert "chanels" in tick()
    finally:
        settings.alerts_path.unlink()
    assert instance.get_runs_count() == runs
