// Elements and pictures. Everything that comes from data is a text node or an attribute, never markup.
const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'on') Object.entries(value).forEach(([kind, act]) => element.addEventListener(kind, act));
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}
// Put these in the place of what an element holds; null stands for nothing.
const put = (element, ...children) => { element.replaceChildren(); return fill(element, {}, children); };
const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const MARKS = {
  measured: 'filled circle', calculated: 'filled square', predicted: 'open circle', family: 'open diamond', imputed: 'cross',
};

// What a value rests on, by shape: (x, y) is the middle, r half the size.
function mark(kind, x, y, r, colour) {
  const open = { fill: 'var(--ground)', stroke: colour, 'stroke-width': 1.6 };
  if (kind === 'measured') return svg('circle', { cx: x, cy: y, r, fill: colour });
  if (kind === 'calculated') return svg('rect', { x: x - r * 0.88, y: y - r * 0.88, width: r * 1.76, height: r * 1.76, fill: colour });
  if (kind === 'predicted') return svg('circle', { cx: x, cy: y, r: r - 0.6, ...open });
  if (kind === 'family') return svg('path', { d: `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z`, ...open });
  const s = r * 0.75;
  return svg('path', { d: `M${x - s} ${y - s}L${x + s} ${y + s}M${x - s} ${y + s}L${x + s} ${y - s}`, stroke: colour, 'stroke-width': 1.8 });
}

const glyph = (kind, colour = 'currentColor') =>
  svg('svg', { class: 'glyph', width: 12, height: 12, viewBox: '0 0 12 12', role: 'img', 'aria-label': kind }, mark(kind, 6, 6, 4.6, colour));

// Position of values on a line of `length`, linear or logarithmic.
function scale(low, high, length, isLog) {
  const f = (value) => (isLog ? Math.log10(Math.max(value, 1e-300)) : value);
  const [a, b] = [f(low), f(high)];
  const at = (value) => ((f(value) - a) / (b - a || 1)) * length;
  at.clamped = (value) => Math.min(length, Math.max(0, at(value)));
  at.isInside = (value) => at(value) >= -0.5 && at(value) <= length + 0.5;
  return at;
}

// Ends of an axis: what most of the values span, with the thresholds of the criterion inside.
function extent(values, criterion, also = []) {
  const known = [...values].filter((v) => Number.isFinite(v) && (!criterion.is_log || v > 0)).sort((a, b) => a - b);
  const marks = [criterion.good, criterion.bad, criterion.limit, ...also].filter((v) => Number.isFinite(v) && (!criterion.is_log || v > 0));
  if (!known.length && !marks.length) return [0, 1];
  const at = (share) => known[Math.min(known.length - 1, Math.floor(share * known.length))];
  let low = Math.min(...(known.length ? [at(0.02)] : []), ...marks), high = Math.max(...(known.length ? [at(0.98)] : []), ...marks);
  if (low === high) [low, high] = criterion.is_log ? [low / 10, high * 10] : [low - 1, high + 1];
  if (criterion.is_log) return [low / 1.6, high * 1.6];
  const room = 0.04 * (high - low);
  return [low - room, high + room];
}

function ticks(low, high, isLog, most) {
  if (isLog) {
    const [a, b] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const step = Math.max(1, Math.ceil((b - a + 1) / most));
    return Array.from({ length: Math.floor((b - a) / step) + 1 }, (_, i) => 10 ** (a + i * step));
  }
  const raw = (high - low) / most, size = 10 ** Math.floor(Math.log10(raw));
  const step = size * [1, 2, 5, 10].find((m) => size * m >= raw);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(Number(value.toPrecision(12)));
  return found;
}
const tickText = (value, isLog) =>
  isLog && (value < 1e-2 || value >= 1e4) ? `10${[...String(Math.round(Math.log10(value)))].map((letter) => UPPER[letter]).join('')}` : shown(value);

// Value with its interval on a short line; a stroke marks the hard limit.
function errorBar(criterion, column, i, ends) {
  const [width, height] = [76, 14], at = scale(...ends, width - 12, criterion.is_log);
  const x = (value) => 6 + at.clamped(value), { value, low, high } = column;
  if (!Number.isFinite(value[i])) return null;
  return svg('svg', { class: 'errorbar', width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
    svg('line', { x1: 0, x2: width, y1: 7, y2: 7, stroke: 'var(--line)' }),
    Number.isFinite(criterion.limit) ? svg('line', { x1: x(criterion.limit), x2: x(criterion.limit), y1: 1, y2: 13, stroke: 'var(--warn)', 'stroke-dasharray': '2 2' }) : null,
    Number.isFinite(low[i]) ? svg('line', { x1: x(low[i]), x2: x(high[i]), y1: 7, y2: 7, stroke: 'var(--soft)', 'stroke-width': 2 }) : null,
    mark(column.evidence(i), x(value[i]), 7, 4, 'var(--ink)'));
}
