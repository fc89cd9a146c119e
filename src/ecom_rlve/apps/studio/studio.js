// What the page does by itself, without asking the server: Enter sends, "List" collects ids, a slider tells its value, the theme is remembered.
const chosen = () => { try { return localStorage.getItem('studio-theme'); } catch { return null; /* a private window */ } };
// Gradio gives the page the system's theme when it has loaded, and when the system changes: what was chosen here wins.
const keep = () => { const theme = chosen(); if (theme) document.body.classList.toggle('dark', theme === 'dark'); };
const watchTheme = () => { keep(); new MutationObserver(keep).observe(document.body, {attributes: true, attributeFilter: ['class']}); };
if (document.body) watchTheme(); else document.addEventListener('DOMContentLoaded', watchTheme);
document.addEventListener('keydown', event => {
  const box = event.target.closest && event.target.closest('textarea[data-enter]');
  if (box && event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); box.form.requestSubmit(); }
});
document.addEventListener('input', event => {
  const form = event.target.closest && event.target.closest('form:has([data-axes])');
  if (!form) return;
  const {axis, level} = form.elements;
  form.querySelector('[data-axis]').textContent = axis.value;
  form.querySelector('[data-at]').textContent = level.value;
  form.querySelector('[data-worth]').textContent = JSON.parse(axis.dataset.axes)[axis.value][level.value];
  form.querySelector('[data-others]').hidden = axis.value === 'difficulty';
});
document.addEventListener('click', event => {
  const pick = event.target.closest && event.target.closest('[data-pick]');
  if (pick) {
    for (const input of document.querySelectorAll('input[data-list]')) {
      const ids = input.value.split(/[\s,;]+/).filter(Boolean);
      const at = ids.indexOf(pick.dataset.pick);
      if (at < 0) ids.push(pick.dataset.pick); else ids.splice(at, 1);
      input.value = ids.join(' ');
    }
    for (const twin of document.querySelectorAll('[data-pick]'))
      if (twin.dataset.pick === pick.dataset.pick) twin.setAttribute('aria-pressed', String(twin.getAttribute('aria-pressed') !== 'true'));
  }
  const theme = event.target.closest && event.target.closest('[data-theme-toggle]');
  if (theme) {
    const dark = !document.body.classList.contains('dark');
    try { localStorage.setItem('studio-theme', dark ? 'dark' : 'light'); } catch { /* a private window */ }
    document.body.classList.toggle('dark', dark);
  }
});
