"use strict";
// The map of all pairs: one cell a pair, in the lower triangle of drugs x drugs.
const heatMap = (() => {
  const svg = byId("map");
  const n = data.drugs.length;
  const cellOf = new Map(numbers.pairs.map((pair) => [pair.a * n + pair.b, pair]));
  const longest = Math.max(...data.drugs.map((name) => name.length));
  let order = data.drugs.map((_, k) => k), cell = 20, cursor = null, open = () => {}, shown = null;

  const pairAt = (row, column) => {
    const [a, b] = [order[row], order[column]];
    return cellOf.get(Math.min(a, b) * n + Math.max(a, b));
  };

  function sorted(how, values) {
    const places = data.drugs.map((_, k) => k);
    if (how === "name") return places.sort((a, b) => (data.drugs[a] < data.drugs[b] ? -1 : 1));
    if (how !== "score") return places;
    const sums = places.map(() => [0, 0]);
    numbers.pairs.forEach((pair, q) => {
      if (Number.isNaN(values[q])) return;
      for (const k of [pair.a, pair.b]) { sums[k][0] += values[q]; sums[k][1] += 1; }
    });
    const mean = sums.map(([sum, count]) => (count ? sum / count : -Infinity));
    return places.sort((a, b) => mean[b] - mean[a]);
  }

  /** Return the size of a cell at which the map fills its panel. */
  function fitting() {
    const room = Math.min(document.documentElement.clientWidth - 30, 600);
    const size = Math.floor((room - 8 * Math.min(longest, 22)) / (n - 1));
    // without names there is more room
    return size >= 8 ? Math.min(30, size) : Math.max(5, Math.floor(room / (n - 1)));
  }

  /** Draw the map of a score and a statistic over doses. */
  function render({ by, how, ordered, size }) {
    const values = numbers.maps[by][how];
    order = sorted(ordered, values);
    cell = size;
    const scale = colors.scale(by, values);
    const labeled = cell >= 8;
    const font = Math.min(12, cell * 0.95), letters = Math.min(longest, 22) * font * 0.66 + 9;
    const margin = labeled ? letters : 4;
    const side = cell * (n - 1);
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${margin + side + 4} ${side + margin + 4}`);
    svg.style.width = `${margin + side + 4}px`;
    byId("key").style.maxWidth = `${Math.max(380, margin + side)}px`;
    const cells = draw(svg, "g", { transform: `translate(${margin},2)`, class: "cells" });
    const cut = (name) => (name.length > 22 ? `${name.slice(0, 21)}…` : name);
    for (let row = 1; row < n; row++) {
      if (labeled) draw(cells, "text", { x: -4, y: (row - 0.5) * cell, class: "row", "font-size": font }, cut(data.drugs[order[row]]));
      for (let column = 0; column < row; column++) {
        const pair = pairAt(row, column);
        const rect = draw(cells, "rect", {
          x: column * cell, y: (row - 1) * cell, width: cell - (cell > 9 ? 1 : 0.5), height: cell - (cell > 9 ? 1 : 0.5),
          class: pair.kept ? "cell" : "cell apart", "data-pair": pair.q,
        });
        rect.style.fill = scale.color(values[pair.q]);
      }
    }
    if (labeled) {
      for (let column = 0; column < n - 1; column++) {
        const at = `translate(${(column + 0.5) * cell},${side + 4}) rotate(-90)`;
        draw(cells, "text", { transform: at, class: "column", "font-size": font }, cut(data.drugs[order[column]]));
      }
    }
    cursor = draw(cells, "rect", { class: "cursor", width: cell, height: cell, visibility: "hidden" });
    key(by, how, scale, values.step);
    shown = { by, how, values };
    mark(current);
  }

  function key(by, how, scale, step) {
    const bar = byId("key");
    const stops = Array.from({ length: 11 }, (_, k) => scale.color(scale.low + (k / 10) * (scale.high - scale.low)));
    const strip = element("span", undefined, { class: "strip" });
    strip.style.background = `linear-gradient(to right, ${stops.join(",")})`;
    const [low, high] = colors.signed(by) ? ["antagonism ", " synergy"] : ["", ""];
    bar.replaceChildren(
      element("span", low + numbers.text(scale.low, step)), strip, element("span", numbers.text(scale.high, step) + high),
      element("span", `${words[by].toLowerCase()}, ${{ mean: "mean", max: "highest", min: "lowest" }[how]} over doses`, { class: "quiet" }),
    );
  }

  // ---- the cell under the pointer or the arrow keys --------------------------------------------------------------
  let current = null; // [row, column]
  function mark(at) {
    current = at;
    if (!cursor) return;
    cursor.setAttribute("visibility", at ? "visible" : "hidden");
    if (!at) return;
    cursor.setAttribute("x", at[1] * cell - 0.5);
    cursor.setAttribute("y", (at[0] - 1) * cell - 0.5);
  }
  function where(pair) {
    const [x, y] = [order.indexOf(pair.a), order.indexOf(pair.b)];
    return [Math.max(x, y), Math.min(x, y)];
  }
  function describe(pair) {
    const { by, how, values } = shown;
    const lines = [pair.name, `${words[by]}, ${how}: ${numbers.text(values[pair.q], values.step)}`];
    const best = pair.kept ? pair.best[by] : null;
    if (best) {
      const [da, db] = [data.levels[pair.a][best.i], data.levels[pair.b][best.j]];
      const spread = best.lower === undefined ? "" : ` [${numbers.text(best.lower)}, ${numbers.text(best.upper)}]`;
      lines.push(`best at ${numbers.text(da)} + ${numbers.text(db)}: ${numbers.of(by, pair, best.i, best.j)}${spread}`);
      lines.push(`effect there: ${numbers.of("effect", pair, best.i, best.j)}`);
      if (best.probability !== undefined) lines.push(`synergy in ${numbers.percent(best.probability)} of the members`);
    }
    if (!pair.kept) lines.push("doses left out of this file");
    else if (!best) lines.push("not solved");
    return lines;
  }
  svg.addEventListener("pointermove", (event) => {
    const found = event.target.closest("[data-pair]");
    if (!found) { tip.hide(); return; }
    const pair = numbers.pairs[found.dataset.pair];
    mark(where(pair));
    tip.show(event, describe(pair));
  });
  svg.addEventListener("pointerleave", tip.hide);
  svg.addEventListener("click", (event) => {
    const found = event.target.closest("[data-pair]");
    if (found) open(numbers.pairs[found.dataset.pair]);
  });
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const [row, column] = current || [1, 0];
    if (step) {
      const next = Math.max(1, Math.min(n - 1, row + (current ? step[0] : 0)));
      mark([next, Math.max(0, Math.min(next - 1, column + (current ? step[1] : 0)))]);
      byId("told").textContent = describe(pairAt(...current)).join("; ");
      event.preventDefault();
    } else if ((event.key === "Enter" || event.key === " ") && current) {
      open(pairAt(...current));
      event.preventDefault();
    }
  });

  return {
    render, fitting, onOpen(handler) { open = handler; }, choose(pair) { mark(where(pair)); },
  };
})();
