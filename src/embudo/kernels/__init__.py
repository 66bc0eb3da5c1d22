"""Pure tensor mathematics: tensors and an explicit generator in, tensors out."""
