// The ranker's own formula: the score is the weighted geometric mean of the desirabilities over criteria and draws, times
// what the limits of the vital criteria leave. Its logarithm is linear in the weights:
//   log score = sum over criteria of weight * mean log desirability + mean log of what the limits leave,
// with weights that sum to 1. Where a criterion does not apply, others of its group bear its weight. The means over the draws come from the service (score_terms.js).

const SLACK = 1e-9; // of the known weight against the least that gives a rank, as in the ranker

/** Weights that sum to 1, each the run's own times a factor; all 0 where nothing counts. */
export function weightsOf(own, factors) {
  const raw = own.map(({ name, weight }) => weight * (factors[name] ?? 1));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? raw.map((weight) => weight / total) : raw;
}

/** Scores of all rows at these weights, which sum to 1. */
export function scoresOf(terms, weights) {
  const scores = Float64Array.from(terms.logSurvival);
  const borne = new Map();
  for (const bits of new Set(terms.applies)) borne.set(bits, borneWeights(terms.criteria, weights, bits));
  const ofRow = terms.applies.map((bits) => borne.get(bits));
  weights.forEach((_, j) => {
    const logs = terms.logDesirability[j];
    for (let i = 0; i < scores.length; i++) scores[i] += ofRow[i][j] * logs[i];
  });
  return scores.map(Math.exp);
}

/** Weights where some criteria do not apply (bit j unset): others of their group bear them, else all others. */
export function borneWeights(criteria, weights, bits) {
  const applies = criteria.map((_, j) => Math.floor(bits / 2 ** j) % 2);
  const sumOf = (group, isMeant) => criteria.reduce((sum, { group: own }, j) => sum + (own === group && isMeant(j) ? weights[j] : 0), 0);
  const raw = criteria.map(({ group }, j) => {
    const left = sumOf(group, (k) => applies[k]);
    return applies[j] && left > 0 ? (weights[j] * sumOf(group, () => true)) / left : 0;
  });
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? raw.map((weight) => weight / total) : weights;
}

/** 1 for rows with a rank: they stand for themselves, and enough of the weight rests on values of their own. */
export function rankedOf(terms, weights) {
  const covered = new Float64Array(terms.nRows);
  weights.forEach((weight, j) => {
    const isKnown = terms.isKnown[j];
    if (weight) for (let i = 0; i < covered.length; i++) covered[i] += weight * isKnown[i];
  });
  return Uint8Array.from(covered, (share, i) => (terms.isRepresentative[i] && share >= terms.minCoverage - SLACK ? 1 : 0));
}

/** Rows in their order: those with a rank first, from the highest score down, equal ones by id. */
export function orderOf(scores, isRanked, ids) {
  const rows = Array.from(scores, (_, i) => i);
  return rows.sort((a, b) => isRanked[b] - isRanked[a] || scores[b] - scores[a] || (ids[a] < ids[b] ? -1 : 1));
}

/**
 * Place, score and rank (null without one) of every row at other weights, by id.
 * @returns {Map<string, {place: number, score: number, rank: number | null}>}
 */
export function reweighted(terms, factors) {
  const weights = weightsOf(terms.criteria, factors);
  const scores = scoresOf(terms, weights);
  const isRanked = rankedOf(terms, weights);
  return new Map(orderOf(scores, isRanked, terms.ids).map((i, place) => [terms.ids[i], { place, score: scores[i], rank: isRanked[i] ? place + 1 : null }]));
}

export const isChanged = (factors) => Object.values(factors).some((factor) => factor !== 1);
