"""One thread for a search: small matrices are slower with more, and the seed then fixes the result."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType


class OneThread:
    """A context with one thread for BLAS, and for torch from when it is loaded: many answers come without it."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._loaded = False

    def __enter__(self) -> None:
        from threadpoolctl import threadpool_limits

        self._stack.enter_context(threadpool_limits(1))

    def load_torch(self) -> None:
        """Load torch, which takes as long as many a search, with one thread."""
        if not self._loaded:
            from symkan.kan.fitting import one_thread

            self._stack.enter_context(one_thread())
            self._loaded = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        self._loaded = False
