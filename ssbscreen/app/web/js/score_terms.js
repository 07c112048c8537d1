// The terms of the score, as the service sends them: a head in JSON and float32 numbers, criterion by criterion.
import { ask, askBytes, runPath } from "./service.js";

/** Terms of a role; see weights.js for the formula. */
export async function fetchTerms(run, role) {
  const path = runPath(run, "score_terms");
  const [head, bytes] = await Promise.all([ask(path, { role, format: "head" }), askBytes(path, { role, format: "binary" })]);
  return termsOf(head, bytes);
}

/**
 * @param {{n: number, ids: string[], criteria: {name: string, weight: number}[], known: number[], applies: number[], is_representative: number[], min_coverage: number}} head
 * @param {ArrayBuffer} bytes log_desirability, then log_survival; n numbers each, little endian
 */
export function termsOf(head, bytes) {
  const { n } = head;
  const nCriteria = head.criteria.length;
  const numbers = littleEndian(bytes);
  if (numbers.length !== n * (nCriteria + 1)) throw new Error(`The terms of the score hold ${numbers.length} numbers; ${n * (nCriteria + 1)} are needed. Reload this page.`);
  return {
    nRows: n, ids: head.ids, criteria: head.criteria, minCoverage: head.min_coverage, isRepresentative: head.is_representative,
    logDesirability: head.criteria.map((_, j) => numbers.subarray(j * n, (j + 1) * n)),
    logSurvival: numbers.subarray(nCriteria * n),
    applies: head.applies,
    isKnown: head.criteria.map((_, j) => Uint8Array.from(head.known, (bits) => Math.floor(bits / 2 ** j) % 2)),
  };
}

function littleEndian(bytes) {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return new Float32Array(bytes);
  const view = new DataView(bytes);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
