"""The documentation says what is true: commands parse, files exist, paragraphs are short, pages can be made."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
sys.path.insert(0, str(DOCS))
OLD_WORDS = (  # see docs/glossary.md for today's
    "learned_beside|learns_beside|unmet_pull|likeness|lonely_elements|retold|outdone|in force|set aside|brought in|"
    "goes on from here|keep_last|is_half|is_on_request|foretold|foretells?|yardsticks?|"
    "wish|wishes|contest|kin|wings?|hangs? on|one door"
)
RENAMED = re.compile(rf'"({OLD_WORDS}|degrees)": "')  # the tables that refuse an old key with the new one


@pytest.fixture(scope="module")
def commands():
    """Words of every verb -> spellings of its options."""
    from _generate.commands import commands, options_of

    return {tuple(name.split()[1:]): options_of(command) for name, command in commands()}


@pytest.fixture(scope="module")
def generated():
    """Path -> text of every generated page."""
    from _generate.pages import generated_pages

    return generated_pages()


def _blocks(page: Path) -> list[str]:
    """Lines of shell in fenced blocks, and commands in back quotes."""
    text = page.read_text(encoding="utf-8")
    fenced = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    lines = [line for block in fenced for line in block.splitlines()]
    return lines + re.findall(r"`((?:ssbscreen|make|python) [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def _calls(page: Path, program: str) -> list[list[str]]:
    """Words after the program's name in every command of a page."""
    calls = []
    for line in _blocks(page):
        for part in re.split(r"&&|;", line.split(" #")[0]):
            words = shlex.split(part.replace("...", " "))
            if words and words[0].split("/")[-1] == program and len(words) > 1:
                calls.append(words[1:])
    return calls


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_command_parses(page, commands):
    for words in _calls(page, "ssbscreen"):
        if words[0] in ("VERB", "--version"):
            continue
        verb = next((tuple(words[:n]) for n in (2, 1) if tuple(words[:n]) in commands), None)
        assert verb, f"no verb in: ssbscreen {' '.join(words)}"
        for option in (word.split("=")[0] for word in words[len(verb) :] if re.match(r"--?[a-z]", word)):
            assert option in commands[verb] or option == "-p_all", f"no option {option}: {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_make_target_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for words in _calls(page, "make"):
        named = {word for word in words if re.fullmatch(r"[a-z-]+", word)}
        assert named <= targets, f"make {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_benchmark_has_the_options_named(page):
    shared = (ROOT / "benchmarks" / "arguments.py").read_text(encoding="utf-8")
    for script, *words in _calls(page, "python"):
        if script.startswith("benchmarks/"):
            text = (ROOT / script).read_text(encoding="utf-8") + shared
            assert not [w for w in words if w.startswith("--") and f'"{w}"' not in text], script


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_named_file_exists(page, generated):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        place = (page.parent / target).resolve()
        assert place.exists() or str(place.relative_to(DOCS)) in generated, target
    tops = r"(?:ssbscreen|configs|data|models|tests|benchmarks|docs|\.ci|\.devcontainer)/[\w./*-]*[\w*]/?"
    names = re.findall(rf"(?<![\w/~]){tops}", re.sub(r"<[^>]*>|\bNAME\b", "*", text))
    inner = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)", text) if page.name == "architecture.md" else []
    wanted = [*names, *(f"*/{name}" if name.split("/")[0] != "tests" else name for name in inner)]
    missing = [n for n in wanted if not n.startswith("data/cache") and "my_" not in n and not list(ROOT.glob(n))]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_paragraph_is_long(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for paragraph in re.split(r"\n\s*\n|\n(?=[-*|#]|\d+\. )", text):
        if not paragraph.lstrip().startswith("|"):
            assert len(paragraph.split()) <= 120, paragraph[:80]


def test_compositions_of_the_tutorial_are_understood():
    from ssbscreen.files.material_names import composition_of

    text = (
        (DOCS / "tutorials" / "screen.md").read_text(encoding="utf-8").split("| form | example |")[1].split("\n\n")[0]
    )
    examples = re.findall(r"`([^`]+)`", text)
    assert len(examples) == 8
    assert all(composition_of(example) is not None for example in examples)


def test_example_of_a_config_is_accepted():
    from ssbscreen.training.config import ModelConfig

    text = (DOCS / "tutorials" / "train.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert ModelConfig.model_validate(yaml.safe_load(block)).architecture == "forest"


def test_table_of_the_readme_is_that_of_the_site():
    import pandas as pd
    from _generate.shown_run import readme_with

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme_with(text, pd.read_csv(DOCS / "ranking.csv", dtype=str, keep_default_na=False)) == text


def test_generated_pages_hold_what_the_code_has(generated):
    from ssbscreen.core.properties import PROPERTIES
    from ssbscreen.ranking.criteria import load_screen, screen_names

    assert all(f"`{key}`" in generated["reference/properties.md"] for key in PROPERTIES)
    for name in screen_names():
        for criterion in load_screen(name).criteria:
            assert f"`{criterion.name}`" in generated["reference/criteria.md"]
    for card in (ROOT / "models").glob("*/card.yaml"):
        assert f"reference/models/{card.parent.name}.md" in generated


def test_every_page_is_in_the_navigation(generated):
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    written = [p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md")]
    missing = [p for p in (*written, *generated) if f"- {p}\n" not in text and not p.startswith("reference/models/")]
    assert not missing


def test_every_folder_stands_in_the_architecture():
    text = (DOCS / "architecture.md").read_text(encoding="utf-8").split("## Import contracts")[0]
    package = ROOT / "ssbscreen"
    folders = [path.parent.relative_to(package).as_posix() for path in package.glob("*/**/__init__.py")]
    assert not [name for name in folders if f"`{name}/`" not in text]


def test_every_glossary_term_stands_once():
    terms = re.findall(r"^\| ([^|]+) \| [^|]+ \|", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    names = [name.strip() for term in terms if term != "term" for name in term.split(",")]
    assert len(names) > 60
    assert len(names) == len(set(names))


def test_old_words_are_gone():
    folders = ("ssbscreen", "configs", "docs", "data", "models", "benchmarks")
    paths = [p for f in folders for e in ("py", "yaml", "md", "csv") for p in (ROOT / f).rglob(f"*.{e}")]
    found = [
        f"{path.relative_to(ROOT)}:{n}: {line.strip()[:80]}"
        for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *paths)
        if "cache" not in path.parts and not path.is_relative_to(ROOT / "data" / "literature")
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(rf"\b(?:{OLD_WORDS})\b", line) and not RENAMED.search(line)
    ]
    assert not found, "\n".join(found)


def test_files_for_others_can_be_read():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    from ssbscreen import __version__

    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["version"] == __version__
    for form in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        form_text = yaml.safe_load(form.read_text(encoding="utf-8"))
        assert form.name == "config.yml" or {"name", "description", "body"} <= set(form_text)
    json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert all(repo["repo"] == "local" for repo in hooks["repos"])
    assert (ROOT / "ssbscreen" / "py.typed").is_file()
