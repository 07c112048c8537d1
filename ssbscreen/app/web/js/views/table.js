// The ranked table: virtual rows, tie groups, error bars, evidence by shape, keys.
import { html, ref, onMounted, onBeforeUnmount, watch, nextTick, computed } from "../html.js";
import { state, toggleCompared, MAX_COMPARED } from "../state.js";
import { familyTitle, mostOf, NEXT_TEST, amongNote, amongText, amongTitle, cautionsOf, run, shownQuantities, titleOf, unitOf, hasColumn, testTitle } from "../run.js";
import { list, listing } from "../list.js";
import { geometry, scrollTo, windowAt } from "../virtual.js";
import { axisOf, evidenceOf, scoreText, ScoreBar, valueText, Whisker } from "./marks.js";
import { said, unit } from "../numbers.js";
import { formula, nameOf, pairParts } from "../chemistry.js";
import { capital, lowered } from "../vocabulary.js";
import { isChanged } from "../weights.js";

const narrow = window.matchMedia("(max-width: 640px)");

/** Key of the row that a press of Enter, space or an arrow acts on. */
export const Table = {
  props: ["open"],
  setup(props) {
    const view = ref(null);
    const scrollTop = ref(0);
    const viewHeight = ref(600);
    const active = ref(0);
    const isNarrow = ref(narrow.matches);
    const rowHeight = computed(() => (isNarrow.value ? 72 : 56));
    const total = computed(() => (list.value?.version.value, list.value?.total ?? 0));
    const shape = computed(() => geometry(total.value, rowHeight.value, Math.max(100, viewHeight.value - 44)));
    const seenRows = computed(() => windowAt(shape.value, scrollTop.value));
    const measure = () => { if (view.value) viewHeight.value = view.value.clientHeight; isNarrow.value = narrow.matches; };
    const observer = new ResizeObserver(measure);
    onMounted(() => { observer.observe(view.value); measure(); });
    onBeforeUnmount(() => observer.disconnect());
    watch(seenRows, ({ first, last }) => list.value?.ensure(first, last));
    watch(list, () => { active.value = 0; if (view.value) view.value.scrollTop = 0; scrollTop.value = 0; });

    function wheel(event) { // a long list moves by rows, not by shares of the scroll bar
      if (!shape.value.isScaled || event.ctrlKey || !event.deltaY) return;
      event.preventDefault();
      view.value.scrollTop += event.deltaY / shape.value.ratio || Math.sign(event.deltaY);
    }

    async function moveTo(row) {
      active.value = Math.min(Math.max(row, 0), total.value - 1);
      view.value.scrollTop = scrollTo(shape.value, active.value, view.value.scrollTop);
      scrollTop.value = view.value.scrollTop;
      await nextTick();
      view.value.querySelector(`[data-row="${active.value}"]`)?.focus({ preventScroll: true });
    }

    function key(event) {
      if (!event.target.classList.contains("row")) return;
      const page = Math.max(1, Math.floor(viewHeight.value / rowHeight.value) - 1);
      const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
      const row = list.value.at(active.value);
      if (event.key in moves) moveTo(active.value + moves[event.key]);
      else if (event.key === "Enter" && row) props.open(row.candidate_id);
      else if (event.key === " " && row) toggleCompared(row.candidate_id);
      else return;
      event.preventDefault();
    }

    return () => {
      void list.value?.version.value; // rows that came are drawn
      const names = shownQuantities();
      const { first, last, offset } = seenRows.value;
      const rows = [];
      for (let i = first; i < last; i++) rows.push(line(i, names, offset + (i - first) * rowHeight.value));
      return html`<div class=${`table${isNarrow.value ? " is-narrow" : ""}`} ref=${view} onScroll=${(e) => { scrollTop.value = e.target.scrollTop; }} onWheel=${wheel} onKeydown=${key}
        role="grid" aria-label="Ranking" aria-rowcount=${total.value + 1} aria-busy=${String(listing.busy)} style=${{ "--n": names.length, "--row": `${rowHeight.value}px` }}>
        ${head(names)}
        <div class="rows" role="rowgroup" style=${{ height: `${shape.value.height}px` }}>${rows}</div>
      </div>`;
    };

    function line(i, names, top) {
      const row = list.value?.at(i);
      const style = { transform: `translateY(${top}px)` };
      const index = { role: "row", "aria-rowindex": i + 2, "data-row": i, "data-id": row?.candidate_id, tabindex: i === active.value ? 0 : -1 };
      if (!row) return html`<div key=${i} class="row is-empty" ...${index} style=${style}><div role="gridcell">…</div></div>`;
      const before = i > 0 ? list.value.at(i - 1) : null;
      const isByRank = !state.sort;
      const isNewGroup = isByRank && row.tie_group && (i === 0 || (before && before.tie_group !== row.tie_group));
      const isOpen = state.id === row.candidate_id;
      return html`<div key=${i} ...${index} style=${style} class=${`row${isNewGroup ? " starts-group" : ""}${isOpen ? " is-open" : ""}${row.tie_group % 2 === 0 && isByRank ? " is-even-group" : ""}`}
        aria-selected=${String(isOpen)} onClick=${() => { active.value = i; props.open(row.candidate_id); }}>
        <div class="cell compare-cell" role="gridcell">${compareBox(row)}</div>
        <div class="cell rank-cell" role="gridcell">${rankCell(row, isNewGroup)}</div>
        <div class="cell name-cell" role="gridcell">${nameCell(row)}</div>
        <div class="cell score-cell" role="gridcell" title=${scoreTitle(row)}><span class="value">${scoreText(row.score)}</span><${ScoreBar} score=${row.score} low=${row.score_low} high=${row.score_high} top=${topScore()} /></div>
        <div class="cell limit-cell" role="gridcell"><span class="tag-line">${row.limiting_criterion ? capital(titleOf(row.limiting_criterion)) : "–"}</span></div>
        ${names.map((name) => name === NEXT_TEST ? html`<div key=${name} class="cell limit-cell" role="gridcell" title=${testTitle(row.next_test)}><span class="tag-line">${row.next_test ? capital(testTitle(row.next_test)) : "–"}</span></div>` : html`<div key=${name} class="cell value-cell" role="gridcell" title=${`${titleOf(name)}: ${valueText(row, name, unitOf(name))}`}>
          <span class="value">${said(row[`${name}_value`], mostOf(name))}</span>
          <${Whisker} value=${row[`${name}_value`]} low=${row[`${name}_low`]} high=${row[`${name}_high`]} kind=${evidenceOf(row, name)} axis=${axisOf(run.byName[name])} />
        </div>`)}
      </div>`;
    }
  },
};

