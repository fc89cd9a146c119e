"""The studio: a web app to play, watch, compare and steer episodes in. Needs the extra `studio` (Gradio)."""
