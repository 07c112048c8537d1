"""Verbs on what was trained: the list of models, their cards, the way back, MLflow's registry."""

from __future__ import annotations

from typing import Annotated

import typer

from ssbscreen.cli import printing
from ssbscreen.cli.options import ColumnsOption, JsonOption, WideOption

models_app = typer.Typer(no_args_is_help=True, help="Models that are shipped or were trained here.")


@models_app.command("list")
def list_models(columns: ColumnsOption = None, wide: WideOption = False, as_json: JsonOption = False) -> None:
    """Models with what they predict and their error on held-out groups."""
    from ssbscreen.app.model_tables import models_table

    if not (as_json and printing.as_json(models_table())):
        printing.table(
            models_table(), columns=columns, order=("property", "model", "MAE on held-out groups", "unit"), is_wide=wide
        )


@models_app.command("properties")
def list_properties(columns: ColumnsOption = None, wide: WideOption = False, as_json: JsonOption = False) -> None:
    """Properties by their keys: unit as `predict` writes it, what it is, and which command gives it."""
    from ssbscreen.app.model_tables import properties_table

    if not (as_json and printing.as_json(properties_table())):
        printing.table(properties_table(), columns=columns, order=("property", "unit", "what"), is_wide=wide)


@models_app.command("potentials")
def list_potentials(columns: ColumnsOption = None, wide: WideOption = False, as_json: JsonOption = False) -> None:
    """Pretrained potentials of `label` and `refine`: licence, training data, errors measured here."""
    from ssbscreen.app.model_tables import potentials_table

    if not (as_json and printing.as_json(potentials_table())):
        printing.table(
            potentials_table(), columns=columns, order=("potential", "can be used"), is_wide=wide, flows=True
        )


@models_app.command("show")
def show_model(name: Annotated[str, typer.Argument(help="Name of a model.")], as_json: JsonOption = False) -> None:
    """The card of one model."""
    import yaml

    from ssbscreen.app.model_tables import shipped_card

    card = shipped_card(name)
    if as_json:
        printing.as_json(card.model_dump(mode="json"))
        return
    width = min(110, printing.width() - 26)  # longest lines are broken after the word that passes it
    typer.echo(yaml.safe_dump(card.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=width))


@models_app.command("rollback")
def rollback(name: Annotated[str, typer.Argument(help="Name of a model.")]) -> None:
    """Roll a model back to the one that was active before, here and in MLflow's registry."""
    from ssbscreen.app.model_tables import shipped_card
    from ssbscreen.app.register import register
    from ssbscreen.training.registry import Registry, active_model

    shipped_card(name)  # says which models there are
    left, now = Registry().rollback(name)
    register(active_model(name)[1].properties)
    printing.note(f"{name}: rolled back from {left}; {now} is active")


@models_app.command("register")
def register_models() -> None:
    """Put the active models into MLflow's registry, as ssbscreen-PROPERTY with the alias champion."""
    from ssbscreen.app.register import register
    from ssbscreen.training.registry import active_models

    keys = dict.fromkeys(key for _, card in active_models() for key in card.properties)
    for name, done in register(tuple(keys)).items():
        printing.note(f"{name}@champion: {done}")
