"""Work spread over processes or machines: any executor, lost workers made good, no result twice.

The default is a pool of processes on this machine; a Dask cluster that is there already is used through
its executor. Neither knows what the work is: it is a function of the module level and one argument each.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from typing import Any, Generic, TypeVar

from gis.errors import RefusedInputError, UnavailableError

TICK_S = 0.2
"""How often whoever waits is told how far the work is, and may stop it."""
MOST_LOST = 3
"""A piece of work whose worker died this often is given up; the others go on."""
MAX_WORKERS = 256
WORKERS_WAIT_S = 30
LOADED = ["layers.usecases.region"]
"""Modules that every process would load for its first piece of work."""
INSTALL_DASK = "uv pip install dask distributed (or: uv sync --inexact --group cluster)"
Item = TypeVar("Item")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Workers:
    """Where work is done."""

    name: str
    make: Callable[[], Executor]
    """Returns an executor; called again when one broke."""
    width: Callable[[], int]
    """How many pieces of work are given out at a time."""
    stop: Callable[[Executor], None]
    """Ends an executor with what it is doing."""
    lost: tuple[type[BaseException], ...] = (BrokenExecutor,)
    """Errors that mean that a worker died, not that the work failed."""
    on_this_machine: bool = True
    """Whether what they are told stays on this machine: passwords travel nowhere else."""


@dataclass(frozen=True)
class Outcome(Generic[Value]):
    """What came of one piece of work: a value or an error."""

    value: Value | None
    error: BaseException | None
    given_out: int
    """How often it was given to a worker, as far as this side knows."""
    lost: bool = False
    """Given up because its workers died."""


def spread(
    workers: Workers,
    work: Callable[[Item], Value],
    items: Sequence[Item],
    ended: Callable[[int, Outcome[Value]], None] = lambda _number, _outcome: None,
    tick: Callable[[int], None] = lambda _running: None,
) -> list[Outcome[Value]]:
    """Return what came of every item, in their order, whoever did it and in whatever order.

    Parameters
    ----------
    work
        A function that can be imported by its name; it must bear being done twice.
    ended
        Called with an item's number and its outcome as soon as it is there.
    tick
        Called several times a second with the number of items under way; what it raises stops all work.
    """
    made = _Spread(workers, work, items, ended)
    try:
        while made.waiting or made.running:
            made.give_out()
            made.collect()
            tick(len(made.running))
    except BaseException:
        made.abandon()
        raise
    made.executor.shutdown()
    return [made.outcomes[n] for n in range(len(items))]


class _Spread(Generic[Item, Value]):
    """What is waiting, under way and done."""

    def __init__(
        self,
        workers: Workers,
        work: Callable[[Item], Value],
        items: Sequence[Item],
        ended: Callable[[int, Outcome[Value]], None],
    ) -> None:
        self._workers, self._work, self._items, self._ended = workers, work, items, ended
        self.waiting = deque(range(len(items)))
        self.running: dict[Future[Value], int] = {}
        self.outcomes: dict[int, Outcome[Value]] = {}
        self._given = [0] * len(items)
        self._lost = [0] * len(items)
        self.executor = workers.make()

    def give_out(self) -> None:
        """Hand waiting items to the executor, as many as it has hands.

        What was lost twice is done alone: if it kills its worker again, it takes nobody with it.
        """
        under_way = [*self.waiting, *self.running.values()]
        suspected = any(self._lost[n] > 1 for n in under_way)
        width = 1 if suspected else max(1, self._workers.width())
        while self.waiting and len(self.running) < width:
            number = self.waiting[0]
            try:
                future = self.executor.submit(self._work, self._items[number])
            except self._workers.lost:
                self._renew()
                return
            self.waiting.popleft()
            self._given[number] += 1
            self.running[future] = number

    def collect(self) -> None:
        """Take what is done; what was lost with its worker waits again."""
        done, _ = wait(self.running, timeout=TICK_S, return_when=FIRST_COMPLETED)
        broken = False
        for future in done:
            broken |= self._take(future)
        if broken:
            self._renew()

    def _take(self, future: Future[Value]) -> bool:
        """Take one outcome; say whether the whole executor broke."""
        number = self.running.pop(future)
        try:
            error = future.exception()
        except CancelledError as cancelled:  # a scheduler that went away forgets its futures
            error = cancelled
        if error is None:
            self._end(number, Outcome(future.result(), None, self._given[number]))
        elif isinstance(error, self._workers.lost):
            self._again(number, error)
        else:
            self._end(number, Outcome(None, error, self._given[number]))
        return isinstance(error, BrokenExecutor)

    def _again(self, number: int, error: BaseException) -> None:
        self._lost[number] += 1
        if self._lost[number] >= MOST_LOST:
            self._end(number, Outcome(None, error, self._given[number], lost=True))
        else:
            self.waiting.appendleft(number)

    def _end(self, number: int, outcome: Outcome[Value]) -> None:
        self.outcomes[number] = outcome
        self._ended(number, outcome)

    def _renew(self) -> None:
        """Make a new executor; whatever the broken one still held is lost or just done."""
        for future in list(self.running):
            if future.done():
                self._take(future)
            else:
                self._again(self.running.pop(future), BrokenExecutor("its pool broke"))
        self._workers.stop(self.executor)
        self.executor = self._workers.make()

    def abandon(self) -> None:
        """Stop everything."""
        for future in self.running:
            future.cancel()
        self._workers.stop(self.executor)


def process_pool(count: int) -> Workers:
    """Return workers that are processes of this machine, copies of one that has only loaded the work.

    Raises
    ------
    RefusedInputError
        `bad_parameter` for a number of workers that cannot be meant.
    """
    if not 1 <= count <= MAX_WORKERS:
        reason = f"workers must be 1 to {MAX_WORKERS}, not {count}"
        raise RefusedInputError("bad_parameter", reason)
    # A fork of this process would share its database connections and its threads' locks; processes started afresh
    # would each load all modules.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)

    def make() -> Executor:
        return ProcessPoolExecutor(count, mp_context=context, initializer=_begin_worker)

    return Workers(f"{count} processes", make, lambda: count, _stop_pool)


def _begin_worker() -> None:
    """Leave interrupts to the parent, and end when it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        sentinel = parent.sentinel

        def follow() -> None:
            wait_for([sentinel])
            os._exit(1)

        threading.Thread(target=follow, daemon=True).start()


