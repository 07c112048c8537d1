"""Work on shards is done by processes that would give the run's own results, and refused by others."""

import pytest

from ssbscreen.core.errors import IntegrityError
from ssbscreen.engine.jobs import Job, posted_job
from ssbscreen.files import code_version
from ssbscreen.screening.settings import load_settings
from ssbscreen.screening.shards import about, settings_of


def test_a_process_with_other_code_or_reference_refuses_the_work_and_says_why(tmp_path, monkeypatch):
    settings = load_settings(seed=7)
    Job(tmp_path, "contacts", about(settings, reference="embedded 3"), {}).post()
    job = posted_job(tmp_path)
    assert settings_of(job, reference="embedded 3") == settings
    with pytest.raises(IntegrityError, match=r"has other reference than the run"):
        settings_of(job, reference="mp 2")
    monkeypatch.setattr(code_version, "code_version", lambda: "0.0 (another)")
    with pytest.raises(IntegrityError, match=r"has other code, reference than .*on all machines"):
        settings_of(job, reference="mp 2")
