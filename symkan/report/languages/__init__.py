"""The law in the languages of those who will use it, each with rows that check it."""

from __future__ import annotations