def _stop_pool(executor: Executor) -> None:
    """End the pool's processes; their transactions roll back."""
    # No public way before Python 3.14, and without it they would finish what nobody waits for.
    processes = dict(getattr(executor, "_processes", None) or {})
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes.values():
        process.terminate()
    for process in processes.values():
        process.join()


@contextmanager
def dask_cluster(address: str) -> Iterator[Workers]:
    """Yield the workers of a Dask cluster that is running.

    Raises
    ------
    UnavailableError
        `missing_packages` without Dask, `scheduler_unreachable`, `no_workers`.
    """
    distributed = _dask()
    try:
        client = distributed.Client(address, timeout=WORKERS_WAIT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise UnavailableError(
            "scheduler_unreachable", f"no Dask scheduler answers at {address}"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKERS_WAIT_S)
        except TimeoutError as error:
            reason = f"the Dask scheduler at {address} has no workers"
            raise UnavailableError("no_workers", reason) from error
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        yield Workers(
            f"Dask {address}",
            # A function of the same argument would be looked up instead of done.
            lambda: client.get_executor(pure=False),
            lambda: sum(client.nthreads().values()),
            lambda executor: executor.shutdown(wait=False),
            (BrokenExecutor, KilledWorker, FutureCancelledError),
            on_this_machine=False,
        )


@contextmanager
def local_cluster(count: int) -> Iterator[Any]:
    """Yield a Dask cluster of this machine, one thread in each of its processes, for trying.

    It listens on this machine alone.

    Raises
    ------
    UnavailableError
        `missing_packages` without Dask.
    RefusedInputError
        `bad_parameter`.
    """
    distributed = _dask()
    if not 1 <= count <= MAX_WORKERS:
        reason = f"workers must be 1 to {MAX_WORKERS}, not {count}"
        raise RefusedInputError("bad_parameter", reason)
    with distributed.LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
    ) as cluster:
        yield cluster


def _dask() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise UnavailableError(
            "missing_packages", f"Dask is not installed; run: {INSTALL_DASK}"
        ) from error
    return distributed
