// Two criteria against each other, with the intervals of the best.
const axes = { x: '', y: '' };

function axisChoice(role, key, label) {
  return el('label', {}, label, el('select', { id: `axis-${key}`, on: { change: (event) => { axes[key] = event.target.value; drawScatter(); document.getElementById(`axis-${key}`).focus(); } } },
    role.criteria.map((criterion) => el('option', { value: criterion.name, selected: axes[key] === criterion.name }, criterion.title))));
}

const ownValue = (column, i) => hasValue(column, i) && column.evidence(i) !== 'imputed';

// Places of number badges: the first of some places around the point that lies inside and touches no other badge.
function placeBadges(points, width, height) {
  const taken = [];
  return points.map(({ x, y }) => {
    for (const distance of [14, 22, 32, 44, 58]) {
      for (let k = 0; k < 12; k += 1) {
        const angle = -Math.PI / 4 + (k * Math.PI) / 6, [bx, by] = [x + distance * Math.cos(angle), y + distance * Math.sin(angle)];
        const isInside = bx > 9 && bx < width - 9 && by > 9 && by < height - 9;
        const isFree = taken.every(([tx, ty]) => Math.hypot(tx - bx, ty - by) > 19) && points.every((p) => Math.hypot(p.x - bx, p.y - by) > 12);
        if (isInside && isFree) { taken.push([bx, by]); return { bx, by }; }
      }
    }
    return null;
  });
}

