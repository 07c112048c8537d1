// The filtered list as files.
import { html } from "../html.js";
import { address, runPath } from "../service.js";
import { save } from "../saving.js";
import { question } from "../list.js";
import { state } from "../state.js";

const MOST_STRUCTURES = 200; // that the service writes at once

const path = () => runPath(state.run, "export");

export const downloads = () => html`<details class="menu"><summary class="button">Download</summary><div class="menu-body">
  <p class="small muted">The rows that the filters leave, in their order; ranks are those of the run, whatever the weights of this page.</p>
  ${[["csv", "CSV", "all columns, for a spreadsheet"], ["json", "JSON", "all columns, for a program"]].map(([format, title, text]) => html`<a key=${format} class="menu-item" download href=${address(path(), { ...question(), format, columns: "*" })}><strong>${title}</strong> <span class="muted small">${text}</span></a>`)}
  ${state.role !== "pair" && html`<button class="menu-item" onClick=${() => save(path(), { ...question(), format: "cif", limit: MOST_STRUCTURES }, `${state.role}.cif`)}><strong>CIF</strong> <span class="muted small">structures among the first ${MOST_STRUCTURES}</span></button>`}
</div></details>`;
