"""Which measures are audited together: those that anything published links, and as many of such families as memory holds.

Births by sex and births by parity are one family, deaths join it through natural increase; what families of women use is another.
Nothing leads from one to the other, so the audit of one needs nothing of the other, and a city of any size passes in parts.
"""

import duckdb
import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from orchestration.publish.linked import COUNTS

CELLS = 2_000_000  # monthly counts read at a time: some 2 GB
SIZES = f"""
select measure, coalesce(n, 0) as cells from reference.measures
left join (select measure, count(*) as n from marts.measures group by measure) using (measure)
where {COUNTS} order by measure
"""
LINKS = """
select whole, part from reference.measure_relations
union all
select n.measure, i.numerator_less from intermediate.int_indicators__needs as n
inner join intermediate.int_indicators__live as i using (indicator)
where n.part = 'plus' and i.numerator_less is not null
"""


def bundles(connection: duckdb.DuckDBPyConnection, cells: int = CELLS) -> list[list[str]]:
    """The measures that are audited, in bundles of linked families with up to `cells` monthly counts (or one larger family)."""
    found: list[list[str]] = []
    room = 0
    for family, size in sorted(_families(connection), key=lambda each: -each[1]):
        if not found or size > room:
            found.append([])
            room = cells
        found[-1] += family
        room -= size
    return found


def _families(connection: duckdb.DuckDBPyConnection) -> list[tuple[list[str], int]]:
    """Families of measures that relations or differences link, and the monthly counts of each."""
    sizes = dict(connection.execute(SIZES).fetchall())
    names = list(sizes)
    place = {name: number for number, name in enumerate(names)}
    links = [(place[a], place[b]) for a, b in connection.execute(LINKS).fetchall() if a in place and b in place]
    one, other = np.array(links, dtype=np.int64).reshape(-1, 2).T
    graph = sparse.coo_matrix((np.ones(len(one)), (one, other)), shape=(len(names), len(names)))
    _, family = csgraph.connected_components(graph, directed=False)
    members: dict[int, list[str]] = {}
    for name, number in zip(names, family.tolist(), strict=True):
        members.setdefault(number, []).append(name)
    return [(family, sum(sizes[name] for name in family)) for family in members.values()]
