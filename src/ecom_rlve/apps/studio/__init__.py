"""The studio: a web app in which one plays, watches, compares and steers episodes. Needs the extra `studio` (Gradio)."""
