// Filters that people click, and the query language beside them.
import { html } from "../html.js";
import { state, clearFilters, hasFilters, toggled } from "../state.js";
import { hasColumn, quantities, run, titleOf } from "../run.js";
import { listing } from "../list.js";
import { count } from "../numbers.js";
import { capital, CLASSES } from "../vocabulary.js";
import { inWords } from "../service.js";
import { MATERIALS } from "../filters.js";

const isBySeries = () => hasColumn("family_series") && state.rows !== MATERIALS;
const MADE = [["", "all"], ["yes", "made"], ["no", "not yet made"]];

let waiting;
/** A text that is typed counts once the typing stops. */
function later(name, value) {
  clearTimeout(waiting);
  waiting = setTimeout(() => { state[name] = value; }, 250);
}

export const FiltersPanel = () => html`<div class="panel-body">
  ${field("search", "Name or formula", "Li6PS5Cl, LLZO, garnet", "search")}
  <fieldset class="group"><legend>Class</legend>
    <div class="chips">${CLASSES.map((name) => html`<button key=${name} class="chip" aria-pressed=${String(state.classes.includes(name))} onClick=${() => { state.classes = toggled(state.classes, name); }}>
      <span class=${`dot ${name}`}></span>${capital(name)}</button>`)}</div></fieldset>
  ${hasColumn("is_made") && html`<fieldset class="group"><legend>Synthesis on record</legend>
    <div class="segments" role="group">${MADE.map(([value, title]) => html`<button key=${value} class="segment" aria-pressed=${String(state.made === value)} onClick=${() => { state.made = value; }}>${capital(title)}</button>`)}</div></fieldset>`}
  ${evidenceChoices()}
  <fieldset class="group"><legend>Elements</legend><div class="two">
    ${field("has", "With", "Cl, Br")}
    ${field("lacks", "Without", "Ge, Sc")}
  </div></fieldset>
  ${hasColumn("family_series") && html`<label class="check"><input type="checkbox" checked=${state.rows === MATERIALS} onChange=${(e) => { state.rows = e.target.checked ? MATERIALS : ""; }} /><span>Every member of a series <span class="muted small">(else its best that fits, made before not made)</span></span></label>`}
  <details class="group more" open=${Boolean(state.where)}><summary>Query language</summary>
    <label class="stacked"><span class="visually-hidden">Expression</span>
      <textarea class="field" spellcheck="false" autocapitalize="off" placeholder="ionic_conductivity > 1e-4 and family == 'garnet'" value=${state.where} onInput=${(e) => later("where", e.target.value)}></textarea></label>
    <p class="muted small">${"Columns compared with numbers or quoted texts by < <= > >= == != in, joined by and, or, not."}</p>
  </details>
  <div class="panel-foot" aria-live="polite">
    ${listing.error ? html`<p class="notice small" role="alert"><strong>Not understood. </strong>${inWords(listing.error)}</p>` : listing.busy && !listing.total ? html`<p>Reading …</p>` : html`<p><strong>${count(listing.total)}</strong> ${isBySeries() ? "family series" : "rows"}, out of ${count(run.info?.ranked[state.role])} ranked ${state.role === "pair" ? "pairs" : "materials"}</p>`}
    ${listing.note && html`<p class="notice small">${listing.note}</p>`}
    ${hasFilters() && html`<button class="button" onClick=${clearFilters}>Clear filters</button>`}
  </div>
</div>`;

function field(name, title, example, type = "text") {
  return html`<label class="stacked"><span>${title}</span><input class="field" type=${type} spellcheck="false" autocapitalize="off" autocomplete="off" placeholder=${example} value=${state[name]} onInput=${(e) => later(name, e.target.value)} /></label>`;
}

/** Quantities that are measured for some; a box keeps rows where they were. */
function evidenceChoices() {
  const usual = ["ionic_conductivity", "critical_current", "electronic_resistivity", "p_li_mixed_conducting"];
  const names = quantities().scored.filter((name) => hasColumn(`${name}_evidence`));
  const shown = [...usual.filter((name) => names.includes(name)), ...state.evidence.filter((name) => !usual.includes(name))];
  if (!shown.length) return null;
  const others = names.filter((name) => !shown.includes(name));
  return html`<fieldset class="group"><legend>Measured, not only predicted</legend>
    ${shown.map((name) => html`<label key=${name} class="check"><input type="checkbox" checked=${state.evidence.includes(name)} onChange=${() => { state.evidence = toggled(state.evidence, name); }} /><span>${capital(titleOf(name))}</span></label>`)}
    ${others.length > 0 && html`<label class="stacked"><span class="visually-hidden">Another quantity that must be measured</span>
      <select class="field" value="" onChange=${(e) => { if (e.target.value) state.evidence = toggled(state.evidence, e.target.value); e.target.value = ""; }}><option value="">another quantity …</option>${others.map((name) => html`<option key=${name} value=${name}>${capital(titleOf(name))}</option>`)}</select></label>`}
  </fieldset>`;
}
