"""All definitions of an installation, put together when Dagster asks for them."""

import dagster as dg

from orchestration.defs.automation import after_the_deadline, alerts, build_inbox_sensor, landing, monthly
from orchestration.defs.dbt_assets import build_dbt_assets
from orchestration.defs.integrity_checks import build_integrity_checks
from orchestration.defs.landing_assets import build_landing_assets
from orchestration.defs.publication_assets import build_publication_assets
from orchestration.defs.resources import Installation
from orchestration.landing.contracts import load_contracts
from orchestration.quality.deadlines import deadline_of, load_schedules
from orchestration.quality.integrity import load_methods
from orchestration.quality.limits import limits_of
from orchestration.quality.suites import load_suites
from orchestration.settings import Settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """Assets and checks from the contracts, suites, due days, methods and models; the jobs, the schedule and the sensors."""
    registers = load_contracts(settings.dbt_project)
    suites = load_suites(settings.expectations)
    thresholds = {name: limits_of(register) + suites.get(name, []) for name, register in registers.items()}
    deadlines = {name: deadline_of(registers[name]) for name in load_schedules(settings.dbt_project)}
    models = build_dbt_assets(settings)
    published = [key for key in models.keys if key.path[0] == "published"]
    return dg.Definitions(
        assets=[
            build_landing_assets(registers, thresholds, deadlines),
            models,
            *build_publication_assets(published),
        ],
        asset_checks=[build_integrity_checks(load_methods(settings.dbt_project))],
        jobs=[monthly, landing],
        schedules=[after_the_deadline],
        sensors=[build_inbox_sensor(registers), alerts],
        resources={"installation": Installation()},
        executor=dg.in_process_executor,
    )
