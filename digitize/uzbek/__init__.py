"""The language floor: letters, folding keys, transliteration. Pure; imports nothing of ours."""

from digitize.uzbek.keys import fold, ocr_key, strict_key
from digitize.uzbek.letters import canonical
from digitize.uzbek.translit import to_cyrillic, to_latin
from digitize.uzbek.yangalif import from_yangalif

__all__ = ["canonical", "fold", "from_yangalif", "ocr_key", "strict_key", "to_cyrillic", "to_latin"]
