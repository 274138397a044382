"""All areas of the city by number: villages, townships, counties, the city; what is counted in one climbs to those above."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from orchestration.demo.months import Int
from orchestration.demo.places import CITY, City

Float = npt.NDArray[np.float64]
LEVELS = ("village", "township", "county", "city")


class Ground:
    """Numbers of areas: the villages first, in the order of the city, then townships, counties and the city itself."""

    def __init__(self, city: City) -> None:
        townships = [f"{code}000" for code in city.townships]
        counties = [f"{code}000000" for code in city.counties]
        self.codes = (*city.villages, *townships, *counties, f"{CITY}000000")
        ends = np.cumsum([len(city.villages), len(townships), len(counties), 1])
        self.starts: dict[str, int] = dict(zip(LEVELS, [0, *ends[:-1].tolist()], strict=True))
        county_of_township = [counties.index(f"{code[:6]}000000") for code in townships]
        self.above: Int = np.concatenate(
            [
                self.starts["township"] + city.township_of,
                self.starts["county"] + np.array(county_of_township),
                np.full(len(counties) + 1, self.starts["city"]),
            ]
        ).astype(np.int32)

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def number(self) -> dict[str, int]:
        """Number of each 12-digit code."""
        return {code: place for place, code in enumerate(self.codes)}

    @cached_property
    def levels(self) -> npt.NDArray[np.str_]:
        """Level of each area."""
        ends = [*list(self.starts.values())[1:], len(self)]
        return np.repeat(LEVELS, np.diff([0, *ends]))

    def climb(self, grid: Float) -> Float:
        """Adds what is counted in each area (columns) to all areas above it; in place."""
        bounds = list(self.starts.values())
        for low, high in pairwise(bounds):
            np.add.at(grid.T, self.above[low:high], grid.T[low:high])
        return grid

    def everywhere(self, place: Int) -> list[Int]:
        """The area and those above it, level by level; the city comes again where there is nothing above."""
        found = [place]
        for _ in LEVELS[1:]:
            found.append(self.above[found[-1]])
        return found
