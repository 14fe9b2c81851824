"""The doors of the house: pages, phone, exchange, files, print."""
