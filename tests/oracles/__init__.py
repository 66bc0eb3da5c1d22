"""Known answers: slow, plain, written from the definitions, sharing no code with embudo."""
