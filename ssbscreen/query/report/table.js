// The list: columns, rows of the current question, and tie groups.
const PAGE = 25;

const scoreBar = (role, i) => {
  const at = scale(0, role.scoreEnd, 84, false);
  return svg('svg', { class: 'errorbar', width: 90, height: 14, viewBox: '0 0 90 14', 'aria-hidden': 'true' },
    svg('rect', { x: 3, y: 6, width: 84, height: 2, fill: 'var(--line)' }),
    svg('rect', { x: 3 + at.clamped(role.score_low[i]), y: 4.5, width: Math.max(1, at.clamped(role.score_high[i]) - at.clamped(role.score_low[i])), height: 5, rx: 2, fill: 'var(--bar)' }),
    svg('circle', { cx: 3 + at.clamped(role.score[i]), cy: 7, r: 4, fill: 'var(--accent)' }));
};

const interval = (low, high, most = null) => (Number.isFinite(low) && low !== high && !(most !== null && low > most) ? el('small', {}, `${said(low, most)} to ${said(high, most)}`) : null);

// Columns: key, title, order of a row (for sorting), cell, and from which width of the page on they are shown at first.
function columnsOf(role) {
  const word = (key, title, from, text) => ({ key, title, from, order: (i) => text(role.words[key](i)).toLowerCase(), cell: (i) => text(role.words[key](i)) });
  const yes = (key, title) => ({ key, title, from: Infinity, order: (i) => -role[key][i], cell: (i) => (role[key][i] ? 'yes' : 'no') });
  const criteria = role.criteria.map((criterion, place) => {
    const column = role.values[criterion.name];
    const ends = extent(column.value, criterion);
    const isBetterDown = criterion.direction === 'max' || criterion.direction === '';
    return {
      key: criterion.name, title: criterion.short, unit: criterion.unit, from: place === 0 ? 900 : criterion.name === 'oxidation_limit' ? 1150 : Infinity, isNumber: true,
      order: (i) => (isBetterDown ? -column.value[i] : column.value[i]),
      cell: (i) => {
        if (!hasValue(column, i)) return el('span', { class: 'none' }, without(column, i));
        const studies = column.studies(i);
        const from = column.evidence(i) + (studies ? `, ${studies} ${studies === 1 ? 'study' : 'studies'}` : '');
        return el('span', { class: 'stack', title: from }, el('span', { class: 'value' }, glyph(column.evidence(i)), said(column.value[i], criterion.most)), errorBar(criterion, column, i, ends), interval(column.low[i], column.high[i], criterion.most));
      },
    };
  });
  return [
    { key: 'rank', title: 'rank', unit: role.among, from: 0, isNumber: true, order: (i) => (role.rank[i] < 0 ? Infinity : role.rank[i]),
      cell: (i) => (role.rank[i] < 0 ? el('small', {}, 'none') : el('span', { class: 'stack' }, el('b', {}, role.rank[i].toLocaleString('en')), el('small', {}, percentOf(role.amongFirst[i])))) },
    { key: 'name', title: 'candidate', from: 0, order: (i) => role.name[i].toLowerCase(), cell: (i) => nameCell(role, i) },
    { key: 'score', title: 'score', from: 0, isNumber: true, order: (i) => -role.score[i],
      cell: (i) => el('span', { class: 'stack' }, el('span', { class: 'value' }, shown(role.score[i])), scoreBar(role, i), interval(role.score_low[i], role.score_high[i])) },
    word('limiting_criterion', 'limited by', 600, (name) => (name ? titleOf(role, name, true) : '')),
    ...criteria.slice(0, 1),
    { key: 'p_all', title: 'all limits hold', from: 1000, isNumber: true, order: (i) => -role.p_all[i], cell: (i) => (Number.isFinite(role.p_all[i]) ? percentOf(role.p_all[i]) : '') },
    word('next_test', 'measure next', 1250, testOf),
    { key: 'coverage', title: 'coverage', from: Infinity, isNumber: true, order: (i) => -role.coverage[i], cell: (i) => (Number.isFinite(role.coverage[i]) ? percentOf(role.coverage[i]) : '') },
    word('family_series', 'series', Infinity, (name) => name),
    yes('is_made', 'made'), yes('in_domain', 'in domain'), yes('pareto_front', 'on the front'),
    { key: 'id', title: 'id', from: Infinity, order: (i) => role.id[i], cell: (i) => el('span', { class: 'id' }, role.id[i]) },
    ...criteria.slice(1),
  ];
}

function nameCell(role, i) {
  const more = role.more[i];
  return el('span', { class: 'stack name' },
    el('button', { type: 'button', class: 'open', title: role.formula[i] || role.name[i], on: { click: () => openCandidate(i) } }, pieces(role.name[i])),
    el('small', {}, el('span', { class: 'dot', 'data-class': role.words.chemistry_class(i), 'aria-hidden': 'true' }),
      [role.words.chemistry_class(i), role.words.family(i), role.is_made[i] ? 'made' : '', more > 0 && !state.everyMember ? `+${more} in series` : ''].filter(Boolean).join(' · '),
      role.words.caution(i) ? el('span', { class: 'caution' }, role.words.caution(i)) : null));
}

