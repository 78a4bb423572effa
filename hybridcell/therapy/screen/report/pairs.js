"use strict";
// The table of all pairs at their best doses, and the numbers of one pair.
const pairTable = (() => {
  const PAGE = 50;
  const address = (pair) => `#pair=${encodeURIComponent(data.drugs[pair.a])}+${encodeURIComponent(data.drugs[pair.b])}`;
  const spread = data.members > 1;
  let sort = { column: null, down: true }, limit = PAGE, rows = [], by = "bliss", chosen = null;

  function columns() {
    const at = (name) => (pair) => (pair.best[by] ? numbers.value(name, pair, pair.best[by].i, pair.best[by].j) : NaN);
    const cell = (name) => (pair) => (pair.best[by] ? numbers.of(name, pair, pair.best[by].i, pair.best[by].j) : "–");
    const found = [
      { id: "drug_a", title: "Drug a", key: (pair) => data.drugs[pair.a], words: true },
      { id: "drug_b", title: "Drug b", key: (pair) => data.drugs[pair.b], words: true },
      { id: "dose_a", title: `Dose a (${data.unit})`, key: (pair) => (pair.best[by] ? data.levels[pair.a][pair.best[by].i] : NaN) },
      { id: "dose_b", title: `Dose b (${data.unit})`, key: (pair) => (pair.best[by] ? data.levels[pair.b][pair.best[by].j] : NaN) },
      ...["effect", "bliss", "hsa", "additive"].map((name) => ({
        id: name, title: { effect: "Effect", bliss: "Bliss", hsa: "HSA", additive: "Additive" }[name], key: at(name), text: cell(name), hint: words[name],
      })),
    ];
    if (spread) {
      const of = (name) => (pair) => (pair.best[by] ? pair.best[by][name] ?? NaN : NaN);
      const interval = (pair) => (pair.best[by] ? `${numbers.text(of("lower")(pair))} to ${numbers.text(of("upper")(pair))}` : "–");
      found.push({ id: "interval", title: `${Math.round(100 * data.spread)} % of members`, key: of("lower"), text: interval, hint: `Where the members lie: ${words[by]}. No interval of a measurement; sorted by its lower end` });
      if (by !== "effect") found.push({ id: "probability", title: "P(synergy)", key: of("probability"), text: (pair) => numbers.percent(of("probability")(pair)), hint: "Share of the members with an excess above 0" });
    }
    return found;
  }

  function found(search) {
    const parts = search.toLowerCase().split(/\s+/).filter((part) => part && part !== "+");
    const names = data.drugs.map((name) => name.toLowerCase());
    return numbers.pairs.filter((pair) => pair.kept && parts.every((part) => names[pair.a].includes(part) || names[pair.b].includes(part)));
  }

  function arranged(pairs, column, down) {
    const keyed = pairs.map((pair) => [column.key(pair), pair]);
    const order = column.words ? (a, b) => a.localeCompare(b) : (a, b) => a - b;
    return keyed.sort(([a], [b]) => {
      // what is missing comes last in both directions
      if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
      return down ? order(b, a) : order(a, b);
    }).map(([, pair]) => pair);
  }

  function render(score, search) {
    if (score !== by) { by = score; sort = { column: null, down: true }; }
    const all = columns();
    const column = all.find((each) => each.id === (sort.column ?? by)) ?? all[0];
    rows = arranged(found(search), column, sort.down);
    const head = element("tr");
    for (const each of all) {
      const th = element("th", undefined, { scope: "col", class: each.words ? "words" : "", "aria-sort": each === column ? (sort.down ? "descending" : "ascending") : "none" });
      const button = element("button", each.title, { type: "button", "data-sort": each.id, title: each.hint ?? each.title });
      button.onclick = () => {
        sort = { column: each.id, down: each === column ? !sort.down : !each.words };
        limit = PAGE;
        render(by, byId("search").value);
        byId("pairs").querySelector(`[data-sort="${each.id}"]`).focus();
      };
      th.append(button);
      head.append(th);
    }
    const body = element("tbody");
    for (const pair of rows.slice(0, limit)) body.append(row(pair, all));
    byId("pairs").replaceChildren(element("thead"), body);
    byId("pairs").tHead.append(head);
    const shown = Math.min(limit, rows.length);
    byId("found").textContent = rows.length ? `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} pairs shown` : "No pair has such a drug.";
    byId("more").hidden = shown === rows.length;
    mark(chosen);
  }

  function row(pair, all) {
    const made = element("tr", undefined, { "data-row": pair.q });
    for (const column of all) {
      const td = element("td", undefined, column.words ? { class: "words" } : {});
      const text = column.text ? column.text(pair) : column.words ? column.key(pair) : numbers.text(column.key(pair));
      if (column.words) td.append(element("a", text, { href: address(pair), tabindex: column.id === "drug_a" ? 0 : -1 }));
      else td.textContent = text;
      made.append(td);
    }
    made.onclick = (event) => { if (!event.target.closest("a")) location.hash = address(pair); };
    return made;
  }

  function mark(pair) {
    chosen = pair;
    for (const made of byId("pairs").tBodies[0].rows) made.classList.toggle("chosen", pair !== null && +made.dataset.row === pair.q);
  }

  /** Fill a table with all conditions of one pair. */
  function conditions(table, pair, score) {
    const names = ["response", "effect", "bliss", "hsa", "additive"];
    const bounds = numbers.layers[`${score}_lower`] ? [`${score}_lower`, `${score}_upper`] : [];
    const share = numbers.layers[`${score}_probability`] ? [`${score}_probability`] : [];
    const head = element("tr");
    const titles = [data.drugs[pair.a], data.drugs[pair.b], ...names.map((name) => words[name]), ...bounds.map((_, k) => `${words[score]}, ${k ? "upper" : "lower"}`), ...share.map(() => "P(synergy)")];
    for (const title of titles) head.append(element("th", title, { scope: "col" }));
    const body = element("tbody");
    data.levels[pair.a].forEach((da, i) => data.levels[pair.b].forEach((db, j) => {
      const line = element("tr");
      for (const dose of [da, db]) line.append(element("td", numbers.text(dose)));
      for (const name of [...names, ...bounds]) line.append(element("td", numbers.of(name, pair, i, j)));
      for (const name of share) line.append(element("td", numbers.percent(numbers.value(name, pair, i, j))));
      body.append(line);
    }));
    table.replaceChildren(element("thead"), body);
    table.tHead.append(head);
  }

  byId("more").onclick = () => { limit += 4 * PAGE; render(by, byId("search").value); };
  return { render, mark, conditions, address, restart() { limit = PAGE; }, first: () => rows[0] };
})();
