"""The grammar behind scripts/make_quickstart_corpus.py: words, their forms, phrases, clauses, sentences.

Every structure renders itself in German and in English, so the two sides cannot drift apart.
"""
