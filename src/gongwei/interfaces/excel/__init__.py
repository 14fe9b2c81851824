"""Excel in and out: templates, uploads checked by the definitions, exports with the same headings."""
