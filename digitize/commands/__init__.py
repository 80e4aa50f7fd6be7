"""The commands, a file per noun: look up, call one function, print. No logic lives here."""
