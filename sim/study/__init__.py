"""Studies: a sweep that is fixed beforehand, and claims of the field that are judged by it."""
