"""The report's theme: the light colours of the web page, as Power BI takes them."""

from typing import Any

NAME = "Shopwright.json"
"""The same in the file, in report.json and in the resource package: Power BI compares them."""
SERIES = ("#4353d9", "#d07c08", "#075e56", "#e0689a", "#3d9be0", "#7a4527", "#8a94a4")
RAMP = ("#eef0fd", "#5666de")
"""From few to many, light enough for dark ink on it."""
GOOD, BAD, MUTED = "#0b7565", "#b0410f", "#8a94a4"
INK, SOFT, SURFACE, GROUND, RULE, ACCENT = (
    "#131a29", "#59637a", "#ffffff", "#f4f5f8", "#e4e7ee", "#4353d9",
)  # fmt: skip


def theme() -> dict[str, Any]:
    """The theme's file. A test compares the colours with the page's style sheet."""
    return {
        "name": NAME,
        "dataColors": list(SERIES),
        "good": GOOD,
        "bad": BAD,
        "neutral": MUTED,
        "minimum": RAMP[0],
        "maximum": RAMP[1],
        "foreground": INK,
        "foregroundNeutralSecondary": SOFT,
        "foregroundNeutralTertiary": MUTED,
        "background": SURFACE,
        "backgroundLight": GROUND,
        "backgroundNeutral": RULE,
        "tableAccent": ACCENT,
        "textClasses": {
            "label": {"fontFace": "Segoe UI", "fontSize": 10, "color": SOFT},
            "title": {"fontFace": "Segoe UI Semibold", "fontSize": 12, "color": INK},
            "header": {"fontFace": "Segoe UI Semibold", "fontSize": 12, "color": INK},
            "callout": {"fontFace": "Segoe UI Semibold", "fontSize": 22, "color": INK},
        },
        "visualStyles": {
            "*": {
                "*": {
                    "background": [{"show": True, "color": _solid(SURFACE), "transparency": 0}],
                    "border": [{"show": True, "color": _solid(RULE), "radius": 10}],
                    "title": [{"show": True, "fontColor": _solid(INK), "titleWrap": True}],
                }
            },
            "page": {"*": {"background": [{"color": _solid(GROUND), "transparency": 0}]}},
        },
    }


def _solid(colour: str) -> dict[str, Any]:
    return {"solid": {"color": colour}}