/** Bars end at the best score of the list. */
function topScore() {
  const first = list.value?.at(0);
  return Math.max(0.01, first && !state.sort ? Math.max(first.score_high ?? first.score, first.score) * 1.08 : 1);
}

const scoreTitle = (row) => `Score ${scoreText(row.score)}${row.score_high != null ? `, 90 % interval ${scoreText(row.score_low)} to ${scoreText(row.score_high)}` : ""}`;

function compareBox(row) {
  const isOn = state.compare.includes(row.candidate_id);
  return html`<label class="compare-box" onClick=${(e) => e.stopPropagation()} title=${`Compare (up to ${MAX_COMPARED})`}>
    <input type="checkbox" tabindex="-1" checked=${isOn} disabled=${!isOn && state.compare.length >= MAX_COMPARED} aria-label=${`Compare ${nameOf(row)}`} onChange=${() => toggleCompared(row.candidate_id)} /></label>`;
}

function rankCell(row, isNewGroup) {
  if (row.rank == null) return html`<span class="rank is-none" title="No rank of its own: it stands behind another row of the same material, or too little is known">–</span>`;
  const moved = row.was ? row.was - row.rank : 0;
  return html`<span class="rank">${row.rank}</span>
    ${row.was ? html`<span class=${`moved ${moved > 0 ? "up" : moved < 0 ? "down" : ""}`} title=${`rank ${row.was} with the weights of the run`}>${moved > 0 ? `▲ ${moved}` : moved < 0 ? `▼ ${-moved}` : "="}</span>`
      : amongText(row) && html`<span class="among" title=${amongNote()}>${amongText(row)}</span>`}
    ${isNewGroup && html`<span class="group-tag" title="Rows of one tie group cannot be told apart by what is known">tie ${row.tie_group}</span>`}`;
}

