"""Architectures that several presets share, each as its paper has it in a table."""
