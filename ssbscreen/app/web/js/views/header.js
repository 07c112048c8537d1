// Name, run, roles, theme.
import { html, ref, onMounted, onBeforeUnmount } from "../html.js";
import { changeRole, state, seen, say } from "../state.js";
import { run } from "../run.js";
import { count } from "../numbers.js";
import { roleTitle } from "../vocabulary.js";

export const Header = {
  setup() {
    const theme = ref(window.ssbscreenTheme.get());
    const follow = () => { theme.value = window.ssbscreenTheme.get(); };
    onMounted(() => document.addEventListener("themechange", follow));
    onBeforeUnmount(() => document.removeEventListener("themechange", follow));
    return () => html`<header class="top">
      <a class="brand" href="/" aria-label="ssbscreen, start page"><img src="/static/icon.svg" alt="" width="26" height="26" /><span>ssbscreen</span></a>
      ${run.info && html`<nav class="roles" aria-label="Role">
        ${rolesInOrder(run.info).map(([role, n]) => html`<button key=${role} class="role" aria-pressed=${String(state.role === role)} onClick=${() => changeRole(role)}>
          ${roleTitle(role)} <span class="tally">${count(n)}</span></button>`)}
      </nav>`}
      <div class="top-end">
        ${run.list.length > 0 && html`<label class="run-choice"><span>Run</span>
          <select class="field" value=${state.run} onChange=${(e) => chooseRun(e.target.value)}>
            ${run.list.map(({ name, created }) => html`<option key=${name} value=${name}>${name}${created ? `, ${created.slice(0, 10)}` : ""}</option>`)}
          </select></label>`}
        <button class="button" onClick=${share}>Copy link</button>
        <button class="button theme" aria-label=${theme.value === "dark" ? "Light colours" : "Dark colours"} title=${theme.value === "dark" ? "Light colours" : "Dark colours"}
          onClick=${() => window.ssbscreenTheme.set(theme.value === "dark" ? "light" : "dark")}>
          <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><circle cx="9" cy="9" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M9 2.8a6.2 6.2 0 0 1 0 12.4Z" fill="currentColor"/></svg>
        </button>
      </div>
    </header>`;
  },
};

function chooseRun(name) {
  Object.assign(state, { run: name, id: "", compare: [] });
}

async function share() {
  try {
    await navigator.clipboard.writeText(location.href);
    say("Link copied: it leads to exactly this view");
  } catch {
    say("Copy the address of this page: it leads to exactly this view");
  }
}

export const Said = () => html`<div class="said" role="status" aria-live="polite">${seen.said && html`<span>${seen.said}</span>`}</div>`;

/** The run's own role first. */
const rolesInOrder = ({ role: own, ranked }) => Object.entries(ranked).sort(([a], [b]) => (b === own) - (a === own));
