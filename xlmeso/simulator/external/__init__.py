"""External data: a CSV whose columns become script variables (reference sections 1.8 and 4.8).

Owns where a CSV may come from (`address`), reading it from the network or from the operator's
folder (`fetch`, `folder`), its rules (`table`), and the copy that a run keeps (`keeping`).  Import
from its modules; this one stays empty.
"""
