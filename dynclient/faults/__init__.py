"""Everything in which a document breaks the specification."""
