"""Documents: text to plain data with line numbers, limits and a cache; places in it, and where references lead."""
