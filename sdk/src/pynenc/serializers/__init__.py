"""From values to payloads and back; a class of your own derives from `BaseSerializer`."""

from pynenc.serializers.base import BaseSerializer
from pynenc.serializers.json import JsonSerializer

__all__ = ["BaseSerializer", "JsonSerializer"]
