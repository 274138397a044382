"""The attacker's arithmetic: what published figures and the relations between them give away about a small count.

A published figure says that the true count lies in an interval (rounded to 5: two on either side; `1-7`: one to seven; exact: a
point). Relations between counts (a township is the sum of its villages) narrow it. The attacker's interval of a count is what a
linear programme finds between its minimum and its maximum over everything published (Fischetti and Salazar 2001, Management
Science 47; Salazar 2008, Computers & Operations Research 35).

What is proven, and how: the true counts fulfil everything that is published, so any second set of counts that does is a witness.
Where two witnesses give a small count values three apart, the attacker's interval is at least as wide, whatever else there is. A
neighbourhood with all counts beyond it held at their true values gives such witnesses, so small programmes prove safety; only
a programme over all that is linked proves a disclosure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]

LEAST_WIDTH = 3.0
TOLERANCE = 1e-6
ROUNDS = 12
NEIGHBOURHOODS = (300, 2_000, 30_000)  # unknowns; a neighbourhood that proves nothing is enlarged
LARGEST_PART = 6_000  # unknowns of one programme
TURNS = 10
LAYER_ROUNDS = 1
OPTIONS = (("output_flag", False), ("threads", 1), ("simplex_strategy", 4))  # primal: costs change, what fits stays
FEW = 100  # counts that are attacked one by one after the layers


@dataclass(frozen=True)
class Linked:
    """Counts and the relations between them.

    truth       the counts themselves
    low, high   what is published of each, as limits of its value; an unpublished count has 0 and infinity
    small       counts to be protected
    relations   one row per relation, one column per count: rows times counts are nought
    """

    truth: Numbers
    low: Numbers
    high: Numbers
    small: Mask
    relations: sparse.csr_matrix

    @cached_property
    def by_count(self) -> sparse.csc_matrix:
        """The relations, column by column: a layer is taken out of millions of counts many times."""
        return self.relations.tocsc()


@dataclass
class Verdict:
    """The small counts whose attacker's interval is not shown to be wide enough, and how many programmes it took."""

    pinned: list[int]
    programmes: int = 0


def narrowed(linked: Linked, rounds: int = ROUNDS) -> tuple[Numbers, Numbers]:
    """Limits that follow from one relation after another, without a programme: never narrower than the attacker's interval."""
    low, high = linked.low.copy(), linked.high.copy()
    table = linked.relations.tocsr()
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    columns, weights = table.indices, table.data
    for _ in range(rounds):
        least = np.where(weights > 0, weights * low[columns], weights * high[columns])
        most = np.where(weights > 0, weights * high[columns], weights * low[columns])
        rest_least, rest_most = _others(least, rows, table.shape[0]), _others(most, rows, table.shape[0])
        floor, ceiling = -rest_most / weights, -rest_least / weights
        floor, ceiling = np.minimum(floor, ceiling), np.maximum(floor, ceiling)
        before = low.copy(), high.copy()
        np.maximum.at(low, columns, floor)
        np.minimum.at(high, columns, ceiling)
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    return low, high


def _others(terms: Numbers, rows: Places, count: int) -> Numbers:
    """For each term the sum of the other terms of its row; endless where one of them is."""
    finite = np.isfinite(terms)
    total = np.bincount(rows, weights=np.where(finite, terms, 0.0), minlength=count)
    endless = np.bincount(rows, weights=~finite, minlength=count)
    rest = total[rows] - np.where(finite, terms, 0.0)
    sign = np.sign(terms[~finite][0]) if (~finite).any() else 1.0
    return np.where(endless[rows] - ~finite > 0, sign * np.inf, rest)


