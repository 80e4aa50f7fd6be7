"""The programme: owns the folder, the ledger and the year. Importing it loads nothing."""

__version__ = "0.1.0"
