"""Tuning with a stated budget: settings are chosen on seeds set apart, and judged on fresh ones."""
