"""Finished items as other archives take them: ALTO per page, and a bag with everything that belongs to an item."""

from digitize.transfer.write import Handed, export_alto, export_bags, export_hocr

__all__ = ["Handed", "export_alto", "export_bags", "export_hocr"]
