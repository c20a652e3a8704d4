"""What people look at after a run: the terminal tables, the collected table, the HTML page.

Nothing is imported here: polars and rich are loaded where something is drawn, not where a run starts.
"""
