"""Network: the small convolutional net that tells digits, and what is none, from 28x28 patches."""

import keras
from keras import layers

CLASSES = 11
MOST_PARAMETERS = 300_000


def build_network(width: int = 32, dropout: float = 0.25) -> keras.Model:
    """Build the network: (n, 28, 28, 1) float32, ink = 1, to (n, 11) logits.

    Six convolutions in three resolutions, the first with stride, because that is where the time goes, and all in
    multiples of 32 filters, which is what processors take at a time; batch normalisation, which export folds into
    the weights; global pooling keeps the parameters few.
    """
    image = keras.Input((28, 28, 1), name="patches")
    x = _convolve(image, width, kernel=5, strides=2)
    x = _convolve(x, width)
    x = _convolve(x, width)
    x = layers.MaxPooling2D()(x)
    x = _convolve(x, 2 * width)
    x = _convolve(x, 3 * width)
    x = _convolve(x, 4 * width, padding="valid")
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    x = layers.Dropout(dropout)(x)
    return keras.Model(image, layers.Dense(CLASSES, name="logits")(x), name="digits")


def _convolve(
    x: keras.KerasTensor, filters: int, kernel: int = 3, strides: int = 1, padding: str = "same"
) -> keras.KerasTensor:
    """Convolution, batch normalisation, ReLU."""
    x = layers.Conv2D(filters, kernel, strides=strides, padding=padding, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.95)(x)
    return layers.ReLU()(x)
