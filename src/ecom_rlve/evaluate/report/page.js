"use strict";
// Draws episodes when they are opened, filters their list, switches light and dark. Needs nothing from elsewhere.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const episodes = all("#list > .episode");
const dataOf = new Map();

function data(key) {
  if (!dataOf.has(key)) {
    const source = document.getElementById(key)?.querySelector(":scope > script");
    dataOf.set(key, source ? JSON.parse(source.textContent) : null);
  }
  return dataOf.get(key);
}

// Toggle events do not bubble, but they can be caught on the way down.
document.addEventListener("toggle", (event) => {
  const opened = event.target;
  if (!opened.open) return;
  if (opened.matches("#list > .episode")) draw(opened);
  if (opened.matches(".raw")) showRaw(opened);
}, true);

function draw(episode) {
  const body = episode.querySelector(":scope > .body");
  if (!body.firstChild) body.innerHTML = data(episode.dataset.key).body;  // escaped when the report was written
}

function showRaw(opened) {
  const [turn, call] = opened.dataset.at.split(".").map(Number);
  const kept = data(opened.closest(".episode").dataset.key);
  opened.querySelector("pre").textContent = kept ? JSON.stringify(kept.raw[turn][call], null, 2) : "";
}

// The list.
const form = document.getElementById("filters");

function filter() {
  const wanted = Object.fromEntries(new FormData(form));
  let count = 0;
  for (const episode of episodes) {
    const it = episode.dataset;
    const fits = (!wanted.env || it.env === wanted.env) && (!wanted.agent || it.agent === wanted.agent)
      && (!wanted.d || it.d === wanted.d) && (!wanted.outcome || it.outcome.split(" ").includes(wanted.outcome));
    episode.hidden = !fits;
    count += fits;
  }
  document.getElementById("count").textContent = `${count} of ${episodes.length}`;
}

if (form) {
  form.hidden = false;
  form.addEventListener("change", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
  for (const link of all(".heat a")) {
    link.addEventListener("click", () => {
      form.reset();
      for (const name of ["agent", "env", "d"]) if (form.elements[name]) form.elements[name].value = link.dataset[name];
      filter();
    });
  }
}

function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.matches(".episode")) { named.hidden = false; named.open = true; named.scrollIntoView(); }
}
addEventListener("hashchange", openNamed);
openNamed();

// Light and dark.
const toggle = document.getElementById("theme");
const stored = { get() { try { return localStorage.getItem("theme"); } catch { return null; } },
                 set(value) { try { localStorage.setItem("theme", value); } catch { /* a page without storage */ } } };

function paint(theme) {
  document.documentElement.dataset.theme = theme;
  toggle.textContent = theme === "dark" ? "Light" : "Dark";
}

toggle.hidden = false;
paint(stored.get() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
toggle.addEventListener("click", () => {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  stored.set(theme);
  paint(theme);
});
