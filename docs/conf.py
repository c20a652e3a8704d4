"""The docs site, built by sphinx with myst and furo: `make docs` puts it into build/docs."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "extensions"))

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import sim

project = "paceline"
release = sim.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "reference_pages",
    "source_pages",
]

myst_heading_anchors = 3  # links such as validation.md#calibrate, as GitHub has them
suppress_warnings = ["myst.header"]  # generated pages of one heading and tables
default_role = "py:obj"  # a word in single backticks is a link where there is such a page, and code where there is none
exclude_patterns = ["_build"]

toc_object_entries = False  # headings are enough

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = "paceline"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Tables in CSV are shown as they are."""
    app.add_lexer("csv", TextLexer)
