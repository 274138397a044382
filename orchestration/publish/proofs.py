"""Which proofs of earlier publications still hold, so that only what changed is attacked.

A proof rests on what is published around a count. Four relations away is nearly always enough and not always: `renkou audit`
attacks everything in the publication that stands and asks nothing of this memory.
"""

from functools import cache
from hashlib import blake2b
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.publish import attack, linked
from orchestration.publish.attack import Linked
from orchestration.publish.linked import Published
from orchestration.warehouse import transaction

STEPS = 4


def known_as_safe(
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    linked: Linked,
    *,
    withheld: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The small counts that are shown, and which of them were found safe in these very surroundings."""
    every = np.flatnonzero(linked.small)
    before = connection.execute("select cell, fingerprint from protection.audited").fetchnumpy()
    kept = dict(zip(before["cell"].tolist(), before["fingerprint"].tolist(), strict=True))
    keys, prints = published.keys[every].tolist(), fingerprints(published, linked, withheld)[every].tolist()
    return every, np.asarray([kept.get(key) == mark for key, mark in zip(keys, prints, strict=True)], dtype=bool)


def remember(
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    linked: Linked,
    safe: NDArray[np.int64],
    withheld: NDArray[np.bool_],
) -> None:
    """Keep the fingerprints of what is safe, and of nothing else."""
    prints = fingerprints(published, linked, withheld)[safe]
    connection.register("kept", pa.table({"cell": published.keys[safe], "fingerprint": prints}))
    with transaction(connection):
        connection.execute("delete from protection.audited")
        connection.execute("insert into protection.audited select cell, any_value(fingerprint) from kept group by cell")
    connection.unregister("kept")


def fingerprints(published: Published, tables: Linked, withheld: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """A number for each cell that changes with what is published up to four relations away, or with the relations.

    With the figures and not with the limits that follow from them and the truth: the attacker sees figures, so that a proof holds
    as long as those do. Of `withheld` cells nothing is seen.
    """
    shown = np.where(withheld, np.uint64(0), published.figures)
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
