"""Gradio, imported in this one place: panels of our own HTML, and handlers for what a page asks for.

Knows no environment. A panel is HTML that came out of a template; whoever clicks a `data-do` in it, or sends a form
with one, calls its handler with a `Wish`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, Final, cast

from ecom_rlve.apps.studio.stubs import unwritten
from ecom_rlve.core.errors import SpecError

_ASK: Final = """
const ask = (node, fields) => trigger('click', {wish: {...node.dataset, fields}});
element.addEventListener('click', event => {
  const node = event.target.closest('[data-do]');
  if (node && node.tagName !== 'FORM') { event.preventDefault(); ask(node, {}); }
});
element.addEventListener('submit', event => {
  event.preventDefault();
  const form = event.target;
  ask(form, Object.fromEntries(new FormData(form)));
  if (form.dataset.clear !== undefined) form.reset();
});
element.addEventListener('change', event => {
  const form = event.target.closest('form[data-live]');
  if (!form) return;
  clearTimeout(form.soon);
  form.soon = setTimeout(() => form.requestSubmit(), 60);
});
watch('value', () => {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const fresh = element.querySelector('[data-fresh]');
  if (fresh) fresh.scrollIntoView({block: fresh.dataset.fresh || 'nearest', behavior: calm ? 'auto' : 'smooth'});
});
"""
"""Run in the browser for every panel: what was clicked goes to the server; what is marked fresh scrolls into view."""

_QUIET: Final[Mapping[str, object]] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "trigger_mode": "multiple",
    "concurrency_limit": None,
}
"""Of every handler: no veil over what is being read, no public endpoint, and a second click counts as a second one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody at the page asked for."""

    do: str
    about: Mapping[str, str] = field(default_factory=dict[str, str])
    """The other data attributes of what was clicked."""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of the form that was sent."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page was opened with."""

    query: Mapping[str, str]


@cache
def library() -> Any:  # Any: Gradio types its components loosely; everything behind this line is ours
    """Return the module; a SpecError that names the extra if it is not installed."""
    try:
        with unwritten():
            return import_module("gradio")
    except ModuleNotFoundError as error:
        if error.name != "gradio":
            raise
        raise SpecError("the studio needs the extra `studio`: pip install 'ecom-rlve[studio]'") from None


def panel(html: str = "", *, name: str = "", classes: str = "") -> Any:  # Any: a Gradio component
    """Return a component that shows `html`, which must come from an escaping template."""
    return library().HTML(
        html,
        js_on_load=_ASK,
        apply_default_css=False,
        elem_id=name or None,
        elem_classes=["studio", *classes.split()],
    )


def on_wish(
    source: Any,  # Any: a Gradio component
    handler: Callable[..., Any],  # Any: (wish, *inputs) -> outputs
    inputs: Sequence[Any],
    outputs: Sequence[Any],
) -> Any:  # Any: Gradio's handle on the event, for `cancels`
    """Call `handler` with whatever is asked for in a panel."""

    def handle(event: object, *given: object) -> object:
        return handler(_wish(event), *given)

    handle.__annotations__ = {"event": library().EventData}
    return source.click(handle, list(inputs), list(outputs), **_QUIET)


def on_wish_stream(
    source: Any,  # Any: a Gradio component
    handler: Callable[..., Iterator[Any]],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
) -> Any:  # Any: Gradio's handle on the event
    """Like `on_wish`, for a handler that yields its outputs again and again."""

    def handle(event: object, *given: object) -> Iterator[object]:
        yield from handler(_wish(event), *given)

    handle.__annotations__ = {"event": library().EventData}
    return source.click(handle, list(inputs), list(outputs), **_QUIET)


def on_visit(app: Any, handler: Callable[[Visit], Any], outputs: Sequence[Any]) -> Any:
    """Call `handler` when somebody opens the page."""

    def handle(request: Any) -> Any:  # Any: Gradio's request
        return handler(Visit({str(k): str(v) for k, v in dict(request.query_params).items()}))

    handle.__annotations__ = {"request": library().Request}
    return app.load(handle, None, list(outputs), **_QUIET)


def every(seconds: float, handler: Callable[..., Any], inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
    """Call `handler` again and again while a page is open."""
    library().Timer(seconds).tick(handler, list(inputs), list(outputs), **{**_QUIET, "trigger_mode": "once"})


def _wish(event: object) -> Wish:
    data = cast("Mapping[str, Any]", getattr(event, "_data", None) or {})
    asked: dict[str, Any] = dict(data.get("wish") or {})
    fields = asked.pop("fields", {})
    if isinstance(fields, str):
        fields = json.loads(fields)
    about = {str(name): str(value) for name, value in asked.items()}
    return Wish(about.pop("do", ""), about, {str(k): str(v) for k, v in dict(fields).items()})
