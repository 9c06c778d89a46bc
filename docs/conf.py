"""The documentation's build: `sphinx-build -W --keep-going -n docs FOLDER`.

Sphinx, and not MkDocs: it reads docstrings by itself, its builds can be strict, and it is maintained. Pages are Markdown (MyST). Nothing is
fetched while it builds.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent / "_ext")]

from dynclient import __version__  # noqa: E402  the checkout beside this file is documented, not an installed one

project = "dynclient"
author = "the authors of dynclient"
project_copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_click", "sphinx_copybutton", "house"]
nitpicky = True
# signatures name classes of Python and of modules that are not public; there is no network to look the former up
nitpick_ignore_regex = [("py:class", ".*")]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
maximum_signature_line_length = 90

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = "dynclient"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_copy_source = False
html_show_sphinx = False

# what is typed is copied, what is printed is not
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
