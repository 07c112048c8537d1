// One candidate: what limits it, its profile against the best known of its class, evidence, reactions, window, structure.
import { html, ref, watch, reactive, nextTick, onMounted } from "../html.js";
import { ask, inWords, runPath } from "../service.js";
import { changeRole, state, toggleCompared, MAX_COMPARED } from "../state.js";
import { fileName, save } from "../saving.js";
import { amongNote, amongText, amongTitle, cautionsOf, run, titleOf, familyTitle, testTitle } from "../run.js";
import { formula, nameOf, pairParts } from "../chemistry.js";
import { count } from "../numbers.js";
import { capital } from "../vocabulary.js";
import { scoreText, ScoreBar } from "./marks.js";
import { Profile } from "./profile.js";
import { Evidence } from "./evidence.js";
import { Reactions } from "./reactions.js";
import { Structure } from "./structure.js";

export const Card = {
  props: ["close"],
  setup(props) {
    const card = reactive({ answer: null, error: null });
    const heading = ref(null);
    async function load() {
      const asked = { run: state.run, role: state.role, id: state.id };
      Object.assign(card, { answer: null, error: null });
      if (!asked.id) return;
      try {
        const answer = await ask(runPath(asked.run, "candidate"), { id: asked.id, role: asked.role });
        if (asked.id !== state.id) return;
        card.answer = answer;
        await nextTick();
        heading.value?.focus({ preventScroll: true });
      } catch (error) {
        if (asked.id === state.id) card.error = error;
      }
    }
    watch(() => [state.id, state.role, state.run], load);
    onMounted(load);
    return () => html`<aside class="card" aria-label="Candidate" onKeydown=${(e) => { if (e.key === "Escape") props.close(); }}>
      <button class="button close" onClick=${props.close} aria-label="Close the candidate">Close</button>
      ${card.error && html`<p class="notice" role="alert"><strong>This candidate cannot be shown. </strong>${inWords(card.error)}</p>`}
      ${!card.error && !card.answer && html`<p class="muted">Reading …</p>`}
      ${card.answer && body(card.answer, heading)}
    </aside>`;
  },
};

function body(answer, heading) {
  const { row } = answer;
  const isPair = state.role === "pair";
  return html`<div class="card-body">
    <header class="card-head">
      <p class="kicker"><span class=${`dot ${row.chemistry_class}`}></span>${capital(row.chemistry_class)}, ${familyTitle(row.family)}${row.is_made === false ? ", nobody is on record to have made it" : ""}</p>
      <h2 ref=${heading} tabindex="-1">${isPair ? pairName(row) : formula(nameOf(row))}</h2>
      ${!isPair && row.label && row.label !== row.formula && html`<p class="formula-line">${formula(row.formula)}</p>`}
      <p class="muted small id-line">${row.candidate_id}</p>
      ${cautionsOf(row).filter(([said]) => said !== "not on record").map(([said, why]) => html`<p key=${said} class="small"><span class="caution">${said}</span> ${why}</p>`)}
    </header>
    <div class="card-score">
      <div><span class="big">${row.rank ?? "–"}</span><span class="muted small">rank of ${count(run.info.ranked[state.role])}${amongText(row) ? html`<br /><span title=${amongNote()}>${amongTitle()}: ${amongText(row)}</span>` : ""}</span></div>
      <div><span class="big">${scoreText(row.score)}</span><span class="muted small">score, 0 to 1${row.score_low != null ? html`<br />${scoreText(row.score_low)} to ${scoreText(row.score_high)}` : ""}</span></div>
      <${ScoreBar} score=${row.score} low=${row.score_low} high=${row.score_high} top=${Math.min(1, Math.max(0.3, (row.score_high ?? row.score) * 1.2))} />
    </div>
    ${verdict(answer)}
    <div class="card-actions">
      <button class="button" aria-pressed=${String(state.compare.includes(row.candidate_id))} disabled=${!state.compare.includes(row.candidate_id) && state.compare.length >= MAX_COMPARED} onClick=${() => toggleCompared(row.candidate_id)}>${state.compare.includes(row.candidate_id) ? "Compared" : "Compare"}</button>
      ${hasStructure(row) && [["CIF", "cif", "cif"], ["JSON", "pymatgen", "json"]].map(([title, format, ending]) => html`<button key=${format} class="button" title=${`Download the structure as ${title}`} onClick=${() => save(runPath(state.run, "candidate/structure"), { id: row.candidate_id, role: state.role, format }, fileName(row.candidate_id, ending))}>${title}</button>`)}
    </div>
    <${Profile} answer=${answer} />
    ${hasStructure(row) && html`<${Structure} row=${row} />`}
    <${Reactions} row=${row} />
    <${Evidence} entries=${answer.sources || []} row=${row} />
    ${others("Variants", answer.variants)}
  </div>`;
}

/** Whether there can be a crystal: cells and polymers have none. */
const hasStructure = (row) => row.role !== "pair" && row.chemistry_class !== "polymer";

function pairName(row) {
  const { electrolyte, middle, where, cathode } = pairParts(row);
  return html`${formula(electrolyte)} <span class="with">with</span> ${cathode}${middle && html`<span class="between">${formula(middle)} ${where}</span>`}`;
}

/** What holds it back, with what that can be lived with, and what to measure next. */
function verdict({ row, limits, next_test: test, partners }) {
  const needs = limits.needs ? limits.needs.split("; ") : [];
  return html`<dl class="verdict">
    <div><dt>Held back by</dt><dd>${limits.criterion ? capital(limits.label || titleOf(limits.criterion)) : "nothing in particular"}</dd></div>
    ${test && html`<div><dt>Measure next</dt><dd>${capital(testTitle(test))}</dd></div>`}
    ${needs.length > 0 && html`<div><dt>Works with</dt><dd><ul>${needs.map((need) => html`<li key=${need}>${need}</li>`)}</ul></dd></div>`}
    ${row.best_cathode && html`<div><dt>Best cells</dt><dd>${partners?.cells?.length ? "" : row.best_cathode}${partners?.cells?.length > 0 && partnerList(partners.cells)}</dd></div>`}
  </dl>`;
}

function openPair(id) {
  changeRole("pair");
  state.id = id;
}

const partnerList = (partners) => html`<ul class="partners">${partners.slice(0, 3).map((p) => html`<li key=${p.candidate_id}><button class="link" onClick=${() => openPair(p.candidate_id)}>${p.cathode}</button>${p.coating ? html`, ${formula(p.coating)} between` : ""}${p.catholyte ? html`, ${p.catholyte} in the cathode` : ""} <span class="muted">${p.rank ? `rank ${p.rank} of the pairs` : ""}</span></li>`)}</ul>`;

function others(title, rows) {
  if (!rows?.length) return null;
  return html`<section class="card-part"><h3>${title}</h3><ul class="others">${rows.map((r) => html`<li key=${r.candidate_id}><button class="link" onClick=${() => { state.id = r.candidate_id; }}>${formula(nameOf(r))}</button> <span class="muted small">${r.rank ? `rank ${r.rank}` : `score ${scoreText(r.score)}`}${r.relation ? `, ${r.relation}` : ""}</span></li>`)}</ul></section>`;
}
