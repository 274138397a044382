"""The roll-up in pandas and in polars: wide tables in memory, their windows, and Parquet at the end."""

import os
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

from benchmarks.facts import (
    CLOCKS,
    FACTS,
    LEVELS,
    PARTS,
    WINDOW_KEYS,
    Fact,
    Sides,
    above,
    in_windows,
    indicators,
    parquet,
    sides,
    told,
)
from benchmarks.measured import THREADS, Measured, timed

KEYS = list(WINDOW_KEYS)
KNOWN_KEYS = ["delivering_code", "window", "period_end", "stratum"]


def pandas_rollup(folder: Path) -> Measured:
    """pandas: grouped wide, each level from the base counts, joined with the windows, melted, written to Parquet."""
    import pandas as pd  # type: ignore[import-untyped]
    import pyarrow as pa
    import pyarrow.parquet as pq

    def read(name: str) -> Any:
        return pq.read_table(parquet(folder, name)).to_pandas(date_as_object=False)

    def facts(fact: Fact) -> Any:
        rows = read(fact.file)
        for name, condition in fact.counted.items():
            rows[name] = 1.0 if condition == "true" else rows.eval(condition.replace(" = ", " == ")).astype(float)
        for name, column in fact.summed.items():
            rows[name] = rows[column].astype(float)
        return rows.assign(stratum=rows[fact.stratum] if fact.stratum else "")

    def rolled(finest: Any, measures: list[str]) -> Any:
        parts = []
        for digits in LEVELS.values():
            inside = finest[finest["area_code"].str[:digits].str.rstrip("0").str.len() > above(digits)]
            code = inside["area_code"].str[:digits].str.pad(12, side="right", fillchar="0")
            keys = [code, inside["month"], inside["stratum"]]
            parts.append(inside.groupby(keys, observed=True)[measures].sum().reset_index())
        return pd.concat(parts, ignore_index=True)

    def long(cells: Any, fact: Fact, clock: str) -> Iterator[Any]:
        rows = cells.melt(["area_code", "month", "stratum"], fact.measures, "measure", "value")
        for one in CLOCKS if clock == "both" else [clock]:
            yield rows.assign(clock=one)

    def work() -> int:
        months, openings, areas = (read(name) for name in ("months", "openings", "areas"))
        of_rule = {rule: read(f"months_{rule}") for rule in ("sum", "last", "mean_of_ends")}
        known = dict(list(read("known").groupby(["indicator", "clock"])))
        writers: dict[str, Any] = {}

        def write(name: str, rows: Any) -> None:
            table = pa.Table.from_pandas(rows, preserve_index=False)
            if name not in writers:
                writers[name] = pq.ParquetWriter(parquet(folder, f"pandas_{name}"), table.schema)
            writers[name].write_table(table.cast(writers[name].schema))

        windows: dict[tuple[int, str], Any] = {}
        wanted = indicators(folder)
        for number, fact in enumerate(FACTS):
            rows = facts(fact)
            for clock, column in fact.clocks.items():
                inside = rows[rows[column].isin(months["month"])]
                keys = [inside["area_code"], inside[column].rename("month"), inside["stratum"]]
                finest = inside.groupby(keys, observed=True)[fact.measures].sum().reset_index()
                cells = rolled(finest, fact.measures)
                for table in long(cells, fact, clock):
                    write("rolled_up", table)
                measures = in_windows(fact, wanted)
                windows[number, clock] = _windowed(cells, fact, measures, of_rule[fact.stock or "sum"], openings)
        for indicator, clock, of in sides(wanted):
            write("parts", _parts(windows, of, areas, known[indicator, clock]))
        for writer in writers.values():
            writer.close()
        return 0

    measured = timed(work)
    return told(folder, "pandas", measured, list(_sums(folder, "pandas")))


def _windowed(cells: Any, fact: Fact, measures: list[str], months: Any, openings: Any) -> Any:
    """pandas: the cells of a fact by window; a mean of both ends where the opening stock is known."""
    joined = cells[["area_code", "month", "stratum", *measures]].merge(months, on="month")
    if fact.stock == "last":
        return joined[[*KEYS, *measures]]
    if fact.stock:
        joined = joined.merge(openings.assign(is_known=True), "left", ["area_code", "opening_month"])
        is_known = joined["is_known"].notna()
        joined[measures] = joined[measures].div(is_known + 1, axis=0)
        joined = joined[is_known | (joined["month"] > joined["opening_month"])]
    return joined.groupby(KEYS, observed=True)[measures].sum().reset_index()


def _parts(windows: dict[tuple[int, str], Any], of: Sides, areas: Any, known: Any) -> Any:
    """pandas: the parts of an indicator on a clock where they are known and anything was counted."""
    frames = [
        windows[side][[*KEYS, *wanted.values()]].rename(columns={measure: part for part, measure in wanted.items()})
        for side, wanted in of.items()
    ]
    rows = reduce(lambda left, right: left.merge(right, "outer", KEYS), frames)
    rows = rows.reindex(columns=[*KEYS, *PARTS]).fillna(dict.fromkeys(PARTS, 0.0))
    rows = rows[(rows[list(PARTS)] != 0).any(axis=1)].merge(areas, on="area_code")
    rows = rows[(rows["valid_from"] <= rows["period_end"]) & (rows["period_end"] < rows["valid_to"])]
    return rows.merge(known, on=KNOWN_KEYS)[["indicator", "clock", *KEYS, *PARTS]]


