"""What a workbook shows, as data: the strategy sheet, the result sheets and their tables.

Owns the two directions between a strategy definition and the named tables of a sheet
(`xlmeso.sheets.strategy`) and the plans of the result sheets (`xlmeso.sheets.results`).  Pure:
knows no Excel library; imports only `xlmeso.model` and `xlmeso.errors`.
"""
