// Rows of a ranking as the table reads them: by place, fetched when they come into view.
import { ask, runPath } from "./service.js";
import { quoted } from "./filters.js";
import { shallowRef } from "./html.js";

const BLOCK = 100;
const LONGEST = 1700; // characters of an expression that names rows

class Rows {
  constructor(total) {
    this.total = total;
    this.version = shallowRef(0); // grows when rows have come
    this.cancelled = new AbortController();
    this.error = "";
  }

  changed() { this.version.value += 1; }
  close() { this.cancelled.abort(); }
}

/** Rows in the order of the service, in blocks by offset. */
export class PagedRows extends Rows {
  /** @param {(offset: number, limit: number, options: object) => Promise<{items: object[], total: number}>} fetchBlock */
  constructor(fetchBlock) {
    super(0);
    this.fetchBlock = fetchBlock;
    this.blocks = new Map();
  }

  async open() { await this.load(0); return this; }

  at(i) { return this.blocks.get(Math.floor(i / BLOCK))?.[i % BLOCK]; }

  ensure(first, last) {
    for (let block = Math.floor(first / BLOCK); block <= Math.floor(Math.max(first, last - 1) / BLOCK); block++) {
      if (!this.blocks.has(block) && block * BLOCK < this.total) this.load(block);
    }
  }

  async load(block) {
    this.blocks.set(block, []);
    try {
      const page = await this.fetchBlock(block * BLOCK, BLOCK, { signal: this.cancelled.signal });
      this.total = page.total;
      this.blocks.set(block, page.items);
      if (this.blocks.size > 60) this.blocks.delete(this.blocks.keys().next().value);
    } catch (error) {
      this.blocks.delete(block);
      if (error.name === "AbortError") return;
      if (block === 0) throw error;
      this.error = error;
    }
    this.changed();
  }
}

/** Rows in an order that the page made, fetched by id. */
export class OrderedRows extends Rows {
  /**
   * @param {{run: string, role: string, columns: string[]}} source
   * @param {string[]} ids
   * @param {(id: string) => object | null} overlay values that replace those of the run
   * @param {Map<string, object>} known rows with these columns, kept from list to list
   */
  constructor(source, ids, overlay, known) {
    super(ids.length);
    Object.assign(this, { source, ids, overlay, known, asked: new Set() });
  }

  async open() { await this.ensure(0, 30); return this; }

  at(i) {
    const row = this.known.get(this.ids[i]);
    return row && this.overlay ? { ...row, ...this.overlay(this.ids[i]) } : row;
  }

  async ensure(first, last) {
    const wanted = this.ids.slice(first, last).filter((id) => !this.known.has(id) && !this.asked.has(id));
    await Promise.all(chunks(wanted).map((ids) => this.load(ids)));
  }

  async load(ids) {
    ids.forEach((id) => this.asked.add(id));
    try {
      for (const row of await rowsById(this.source, ids, { signal: this.cancelled.signal })) this.known.set(row.candidate_id, row);
    } catch (error) {
      ids.forEach((id) => this.asked.delete(id));
      if (error.name === "AbortError") return;
      this.error = error;
    }
    this.changed();
  }
}

/** Rows with these ids, in any order. */
export async function rowsById({ run, role, columns }, ids, options) {
  const where = `candidate_id in (${ids.map(quoted).join(", ")},)`;
  const page = await ask(runPath(run, "candidates"), { role, where, columns: columns.join(","), limit: ids.length, view: "all" }, options);
  return page.items;
}

function chunks(ids) {
  const found = [];
  let length = LONGEST;
  for (const id of ids) {
    const size = quoted(id).length + 2;
    if (length + size > LONGEST) { found.push([]); length = 20; }
    found[found.length - 1].push(id);
    length += size;
  }
  return found;
}
