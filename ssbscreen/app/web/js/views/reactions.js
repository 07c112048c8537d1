// Window and reactions of a candidate, in words and as a picture made on demand.
import { html, reactive, watch, onMounted } from "../html.js";
import { address, ask, inWords, runPath } from "../service.js";
import { state } from "../state.js";
import { formula, isFormula, pairParts } from "../chemistry.js";
import { isNumber, number } from "../numbers.js";

const HIGHEST = 5; // V of the drawn axis
const CATHODES = [[3.45, "LiFePO₄"], [4.3, "NMC, charged"]]; // potentials of charge, V against Li/Li+

export const Reactions = {
  props: ["row"],
  setup(props) {
    const found = reactive({ rows: null, error: null, isPlotAsked: false, plotFailed: "" });
    async function load() {
      Object.assign(found, { rows: null, error: null, isPlotAsked: false, plotFailed: "" });
      const id = props.row.candidate_id;
      try {
        const answer = await ask(runPath(state.run, "candidate/reactions"), { id, role: state.role });
        if (id === props.row.candidate_id) found.rows = answer.items;
      } catch (error) {
        found.error = error;
      }
    }
    watch(() => props.row.candidate_id, load);
    onMounted(load);
    return () => html`<section class="card-part"><h3>Voltage window and reactions</h3>
      ${windowBar(props.row)}
      ${found.error && html`<p class="notice small">${inWords(found.error)}</p>`}
      ${found.rows?.length === 0 && html`<p class="muted small">No reactions are kept for this candidate.</p>`}
      ${found.rows && contacts(found.rows)}
      ${plot(props.row, found)}
    </section>`;
  },
};

/** Equilibrium window between reduction and oxidation limit on an axis of 0 to 5 V. */
function windowBar(row) {
  const low = row.reduction_limit_value;
  const high = row.oxidation_limit_value;
  if (!isNumber(low) || !isNumber(high)) return null;
  const x = (v) => `${(2 + (96 * Math.min(v, HIGHEST)) / HIGHEST).toFixed(1)}%`;
  return html`<figure class="window"><svg width="100%" height="62" role="img" aria-label=${`Stable from ${number(low)} to ${number(high)} V against lithium`}>
      <line class="track" x1="2%" x2="98%" y1="28" y2="28" />
      <line class="window-span" x1=${x(low)} x2=${x(Math.max(high, low + 0.03))} y1="28" y2="28" />
      ${[0, 1, 2, 3, 4, 5].map((v) => html`<g key=${v}><line class="track" x1=${x(v)} x2=${x(v)} y1="23" y2="33" /><text class="axis-text" x=${x(v)} y="52" text-anchor=${v === 0 ? "start" : v === HIGHEST ? "end" : "middle"}>${v === 5 ? "5 V" : v}</text></g>`)}
      ${CATHODES.map(([v, name]) => html`<g key=${name}><line class="cathode" x1=${x(v)} x2=${x(v)} y1="18" y2="38" /><text class="axis-text" x=${x(v)} y="12" text-anchor="middle">${name}</text></g>`)}
    </svg>
    <figcaption class="small muted">At equilibrium with its own elements it is stable from ${number(low)} to ${number(high)} V against Li/Li⁺.${row.kinetic_window ? ` Known by kinetics: ${row.kinetic_window}.` : ""}</figcaption></figure>`;
}

function contacts(rows) {
  const names = [...new Set(rows.map((r) => r.contact))];
  return names.map((contact, i) => html`<details key=${contact} class="contact" open=${i === 0}><summary>With ${contact}</summary>
    <ul class="reactions">${rows.filter((r) => r.contact === contact).map((r, k) => html`<li key=${k}><span class="condition">${r.condition}</span><span class="energy">${number(r.energy)} <span class="muted small">${r.unit?.startsWith("eV/atom") ? "eV/atom" : r.unit}</span></span><span class="equation">${equation(r.reaction)}</span></li>`)}</ul></details>`);
}

/** A reaction with subscripts and an arrow. */
function equation(text) {
  return String(text || "").split(" ").map((word, i) => [i ? " " : "", word === "->" ? "→" : isFormula(word) ? formula(word) : word]);
}

function plot(row, found) {
  const isPair = state.role === "pair";
  const { electrolyte, middle, cathode } = isPair ? pairParts(row) : {};
  const isPossible = isPair ? isFormula(electrolyte) : isFormula(row.formula);
  if (!isPossible) return null;
  const url = isPair ? address("/plots/pair", { electrolyte, cathode, [row.catholyte ? "catholyte" : "coating"]: middle }) : address("/plots/window", { formula: row.formula });
  if (!found.isPlotAsked) return html`<button class="button" onClick=${() => { found.isPlotAsked = true; }}>Draw its ${isPair ? "reactions across the contact" : "decomposition against voltage"}</button>`;
  if (found.plotFailed) return html`<p class="notice small" role="alert">${found.plotFailed}</p>`;
  return html`<figure class="plot"><img src=${url} alt=${isPair ? "Reaction energy across the contact" : "Decomposition energy against voltage"} onError=${async () => { found.plotFailed = await why(url); }} /></figure>`;
}

/** Why a picture did not come. */
async function why(url) {
  try {
    const response = await fetch(url);
    return response.ok ? "The picture cannot be shown." : inWords({ problem: await response.json(), message: "" });
  } catch {
    return "The picture cannot be drawn now.";
  }
}
