"""A believable county or city, made from a seed.

`geography`  divisions, organizations, staff and their accounts
`names`      surnames and given names with the frequency of real life
`people`     ages, sexes, households, identity numbers: arrays, no database
`services`   years of encounters with the irregularities of real life: arrays, no database
`loading`    arrays into PostgreSQL by binary COPY
`indexing`   indexes and keys taken away for the rows, brought back after them
`build`      puts them together; `demo` adds the living parts of the demonstration county
"""
