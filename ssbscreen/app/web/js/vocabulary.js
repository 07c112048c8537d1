// Words of the ranking in sentences: kinds of evidence, roles, classes, tests.

export const EVIDENCE = {
  measured: "measured",
  calculated: "calculated",
  predicted: "predicted by a model",
  family: "known of its family only",
  imputed: "unknown, drawn from its family or class",
  "does not apply": "does not apply to such a material",
};

export const DOES_NOT_APPLY = "does not apply"; // kind of evidence of a criterion that says nothing about a class

export const ROLES = {
  separator: ["Separators", "the dense layer between lithium metal and cathode"],
  catholyte: ["Catholytes", "the electrolyte mixed into the cathode"],
  anolyte: ["Anolytes", "the electrolyte at the negative electrode"],
  coating: ["Coatings", "the thin film between electrolyte and cathode"],
  cathode: ["Cathodes", "the positive electrode material"],
  pair: ["Pairs", "an electrolyte with a cathode, and what stands between them"],
  interlayer: ["Interlayers", "the film between lithium and the electrolyte"],
};

export const roleTitle = (role) => (ROLES[role] || [capital(role)])[0];
export const roleText = (role) => (ROLES[role] || ["", ""])[1];

export const CLASSES = ["oxide", "sulfide", "halide", "polymer", "nitride", "hydride", "other"];

export const TESTS = { // titles of configs/tests_cost.yaml; a test that is not here is shown by its name
  impedance: "total conductivity by impedance spectroscopy",
  symmetric_cell: "impedance of a lithium symmetric cell over days",
  stepped_plating: "critical current by stepped plating",
  polarisation: "electronic conductivity by direct-current polarisation",
  lithium_contact: "photoelectron spectroscopy and impedance against lithium over time",
  voltammetry: "oxidation and reduction onset by voltammetry on a carbon composite",
  ultrasound: "elastic moduli by ultrasound on a dense pellet",
  indentation: "fracture toughness by indentation on a dense pellet",
  diffraction: "phase purity by X-ray diffraction after a synthesis attempt",
  pellet_density: "density of a sintered or pressed pellet",
  half_cell: "galvanostatic cycling of a half cell",
  operando_diffraction: "lattice volume over the charge by operando X-ray diffraction",
  potential_hull: "relaxation and distance to the hull with a pretrained potential (ssbscreen refine)",
  potential_elastic: "elastic tensor with a pretrained potential (ssbscreen refine)",
  potential_dynamics: "lithium diffusion by molecular dynamics with a pretrained potential (ssbscreen refine)",
  dft_energy: "formation energy by density-functional theory",
  dft_elastic: "elastic tensor by density-functional theory",
  hybrid_gap: "band gap with a hybrid functional",
  molecular_dynamics: "ion diffusion by ab initio molecular dynamics",
  dft_electrode: "energies and volumes of the charged and discharged states by density-functional theory",
};

export const testTitle = (test) => TESTS[test] || plain(test);

export function capital(text) {
  const given = String(text || "");
  return given.charAt(0).toUpperCase() + given.slice(1);
}

/** A title inside a sentence; abbreviations keep their capitals. */
export const lowered = (text) => (/^[A-Z][a-z]/.test(text) ? text[0].toLowerCase() + text.slice(1) : text);

export const plain = (text) => String(text || "").replaceAll("_", " ");

/** A list in a sentence: a, b and c. */
export function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}
