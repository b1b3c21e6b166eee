"""The grammar behind scripts/make_quickstart_corpus.py, from words to sentences.

Every structure renders itself in German and in English, so the two sides cannot drift apart.
"""
