// The best of each class, what holds it back: the run in one line a class.
import { html, reactive, watch, onMounted } from "../html.js";
import { ask, runPath } from "../service.js";
import { state } from "../state.js";
import { familyTitle, neededColumns, run, titleOf } from "../run.js";
import { formula, nameOf, pairParts } from "../chemistry.js";
import { lowered } from "../vocabulary.js";

export const Leaders = {
  props: ["open"],
  setup(props) {
    const found = reactive({ rows: [] });
    async function load() {
      if (!run.ready) return;
      const asked = { run: state.run, role: state.role };
      const { items } = await ask(runPath(asked.run, "leaders"), { role: asked.role, columns: neededColumns([]).join(",") }).catch(() => ({ items: [] }));
      if (asked.role === state.role && asked.run === state.run) found.rows = items;
    }
    watch(() => [run.ready, state.role, state.run], load);
    onMounted(load);
    return () => html`<section class="leaders" aria-label="Best of each class">${found.rows.map((row) => html`<button key=${row.candidate_id} class=${`leader of-${row.chemistry_class}`} onClick=${() => props.open(row.candidate_id)}>
      <span class="leader-class"><span class=${`dot ${row.chemistry_class}`}></span>${row.chemistry_class}<span class="leader-rank">${row.rank}</span></span>
      <span class="leader-name">${formula(state.role === "pair" ? pairParts(row).electrolyte : nameOf(row))}</span>
      <span class="leader-limit">${state.role === "pair" ? `with ${pairParts(row).cathode}` : row.limiting_criterion ? `held back by ${lowered(titleOf(row.limiting_criterion))}` : familyTitle(row.family)}</span>
    </button>`)}</section>`;
  },
};
