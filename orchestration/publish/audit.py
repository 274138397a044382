"""The audit by attack: is any small count that is published given away by everything else that is?

It reads the schema `published` as an attacker would, and the exact counts beside it, and refuses what pins a small count. What
was audited before is not attacked again: a count is, when what is published within four relations of it, or the attack, changed.
That is nearly always enough and not always: `anew` attacks everything, and so does a publication that refuses pinned counts.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.errors import RenkouError
from orchestration.publish import attack, linked
from orchestration.publish.attack import audit
from orchestration.publish.linked import Published, read_published
from orchestration.settings import Settings
from orchestration.variables import variables
from orchestration.warehouse import private_files, transaction, writer_lock

EVER = (date(1900, 1, 1), date(2999, 12, 31))
STEPS = 4
NAMED = 5  # places that a message names
LAYOUT = """
create schema if not exists protection;
create table if not exists protection.audited (cell uhugeint primary key, fingerprint ubigint not null);
"""


class Pinned(RenkouError):
    """Small counts could be worked out from what is published; the message says where, never what they are."""

    exit_code = 1


@dataclass(frozen=True)
class Report:
    """Small counts published, those attacked now (the others were audited before), programmes solved, and those pinned."""

    small: int
    attacked: int
    programmes: int
    pinned: list[str]
    pinned_by_level: dict[str, int]


def audit_warehouse(settings: Settings, *, anew: bool = False) -> Report:
    """Audit what the warehouse would publish, with the parameters of the models. Pinned when nothing is built yet."""
    if not settings.warehouse.exists():
        raise Pinned("there is nothing to audit yet: land a month and build the marts first (renkou run)")
    config = {"memory_limit": settings.memory_limit, "threads": settings.threads}
    with writer_lock(settings), private_files(), duckdb.connect(str(settings.warehouse), config=config) as connection:
        return audit_with(settings, connection, anew=anew)


def audit_with(settings: Settings, connection: duckdb.DuckDBPyConnection, *, anew: bool) -> Report:
    """Audit what the open warehouse would publish. Pinned when a table that the audit reads is not there."""
    given = variables(settings.dbt_project)
    connection.execute("set enable_progress_bar = false")
    try:
        return audit_published(connection, small=given["min_count"], base=given["base"], anew=anew)
    except duckdb.CatalogException:
        raise Pinned("the models are not those that the audit reads; build them with `renkou run`") from None


def audit_published(
    connection: duckdb.DuckDBPyConnection, *, small: int = 7, base: int = 5, anew: bool = False
) -> Report:
    """Attack the small counts of the schema `published` whose surroundings changed; what proves safe is remembered.

    `anew` attacks all of them: a proof may rest on more than the four relations around a count that are compared.
    """
    connection.execute(LAYOUT)
    if anew:
        connection.execute("delete from protection.audited")
    published = read_published(connection, EVER, small=small, base=base)
    every = np.flatnonzero(published.linked.small)
    prints = fingerprints(published)[every]
    keys = [hash_of(published.names[cell]) for cell in every]
    before = dict(connection.execute("select cell, fingerprint from protection.audited").fetchall())
    is_known = np.asarray([before.get(key) == int(mark) for key, mark in zip(keys, prints, strict=True)], dtype=bool)
    verdict = audit(published.linked, every[~is_known])
    _remember(connection, keys, prints, np.isin(every, verdict.pinned))
    levels = [published.names[cell][1] for cell in verdict.pinned]
    return Report(
        len(every), int((~is_known).sum()), verdict.programmes, [published.describe(cell) for cell in verdict.pinned],
        {level: levels.count(level) for level in sorted(set(levels))},
    )  # fmt: skip


def refuse_pinned(report: Report) -> None:
    """Pinned when a small count is."""
    if report.pinned:
        where = "; ".join(sorted(set(report.pinned))[:NAMED])
        raise Pinned(
            f"{len(report.pinned)} small counts could be worked out (an interval under three wide), such as {where}"
        )


def hash_of(name: tuple[Any, ...]) -> int:
    """A number of 128 bits for a cell, the same in every run."""
    return int.from_bytes(blake2b("|".join(map(str, name[2:])).encode(), digest_size=16).digest(), "big")


def fingerprints(published: Published) -> NDArray[np.uint64]:
    """A number for each cell that changes with what is published up to four relations away, or with the relations."""
    tables = published.linked
    names = [hash_of(name) & 0xFFFFFFFFFFFFFFFF for name in published.names]
    mark = np.full(len(tables.truth), _attack_digest(), dtype=np.uint64)
    mark[: len(names)] ^= np.asarray(names, dtype=np.uint64)
    mark = _mixed(mark ^ _mixed(tables.low.view(np.uint64)) ^ _mixed(_mixed(tables.high.view(np.uint64))))
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


def _remember(
    connection: duckdb.DuckDBPyConnection, keys: list[int], prints: NDArray[np.uint64], is_pinned: NDArray[np.bool_]
) -> None:
    """Keep the fingerprints of what is safe; forget cells that are published no more, or not safely."""
    safe = [place for place in range(len(keys)) if not is_pinned[place]]
    kept = pa.table({"cell": [str(keys[place]) for place in safe], "fingerprint": prints[safe]})
    with transaction(connection):
        connection.execute("delete from protection.audited")
        connection.register("kept", kept)
        connection.execute("insert into protection.audited select cell::uhugeint, fingerprint from kept")
    connection.unregister("kept")
