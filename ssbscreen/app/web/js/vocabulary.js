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
