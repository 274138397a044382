"""What assets need to know of the installation."""

import dagster as dg

from orchestration.periods import FIRST_MONTH
from orchestration.settings import Settings

POOL = "warehouse"  # one writer across runs
ONE_BY_ONE = dg.BackfillPolicy.multi_run(1)
months = dg.MonthlyPartitionsDefinition(start_date=FIRST_MONTH.isoformat(), timezone="Asia/Shanghai", end_offset=1)


class Installation(dg.ConfigurableResource):
    """The installation that a run works on: read from RENKOU_* at the start of each step."""

    def settings(self) -> Settings:
        """The settings as they are now."""
        return Settings()
