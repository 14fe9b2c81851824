"""The face "paper": national forms blank and filled, the resident's report, cover and card, as A4 PDF.

A programme says in its `paper.py` how its forms stand on paper (`words`); `layout` gives each field type its runs of
text, boxes and blanks; `setting` makes tables of them; `typesetting` has them set by typst. Nothing here reads the
database: `documents` is handed plain values.
"""
