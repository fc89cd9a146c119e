"""Encoders: texts to vectors. One module each, heavy imports inside it, all behind one small protocol."""
