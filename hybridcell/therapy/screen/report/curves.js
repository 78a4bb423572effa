"use strict";
// Each drug of a pair over its doses: alone, and beside the best dose of the other.
const curves = (() => {
  /** Return the end of the axis of effects, the same for both drugs. */
  function highest(pair, by) {
    const best = pair.best[by] ?? { i: 0, j: 0 };
    const name = numbers.layers.effect_upper ? "effect_upper" : "effect";
    const rows = data.levels[pair.a].flatMap((_, i) => [numbers.value(name, pair, i, 0), numbers.value(name, pair, i, best.j)]);
    const columns = data.levels[pair.b].flatMap((_, j) => [numbers.value(name, pair, 0, j), numbers.value(name, pair, best.i, j)]);
    const measured = [pair.a, pair.b].flatMap((drug) => (data.measured.singles[drug] || []).map((row) => row[2]));
    const known = [...rows, ...columns, ...measured].filter((value) => value !== null && !Number.isNaN(value));
    return Math.min(1, Math.max(0.05, ...known) * 1.08);
  }

  function render(parent, pair, which, by, even) {
    const drug = which ? pair.b : pair.a, other = which ? pair.a : pair.b;
    const levels = data.levels[drug];
    const at = (name, k, beside) => (which ? numbers.value(name, pair, beside, k) : numbers.value(name, pair, k, beside));
    const best = pair.best[by];
    const beside = best ? (which ? best.i : best.j) : null;
    const line = (name, level) => levels.map((_, k) => at(name, k, level));
    const alone = line("effect", 0), together = beside === null ? [] : line("effect", beside);
    const bands = numbers.layers.effect_lower ? [0, ...(beside === null ? [] : [beside])] : [];
    const points = (data.measured.singles[drug] || []).concat(data.measured.control.map((row) => [0, ...row]));
    const sx = axes.doseScale(levels, even);
    const top = highest(pair, by);
    const yTicks = axes.ticks(0, top, 4).map((effect) => [effect / top, numbers.text(effect)]);
    const frame = axes.frame(parent, {
      title: `${axes.short(data.drugs[drug])} alone`, xLabel: axes.doseLabel(drug), yLabel: "Effect (fraction)",
      xTicks: axes.doseTicks(sx, 0.13), yTicks, label: `Effect of ${data.drugs[drug]} alone, and with ${data.drugs[other]}`,
    });
    const { x, y, back, svg } = frame;
    for (const [share] of yTicks) draw(back, "line", { x1: x(0), x2: x(1), y1: y(share), y2: y(share), class: "rule" });
    const path = (values) => values.map((value, k) => (Number.isNaN(value) ? "" : `${k && !Number.isNaN(values[k - 1]) ? "L" : "M"}${x(sx.at[k]).toFixed(1)},${y(value / top).toFixed(1)}`)).join("");
    for (const level of bands) {
      const lower = line("effect_lower", level), upper = line("effect_upper", level);
      if ([...lower, ...upper].some(Number.isNaN)) continue;
      const back_way = [...lower.keys()].reverse().map((k) => `L${x(sx.at[k]).toFixed(1)},${y(lower[k] / top).toFixed(1)}`).join("");
      draw(back, "path", { d: `${path(upper)}${back_way}Z`, class: level ? "band second" : "band" });
    }
    if (beside !== null) draw(back, "path", { d: path(together), class: "curve second" });
    draw(back, "path", { d: path(alone), class: "curve" });
    for (const [dose, response, effect] of points) {
      if (effect === null) continue;
      const mark = draw(svg, "circle", { cx: x(sx.place(dose)), cy: y(effect / top), r: 4, class: "measured hollow" });
      draw(mark, "title", {}, `measured: ${numbers.text(dose)}, response ${numbers.text(response)}`);
    }
    if (beside !== null) {
      const dose = numbers.text(data.levels[other][beside]);
      draw(svg, "text", { x: x(0), y: 31, class: "title second" }, `– – with ${axes.short(data.drugs[other])} ${dose}`);
    }
  }
  return { render };
})();
