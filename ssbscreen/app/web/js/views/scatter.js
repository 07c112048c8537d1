// Two quantities against each other: colour says the class, the shape what the value rests on, bars the interval.
import { html, reactive, ref, watch, onMounted, onBeforeUnmount, nextTick } from "../html.js";
import { ask, inWords, runPath } from "../service.js";
import { state } from "../state.js";
import { hasColumn, quantities, run, titleOf, unitOf } from "../run.js";
import { list } from "../list.js";
import { filtersOf } from "../filters.js";
import { count, unit } from "../numbers.js";
import { capital, CLASSES } from "../vocabulary.js";
import { drawScatter } from "./scatter_chart.js";

const USUAL = { separator: ["oxidation_limit", "ionic_conductivity"], pair: ["cell_cost", "cell_energy_grav"], cathode: ["raw_material_cost", "energy_grav"] };
const AMOUNTS = [100, 500, 2000, 10000];

export const Scatter = {
  props: ["open"],
  setup(props) {
    const shown = reactive({ data: null, error: null, amount: 500, bars: "some" });
    const canvas = ref(null);
    let chart = null;
    const axes = () => {
      const usual = USUAL[state.role] || [];
      const known = [...quantities().scored, ...quantities().shown, "score"];
      return ["x", "y"].map((axis, i) => (known.includes(state[axis]) ? state[axis] : known.includes(usual[i]) ? usual[i] : known[i]));
    };

    async function load() {
      const [x, y] = axes();
      const call = (load.last = {});
      shown.error = null;
      try {
        const data = await ask(runPath(state.run, "scatter"), { role: state.role, x, y, ...filtersOf(state), limit: shown.amount });
        if (load.last !== call) return;
        shown.data = { ...data, evidence: await evidenceOf(y, data.ids) };
      } catch (error) {
        if (load.last === call) shown.error = error;
      }
      await nextTick();
      draw();
    }

    /** What each value of the y axis rests on, where the run says so. */
    async function evidenceOf(name, ids) {
      const column = `${name}_evidence`;
      if (!hasColumn(column) || !ids.length) return {};
      const asked = { role: state.role, ...filtersOf(state), columns: `candidate_id,${column}`, limit: 1000 };
      const offsets = Array.from({ length: Math.min(10, Math.ceil(run.info.roles[state.role] / 1000)) }, (_, i) => i * 1000);
      const pages = await Promise.all(offsets.map((offset) => ask(runPath(state.run, "candidates"), { ...asked, offset })));
      return Object.fromEntries(pages.flatMap((page) => page.items).map((row) => [row.candidate_id, row[column]]));
    }

    function draw() {
      chart?.destroy();
      chart = null;
      if (!canvas.value || !shown.data) return;
      const [x, y] = axes();
      chart = drawScatter(canvas.value, { ...shown.data, bars: shown.bars, axes: [x, y].map((name) => ({ name, title: capital(titleOf(name)), unit: unit(unitOf(name)), isLog: isLog(name), criterion: run.byName[name] })), marked: [state.id, ...state.compare], open: props.open });
    }

    onMounted(() => { load(); document.addEventListener("themechange", draw); });
    onBeforeUnmount(() => { document.removeEventListener("themechange", draw); chart?.destroy(); });
    watch(() => [state.run, state.role, state.x, state.y, JSON.stringify(filtersOf(state)), shown.amount], load);
    watch(() => [shown.bars, state.id, ...state.compare, list.value?.total], draw);

    return () => {
      const [x, y] = axes();
      const { data } = shown;
      return html`<section class="scatter" aria-label="Scatter">
        <div class="scatter-bar">
          ${axisChoice("Vertical axis", "y", y)} ${axisChoice("Horizontal axis", "x", x)}
          <label>Points<select class="field" value=${shown.amount} onChange=${(e) => { shown.amount = Number(e.target.value); }}>${AMOUNTS.map((n) => html`<option key=${n} value=${n}>first ${count(n)}</option>`)}</select></label>
          <label>Error bars<select class="field" value=${shown.bars} onChange=${(e) => { shown.bars = e.target.value; }}><option value="some">of the leading ones</option><option value="all">of all</option><option value="none">none</option></select></label>
        </div>
        ${shown.error && html`<p class="notice" role="alert">${inWords(shown.error)}</p>`}
        <div class="plot-box"><canvas ref=${canvas} role="img" aria-label=${data ? `Scatter of ${titleOf(y)} against ${titleOf(x)} of ${data.ids.length} candidates; the table holds the same values` : "Scatter"}></canvas></div>
        <div class="classes">${CLASSES.filter((name) => data?.classes.includes(name)).map((name) => html`<span key=${name}><span class=${`dot ${name}`}></span>${name}</span>`)}${data && html`<span>${count(data.ids.length)} of ${count(data.total)} with both values. Click a point for its card.</span>`}</div>
      </section>`;
    };
  },
};

/** Whether a quantity spans decades. */
function isLog(name) {
  const criterion = run.byName[name];
  if (criterion?.scale) return criterion.scale === "log";
  return ["S/cm", "ohm cm", "A/cm2", "ohm cm2"].includes(unitOf(name));
}

function axisChoice(label, axis, chosen) {
  const { scored, shown } = quantities();
  const option = (name) => html`<option key=${name} value=${name}>${capital(titleOf(name))}</option>`;
  return html`<label>${label}<select class="field" value=${chosen} onChange=${(e) => { state[axis] = e.target.value; }}>
    <option value="score">Score</option><optgroup label="Criteria">${scored.map(option)}</optgroup><optgroup label="Known without counting">${shown.map(option)}</optgroup></select></label>`;
}
