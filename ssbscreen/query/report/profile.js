// One candidate beside the best known of its class, criterion by criterion.

// The best-ranked other series of the class that was made and of which something was measured.
function bestKnown(role, i) {
  const own = role.words.chemistry_class(i), series = role.words.family_series(i) || role.name[i];
  for (let k = 0; k < role.n; k += 1) {
    if (role.rank[k] < 0 || role.more[k] < 0 || !role.is_made[k] || role.words.chemistry_class(k) !== own) continue;
    if (k === i || (role.words.family_series(k) || role.name[k]) === series) continue;
    if (role.criteria.some((criterion) => role.values[criterion.name].evidence(k) === 'measured')) return k;
  }
  return -1;
}

const place = (role, i) => (role.rank[i] < 0 ? 'no rank' : [`rank ${role.rank[i].toLocaleString('en')}`, Number.isFinite(role.amongFirst[i]) ? `${role.among} in ${percentOf(role.amongFirst[i])} of the draws` : '', role.words.caution(i)].filter(Boolean).join(', '));

function valueText(column, criterion, i) {
  if (!hasValue(column, i)) return without(column, i);
  const own = Number.isFinite(column.low[i]) && column.low[i] !== column.high[i] && !(criterion.most !== null && column.low[i] > criterion.most) ? ` (${said(column.low[i], criterion.most)} to ${said(column.high[i], criterion.most)})` : '';
  return `${said(column.value[i], criterion.most)}${own}`;
}

function criterionRow(role, criterion, i, k) {
  const column = role.values[criterion.name];
  const side = (who, j) => {
    const kind = column.evidence(j), studies = column.studies(j), share = column.desirability[j];
    return el('div', { class: `side ${who}` },
      el('span', { class: 'track' }, Number.isFinite(share) && column.evidence(j) !== OUT ? el('i', { style: `width:${(100 * share).toFixed(1)}%` }) : null),
      MARKS[kind] ? glyph(kind) : el('span'), // the value stays in its own column of the grid
      el('span', {}, valueText(column, criterion, j), studies ? el('small', {}, ` ${studies}${studies === 31 ? '+' : ''} ${studies === 1 ? 'study' : 'studies'}`) : null));
  };
  const isLimiting = role.words.limiting_criterion(i) === criterion.name;
  return el('div', { class: `criterion${isLimiting ? ' limiting' : ''}` },
    el('div', { class: 'what' }, criterion.title, criterion.unit ? el('small', {}, ` ${criterion.unit}`) : null, criterion.is_vital ? el('small', { class: 'vital' }, isLimiting ? ' vital, limits it' : ' vital') : null,
      isLimiting && !criterion.is_vital ? el('small', { class: 'vital' }, ' limits it') : null, criterion.text ? el('small', { class: 'requirement' }, criterion.text) : null),
    side('own', i), k >= 0 ? side('rival', k) : null);
}

// A line of a source with its DOI or address as a link.
function linked(line) {
  return line.split(/(https?:\/\/[^\s;)]+|\b10\.\d{4,9}\/[^\s;)]+)/).map((part, k) => {
    if (k % 2 === 0) return part;
    return el('a', { href: part.startsWith('10.') ? `https://doi.org/${encodeURI(part)}` : part, rel: 'noreferrer' }, part);
  });
}

function sourcesOf(role, i) {
  const lines = data.sources[role.id[i]];
  if (!lines) return null;
  const isHead = (line) => line.endsWith(':');
  return el('details', { class: 'sources' }, el('summary', {}, 'What is reported of ', pieces(role.name[i])),
    el('ul', {}, lines.filter(Boolean).map((line) => el('li', { class: isHead(line) ? 'head' : '' }, linked(line)))));
}

function drawProfile() {
  const role = currentRole(), i = state.candidate, k = bestKnown(role, i);
  const counted = role.criteria.filter((criterion) => criterion.weight > 0);
  const sorted = (counted.length ? counted : role.criteria).slice().sort((a, b) => b.weight - a.weight);
  const pick = (j) => el('button', { type: 'button', class: j === i ? 'chip chosen' : 'chip', 'aria-pressed': String(j === i), 'data-class': role.words.chemistry_class(j), on: { click: () => openCandidate(j, false) } },
    el('span', { class: 'dot', 'aria-hidden': 'true' }), pieces(role.name[j]));
  const head = (who, j, what) => el('div', { class: `side ${who}` }, el('small', {}, what), el('b', {}, pieces(role.name[j])), el('small', {}, `${place(role, j)}, score ${shown(role.score[j])}`));
  put(document.getElementById('profile'), 
    el('p', { class: 'chips', role: 'group', 'aria-label': 'Best of each class' }, [...new Set([...role.leaders, i])].map(pick)),
    el('p', { class: 'told' }, pieces(role.name[i]), role.formula[i] && role.formula[i] !== role.name[i] ? [' (', pieces(role.formula[i]), ')'] : '', `: ${role.words.chemistry_class(i)}, ${role.words.family(i).replaceAll('_', ' ')}, ${role.is_made[i] ? 'made' : 'not on record as made'}, ${role.in_domain[i] ? 'inside' : 'outside'} the training domain. Limited by ${lower(titleOf(role, role.words.limiting_criterion(i)))}; measure next: ${testOf(role.words.next_test(i))}.`),
    el('div', { class: k >= 0 ? 'profile two' : 'profile' },
      el('div', { class: 'criterion head' }, el('div', { class: 'what' }, el('small', {}, 'criteria by their weight; bars show how well each criterion is met')), head('own', i, 'candidate'), k >= 0 ? head('rival', k, 'best known of its class') : null),
      sorted.map((criterion) => criterionRow(role, criterion, i, k))),
    sourcesOf(role, i), k >= 0 ? sourcesOf(role, k) : null,
    k < 0 ? el('p', { class: 'note' }, 'No other series of its class was made and measured.') : null);
}

function openCandidate(i, isToScroll = true) {
  state.candidate = i;
  drawProfile();
  drawScatter();
  if (!isToScroll) { document.querySelector('#profile .chip.chosen')?.focus(); return; }
  const section = document.getElementById('candidate');
  section.scrollIntoView({ block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  section.querySelector('h2').focus({ preventScroll: true });
}
