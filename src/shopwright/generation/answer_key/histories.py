"""Every state of every customer and product, with the time that it holds for."""

from pathlib import Path

import polars as pl

from shopwright.generation.answer_key.sums import as_decimals, ten_thousandths

BEGINNING = "1900-01-01 00:00:00"
END = "9999-12-31 00:00:00"
_PRICES = ("unit_price", "unit_cost")


class History:
    """States as they come, kept on disk until the end, so that they take up no memory."""

    def __init__(self, table: str, key: str, folder: Path) -> None:
        self.table = table
        self.key = key
        self.folder = folder
        self._parts: list[Path] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Adds states; each begins at its `updated_at`."""
        if not len(rows):
            return
        prices = [column for column in _PRICES if column in rows.columns]
        rows = rows.with_columns(pl.Series(one, ten_thousandths(rows[one])) for one in prices)
        file = self.folder / f".{self.table}-{len(self._parts):05d}.parquet"
        as_decimals(rows, prices).write_parquet(file)
        self._parts.append(file)

    def write(self) -> int:
        """Writes `<table>.parquet` with one row a state and gives the number of keys.

        `valid_from` and `valid_to` are local times of the shop; the first state reaches back to
        1900, the last one ahead to 9999.
        """
        # the states of a key lie together: comparing neighbours costs a third of a window
        key = pl.col(self.key)
        following = pl.when(key == key.shift(-1)).then(pl.col("updated_at").shift(-1))
        is_first = key.ne_missing(key.shift(1))
        if not self._parts:
            return 0
        states = (
            pl.concat([pl.read_parquet(part) for part in self._parts])
            .sort(self.key, "updated_at", maintain_order=True)
            .with_columns(
                valid_from=pl.when(is_first).then(pl.lit(BEGINNING)).otherwise("updated_at"),
                valid_to=following.fill_null(END),
                is_current=following.is_null(),
            )
        )
        states.write_parquet(self.folder / f"{self.table}.parquet")
        for part in self._parts:
            part.unlink()
        return int(states["is_current"].sum())
