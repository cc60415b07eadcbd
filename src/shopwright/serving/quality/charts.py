"""Charts of the report: inline SVG for the page, block characters for the terminal."""

from collections.abc import Sequence
from itertools import pairwise

from shopwright.serving.quality.markup import Markup, tag, together
from shopwright.serving.quality.report import DeliveryQuality

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 960, 200, 64, 12, 28


def spark_line(shares: Sequence[float], width: int = 60) -> str:
    """A character for each share, or for the lowest of as many as one has to stand for.

    The lowest block is the lowest share; shares that are all alike are all full.

    >>> spark_line([1.0, 0.9, 0.95])
    '█▁▄'
    """
    if not shares:
        return ""
    count = min(width, len(shares))
    edges = [number * len(shares) // count for number in range(count + 1)]
    lowest = [min(shares[a:b]) for a, b in pairwise(edges)]
    floor, ceiling = min(lowest), max(lowest)
    span = (ceiling - floor) or 1.0
    full = len(_BLOCKS) - 1
    return "".join(
        _BLOCKS[int((share - floor) / span * full)] if ceiling > floor else _BLOCKS[full]
        for share in lowest
    )


def trend(deliveries: Sequence[DeliveryQuality]) -> Markup:
    """The score of each delivery as a line over time, in words for those who do not see it."""
    shares = [one.score.share for one in deliveries]
    worst = min(deliveries, key=lambda one: one.score.share)
    floor = _floor(min(shares))
    title = (
        f"Score of {len(deliveries)} deliveries, from {deliveries[0].name} to "
        f"{deliveries[-1].name}. The lowest is {worst.score.text}, of {worst.name}."
    )
    points = [
        (_x(number, len(shares)), _y(share, floor), one)
        for number, (share, one) in enumerate(zip(shares, deliveries, strict=True))
    ]
    path = " ".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (x, y, _) in enumerate(points))
    bottom = _HEIGHT - _BOTTOM
    area = f"{path} L{points[-1][0]:.1f} {bottom} L{points[0][0]:.1f} {bottom} Z"
    dots = [
        tag(
            "circle",
            tag("title", f"{one.name}: {one.score.text} of {one.score.rows:,} rows"),
            cx=f"{x:.1f}", cy=f"{y:.1f}", r="3.5", class_="worst" if one is worst else "dot",
        )
        for x, y, one in points
        if one is worst or len(points) <= 120
    ]  # fmt: skip
    return tag(
        "svg",
        tag("title", title),
        *_grid(floor),
        tag("path", d=area, class_="area"),
        tag("path", d=path, class_="line"),
        *dots,
        _label(_LEFT, _HEIGHT - 8, deliveries[0].name, "start"),
        _label(_WIDTH - 8, _HEIGHT - 8, deliveries[-1].name, "end"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=title, class_="trend",
    )  # fmt: skip


def _floor(lowest: float) -> float:
    """A round share below the lowest, for the axis to begin at."""
    return next(
        (step for step in (0.999, 0.99, 0.98, 0.97, 0.96, 0.95, 0.9, 0.8, 0.5) if step < lowest),
        0.0,
    )


def _grid(floor: float) -> list[Markup]:
    lines = []
    for share in (1.0, (1 + floor) / 2, floor):
        y = _y(share, floor)
        lines.append(
            together(
                tag("line", x1=_LEFT, x2=_WIDTH - 8, y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid"),
                _label(_LEFT - 8, y + 4, f"{share * 100:g} %", "end"),
            )
        )
    return lines


def _label(x: float, y: float, text: str, anchor: str) -> Markup:
    return tag("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _x(number: int, of: int) -> float:
    width = _WIDTH - 8 - _LEFT
    return _LEFT + (width * number / (of - 1) if of > 1 else width / 2)


def _y(share: float, floor: float) -> float:
    height = _HEIGHT - _BOTTOM - _TOP
    return _TOP + height * (1 - (share - floor) / (1 - floor))
