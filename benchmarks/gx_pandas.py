"""Great Expectations on pandas: the rules of the suites that it can put to a data frame.

UnexpectedRowsExpectation, in which half of the rules are written, knows only SQL. Of those the ones about values of a column
are asked as the expectation that says the same (ExpectColumnValuesToBeInSet, ExpectColumnValuesToNotBeNull), others are left out.
"""

import math
import os
from datetime import date, datetime, time
from typing import Any

import duckdb

from benchmarks.by_hand import STAGED, Delivered
from orchestration.quality.suites import Threshold

KNOWN = "{}_is_known"  # column of a frame
IN_FORCE = "select distinct area from raw.areas where _valid_to is null"


class OnPandas:
    """Great Expectations' answers about one data frame after another."""

    def __init__(self) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        os.environ.setdefault("TQDM_DISABLE", "1")
        import great_expectations as gx

        self._gx = gx
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("frames").add_dataframe_asset("delivery")
        self._delivery = asset.add_batch_definition_whole_dataframe("delivery")

    def expectations(self, of: Delivered, asked: dict[str, tuple[dict[str, Any], Threshold]]) -> list[Any]:
        """The expectations of a delivery's rules (entry of the suite and threshold by id), as far as it can put them."""
        found = []
        for name, (entry, threshold) in asked.items():
            made = self._expectation(of, entry, threshold)
            if made is not None:
                kind, kwargs = made
                found.append(getattr(self._gx.expectations, kind)(**kwargs, meta={"id": name}))
        return found

    def frame(self, connection: duckdb.DuckDBPyConnection, of: Delivered) -> Any:
        """The delivery as a data frame; columns of its own say which areas and persons are known.

        As an argument of an expectation, a set of 300,000 persons takes Great Expectations minutes.
        """
        frame = connection.execute(f"select * exclude (_row_hash) from {STAGED}").df()
        persons = f"select distinct id_pseudonym from raw.population where _area = '{of.area}'"
        sets = {name: persons for name in frame.columns if name.endswith("id_pseudonym")} | {"area": IN_FORCE}
        for name, known in sets.items():
            if name in frame.columns:
                frame[KNOWN.format(name)] = frame[name].isin(
                    [value for (value,) in connection.execute(known).fetchall()]
                )
        return frame

    def ask(self, frame: Any, expectations: list[Any]) -> dict[str, bool]:
        """Yes or no by rule. SystemExit when one could not be evaluated."""
        suite = self._gx.ExpectationSuite(name="gate", expectations=expectations)
        batch = self._delivery.get_batch(batch_parameters={"dataframe": frame})
        answers = {}
        for result in batch.validate(suite, result_format="BOOLEAN_ONLY").results:
            name, info = result.expectation_config.meta["id"], result.exception_info
            if any(one["raised_exception"] for one in ([info] if "raised_exception" in info else info.values())):
                raise SystemExit(f"Great Expectations cannot evaluate {name} on pandas")
            answers[name] = bool(result.success)
        return answers

    def _expectation(
        self, of: Delivered, entry: dict[str, Any], threshold: Threshold
    ) -> tuple[str, dict[str, Any]] | None:
        if threshold.type != "UnexpectedRowsExpectation":
            return threshold.type, {name: _timestamp(value) for name, value in threshold.kwargs.items()}
        words = entry.get("with", {})
        mostly = _mostly(threshold, of.rows_in - of.quarantined)
        match entry.get("template"):
            case "complete":
                return "ExpectColumnValuesToNotBeNull", {"column": words["column"], "mostly": mostly}
            case "area_known" | "area_mostly_known" | "on_register" if "where" not in words:
                column = KNOWN.format(words.get("column", "area"))  # made beforehand: see `frame`
                return "ExpectColumnValuesToBeInSet", {"column": column, "value_set": [True], "mostly": mostly}
        return None


def _mostly(threshold: Threshold, rows: int) -> float:
    """The share that must be as expected, chance allowed for; what the limit allows to the row is allowed."""
    share = threshold.tolerated
    allowed = math.floor(rows * share + threshold.chance * math.sqrt(rows * share * (1 - share)))
    return max(0.0, 1 - (allowed + 0.5) / rows) if rows else 0.0


def _timestamp(value: Any) -> Any:
    """A date as pandas compares its columns of dates with."""
    return datetime.combine(value, time()) if isinstance(value, date) else value
