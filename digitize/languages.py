"""A language under its three names: in ``item.toml`` and catalogues, as a Tesseract model, as the tag of a document."""

_MODELS = {"uz": "uzb", "uz-Latn": "uzb", "uz-Cyrl": "uzb_cyrl", "ru": "rus", "ar": "ara", "uz-Arab": "ara"}
_MODELS |= {"en": "eng", "fr": "fra", "de": "deu", "fa": "fas", "tr": "tur", "tg": "tgk", "kk": "kaz", "ky": "kir"}

_TAGS = {model: language for language, model in _MODELS.items() if language not in ("uz", "uz-Arab")}
"""Model -> BCP 47; Uzbek with its script."""


def model_of(language: str) -> str:
    """The Tesseract model of a catalogue's language, a prior only. Names of models stand for themselves.

    ``eng``, ``rus`` and most others are the codes of ISO 639-2 that catalogues use.
    """
    return _MODELS.get(language, language)


def tag_of(model: str) -> str:
    """The language tag (BCP 47) of a page that *model* read; empty if it is not known."""
    return _TAGS.get(model, "")
