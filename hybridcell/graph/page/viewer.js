"use strict";
(() => {
  const data = JSON.parse(document.getElementById("graph-data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = 22, FEW = 80, GAP = 64;
  const byId = (id) => document.getElementById(id);
  const svg = byId("svg"), view = byId("view"), panel = byId("panel"), shown = byId("shown");
  const place = new Map(data.columns.map(([name], k) => [name, k + 2]));
  const of = (edge, column) => (place.has(column) ? edge[place.get(column)] : null);

  const half = (name) => Math.max(22, name.length * 3.7 + 7);
  const widest = [], middle = [];
  for (const [name, , column] of data.nodes) widest[column] = Math.max(widest[column] || 0, half(name));
  widest.forEach((width, k) => { middle[k] = k === 0 ? 0 : middle[k - 1] + widest[k - 1] + GAP + width; });
  const heights = data.nodes.map((node) => node[3]);
  const rows = 1 + Math.max(...heights) - Math.min(...heights);
  // rows stand as far apart as fills the usual window
  const row = Math.min(90, Math.max(32, ((middle[middle.length - 1] || 0) * 0.65) / rows));
  const nodes = data.nodes.map(([name, kind, column, height], id) => ({
    id, name, kind, x: middle[column], y: height * row, half: half(name), into: [], from: [],
  }));
  const edges = data.edges.map((values, id) => {
    const edge = { id, values, source: nodes[values[0]], target: nodes[values[1]], weight: of(values, "weight") };
    edge.source.from.push(edge);
    edge.target.into.push(edge);
    return edge;
  });
  const largest = Math.max(1e-300, ...edges.slice(0, 400).map((edge) => Math.abs(edge.weight)));

  const make = (parent, tag, attributes) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    parent.append(element);
    return element;
  };

  // ---- drawing -------------------------------------------------------------------------------------------------
  function route({ source: a, target: b }) {
    if (a === b) {
      const top = a.y - HEIGHT / 2;
      return `M${a.x - 8},${top} C${a.x - 26},${top - 30} ${a.x + 26},${top - 30} ${a.x + 8},${top}`;
    }
    if (Math.abs(a.x - b.x) < 1) { // within a column: around the right side
      const x = Math.max(a.x + a.half, b.x + b.half), out = x + 18 + Math.min(60, Math.abs(a.y - b.y) * 0.25);
      return `M${a.x + a.half},${a.y} C${out},${a.y} ${out},${b.y} ${b.x + b.half + 2},${b.y}`;
    }
    const way = a.x < b.x ? 1 : -1;
    const x1 = a.x + way * a.half, x2 = b.x - way * (b.half + 2), bend = Math.max(30, Math.abs(x2 - x1) * 0.45);
    // the way back runs below the way there
    const low = way < 0 ? 14 : 0;
    return `M${x1},${a.y} C${x1 + way * bend},${a.y + low} ${x2 - way * bend},${b.y + low} ${x2},${b.y}`;
  }

  for (const edge of edges) {
    const d = route(edge), sure = of(edge.values, "sign_stability");
    const size = Math.abs(edge.weight) / largest;
    edge.path = document.createElementNS(SVG, "path");
    edge.path.setAttribute("d", d);
    edge.path.setAttribute("class", `edge ${edge.weight < 0 ? "down" : "up"}`);
    edge.path.setAttribute("stroke-width", (0.7 + 3.3 * Math.sqrt(size)).toFixed(2));
    edge.path.style.opacity = sure === null ? 0.85 : (0.2 + 0.7 * Math.max(0, 2 * sure - 1)).toFixed(2);
    edge.grip = document.createElementNS(SVG, "path");
    edge.grip.setAttribute("d", d);
    edge.grip.setAttribute("class", "grip");
    edge.grip.dataset.edge = edge.id;
    edge.path.dataset.edge = edge.id;
    const tip = document.createElementNS(SVG, "title");
    tip.textContent = `${edge.source.name} ${edge.weight < 0 ? "⊣" : "→"} ${edge.target.name}: ${number(edge.weight)}`;
    edge.grip.append(tip);
  }
  for (const node of nodes) {
    node.box = make(byId("nodes"), "g", {
      class: `node ${/^[a-z]+$/.test(node.kind) ? node.kind : ""}`, transform: `translate(${node.x},${node.y})`, tabindex: 0, role: "button",
      "aria-label": node.name, "data-node": node.id,
    });
    make(node.box, "rect", { x: -node.half, y: -HEIGHT / 2, width: 2 * node.half, height: HEIGHT, rx: 5 });
    make(node.box, "text", {}).textContent = node.name;
    const option = document.createElement("option");
    option.value = node.name;
    byId("names").append(option);
  }

  let visible = 0;
  function show(count) {
    visible = Math.max(0, Math.min(edges.length, Math.round(count)));
    byId("count").textContent = `${visible} of ${edges.length}`;
    shown.value = visible;
    highlight();
  }

  // ---- choosing ------------------------------------------------------------------------------------------------
  let chosen = null; // { node } or { edge }
  function choose(what) {
    chosen = what;
    highlight();
    describe();
  }

  function highlight() {
    const near = new Set(), lines = new Set();
    if (chosen && chosen.node) {
      near.add(chosen.node);
      for (const edge of [...chosen.node.into, ...chosen.node.from]) {
        near.add(edge.source).add(edge.target);
        lines.add(edge);
      }
    } else if (chosen) {
      near.add(chosen.edge.source).add(chosen.edge.target);
      lines.add(chosen.edge);
    }
    for (const node of nodes) {
      node.box.classList.toggle("dim", chosen !== null && !near.has(node));
      node.box.classList.toggle("chosen", chosen !== null && chosen.node === node);
    }
    // what was asked for is drawn, however weak
    const drawn = edges.filter((edge) => edge.id < visible || lines.has(edge));
    byId("edges").replaceChildren(...drawn.flatMap((edge) => [edge.path, edge.grip]));
    for (const edge of drawn) edge.path.classList.toggle("dim", chosen !== null && !lines.has(edge));
  }

  function number(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value !== "number") return String(value);
    return value === 0 ? "0" : Math.abs(value) >= 1e-3 && Math.abs(value) < 1e4 ? String(+value.toPrecision(3)) : value.toExponential(1);
  }

  const text = (tag, content, className) => {
    const element = document.createElement(tag);
    element.textContent = content;
    if (className) element.className = className;
    return element;
  };

  function describe() {
    panel.replaceChildren();
    if (!chosen) {
      panel.append(text("h2", "Strongest edges"), table(edges.slice(0, 30), (edge) => `${edge.source.name} ${edge.weight < 0 ? "⊣" : "→"} ${edge.target.name}`, (edge) => choose({ edge })));
    } else if (chosen.node) {
      const { node } = chosen;
      panel.append(text("h2", node.name), text("p", `${node.kind}: ${node.into.length} in, ${node.from.length} out`, "quiet"));
      for (const [title, found, other] of [["Regulators", node.into, "source"], ["Targets", node.from, "target"]]) {
        panel.append(text("h3", title));
        panel.append(found.length ? table(found, (edge) => edge[other].name, (edge) => choose({ node: edge[other] })) : text("p", "none", "quiet"));
      }
    } else {
      const { edge } = chosen;
      panel.append(text("h2", `${edge.source.name} ${edge.weight < 0 ? "⊣" : "→"} ${edge.target.name}`));
      const rows = document.createElement("table");
      for (const [column, words] of data.columns) {
        const value = of(edge.values, column);
        if (value === null) continue;
        const row = rows.insertRow();
        row.append(text("td", words), text("td", number(value)));
      }
      panel.append(rows);
      if (of(edge.values, "lower") !== null) {
        panel.append(text("p", `lower to upper: ${Math.round(100 * data.level)} % of ${data.members} fits`, "quiet"));
      }
      for (const node of [edge.source, edge.target]) {
        const button = text("button", node.name);
        button.type = "button";
        button.onclick = () => choose({ node });
        panel.append(text("p", "", "quiet"), button);
      }
    }
  }

  function table(found, name, follow) {
    const result = document.createElement("table"), head = result.createTHead().insertRow(), body = result.createTBody();
    const several = place.has("lower") && data.members > 1;
    const titles = several ? ["", "weight", "lower", "upper", "same sign"] : ["", "weight"];
    for (const title of titles) head.append(text("th", title));
    for (const edge of found) {
      const row = body.insertRow();
      row.className = "link";
      row.tabIndex = 0;
      row.append(text("td", name(edge)), text("td", number(edge.weight), edge.weight < 0 ? "down" : "up"));
      if (several) {
        for (const column of ["lower", "upper"]) row.append(text("td", number(of(edge.values, column))));
        const sure = of(edge.values, "sign_stability");
        row.append(text("td", sure === null ? "" : `${Math.round(100 * sure)} %`));
      }
      row.onclick = () => follow(edge);
      row.onkeydown = (event) => { if (event.key === "Enter") follow(edge); };
    }
    return result;
  }

  // ---- moving --------------------------------------------------------------------------------------------------
  let scale = 1, left = 0, top = 0;
  const place_view = () => view.setAttribute("transform", `translate(${left},${top}) scale(${scale})`);
  function zoom(factor, x = svg.clientWidth / 2, y = svg.clientHeight / 2) {
    const next = Math.min(8, Math.max(0.05, scale * factor));
    left = x - (x - left) * (next / scale);
    top = y - (y - top) * (next / scale);
    scale = next;
    place_view();
  }
  function fit() {
    const xs = nodes.flatMap((node) => [node.x - node.half, node.x + node.half]), ys = nodes.map((node) => node.y);
    const [x1, x2, y1, y2] = [Math.min(...xs) - 20, Math.max(...xs) + 60, Math.min(...ys) - 40, Math.max(...ys) + 30];
    scale = Math.min(1.6, svg.clientWidth / (x2 - x1), svg.clientHeight / (y2 - y1)) || 1;
    left = (svg.clientWidth - scale * (x1 + x2)) / 2;
    top = (svg.clientHeight - scale * (y1 + y2)) / 2;
    place_view();
  }
  function center(node) {
    if (scale < 0.8) scale = 0.8;
    left = svg.clientWidth / 2 - scale * node.x;
    top = svg.clientHeight / 2 - scale * node.y;
    place_view();
  }

  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = svg.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  let grabbed = null;
  svg.addEventListener("pointerdown", (event) => { grabbed = { x: event.clientX, y: event.clientY, left, top, moved: false }; });
  addEventListener("pointermove", (event) => {
    if (!grabbed) return;
    const [dx, dy] = [event.clientX - grabbed.x, event.clientY - grabbed.y];
    if (Math.abs(dx) + Math.abs(dy) > 4) grabbed.moved = true;
    if (!grabbed.moved) return;
    svg.classList.add("moving");
    [left, top] = [grabbed.left + dx, grabbed.top + dy];
    place_view();
  });
  addEventListener("pointerup", () => {
    svg.classList.remove("moving");
    if (grabbed && grabbed.moved) svg.dataset.moved = "yes";
    grabbed = null;
  });
  svg.addEventListener("click", (event) => {
    if (svg.dataset.moved) { delete svg.dataset.moved; return; } // the end of a drag is no click
    const found = event.target.closest("[data-node], [data-edge]");
    if (!found) choose(null);
    else if (found.dataset.node) choose({ node: nodes[found.dataset.node] });
    else choose({ edge: edges[found.dataset.edge] });
  });
  addEventListener("keydown", (event) => {
    if (event.target.tagName === "INPUT") return;
    const focused = event.target.closest && event.target.closest("[data-node]");
    if (event.key === "Enter" && focused) choose({ node: nodes[focused.dataset.node] });
    else if (event.key === "Escape") choose(null);
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") fit();
  });
  byId("closer").onclick = () => zoom(1.25);
  byId("farther").onclick = () => zoom(0.8);
  byId("whole").onclick = fit;
  shown.max = edges.length;
  shown.oninput = () => show(+shown.value);
  const search = byId("search");
  function find(part) {
    const wanted = search.value.trim().toLowerCase();
    if (!wanted) { choose(null); return; }
    let node = nodes.find((each) => each.name.toLowerCase() === wanted);
    if (!node && part) node = nodes.find((each) => each.name.toLowerCase().includes(wanted));
    if (node) { choose({ node }); center(node); }
  }
  // not on "change": that comes when something else is clicked, which then would not be chosen
  search.oninput = () => find(false);
  search.onkeydown = (event) => { if (event.key === "Enter") find(true); };

  byId("title").textContent = data.title;
  const fits = data.members === 1 ? "one model" : `${data.members} fits`;
  byId("about").textContent = `${nodes.length} nodes, ${edges.length} edges, ${data.kind} effects of ${fits}` + (data.at ? `, at ${data.at}` : "");
  show(Math.min(edges.length, Math.max(FEW, nodes.length)));
  describe();
  fit();
  addEventListener("resize", fit);
})();
