"""Figures and tables for papers: ``paceline plot``."""
