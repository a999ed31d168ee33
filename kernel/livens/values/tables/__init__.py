"""Tables: a page of a frame or an array, sorted, filtered and summed up, leaving it untouched.

`opening.source_of` knows the value's library (one module each, no library is imported). `columns`
hold some rows of a column, `comparing` brings them into a form that can be compared without running
the user's code, `rows` say which rows are left in which order, and `page` puts them together within
the client's time.

Nothing of the table is sorted in place, copied whole or cached: at any time there are a few
copies of one column, and where it is plain numbers a view on it. While another thread changes
the table, a page may be of two states of it, or the request fails; the table is never harmed.
"""