@dataclass
class Reduced:
    """Deviations from the true counts that keep every relation, in as few unknowns as plain substitution leaves.

    Counts that move together (a total with one part that may move) are one unknown; a count moves `factor` times its unknown.
    unknown, factor    of each count; -1 for one that cannot move
    low, high          how far an unknown may go; nought lies between
    seen_low, _high    how far witnesses went
    need               how far apart they have to be
    """

    unknown: Places
    factor: Numbers
    relations: sparse.csr_matrix
    low: Numbers
    high: Numbers
    seen_low: Numbers
    seen_high: Numbers
    need: Numbers

    def towns(self, towns: Places) -> Places:
        """The town of each unknown, by those of its counts; -1 where they lie in none or in several."""
        moved = self.unknown >= 0
        return in_common(towns[moved], self.unknown[moved], len(self.low))

    def is_proven(self, unknowns: Places) -> Mask:
        """Whether witnesses are far enough apart."""
        return np.asarray(self.seen_high[unknowns] - self.seen_low[unknowns] >= self.need[unknowns] - TOLERANCE)

    def take(self, unknowns: Places, values: Numbers) -> None:
        """Note another witness, in which all other unknowns are nought."""
        self.seen_low[unknowns] = np.minimum(self.seen_low[unknowns], values)
        self.seen_high[unknowns] = np.maximum(self.seen_high[unknowns], values)


def in_common(numbers: Places, groups: Places, count: int) -> Places:
    """For each of `count` groups the number that all of its members have; -1 where they differ, one has -1, or there is none."""
    least, most = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
    np.minimum.at(least, groups, numbers)
    np.maximum.at(most, groups, numbers)
    return np.where(least == most, most, -1)


def reduce(linked: Linked, free: Mask, wanted: Places) -> Reduced:
    """Substitute until every relation holds three unknowns or more; counts that are not `free` keep their true values."""
    places = np.flatnonzero(free)
    count = len(places)
    unknown, factor = np.arange(count), np.ones(count)
    table = linked.by_count[:, places].tocsr()
    table = table[np.flatnonzero(np.diff(table.indptr))]
    for _ in range(100):
        current = _columns(unknown, factor, count)
        rows = (table @ current).tocsr()
        rows.data[np.abs(rows.data) < TOLERANCE] = 0
        rows.eliminate_zeros()
        terms = np.diff(rows.indptr)
        if not ((terms == 1) | (terms == 2)).any():
            break
        still, onto, ratio = _substitutions(rows, terms, count)
        moved = unknown >= 0
        source = unknown[moved]
        factor[moved] *= ratio[source]
        unknown[moved] = np.where(still[source], -1, onto[source])
    return _renumbered(linked, places, rows, unknown, factor, wanted)


def _columns(unknown: Places, factor: Numbers, count: int) -> sparse.csr_matrix:
    moved = np.flatnonzero(unknown >= 0)
    return sparse.csr_matrix((factor[moved], (moved, unknown[moved])), shape=(count, count))


def _substitutions(rows: sparse.csr_matrix, terms: Places, count: int) -> tuple[Mask, Places, Numbers]:
    """From relations of one and two unknowns: which do not move, and by which other unknown, times what, each is replaced."""
    still, onto, ratio = np.zeros(count, dtype=bool), np.arange(count), np.ones(count)
    still[rows.indices[rows.indptr[:-1][terms == 1]]] = True
    starts = rows.indptr[:-1][terms == 2]
    first, second = rows.indices[starts], rows.indices[starts + 1]
    times = -rows.data[starts] / rows.data[starts + 1]  # second = times * first
    keep, gone = np.minimum(first, second), np.maximum(first, second)
    times = np.where(gone == second, times, 1 / times)
    # one substitution for an unknown in a round, and none onto one that goes itself
    gone_once, at = np.unique(gone, return_index=True)
    keep_once = keep[at]
    fine = ~np.isin(keep_once, gone_once) & ~still[gone_once] & ~still[keep_once]
    still[gone_once[still[keep_once]]] = True
    still[keep_once[still[gone_once]]] = True
    onto[gone_once[fine]], ratio[gone_once[fine]] = keep_once[fine], times[at][fine]
    return still, onto, ratio


