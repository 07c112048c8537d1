"""`/optimade`: candidates of the newest run for every client of the OPTIMADE specification (www.optimade.org)."""

from __future__ import annotations

import threading
import warnings
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from optimade import __api_version__
from optimade.models import EntryResource, LinksResource, ReferenceResource, StructureResource
from optimade.server.config import ServerConfig
from optimade.server.entry_collections import EntryCollection
from optimade.server.exception_handlers import OPTIMADE_EXCEPTIONS
from optimade.server.mappers import LinksMapper, ReferenceMapper, StructureMapper
from optimade.server.mappers.entries import BaseResourceMapper
from optimade.server.middleware import OPTIMADE_MIDDLEWARE
from optimade.server.routers import info, links, references, structures, versions
from optimade.server.routers.utils import BASE_URL_PREFIXES, JSONAPIResponse

from ssbscreen import __version__
from ssbscreen.app.server.optimade_entries import PREFIX, Entries, finished_of, our_properties
from ssbscreen.app.server.optimade_fields import Field, numbers, objects
from ssbscreen.app.server.optimade_filter import ColumnTransformer, check_depth, matching
from ssbscreen.app.server.optimade_refusals import Refusals, bad_parameter
from ssbscreen.app.server.problems import Problem
from ssbscreen.app.server.runs import Runs
from ssbscreen.core.errors import SsbscreenError
from ssbscreen.query.last_run import LATEST

MOUNT = "/optimade"
PAGE, LARGEST_PAGE = 20, 500


