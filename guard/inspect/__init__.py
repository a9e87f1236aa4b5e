"""Inspection of the prompt: is it one that policy lets through to the generator?"""
