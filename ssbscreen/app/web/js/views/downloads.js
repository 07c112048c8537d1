// The filtered list as files.
import { html } from "../html.js";
import { address, runPath } from "../service.js";
import { state } from "../state.js";
import { expressionOf } from "../filters.js";

const FORMATS = [["csv", "CSV", "all columns, for a spreadsheet"], ["json", "JSON", "all columns, for a program"], ["cif", "CIF", "crystal structures of the first 200"]];

export const downloads = () => html`<details class="menu"><summary class="button">Download</summary><div class="menu-body">
  <p class="small muted">The rows that the filters leave; names, elements and weights of this page are not part of it.</p>
  ${FORMATS.map(([format, title, text]) => html`<a key=${format} class="menu-item" download href=${address(runPath(state.run, "export"), { format, role: state.role, ...(format === "cif" ? { limit: 200 } : { columns: "*" }), where: expressionOf(state), view: state.rows, sort: state.sort, order: state.sort ? state.order : "" })}><strong>${title}</strong> <span class="muted small">${text}</span></a>`)}
</div></details>`;
