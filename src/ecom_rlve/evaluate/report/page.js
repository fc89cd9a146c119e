"use strict";
// Draws episodes when they are opened, filters their list, moves by keys, switches light and dark. Needs nothing from
// elsewhere.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const episodes = all("#list > .episode");
const dataOf = new Map();

// What an episode holds, unpacked once, when somebody first asks for it.
function data(key) {
  if (!dataOf.has(key)) {
    const source = document.getElementById(key)?.querySelector(":scope > script");
    dataOf.set(key, source ? unpacked(source.textContent) : Promise.resolve(null));
  }
  return dataOf.get(key);
}

async function unpacked(text) {
  const plain = text.trim().replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(plain), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

// Toggle events do not bubble, but they can be caught on the way down.
document.addEventListener("toggle", (event) => {
  const opened = event.target;
  if (!opened.open) return;
  if (opened.matches("#list > .episode")) draw(opened);
  if (opened.matches(".raw")) showRaw(opened);
}, true);

async function draw(episode) {
  const body = episode.querySelector(":scope > .body");
  if (body.firstChild) return;
  const kept = await data(episode.dataset.key);
  if (!body.firstChild) body.innerHTML = kept.body;  // escaped when the report was written
}

async function showRaw(opened) {
  const [turn, call] = opened.dataset.at.split(".").map(Number);
  const kept = await data(opened.closest(".episode").dataset.key);
  opened.querySelector("pre").textContent = kept ? JSON.stringify(kept.raw[turn][call], null, 2) : "";
}

// The list.
const form = document.getElementById("filters");
const list = document.getElementById("list");

function filter(pair) {
  const wanted = Object.fromEntries(new FormData(form));
  let count = 0;
  for (const episode of episodes) {
    const it = episode.dataset;
    const fits = pair ? it.episode === pair
      : (!wanted.env || it.env === wanted.env) && (!wanted.agent || it.agent === wanted.agent)
        && (!wanted.d || it.d === wanted.d) && (!wanted.outcome || it.outcome.split(" ").includes(wanted.outcome));
    episode.hidden = !fits;
    count += fits;
  }
  list.classList.toggle("pair", Boolean(pair));
  document.getElementById("count").textContent = `${count} of ${episodes.length}`;
}

if (form) {
  form.hidden = document.getElementById("keys").hidden = false;
  form.addEventListener("change", () => filter());
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-filter], a[data-pair]");
    if (!link) return;
    form.reset();
    if (link.dataset.pair) {
      setTimeout(() => showPair(link.dataset.pair));
      return;
    }
    for (const name of ["agent", "env", "d", "outcome"]) {
      if (form.elements[name]) form.elements[name].value = link.dataset[name];
    }
    setTimeout(filter);
  });
}

// The first try of each of two agents at an episode, side by side.
function showPair(name) {
  filter(name);
  const seen = new Set();
  for (const episode of episodes.filter((e) => !e.hidden)) {
    episode.hidden = seen.has(episode.dataset.agent);
    episode.open = !episode.hidden;
    seen.add(episode.dataset.agent);
  }
}

function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.matches(".episode")) { named.hidden = false; named.open = true; named.scrollIntoView({ behavior: "instant" }); }
}
addEventListener("hashchange", openNamed);
openNamed();

// Keys: j and k move, o opens tool calls, g reveals the goal, / goes to the filters.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const shown = episodes.filter((episode) => !episode.hidden);
  const here = event.target.closest("#list > .episode");
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const next = here ? shown[shown.indexOf(here) + step] : shown[0];
    next?.querySelector("summary").focus();
    next?.scrollIntoView({ block: "nearest" });
  } else if (event.key === "o" && here) {
    const calls = all(".call", here);
    const open = !calls.every((call) => call.open);
    for (const call of calls) call.open = open;
  } else if (event.key === "g" && here) {
    for (const goal of all(".goal", here)) goal.open = !goal.open;
  } else if (event.key === "/" && form) {
    event.preventDefault();
    form.querySelector("select").focus();
  }
});

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
