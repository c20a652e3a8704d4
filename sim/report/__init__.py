"""What people look at after a run: the learning curve, the terminal tables, the collected table, the HTML page.

Nothing is imported here: polars, matplotlib and rich are loaded where something is drawn, not where a run starts.
"""
