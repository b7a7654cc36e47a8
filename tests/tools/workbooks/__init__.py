"""What the books in ``workbooks/`` hold; `make_workbooks` writes them."""
