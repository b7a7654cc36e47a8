"""The use cases: connect, submit, run, read and write results, sign in, demo.

Owns the one place that wires client, settings, journal, sheets and local service together.  May
import everything below itself; knows neither click nor Excel and prints nothing: progress goes to
callbacks, books are read and written through the port in `xlmeso.app.books`.
"""
