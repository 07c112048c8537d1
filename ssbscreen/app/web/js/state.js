// What is shown now. Views read it, a few functions change it, and the address follows.
import { reactive, watch } from "./html.js";
import { readAddress, writeAddress } from "./address_bar.js";

export const MAX_COMPARED = 5;

export const defaults = Object.freeze({
  run: "", role: "", view: "table", panel: "filters",
  classes: [], made: "", evidence: [], search: "", has: "", lacks: "", where: "",
  sort: "", order: "", rows: "", columns: [], factors: {}, x: "", y: "", id: "", compare: [],
});

const fresh = () => structuredClone({ ...defaults });

export const state = reactive({ ...fresh(), ...readAddress(location.search) });

/** Things that are not part of a link. */
export const seen = reactive({ error: "", isPanelOpen: false, said: "" });

export function keepAddress() {
  watch(state, () => {
    const url = location.pathname + writeAddress(state, defaults);
    if (url !== location.pathname + location.search) history.replaceState(null, "", url);
  }, { deep: true });
}

/** Say something to a screen reader, and in the corner for a moment. */
export function say(text) {
  seen.said = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { seen.said = ""; }, 4000);
}

export function clearFilters() {
  Object.assign(state, { classes: [], made: "", evidence: [], search: "", has: "", lacks: "", where: "", rows: "" });
}

export const hasFilters = () => Boolean(state.classes.length || state.made || state.evidence.length || state.search || state.has || state.lacks || state.where);

export function toggleCompared(id) {
  if (state.compare.includes(id)) {
    state.compare = state.compare.filter((one) => one !== id);
  } else if (state.compare.length < MAX_COMPARED) {
    state.compare = [...state.compare, id];
    say(`${state.compare.length} of ${MAX_COMPARED} to compare`);
  } else {
    say(`${MAX_COMPARED} are compared at most; take one away first`);
  }
}

export const toggled = (list, item) => (list.includes(item) ? list.filter((one) => one !== item) : [...list, item]);

/** Show another role: filters, order and weights of one role mean nothing in another. */
export function changeRole(role) {
  if (role === state.role) return;
  clearFilters();
  Object.assign(state, { role, sort: "", order: "", columns: [], factors: {}, x: "", y: "", id: "", compare: [] });
}
