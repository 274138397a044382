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
from orchestration.publish.attack import Linked, Mask, Places
from orchestration.publish.linked import Published
from orchestration.warehouse import transaction

STEPS = 4
Keys = NDArray[np.uint64]
_NONE: Keys = np.array([], np.uint64)


class Memory:
    """What earlier publications proved and withheld, and what this one adds to it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        before = connection.execute("select cell, fingerprint from protection.audited").fetchnumpy()
        self.proven = dict(zip(before["cell"].tolist(), before["fingerprint"].tolist(), strict=True))
        self.withheld_before: Keys = connection.execute("select cell from protection.withheld").fetchnumpy()["cell"]
        self.withheld, self.safe, self.prints = [_NONE], [_NONE], [_NONE]

    def known_as_safe(self, published: Published, shown: Linked, withheld: Mask) -> tuple[Places, Mask]:
        """The small counts that are shown, and which of them were found safe in these very surroundings."""
        every = np.flatnonzero(shown.small)
        keys = published.keys[every].tolist()
        prints = fingerprints(published, shown, withheld)[every].tolist()
        known = [self.proven.get(key) == mark for key, mark in zip(keys, prints, strict=True)]
        return every, np.asarray(known, dtype=bool)

    def note(self, published: Published, shown: Linked, safe: Places, withheld: Mask) -> None:
        """Note cells that are proven, as they will stand, and those that are withheld."""
        self.safe.append(published.keys[safe])
        self.prints.append(fingerprints(published, shown, withheld)[safe])
        self.withheld.append(published.keys[withheld])

    def are_safe(self, keys: Keys) -> Mask:
        """Which of these cells are proven."""
        return np.isin(keys, np.concatenate(self.safe))

    def keep(self, number: int) -> None:
        """Keep the fingerprints of what is safe, and of nothing else; what was withheld first in publication `number`."""
        self.connection.register(
            "kept", pa.table({"cell": np.concatenate(self.safe), "mark": np.concatenate(self.prints)})
        )
        self.connection.register("noted", pa.table({"cell": np.unique(np.concatenate(self.withheld))}))
        with transaction(self.connection):
            self.connection.execute("delete from protection.audited")
            self.connection.execute(
                "insert into protection.audited select cell, any_value(mark) from kept group by cell"
            )
            self.connection.execute("insert or ignore into protection.withheld select cell, ? from noted", [number])
        self.connection.unregister("kept")
        self.connection.unregister("noted")


def fingerprints(published: Published, tables: Linked, withheld: Mask) -> Keys:
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
