"""What a search finds is kept with the user's own things and trained by its name."""

from ssbscreen.files.paths import configs_dir
from ssbscreen.training.config import load_model_config, model_names, own_configs, write_model_config


def test_a_found_config_is_the_users_and_is_found_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path / "home"))
    assert not own_configs().is_relative_to(configs_dir())
    found = load_model_config("band_gap").model_copy(update={"name": "band_gap_tuned", "is_trained_by_default": False})
    write_model_config(found, own_configs() / "band_gap_tuned.yaml")
    assert "band_gap_tuned" in model_names()
    assert load_model_config("band_gap_tuned") == found
    assert "band_gap" in model_names()
