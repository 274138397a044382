"""The audit by attack: is any small count that is published given away by everything else that is?

It reads published tables as an attacker would, and the exact counts beside them, and attacks every small count.
"""

from collections import Counter
from dataclasses import dataclass

import duckdb

from orchestration.errors import RenkouError
from orchestration.publish.attack import audit
from orchestration.publish.bundles import bundles
from orchestration.publish.linked import Limits, read_published
from orchestration.publish.standing import current_marts
from orchestration.settings import Settings
from orchestration.sql_text import quoted
from orchestration.variables import variables
from orchestration.warehouse import private_files, writer_lock

NAMED = 5  # places that a message names


class Pinned(RenkouError):
    """Small counts could be worked out from what is published; the message says where, never what they are."""

    exit_code = 1


@dataclass(frozen=True)
class Report:
    """Small counts shown, programmes solved, and those pinned."""

    small: int
    programmes: int
    pinned: list[str]
    pinned_by_level: dict[str, int]


def limits_of(settings: Settings) -> Limits:
    """The parameters of disclosure control that the models have."""
    given = variables(settings.dbt_project)
    return Limits(given["min_count"], given["base"], given["hold"], tuple(given["open_units"]))


def audit_publication(settings: Settings) -> Report:
    """Audit the publication that stands against the warehouse. Pinned when nothing is published or the tables are not those."""
    marts = current_marts(settings)
    if marts is None or not settings.warehouse.exists():
        raise Pinned("nothing has been published yet: run `renkou run` first")
    config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
    with writer_lock(settings), private_files(), duckdb.connect(str(settings.warehouse), config=config) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach {quoted(marts)} as standing (read_only)")
        try:
            return audit_published(connection, shown="standing.main", limits=limits_of(settings))
        except duckdb.CatalogException:
            raise Pinned(
                "the models are not those that the audit reads; build and publish them with `renkou run`"
            ) from None


def audit_published(
    connection: duckdb.DuckDBPyConnection, *, shown: str = "published", limits: Limits | None = None
) -> Report:
    """Attack every small count of the schema `shown`, bundle after bundle."""
    small, programmes, pinned, levels = 0, 0, list[str](), Counter[str]()
    for measures in bundles(connection):
        published = read_published(connection, measures, shown=shown, limits=limits)
        verdict = audit(published.linked, layers=published.layers, towns=published.towns)
        small += int(published.linked.small.sum())
        programmes += verdict.programmes
        pinned += [published.describe(cell) for cell in verdict.pinned]
        levels.update(str(published.levels[cell]) for cell in verdict.pinned)
    return Report(small, programmes, pinned, dict(sorted(levels.items())))


def refuse_pinned(report: Report) -> None:
    """Pinned when a small count is."""
    if report.pinned:
        where = "; ".join(sorted(set(report.pinned))[:NAMED])
        raise Pinned(
            f"{len(report.pinned)} small counts could be worked out (an interval under three wide), such as {where}"
        )
