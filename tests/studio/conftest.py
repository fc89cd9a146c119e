"""Leaves out what needs Gradio or a browser's driver where they are not installed: `make test-studio` installs them."""

from importlib.util import find_spec

NEEDED = ("gradio", "httpx", "playwright", "axe_playwright_python")
collect_ignore = [] if all(map(find_spec, NEEDED)) else ["test_serving.py", "test_browser.py", "test_space.py"]
