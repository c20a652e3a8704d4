"""A page of HTML that needs nothing but itself."""

from __future__ import annotations

from html import escape
from importlib.resources import files


def document(title: str, body: str, style: str, script: str = "", *, pictures: bool = False) -> str:
    """The page, in the look that all have; it may fetch nothing, and run nothing but its own script.

    Parameters
    ----------
    title
        What the browser's window is called, as plain text.
    body
        What is on the page, as HTML.
    style
        What its style sheet adds to look.css.
    script
        Help in reading it; without one, nothing on the page is run.
    pictures
        Whether it has pictures inside it, as ``data:`` addresses.
    """
    look = files(__package__).joinpath("look.css").read_text(encoding="utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'" + ("; script-src 'unsafe-inline'" if script else "")
    policy += "; img-src data:" if pictures else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{look}{style}</style>
</head>
<body>
{body}
{f"<script>{chr(10)}{script}</script>{chr(10)}" if script else ""}</body>
</html>
"""
