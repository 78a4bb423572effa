"use strict";
// One pair over its doses: color, isoboles, simulated and measured conditions.
const doseSurface = (() => {
  /** Return into how many parts a cell is cut, for smooth color and lines. */
  const parts = (xs, ys) => Math.max(1, Math.min(6, Math.floor(45 / Math.max(xs.length, ys.length))));

  /** Return the plane between four corners at shares of the way. */
  const between = (c, s, t) => (1 - s) * ((1 - t) * c[0] + t * c[1]) + s * ((1 - t) * c[2] + t * c[3]);

  /** Call back with each small square: corners in shares of the axes, values at the corners. */
  function squares(grid, xs, ys, visit) {
    const fine = parts(xs, ys);
    for (let i = 0; i + 1 < xs.length; i++) for (let j = 0; j + 1 < ys.length; j++) {
      const corners = [grid[i][j], grid[i][j + 1], grid[i + 1][j], grid[i + 1][j + 1]];
      if (corners.some(Number.isNaN)) { visit([xs[i], xs[i + 1], ys[j], ys[j + 1]], null); continue; }
      for (let s = 0; s < fine; s++) for (let t = 0; t < fine; t++) {
        const [s0, s1, t0, t1] = [s / fine, (s + 1) / fine, t / fine, (t + 1) / fine];
        const place = [xs[i] + s0 * (xs[i + 1] - xs[i]), xs[i] + s1 * (xs[i + 1] - xs[i]), ys[j] + t0 * (ys[j + 1] - ys[j]), ys[j] + t1 * (ys[j + 1] - ys[j])];
        visit(place, [between(corners, s0, t0), between(corners, s0, t1), between(corners, s1, t0), between(corners, s1, t1)]);
      }
    }
  }

  /** Return the pieces of the line of one value through a square. */
  function pieces([x0, x1, y0, y1], [v00, v01, v10, v11], level) {
    const sides = [[x0, y0, v00, x1, y0, v10], [x1, y0, v10, x1, y1, v11], [x1, y1, v11, x0, y1, v01], [x0, y1, v01, x0, y0, v00]];
    const found = [];
    for (const [ax, ay, av, bx, by, bv] of sides) {
      if ((av < level) === (bv < level)) continue;
      const share = (level - av) / (bv - av);
      found.push([ax + share * (bx - ax), ay + share * (by - ay)]);
    }
    return found.length === 4 ? [[found[0], found[1]], [found[2], found[3]]] : found.length === 2 ? [found] : [];
  }

  function isoboles(frame, grid, xs, ys, levels) {
    const lines = levels.map(() => []);
    squares(grid, xs, ys, (place, values) => {
      if (!values) return;
      const [low, high] = [Math.min(...values), Math.max(...values)];
      levels.forEach((level, k) => { if (level > low && level <= high) lines[k].push(...pieces(place, values, level)); });
    });
    const { x, y, svg, back } = frame;
    const named = [];
    levels.forEach((level, k) => {
      if (!lines[k].length) return;
      const path = lines[k].map(([[ax, ay], [bx, by]]) => `M${x(ax).toFixed(1)},${y(ay).toFixed(1)}L${x(bx).toFixed(1)},${y(by).toFixed(1)}`).join("");
      draw(back, "path", { d: path, class: "isobole halo" });
      draw(back, "path", { d: path, class: "isobole", "data-level": level });
      // the number stands near the diagonal, away from the edge and from other numbers
      const off = ([[ax, ay]]) => Math.abs(ax - ay) + (Math.max(ax, ay) > 0.93 ? 0.5 : 0)
        + (named.some(([px, py]) => Math.abs(x(ax) - x(px)) < 30 && Math.abs(y(ay) - y(py)) < 13) ? 5 : 0);
      const [[mx, my]] = lines[k].reduce((best, each) => (off(each) < off(best) ? each : best));
      named.push([mx, my]);
      draw(svg, "text", { x: x(mx), y: y(my) + 3.5, class: "isobole-number" }, numbers.text(level));
    });
  }

  function render(parent, pair, name, even) {
    const [a, b] = [pair.a, pair.b];
    const [sx, sy] = [axes.doseScale(data.levels[a], even), axes.doseScale(data.levels[b], even)];
    const grid = numbers.surface(name, pair);
    const measured = measuredOf(pair);
    const filled = name === "effect" ? 3 : name === "response" ? 2 : null;
    const known = [...grid.flat(), ...(filled ? measured.map((point) => point[filled]).filter((each) => each !== null) : [])];
    const scale = colors.scale(name, known);
    const step = numbers.layers[name].step;
    const frame = axes.frame(parent, {
      title: words[name],
      xLabel: axes.doseLabel(a), yLabel: axes.doseLabel(b),
      xTicks: axes.doseTicks(sx, 0.13), yTicks: axes.doseTicks(sy, 0.07),
      label: `${words[name]} of ${pair.name} over their doses`,
    });
    const { x, y, back, svg } = frame;
    squares(grid, sx.at, sy.at, ([x0, x1, y0, y1], values) => {
      const middle = values ? (values[0] + values[1] + values[2] + values[3]) / 4 : NaN;
      // a hair wider, lest seams show
      const rect = draw(back, "rect", { x: x(x0), y: y(y1), width: x(x1) - x(x0) + 0.6, height: y(y0) - y(y1) + 0.6, class: "patch" });
      rect.style.fill = scale.color(middle);
    });
    const solved = grid.flat().filter((each) => !Number.isNaN(each));
    const [low, high] = [Math.min(...solved), Math.max(...solved)];
    if (solved.length && high - low > 1e-6) isoboles(frame, grid, sx.at, sy.at, axes.ticks(low, high, 7).filter((each) => each > low && each < high));
    key(svg, scale, step);
    for (const point of measured) {
      const mark = draw(svg, "circle", { cx: x(sx.place(point[0])), cy: y(sy.place(point[1])), r: 4.5, class: "measured" });
      if (filled && point[filled] !== null) mark.style.fill = scale.color(point[filled]);
      draw(mark, "title", {}, `measured: ${numbers.text(point[0])} + ${numbers.text(point[1])}, response ${numbers.text(point[2])}, effect ${numbers.text(point[3])}`);
    }
    grid.forEach((line, i) => line.forEach((_, j) => {
      const [cx, cy] = [x(sx.at[i]), y(sy.at[j])];
      draw(svg, "circle", { cx, cy, r: 1.1, class: "simulated" });
      draw(svg, "circle", { cx, cy, r: 9, class: "grip", "data-i": i, "data-j": j });
    }));
    svg.addEventListener("pointermove", (event) => {
      const found = event.target.closest("[data-i]");
      if (found) tip.show(event, describe(pair, +found.dataset.i, +found.dataset.j, measured));
      else tip.hide();
    });
    svg.addEventListener("pointerleave", tip.hide);
  }

  /** Draw the colors below the title, low to high. */
  function key(svg, scale, step) {
    const count = 24, width = 110, left = 112, top = 23;
    draw(svg, "text", { x: left - 6, y: top + 8, class: "number end" }, numbers.text(scale.low, step));
    for (let k = 0; k < count; k++) {
      const rect = draw(svg, "rect", { x: left + (k * width) / count, y: top, width: width / count + 0.4, height: 9, class: "patch" });
      rect.style.fill = scale.color(scale.low + ((k + 0.5) / count) * (scale.high - scale.low));
    }
    draw(svg, "text", { x: left + width + 6, y: top + 8, class: "number" }, numbers.text(scale.high, step));
  }

  /** Return what was measured of a pair: [dose_a, dose_b, response, effect]. */
  function measuredOf(pair) {
    const { control, singles, pairs } = data.measured;
    return [
      ...control.map((row) => [0, 0, ...row]),
      ...(singles[pair.a] || []).map(([dose, ...row]) => [dose, 0, ...row]),
      ...(singles[pair.b] || []).map(([dose, ...row]) => [0, dose, ...row]),
      ...(pairs[pair.position] || []),
    ];
  }

  function describe(pair, i, j, measured) {
    const [da, db] = [data.levels[pair.a][i], data.levels[pair.b][j]];
    const lines = [`${data.drugs[pair.a]} ${numbers.text(da)} + ${data.drugs[pair.b]} ${numbers.text(db)}`];
    const excess = i > 0 && j > 0 ? ["bliss", "hsa", "additive"] : [];
    for (const name of ["response", "effect", ...excess]) {
      const spread = numbers.layers[`${name}_lower`] ? ` [${numbers.of(`${name}_lower`, pair, i, j)}, ${numbers.of(`${name}_upper`, pair, i, j)}]` : "";
      const share = numbers.layers[`${name}_probability`];
      const sure = share ? `, synergy in ${numbers.percent(numbers.value(`${name}_probability`, pair, i, j))}` : "";
      lines.push(`${words[name].toLowerCase()}: ${numbers.of(name, pair, i, j)}${spread}${sure}`);
    }
    for (const point of measured) if (point[0] === da && point[1] === db) lines.push(`measured response: ${numbers.text(point[2])}`);
    if (numbers.layers.success && numbers.value("success", pair, i, j) < 1) lines.push(`solved: ${numbers.percent(numbers.value("success", pair, i, j))}`);
    return lines;
  }

  return { render };
})();
