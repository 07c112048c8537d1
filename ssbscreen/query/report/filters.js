// The question that the list answers: search, filters, columns.
const state = { role: 0, search: '', class: '', made: '', measured: '', everyMember: false, sort: 'rank', isReversed: false, n: PAGE, columns: new Set(), candidate: 0 };
const currentRole = () => roleOf(state.role);

function prepare(role) {
  if (role.columns) return role;
  role.tieSizes = new Map();
  role.tie_group.forEach((group) => role.tieSizes.set(group, (role.tieSizes.get(group) ?? 0) + 1));
  const known = [...role.score_high].filter(Number.isFinite);
  role.scoreEnd = known.length ? Math.min(1, 1.05 * Math.max(...known.slice(0, 200))) : 1;
  role.columns = columnsOf(role);
  role.classes = [...new Set(Array.from({ length: role.n }, (_, i) => role.words.chemistry_class(i)))];
  role.leaders = role.classes.map((name) => Array.from({ length: role.n }, (_, i) => i).find((i) => role.rank[i] > 0 && role.more[i] >= 0 && role.words.chemistry_class(i) === name)).filter((i) => i !== undefined);
  return role;
}

function useRole(place) {
  const role = prepare(roleOf(place));
  Object.assign(state, { role: place, class: '', measured: '', sort: 'rank', isReversed: false, n: PAGE, candidate: role.leaders[0] ?? 0 });
  const width = document.documentElement.clientWidth;
  state.columns = new Set(role.columns.filter((one) => one.from <= width).map((one) => one.key));
}

const choice = (label, key, options, act) =>
  el('label', {}, label, el('select', { id: `filter-${key}`, on: { change: (event) => act(event.target.value) } },
    options.map(([value, text]) => el('option', { value, selected: String(state[key]) === String(value) }, text))));

function drawTools() {
  const role = currentRole(), tools = document.getElementById('tools');
  const ask = (key) => (value) => { state[key] = value; state.n = PAGE; drawTable(); };
  const measured = role.criteria.filter((criterion) => Array.from({ length: role.n }, (_, i) => i).some((i) => role.values[criterion.name].evidence(i) === 'measured'));
  const check = (one) => el('label', {}, el('input', { type: 'checkbox', value: one.key, checked: state.columns.has(one.key), on: { change: (event) => {
    if (event.target.checked) state.columns.add(one.key); else state.columns.delete(one.key);
    drawTable();
  } } }), one.title);
  put(tools, 
    el('label', { class: 'search' }, 'Search', el('input', { type: 'search', id: 'search', value: state.search, placeholder: 'name, formula, family, id', on: { input: (event) => ask('search')(event.target.value) } })),
    data.roles.length > 1 ? choice('Role', 'role', data.roles.map((one, i) => [i, one.role]), (value) => { useRole(Number(value)); drawAll(); document.getElementById('filter-role').focus(); }) : null,
    choice('Class', 'class', [['', 'all'], ...role.classes.map((name) => [name, name])], ask('class')),
    choice('Made', 'made', [['', 'all'], ['yes', 'made'], ['no', 'not on record']], ask('made')),
    measured.length ? choice('Measured', 'measured', [['', 'not asked'], ...measured.map((criterion) => [criterion.name, criterion.title])], ask('measured')) : null,
    el('label', { class: 'check' }, el('input', { type: 'checkbox', id: 'every', checked: state.everyMember, on: { change: (event) => ask('everyMember')(event.target.checked) } }), 'every member of a series'),
    el('details', { class: 'chooser' }, el('summary', {}, 'Columns'), el('fieldset', {}, el('legend', {}, 'Columns of the list'), role.columns.map(check))));
}

function drawLegend() {
  put(document.getElementById('legend'), 'What a value rests on: ',
    ...EVIDENCE.filter((kind) => MARKS[kind]).flatMap((kind) => [el('span', {}, glyph(kind), ` ${kind}`)]),
    el('span', {}, svg('svg', { class: 'glyph', width: 12, height: 14, viewBox: '0 0 12 14', 'aria-hidden': 'true' }, svg('line', { x1: 6, x2: 6, y1: 1, y2: 13, stroke: 'var(--warn)', 'stroke-dasharray': '2 2' })), ' hard limit'));
}