function rowsOf(role) {
  const wanted = state.search.trim().toLowerCase();
  const found = [];
  for (let i = 0; i < role.n; i += 1) {
    if (!state.everyMember && role.more[i] < 0) continue;
    if (state.class && role.words.chemistry_class(i) !== state.class) continue;
    if (state.made && Boolean(role.is_made[i]) !== (state.made === 'yes')) continue;
    if (state.measured && role.values[state.measured]?.evidence(i) !== 'measured') continue;
    if (wanted && ![role.name[i], role.formula[i], role.id[i], role.words.family(i)].some((text) => text.toLowerCase().includes(wanted))) continue;
    found.push(i);
  }
  const column = role.columns.find((one) => one.key === state.sort) ?? role.columns[0];
  const sign = state.isReversed ? -1 : 1;
  const order = new Map(found.map((i) => [i, column.order(i)]));
  const isMissing = (value) => typeof value === 'number' && !(Math.abs(value) < Infinity);
  return found.sort((a, b) => {
    const [x, y] = [order.get(a), order.get(b)];
    if (isMissing(x) || isMissing(y)) return isMissing(x) - isMissing(y) || a - b;
    return (x < y ? -1 : x > y ? 1 : 0) * sign || a - b;
  });
}

function headCell(column) {
  const isSorted = state.sort === column.key;
  const sort = () => {
    [state.isReversed, state.sort, state.n] = [isSorted && !state.isReversed, column.key, PAGE];
    drawTable(`sort-${column.key}`);
  };
  return el('th', { scope: 'col', class: column.isNumber ? 'number' : '', 'aria-sort': isSorted ? (state.isReversed ? 'descending' : 'ascending') : 'none' },
    el('button', { type: 'button', id: `sort-${column.key}`, on: { click: sort } }, column.title, el('span', { 'aria-hidden': 'true' }, isSorted ? (state.isReversed ? ' ▼' : ' ▲') : '')),
    column.unit ? el('small', {}, column.unit) : null);
}

function drawTable(focus) {
  const role = currentRole(), rows = rowsOf(role), columns = role.columns.filter((one) => state.columns.has(one.key));
  const isByRank = state.sort === 'rank' && !state.isReversed;
  const body = el('tbody');
  let tie = null;
  for (const i of rows.slice(0, state.n)) {
    const group = role.tie_group[i];
    if (isByRank && group !== tie) {
      tie = group;
      const size = role.tieSizes.get(group);
      const text = group < 0 ? 'Without a rank' : `Tie group ${group}: ${size.toLocaleString('en')} ${size === 1 ? 'material' : 'materials too close to tell apart'}`;
      body.append(el('tr', { class: 'tie' }, el('th', { colspan: columns.length, scope: 'rowgroup' }, el('span', {}, text))));
    }
    body.append(el('tr', { class: group % 2 ? 'odd' : 'even', 'data-i': i }, columns.map((one) => el('td', { class: one.isNumber ? 'number' : '' }, one.cell(i)))));
  }
  const n = rows.length, left = n - state.n;
  const more = left > 0 ? el('button', { type: 'button', id: 'more', on: { click: () => { state.n += 4 * PAGE; drawTable('more'); } } }, `Show ${Math.min(left, 4 * PAGE)} more`) : null;
  put(document.getElementById('table'), 
    el('p', { class: 'count', id: 'count' }, n ? `${n.toLocaleString('en')} ${state.everyMember ? 'rows' : 'family series'}, ${Math.min(n, state.n).toLocaleString('en')} shown${role.nAll > role.n ? `; the first ${role.n.toLocaleString('en')} of ${role.nAll.toLocaleString('en')} materials are in this page, all of them in ranking.parquet` : ''}` : 'No row fits; take a filter back.'),
    el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'The list' }, el('table', { class: 'list' }, el('thead', {}, el('tr', {}, columns.map(headCell))), body)),
    el('p', { class: 'under' }, more, el('button', { type: 'button', id: 'save', on: { click: () => save(role, rows, columns) } }, 'Save these rows (CSV)')));
  if (focus) document.getElementById(focus)?.focus();
}

// A spreadsheet runs texts that begin with one of these.
const csvCell = (text) => {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

function save(role, rows, columns) {
  const criteria = role.criteria.filter((criterion) => columns.some((one) => one.key === criterion.name));
  const head = ['rank', 'candidate', 'id', 'class', 'family', 'made', 'score', 'score_low', 'score_high', 'limited_by', 'next_test',
    ...criteria.flatMap((criterion) => [`${criterion.name}${criterion.unit ? ` ${criterion.unit}` : ''}`, `${criterion.name}_low`, `${criterion.name}_high`, `${criterion.name}_evidence`])];
  const number = (value) => (Number.isFinite(value) ? String(value) : '');
  const lines = rows.map((i) => [role.rank[i] < 0 ? '' : String(role.rank[i]), role.name[i], role.id[i], role.words.chemistry_class(i), role.words.family(i), role.is_made[i] ? 'yes' : 'no',
    number(role.score[i]), number(role.score_low[i]), number(role.score_high[i]), role.words.limiting_criterion(i), role.words.next_test(i),
    ...criteria.flatMap(({ name }) => { const c = role.values[name]; return [number(c.value[i]), number(c.low[i]), number(c.high[i]), c.evidence(i)]; })]);
  const text = [head, ...lines].map((line) => line.map(csvCell).join(',')).join('\n');
  const link = el('a', { href: URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/csv' })), download: `${role.role}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
