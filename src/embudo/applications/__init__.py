"""The verbs: typed request in, typed result out; nothing is printed here."""
