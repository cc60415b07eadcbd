"""What a person sees and does on the dashboard's page, in words."""

import re
from decimal import Decimal
from typing import Any

_LEFT_OF_A_BAR = """(card, name) => {
    const chart = echarts.getInstanceByDom(card.querySelector('.chart'));
    const option = chart.getOption();
    const [names] = [option.yAxis[0], option.xAxis[0]].filter((axis) => axis.type === 'category').map((axis) => axis.data);
    const at = names.indexOf(name);
    const lying = option.yAxis[0].type === 'category';
    const value = option.series[0].data[at].value / 2;
    const [x, y] = chart.convertToPixel({seriesIndex: 0}, lying ? [value, at] : [at, value]);
    const frame = chart.getDom().getBoundingClientRect();
    return [frame.x + x, frame.y + y];
}"""  # noqa: E501
_DRAWN = """(card) => {
    const chart = echarts.getInstanceByDom(card.querySelector('.chart'));
    return chart.getOption().series.reduce((sum, one) => sum + one.data.length, 0);
}"""


class Screen:
    """A window that shows the dashboard."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def settled(self) -> None:
        """Waits until every visual shows what it was asked for."""
        self.page.wait_for_selector("#main[aria-busy=false]")

    def card(self, visual: str) -> Any:
        """The card of a visual."""
        return self.page.locator(f'[id="visual-{visual}"]')

    def figure(self, visual: str) -> Decimal:
        """The figure of a key figure's card in full."""
        return read_figure(self.card(visual).locator(".kpi-value").get_attribute("title"))

    def drawn(self, visual: str) -> int:
        """How many marks a chart has."""
        return int(self.card(visual).evaluate(_DRAWN))

    def click_bar(self, visual: str, name: str) -> None:
        """Clicks the middle of a bar."""
        card = self.card(visual)
        card.scroll_into_view_if_needed()
        x, y = card.evaluate(_LEFT_OF_A_BAR, name)
        self.page.mouse.click(x, y)
        self.settled()

    def tool(self, visual: str, name: str) -> Any:
        """A button of a card: table, csv or enlarge."""
        return self.card(visual).locator(f"[data-tool={name}]")

    def rows(self, visual: str) -> list[list[str]]:
        """The table behind a visual."""
        if self.card(visual).locator("table").count() == 0:
            self.tool(visual, "table").click()
        lines = self.card(visual).locator("tbody tr").all()
        return [line.locator("th, td").all_inner_texts() for line in lines]

    def choose(self, dimension: str, *values: str) -> None:
        """Ticks values of a filter."""
        self.page.locator(f"#filter-{dimension}").click()
        for value in values:
            self.page.locator(".panel").get_by_label(value, exact=True).check()
        self.page.keyboard.press("Escape")
        self.settled()

    def press(self, name: str) -> None:
        """Presses the button of this name."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.settled()


def read_figure(text: str | None) -> Decimal:
    """A figure as it is written: €1,234.50 or 12.3%."""
    digits = re.sub(r"[^0-9.\-]", "", text or "")
    return Decimal(digits) / (100 if (text or "").endswith("%") else 1)
