// Every criterion of a candidate: how well it is met, beside the best known of its class.
import { html } from "../html.js";
import { run, titleOf } from "../run.js";
import { formula } from "../chemistry.js";
import { interval, isNumber, percent, withUnit } from "../numbers.js";
import { capital, DOES_NOT_APPLY } from "../vocabulary.js";
import { evidenceText, Mark, shape } from "./marks.js";
import { groupTitle } from "./weights_panel.js";

export function Profile({ answer }) {
  const best = answer.best_known && answer.best_known.id !== answer.id ? answer.best_known : null;
  const theirs = Object.fromEntries((best?.criteria || []).map((c) => [c.name, c.desirability]));
  const groups = run.groups.map((group) => [group, answer.criteria.filter(({ name }) => run.byName[name]?.group === group)]).filter(([, criteria]) => criteria.length);
  return html`<section class="card-part profile"><h3>Profile</h3>
    <p class="muted small">How well each criterion is met, from 0 to 1. ${best && html`The upright line is <strong>${formula(best.name)}</strong>, the best ranked ${answer.row.chemistry_class} that was made.`}</p>
    ${groups.map(([group, criteria]) => html`<div key=${group} class="profile-group"><h4>${groupTitle(group)}</h4>${criteria.map((c) => line(c, answer.row, theirs[c.name]))}</div>`)}
  </section>`;
}

function line(c, row, theirs) {
  const kind = c.evidence || (isNumber(c.value) ? "predicted" : "imputed");
  const met = c.desirability;
  const isLimiting = row.limiting_criterion === c.name;
  const x = (share) => `${(2 + 96 * share).toFixed(1)}%`;
  return html`<div key=${c.name} class=${`criterion${isLimiting ? " is-limiting" : ""}`}>
    <span class="criterion-name">${capital(c.label || titleOf(c.name))}${c.is_vital && html` <span class="vital" title="Vital: missing its limit lowers the whole score">vital</span>`}</span>
    <span class="criterion-value">${isNumber(c.value) ? withUnit(c.value, c.unit, c.most) : kind === DOES_NOT_APPLY ? "–" : "unknown"}</span>
    <svg class="met" width="100%" height="16" role="img" aria-label=${isNumber(met) ? `met to ${percent(met)}${isNumber(theirs) ? `, the best known to ${percent(theirs)}` : ""}` : "not known"}>
      <line class="track" x1="2%" x2="98%" y1="8" y2="8" />
      ${isNumber(met) && html`<line class="met-bar" x1="2%" x2=${x(met)} y1="8" y2="8" />`}
      ${isNumber(theirs) && html`<line class="theirs" x1=${x(theirs)} x2=${x(theirs)} y1="1" y2="15" />`}
      ${isNumber(met) && html`<svg x=${x(met)} y="8" overflow="visible">${shape(kind, 4.5)}</svg>`}
    </svg>
    <span class="criterion-under muted small"><${Mark} kind=${kind} /> ${evidenceText(kind, c.n_studies)}${isNumber(c.low) && isNumber(c.high) && c.low !== c.high && interval(c.low, c.high, c.unit, c.most) && html`; 90 % interval ${interval(c.low, c.high, c.unit, c.most)}`}${isNumber(c.limit) && html`; limit ${withUnit(c.limit, c.unit)}`}</span>
  </div>`;
}
