// The scatter as Chart.js draws it: one set of points a class, error bars below them, names of the marked ones.
import { CLASSES } from "../vocabulary.js";
import { number, isNumber } from "../numbers.js";

const SHAPES = { measured: "circle", calculated: "rect", predicted: "circle", family: "triangle", imputed: "crossRot" };
const FIRST_BARS = 30;
const ROOM = 600; // pixels of a plot in which the best of each class are named

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const subscripts = (text) => (/^[A-Z]/.test(text) ? text.replace(/(?<=[A-Za-z)])[\d.]+/g, (digits) => [...digits].map((c) => (c === "." ? "." : String.fromCharCode(0x2080 + Number(c)))).join("")) : text);

/** Draw into a canvas; returns the chart. */
export function drawScatter(canvas, { ids, names, classes, ranks, x, y, evidence, bars, axes, marked, open }) {
  const points = ids.map((id, i) => ({ id, name: names[i], kind: classes[i] || "other", rank: ranks[i], x: x.value[i], y: y.value[i], xLow: x.low?.[i], xHigh: x.high?.[i], yLow: y.low?.[i], yHigh: y.high?.[i], rests: evidence[id] || "predicted" }))
    .filter((p) => (!axes[0].isLog || p.x > 0) && (!axes[1].isLog || p.y > 0));
  const barred = bars === "none" ? [] : bars === "all" ? points : [...points.slice(0, FIRST_BARS), ...bestOfEach(points)];
  const extra = points.filter((p) => marked.includes(p.id));
  const ink = colour("ink");
  const text = { color: colour("muted"), font: { family: '"Source Sans 3", sans-serif', size: 13 } };
  const datasets = CLASSES.map((kind) => {
    const own = points.filter((p) => p.kind === kind);
    const of = colour(kind);
    return {
      label: kind, data: own, pointStyle: own.map((p) => SHAPES[p.rests] || "circle"),
      backgroundColor: own.map((p) => (p.rests === "predicted" || p.rests === "family" ? colour("surface") : of)),
      borderColor: of, borderWidth: 1.6, radius: own.map((p) => (marked.includes(p.id) ? 7 : 4)), hoverRadius: 7, hoverBorderColor: ink,
    };
  }).filter((set) => set.data.length);
  return new window.Chart(canvas, {
    type: "scatter",
    data: { datasets },
    plugins: [barsBelow([...new Set(barred.concat(extra))], ink), namesOf([...new Set([...extra, ...(canvas.clientWidth > ROOM ? bestOfEach(points) : [])])], ink, colour("surface"))],
    options: {
      animation: false, maintainAspectRatio: false, layout: { padding: { top: 14, right: 24 } },
      onClick: (_, hit, chart) => { if (hit.length) open(chart.data.datasets[hit[0].datasetIndex].data[hit[0].index].id); },
      onHover: (event, hit) => { event.native.target.style.cursor = hit.length ? "pointer" : "default"; },
      scales: { x: scaleOf(axes[0], text), y: scaleOf(axes[1], text) },
      plugins: { legend: { display: false }, tooltip: { displayColors: false, callbacks: { title: ([item]) => `${subscripts(item.raw.name)}${item.raw.rank ? `, rank ${item.raw.rank}` : ""}`, label: ({ raw }) => tips(raw, axes) } } },
    },
  });
}

function tips(p, axes) {
  return [[axes[1], p.y, p.yLow, p.yHigh, `, ${p.rests}`], [axes[0], p.x, p.xLow, p.xHigh, ""]].map(([axis, value, low, high, rests]) => `${axis.title}: ${number(value)} ${axis.unit}${isNumber(low) && isNumber(high) && low !== high ? ` (${number(low)} to ${number(high)})` : ""}${rests}`);
}

function scaleOf({ title, unit, isLog }, text) {
  return {
    type: isLog ? "logarithmic" : "linear", grid: { color: colour("line") }, border: { color: colour("strong-line") },
    title: { display: true, text: unit ? `${title} (${unit})` : title, color: colour("ink"), font: { ...text.font, size: 14, weight: 600 } },
    ticks: { ...text, maxRotation: 0, autoSkipPadding: 14, callback: isLog ? (value) => (Math.abs(Math.log10(value) % 1) < 1e-6 || Math.abs(Math.log10(value) % 1) > 1 - 1e-6 ? number(value, 1).replace(/^1 × /, "") : "") : (value) => number(value) },
  };
}

/** Intervals of some points, drawn before the points. */
const barsBelow = (points, ink) => ({
  id: "bars",
  beforeDatasetsDraw({ ctx, chartArea, scales }) {
    ctx.save();
    ctx.beginPath();
    ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
    ctx.clip();
    ctx.strokeStyle = ink;
    ctx.globalAlpha = 0.35;
    ctx.beginPath();
    for (const p of points) {
      const [cx, cy] = [scales.x.getPixelForValue(p.x), scales.y.getPixelForValue(p.y)];
      if (isNumber(p.yLow) && isNumber(p.yHigh)) { ctx.moveTo(cx, inside(scales.y, p.yLow)); ctx.lineTo(cx, inside(scales.y, p.yHigh)); }
      if (isNumber(p.xLow) && isNumber(p.xHigh)) { ctx.moveTo(inside(scales.x, p.xLow), cy); ctx.lineTo(inside(scales.x, p.xHigh), cy); }
    }
    ctx.stroke();
    ctx.restore();
  },
});

/** Pixel of a value; of the lower end of a logarithmic axis where the value has no logarithm. */
const inside = (scale, value) => scale.getPixelForValue(scale.type === "logarithmic" && value <= 0 ? scale.min : value);

const bestOfEach = (points) => CLASSES.map((kind) => points.find((p) => p.kind === kind)).filter(Boolean);

/** Names beside points. */
const namesOf = (points, ink, paper) => ({
  id: "names",
  afterDatasetsDraw({ ctx, chartArea, scales }) {
    ctx.save();
    ctx.fillStyle = ink;
    ctx.strokeStyle = paper;
    ctx.lineWidth = 4;
    ctx.lineJoin = "round";
    ctx.font = '600 13px "Source Serif 4", serif';
    for (const p of points) {
      const [cx, cy] = [scales.x.getPixelForValue(p.x), scales.y.getPixelForValue(p.y)];
      const isRight = cx > chartArea.left + 0.75 * chartArea.width;
      ctx.textAlign = isRight ? "right" : "left";
      const place = [subscripts(p.name).slice(0, 40), cx + (isRight ? -10 : 10), cy - 8];
      ctx.strokeText(...place);
      ctx.fillText(...place);
    }
    ctx.restore();
  },
});
