"""Golden figures 5 and 6, and other oracles: the attack finds what is known to leak and passes what is known to be safe."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytauargus import protect
from scipy import sparse
from scipy.optimize import linprog

from orchestration.publish.attack import Linked, attacker_interval, audit

# sdcTable's own test (golden/README.md, 5): four rows, four columns, all totals published
SDCTABLE = np.array([[30, 47, 64, 89], [90, 124, 5, 31], [92, 100, 59, 85], [800, 991, 651, 685]], dtype=float)
PATTERN = {"wa", "wb", "wc", "xa", "xc", "yb", "yd", "zb", "zd"}
WB = 1


def two_way(inner: np.ndarray, suppressed: set[int]) -> Linked:
    """A table with its totals; cells counted row by row, the total last in each; suppressed ones show nothing, others all."""
    rows, columns = inner.shape
    full = np.zeros((rows + 1, columns + 1))
    full[:rows, :columns] = inner
    full[rows, :columns], full[:rows, columns], full[rows, columns] = inner.sum(0), inner.sum(1), inner.sum()
    place = np.arange(full.size).reshape(full.shape)
    lines = [*place, *place.T]
    relations = np.zeros((len(lines), full.size))
    for number, line in enumerate(lines):
        relations[number, line[:-1]], relations[number, line[-1]] = 1, -1
    truth, hidden = full.ravel(), np.isin(place.ravel(), list(suppressed))
    low, high = np.where(hidden, 0, truth), np.where(hidden, np.inf, truth)
    return Linked(truth, low, high, hidden, sparse.csr_matrix(relations))


def sdctable(pattern: set[str]) -> Linked:
    return two_way(SDCTABLE, {"wxyz".index(row) * 5 + "abcd".index(column) for row, column in pattern})


def by_linprog(linked: Linked, place: int) -> tuple[float, float]:
    """The attacker's interval by another road: scipy's front, presolved, on the counts themselves."""
    wanted = np.zeros(len(linked.truth))
    wanted[place] = 1
    bounds = [(low, None if np.isinf(high) else high) for low, high in zip(linked.low, linked.high, strict=True)]
    ends = [
        linprog(sign * wanted, A_eq=linked.relations, b_eq=np.zeros(linked.relations.shape[0]), bounds=bounds)
        for sign in (1, -1)
    ]
    return tuple(sign * end.fun if end.status == 0 else sign * -np.inf for sign, end in zip((1, -1), ends, strict=True))


def test_wb_is_recoverable_though_every_line_has_two_holes() -> None:
    leaking = sdctable(PATTERN)
    assert audit(leaking).pinned == [WB]
    assert attacker_interval(leaking, WB) == pytest.approx((47, 47))


def test_a_correct_protection_adds_a_suppression_and_passes() -> None:
    assert audit(sdctable(PATTERN | {"xb"})).pinned == []


def test_primary_suppression_alone_is_undone() -> None:
    """Alone in its row or its column, each cell is the total less the others."""
    alone = sdctable({"wa", "xc", "yd"})
    assert audit(alone).pinned == sorted(np.flatnonzero(alone.small))


def test_a_total_beside_its_male_part_reveals_one_woman() -> None:
    """Golden 6: 8 of 20 in all, 7 of 19 of the men: one woman, and she is a case."""
    # cases and persons, each: all, men, women
    truth = np.array([8, 7, 1, 20, 19, 1], dtype=float)
    hidden = np.array([False, False, True, False, False, True])
    relations = sparse.csr_matrix([[1, -1, -1, 0, 0, 0], [0, 0, 0, 1, -1, -1]], dtype=float)
    linked = Linked(truth, np.where(hidden, 1, truth), np.where(hidden, 7, truth), hidden, relations)
    assert audit(linked).pinned == [2, 5]
    rounded = Linked(
        truth,
        np.array([8, 1, 1, 18, 18, 1.0]), np.array([12, 7, 7, 22, 22, 7.0]), hidden, relations,
    )  # fmt: skip
    assert audit(rounded).pinned == []


def test_a_total_of_seven_ones_gives_every_part_away() -> None:
    """What `1-7` of a sum says when each of seven parts is `1-7` as well."""
    truth = np.array([7.0] + [1.0] * 7)
    linked = Linked(truth, np.ones(8), np.full(8, 7.0), np.ones(8, bool), sparse.csr_matrix([[1.0] + [-1.0] * 7]))
    assert audit(linked).pinned == list(range(8))
    assert audit(Linked(truth, np.zeros(8), linked.high, linked.small, linked.relations)).pinned == []


@pytest.mark.parametrize("seed", range(20))
def test_random_tables_agree_with_another_solver(seed: int) -> None:
    """Every cell: pinned exactly where scipy's programme over the whole table finds an interval under three."""
    random = np.random.default_rng(seed)
    inner = random.poisson(random.choice([2, 6, 20], size=(5, 6))).astype(float)
    hidden = {r * 7 + c for r in range(5) for c in range(6) if inner[r, c] <= 7 or random.random() < 0.1}
    linked = two_way(inner, hidden)
    intervals = {place: by_linprog(linked, place) for place in sorted(hidden)}
    assert audit(linked).pinned == [place for place, (low, high) in intervals.items() if high - low < 3 - 1e-6]
    for place, interval in intervals.items():
        assert attacker_interval(linked, place) == pytest.approx(interval)


@pytest.mark.parametrize("seed", range(4))
def test_tau_argus_finds_the_same_intervals(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The differential oracle: a table that Tau-Argus protected, its audit of each suppressed cell against ours."""
    monkeypatch.chdir(tmp_path)  # its solvers leave their logs where they are called
    random = np.random.default_rng(seed)
    inner = random.integers(1, 30, size=(5, 5))
    inner[0, 1], inner[2, 3], inner[4, 4] = 3, 5, 2
    persons = [(f"r{r}", f"c{c}") for r in range(5) for c in range(5) for _ in range(inner[r, c])]
    records = {"r": [r for r, _ in persons], "c": [c for _, c in persons], "v": [1.0] * len(persons)}
    done = protect(
        records, ["r", "c"], response="v", safety_rules="FREQ(8,30)", suppress="OPT(1)", workdir=str(tmp_path)
    )
    theirs = {
        # theirs count from the total, ours to it
        ((cell["cell"] // 6 - 1) % 6) * 6 + (cell["cell"] % 6 - 1) % 6: (cell["min"], cell["max"])
        for cell in done.engine.audit(0)
    }  # fmt: skip
    linked = two_way(inner.astype(float), set(theirs))
    # its attacker knows that no count is below the table's least, or below what the rule is to hide: 30 %, at least one
    least = np.minimum(inner.min(), linked.truth - np.where(linked.truth < 8, np.maximum(1, 0.3 * linked.truth), 0))
    linked = replace(linked, low=np.where(linked.small, least, linked.low))
    assert len(theirs) > 5
    for place, interval in theirs.items():
        assert attacker_interval(linked, place) == pytest.approx(interval)
    assert audit(linked).pinned == [place for place, (low, high) in sorted(theirs.items()) if high - low < 3]
