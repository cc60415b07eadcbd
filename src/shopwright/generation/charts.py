"""Charts as SVG text: bars and lines over days, grids of shaded cells, a cumulative curve."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

INK, FAINT, ACCENT, WARM = "#1f2933", "#9aa5b1", "#2f6f9f", "#d9822b"
WIDTH = 1080
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 30
_RAMP = ((247, 250, 252), (190, 215, 233), (94, 155, 199), (31, 92, 146), (8, 48, 88))


class Band(NamedTuple):
    """A stretch of the horizontal axis with a name, such as a campaign: from the start of day
    `first` to the start of day `end`."""

    name: str
    first: int
    end: int


class Mark(NamedTuple):
    """A place on an axis and what stands there."""

    at: float
    text: str


def days_chart(
    values: Sequence[float], smooth: Sequence[float], marks: Sequence[Mark], bands: Sequence[Band]
) -> str:
    """A thin bar a day and a line over them; bands are shaded and named above."""
    height = 300
    plot = _Plot(len(values), max(*values, 1.0) * 1.25, height)
    parts = [plot.grid(), plot.below(marks)]
    for band in bands:
        left, right = plot.x(band.first), plot.x(band.end)
        parts.append(
            f'<rect x="{left:.1f}" y="{TOP}" width="{max(right - left, 1):.1f}"'
            f' height="{height - TOP - BOTTOM}" fill="{WARM}" opacity=".13"/>'
            f'<text transform="translate({(left + right) / 2 + 3.5:.1f} {TOP + 4}) rotate(-90)"'
            f' text-anchor="end" font-size="10" fill="{WARM}">{escape(band.name)}</text>'
        )
    step = (WIDTH - LEFT - RIGHT) / max(len(values), 1)
    bars = "".join(
        f"M{plot.x(day + 0.5):.1f} {plot.y(0):.1f}V{plot.y(value):.1f}"
        for day, value in enumerate(values)
    )
    parts.append(
        f'<path d="{bars}" stroke="{ACCENT}" stroke-width="{max(step * 0.7, 0.5):.2f}"'
        ' opacity=".45" fill="none"/>'
    )
    line = " ".join(f"{plot.x(day + 0.5):.1f},{plot.y(v):.1f}" for day, v in enumerate(smooth))
    parts.append(f'<polyline points="{line}" fill="none" stroke="{INK}" stroke-width="1.6"/>')
    return _svg(height, parts)


def curve_chart(
    shares: Sequence[float], marks: Sequence[Mark], notes: Sequence[tuple[float, float, str]]
) -> str:
    """A rising curve of shares (0 to 1) over equal steps; notes are (x, y, text), both 0 to 1."""
    height = 300
    plot = _Plot(len(shares), 1.0, height, per_cent=True)
    points = " ".join(f"{plot.x(n + 1):.1f},{plot.y(v):.1f}" for n, v in enumerate(shares))
    origin = f"{plot.x(0):.1f},{plot.y(0):.1f}"
    floor = f"{plot.x(len(shares)):.1f},{plot.y(0):.1f}"
    parts = [
        plot.grid(),
        plot.below(marks),
        f'<polygon points="{origin} {points} {floor}" fill="{ACCENT}" opacity=".15"/>',
        f'<polyline points="{origin} {points}" fill="none" stroke="{ACCENT}" stroke-width="2.2"/>',
    ]
    for across, up, text in notes:
        x, y = plot.x(across * len(shares)), plot.y(up)
        parts.append(
            f'<path d="M{x:.1f} {plot.y(0):.1f}V{y:.1f}H{LEFT}" stroke="{WARM}"'
            ' stroke-dasharray="4 3" fill="none"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{WARM}"/>'
            f'<text x="{x + 10:.1f}" y="{y + 16:.1f}" fill="{INK}">{escape(text)}</text>'
        )
    return _svg(height, parts)


def heat_map(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[float | None]],
    shown: Sequence[Sequence[str]] | None = None,
) -> str:
    """A grid shaded by value (nothing where a cell is None), with texts in the cells if given."""
    cell_height, left, top = 22, 96, 24
    width = (WIDTH - left - RIGHT) / max(len(columns), 1)
    height = top + cell_height * len(rows) + 6
    known = [value for row in cells for value in row if value is not None]
    highest = max(known, default=0.0) or 1.0
    parts = [
        f'<text x="{left + width * (n + 0.5):.1f}" y="16" text-anchor="middle" fill="{FAINT}">'
        f"{escape(name)}</text>"
        for n, name in enumerate(columns)
    ]
    for number, name in enumerate(rows):
        y = top + number * cell_height
        parts.append(
            f'<text x="{left - 10}" y="{y + 15}" text-anchor="end" fill="{INK}">'
            f"{escape(name)}</text>"
        )
        for column, value in enumerate(cells[number]):
            if value is None:
                continue
            x, strength = left + column * width, value / highest
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width - 1:.1f}" height="{cell_height - 1}"'
                f' rx="2" fill="{_shade(strength)}"/>'
            )
            if shown is not None:
                ink = "#fff" if strength > 0.55 else INK
                parts.append(
                    f'<text x="{x + width / 2:.1f}" y="{y + 15}" text-anchor="middle"'
                    f' fill="{ink}" font-size="10.5">{escape(shown[number][column])}</text>'
                )
    return _svg(height, parts)


def short_number(value: float) -> str:
    """`1,250`, `12.5k`, `3.2M`."""
    for size, unit in ((1_000_000, "M"), (10_000, "k")):
        if abs(value) >= size:
            divisor = 1_000 if unit == "k" else size
            return f"{value / divisor:.1f}".removesuffix(".0") + unit
    return f"{value:,.0f}"


class _Plot:
    """Places values on a canvas with a left and a lower axis."""

    def __init__(self, count: int, highest: float, height: int, per_cent: bool = False) -> None:
        self.count, self.highest, self.height = max(count, 1), highest, height
        self.per_cent = per_cent

    def x(self, position: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * position / self.count

    def y(self, value: float) -> float:
        return self.height - BOTTOM - (self.height - TOP - BOTTOM) * value / self.highest

    def grid(self) -> str:
        parts = []
        for value in self._ticks():
            y = self.y(value)
            text = f"{value:.0%}" if self.per_cent else short_number(value)
            parts.append(
                f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{FAINT}" opacity=".35"/>'
                f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{FAINT}">'
                f"{text}</text>"
            )
        return "".join(parts)

    def below(self, marks: Sequence[Mark]) -> str:
        return "".join(
            f'<path d="M{self.x(at):.1f} {self.height - BOTTOM}v5" stroke="{FAINT}"/>'
            f'<text x="{self.x(at) + 3:.1f}" y="{self.height - 10}" fill="{FAINT}">'
            f"{escape(text)}</text>"
            for at, text in marks
        )

    def _ticks(self) -> list[float]:
        rough = self.highest / 5
        size = 10.0 ** (len(str(int(rough))) - 1) if rough >= 1 else 0.1
        step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
        return [step * number for number in range(int(self.highest / step + 1e-9) + 1)]


def _shade(strength: float) -> str:
    """From nearly white (0) to dark blue (1)."""
    place = min(max(strength, 0.0), 1.0) * (len(_RAMP) - 1)
    low = min(int(place), len(_RAMP) - 2)
    mixed = (
        round(a + (b - a) * (place - low)) for a, b in zip(_RAMP[low], _RAMP[low + 1], strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _svg(height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" font-size="12"'
        f' xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )
