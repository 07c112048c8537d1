"""Pictures on demand: the window of a material, the contact of a pair."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ssbscreen.app.server.answering import RESPONSES, ServiceOf

_NAME = 200  # characters


class PlotForm(StrEnum):
    """Form of an answer."""

    svg = "svg"
    png = "png"
    text = "text"


_TYPES = {PlotForm.svg: "image/svg+xml", PlotForm.png: "image/png", PlotForm.text: "text/plain; charset=utf-8"}
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "the picture", "content": {kind.partition(";")[0]: {} for kind in _TYPES.values()}}
}
Form = Annotated[PlotForm, Query(description="picture, or the answer in words")]


def _name(words: str) -> Any:
    return Query(description=words, min_length=1, max_length=_NAME)


def _readable(material: str, cathode: str | None = None, coating: str | None = None) -> None:
    """A name that cannot be read starts no process.

    Raises:
        InputError: it is neither a formula nor a known name.
    """
    from ssbscreen.files.material_names import named, split_pair  # loads the chemistry

    named(material if cathode is None else split_pair(material, cathode, coating)[0])


routes = APIRouter(prefix="/plots", tags=["plots"], responses=RESPONSES)


@routes.get("/window", responses=_PICTURE, summary="Electrochemical window", response_class=Response)
async def window(
    service: ServiceOf, formula: Annotated[str, _name("formula, or a name such as LLZO")], format: Form = PlotForm.svg
) -> Response:
    await run_in_threadpool(_readable, formula)
    asked = {"kind": "window", "formula": formula, "format": format.value}
    return Response(await service.workers.ask(asked), media_type=_TYPES[format])


@routes.get("/pair", responses=_PICTURE, summary="Contact of a pair", response_class=Response)
async def pair(
    service: ServiceOf,
    electrolyte: Annotated[str, _name("formula or name")],
    cathode: Annotated[str, _name("formula, or a name such as NMC811")],
    coating: Annotated[str | None, _name("film between them; without one the best is looked for")] = None,
    catholyte: Annotated[str | None, _name("second electrolyte on the side of the cathode")] = None,
    format: Form = PlotForm.svg,
) -> Response:
    await run_in_threadpool(_readable, electrolyte, cathode, coating)
    asked = {"kind": "pair", "electrolyte": electrolyte, "cathode": cathode, "format": format.value}
    asked |= {name: x for name, x in (("coating", coating), ("catholyte", catholyte)) if x is not None}
    return Response(await service.workers.ask(asked), media_type=_TYPES[format])
