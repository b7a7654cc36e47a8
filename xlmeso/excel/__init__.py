"""Between a book and the use cases: the only user of xlwings.

Owns reading strategies out of books (`files`, `strategy_book`), writing results into them
(`result_book`) and the headless engine that lets the same macros run with no Excel (`headless`).
May import every layer below; heavy modules are loaded when used.
"""
