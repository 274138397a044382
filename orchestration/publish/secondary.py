"""Secondary protection: what else has to be withheld so that no small count can be worked out.

Primary protection looks at one cell at a time; sums of small counts and exact totals give them away. What is withheld is a
family: the same count, over the same months, in all areas that belong to one (all villages of a township). Within a family it
cannot be told which of its cells it was for, noughts included. It only takes away what is published, so that what was shown
to be safe stays so, and it ends, because in the end nothing is shown. Decision 0041.
"""

from dataclasses import replace

import numpy as np

from orchestration.publish.attack import LEAST_WIDTH, TOLERANCE, Linked, Mask, Places, narrowed
from orchestration.publish.linked import Published

LEAST_HIDDEN = 1.0  # what is shown nowhere must not be known to the unit either
STEPS = 4  # relations: an area's count, its parent's, a sibling's, a window of that


class Families:
    """Which families of a publication are withheld."""

    def __init__(self, published: Published, withheld: Places | None = None) -> None:
        """`withheld`: cells whose families are withheld from the start."""
        self.published, self.named = published, len(published.groups)
        self.is_withheld = np.zeros(int(published.groups.max()) + 1 if self.named else 0, dtype=bool)
        self.columns = published.linked.relations.T.tocsr()
        if withheld is not None:
            self.is_withheld[published.groups[withheld]] = True

    def cells(self) -> Mask:
        """The named cells of withheld families."""
        return self.is_withheld[self.published.groups]

    def shown(self) -> Linked:
        """What is published then."""
        linked, gone = self.published.linked, np.flatnonzero(self.cells())
        low, high, small = linked.low.copy(), linked.high.copy(), linked.small.copy()
        low[gone], high[gone] = np.where(self.published.is_difference[gone], -np.inf, 0.0), np.inf
        small[gone] = False
        return replace(linked, low=low, high=high, small=small)

    def exposed(self) -> Places:
        """Cells that one relation after another gives away: small ones to less than three, hidden ones to the unit."""
        low, high = narrowed(self.shown())
        width, gone = (high - low)[: self.named], self.cells()
        small, hidden = self.published.linked.small[: self.named], self.published.hidden[: self.named]
        return np.flatnonzero(
            (small & ~gone & (width < LEAST_WIDTH - TOLERANCE))
            | ((hidden | (small & gone)) & (width < LEAST_HIDDEN - TOLERANCE))
        )

    def withhold_around(self, cells: Places) -> None:
        """Withhold the families of these cells, or of hidden ones the nearest related that are shown; never the city's."""
        shown = self.published.is_shown & ~self.cells() & (self.published.parents >= 0)
        still = np.zeros(len(self.is_withheld), dtype=bool)
        still[self.published.groups[shown]] = True
        groups = self.published.groups[cells]
        self.is_withheld[groups[still[groups]]] = True
        for cell in cells[~still[groups]].tolist():
            self.is_withheld[self._nearest(cell, shown)] = True

    def _nearest(self, cell: int, shown: Mask) -> Places:
        cells = np.array([cell])
        for _ in range(STEPS):
            relations = np.unique(self.columns[cells].indices)
            cells = np.unique(self.published.linked.relations[relations].indices)
            found = cells[cells < self.named]
            found = found[shown[found] & ~self.is_withheld[self.published.groups[found]]]
            if len(found):
                return np.unique(self.published.groups[found])
        return np.array([], dtype=np.int64)


def choose(families: Families, unproven: Places) -> Mask:
    """Withhold families until nothing is exposed, beginning with those of cells that the audit does not prove safe; the cells.

    What the city's own figures tell of a hidden count of a county stays: they are shown as they are counted.
    """
    if len(unproven):
        families.is_withheld[families.published.groups[unproven]] = True
    while len(exposed := families.exposed()):
        before = families.is_withheld.sum()
        families.withhold_around(exposed)
        if families.is_withheld.sum() == before:
            break
    return families.cells()
