// The page: loads the runs, follows the state, lays out the views.
import { createApp, html, nextTick, onMounted, ref, watch, computed } from "./html.js";
import { inWords } from "./service.js";
import { keepAddress, MAX_COMPARED, seen, state } from "./state.js";
import { loadRole, loadRuns, run } from "./run.js";
import { list, listing, refresh, ROW_LIMIT } from "./list.js";
import { isChanged } from "./weights.js";
import { count } from "./numbers.js";
import { roleText, roleTitle } from "./vocabulary.js";
import { Header, Said } from "./views/header.js";
import { FiltersPanel } from "./views/filters_panel.js";
import { WeightsPanel } from "./views/weights_panel.js";
import { Leaders } from "./views/leaders.js";
import { Table } from "./views/table.js";
import { Legend } from "./views/legend.js";
import { Scatter } from "./views/scatter.js";
import { Compare } from "./views/compare.js";
import { Card } from "./views/card.js";
import { ColumnsDialog } from "./views/columns_dialog.js";
import { downloads } from "./views/downloads.js";

const VIEWS = [["table", "Table"], ["scatter", "Scatter"], ["compare", "Compare"]];

const Page = {
  setup() {
    const isColumnsOpen = ref(false);
    const failed = ref(null);
    let opener = null;
    const open = (id) => { opener = document.activeElement; state.id = id; };
    const close = async () => { state.id = ""; await nextTick(); if (opener?.isConnected) opener.focus(); else document.querySelector('.row[tabindex="0"]')?.focus(); };

    async function start() {
      try {
        failed.value = null;
        await loadRuns();
        await loadRole();
        await refresh();
      } catch (error) {
        failed.value = error;
      }
    }
    onMounted(() => {
      keepAddress();
      start();
      watch(() => [state.run, state.role], start);
      let waiting;
      const asked = computed(() => JSON.stringify([state.classes, state.made, state.evidence, state.search, state.has, state.lacks, state.where, state.sort, state.order, state.rows, state.columns]));
      watch(asked, () => { clearTimeout(waiting); waiting = setTimeout(refresh, 30); });
      watch(() => state.factors, () => { clearTimeout(waiting); waiting = setTimeout(refresh, run.info?.roles[state.role] > ROW_LIMIT ? 300 : 15); });
      document.addEventListener("keydown", (event) => {
        if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
          event.preventDefault();
          Object.assign(state, { panel: "filters" });
          seen.isPanelOpen = true;
          nextTick(() => document.querySelector('.panel input[type="search"]')?.focus());
        }
      });
    });

    return () => html`<div class=${`frame${state.id ? " has-card" : ""}${seen.isPanelOpen ? " has-panel" : ""}`}>
      <a class="skip" href="#main">To the ranking</a>
      <${Header} />
      ${failed.value ? problem(failed.value, start) : !run.list.length && !run.ready ? html`<p class="starting">Reading the runs …</p>` : body()}
      <${Said} />
    </div>`;

    function body() {
      if (!run.info) return html`<div class="empty"><h2>No finished run yet</h2><p>Make one with <code>make screen</code>, then reload this page.</p></div>`;
      return html`
        ${panel()}
        <main id="main" tabindex="-1">
          ${intro()}
          ${state.view === "table" && run.ready && !state.id && !isChanged(state.factors) && html`<${Leaders} open=${open} />`}
          <div class="bar">
            <div class="tabs" role="group" aria-label="View">${VIEWS.map(([name, title]) => html`<button key=${name} class="tab" aria-pressed=${String(state.view === name)} onClick=${() => { state.view = name; }}>${title}${name === "compare" && state.compare.length ? html` <span class="tally">${state.compare.length} of ${MAX_COMPARED}</span>` : ""}</button>`)}</div>
            <div class="bar-end">
              <button class="button panel-button" aria-expanded=${String(seen.isPanelOpen)} onClick=${() => { seen.isPanelOpen = !seen.isPanelOpen; }}>Filters and weights</button>
              ${state.view === "table" && html`<button class="button" onClick=${() => { isColumnsOpen.value = true; }}>Columns</button>`}
              ${downloads()}
            </div>
          </div>
          ${view()}
          ${state.view !== "compare" && html`<${Legend} />`}
        </main>
        ${state.id && run.ready && html`<${Card} close=${close} />`}
        <${ColumnsDialog} isOpen=${isColumnsOpen.value} close=${() => { isColumnsOpen.value = false; }} />`;
    }

    function view() {
      if (!run.ready) return html`<p class="starting">Reading the ranking …</p>`;
      if (state.view === "scatter") return html`<${Scatter} open=${open} />`;
      if (state.view === "compare") return html`<${Compare} open=${open} />`;
      if (listing.error && !list.value) return problem(listing.error, refresh);
      return html`<div class="table-frame">${listing.error && html`<p class="notice table-notice" role="alert"><strong>The list below answers your last question, not this one. </strong>${inWords(listing.error)}</p>`}
        <${Table} open=${open} />
        ${list.value && listing.total === 0 && !listing.busy && html`<p class="nothing">Nothing fits these filters.</p>`}</div>`;
    }

    function panel() {
      return html`<aside class="panel" aria-label="Filters and weights">
        <div class="tabs" role="group" aria-label="Panel">
          <button class="tab" aria-pressed=${String(state.panel === "filters")} onClick=${() => { state.panel = "filters"; }}>Filters</button>
          <button class="tab" aria-pressed=${String(state.panel === "weights")} onClick=${() => { state.panel = "weights"; }}>Weights${isChanged(state.factors) ? html`<span class="changed-dot" title="changed"></span>` : ""}</button>
          <button class="button panel-close" onClick=${() => { seen.isPanelOpen = false; }}>Done</button>
        </div>
        ${run.ready && (state.panel === "weights" ? WeightsPanel() : FiltersPanel())}
      </aside>`;
    }
  },
};

function intro() {
  const { info } = run;
  return html`<div class="intro"><h1>${roleTitle(state.role)} <span class="intro-text">${roleText(state.role)}</span></h1>
    <p class="muted">${count(info.ranked[state.role])} ${state.role === "pair" ? "pairs" : "materials"}, ranked by how well each meets ${run.criteria.length} criteria at once${info.profile ? ` (profile ${info.profile})` : ""}. Select one for its evidence and what to measure next.</p></div>`;
}

function problem(error, again) {
  return html`<div class="empty" role="alert"><h2>${error.problem?.title || "Something went wrong"}</h2><p>${inWords(error)}</p>
    ${error.status === 401 ? html`<a class="button" href="/login">Sign in</a>` : html`<button class="button" onClick=${again}>Try again</button>`}</div>`;
}

createApp(Page).mount("#page");
