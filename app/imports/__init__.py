"""Spreadsheets that other people made: what is in them, what their columns mean, what each row would become.

Plain functions over bytes and plain data: nothing here knows a page, a person or a database.
"""
