"use strict";
// The frame of a small plot: two axes with round ticks.
const axes = (() => {
  const WIDTH = 340, HEIGHT = 285, LEFT = 52, RIGHT = 14, TOP = 40, BOTTOM = 44;
  const clips = { count: 0 };

  function ticks(low, high, most = 5) {
    const rough = (high - low) / most;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough * (1 - 1e-9));
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(k === 0 ? 0 : k * step);
    return found;
  }

  /** Return how doses stand on an axis: as they are or, where they crowd, evenly spaced. */
  function doseScale(levels, even) {
    const last = levels[levels.length - 1];
    const at = even ? levels.map((_, k) => k / (levels.length - 1)) : levels.map((level) => level / last);
    const place = (dose) => {
      if (dose >= last) return Math.min(1.05, even ? 1 : dose / last);
      const k = Math.max(0, levels.findIndex((level, m) => m > 0 && dose < level) - 1);
      return at[k] + ((dose - levels[k]) / (levels[k + 1] - levels[k])) * (at[k + 1] - at[k]);
    };
    const shown = even ? levels : ticks(0, last, 4);
    return { at, place, ticks: shown };
  }

  /** Make an SVG with labeled axes; x and y run from 0 to 1. */
  function frame(parent, { title, xLabel, yLabel, xTicks, yTicks, label }) {
    const svg = draw(parent, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "plot" });
    const [w, h] = [WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
    const x = (share) => LEFT + share * w, y = (share) => TOP + (1 - share) * h;
    draw(svg, "text", { x: LEFT, y: 15, class: "title" }, title);
    const id = `clip${clips.count++}`;
    const clip = draw(svg, "clipPath", { id });
    draw(clip, "rect", { x: LEFT, y: TOP, width: w, height: h });
    const back = draw(svg, "g", { "clip-path": `url(#${id})` });
    draw(svg, "rect", { x: LEFT, y: TOP, width: w, height: h, class: "box" });
    for (const [share, text] of xTicks) {
      draw(svg, "line", { x1: x(share), x2: x(share), y1: y(0), y2: y(0) + 4, class: "tick" });
      draw(svg, "text", { x: x(share), y: y(0) + 16, class: "number middle" }, text);
    }
    for (const [share, text] of yTicks) {
      draw(svg, "line", { x1: x(0) - 4, x2: x(0), y1: y(share), y2: y(share), class: "tick" });
      draw(svg, "text", { x: x(0) - 7, y: y(share) + 4, class: "number end" }, text);
    }
    draw(svg, "text", { x: LEFT + w / 2, y: HEIGHT - 8, class: "label middle" }, xLabel);
    draw(svg, "text", { transform: `translate(12,${TOP + h / 2}) rotate(-90)`, class: "label middle" }, yLabel);
    return { svg, back, x, y, w, h };
  }

  const short = (name) => (name.length > 30 ? `${name.slice(0, 29)}…` : name);
  const doseLabel = (drug) => `${short(data.drugs[drug])} (${data.unit})`;
  /** Return whether neighboring doses are too close to be seen apart where they are. */
  const crowded = (levels) => {
    const last = levels[levels.length - 1];
    return levels.some((level, k) => k > 0 && (level - levels[k - 1]) / last < 0.025);
  };
  /** Return ticks of doses, without those whose numbers would overlap. */
  function spaced(found, gap) {
    const kept = [];
    for (const [share, text] of found) if (!kept.length || share - kept[kept.length - 1][0] >= gap) kept.push([share, text]);
    return kept;
  }
  const doseTicks = (scale, gap) => spaced(scale.ticks.map((dose) => [scale.place(dose), numbers.text(dose)]), gap);
  return { ticks, doseScale, doseTicks, frame, doseLabel, crowded, short };
})();
