// Up to five candidates side by side, criterion by criterion.
import { html, reactive, watch, onMounted } from "../html.js";
import { ask, inWords, runPath } from "../service.js";
import { state, toggleCompared } from "../state.js";
import { amongText, amongTitle, cautionsOf, familyTitle, run, titleOf } from "../run.js";
import { formula, nameOf, pairParts } from "../chemistry.js";
import { isNumber, percent, said, unit } from "../numbers.js";
import { capital, DOES_NOT_APPLY } from "../vocabulary.js";
import { axisOf, evidenceText, scoreText, Whisker } from "./marks.js";
import { groupTitle } from "./weights_panel.js";

export const Compare = {
  props: ["open"],
  setup(props) {
    const found = reactive({ cards: [], error: null, busy: false });
    async function load() {
      const ids = [...state.compare];
      found.error = null;
      if (!ids.length) { found.cards = []; return; }
      found.busy = true;
      try {
        const answer = await ask(runPath(state.run, "compare"), { id: ids, role: state.role });
        if (String(ids) === String(state.compare)) found.cards = answer.items;
      } catch (error) {
        found.error = error;
      } finally {
        found.busy = false;
      }
    }
    watch(() => [state.run, state.role, ...state.compare], load);
    onMounted(load);
    return () => {
      if (found.error) return html`<p class="notice" role="alert">${inWords(found.error)}</p>`;
      if (!state.compare.length) return html`<div class="empty"><h3>Nothing to compare yet</h3><p>Tick up to five candidates in the table, or press the space bar on a row.</p><button class="button" onClick=${() => { state.view = "table"; }}>To the table</button></div>`;
      return found.cards.length ? matrix(found.cards, props.open) : html`<p class="muted">Reading …</p>`;
    };
  },
};

function matrix(cards, open) {
  const names = run.criteria.map(({ name }) => name).filter((name) => cards.some((card) => criterionOf(card, name)));
  const facts = [
    ["Rank", ({ row }) => row.rank ?? "–"],
    ...(amongTitle() ? [[capital(amongTitle()), ({ row }) => amongText(row) || "–"]] : []),
    ["Caution", ({ row }) => cautionsOf(row).map(([said]) => said).join(", ") || "–"],
    ["Score", ({ row }) => `${scoreText(row.score)}${row.score_high != null ? ` (${scoreText(row.score_low)} to ${scoreText(row.score_high)})` : ""}`],
    ["Held back by", ({ row }) => row.limiting_criterion ? capital(titleOf(row.limiting_criterion)) : "–"],
    ["Synthesis on record", ({ row }) => row.is_made == null ? "–" : row.is_made ? "yes" : "no"],
  ];
  return html`<div class="compare-scroll" tabindex="0" role="region" aria-label="Comparison"><table class="compare">
    <caption class="visually-hidden">Candidates side by side</caption>
    <thead><tr><th scope="col"><span class="visually-hidden">Criterion</span></th>${cards.map(({ row }) => html`<th key=${row.candidate_id} scope="col"><button class="link name" onClick=${() => open(row.candidate_id)}>${title(row)}</button><span class="under"><span class=${`dot ${row.chemistry_class}`}></span>${familyTitle(row.family)}</span><button class="button is-quiet remove" aria-label=${`remove ${nameOf(row)} from the comparison`} onClick=${() => toggleCompared(row.candidate_id)}>remove</button></th>`)}</tr></thead>
    <tbody>${facts.map(([label, text]) => html`<tr key=${label}><th scope="row">${label}</th>${cards.map((card) => html`<td key=${card.row.candidate_id}>${text(card)}</td>`)}</tr>`)}</tbody>
    ${run.groups.map((group) => [group, names.filter((name) => run.byName[name].group === group)]).filter(([, own]) => own.length).map(([group, own]) => html`<tbody key=${group}>
      <tr class="group-line"><th scope="rowgroup" colspan=${cards.length + 1}>${groupTitle(group)}</th></tr>
      ${own.map((name) => line(name, cards))}</tbody>`)}
  </table></div>`;
}

const criterionOf = (card, name) => card.criteria.find((c) => c.name === name);

function title(row) {
  if (state.role !== "pair") return formula(nameOf(row));
  const { electrolyte, cathode } = pairParts(row);
  return html`${formula(electrolyte)} with ${cathode}`;
}

/** One criterion: values, how well they are met, and the one that meets it best. */
function line(name, cards) {
  const values = cards.map((card) => criterionOf(card, name));
  const met = values.map((c) => c?.desirability).filter(isNumber);
  const best = met.length > 1 ? Math.max(...met) : Infinity;
  const shownUnit = unit(run.byName[name].unit);
  return html`<tr key=${name}><th scope="row">${capital(run.byName[name].label)}${shownUnit && html` <span class="head-unit">${shownUnit}</span>`}</th>
    ${values.map((c, i) => html`<td key=${cards[i].row.candidate_id} class=${isNumber(c?.desirability) && c.desirability >= best - 0.005 ? "is-best" : ""} title=${c ? evidenceText(c.evidence, c.n_studies) : ""}>
      ${c && isNumber(c.value) ? html`<span class="value">${said(c.value, c.most)}</span><${Whisker} value=${c.value} low=${c.low} high=${c.high} kind=${c.evidence} axis=${axisOf(run.byName[name])} /><span class="small muted">met to ${percent(c.desirability)}</span>` : html`<span class="muted">${c?.evidence === DOES_NOT_APPLY ? "does not apply" : "unknown"}</span>`}</td>`)}</tr>`;
}
