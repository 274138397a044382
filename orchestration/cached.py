"""Remember what was made of some files for as long as the files stay as they are."""

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")
State = tuple[tuple[Path, int, int], ...]


def by_files(make: Callable[[list[Path]], Made]) -> Callable[[Iterable[Path]], Made]:
    """Give `make(paths)` a memory of one answer per state (paths, times of change, sizes); errors are not remembered.

    The answer is shared between callers, who must leave it as it is.
    """

    @functools.lru_cache(maxsize=8)
    def of_state(state: State) -> Made:
        return make([path for path, _, _ in state])

    @functools.wraps(make)
    def remembered(paths: Iterable[Path]) -> Made:
        facts = ((path, path.stat()) for path in sorted(paths))
        return of_state(tuple((path, stat.st_mtime_ns, stat.st_size) for path, stat in facts))

    return remembered