class Collection(EntryCollection):
    """Entries that are asked by columns instead of a database."""

    def __init__(self, resource: type[EntryResource], mapper: BaseResourceMapper, config: ServerConfig) -> None:
        super().__init__(resource, mapper, ColumnTransformer(mapper=mapper), config)

    def insert(self, data: Any) -> None:
        """Nothing is written.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("The service only reads.")

    def handle_query_params(self, params: Any) -> dict[str, Any]:
        """The question, whose filter is refused where brackets in brackets go deeper than it is followed."""
        check_depth(getattr(params, "filter", None) or "")
        return dict(super().handle_query_params(params))

    def count(self, **kwargs: Any) -> int:
        """Entries that a filter finds."""
        return int(matching(kwargs.get("filter") or {}, self._field, len(self)).sum())

    def _run_db_query(
        self, criteria: dict[str, Any], single_entry: bool = False
    ) -> tuple[list[dict[str, Any]], int | None, bool]:
        places = np.flatnonzero(matching(criteria.get("filter") or {}, self._field, len(self)))
        for name, way in reversed(list(criteria.get("sort") or ())):
            places = places[np.argsort(way * self._sort_key(name)[places], kind="stable")]
        skip, limit = int(criteria.get("skip", 0)), int(criteria.get("limit", PAGE))
        shown = places if single_entry else places[skip : skip + limit]
        is_more = not single_entry and len(places) > skip + limit
        return self._documents(shown), len(places), is_more

    def _sort_key(self, name: str) -> np.ndarray:
        field = self._field(name)
        return np.zeros(len(self)) if field is None else field.sort_key()

    @abstractmethod
    def _field(self, name: str) -> Field | None:
        """A property of all entries; None where they have none of that name."""

    @abstractmethod
    def _documents(self, places: np.ndarray) -> list[dict[str, Any]]:
        """Entries by their places, as OPTIMADE writes them."""


class Structures(Collection):
    """Candidates of the newest run, in the role that it was asked for."""

    def __init__(self, runs: Runs, config: ServerConfig) -> None:
        super().__init__(StructureResource, StructureMapper(config), config)
        self._runs = runs
        self._entries: Entries | None = None
        self._lock = threading.Lock()

    @property
    def entries(self) -> Entries | None:
        """Of the newest run; None where there is none yet."""
        with self._lock:
            try:
                run = self._runs.open(LATEST)
            except Problem:
                return None
            if self._entries is None or self._entries.run is not run:
                self._entries = Entries(run)
            return self._entries

    def __len__(self) -> int:
        return 0 if self.entries is None else len(self.entries)

    def _field(self, name: str) -> Field | None:
        return None if self.entries is None else self.entries.field(name)

    def _documents(self, places: np.ndarray) -> list[dict[str, Any]]:
        return [] if self.entries is None else self.entries.documents(places, list(self.provider_fields))


class Listed(Collection):
    """A few entries that are written out."""

    def __init__(
        self,
        entries: Callable[[], list[dict[str, Any]]],
        resource: type[EntryResource],
        mapper: BaseResourceMapper,
        config: ServerConfig,
    ) -> None:
        super().__init__(resource, mapper, config)
        self._entries = entries

    def handle_query_params(self, params: Any) -> dict[str, Any]:
        """The question; entries that others name are asked for without a limit, which is written as a page of none."""
        asked = super().handle_query_params(params)
        return asked | {"limit": len(self)} if getattr(params, "page_limit", None) == 0 else asked

    @property
    def _listed(self) -> list[dict[str, Any]]:
        return self._entries()

    def __len__(self) -> int:
        return len(self._listed)

    def _field(self, name: str) -> Field | None:
        values = [entry.get(name) for entry in self._listed]
        if values and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            return numbers(name, values)  # type: ignore[arg-type]
        return objects(name, values, is_list=any(isinstance(value, list) for value in values))

    def _documents(self, places: np.ndarray) -> list[dict[str, Any]]:
        listed = self._listed
        return [dict(listed[int(i)]) for i in places]


def create_optimade(runs: Runs, address: str = "") -> FastAPI:
    """The application to be mounted under `MOUNT`.

    Args:
        runs: finished runs, of which the newest is shown.
        address: of the service, as in http://127.0.0.1:8484; taken from each request where it is empty.
    """
    config = _config(runs, address)
    app = FastAPI(
        title="OPTIMADE API",
        version=__api_version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        default_response_class=JSONAPIResponse,
    )
    app.state.config = config
    app.state.entry_collections = {
        "links": Listed(_links, LinksResource, LinksMapper(config), config),
        "references": Listed(partial(papers_of, runs), ReferenceResource, ReferenceMapper(config), config),
        "structures": Structures(runs, config),
    }
    app.state.base_resource_mapper = BaseResourceMapper(config)
    for middleware in OPTIMADE_MIDDLEWARE:
        app.add_middleware(middleware)  # type: ignore[arg-type]
    app.add_middleware(Refusals)
    for exception, handler in OPTIMADE_EXCEPTIONS:
        app.add_exception_handler(exception, handler)
    app.add_exception_handler(RequestValidationError, bad_parameter)  # type: ignore[arg-type]
    for prefix in ("", *BASE_URL_PREFIXES.values()):
        for part in (info, links, references, structures):
            app.include_router(part.router, prefix=prefix)
    app.include_router(versions.router)
    return app


def _config(runs: Runs, address: str) -> ServerConfig:
    try:
        ours = our_properties(runs.open(LATEST))
    except (Problem, SsbscreenError):
        ours = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a file of settings that is not there, and is not wanted
        return ServerConfig(
            root_path=MOUNT,
            base_url=f"{address}{MOUNT}" if address else None,
            page_limit=PAGE,
            page_limit_max=LARGEST_PAGE,
            provider={
                "prefix": PREFIX,
                "name": "ssbscreen",
                "description": "Candidates of a screen of solid electrolytes or cathodes; not a public database",
                "homepage": None,
            },
            implementation={"name": "ssbscreen", "version": __version__},
            provider_fields={"structures": ours},
            insert_test_data=False,
            create_default_index=False,
        )


def papers_of(runs: Runs) -> list[dict[str, Any]]:
    """Papers behind the reported values of the newest run, by DOI; none where it keeps no values."""
    try:
        run = runs.open(LATEST)
    except Problem:
        return []
    return [
        {
            "id": doi,
            "type": "references",
            "doi": doi,
            "url": f"https://doi.org/{doi}",
            "last_modified": finished_of(run),
        }
        for doi in run.dois
    ]


def _links() -> list[dict[str, Any]]:
    """The one link that says where this is."""
    return [
        {
            "id": PREFIX,
            "type": "links",
            "name": "ssbscreen",
            "description": "Candidates of the newest screen",
            "base_url": None,
            "homepage": None,
            "link_type": "root",
            "aggregate": "no",
            "no_aggregate_reason": "results of one screen, not a public database",
        }
    ]
