// What is shown, as parameters of the address, so that a link leads to the same view.

const LISTS = ["classes", "evidence", "columns", "compare"];
const TEXTS = ["run", "role", "made", "search", "has", "lacks", "where", "sort", "order", "rows", "view", "x", "y", "id", "panel"];
const SEPARATOR = "~"; // in no candidate id: these hold / | # , ( ) and spaces

/** State that an address describes; what it leaves out is left out. */
export function readAddress(search) {
  const query = new URLSearchParams(search);
  const found = {};
  for (const name of TEXTS) if (query.has(name)) found[name] = query.get(name);
  for (const name of LISTS) if (query.has(name)) found[name] = query.get(name).split(SEPARATOR).filter(Boolean);
  if (query.has("weights")) found.factors = readFactors(query.get("weights"));
  return found;
}

/** Address of a state, without what is as it is by itself. */
export function writeAddress(state, defaults) {
  const query = new URLSearchParams();
  for (const name of TEXTS) if (state[name] && state[name] !== defaults[name]) query.set(name, state[name]);
  for (const name of LISTS) if (state[name].length && String(state[name]) !== String(defaults[name])) query.set(name, state[name].join(SEPARATOR));
  const factors = Object.entries(state.factors).filter(([, factor]) => factor !== 1);
  if (factors.length) query.set("weights", factors.map(([name, factor]) => `${name}*${factor}`).join(SEPARATOR));
  const text = query.toString();
  return text ? `?${text}` : "";
}

function readFactors(text) {
  const factors = {};
  for (const part of text.split(SEPARATOR)) {
    const [name, factor] = part.split("*");
    const value = Number(factor);
    if (/^[\w.-]+$/.test(name) && Number.isFinite(value) && value >= 0 && value <= 10) factors[name] = value;
  }
  return factors;
}