def polars_rollup(folder: Path) -> Measured:
    """polars: grouped wide, each level from the base counts, joined with the windows, unpivoted lazily into Parquet."""
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars as pl  # type: ignore[import-not-found]

    def values(fact: Fact) -> list[Any]:
        counted = [
            (pl.len() if condition == "true" else pl.sql_expr(condition).sum()).cast(pl.Float64).alias(name)
            for name, condition in fact.counted.items()
        ]
        return [*counted, *(pl.col(column).cast(pl.Float64).sum().alias(name) for name, column in fact.summed.items())]

    def rolled(finest: Any, fact: Fact) -> Any:
        parts = []
        for digits in LEVELS.values():
            code = pl.col("area_code").str.slice(0, digits)
            inside = finest.filter(code.str.strip_chars_end("0").str.len_chars() > above(digits))
            level = code.str.pad_end(12, "0").alias("area_code")
            parts.append(inside.group_by(level, "month", "stratum").agg(pl.col(fact.measures).sum()))
        return pl.concat(parts)

    def windowed(cells: Any, fact: Fact, measures: list[str], months: Any, openings: Any) -> Any:
        joined = cells.select("area_code", "month", "stratum", *measures).join(months, on="month")
        if fact.stock == "last":
            return joined.select(*KEYS, *measures)
        if fact.stock:
            is_known = pl.col("is_known").is_not_null()
            joined = (
                joined.join(openings.with_columns(is_known=True), on=["area_code", "opening_month"], how="left")
                .filter(is_known | (pl.col("month") > pl.col("opening_month")))
                .with_columns(pl.col(measures) / (is_known.cast(pl.Int8) + 1))
            )
        return joined.group_by(KEYS).agg(pl.col(measures).sum())

    def long(cells: Any, fact: Fact, clock: str) -> Iterator[Any]:
        keys = ["area_code", "month", "stratum"]
        rows = cells.lazy().unpivot(fact.measures, index=keys, variable_name="measure", value_name="value")
        for one in CLOCKS if clock == "both" else [clock]:
            yield rows.with_columns(pl.lit(one).alias("clock"))

    def parts(windows: dict[tuple[int, str], Any], of: Sides, areas: Any, known: Any) -> Any:
        frames = [
            windows[side].lazy().select(*KEYS, *(pl.col(measure).alias(part) for part, measure in wanted.items()))
            for side, wanted in of.items()
        ]
        rows = reduce(lambda left, right: left.join(right, on=KEYS, how="full", coalesce=True), frames)
        present = [part for wanted in of.values() for part in wanted]
        return (
            rows.with_columns(
                pl.col(part).fill_null(0.0) if part in present else pl.lit(0.0).alias(part) for part in PARTS
            )
            .filter(pl.any_horizontal(pl.col(present) != 0))
            .join(areas.lazy(), on="area_code")
            .filter(pl.col("valid_from") <= pl.col("period_end"), pl.col("period_end") < pl.col("valid_to"))
            .join(known.lazy(), on=KNOWN_KEYS)
            .select("indicator", "clock", *KEYS, *PARTS)
        )

    def work() -> int:
        months, openings, areas, known = (
            pl.read_parquet(parquet(folder, name)) for name in ("months", "openings", "areas", "known")
        )
        of_rule = {rule: pl.read_parquet(parquet(folder, f"months_{rule}")) for rule in ("sum", "last", "mean_of_ends")}
        rolled_up: list[Any] = []
        windows: dict[tuple[int, str], Any] = {}
        wanted = indicators(folder)
        for number, fact in enumerate(FACTS):
            stratum = pl.col(fact.stratum) if fact.stratum else pl.lit("")
            for clock, column in fact.clocks.items():
                rows = pl.scan_parquet(parquet(folder, fact.file)).with_columns(stratum.alias("stratum"))
                rows = rows.join(months.lazy(), left_on=column, right_on="month", how="semi")
                month = pl.col(column).alias("month")
                finest = rows.group_by("area_code", month, "stratum").agg(values(fact)).collect()
                cells = rolled(finest, fact)
                rolled_up += long(cells, fact, clock)
                measures = in_windows(fact, wanted)
                windows[number, clock] = windowed(cells, fact, measures, of_rule[fact.stock or "sum"], openings)
        pl.concat(rolled_up).sink_parquet(parquet(folder, "polars_rolled_up"))
        frames = known.partition_by("indicator", "clock", as_dict=True)
        found = [parts(windows, of, areas, frames[indicator, clock]) for indicator, clock, of in sides(wanted)]
        pl.concat(found).sink_parquet(parquet(folder, "polars_parts"))
        return 0

    measured = timed(work)
    return told(folder, "polars", measured, list(_sums(folder, "polars")))


def _sums(folder: Path, name: str) -> Iterator[tuple[Any, ...]]:
    """What `wide_sql.totals` asks, of the Parquet files that a peer wrote; a peer's rows all count something."""
    import pyarrow.parquet as pq

    for result, key, summed in (("rolled_up", "measure", ("value",)), ("parts", "indicator", PARTS)):
        table = pq.read_table(parquet(folder, f"{name}_{result}"), columns=[key, *summed])
        wanted = [(summed[-1], "count"), *((column, "sum") for column in summed)]
        for row in table.group_by(key).aggregate(wanted).to_pylist():
            yield result, row[key], row[f"{summed[-1]}_count"], *(row[f"{column}_sum"] for column in summed)
