"""Secondary protection: what else has to be withheld so that no small count can be worked out, before the audit asks.

Primary protection looks at one cell at a time; sums of small counts give them away (seven parts of `1-7` in a total of `1-7` are
ones). Two means, the milder first, each tried on the cells around those that the attack pins and ever farther from them:
`range`     counts of 0 to 7 of an area's children are shown as `0-7`: noughts are not told from small counts there
`withheld`  a larger count, or a difference of two, is not shown
Both only take away what is published, so that a count once shown to be safe stays so. Decision 0036.
"""

from dataclasses import dataclass, replace

import numpy as np

from orchestration.publish.attack import LEAST_WIDTH, TOLERANCE, Linked, Mask, Places, audit, narrowed
from orchestration.publish.linked import Published

ROUNDS = 40


@dataclass
class Choice:
    """Which named cells are shown as a range and which not at all."""

    is_range: Mask
    is_withheld: Mask

    @property
    def count(self) -> int:
        """How many cells are touched."""
        return int(self.is_range.sum() + self.is_withheld.sum())


class _Chooser:
    def __init__(self, published: Published, small: int) -> None:
        self.published, self.small, self.linked = published, small, published.linked
        self.named = len(published.names)
        truth = self.linked.truth[: self.named]
        self.is_difference = published.is_difference()
        self.is_few = (truth <= small) & ~self.is_difference
        self.is_closed = np.zeros(int(published.groups.max()) + 1 if self.named else 0, dtype=bool)
        self.is_withheld = np.zeros(self.named, dtype=bool)
        self.columns = self.linked.relations.T.tocsr()

    def shown(self) -> Linked:
        """What is published after what was chosen so far."""
        low, high = self.linked.low.copy(), self.linked.high.copy()
        choice = self.choice()
        range_, gone = np.flatnonzero(choice.is_range), np.flatnonzero(choice.is_withheld)
        low[range_], high[range_] = np.minimum(low[range_], 0), np.maximum(high[range_], self.small)
        low[gone], high[gone] = np.where(self.is_difference[gone], -np.inf, 0), np.inf
        return replace(self.linked, low=low, high=high)

    def choice(self) -> Choice:
        is_closed = self.is_closed[self.published.groups]
        withheld = self.is_withheld | (is_closed & self.is_difference)
        return Choice(is_closed & self.is_few & ~withheld, withheld)

    def around(self, cells: Places, steps: int) -> Places:
        """The named cells up to so many relations away."""
        for _ in range(steps):
            relations = np.unique(self.columns[cells].indices)
            cells = np.unique(self.linked.relations[relations].indices)
        return cells[cells < self.named]

    def close(self, cells: Places, steps: int) -> bool:
        """Show the children of an area as ranges wherever one of them is near; whether that was anything new."""
        groups = self.published.groups[self.around(cells, steps)]
        is_new = not self.is_closed[groups].all()
        self.is_closed[groups] = True
        return is_new

    def withhold(self, cells: Places, steps: int) -> None:
        near = self.around(cells, steps)
        self.is_withheld[near[~self.is_few[near]]] = True


def choose(published: Published, small: int) -> Choice:
    """Cells to be shown as a range or withheld until every small count is safe.

    Narrowing by single relations comes first, as it costs next to nothing; programmes follow for what it leaves.
    """
    chooser = _Chooser(published, small)
    steps = 0
    for _ in range(ROUNDS):
        low, high = narrowed(chooser.shown())
        pinned = np.flatnonzero(chooser.linked.small & (high - low < LEAST_WIDTH - TOLERANCE))
        if not len(pinned):
            break
        if not chooser.close(pinned, steps + 1):
            steps += 1
            chooser.withhold(pinned, steps)
    left = np.flatnonzero(chooser.linked.small)
    for steps in range(ROUNDS):
        left = np.asarray(audit(chooser.shown(), left, is_quick=True).pinned, dtype=np.int64)
        if not len(left):
            break
        chooser.close(left, steps + 1)
        if steps:
            chooser.withhold(left, steps)
    return chooser.choice()
