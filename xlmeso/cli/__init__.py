"""The command line: arguments, printing, progress, exit codes.

Owns everything that only a terminal or a calling program needs.  May import any other package;
the heavy ones inside the commands, so that ``xlmeso --help`` and shell completion stay quick.
"""