def _renumbered(
    linked: Linked, free: Places, rows: sparse.csr_matrix, unknown: Places, factor: Numbers, wanted: Places
) -> Reduced:
    moved = np.flatnonzero(unknown >= 0)
    names, place = np.unique(unknown[moved], return_inverse=True)
    numbered, times = np.full(len(linked.truth), -1), np.zeros(len(linked.truth))
    numbered[free[moved]], times[free[moved]] = place, factor[moved]
    down = (linked.low - linked.truth)[free[moved]] / factor[moved]
    up = (linked.high - linked.truth)[free[moved]] / factor[moved]
    low, high = np.full(len(names), -np.inf), np.full(len(names), np.inf)
    np.maximum.at(low, place, np.minimum(np.minimum(down, up), 0.0))
    np.minimum.at(high, place, np.maximum(np.maximum(down, up), 0.0))
    need = np.zeros(len(names))
    of_wanted = wanted[numbered[wanted] >= 0]
    np.maximum.at(need, numbered[of_wanted], LEAST_WIDTH / np.abs(times[of_wanted]))
    table = rows[np.diff(rows.indptr) > 0][:, names].tocsr()
    return Reduced(numbered, times, table, low, high, np.zeros(len(names)), np.zeros(len(names)), need)


def audit(
    linked: Linked, wanted: Places | None = None, *, layers: Sequence[Mask] = (), towns: Places | None = None
) -> Verdict:
    """Attack every small count (or those `wanted`); `pinned` lists those whose interval is narrower than three.

    Counts that no programme shows to be safe are listed too: what is not proven is not published. `layers` are counts that are
    moved by themselves first, all others held: where windows are sums of months, one month moves its windows along, and what is
    left of the relations is small. `towns` numbers the town that a count belongs to (-1: to none), for what is too large for one
    programme. Neighbourhoods, one count after the other, follow where few are left.
    """
    low, high = narrowed(linked)
    # by rounding errors a limit may pass the truth, which is known to be possible
    tight = replace(linked, low=np.minimum(low, linked.truth), high=np.maximum(high, linked.truth))
    every = np.flatnonzero(linked.small) if wanted is None else np.asarray(wanted, dtype=np.int64)
    is_narrow = tight.high[every] - tight.low[every] < LEAST_WIDTH - TOLERANCE
    verdict, left = Verdict(sorted(int(place) for place in every[is_narrow])), every[~is_narrow]
    can_move = tight.high - tight.low > TOLERANCE
    left = _attack_layers(tight, [can_move & layer for layer in layers], left, verdict, towns)
    # first with noughts left alone: the fewer counts may move, the fewer unknowns
    is_nought = (np.abs(linked.truth) <= TOLERANCE) & (tight.low >= -TOLERANCE)
    for free in (can_move & ~is_nought, can_move):
        if len(left) and (not layers or len(left) <= FEW):
            left = _attack(reduce(tight, free, left), left, verdict, NEIGHBOURHOODS)
    verdict.pinned = sorted({*verdict.pinned, *(int(place) for place in left)})
    return verdict


def _attack_layers(
    tight: Linked, layers: Sequence[Mask], left: Places, verdict: Verdict, towns: Places | None
) -> Places:
    """Attack layer after layer, while that pays; the counts that no two witnesses, of whichever layers, show to be safe."""
    low, high = np.zeros(len(tight.truth)), np.zeros(len(tight.truth))
    for _ in range(LAYER_ROUNDS if layers else 0):
        before = len(left)
        for layer in layers:
            here = left[layer[left]]
            if not len(here):
                continue
            reduced = reduce(tight, layer, here)
            _attack(reduced, here, verdict, (), towns)
            moved = here[reduced.unknown[here] >= 0]
            ends = [
                reduced.factor[moved] * seen[reduced.unknown[moved]] for seen in (reduced.seen_low, reduced.seen_high)
            ]
            low[moved], high[moved] = (
                np.minimum(low[moved], np.minimum(*ends)),
                np.maximum(high[moved], np.maximum(*ends)),
            )
            left = left[high[left] - low[left] < LEAST_WIDTH - TOLERANCE]
        if len(left) > 0.95 * before:
            break
    return left


