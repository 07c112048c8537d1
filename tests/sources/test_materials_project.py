"""Materials Project through a client of the form of mp_api.client.MPRester."""

from types import SimpleNamespace

import pytest
from pymatgen.core import Lattice, Structure

from ssbscreen.core.errors import DataUnavailable, UsageError
from ssbscreen.sources.materials_project import FIELDS, SOURCE

SALT = Structure(Lattice.cubic(4.0), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])


class Client:
    """Answers materials.summary.search as mp-api does and remembers what was asked."""

    def __init__(self, *documents):
        self.documents, self.asked = documents, []
        self.materials = SimpleNamespace(summary=SimpleNamespace(search=self.search))

    def search(self, **what):
        self.asked.append(what)
        return list(self.documents)


def document(**changes):
    return {
        "material_id": "mp-1138",
        "structure": SALT.as_dict(),
        "symmetry": {"number": 221},
        "formation_energy_per_atom": -3.0,
        "band_gap": 8.7,
        "theoretical": False,
        "bulk_modulus": {"voigt": 70.0, "reuss": 66.0, "vrh": 68.0},
        "shear_modulus": None,
    } | changes


def test_documents_become_candidates_with_their_values():
    as_object = SimpleNamespace(
        **document(
            material_id="mp-2",
            structure=SALT,
            theoretical=True,
            bulk_modulus=None,
            symmetry=SimpleNamespace(number=221),
        )
    )
    client = Client(
        document(),
        as_object,
        document(material_id="mp-3", structure=None),
        document(material_id="mp-4", bulk_modulus={"vrh": -5.0}),
    )
    records = SOURCE.load(client=client)
    assert client.asked[0]["elements"] == ["Li"]
    assert client.asked[0]["num_sites"] == (1, 200)
    assert client.asked[0]["fields"] == FIELDS
    values = {(m.candidate_id, m.property): m.value for m in records.measurements}
    assert values["mp-1138", "formation_energy"] == -3.0
    assert values["mp-1138", "bulk_modulus"] == pytest.approx(1.8325, abs=1e-4)  # log10 68
    assert ("mp-1138", "shear_modulus") not in values
    assert {c.candidate_id: (c.is_known, c.space_group) for c in records.candidates} == {
        "mp-1138": (True, 221),
        "mp-2": (False, 221),
        "mp-4": (True, 221),
    }
    assert {r.input for r in records.rejected} == {"materials_project:mp-3", "materials_project:mp-4 bulk_modulus"}


def test_ids_are_asked_for_by_id():
    client = Client(document())
    SOURCE.load(material_ids=["mp-1138"], client=client)
    assert client.asked[0]["material_ids"] == ["mp-1138"]
    assert "elements" not in client.asked[0]
    with pytest.raises(UsageError):
        SOURCE.load(elements=(), client=client)


def test_phases_of_a_system_ask_for_all_its_subsystems():
    client = Client(
        {"formula_pretty": "Li2S", "formation_energy_per_atom": -1.5},
        {"formula_pretty": "Li", "formation_energy_per_atom": 0.0},
        {"formula_pretty": "S", "formation_energy_per_atom": None},
    )
    phases = SOURCE.load_phases("S-Li-P", client=client)
    assert set(client.asked[0]["chemsys"]) == {"S", "Li", "P", "Li-S", "P-S", "Li-P", "Li-P-S"}
    assert phases.formulas == ("Li", "Li2S")
    assert phases.formation_energy.tolist() == [0.0, -1.5]


def test_the_real_client_takes_what_is_asked():
    summary = pytest.importorskip("mp_api.client.routes.materials.summary")
    import inspect

    known = set(inspect.signature(summary.SummaryRester.search).parameters)
    client = Client(document())
    SOURCE.load(client=client)
    SOURCE.load(material_ids=["mp-1"], client=client)
    SOURCE.load_phases("Li-S", client=client)
    for asked in client.asked:
        assert set(asked) <= known


def test_without_key_or_answer_the_message_says_what_to_do(monkeypatch):
    monkeypatch.delenv("MP_API_KEY", raising=False)
    with pytest.raises(DataUnavailable, match="MP_API_KEY"):
        SOURCE.load()

    class Broken(Client):
        def search(self, **what):
            raise ConnectionError("no route to host")

    with pytest.raises(DataUnavailable, match="no route to host"):
        SOURCE.load(client=Broken())
