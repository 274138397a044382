"""The warehouse beside the truth table: cells that differ, and by how much the faults allow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.demo.generate import generate
from orchestration.demo.options import CityOptions, FaultRates
from orchestration.landing.inbox import inbox_files
from orchestration.transform import run_dbt
from tests.landing_kit import Home, quick_landing

# A calendar year, a policy year with its opening month, the turn of a policy year, a year whose budget has not come.
CLEAN = CityOptions(persons=5_000, months=14, seed=1, start="2013-09", faults=FaultRates.none())
TWELFTH = 1e-6  # a month's twelfth of a budget has six decimals
# measures that look into a second register
ALSO = {
    "fee_cases_filed": "births", "fee_amount_collected": "fee_cases", "fee_amount_in_treasury": "fee_cases",
    "fee_payments": "fee_cases",
    "pregnancy_visits": "pregnancies", "institutions_inspected": "facilities", "gyn_screened": "population",
    "reported_figures_confirmed": "births",
}  # fmt: skip


def build_clean_city(root: Path) -> None:
    """A city without faults: landed without the gate, as there is nothing to hold or to flag, and built."""
    home = Home(root)
    generate(CLEAN, home.settings.root)
    with pytest.MonkeyPatch.context() as patch:
        quick_landing(patch)
        outcomes = home.land(*inbox_files(home.settings))
    assert {outcome.status for outcome in outcomes} == {"landed"}
    wanted = ("--select", "+indicator_values", "+area_measures", "+integrity_signals")
    built = run_dbt(home.settings, ["build", *wanted, "--resource-type", "seed", "--resource-type", "model"])
    assert {str(node.status) for node in built} == {"success"}


class Beside:
    """A warehouse, with `figures` and `counted` copied from its marts so that a test may change them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, home: Path) -> None:
        self.connection = connection
        connection.execute("create temp table figures as from marts.indicator_values")
        connection.execute("create temp table counted as from marts.measures")
        for name in ("indicators", "measures"):
            connection.execute(f"create temp table true_{name} as from '{home}/truth/{name}.parquet'")
        connection.execute(f"create temp table files as from read_csv('{home}/truth/files.csv', all_varchar = true)")
        connection.execute(f"create temp table faults as from read_csv('{home}/truth/faults.csv', all_varchar = true)")
        pairs = ", ".join(f"('{measure}', '{register}')" for measure, register in ALSO.items())
        connection.execute(f"""
            create temp table needs as
            select measure, unnest(string_split(register, '|')) as register from reference.measures
            union select * from (values {pairs}) as also (measure, register)
        """)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def differing_figures(self) -> list[tuple[Any, ...]]:
        """Cells of indicators that are not the truth, or on one side only."""
        return self.ask("""
            select indicator, area_code, "window", period_end, clock,
                figures.status, true_indicators.status, figures.numerator, true_indicators.numerator,
                figures.denominator, true_indicators.denominator, figures.effective_size, true_indicators.effective_size,
                figures.value, true_indicators.value
            from figures full join true_indicators using (area_code, area_level, indicator, "window", period_end, clock)
            where figures.status is distinct from true_indicators.status
                or figures.numerator is distinct from true_indicators.numerator
                or figures.denominator is distinct from true_indicators.denominator
                or (figures.effective_size is null) <> (true_indicators.effective_size is null)
                or abs(figures.effective_size - true_indicators.effective_size) > 1e-8
                or (figures.value is null) <> (true_indicators.value is null)
                or abs(figures.value - true_indicators.value) > 1e-9
            limit 20
        """)

    def differing_counts(self) -> list[tuple[Any, ...]]:
        """Cells of measures that differ from the truth by more than the faults explain: see `explained`."""
        return self.ask(f"""
            select counted.*, true_measures.value, true_measures.doubt
            from counted left join true_measures using (clock, month, area_code, measure, stratum)
            where abs(counted.value - coalesce(true_measures.value, 0)) > coalesce(true_measures.doubt, 0)
                + case when measure = 'budget_amount' then {TWELFTH} else 1e-9 end
                and not exists (
                    select * from unexplained
                    where unexplained.measure = counted.measure and unexplained.clock = counted.clock
                        and unexplained.month = counted.month
                        and (unexplained.county = left(counted.area_code, 6) or counted.area_level = 'city')
                )
            limit 20
        """)

    def with_doubt(self) -> None:
        """`doubtful`: figures beside their truth, with how much the faults may move numerator and denominator.

        A flow may be off by the doubts of its window's months, a stock by those of its closing month (and of the opening one
        where the mean of both ends counts). Without the cells that stand on a delivery which did not land (`without_deliveries`).
        """
        self.connection.execute("""
            create temp table parts as
            unpivot (select indicator, numerator, numerator_less, denominator from reference.indicators)
            on numerator, numerator_less, denominator into name part value measure;
            create temp table counted_months as
            select "window", period_end, month, is_closing, false as is_opening from intermediate.int_window_months
            union all
            select distinct "window", period_end, opening_month, false, true from intermediate.int_window_months;
            create temp table needed as
            select parts.indicator, if(parts.part = 'denominator', 'denominator', 'numerator') as part, parts.measure,
                months."window", months.period_end, months.month
            from parts inner join reference.measures as measures using (measure) inner join counted_months as months
                on case when measures.window_rule like 'last%' then months.is_closing
                    when measures.window_rule = 'mean_of_ends' then months.is_closing or months.is_opening
                    else not months.is_opening end;
            create temp table doubts as
            select indicator, part, clock, area_code, "window", period_end, sum(doubt) as doubt
            from needed inner join true_measures using (measure, month) where doubt > 0 group by all;
            create temp table unknown as
            select distinct indicator, clock, "window", period_end, county
            from needed inner join unexplained using (measure, month);
            create temp table doubtful as
            select figures.*, truth.numerator as true_numerator, truth.denominator as true_denominator, truth.value as true_value,
                coalesce(above.doubt, 0) as numerator_doubt, coalesce(below.doubt, 0) as denominator_doubt
            from figures inner join true_indicators as truth using (area_code, indicator, "window", period_end, clock)
            left join doubts as above on above.part = 'numerator' and (above.indicator, above.clock, above.area_code,
                above."window", above.period_end) = (figures.indicator, figures.clock, figures.area_code, figures."window",
                figures.period_end)
            left join doubts as below on below.part = 'denominator' and (below.indicator, below.clock, below.area_code,
                below."window", below.period_end) = (figures.indicator, figures.clock, figures.area_code, figures."window",
                figures.period_end)
            where figures.value is not null and truth.value is not null and not exists (
                select * from unknown
                where (unknown.indicator, unknown.clock, unknown."window", unknown.period_end)
                        = (figures.indicator, figures.clock, figures."window", figures.period_end)
                    and (unknown.county = left(figures.area_code, 6) or figures.area_level = 'city'));
        """)

    def doubtless_differing(self) -> list[tuple[Any, ...]]:
        """Figures of `doubtful` whose parts differ by more than the faults explain, or whose value does without a fault."""
        return self.ask("""
            select * from doubtful
            where abs(numerator - true_numerator) > numerator_doubt + 1e-4
                or abs(denominator - true_denominator) > denominator_doubt + 1e-4
                or numerator_doubt = 0 and denominator_doubt = 0 and abs(value - true_value) > 1e-6 * greatest(1, abs(true_value))
            limit 20
        """)

    def without_deliveries(self) -> None:
        """`unexplained`: the cells of a county that stand on a delivery which did not land (the truth knows rows, not gates).

        What first came with it came later, or if it was the last, never; a stock has no state of that month.
        """
        self.connection.execute("""
            create temp table unlanded as
            select distinct wanted.register, wanted.area_code as county, wanted.month
            from (
                select register, area_code, cast(month || '-01' as date) as month from files
                union
                select regexp_extract(file, '^(.*)_99', 1), regexp_extract(file, '_(99[0-9]{4})_', 1),
                    strptime(regexp_extract(file, '_([0-9]{6})[.]', 1), '%Y%m')::date
                from faults where outcome = 'missing'
            ) as wanted
            left join landing.deliveries as landed
                on landed.register = wanted.register and landed.area_code = wanted.area_code
                    and landed.month = wanted.month and landed.status = 'landed'
            where landed.delivery is null;
            create temp table unexplained as
            select distinct needs.measure, counted.clock, counted.month, unlanded.county
            from unlanded inner join needs using (register)
            inner join reference.measures as measures on needs.measure = measures.measure
            inner join (select distinct measure, clock, month from counted) as counted on needs.measure = counted.measure
            cross join (select max(month) as last_month from counted) as run
            where case
                when measures.kind = 'stock' or counted.clock = 'report' then unlanded.month <= counted.month
                else unlanded.month = last_month
            end
        """)


@contextmanager
def beside(home: Path) -> Iterator[Beside]:
    """The warehouse of a home, read only."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home}/warehouse.duckdb' as warehouse (read_only)")
        connection.execute("use warehouse")
        yield Beside(connection, home)
