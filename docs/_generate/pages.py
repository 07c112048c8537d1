"""All generated pages by their place in the site."""

from __future__ import annotations

from functools import cache

from _generate.commands import commands_page
from _generate.configuration import configuration_page
from _generate.models import model_pages, scores_page
from _generate.modules import formulas_page, modules_page
from _generate.properties import properties_page
from _generate.screens import criteria_page


@cache
def generated_pages() -> dict[str, str]:
    """Path under docs/ -> Markdown."""
    return {
        "how/formulas.md": formulas_page(),
        "reference/command-line.md": commands_page(),
        "reference/configuration.md": configuration_page(),
        "reference/criteria.md": criteria_page(),
        "reference/properties.md": properties_page(),
        "reference/modules.md": modules_page(),
        "results/scores.md": scores_page(),
        **{path.as_posix(): text for path, text in model_pages().items()},
    }
