"""What the generated methods stand on: they name an operation and its answer; here it is run and its answer read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Generic, TypeVar

from ._call import check, options_of
from ._engine import AsyncEngine, Engine, Walk, one, rows_of
from ._model import Model
from ._outcome import Map, Page, Rows

M = TypeVar("M", bound=Model)

__all__ = ["AsyncPages", "AsyncResource", "Map", "Pages", "Resource", "Rows"]


class Resource:
    """The operations of one kind of object."""

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def _object(self, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]) -> M:
        return self._engine.run(operation, params, options, lambda ended: one(ended, kind, options))

    def _change(self, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]) -> M:
        return self._engine.run(operation, params, options, lambda ended: one(ended, kind, options), nulls=True)

    def _rows(self, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]) -> Rows[M]:
        rows: Any = list[kind]  # type: ignore[valid-type]
        return self._engine.run(operation, params, options, lambda ended: rows_of(ended, Rows, rows))

    def _map(self, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]) -> Map[M]:
        members: Any = dict[str, kind]  # type: ignore[valid-type]
        return self._engine.run(operation, params, options, lambda ended: rows_of(ended, Map, members))

    def _pages(self, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]) -> Pages[M]:
        # What is wrong is told here, not where the loop begins.
        check(operation, params)
        options_of(operation, options, params)
        return Pages(self._engine, operation, params, kind, options)


class AsyncResource:
    """The operations of one kind of object."""

    __slots__ = ("_engine",)

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _object(self, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]) -> M:
        return await self._engine.run(operation, params, options, lambda ended: one(ended, kind, options))

    async def _change(self, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]) -> M:
        return await self._engine.run(operation, params, options, lambda ended: one(ended, kind, options), nulls=True)

    async def _rows(self, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]) -> Rows[M]:
        rows: Any = list[kind]  # type: ignore[valid-type]
        return await self._engine.run(operation, params, options, lambda ended: rows_of(ended, Rows, rows))

    async def _map(self, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]) -> Map[M]:
        members: Any = dict[str, kind]  # type: ignore[valid-type]
        return await self._engine.run(operation, params, options, lambda ended: rows_of(ended, Map, members))

    def _pages(
        self, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]
    ) -> AsyncPages[M]:
        # What is wrong is told here, not where the loop begins.
        check(operation, params)
        options_of(operation, options, params)
        return AsyncPages(self._engine, operation, params, kind, options)


class Pages(Generic[M]):
    """A list: loop over it to get its rows, over `.pages()` to get them page by page. Every loop begins anew; each
    page is a call of its own, made when it is needed."""

    def __init__(
        self, engine: Engine, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]
    ) -> None:
        self._engine, self._operation, self._params = engine, operation, params
        self._kind, self._options = kind, options

    def __iter__(self) -> Iterator[M]:
        for page in self.pages():
            yield from page

    def pages(self) -> Iterator[Page[M]]:
        """The rows page by page.

        Returns:
            The pages; each is read when the loop comes to it, and tells its `outcome` and `last_id`.

        Raises:
            NotModified: a condition in the options found nothing new.
            CryptopayError: in the loop, the class says what was wrong with a page. `existing_id` is the last good row,
                where there is one: begin there again with `starting_after`.
        """
        walk = Walk(self._engine.client(), self._operation, self._params)
        while (params := walk.next()) is not None:
            yield self._engine.run(self._operation, params, self._options, lambda ended: walk.page(ended, self._kind))


class AsyncPages(Generic[M]):
    """A list: loop over it with `async for` to get its rows, over `.pages()` to get them page by page. Every loop
    begins anew; each page is a call of its own, made when it is needed."""

    def __init__(
        self, engine: AsyncEngine, operation: str, params: dict[str, Any], kind: type[M], options: Mapping[str, Any]
    ) -> None:
        self._engine, self._operation, self._params = engine, operation, params
        self._kind, self._options = kind, options

    async def __aiter__(self) -> AsyncIterator[M]:
        async for page in self.pages():
            for row in page:
                yield row

    async def pages(self) -> AsyncIterator[Page[M]]:
        """The rows page by page.

        Returns:
            The pages; each is read when the loop comes to it, and tells its `outcome` and `last_id`.

        Raises:
            NotModified: a condition in the options found nothing new.
            CryptopayError: in the loop, the class says what was wrong with a page. `existing_id` is the last good row,
                where there is one: begin there again with `starting_after`.
        """
        walk = Walk(self._engine.client(), self._operation, self._params)
        while (params := walk.next()) is not None:
            yield await self._engine.run(
                self._operation, params, self._options, lambda ended: walk.page(ended, self._kind)
            )
