"""A library's own report form: a DOCX or XLSX file with placeholders such as ``{{yil}}``, used instead of ours.

Whoever keeps the form writes placeholders in Word or Excel like any other text; there is nothing to program. A row of a
table with placeholders of a plan row is repeated for every row of the plan.
"""
