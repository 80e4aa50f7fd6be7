"""Pure page work: paths and numbers in, files and frozen results out.

A worker runs in a child process. It may read the master it is given and write only inside the folder its job
names. It knows no ledger, no settings file and no hot folder.
"""
