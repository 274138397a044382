"""The trend: a line with its interval per clock, the city as a thin line, the target dashed, gaps marked on the axis."""

from typing import Any

from orchestration.site.charts.looks import (
    BAND_BLUE,
    BAND_ORANGE,
    BLUE,
    INK,
    ORANGE,
    STILL,
    TEXT,
    THIN,
    TOOLTIP,
    gap_marks,
    value_axis,
)


def spec() -> dict[str, Any]:
    """The looks of the trend; the script adds periods, ends of the axis and series."""
    return {
        "option": {
            **STILL,
            "grid": {"left": 8, "right": 18, "top": 34, "bottom": 4, "containLabel": True},
            "tooltip": {**TOOLTIP, "trigger": "axis"},
            "xAxis": {
                "type": "category",
                "boundaryGap": True,
                "axisLabel": {**TEXT, "hideOverlap": True},
                "axisTick": {"alignWithLabel": True},
                "axisLine": {"onZero": False, "lineStyle": {"color": "#a9b6be"}},
            },
            "yAxis": value_axis(),
        },
        "clocks": {
            "report": {"colour": BLUE, "band": BAND_BLUE, "symbol": "circle", "line": {"width": 2.5, "type": "solid"}},
            "event": {"colour": ORANGE, "band": BAND_ORANGE, "symbol": "diamond", "line": {"width": 2, "type": [6, 3]}},
        },
        "city": {"lineStyle": {"color": THIN, "width": 1.5}},
        "goal": {
            "lineStyle": {"color": INK, "type": "dashed", "width": 1.5},
            "label": {"position": "insideEndTop", "color": INK},
        },
        "gaps": gap_marks(),
    }
