// What counts how much: a factor on the weight of each group or criterion, and the list follows at once.
import { html, reactive } from "../html.js";
import { state } from "../state.js";
import { run } from "../run.js";
import { listing } from "../list.js";
import { isChanged, weightsOf } from "../weights.js";
import { percent } from "../numbers.js";
import { capital, plain } from "../vocabulary.js";

const GROUPS = { transport: "Ion transport", electronic: "Electronic insulation", lithium: "Contact with lithium", window: "Voltage window", mechanics: "Mechanics", processing: "Making and handling", cost: "Cost and supply", cell: "Energy of the cell", interface: "Interface", stability: "Stability", capacity: "Capacity", voltage: "Voltage" };
const STEPS = [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4]; // of the slider; 1 is the run's own weight
const MOST_TRANSPORT = 0.2; // as in the screens
const opened = reactive({});

const factorText = (factor) => (factor === 0 ? "off" : `× ${factor}`);
const stepOf = (factor) => STEPS.reduce((best, step, i) => (Math.abs(step - factor) < Math.abs(STEPS[best] - factor) ? i : best), 0);

export const groupTitle = (group) => GROUPS[group] || capital(plain(group));

export const WeightsPanel = () => {
  if (!run.hasWeights) return html`<div class="panel-body"><p class="notice small">This run was made by an older version and keeps no terms of its scores. ${run.hint || "Make it again with ssbscreen screen to weigh its criteria anew."}</p></div>`;
  const weights = weightsOf(run.criteria, state.factors);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return html`<div class="panel-body">
    <p class="small muted">A score is the weighted geometric mean of how well each criterion is met, lowered where a vital limit is missed. Move a slider: the list is ranked anew by the same formula.</p>
    ${run.groups.map((group) => groupOf(group, run.criteria.map((c, i) => ({ ...c, now: weights[i] })).filter((c) => c.group === group)))}
    <div class="panel-foot">
      ${isChanged(state.factors) && shareOf("transport", weights) > MOST_TRANSPORT + 1e-9 && html`<p class="notice small">Ion transport weighs ${percent(shareOf("transport", weights))}; a screen allows at most ${percent(MOST_TRANSPORT)}, since one number that is often measured would decide alone.</p>`}
      ${total <= 0 && html`<p class="notice small">Everything is off. Give at least one criterion a weight.</p>`}
      ${isChanged(state.factors) ? html`<p class="small" aria-live="polite"><strong>Ranked by your weights.</strong> ${listing.change} Arrows give the change of rank; intervals and tie groups belong to the weights of the run and are left out.</p><button class="button" onClick=${() => { state.factors = {}; }}>Weights of the run</button>`
        : html`<p class="small muted">These are the weights of the run${run.info?.profile ? ` (profile ${run.info.profile})` : ""}.</p>`}
    </div>
  </div>`;
};

const shareOf = (group, weights) => run.criteria.reduce((sum, c, i) => sum + (c.group === group ? weights[i] : 0), 0);

function groupOf(group, criteria) {
  const weighed = criteria.filter((c) => c.weight > 0);
  if (!weighed.length) return null;
  const factors = weighed.map(({ name }) => state.factors[name] ?? 1);
  const common = factors.every((factor) => factor === factors[0]) ? factors[0] : null;
  const share = weighed.reduce((sum, c) => sum + c.now, 0);
  const isOpen = opened[group] || common === null;
  return html`<section key=${group} class="weight-group">
    ${slider(groupTitle(group), common, share, (factor) => setFactors(weighed, factor), `group-${group}`)}
    ${weighed.length > 1 && html`<button class="unfold" aria-expanded=${String(isOpen)} onClick=${() => { opened[group] = !isOpen; }}>${isOpen ? "fewer" : `${weighed.length} criteria`}</button>
      ${isOpen && html`<div class="weight-criteria">${weighed.map((c) => slider(capital(c.label), state.factors[c.name] ?? 1, c.now, (factor) => setFactors([c], factor), c.name, c))}</div>`}`}
  </section>`;
}

function slider(title, factor, share, set, key, criterion) {
  const id = `weight-${key}`;
  const shown = factor === null ? "mixed" : factor === 1 ? "× 2" : factorText(factor);
  return html`<div key=${key} class=${`weight${criterion ? " is-criterion" : ""}${factor !== 1 ? " is-changed" : ""}`}>
    <label for=${id}>${title}${criterion?.is_vital && html`<span class="vital" title="Vital: missing its limit lowers the whole score, whatever the weights"> vital</span>`}</label>
    <span class="share">${percent(share)}</span>
    <input id=${id} type="range" min="0" max=${STEPS.length - 1} step="1" value=${stepOf(factor ?? 1)} aria-valuetext=${factor === null ? "different factors" : factorText(factor)} onInput=${(e) => set(STEPS[e.target.value])} />
    <button class="factor" title="Count double" aria-label=${`${shown}: ${title} counts double`} aria-pressed=${String(factor === 2)} onClick=${() => set(factor === 2 ? 1 : 2)}>${shown}</button>
  </div>`;
}

function setFactors(criteria, factor) {
  const factors = { ...state.factors };
  for (const { name } of criteria) {
    if (factor === 1) delete factors[name];
    else factors[name] = factor;
  }
  state.factors = factors;
}
