"""Renders sheet plans to .xlsx files and looks into books before they are changed.

Owns openpyxl outside the headless engine: named styles, tables, charts, safe cell text, atomic
saving (`xlmeso.report.books`) and the look at what a re-save would lose (`xlmeso.report.inspect`).
Imports only `xlmeso.sheets`, `xlmeso.model` and `xlmeso.errors`; openpyxl is loaded when used.
"""