function drawScatter() {
  const role = currentRole(), names = role.criteria.map((criterion) => criterion.name), box = document.getElementById('scatter');
  if (names.length < 2) { put(box, el('p', { class: 'note' }, 'One criterion alone has no trade-off.')); return; }
  if (!names.includes(axes.x)) axes.x = names[0];
  if (!names.includes(axes.y)) axes.y = names.includes('oxidation_limit') ? 'oxidation_limit' : names.find((name) => name !== axes.x);
  const [wx, wy] = [axes.x, axes.y].map((name) => role.criteria.find((criterion) => criterion.name === name)), [cx, cy] = [role.values[axes.x], role.values[axes.y]];
  const rows = Array.from({ length: role.n }, (_, i) => i).filter((i) => ownValue(cx, i) && ownValue(cy, i) && (!wx.is_log || cx.value[i] > 0) && (!wy.is_log || cy.value[i] > 0));
  const named = [...new Set([...role.leaders, state.candidate])].filter((i) => rows.includes(i));
  const full = Math.max(280, Math.min(1060, box.clientWidth || 800)), isNarrow = full < 560;
  const [left, bottom, top, right] = [isNarrow ? 46 : 62, 48, 10, 12], width = full - left - right, height = isNarrow ? 300 : 420;
  const ex = extent(rows.map((i) => cx.value[i]), wx, named.map((i) => cx.value[i])), ey = extent(rows.map((i) => cy.value[i]), wy, named.map((i) => cy.value[i]));
  const sx = scale(...ex, width, wx.is_log), up = scale(...ey, height, wy.is_log), sy = (value) => height - up(value);
  const inside = rows.filter((i) => sx.isInside(cx.value[i]) && up.isInside(cy.value[i]));
  const clampY = (value) => height - up.clamped(value), colour = (i) => `var(--${role.words.chemistry_class(i)}, var(--other))`;
  const grid = [], size = { 'font-size': isNarrow ? 11 : 12, fill: 'var(--soft)' };
  for (const value of ticks(...ex, wx.is_log, isNarrow ? 4 : 8)) grid.push(svg('line', { x1: sx(value), x2: sx(value), y1: 0, y2: height, stroke: 'var(--line)' }), svg('text', { x: sx(value), y: height + 17, 'text-anchor': 'middle', ...size }, tickText(value, wx.is_log)));
  for (const value of ticks(...ey, wy.is_log, isNarrow ? 5 : 8)) grid.push(svg('line', { x1: 0, x2: width, y1: sy(value), y2: sy(value), stroke: 'var(--line)' }), svg('text', { x: -7, y: sy(value) + 4, 'text-anchor': 'end', ...size }, tickText(value, wy.is_log)));
  const guide = (value, isX, dash, paint) => (Number.isFinite(value) ? svg('line', { x1: isX ? sx(value) : 0, x2: isX ? sx(value) : width, y1: isX ? 0 : sy(value), y2: isX ? height : sy(value), stroke: paint, 'stroke-width': 1.4, 'stroke-dasharray': dash }) : null);
  const guides = [guide(wx.limit, true, '6 4', 'var(--warn)'), guide(wy.limit, false, '6 4', 'var(--warn)'), guide(wx.good, true, '2 4', 'var(--good)'), guide(wy.good, false, '2 4', 'var(--good)')];
  const dots = inside.filter((i) => !named.includes(i)).map((i) => svg('circle', { cx: sx(cx.value[i]).toFixed(1), cy: sy(cy.value[i]).toFixed(1), r: 2.2, fill: colour(i), 'fill-opacity': 0.45 }));
  const rings = inside.filter((i) => role.pareto_front[i] && role.more[i] >= 0 && !named.includes(i)).map((i) => svg('circle', { cx: sx(cx.value[i]).toFixed(1), cy: sy(cy.value[i]).toFixed(1), r: 4, fill: 'none', stroke: 'var(--ink)', 'stroke-width': 0.9 }));
  const points = named.map((i) => ({ i, x: sx(cx.value[i]), y: sy(cy.value[i]) }));
  const bars = points.flatMap(({ i, x, y }) => [
    Number.isFinite(cx.low[i]) ? svg('line', { x1: sx.clamped(cx.low[i]), x2: sx.clamped(cx.high[i]), y1: y, y2: y, stroke: colour(i), 'stroke-width': 1.8 }) : null,
    Number.isFinite(cy.low[i]) ? svg('line', { x1: x, x2: x, y1: clampY(cy.low[i]), y2: clampY(cy.high[i]), stroke: colour(i), 'stroke-width': 1.8 }) : null]);
  const weakest = (i) => EVIDENCE[Math.max(EVIDENCE.indexOf(cx.evidence(i)), EVIDENCE.indexOf(cy.evidence(i)))];
  const badges = placeBadges(points, width, height).map((at, n) => (at ? [
    svg('line', { x1: points[n].x, y1: points[n].y, x2: at.bx, y2: at.by, stroke: 'var(--soft)', 'stroke-width': 0.8 }),
    svg('circle', { class: 'badge', cx: at.bx, cy: at.by, r: 8.5, fill: 'var(--ground)', stroke: colour(points[n].i), 'stroke-width': 1.4 }),
    svg('text', { x: at.bx, y: at.by + 4, 'text-anchor': 'middle', 'font-size': 11, 'font-weight': 600, fill: 'var(--ink)' }, String(n + 1))] : []));
  const axis = (criterion) => `${criterion.title}${criterion.unit ? ` / ${criterion.unit}` : ''}`;
  const picture = svg('svg', { class: 'scatter', width: full, height: height + top + bottom, viewBox: `0 0 ${full} ${height + top + bottom}`, role: 'img', 'aria-label': `${axis(wy)} against ${axis(wx)}` },
    svg('g', { transform: `translate(${left} ${top})` }, grid, guides, dots, rings, bars,
      points.map(({ i, x, y }) => mark(weakest(i), x, y, 6, colour(i))), badges,
      svg('text', { x: width / 2, y: height + 40, 'text-anchor': 'middle', 'font-size': 13, fill: 'var(--ink)' }, axis(wx)),
      svg('text', { transform: `translate(${isNarrow ? -36 : -48} ${height / 2}) rotate(-90)`, 'text-anchor': 'middle', 'font-size': 13, fill: 'var(--ink)' }, axis(wy))));
  const outside = rows.length - inside.length;
  const present = role.classes.filter((name) => inside.some((i) => role.words.chemistry_class(i) === name));
  put(box, 
    el('div', { class: 'tools' }, axisChoice(role, 'x', 'Across'), axisChoice(role, 'y', 'Up')),
    picture,
    el('p', { class: 'legend' }, present.map((name) => el('span', { 'data-class': name }, el('span', { class: 'dot', 'aria-hidden': 'true' }), name)), `${inside.length.toLocaleString('en')} materials${outside ? `; ${outside.toLocaleString('en')} lie outside the picture` : ''}`),
    el('ol', { class: 'named' }, named.map((i) => el('li', { 'data-class': role.words.chemistry_class(i) }, el('span', { class: 'dot', 'aria-hidden': 'true' }), pieces(role.name[i]), `: ${valueText(cx, wx, i)} ${wx.unit}; ${valueText(cy, wy, i)} ${wy.unit}`))));
}