function nameCell(row) {
  const isPair = state.role === "pair";
  const parts = isPair ? pairParts(row) : null;
  return html`<span class=${`name${isPair ? " of-pair" : ""}`}>${isPair ? html`<span class="electrolyte">${formula(parts.electrolyte)}</span><span><span class="with">with</span> ${parts.cathode}</span>` : formula(nameOf(row))}</span>
    <span class="under"><span class=${`dot ${row.chemistry_class}`}></span><span>${isPair && parts.middle ? html`${formula(parts.middle)} ${parts.where}, ` : ""}${familyTitle(row.family)}${row.family !== row.chemistry_class && !isPair ? html` <span class="of-class">${row.chemistry_class}</span>` : ""}</span>
      ${row.limiting_criterion && html`<span class="narrow-only">held back by ${lowered(titleOf(row.limiting_criterion))}</span>`}
      ${cautionsOf(row).map(([said, why]) => html`<span key=${said} class="caution" title=${why}>${said}</span>`)}</span>`;
}

function head(names) {
  const usual = [["rank", isChanged(state.factors) ? "New rank" : "Rank", isChanged(state.factors) ? "" : amongTitle(), "asc"], ["formula", state.role === "pair" ? "Pair" : "Candidate", "", "asc"], ["score", "Score", "", "desc"], ["limiting_criterion", "Held back by", "", "asc"]];
  return html`<div class="head" role="rowgroup"><div class="head-row" role="row" aria-rowindex="1">
    <div role="columnheader" class="cell compare-cell"><span class="visually-hidden">Compare</span></div>
    ${usual.map(([name, title, under, best], i) => headCell(name, title, under, best, ["rank-cell", "name-cell", "score-cell", "limit-cell"][i]))}
    ${names.map((name) => headCell(name, capital(titleOf(name)), unitOf(name), run.byName[name]?.direction === "min" ? "asc" : "desc", "value-cell"))}
  </div></div>`;
}

function headCell(name, title, inUnit, best, cls) {
  const isSorted = state.sort === name || (!state.sort && name === "rank");
  const order = state.sort === name ? state.order || "asc" : "asc";
  const isSortable = hasColumn(name) || hasColumn(`${name}_value`);
  return html`<div key=${name} role="columnheader" class=${`cell ${cls}`} aria-sort=${isSorted ? (order === "asc" ? "ascending" : "descending") : "none"}>
    <button class="sort" disabled=${!isSortable} onClick=${() => sortBy(name, best)} title=${`Sort by ${title}`}><span class="head-title">${title}</span> <span class="arrow" aria-hidden="true">${isSorted ? (order === "asc" ? "↑" : "↓") : ""}</span>${inUnit && unit(inUnit) && html` <span class="head-unit">${unit(inUnit)}</span>`}</button></div>`;
}

/** First the best on top, then the other way round, then by rank again. */
function sortBy(name, best) {
  if (name === "rank") Object.assign(state, { sort: "", order: "" });
  else if (state.sort !== name) Object.assign(state, { sort: name, order: best });
  else if (state.order === best) state.order = best === "asc" ? "desc" : "asc";
  else Object.assign(state, { sort: "", order: "" });
}
