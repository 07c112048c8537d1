// How to read the marks, in one line.
import { html } from "../html.js";
import { amongNote } from "../run.js";
import { Mark } from "./marks.js";

const KINDS = [
  ["measured", "measured", "on this material"],
  ["calculated", "calculated", "by density-functional theory, or arithmetic on the composition"],
  ["predicted", "predicted by a model", "trained on other materials"],
  ["family", "of its family", "known for the family or class as a whole"],
  ["imputed", "unknown", "drawn from its family or class"],
];

export const Legend = () => html`<div class="legend" aria-label="How to read the marks">
  ${KINDS.map(([kind, text, more]) => html`<span key=${kind} class="legend-item" title=${more}><${Mark} kind=${kind} /> ${text}</span>`)}
  <span class="legend-item"><svg width="34" height="14" aria-hidden="true"><line class="track" x1="0" x2="34" y1="7" y2="7" /><line class="interval" x1="6" x2="28" y1="7" y2="7" /></svg> 90 % interval</span>
  <span class="legend-item"><svg width="20" height="14" aria-hidden="true"><rect class="good" x="0" y="4" width="20" height="6" /></svg> what the criterion asks for</span>
  <span class="legend-item"><svg width="8" height="14" aria-hidden="true"><line class="limit" x1="4" x2="4" y1="1" y2="13" /></svg> limit</span>
  ${amongNote() && html`<p class="legend-note">${amongNote()}</p>`}
</div>`;
