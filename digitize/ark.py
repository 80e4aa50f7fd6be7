"""Names for items in the shape of an ARK: opaque, without vowels, with a sign that betrays a mistyped one.

An ARK is ``ark:/NAAN/name``. The name is minted once and kept in the ledger; the NAAN is a setting, because a library
gets its own from the ARK Alliance only later. 99999 is the NAAN set aside for tests, so such a name is a local one.
"""

import hashlib

TEST_NAAN = "99999"
SIGNS = "0123456789bcdfghjkmnpqrstvwxz"
"""Digits and consonants without l: no name spells a word, none is misread (ARK betanumeric alphabet, 29 signs)."""
SHOULDER = "d1"
"""Opens every name minted here, so that another program of the library can mint under another one."""
_LENGTH = 8
"""29**8 names, 5e11: two of a million items meet with a chance of one, and then the next one is taken."""


def mint(seed: str) -> str:
    """The name for *seed*, always the same; the last sign checks the others."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    blade = ""
    for _ in range(_LENGTH):
        number, rest = divmod(number, len(SIGNS))
        blade += SIGNS[rest]
    return SHOULDER + blade + check_sign(SHOULDER + blade)


def check_sign(name: str) -> str:
    """NOID's check digit algorithm: the sum of place times value modulo 29 finds one wrong sign or two exchanged."""
    return SIGNS[sum(place * SIGNS.find(sign) for place, sign in enumerate(name, 1)) % len(SIGNS)]


def full(naan: str, name: str) -> str:
    """The ARK as it is written down."""
    return f"ark:/{naan}/{name}"