def attacker_interval(linked: Linked, place: int) -> tuple[float, float]:
    """The attacker's interval of one count, by two programmes over everything that is linked."""
    everything = np.arange(len(linked.truth))
    programme = Programme(linked.relations, everything, linked.low - linked.truth, linked.high - linked.truth)
    ends = []
    for weight in (-1.0, 1.0):
        found = programme.largest(np.array([place]), np.array([weight]))
        ends.append(weight * np.inf if found is None else float(linked.truth[place] + found[place]))
    return ends[0], ends[1]


class Programme:
    """A linear programme over some of the unknowns, the others held at nought."""

    def __init__(self, relations: sparse.csr_matrix, places: Places, low: Numbers, high: Numbers) -> None:
        """`low` and `high` are of these places."""
        self.places, self.low, self.high = places, low, high
        self.everywhere = np.arange(len(places), dtype=np.int32)
        matrix = relations[:, places].tocsr()
        matrix = matrix[np.flatnonzero(np.diff(matrix.indptr))].tocsr()
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(places), matrix.shape[0]
        model.col_cost_, model.col_lower_, model.col_upper_ = np.zeros(len(places)), low, high
        model.row_lower_ = model.row_upper_ = np.zeros(matrix.shape[0])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = matrix.data.astype(float)
        self.solver = highspy.Highs()
        for option, value in OPTIONS:
            self.solver.setOptionValue(option, value)
        self.solver.passModel(model)

    def limit(self, low: Numbers, high: Numbers) -> None:
        """Other limits of every column, within those that it has."""
        self.solver.changeColsBounds(len(low), self.everywhere, low, high)

    def largest(self, columns: Places, weights: Numbers) -> Numbers | None:
        """The solution that makes the weighted sum of these columns largest; None without a bound or a solution."""
        costs = np.zeros(len(self.places))
        costs[columns] = -weights
        self.solver.changeColsCost(len(costs), self.everywhere, costs)
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.asarray(self.solver.getSolution().col_value)


def _attack(
    reduced: Reduced, wanted: Places, verdict: Verdict, sizes: tuple[int, ...], towns: Places | None = None
) -> Places:
    """Attack the unknowns of these counts, all together and then one by one; the counts that stay unproven."""
    of_wanted = reduced.unknown[wanted]
    graph = _Graph.of(reduced.relations, None if towns is None else reduced.towns(towns))
    left = np.unique(of_wanted[of_wanted >= 0])
    alone = left[graph.degree[left] == 0]
    reduced.take(alone, np.maximum(reduced.low[alone], -1e6))
    reduced.take(alone, np.minimum(reduced.high[alone], 1e6))
    for places in graph.parts(left):
        _move_together(reduced, graph, places, left, verdict)
    for size in sizes:
        left = _attack_around(reduced, graph, left[~reduced.is_proven(left)], size, verdict)
    stays = of_wanted < 0
    stays[~stays] = ~reduced.is_proven(of_wanted[~stays])
    return wanted[stays]


