"""From values to payloads and back; a class of your own derives from `BaseSerializer`."""

from pynenc.serializers.base import BaseSerializer
from pynenc.serializers.json import JsonSerializer
from pynenc.serializers.pickle import PickleSerializer

__all__ = ["BaseSerializer", "JsonSerializer", "PickleSerializer"]
