// Reads the embedded columns (payload.py): three significant digits a number, and what each value rests on.
const data = JSON.parse(document.getElementById('data').textContent);
const EVIDENCE = data.evidence;

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
// Whole percentages; 254 stands for less than half a percent, 255 for what is missing.
const percents = (text) => Float64Array.from(bytes(text), (code) => ({ 254: 0.4, 255: NaN })[code] ?? code);
const integers = (text) => new Int32Array(bytes(text).buffer);

function numbers(column) {
  const codes = new (column.size === 2 ? Int16Array : Int32Array)(bytes(column.codes).buffer);
  return Float64Array.from(codes, (code) => {
    if (code === -32768) return NaN;
    if (code === 0) return 0;
    const size = Math.abs(code) - 1;
    const number = Number(`${(size % 900) + 100}e${Math.floor(size / 900) + column.low - 2}`);
    return code < 0 ? -number : number;
  });
}

function readRole(role) {
  const words = Object.fromEntries(Object.entries(role.words).map(([name, column]) => {
    const places = integers(column.places);
    return [name, (i) => column.words[places[i]]];
  }));
  const of = (group, read) => Object.fromEntries(Object.entries(group).map(([name, column]) => [name, read(column)]));
  const values = of(role.values, (column) => {
    const evidence = bytes(column.evidence);
    return {
      value: numbers(column.value), low: numbers(column.low), high: numbers(column.high),
      desirability: Float64Array.from(bytes(column.desirability), (d) => (d === 255 ? NaN : d / 200)),
      evidence: (i) => EVIDENCE[evidence[i] % EVIDENCE.length],
      studies: (i) => Math.floor(evidence[i] / EVIDENCE.length),
    };
  });
  return {
    role: role.role, n: role.n, nAll: role.n_all, criteria: role.criteria, name: role.name, id: role.id,
    formula: role.formula, more: integers(role.more), words, values,
    among: role.among, ...of(role.shares, percents),
    ...of(role.integers, integers), ...of(role.numbers, numbers), ...of(role.flags, bytes),
  };
}

const roles = new Map();
const roleOf = (i) => {
  if (!roles.has(i)) roles.set(i, readRole(data.roles[i]));
  return roles.get(i);
};

const UPPER = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' };

// A number at three significant digits; powers of ten below a hundredth and from a million on.
function shown(value) {
  if (!Number.isFinite(value)) return '';
  if (value === 0) return '0';
  const [digits, power] = value.toExponential(2).split('e').map(Number);
  if (power >= -2 && power < 6) return String(Number(value.toPrecision(3)));
  return `${digits}×10${[...String(power)].map((letter) => UPPER[letter]).join('')}`;
}

// The same, "over" the largest value that says something.
const said = (value, most) => (most !== null && value > most ? `over ${shown(most)}` : shown(value));

// A whole percentage; empty when missing.
const percentOf = (percent) => (!Number.isFinite(percent) ? '' : percent > 0 && percent < 1 ? '<1%' : `${percent}%`);

const titleOf = (role, name, isShort = false) => role.criteria.find((criterion) => criterion.name === name)?.[isShort ? 'short' : 'title'] ?? data.titles[name] ?? name;
const testOf = (name) => data.tests[name] ?? name;
// Pieces of a name: numbers of a formula stand lower, names in use stay as they are.
const FORMULA = /^(?:[A-Z][a-z]?|[\d.]+|[()[\]])+$/;
function pieces(name) {
  if (!FORMULA.test(name) || !/[A-Z]/.test(name)) return [name];
  return name.split(/(?<=[A-Za-z)\]])([\d.]+)/).map((part, k) => (k % 2 ? el('sub', {}, part) : part));
}
// What stands in the place of a value; a criterion that does not apply has none, whatever was drawn for it.
const OUT = 'does not apply';
const hasValue = (column, i) => Number.isFinite(column.value[i]) && column.evidence(i) !== OUT;
const without = (column, i) => (column.evidence(i) === 'none' ? 'not known' : column.evidence(i));

const lower = (title) => (/^(Young|Pugh|Poisson|Vickers|Vogel)/.test(title) ? title : title.charAt(0).toLowerCase() + title.slice(1));
