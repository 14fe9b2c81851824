"""Cities whose records yield what two real cities published: Parquet in the layout of a snapshot, no database.

`published` reads the figures, `planning` decides for every resident what the year brought, the form modules fill the records
and `writing` writes them. A place is invented (province 66 is nobody's); only the counts are the cities'.
"""
