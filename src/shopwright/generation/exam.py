"""What goes beyond plain deliveries: faults, disorder and the answer key, block by block."""

from concurrent.futures import Future
from datetime import date
from pathlib import Path

from shopwright.generation.answer_key import AnswerKey
from shopwright.generation.courier import Courier
from shopwright.generation.deliveries import Written, write_days
from shopwright.generation.faults.rates import FaultRates
from shopwright.generation.mess.rates import MessRates
from shopwright.generation.period import Block
from shopwright.generation.rows import Tables


class Exam:
    """Delivers blocks with the faults and the mess asked for, and keeps the answer key.

    Where nothing is asked for it does what `write_days` does, on as many threads.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        start: date,
        days: int,
        sales: int,
        faults: FaultRates | None,
        mess: MessRates | None,
        answer_key: Path | None,
    ) -> None:
        self.folder = folder
        self.start = start
        self.courier: Courier | None = None
        self.key: AnswerKey | None = None
        faults, mess = faults or FaultRates(), mess or MessRates()
        if faults or mess:
            self.courier = Courier(folder, seed, start, days, faults, mess)
        if answer_key is not None:
            about: dict[str, object] = {
                "seed": seed,
                "start": start.isoformat(),
                "days": days,
                "transactions": sales,
            }
            self.key = AnswerKey(answer_key, about, with_faults=bool(faults))

    def writers(self, most: int) -> int:
        """How many blocks may be written at once: a courier's follow one another."""
        return 1 if self.courier else most

    def deliver(self, block: Block, rows: Future[Tables]) -> Written:
        """Writes a block."""
        tables = rows.result()
        if self.courier is None:
            return write_days(self.folder, block, tables)
        report = self.courier.deliver(block, tables)
        if self.key is not None:
            self.key.note(block, tables, report)
        return report.written

    def note(self, block: Block, rows: Future[Tables]) -> None:
        """Notes a plain block in the answer key; call it in the order of the blocks."""
        if self.key is not None and self.courier is None:
            self.key.note(block, rows.result())

    def finish(self) -> None:
        """Writes the answer key."""
        if self.key is not None:
            self.key.finish(self.start)
