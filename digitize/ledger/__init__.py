"""The ledger is the memory and the queue: every other part of the program may die at any instruction."""
