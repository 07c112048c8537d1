// The filters that people click, as parameters of a question.
import { elementsIn } from "./chemistry.js";

export const SERIES = "series"; // one row a family series, as in the report
export const MATERIALS = "materials"; // all its members

/** A text as a literal of the query language. */
export const quoted = (text) => JSON.stringify(String(text)).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Expression for the filters that are comparisons of columns. */
export function expressionOf(state) {
  const parts = [];
  if (state.classes.length) parts.push(`chemistry_class in (${state.classes.map(quoted).join(", ")},)`);
  if (state.made === "yes") parts.push("is_made == True");
  if (state.made === "no") parts.push("is_made == False");
  for (const name of state.evidence) parts.push(`${name}_evidence == 'measured'`);
  if (state.where.trim()) parts.push(parts.length ? `(${state.where.trim()})` : state.where.trim());
  return parts.join(" and ");
}

/** All filters as parameters of a question. */
export function filtersOf(state) {
  const symbols = (text) => elementsIn(text).known.join(",");
  return { where: expressionOf(state), search: state.search.trim(), has: symbols(state.has), lacks: symbols(state.lacks), view: state.rows || SERIES };
}
