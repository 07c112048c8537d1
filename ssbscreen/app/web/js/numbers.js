// Numbers and units as people read them.

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** Three significant digits; powers of ten from a million on and below a hundredth; "–" where it is missing. */
export function number(value, digits = 3) {
  if (!isNumber(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-2) {
    const [mantissa, power] = value.toExponential(Math.max(0, digits - 2)).split("e");
    return `${mantissa.replace("-", "−")} × 10${[...String(Number(power))].map((c) => SUPERSCRIPTS[c]).join("")}`;
  }
  const rounded = Number(value.toPrecision(digits));
  const text = size >= 1000 ? rounded.toLocaleString("en-US") : String(rounded);
  return text.replace("-", "−");
}

export const count = (value) => (isNumber(value) ? value.toLocaleString("en-US") : "–");

export const percent = (value) => (isNumber(value) ? `${value > 0 && value < 0.0995 ? (100 * value).toFixed(1) : wholePercent(value)} %` : "–");

/** A whole percentage; halves go up, also where the nearest binary number lies just below one, as in ssbscreen/query/columns.py. */
export const wholePercent = (share) => Math.floor(100 * share + 0.5 + 1e-9);

const UNITS = [
  [/\bohm\b/g, "Ω"], [/\bdegree C\b/g, "°C"], [/\bm\^0\.5\b/g, "√m"], [/\bum\b/g, "µm"],
  [/\b(cm|m|nm)([23])\b/g, (_, unit, power) => unit + SUPERSCRIPTS[power]], [/^(1|fraction)$/, ""], [/^USD\//, "$/"],
];

/** A unit as it is printed: ohm cm2 becomes Ω cm². */
export function unit(text) {
  return UNITS.reduce((shown, [pattern, by]) => shown.replace(pattern, by), text || "");
}

/** A value; "over" the largest one that says something. */
export const said = (value, most, digits = 3) => (isNumber(value) && isNumber(most) && value > most ? `over ${number(most)}` : number(value, digits));

/** A value with its unit, such as over 5 V. */
export function withUnit(value, text, most = null, digits = 3) {
  const shown = unit(text);
  return isNumber(value) && shown ? `${said(value, most, digits)} ${shown}` : said(value, most, digits);
}

/** "a to b", with its unit; empty where both are beyond what says something. */
export function interval(low, high, text, most = null) {
  if (!isNumber(low) || !isNumber(high) || (isNumber(most) && low > most)) return "";
  const shown = unit(text);
  return `${said(low, most)} to ${said(high, most)}${shown ? ` ${shown}` : ""}`;
}

/** Place of a value between two ends, 0 to 1, on a linear or a logarithmic axis. */
export function place(value, from, to, isLog) {
  const bend = isLog ? (x) => Math.log10(Math.max(x, 1e-300)) : (x) => x;
  return (bend(value) - bend(from)) / (bend(to) - bend(from));
}
