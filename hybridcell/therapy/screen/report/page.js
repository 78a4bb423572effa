"use strict";
// The page: controls, the chosen pair, addresses.
(() => {
  const controls = { by: byId("by"), how: byId("how"), order: byId("order"), size: byId("size"), even: byId("even"), search: byId("search") };
  let chosen = null;

  function facts() {
    byId("title").textContent = data.title;
    for (const [name, value] of data.facts) byId("facts").append(element("dt", name), element("dd", value));
    const notes = ["Numbers are rounded to 16 bits, relative to the span of each score.", ...data.leftOut];
    byId("notes").textContent = notes.join(" ");
    byId("spread-note").hidden = data.members === 1;
    byId("unsolved-note").hidden = !numbers.layers.success;
    for (const [id, words] of Object.entries(data.rankings)) controls.by.append(element("option", words, { value: id }));
  }

  function drawMap() {
    heatMap.render({ by: controls.by.value, how: controls.how.value, ordered: controls.order.value, size: +controls.size.value });
    if (chosen) heatMap.choose(chosen);
  }

  function drawPair() {
    byId("pair-title").textContent = chosen ? chosen.name : "No pair was solved";
    byId("plots").replaceChildren();
    byId("pair-facts").textContent = "";
    if (!chosen) return;
    const by = controls.by.value, best = chosen.best[by], even = controls.even.checked;
    byId("pair-facts").textContent = best
      ? `${words[by]} is highest, ${numbers.of(by, chosen, best.i, best.j)}, at ${data.drugs[chosen.a]} ${numbers.text(data.levels[chosen.a][best.i])} + ${data.drugs[chosen.b]} ${numbers.text(data.levels[chosen.b][best.j])}.`
      : "No dose combination of this pair was solved.";
    for (const name of ["effect", by === "effect" ? "response" : by]) doseSurface.render(figure(), chosen, name, even);
    for (const which of [0, 1]) curves.render(figure(), chosen, which, by, even);
    if (byId("numbers").open) pairTable.conditions(byId("conditions"), chosen, by);
  }
  function figure() {
    const made = element("figure");
    byId("plots").append(made);
    return made;
  }

  function choose(pair, { move = false } = {}) {
    if (pair && !pair.kept) { byId("told").textContent = `${pair.name}: its doses are left out of this file.`; return; }
    const other = chosen !== pair;
    chosen = pair;
    if (other && pair) controls.even.checked = [pair.a, pair.b].some((drug) => axes.crowded(data.levels[drug]));
    drawPair();
    if (!pair) return;
    heatMap.choose(pair);
    pairTable.mark(pair);
    byId("told").textContent = `${pair.name} is shown`;
    if (move && byId("pair").getBoundingClientRect().top > innerHeight * 0.7) byId("pair").scrollIntoView({ block: "start" });
  }

  /** Return the pair that the address names, null where it names none. */
  function addressed() {
    const found = /^#pair=([^+]*)\+([^+]*)$/.exec(location.hash);
    if (!found) return null;
    let names;
    try { names = found.slice(1).map(decodeURIComponent); } catch { return null; }
    const [a, b] = names.map((name) => data.drugs.indexOf(name)).sort((x, y) => x - y);
    return numbers.pairs.find((pair) => pair.a === a && pair.b === b) ?? null;
  }
  function follow(first) {
    const pair = addressed();
    if (pair) choose(pair, { move: !first });
    else if (location.hash.startsWith("#pair=")) byId("told").textContent = "This screen has no such pair.";
  }

  facts();
  controls.size.value = heatMap.fitting();
  heatMap.onOpen((pair) => {
    if (!pair.kept || location.hash === pairTable.address(pair)) choose(pair, { move: true });
    else location.hash = pairTable.address(pair);
  });
  drawMap();
  pairTable.render(controls.by.value, "");
  choose(pairTable.first() ?? null);
  follow(true);

  controls.by.onchange = () => { drawMap(); pairTable.render(controls.by.value, controls.search.value); drawPair(); };
  for (const control of [controls.how, controls.order]) control.onchange = drawMap;
  controls.size.oninput = drawMap;
  controls.even.onchange = drawPair;
  controls.search.oninput = () => { pairTable.restart(); pairTable.render(controls.by.value, controls.search.value); };
  byId("numbers").ontoggle = () => { if (byId("numbers").open && chosen) pairTable.conditions(byId("conditions"), chosen, controls.by.value); };
  addEventListener("hashchange", () => follow(false));
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !["INPUT", "SELECT"].includes(event.target.tagName)) { controls.search.focus(); event.preventDefault(); }
    if (event.key === "Escape") tip.hide();
  });
})();
