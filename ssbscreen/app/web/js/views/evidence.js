// What sources say about a candidate, with links.
import { html } from "../html.js";
import { run, titleOf } from "../run.js";
import { number, unit } from "../numbers.js";
import { capital } from "../vocabulary.js";

const FIRST = 8;

/** Address of a reference: of a DOI, or of a web page by http or https; null for anything else. */
export function linkOf(reference) {
  const text = String(reference || "").trim();
  if (/^10\.\d{4,9}\/\S+$/.test(text)) return `https://doi.org/${encodeURI(text)}`;
  return /^https?:\/\/[^\s"'<>]+$/.test(text) ? text : null;
}

export const Reference = ({ text }) => {
  const parts = String(text || "").split(/(10\.\d{4,9}\/[^\s;,]+[^\s;,.)]|https?:\/\/[^\s;,]+)/);
  return parts.map((part) => {
    const link = linkOf(part);
    return link ? html`<a href=${link} target="_blank" rel="noopener noreferrer">${part}</a>` : part;
  });
};

export function Evidence({ entries, row }) {
  if (!entries.length && !row.made_source && !row.provenance) return null;
  const order = run.criteria.map(({ name }) => name);
  const place = ({ property }) => (order.includes(property) ? order.indexOf(property) : order.length);
  const sorted = [...entries].sort((a, b) => place(a) - place(b)); // what counts comes first
  const shown = sorted.slice(0, FIRST);
  const rest = sorted.slice(FIRST);
  return html`<section class="card-part"><h3>Evidence</h3>
    ${row.made_source && html`<p class="small"><strong>Made: </strong><${Reference} text=${row.made_source} /></p>`}
    ${row.provenance && html`<p class="small"><strong>Structure: </strong><${Reference} text=${row.provenance} /></p>`}
    ${entries.length > 0 && html`<ul class="sources">${shown.map(entry)}</ul>`}
    ${rest.length > 0 && html`<details><summary>${rest.length} more</summary><ul class="sources">${rest.map(entry)}</ul></details>`}
  </section>`;
}

function entry(e, i) {
  const bound = { below: "below ", above: "above ", upper: "below ", lower: "above " }[e.bound] || "";
  return html`<li key=${i}><span class="source-value">${e.label || capital(titleOf(e.property))}: ${bound}${number(e.value)} ${unit(e.unit)}${e.temperature_c != null ? ` at ${number(e.temperature_c)} °C` : ""}</span>
    <span class="small muted">${e.method ? `${e.method}, ` : ""}${e.verdict ? `${e.verdict}, ` : ""}${e.link && linkOf(e.link) ? html`<a href=${e.link} target="_blank" rel="noopener noreferrer">${e.reference}</a>` : html`<${Reference} text=${e.reference || e.source} />`}</span></li>`;
}
