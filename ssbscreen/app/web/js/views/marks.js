// Values drawn: a mark whose shape says what the value rests on, and its interval.
import { html } from "../html.js";
import { isNumber, place, number, withUnit, interval } from "../numbers.js";
import { mostOf } from "../run.js";
import { EVIDENCE } from "../vocabulary.js";

/** The shape of a kind of evidence around 0, 0. */
export function shape(kind, size = 4) {
  const s = size;
  switch (kind) {
    case "measured": return html`<circle class="mark is-full" r=${s} />`;
    case "calculated": return html`<rect class="mark is-full" x=${-s * 0.9} y=${-s * 0.9} width=${s * 1.8} height=${s * 1.8} />`;
    case "predicted": return html`<circle class="mark is-open" r=${s} />`;
    case "family": return html`<path class="mark is-open" d=${`M0 ${-s * 1.15}L${s * 1.1} ${s * 0.85}H${-s * 1.1}Z`} />`;
    case "does not apply": return html`<path class="mark" d=${`M${-s} 0H${s}`} />`;
    default: return html`<path class="mark is-cross" d=${`M${-s * 0.8} ${-s * 0.8}L${s * 0.8} ${s * 0.8}M${-s * 0.8} ${s * 0.8}L${s * 0.8} ${-s * 0.8}`} />`;
  }
}

export const Mark = ({ kind }) => html`<svg class="mark-alone" width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">${shape(kind)}</svg>`;

/** Evidence of a value of a row; rows of older runs only say whether it is imputed. */
export function evidenceOf(row, name) {
  return row[`${name}_evidence`] || (row[`${name}_imputed`] ? "imputed" : isNumber(row[`${name}_value`]) ? "predicted" : "imputed");
}

export function evidenceText(kind, nStudies) {
  if (kind === "measured" && nStudies > 0) return `measured by ${nStudies} ${nStudies === 1 ? "study" : "independent studies"}`;
  return EVIDENCE[kind] || kind;
}

/** Axis of a criterion: from somewhat beyond bad to somewhat beyond good; null where there is none. */
export function axisOf(criterion) {
  if (criterion?.good == null || criterion.bad == null) return null;
  const isLog = criterion.scale === "log";
  const bend = isLog ? Math.log10 : (x) => x;
  const unbend = isLog ? (x) => 10 ** x : (x) => x;
  const isWindow = Array.isArray(criterion.good);
  const ends = (isWindow ? criterion.bad : [criterion.bad, criterion.good]).map(bend);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = (high - low) * 0.45;
  const good = isWindow ? criterion.good : criterion.direction === "max" ? [criterion.good, unbend(high + room)] : [unbend(low - room), criterion.good];
  return { from: unbend(low - room), to: unbend(high + room), isLog, good, limit: criterion.limit };
}

const clipped = (share) => Math.min(1, Math.max(0, share));
const at = (share) => `${(100 * (0.03 + 0.94 * clipped(share))).toFixed(2)}%`;

/** A value with its 5 to 95 % interval on the axis of its criterion; green is what the criterion asks for. */
export function Whisker({ value, low, high, kind, axis }) {
  if (!axis || !isNumber(value)) return html`<svg class="whisker" width="100%" height="14" aria-hidden="true"></svg>`;
  const x = (v) => place(v, axis.from, axis.to, axis.isLog);
  const [goodFrom, goodTo] = axis.good.map((v) => clipped(x(v)));
  return html`<svg class="whisker" width="100%" height="14" aria-hidden="true">
    <line class="track" x1="0" x2="100%" y1="7" y2="7" />
    <rect class="good" x=${at(goodFrom)} width=${`${(94 * Math.max(0, goodTo - goodFrom)).toFixed(2)}%`} y="4" height="6" />
    ${isNumber(axis.limit) && html`<line class="limit" x1=${at(x(axis.limit))} x2=${at(x(axis.limit))} y1="1" y2="13" />`}
    ${isNumber(low) && isNumber(high) && html`<line class="interval" x1=${at(x(low))} x2=${at(x(high))} y1="7" y2="7" />`}
    <svg x=${at(x(value))} y="7" overflow="visible">${shape(kind)}</svg>
  </svg>`;
}

/** A score as a bar with its interval; all bars of a list end at the same score. */
export function ScoreBar({ score, low, high, top = 1 }) {
  const share = (v) => `${(100 * clipped(v / top)).toFixed(2)}%`;
  return html`<svg class="score-bar" width="100%" height="14" aria-hidden="true">
    <line class="track" x1="0" x2="100%" y1="7" y2="7" />
    <rect class="bar" x="0" y="3" height="8" rx="1.5" width=${share(score)} />
    ${isNumber(low) && isNumber(high) && html`<line class="interval" x1=${share(low)} x2=${share(high)} y1="7" y2="7" />`}
    <line class="tip" x1=${share(score)} x2=${share(score)} y1="1.5" y2="12.5" />
  </svg>`;
}

/** A value in words for a title or a screen reader. */
export function valueText(row, name, unit) {
  const value = row[`${name}_value`];
  const kind = evidenceOf(row, name);
  if (!isNumber(value)) return kind === "imputed" ? "nothing is known" : EVIDENCE[kind] || "missing";
  const range = interval(row[`${name}_low`], row[`${name}_high`], unit, mostOf(name));
  return `${withUnit(value, unit, mostOf(name))}${range ? `, 90 % interval ${range}` : ""}, ${evidenceText(kind, row[`${name}_n_studies`])}`;
}

export const scoreText = (score) => (isNumber(score) ? (score >= 0.0995 ? score.toFixed(2) : score >= 0.00095 ? score.toFixed(3) : number(score, 2)) : "–");
