"use strict";
// The order of the columns: by a stated rule, or by how many of the needed capabilities work.
(() => {
  const order = document.getElementById("order");
  const output = document.getElementById("ordered");
  const needs = [...document.querySelectorAll("input[name=need]")];
  const short = document.querySelector(".short tbody");
  const gateways = [...short.rows];
  const head = document.querySelector(".grid thead tr");
  const lines = [head, ...document.querySelectorAll(".grid .row")].map((row) => [row, [...row.cells].slice(1)]);
  const at = new Map(lines.map(([row, cells]) => [row, cells]));

  const common = [...document.querySelectorAll("input[data-need]")];
  const shortlist = document.getElementById("shortlist");
  const boxes = new Map(needs.map((need) => [need.value, need]));

  const say = (at, values = {}) =>
    Object.entries(values).reduce((text, [name, value]) => text.replace(name, () => value), shortlist.dataset.texts.split("|")[at]);
  const marked = () => needs.filter((need) => need.checked);
  const places = (name) => [...order.options].find((option) => option.value === name).dataset.order.split(" ").map(Number);

  function draw() {
    const wanted = marked();
    const lacking = gateways.map((_, column) =>
      wanted.filter((need) => !at.get(need.closest("tr"))[column].classList.contains("w")).map((need) => need.value));
    const work = lacking.map((names) => wanted.length - names.length);
    const shown = places(order.value).sort((a, b) => work[b] - work[a]);
    short.append(...shown.map((column) => gateways[column]));
    for (const [row, cells] of lines) row.append(...shown.map((column) => cells[column]));
    gateways.forEach((row, column) => {
      const missing = lacking[column].length ? say(7, { NAMES: lacking[column].join(say(8)) }) : "";
      row.querySelector(".needed").textContent =
        wanted.length ? say(6, { NUMBER: work[column], ALL: wanted.length }) + missing : "";
    });
    for (const box of common) box.checked = boxes.get(box.dataset.need).checked;
    const most = Math.max(...work);
    const names = gateways.filter((_, column) => work[column] === most).map((row) => row.cells[0].firstChild.textContent);
    const few = names.length < 4 ? names.join(say(8))
      : say(5, { NAMES: names.slice(0, 3).join(say(8)), NUMBER: names.length - 3 });
    const needed = say(wanted.length === 1 ? 3 : 4, { NUMBER: wanted.length });
    shortlist.textContent = !wanted.length ? "" : most === wanted.length ? say(0, { NEEDED: needed, NAMES: few })
      : most ? say(1, { NEEDED: needed, NUMBER: most, NAMES: few }) : say(2, { NEEDED: needed });
    output.value = wanted.length ? output.dataset.text.replace("NUMBER", wanted.length) : "";
  }

  function keep() {
    const state = new URLSearchParams(location.search);
    state.set("order", order.value);
    state.delete("need");
    for (const need of marked()) state.append("need", need.value);
    try {
      history.replaceState(null, "", `?${state}${location.hash}`);
    } catch {
      // A page without an address cannot store its state there.
    }
  }

  const state = new URLSearchParams(location.search);
  const named = state.has("need") || state.has("order");
  const wanted = new Set(named ? state.getAll("need") : marked().map((need) => need.value));
  if ([...order.options].some((option) => option.value === state.get("order"))) order.value = state.get("order");
  for (const need of needs) need.checked = wanted.has(need.value);
  document.body.classList.add("live");
  if (state.has("order") || wanted.size) draw();
  for (const box of common)
    box.addEventListener("change", () => ((boxes.get(box.dataset.need).checked = box.checked), draw(), keep()));
  order.addEventListener("change", () => (draw(), keep()));
  for (const need of needs) need.addEventListener("change", () => (draw(), keep()));
  document.addEventListener("language", () => (output.value || shortlist.textContent) && draw());
})();
