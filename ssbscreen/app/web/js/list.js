// The list that is shown: all rows of a role, filtered, sorted and re-ranked. The service filters and sorts, page by page;
// other weights are worked out here, for an index of the role that is fetched once.
import { ask, runPath, send } from "./service.js";
import { elementsIn, nameOf } from "./chemistry.js";
import { filtersOf } from "./filters.js";
import { OrderedRows, PagedRows } from "./rows.js";
import { hasColumn, neededColumns, run } from "./run.js";
import { state } from "./state.js";
import { isChanged, reweighted } from "./weights.js";
import { fetchTerms } from "./score_terms.js";
import { shallowRef, reactive } from "./html.js";
import { listed } from "./vocabulary.js";

export const ROW_LIMIT = 100_000; // of a role that is re-ranked in the page
const PAGE = 1000;
const FIRST = 50; // rows whose change is put into words
const OF_THE_RUN = { score_low: null, score_high: null, p_first_10: null, p_first_100: null, tie_group: null };

export const list = shallowRef(null);
export const listing = reactive({ busy: false, error: null, note: "", change: "", total: 0 });

const kept = { key: "", index: null, terms: null, columns: "", rows: new Map() };

/** Build the list anew; the newest call wins. */
export async function refresh() {
  const call = (refresh.last = {});
  const key = `${state.run} ${state.role}`;
  if (kept.key !== key) Object.assign(kept, { key, index: null, terms: null, columns: "", rows: new Map() });
  Object.assign(listing, { busy: true, error: null });
  try {
    const made = await build();
    if (refresh.last !== call) return made.close();
    list.value?.close();
    list.value = made;
    listing.total = made.total;
  } catch (error) {
    if (refresh.last === call && error.name !== "AbortError") listing.error = error;
  } finally {
    if (refresh.last === call) listing.busy = false;
  }
}

async function build() {
  const isReweighted = isChanged(state.factors);
  const nRows = run.info.roles[state.role];
  const unknown = [...elementsIn(state.has).unknown, ...elementsIn(state.lacks).unknown];
  Object.assign(listing, { note: unknown.length ? `${unknown.join(", ")}: no such element.` : "", change: "" });
  if (!isReweighted) return paged().open();
  return (nRows <= ROW_LIMIT ? await ordered() : pagedByWeights()).open();
}

/** Role, filters and order, as the service takes them. */
export const question = () => ({ role: state.role, ...filtersOf(state), sort: state.sort, order: state.sort ? state.order || "asc" : "" });

function paged() {
  const asked = { ...question(), columns: neededColumns().join(",") };
  const path = runPath(state.run, "candidates");
  return new PagedRows((offset, limit, options) => ask(path, { ...asked, offset, limit }, options));
}

/** By the weights of the page, worked out by the service. */
function pagedByWeights() {
  const { sort, order, ...filters } = question();
  const body = { ...filters, factors: { ...state.factors }, columns: neededColumns().join(",") };
  const path = runPath(state.run, "rerank");
  return new PagedRows(async (offset, limit, options) => {
    const page = await send(path, { ...body, offset, limit }, options);
    return { total: page.total, items: page.items.map((row) => ({ ...row, ...OF_THE_RUN, was: row.rank_before })) };
  });
}

async function ordered() {
  const asked = question();
  const [index, ids, places] = await Promise.all([roleIndex(), allIds(asked), newPlaces()]);
  listing.change = changeOf(places, index);
  if (!asked.sort) ids.sort((a, b) => places.get(a).place - places.get(b).place);
  const overlay = (id) => ({ ...OF_THE_RUN, score: places.get(id).score, rank: places.get(id).rank, was: index.rows.get(id)?.rank });
  const columns = neededColumns();
  return new OrderedRows({ run: state.run, role: state.role, columns }, ids, overlay, rowsWith(columns));
}

/** What other weights do to the first rows, in a sentence. */
function changeOf(places, index) {
  const rank = (id) => places.get(id).rank;
  const now = index.order.filter((id) => rank(id) !== null && rank(id) <= FIRST).sort((a, b) => rank(a) - rank(b));
  const was = (id) => index.rows.get(id).rank ?? Infinity;
  const entering = now.filter((id) => was(id) > FIRST);
  const names = entering.slice(0, 3).map((id) => nameOf(index.rows.get(id)));
  const more = entering.length > 3 ? ` and ${entering.length - 3} more` : "";
  const best = now.reduce((found, id) => (was(id) - rank(id) > was(found) - rank(found) ? id : found), now[0]);
  const climb = best && was(best) > rank(best) && was(best) < Infinity ? ` The largest climb among them is ${nameOf(index.rows.get(best))}, from ${was(best)} to ${rank(best)}.` : "";
  return `${now.length - entering.length} of the first ${FIRST} stay among them${entering.length ? `; ${listed(names)}${more} come in` : ""}.${climb}`;
}

function rowsWith(columns) {
  if (kept.columns !== columns.join()) Object.assign(kept, { columns: columns.join(), rows: new Map() });
  return kept.rows;
}

/** Place, score and rank of every row of the role at the weights of the page. */
export async function newPlaces() {
  kept.terms ||= fetchTerms(state.run, state.role);
  try {
    return reweighted(await kept.terms, state.factors);
  } catch (error) {
    kept.terms = null;
    throw error;
  }
}

/** Id, formula, names, class and rank of all rows of the role that stand for themselves. */
async function roleIndex() {
  const columns = ["candidate_id", "formula", "label", "family", "chemistry_class", "rank"].filter(hasColumn).join(",");
  kept.index ||= allRows({ role: state.role, columns }).then((items) => ({ order: items.map((row) => row.candidate_id), rows: new Map(items.map((row) => [row.candidate_id, row])) }));
  try {
    return await kept.index;
  } catch (error) {
    kept.index = null;
    throw error;
  }
}

const allIds = async (asked) => (await allRows({ ...asked, columns: "candidate_id" })).map((row) => row.candidate_id);

async function allRows(asked) {
  const path = runPath(state.run, "candidates");
  const first = await ask(path, { ...asked, limit: PAGE, offset: 0 });
  const offsets = [];
  for (let offset = PAGE; offset < first.total; offset += PAGE) offsets.push(offset);
  const others = await Promise.all(offsets.map((offset) => ask(path, { ...asked, limit: PAGE, offset })));
  return [first, ...others].flatMap((page) => page.items);
}
