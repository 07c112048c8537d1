// The filters that people click, as one expression of the query language.

/** A text as a literal of the query language. */
export const quoted = (text) => JSON.stringify(String(text)).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Expression for the filters that a service can answer; elements and names are looked for in the page. */
export function expressionOf(state) {
  const parts = [];
  if (state.classes.length) parts.push(`chemistry_class in (${state.classes.map(quoted).join(", ")},)`);
  if (state.made === "yes") parts.push("is_made == True");
  if (state.made === "no") parts.push("is_made == False");
  for (const name of state.evidence) parts.push(`${name}_evidence == 'measured'`);
  if (state.where.trim()) parts.push(parts.length ? `(${state.where.trim()})` : state.where.trim());
  return parts.join(" and ");
}

/** Whether a row holds all elements of one list and none of the other. */
export function hasElements(formula, wanted, unwanted) {
  if (!wanted.length && !unwanted.length) return true;
  const held = new Set(String(formula).match(/[A-Z][a-z]?/g) || []);
  return wanted.every((element) => held.has(element)) && !unwanted.some((element) => held.has(element));
}

const folded = (text) => String(text ?? "").toLowerCase().replace(/[₀-₉]/g, (c) => String(c.charCodeAt(0) - 0x2080)).replace(/[\s_-]+/g, "");

/** Whether a text is part of the name, formula, family or id of a row. */
export function hasText(row, text) {
  const wanted = folded(text);
  return !wanted || [row.label, row.formula, row.family, row.candidate_id].some((field) => folded(field).includes(wanted));
}
