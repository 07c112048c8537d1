// Which quantities stand in the table.
import { html, ref, watch } from "../html.js";
import { state, toggled } from "../state.js";
import { hasColumn, NEXT_TEST, quantities, shownQuantities, titleOf, unitOf } from "../run.js";
import { unit } from "../numbers.js";
import { capital } from "../vocabulary.js";

export const ColumnsDialog = {
  props: ["isOpen", "close"],
  setup(props) {
    const dialog = ref(null);
    watch(() => props.isOpen, (isOpen) => { if (isOpen) dialog.value?.showModal(); else dialog.value?.close(); });
    return () => {
      const { scored, shown } = quantities();
      const chosen = shownQuantities();
      const box = (name) => html`<label key=${name} class="check"><input type="checkbox" checked=${chosen.includes(name)} onChange=${() => { state.columns = toggled(chosen, name); }} /><span>${capital(titleOf(name))}${unit(unitOf(name)) && html` <span class="muted small">${unit(unitOf(name))}</span>`}</span></label>`;
      return html`<dialog ref=${dialog} class="dialog" aria-labelledby="columns-title" onClose=${props.close} onClick=${(e) => { if (e.target === dialog.value) props.close(); }}>
        <div class="dialog-body"><header><h2 id="columns-title">Columns</h2><button class="button" onClick=${props.close}>Done</button></header>
        ${hasColumn(NEXT_TEST) && html`<div class="choices">${box(NEXT_TEST)}</div>`}
        <h3>Criteria</h3><div class="choices">${scored.map(box)}</div>
        ${shown.length > 0 && html`<h3>Known without counting</h3><div class="choices">${shown.map(box)}</div>`}
        <footer><button class="button is-quiet" onClick=${() => { state.columns = []; }}>The usual columns</button></footer></div>
      </dialog>`;
    };
  },
};
