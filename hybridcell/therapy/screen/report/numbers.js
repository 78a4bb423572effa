"use strict";
// The numbers of the screen, and small parts of the page.
const data = JSON.parse(document.getElementById("screen-data").textContent);
const byId = (id) => document.getElementById(id);

const numbers = (() => {
  function unpack({ first, step, codes }) {
    const text = atob(codes);
    const bytes = Uint8Array.from({ length: text.length }, (_, k) => text.charCodeAt(k));
    const values = Array.from(new Uint16Array(bytes.buffer), (code) => (code === 65535 ? NaN : (first + code) * step));
    values.step = step;
    return values;
  }

  const layers = Object.fromEntries(Object.entries(data.layers).map(([name, packed]) => [name, unpack(packed)]));
  const firstSingle = [];
  let row = 1;
  for (const levels of data.levels) { firstSingle.push(row); row += levels.length - 1; }
  const place = new Map(data.kept.map((q, position) => [q, position]));
  const pairs = data.pairs.map(([a, b], q) => ({
    q, a, b, name: `${data.drugs[a]} + ${data.drugs[b]}`, kept: place.has(q), position: place.get(q),
  }));
  for (const pair of pairs) {
    if (!pair.kept) continue;
    pair.start = row;
    pair.width = data.levels[pair.b].length - 1;
    row += (data.levels[pair.a].length - 1) * pair.width;
  }
  for (const [by, best] of Object.entries(data.best)) {
    const columns = Object.entries(best).filter(([name]) => name !== "at").map(([name, packed]) => [name, unpack(packed)]);
    for (const pair of pairs.filter((each) => each.kept)) {
      pair.best ??= {};
      const at = best.at[pair.position];
      if (at < 0) continue;
      const spread = Object.fromEntries(columns.map(([name, values]) => [name, values[pair.position]]));
      pair.best[by] = { i: 1 + Math.floor(at / pair.width), j: 1 + (at % pair.width), ...spread };
    }
  }
  const maps = Object.fromEntries(Object.entries(data.map).map(([by, ways]) => [
    by, Object.fromEntries(Object.entries(ways).map(([how, packed]) => [how, unpack(packed)])),
  ]));

  /** Return the row of a condition: levels i and j of a pair. */
  function rowOf(pair, i, j) {
    if (i === 0) return j === 0 ? 0 : firstSingle[pair.b] + j - 1;
    return j === 0 ? firstSingle[pair.a] + i - 1 : pair.start + (i - 1) * pair.width + j - 1;
  }
  /** Return a number of a condition; NaN where it is missing, or was left out. */
  const value = (name, pair, i, j) => (layers[name] ? layers[name][rowOf(pair, i, j)] : NaN);
  /** Return one column of a pair as a matrix, doses of a x doses of b. */
  const surface = (name, pair) => data.levels[pair.a].map((_, i) => data.levels[pair.b].map((_, j) => value(name, pair, i, j)));

  /** Write a number with three digits, but none below what the step of storage resolves. */
  function text(number, step = 0) {
    if (number === null || number === undefined || Number.isNaN(number)) return "–";
    if (number === 0) return "0";
    const size = Math.abs(number);
    if (size >= 1e5 || (size < 1e-4 && step < size / 100)) return minus(number.toExponential(1));
    const wanted = Math.max(0, 2 - Math.floor(Math.log10(size)));
    const known = step > 0 ? Math.max(0, Math.floor(-Math.log10(step))) : 9;
    return minus(String(Number(number.toFixed(Math.min(wanted, known, 9)))));
  }
  const minus = (written) => written.replaceAll("-", "−");
  const percent = (share) => (Number.isNaN(share) || share === undefined ? "–" : `${Math.round(100 * share)} %`);
  const of = (name, pair, i, j) => text(value(name, pair, i, j), layers[name] ? layers[name].step : 0);

  return { layers, maps, pairs, value, surface, text, percent, of };
})();

/** Make an HTML element; the text is never read as HTML. */
function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Make an SVG element within a parent. */
function draw(parent, tag, attributes = {}, text = undefined) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

const colors = {
  /** Whether a column has a sign: colors then part at 0. */
  signed: (name) => ["bliss", "hsa", "additive"].includes(name),
  /** Return a function from numbers to CSS colors that follow the theme of the page. */
  scale(name, values) {
    const known = values.filter((each) => !Number.isNaN(each));
    let low = Math.min(...known), high = Math.max(...known);
    if (!known.length) low = high = 0;
    const signed = colors.signed(name);
    if (signed) { high = Math.max(Math.abs(low), Math.abs(high), 1e-6); low = -high; }
    else if (name === "effect") low = Math.min(low, 0);
    if (high - low < 1e-12) high = low + 1e-6;
    const mix = (share, end, start) => `color-mix(in oklab, var(--${end}) ${(100 * share).toFixed(1)}%, var(--${start}))`;
    const color = (number) => {
      if (Number.isNaN(number)) return "var(--unsolved)";
      if (signed) return mix(Math.min(1, Math.abs(number) / high), number < 0 ? "down" : "up", "zero");
      const share = Math.min(1, Math.max(0, (number - low) / (high - low)));
      return share < 0.5 ? mix(2 * share, "middle", "low") : mix(2 * share - 1, "high", "middle");
    };
    return { low, high, color };
  },
};

const words = { ...data.rankings, response: "Response" };

const tip = {
  /** Show lines of text beside the pointer. */
  show(event, lines) {
    const box = byId("tip");
    box.replaceChildren(...lines.map((line, k) => element(k ? "div" : "strong", line)));
    box.hidden = false;
    const { width, height } = box.getBoundingClientRect();
    box.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8))}px`;
    box.style.top = `${event.clientY + 18 + height > innerHeight ? Math.max(4, event.clientY - height - 12) : event.clientY + 18}px`;
  },
  hide() { byId("tip").hidden = true; },
};
