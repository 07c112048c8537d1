// The filtered list as files.
import { html } from "../html.js";
import { address, runPath } from "../service.js";
import { save } from "../saving.js";
import { question } from "../list.js";
import { isChanged } from "../weights.js";
import { state } from "../state.js";

const MOST_STRUCTURES = 200; // that the service writes at once

const path = () => runPath(state.run, "export");

const KINDS = [["csv", "CSV", "all columns, for a spreadsheet"], ["json", "JSON", "all columns, for a program"]];

/** Rows at the weights of the page: new ranks, and those of the run beside them. */
function reweighted() {
  const { sort, order, ...rows } = question();
  const body = { ...rows, factors: { ...state.factors }, columns: "*" };
  return KINDS.map(([format, title, text]) => html`<button key=${format} class="menu-item" onClick=${() => save(runPath(state.run, "rerank/export"), { format }, `${state.role}-other-weights.${format}`, body)}><strong>${title}</strong> <span class="muted small">${text}</span></button>`);
}

const asRanked = () => KINDS.map(([format, title, text]) => html`<a key=${format} class="menu-item" download href=${address(path(), { ...question(), format, columns: "*" })}><strong>${title}</strong> <span class="muted small">${text}</span></a>`);

export const downloads = () => html`<details class="menu"><summary class="button">Download</summary><div class="menu-body">
  <p class="small muted">${isChanged(state.factors) ? "The rows that the filters leave, by the weights of this page: rank and score are new, rank_before and score_before those of the run." : "The rows that the filters leave, in their order."}</p>
  ${isChanged(state.factors) ? reweighted() : asRanked()}
  ${state.role !== "pair" && html`<button class="menu-item" onClick=${() => save(path(), { ...question(), format: "cif", limit: MOST_STRUCTURES }, `${state.role}.cif`)}><strong>CIF</strong> <span class="muted small">structures among the first ${MOST_STRUCTURES}</span></button>`}
</div></details>`;
