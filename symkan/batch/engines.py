"""Where tables are worked on: an Executor, and how many tables it takes at a time. Nothing else knows more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from symkan.errors import OptionError


class Engine(StrEnum):
    """The engines there are."""

    LOCAL = "local"
    DASK = "dask"


@dataclass(frozen=True)
class Workers:
    """An executor, and how many tables it works on at a time at this moment."""

    executor: Executor
    count: Callable[[], int]


@contextmanager
def connect(kind: Engine, *, workers: int, scheduler: str | None) -> Iterator[Workers]:
    """The workers of an engine, until the block is left.

    Parameters
    ----------
    kind
        Local: this machine. Dask: the workers of a scheduler, which see the same files and have symkan installed.
    workers
        Tables at the same time on this machine.
    scheduler
        Address of the scheduler, such as tcp://host:8786.

    Raises
    ------
    OptionError
        When there is no scheduler, or dask is not installed.
    """
    if kind is Engine.LOCAL:
        # threads, because each does nothing but start and watch the process of a table
        with ThreadPoolExecutor(workers, thread_name_prefix="table") as pool:
            yield Workers(pool, lambda: workers)
        return
    if not scheduler:
        raise OptionError("--engine dask needs --scheduler, such as tcp://host:8786")
    try:
        from distributed import Client
    except ImportError as error:
        raise OptionError("--engine dask needs dask; pip install 'symkan[dask]'") from error
    try:
        client = Client(scheduler, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        raise OptionError(f"--scheduler {scheduler}: no scheduler answers there ({error})") from error
    with client, client.get_executor(retries=3, pure=False) as pool:
        yield Workers(pool, lambda: sum(client.nthreads().values()))
