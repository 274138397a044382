"""Sparklines: heights follow values, and what is no figure looks like none."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.site.labels import label
from orchestration.sparkline import BLOCKS, MARKS, legend, sparkline

STATUSES = ("no_delivery", "suppressed", "not_applicable", "empty_denominator")


def test_the_lowest_is_lowest_and_the_highest_highest() -> None:
    assert sparkline([(0.0, "ok"), (50.0, "provisional"), (100.0, "ok")]) == "▁▅█"
    assert sparkline([(-3.0, "ok"), (4.0, "ok")]) == "▁█"


def test_values_that_are_alike_stand_in_the_middle() -> None:
    assert sparkline([(7.0, "ok"), (7.0, "ok")]) == "▄▄"


@pytest.mark.parametrize("status", STATUSES)
def test_what_is_no_figure_is_no_block_and_zero_is_one(status: str) -> None:
    line = sparkline([(0.0, "ok"), (None, status), (8.0, "ok")])
    assert line == f"▁{MARKS[status]}█"
    assert MARKS[status] not in BLOCKS


def test_every_mark_is_explained_in_the_words_of_the_page() -> None:
    assert all(f"{mark} {' '.join(label('statuses', status))}" in legend() for status, mark in MARKS.items())
    assert len(set(MARKS.values())) == len(MARKS) == len(STATUSES)


def test_nothing_known_is_a_line_of_marks() -> None:
    assert sparkline([(None, "no_delivery"), (None, "suppressed")]) == "·×"
    assert sparkline([]) == ""


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=2, max_size=40))
def test_a_higher_value_never_has_a_lower_block(values: list[float]) -> None:
    heights = [BLOCKS.index(block) for block in sparkline([(value, "ok") for value in values])]
    pairs = sorted(zip(values, heights, strict=True))
    assert all(one[1] <= other[1] for one, other in pairwise(pairs))
