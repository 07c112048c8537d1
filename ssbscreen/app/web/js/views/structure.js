// Crystal structure, turned by mouse, touch or keys.
import { html, reactive, ref, watch, nextTick, onBeforeUnmount } from "../html.js";
import { askText, inWords, runPath } from "../service.js";
import { state } from "../state.js";

let library;
/** The viewer is large: it is read when a structure is first asked for. */
function viewerLibrary() {
  library ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/static/vendor/3Dmol-min.js";
    script.onload = () => resolve(window.$3Dmol);
    script.onerror = () => reject(new Error("The viewer could not be read."));
    document.head.append(script);
  });
  return library;
}

const hasWebGL = () => {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2") || document.createElement("canvas").getContext("webgl"));
  } catch {
    return false;
  }
};

/** Elements of a model with the colours that they are drawn in. */
function elementsOf(model, library3d) {
  const names = [...new Set(model.selectedAtoms({}).map((atom) => atom.elem))];
  return names.map((element) => ({ element, colour: `#${(library3d.elementColors.Jmol[element] ?? 0x909090).toString(16).padStart(6, "0")}` }));
}

export const Structure = {
  props: ["row"],
  setup(props) {
    const shown = reactive({ isAsked: false, error: "", elements: [] });
    const box = ref(null);
    let viewer = null;
    const clear = () => { viewer?.clear(); viewer = null; };
    watch(() => props.row.candidate_id, () => { clear(); Object.assign(shown, { isAsked: false, error: "", elements: [] }); });
    onBeforeUnmount(clear);
    async function draw() {
      Object.assign(shown, { isAsked: true, error: "" });
      const id = props.row.candidate_id;
      try {
        const cif = await askText(runPath(state.run, "candidate/structure"), { id, role: state.role, format: "cif" });
        if (!hasWebGL()) throw new Error("This browser draws no 3-D pictures (WebGL is off). Download the CIF instead.");
        const library3d = await viewerLibrary();
        await nextTick();
        if (id !== props.row.candidate_id || !box.value) return;
        const background = getComputedStyle(document.documentElement).getPropertyValue("--sunken").trim();
        viewer = library3d.createViewer(box.value, { backgroundColor: background, antialias: true });
        const model = viewer.addModel(cif, "cif", { doAssembly: true, duplicateAssemblyAtoms: true, normalizeAssembly: true });
        model.setStyle({}, { sphere: { scale: 0.32, colorscheme: "Jmol" }, stick: { radius: 0.1, colorscheme: "Jmol" } });
        viewer.addUnitCell(model, { box: { color: "grey" } });
        viewer.zoomTo();
        viewer.render();
        shown.elements = elementsOf(model, library3d);
      } catch (error) {
        shown.error = error.problem ? inWords(error) : error.message;
      }
    }
    function key(event) {
      const turns = { ArrowLeft: [-15, "y"], ArrowRight: [15, "y"], ArrowUp: [-15, "x"], ArrowDown: [15, "x"] };
      if (!viewer) return;
      if (event.key in turns) viewer.rotate(...turns[event.key]);
      else if (event.key === "+") viewer.zoom(1.2);
      else if (event.key === "-") viewer.zoom(1 / 1.2);
      else return;
      event.preventDefault();
      viewer.render();
    }
    return () => html`<section class="card-part"><h3>Structure</h3>
      ${!shown.isAsked && html`<button class="button" onClick=${draw}>Show the structure</button>`}
      ${shown.error && html`<p class="notice small" role="alert">${shown.error}</p>`}
      ${shown.isAsked && !shown.error && html`<div class="structure" ref=${box} tabindex="0" role="img" aria-label="Crystal structure; arrow keys turn it, plus and minus zoom" onKeydown=${key}></div><p class="elements">${shown.elements.map(({ element, colour }) => html`<span key=${element}><svg width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="5" fill=${colour} class="atom" /></svg>${element}</span>`)}</p>
        <p class="muted small">Drag or press the arrow keys to turn it, scroll or press + and − to zoom.</p>`}
    </section>`;
  },
};
