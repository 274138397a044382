"""The audit by attack: is any small count that is published given away by everything else that is?

It reads published tables as an attacker would, and the exact counts beside them. What was audited before is not attacked again: a
count is, when what is published within four relations of it, or the attack, changed. That is nearly always enough and not
always: `anew` attacks everything.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import blake2b
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.errors import RenkouError
from orchestration.publish import attack, linked
from orchestration.publish.attack import Linked, audit
from orchestration.publish.linked import Limits, Published, read_published
from orchestration.publish.standing import current_marts
from orchestration.settings import Settings
from orchestration.sql_text import quoted
from orchestration.variables import variables
from orchestration.warehouse import private_files, transaction, writer_lock

EVER = (date(1900, 1, 1), date(2999, 12, 31))
STEPS = 4
NAMED = 5  # places that a message names


class Pinned(RenkouError):
    """Small counts could be worked out from what is published; the message says where, never what they are."""

    exit_code = 1


@dataclass(frozen=True)
class Report:
    """Small counts shown, those attacked now (the others were audited before), programmes solved, and those pinned."""

    small: int
    attacked: int
    programmes: int
    pinned: list[str]
    pinned_by_level: dict[str, int]


def limits_of(settings: Settings) -> Limits:
    """The parameters of disclosure control that the models have."""
    given = variables(settings.dbt_project)
    return Limits(given["min_count"], given["base"], given["hold"], tuple(given["open_units"]))


def audit_publication(settings: Settings, *, anew: bool = False) -> Report:
    """Audit the publication that stands against the warehouse. Pinned when nothing is published or the tables are not those."""
    marts = current_marts(settings)
    if marts is None or not settings.warehouse.exists():
        raise Pinned("nothing has been published yet: run `renkou run` first")
    config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
    with writer_lock(settings), private_files(), duckdb.connect(str(settings.warehouse), config=config) as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach {quoted(marts)} as standing (read_only)")
        try:
            return audit_published(connection, shown="standing.main", limits=limits_of(settings), anew=anew)
        except duckdb.CatalogException:
            raise Pinned(
                "the models are not those that the audit reads; build and publish them with `renkou run`"
            ) from None


def audit_published(
    connection: duckdb.DuckDBPyConnection, *, shown: str = "published", limits: Limits | None = None, anew: bool = False
) -> Report:
    """Attack the small counts of the schema `shown` whose surroundings changed; what proves safe is remembered.

    `anew` attacks all of them: a proof may rest on more than the four relations around a count that are compared.
    """
    published = read_published(connection, EVER, shown=shown, limits=limits)
    every, known = known_as_safe(connection, published, published.linked, anew=anew)
    verdict = audit(published.linked, every[~known], layers=published.layers)
    remember(connection, published, published.linked, np.setdiff1d(every, verdict.pinned))
    levels = [str(published.levels[cell]) for cell in verdict.pinned]
    return Report(
        len(every), int((~known).sum()), verdict.programmes, [published.describe(cell) for cell in verdict.pinned],
        {level: levels.count(level) for level in sorted(set(levels))},
    )  # fmt: skip


def refuse_pinned(report: Report) -> None:
    """Pinned when a small count is."""
    if report.pinned:
        where = "; ".join(sorted(set(report.pinned))[:NAMED])
        raise Pinned(
            f"{len(report.pinned)} small counts could be worked out (an interval under three wide), such as {where}"
        )


def known_as_safe(
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    linked: Linked,
    *,
    anew: bool = False,
    withheld: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The small counts that are shown, and which of them were found safe in these very surroundings."""
    every = np.flatnonzero(linked.small)
    if anew:
        return every, np.zeros(len(every), bool)
    before = connection.execute("select cell, fingerprint from protection.audited").fetchnumpy()
    kept = dict(zip(before["cell"].tolist(), before["fingerprint"].tolist(), strict=True))
    keys, prints = published.keys[every].tolist(), fingerprints(published, linked, withheld)[every].tolist()
    return every, np.asarray([kept.get(key) == mark for key, mark in zip(keys, prints, strict=True)], dtype=bool)


def remember(
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    linked: Linked,
    safe: NDArray[np.int64],
    withheld: NDArray[np.bool_] | None = None,
) -> None:
    """Keep the fingerprints of what is safe, and of nothing else."""
    prints = fingerprints(published, linked, withheld)[safe]
    connection.register("kept", pa.table({"cell": published.keys[safe], "fingerprint": prints}))
    with transaction(connection):
        connection.execute("delete from protection.audited")
        connection.execute("insert into protection.audited select cell, any_value(fingerprint) from kept group by cell")
    connection.unregister("kept")


def fingerprints(published: Published, tables: Linked, withheld: NDArray[np.bool_] | None = None) -> NDArray[np.uint64]:
    """A number for each cell that changes with what is published up to four relations away, or with the relations.

    With the figures and not with the limits that follow from them and the truth: the attacker sees figures, so that a proof holds
    as long as those do. Of `withheld` cells nothing is seen.
    """
    shown = published.figures if withheld is None else np.where(withheld, np.uint64(0), published.figures)
    mark = np.full(len(tables.truth), _attack_digest(), dtype=np.uint64)
    mark[: len(published.keys)] ^= published.keys ^ _mixed(shown)
    mark = _mixed(mark)
    pattern = tables.relations.copy()
    pattern.data = _mixed(np.ascontiguousarray(pattern.data).view(np.uint64))
    across = pattern.T.tocsr()
    for _ in range(STEPS):
        mark = _mixed(mark + across @ _mixed(pattern @ mark))
    return mark


@cache
def _attack_digest() -> np.uint64:
    """A number of the code of the attack: a corrected one proves everything again."""
    code = b"".join(Path(module.__file__ or "").read_bytes() for module in (attack, linked))
    return np.uint64(int.from_bytes(blake2b(code, digest_size=8).digest(), "big"))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014): sums of mixed numbers differ where the numbers do."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
