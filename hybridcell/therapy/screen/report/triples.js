"use strict";
// The best triples of a screen that has some.
(() => {
  if (!data.triples) return;
  const { columns, rows } = data.triples;
  const titles = {
    ...Object.fromEntries([..."abc"].flatMap((letter) => [[`drug_${letter}`, `Drug ${letter}`], [`dose_${letter}`, `Dose ${letter} (${data.unit})`]])),
    effect: "Effect", bliss: "Bliss", hsa: "HSA", additive: "Additive", emergent: "Emergent", probability: "P(synergy)",
  };
  const spread = `${Math.round(100 * data.spread)} % of members`;
  const names = { emergent: "Emergent: more than the pairs predict", ...data.rankings };
  const at = Object.fromEntries(columns.map((name, k) => [name, k]));
  const shown = columns.filter((name) => name !== "lower" && name !== "upper");

  function render() {
    const by = byId("triple-by").value;
    const words = byId("triple-search").value.toLowerCase().split(/\s+/).filter((part) => part && part !== "+");
    const wanted = rows[by].filter((row) => words.every((part) => row.slice(0, 3).some((name) => name.toLowerCase().includes(part))));
    const head = element("tr");
    for (const name of shown) {
      if (name === "probability") head.append(element("th", spread, { scope: "col" }));
      if (name !== "probability" || by !== "effect") head.append(element("th", titles[name], { scope: "col", class: name.startsWith("drug") ? "words" : "" }));
    }
    const body = element("tbody");
    for (const row of wanted) {
      const line = element("tr");
      for (const name of shown) {
        const value = row[at[name]];
        if (name === "probability") line.append(element("td", `${numbers.text(row[at.lower])} to ${numbers.text(row[at.upper])}`));
        if (name === "probability" && by === "effect") continue;
        const text = name.startsWith("drug") ? value : name === "probability" ? numbers.percent(value ?? NaN) : numbers.text(value);
        line.append(element("td", text, name.startsWith("drug") ? { class: "words" } : {}));
      }
      body.append(line);
    }
    byId("triples").replaceChildren(element("thead"), body);
    byId("triples").tHead.append(head);
    byId("triples-found").textContent = wanted.length ? `${wanted.length} triples, each at its best doses` : "No triple has such a drug.";
  }

  for (const [id, words] of Object.entries(names)) byId("triple-by").append(element("option", words, { value: id }));
  byId("triple-by").onchange = render;
  byId("triple-search").oninput = render;
  byId("triple-list").hidden = false;
  render();
})();
