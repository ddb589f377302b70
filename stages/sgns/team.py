"""Who works on one training: threads of this process and, under torchrun, other processes.

A batch is cut into ``sgns.parts`` parts, runs of its blocks, whose gradients are summed in their
order. So the parts decide the bytes, and who computed them does not.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, TypeVar

from stages.sgns.exchange import Exchange, Gradients

Item = TypeVar("Item")
Result = TypeVar("Result")


class Team:
    """Threads of this process, its device, and what it exchanges with other processes, if any."""

    def __init__(
        self,
        threads: int = 1,
        exchange: Exchange | None = None,
        device: Literal["cpu", "cuda"] = "cpu",
    ) -> None:
        """Take how many threads this process has for one model, and what they work on."""
        self.threads, self.exchange, self.device = threads, exchange, device
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def own(self, parts: int) -> range:
        """Return which parts of a batch are this process's: as many as every other's."""
        if self.exchange is None:
            return range(parts)
        each = parts // self.exchange.size
        return range(self.exchange.rank * each, (self.exchange.rank + 1) * each)

    def each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Return what ``work`` makes of each item, in their order; the threads share them."""
        return list(map(work, items) if self._pool is None else self._pool.map(work, items))

    def gather(self, parts: Gradients) -> None:
        """Put in what other processes, if there are any, have made of the parts of a batch."""
        if self.exchange is not None:
            self.exchange.gather(parts)

    def ahead(self, items: Iterator[Item]) -> Iterator[Item]:
        """Yield items; where there are threads, the next is made while one is worked on."""
        if self._pool is None:
            yield from items
            return
        end = object()
        coming = self._pool.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = self._pool.submit(next, items, end)
            yield item  # type: ignore[misc]
