"""Signals of statistical integrity as alerts: where to look, never at whom. What is looked for is data (integrity_methods.csv),
how it is counted stands in the models (intermediate/integrity), and false alarms are measured in tests/unit/quality.
"""

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestration.cached import by_files
from orchestration.errors import ContractError
from orchestration.quality.alerts import open_an_alert, record_event, renew_alert, resolve_alert
from orchestration.quality.suites import Threshold
from orchestration.warehouse import transaction

PREFIX = "integrity_"


class Method(BaseModel):
    """One way of looking: what is tolerated, from how many cases on, and how rarely chance alone gives a signal.

    `alpha` bounds that from above; `false_alarm_rate` is what a simulation gave (tests/unit/quality/test_integrity.py).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    direction: Literal["more", "fewer"]
    at_least: int = Field(ge=1)
    alpha: float = Field(gt=0, lt=0.05)
    tolerated_share: float | None = Field(None, gt=0, lt=1)
    tolerated_times: float | None = Field(None, gt=0)
    since: date
    name_zh: str
    name_en: str
    sentence_zh: str = Field(min_length=4)
    sentence_en: str = Field(min_length=4)
    reason: str = Field(min_length=20)
    source: str = Field(min_length=10)
    false_alarm_rate: float = Field(ge=0)
    simulations: int = Field(ge=1000)
    simulated_on: date

    @property
    def rule(self) -> Threshold:
        """The method as the rule of an alert."""
        return Threshold(
            id=f"{PREFIX}{self.method}", type="LandingLimit", kwargs={}, dimension="accuracy", severity="warn", since=self.since,
            reason=self.reason, zh=self.sentence_zh, en=self.sentence_en, at_least=self.at_least,
        )  # fmt: skip


def load_methods(project: Path) -> dict[str, Method]:
    """The methods by name; ContractError names what is wrong with the file."""
    return _methods([project / "seeds" / "integrity_methods.csv"])


@by_files
def _methods(paths: list[Path]) -> dict[str, Method]:
    found: dict[str, Method] = {}
    for row in csv.DictReader(paths[0].open(encoding="utf-8")):
        try:
            method = Method(**{name: cell or None for name, cell in row.items()})
        except (ValidationError, TypeError) as error:
            raise ContractError(f"integrity_methods.csv: {row.get('method')}: {error}") from None
        if (method.tolerated_share is None) == (method.tolerated_times is None):
            raise ContractError(f"integrity_methods.csv: {method.method}: give tolerated_share or tolerated_times")
        if method.false_alarm_rate > method.alpha:
            raise ContractError(
                f"integrity_methods.csv: {method.method}: more false alarms were measured than alpha allows"
            )
        found[method.method] = method
    return found


def watch_signals(connection: duckdb.DuckDBPyConnection, methods: dict[str, Method], at: datetime) -> None:
    """Open an alert for every signal of the last build, and resolve those whose signal is gone, in one transaction.

    One that stands has the counts of the last build, and a later month with it reminds of it.
    """
    built = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = 'marts' and table_name = 'integrity_signals'"
    ).fetchone()
    if built == (0,):
        return
    signals = {
        _id(method, register, indicator, area): (method, register, area, month, int(hits), int(cases), tolerated)
        for method, register, indicator, area, month, hits, cases, tolerated in connection.execute(
            """select method, register, indicator, area_code, month, hits, cases, expected_share
                from marts.integrity_signals where status = 'signal'"""
        ).fetchall()
    }
    standing = dict(connection.execute(
        f"select alert, last_month from quality.alerts where status = 'open' and starts_with(check_id, '{PREFIX}')"
    ).fetchall())  # fmt: skip
    with transaction(connection):
        for alert, (method, register, area, month, hits, cases, tolerated) in signals.items():
            if alert not in standing:
                rule = methods[method].rule
                open_an_alert(connection, alert, rule, register, area, month, at, elements=cases, unexpected=hits)
                record_event(connection, alert, "opened", month, at, threshold=tolerated)
                continue
            renew_alert(connection, alert, month, cases, hits)
            if month > standing[alert]:
                record_event(connection, alert, "reminded", month, at, threshold=tolerated)
        for alert in standing.keys() - signals.keys():
            resolve_alert(connection, alert, 0)
            record_event(connection, alert, "resolved", standing[alert], at)


def count_signals(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int, int, int]]:
    """By method: how many looks were judged in the last build, how many gave a signal, and the hits and cases of those."""
    rows = connection.execute(
        """select method, count(*) filter (status <> 'n/a'), count(*) filter (status = 'signal'),
                coalesce(sum(hits) filter (status = 'signal'), 0), coalesce(sum(cases) filter (status = 'signal'), 0)
            from marts.integrity_signals group by method"""
    ).fetchall()
    return {method: (int(judged), int(signals), int(hits), int(cases)) for method, judged, signals, hits, cases in rows}


def _id(method: str, register: str, indicator: str, area: str) -> str:
    """One alert per method, register or indicator, and area."""
    return "-".join(("signal", method, (indicator or register).replace("|", "_"), area))
