// What a run holds: its roles, columns and criteria, asked for once.
import { ask, inWords, runPath } from "./service.js";
import { reactive } from "./html.js";
import { wholePercent } from "./numbers.js";
import { state } from "./state.js";
import { plain } from "./vocabulary.js";

export const run = reactive({ list: [], info: null, columns: {}, criteria: [], groups: [], byName: {}, tests: {}, families: {}, hasWeights: false, hint: "", ready: false });

/** Names of the runs, the newest first; takes the one in the address, else the first. */
export async function loadRuns() {
  run.list = (await ask("/runs")).items;
  if (!run.list.length) return;
  if (!run.list.some(({ name }) => name === state.run)) state.run = run.list[0].name;
}

/** Columns and criteria of the run and role that are shown. */
export async function loadRole() {
  run.ready = false;
  run.info = run.list.find(({ name }) => name === state.run) || null;
  if (!run.info) return;
  const roles = Object.keys(run.info.roles);
  if (!roles.includes(state.role)) state.role = run.info.role;
  const role = state.role;
  const [columns, criteria] = await Promise.all([
    ask(runPath(state.run, "columns")),
    ask(runPath(state.run, "criteria"), { role }).catch((error) => ({ items: [], error })),
  ]);
  run.columns = Object.fromEntries(columns.items.filter((c) => c.roles.includes(role)).map((c) => [c.name, c]));
  run.criteria = criteria.items.length ? criteria.items : criteriaOf(columns.items, role);
  run.tests = criteria.tests || {};
  run.families = criteria.families || {};
  run.hasWeights = run.info.has_score_terms && criteria.items.length > 0;
  run.hint = criteria.error ? inWords(criteria.error) : "";
  run.byName = Object.fromEntries(run.criteria.map((c) => [c.name, c]));
  run.groups = [...new Set(run.criteria.map((c) => c.group))];
  run.ready = true;
}

/** Names and units of the criteria of a run that does not keep the rest. */
function criteriaOf(columns, role) {
  const own = columns.filter((c) => c.part === "desirability" && c.roles.includes(role)).map((c) => c.criterion);
  const values = Object.fromEntries(columns.filter((c) => c.part === "value").map((c) => [c.criterion, c]));
  return own.map((name) => ({ name, label: wordsOf(values[name]) || name.replaceAll("_", " "), unit: values[name]?.unit || "", group: "criteria", weight: 0 }));
}

/** Title of a quantity in the description of its column. */
const wordsOf = (column) => (column?.description || "").split(":")[0];

export const hasColumn = (name) => name in run.columns;

/** Quantities with a value in this role: criteria first, then what is shown without counting. */
export function quantities() {
  const scored = run.criteria.map(({ name }) => name).filter((name) => hasColumn(`${name}_value`));
  const shown = Object.keys(run.columns).filter((c) => c.endsWith("_value")).map((c) => c.slice(0, -6)).filter((name) => !scored.includes(name));
  return { scored, shown: shown.sort((a, b) => titleOf(a).localeCompare(titleOf(b))) };
}

export function titleOf(name) {
  if (name === NEXT_TEST) return "Measure next";
  if (run.byName[name]) return run.byName[name].label;
  return (run.columns[`${name}_value`] && wordsOf(run.columns[`${name}_value`])) || name.replaceAll("_", " ");
}

const LARGE = 300; // ranked rows, above which the chance to be among the first hundred is said; as in ssbscreen/query/columns.py
const SHORT = 10; // ranked rows up to which that chance is 1 for all and not said
const LITTLE = 0.5; // coverage below which a reader should know of it, as there

/** Column of the chance to stand among the first; none in runs of older versions. */
const amongColumn = () => {
  const ranked = run.info?.ranked?.[state.role] ?? 0;
  return ranked <= SHORT ? "" : `p_first_${ranked > LARGE ? 100 : SHORT}`;
};
export const hasAmong = () => hasColumn(amongColumn());
export const amongTitle = () => (hasAmong() ? amongColumn().replace("p_first_", "among first ") : "");

/** What that is, in the words of the service. */
export const amongNote = () => run.columns[amongColumn()]?.description || "";
export const amongText = (row) => percent(row[amongColumn()]);

/** A share as a whole percentage; empty when missing. */
const percent = (share) => (share == null ? "" : share > 0 && share < 0.005 ? "<1%" : `${wholePercent(share)}%`);

/** What a reader should know before believing the place of a row, each with its reason; as in ssbscreen/query/columns.py. */
export const cautionsOf = (row) => [
  row.is_made === false && ["not on record", "Nobody is on record to have made it"],
  row.in_domain === false && ["outside domain", "Outside what the models were trained on"],
  row.coverage != null && row.coverage < LITTLE && [`${percent(row.coverage)} known`, "Share of the weight whose values are of this very material; the rest is drawn from its family or class"],
].filter(Boolean);

/** Title of a test; one that the service does not know is shown by its name. */
export const testTitle = (test) => run.tests[test] || plain(test);

/** Title of a family; one that the service does not know is shown by its name. */
export const familyTitle = (family) => run.families[family] || plain(family);

/** Largest value of a quantity that says something; null where each does. */
export const mostOf = (name) => run.columns[`${name}_value`]?.most ?? null;

export const unitOf = (name) => run.byName[name]?.unit ?? run.columns[`${name}_value`]?.unit ?? "";

export const NEXT_TEST = "next_test"; // the one column of words that can be chosen

const USUAL = { separator: ["ionic_conductivity", "critical_current", "oxidation_limit"], catholyte: ["ionic_conductivity", "oxidation_limit"], coating: ["oxidation_limit", "ionic_conductivity"], pair: ["cell_energy_grav", "interface_reaction_energy", "oxidation_margin"], cathode: ["average_voltage", "energy_grav"] };

/** Quantities that stand in the table: those chosen, else the usual ones of the role. */
export function shownQuantities() {
  const wanted = state.columns.length ? state.columns : USUAL[state.role] || [];
  const present = wanted.filter((name) => hasColumn(`${name}_value`) || (name === NEXT_TEST && hasColumn(name)));
  return present.length ? present : quantities().scored.slice(0, 3);
}

const BASE = ["candidate_id", "rank", "p_first_10", "p_first_100", "tie_group", "coverage", "formula", "label", "chemistry_class", "family", "score", "score_low", "score_high", "limiting_criterion", "next_test", "is_made", "in_domain", "catholyte"];

/** Columns that the rows of the table need. */
export function neededColumns(names = shownQuantities()) {
  const parts = names.flatMap((name) => ["value", "low", "high", "evidence", "n_studies", "imputed"].map((part) => `${name}_${part}`));
  return [...BASE, ...parts].filter(hasColumn);
}
