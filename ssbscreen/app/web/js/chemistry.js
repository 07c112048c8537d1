// Formulas: their subscripts, and the elements in them.
import { html } from "./html.js";

export const ELEMENTS = ("H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh " +
  "Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Th U").split(" ");
const KNOWN = new Set(ELEMENTS);
const FORMULA = /^(?:\d*\.?\d*(?:[A-Z][a-z]?|[()[\]])\d*\.?\d*|[-·|:])+$/;

/** Whether a text is a chemical formula all of whose symbols are elements, rather than a name or a SMILES. */
export function isFormula(text) {
  const symbols = String(text).match(/[A-Z][a-z]?/g);
  return FORMULA.test(text) && symbols !== null && symbols.every((symbol) => KNOWN.has(symbol));
}

/** A formula with subscripts; any other text as it is. */
export function formula(text) {
  const given = String(text ?? "");
  if (!isFormula(given)) return given;
  const parts = given.split(/((?<=[A-Za-z)\]])\d+\.?\d*)/);
  return parts.map((part, i) => (i % 2 ? html`<sub>${part}</sub>` : part));
}

/** Name of a row: the one in use, else its formula; a SMILES is cut. */
export function nameOf(row) {
  return String(row.label || row.formula || row.candidate_id || "");
}

/** Parts of a pair: electrolyte, cathode, and in words what stands between them or beside the cathode. */
export function pairParts(row) {
  const ids = String(row.candidate_id).split("|");
  const formulas = String(row.formula).split("|");
  const middle = formulas.slice(1, -1).join(" | ");
  return { electrolyte: row.label || formulas[0], cathode: ids[ids.length - 1], middle, where: row.catholyte ? "in the cathode" : "between" };
}

/** Elements asked for, read from a text such as "Cl, Br"; unknown ones apart. */
export function elementsIn(text) {
  const given = String(text || "").split(/[\s,;]+/).filter(Boolean).map((word) => word[0].toUpperCase() + word.slice(1).toLowerCase());
  return { known: given.filter((word) => KNOWN.has(word)), unknown: given.filter((word) => !KNOWN.has(word)) };
}
