"""The tools an agent may call, declared once."""
