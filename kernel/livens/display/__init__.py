"""Variables for people's eyes, in text."""
