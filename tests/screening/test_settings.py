"""Settings: strict keys, helpful messages, precedence."""

import pytest

from ssbscreen.core.errors import UsageError
from ssbscreen.screening.settings import load_settings, profile_of


def test_command_line_beats_file_beats_defaults(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("n_draws: 200\nprofile: grid\npool: {n_polymers: 3}\n")
    settings = load_settings(path, profile="aviation", seed=None)
    assert (settings.n_draws, settings.profile, settings.pool.n_polymers) == (200, "aviation", 3)
    assert settings.pool.sources == load_settings().pool.sources


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n_drawz: 3", "Did you mean 'n_draws'"),
        ("pool: {n_polymer: 3}", "Did you mean 'n_polymers'"),
        ("n_draws: 3", "n_draws"),
        ("device: tpu", "device"),
        ("temperature_c: 200", "lithium melts"),
        ("temperature_c: warm", "temperature_c"),
        ("- a list", "no mapping"),
        ("a: [", "no valid YAML"),
    ],
)
def test_refuses_with_a_hint(tmp_path, text, message):
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        load_settings(path)


def test_the_temperature_asked_for_goes_before_that_of_the_profile():
    assert profile_of(load_settings(profile="grid")).operating.temperature_c.value == 60.0
    warm = profile_of(load_settings(profile="ev", temperature_c=60.0))
    assert (warm.name, warm.operating.temperature_c.value) == ("ev", 60.0)
    assert warm.operating.current_density == profile_of(load_settings(profile="ev")).operating.current_density


def test_each_class_at_its_own_temperature():
    own = profile_of(load_settings(profile="ev", temperature_c="own")).operating
    assert own.temperatures_of(["sulfide", "polymer", "oxide"]).tolist() == [25.0, 70.0, 25.0]
    assert own.hottest_c == 70.0
    grid = profile_of(load_settings(profile="grid", temperature_c="own")).operating
    assert grid.temperatures_of(["sulfide", "polymer"]).tolist() == [60.0, 70.0]
    assert own.at(40.0).temperatures_of(["polymer"]).tolist() == [40.0]
