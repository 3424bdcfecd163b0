"""Chinese and English: one flat catalogue each; the cookie ``lang`` decides, Chinese by default."""

import json
from functools import cache
from importlib import resources

from flask import request

LANGUAGES = ("zh", "en")
DEFAULT = "zh"
COOKIE = "lang"


def find_language() -> str:
    """The language of the request."""
    wanted = request.cookies.get(COOKIE, DEFAULT)
    return wanted if wanted in LANGUAGES else DEFAULT


@cache
def load_texts(language: str) -> dict[str, str]:
    """The catalogue of a language; keys are flat, such as ``map.units``."""
    file = resources.files("patrol.web") / "translations" / f"{language}.json"
    texts: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return texts


def translate(key: str) -> str:
    """The text of a key in the request's language; the key itself where there is none."""
    return load_texts(find_language()).get(key, key)