@dataclass(frozen=True)
class _Graph:
    """Which relations an unknown stands in, and which unknowns a relation holds; which town an unknown belongs to, if any."""

    of_unknown: sparse.csc_matrix
    of_relation: sparse.csr_matrix
    degree: Places
    towns: Places | None

    @classmethod
    def of(cls, relations: sparse.csr_matrix, towns: Places | None) -> "_Graph":
        by_unknown = relations.tocsc()
        return cls(by_unknown, relations.tocsr(), np.diff(by_unknown.indptr), towns)

    def parts(self, wanted: Places) -> list[Places]:
        """The unknowns that hang together, part by part, where one is wanted; the largest in pieces of near ones.

        What stands in relations with unknowns beyond its piece cannot move. So pieces are towns, where those are known: the
        villages of one exchange. Else they follow the order of Cuthill and McKee.
        """
        links = abs(self.of_relation)
        near = (links.T @ links).tocsr()
        _, part = csgraph.connected_components(near, directed=False)
        order = csgraph.reverse_cuthill_mckee(near, symmetric_mode=True)
        order = order[np.argsort(part[order], kind="stable")]
        pieces = np.split(order, np.flatnonzero(np.diff(part[order])) + 1)
        is_wanted = np.isin(np.arange(len(part)), wanted)
        cut = [self._cut(piece) for piece in pieces if len(piece) > 1 and is_wanted[piece].any()]
        return [np.sort(part) for piece in cut for part in piece if is_wanted[part].any()]

    def _cut(self, piece: Places) -> list[Places]:
        """A piece that is too large in smaller ones: town by town, where towns are known."""
        if len(piece) <= LARGEST_PART:
            return [piece]
        if self.towns is None:
            return np.array_split(piece, -(-len(piece) // LARGEST_PART))
        inside = piece[self.towns[piece] >= 0]
        inside = inside[np.argsort(self.towns[inside], kind="stable")]
        return np.split(inside, np.flatnonzero(np.diff(self.towns[inside])) + 1)

    def around(self, place: int, size: int) -> Places:
        """The unknowns nearest to a place, by relations, up to `size` of them."""
        seen, seen_relations = {place}, set[int]()
        order, at = [place], 0
        unknowns, relations = self.of_unknown, self.of_relation
        while at < len(order) and len(order) < size:
            here = order[at]
            at += 1
            for relation in unknowns.indices[unknowns.indptr[here] : unknowns.indptr[here + 1]].tolist():
                if relation in seen_relations:
                    continue
                seen_relations.add(relation)
                near = relations.indices[relations.indptr[relation] : relations.indptr[relation + 1]].tolist()
                order += [other for other in near if other not in seen]
                seen.update(near)
        return np.sort(np.asarray(order))


def _move_together(reduced: Reduced, graph: _Graph, places: Places, wanted: Places, verdict: Verdict) -> None:
    """Witnesses that move many unknowns at once, in random directions and no farther than each has to, while that pays."""
    programme = Programme(graph.of_unknown, places, reduced.low[places], reduced.high[places])
    inside = np.flatnonzero(np.isin(places, wanted))
    random = np.random.default_rng(len(places))
    for turn in range(TURNS):
        left = inside[~reduced.is_proven(places[inside])]
        if not len(left):
            return
        here, low, high = places[left], programme.low.copy(), programme.high.copy()
        low[left] = np.maximum(low[left], reduced.seen_high[here] - reduced.need[here])
        high[left] = np.minimum(high[left], reduced.seen_low[here] + reduced.need[here])
        programme.limit(low, high)
        _try(programme, reduced, left, random.choice([-1.0, 1.0], len(left)) * random.random(len(left)), verdict)
        if turn > 1 and np.count_nonzero(~reduced.is_proven(here)) > 0.95 * len(left):
            return


def _attack_around(reduced: Reduced, graph: _Graph, left: Places, size: int, verdict: Verdict) -> Places:
    """Attack these unknowns one by one, in the neighbourhood of each; those for which a larger one may prove more."""
    open_ = []
    for start in left.tolist():
        if reduced.is_proven(np.array([start]))[0]:
            continue
        places = graph.around(start, size)
        programme = Programme(graph.of_unknown, places, reduced.low[places], reduced.high[places])
        only = np.searchsorted(places, [start])
        for weight in (1.0, -1.0):
            if not reduced.is_proven(places[only])[0]:
                _try(programme, reduced, only, np.array([weight]), verdict)
        if len(places) >= size and not reduced.is_proven(places[only])[0]:
            open_.append(start)
    return np.asarray(open_, dtype=np.int64)


def _try(programme: Programme, reduced: Reduced, columns: Places, weights: Numbers, verdict: Verdict) -> None:
    found = programme.largest(columns, weights)
    verdict.programmes += 1
    if found is not None:
        reduced.take(programme.places, found)
