"use strict";
// The other language of the page. Without this script, the page is in the language that it was written in.
(() => {
  const root = document.documentElement;
  const button = document.getElementById("language");
  const data = document.getElementById("texts");
  if (!data || !button || !window.DecompressionStream) return;
  const written = root.lang;
  const other = button.lang;
  const names = { [other]: button.textContent, [written]: button.dataset.name };
  const attributes = ["title", "aria-label", "placeholder", "alt", "data-text", "data-texts"];
  const encoder = new TextEncoder();
  const sums = Array.from({ length: 256 }, (_, at) => {
    for (let bit = 0; bit < 8; bit++) at = at & 1 ? (at >>> 1) ^ 0xedb88320 : at >>> 1;
    return at;
  });
  let places;

  function checksum(text) {
    let sum = ~0;
    for (const byte of encoder.encode(text)) sum = sums[(sum ^ byte) & 255] ^ (sum >>> 8);
    return (~sum >>> 0).toString(16);
  }

  async function table() {
    const bytes = Uint8Array.from(atob(data.content.textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Map(Object.entries(JSON.parse(await new Response(stream).text())));
  }

  function* texts(known) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.data.trim();
      if (!text || node.parentNode.matches("script, style, [data-t]")) continue;
      const translation = known.get(checksum(text));
      if (translation !== undefined) yield [node, "data", node.data, node.data.replace(text, () => translation)];
    }
    for (const element of document.querySelectorAll("[data-t]:not([data-t=''])"))
      yield [element, "textContent", element.textContent, known.get(element.dataset.t)];
    for (const name of attributes)
      for (const element of document.querySelectorAll(`[${name}]`)) {
        const text = element.getAttribute(name);
        const translation = known.get(element.getAttribute(`data-t-${name}`) || checksum(text.trim()));
        if (translation !== undefined) yield [element, name, text, translation];
      }
  }

  async function speak(language) {
    if (language === root.lang) return;
    places ||= [...texts(await table())];
    const at = language === written ? 2 : 3;
    for (const place of places)
      if (attributes.includes(place[1])) place[0].setAttribute(place[1], place[at]);
      else place[0][place[1]] = place[at];
    root.lang = language;
    button.lang = language === written ? other : written;
    button.textContent = names[button.lang];
    document.dispatchEvent(new Event("language"));
  }

  const stored = () => {
    try {
      return localStorage.getItem("gateprobe language");
    } catch {
      return null; // A page without an address of its own cannot remember.
    }
  };

  button.hidden = false;
  button.addEventListener("click", async () => {
    const language = button.lang;
    try {
      localStorage.setItem("gateprobe language", language);
    } catch {
      // The same.
    }
    await speak(language);
  });
  if (stored() === other) speak(other);
})();
