"use strict";
// The page works without this script, which stores the filter in the address, searches, and starts with the rows that need attention.
(() => {
  const radios = [...document.querySelectorAll("input[name=show]")];
  const search = document.getElementById("find");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll(".matrix .row")];
  const articles = [...document.querySelectorAll(".finding")];
  const groups = [...document.querySelectorAll(".group")];
  const read = () => rows.map((row, at) => (articles[at] || row).textContent.toLowerCase());
  let texts = read();

  const chosen = () => radios.find((radio) => radio.checked).value;

  function draw() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    texts.forEach((text, at) => {
      const unfound = !words.every((word) => text.includes(word));
      rows[at].classList.toggle("unfound", unfound);
      if (articles[at]) articles[at].classList.toggle("unfound", unfound);
    });
    for (const group of groups) group.classList.toggle("unfound", !group.querySelector(".row:not(.unfound)"));
    const flag = chosen();
    const left = rows.filter((row) => !row.matches(".unfound") && (flag === "all" || row.matches(`.${flag}`))).length;
    shown.value = left === rows.length ? "" : shown.dataset.text.replace("SHOWN", left).replace("ROWS", rows.length);
    document.body.classList.toggle("nothing", left === 0);
  }

  function keep() {
    const state = new URLSearchParams(location.search);
    state.set("show", chosen());
    if (search.value) state.set("find", search.value);
    else state.delete("find");
    try {
      history.replaceState(null, "", `?${state}${location.hash}`);
    } catch {
      // A page without an address cannot store its state there.
    }
  }

  function reveal() {
    let id = location.hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      return;
    }
    const target = id && document.getElementById(id);
    if (!target) return;
    if (target.closest(".row, .group") && getComputedStyle(target.closest(".row, .group")).display === "none") {
      radios.find((radio) => radio.value === "all").checked = true;
      search.value = "";
      draw();
    }
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView({ block: "start", behavior: "instant" });
    if (target.matches("[tabindex]")) target.focus({ preventScroll: true });
  }

  const state = new URLSearchParams(location.search);
  const start = state.get("show") || document.querySelector(".filters").dataset.start;
  (radios.find((radio) => radio.value === start) || radios.at(-1)).checked = true;
  search.value = state.get("find") || "";
  search.closest("[hidden]").hidden = false;
  draw();
  reveal();
  for (const radio of radios) radio.addEventListener("change", () => (draw(), keep()));
  search.addEventListener("input", () => (draw(), keep()));
  window.addEventListener("hashchange", reveal);
  document.addEventListener("language", () => ((texts = read()), draw()));
})();
