"""Network: small nets that tell a patch's digit, and two that sweep along a whole line."""

import keras
from keras import layers

CLASSES = 11
LINE_CLASSES = 12
MOST_PARAMETERS = 300_000


def build_network(width: int = 32, dropout: float = 0.25) -> keras.Model:
    """Build the network: (n, 28, 28, 1) float32, ink = 1, to (n, 11) logits.

    Nine convolutions in three resolutions, three of them in residual blocks, the first with stride, because that is
    where the time goes, and all in multiples of 32 filters, which is what processors take at a time; batch
    normalisation, which export folds into the weights. Pooled over all places alike and as places are weighed, a few
    parameters tell what there is and about where.
    """
    image = keras.Input((28, 28, 1), name="patches")
    x = _convolve(image, width, kernel=5, strides=2)
    x = _convolve(x, width)
    x = _add_residual(x, width, depth=1)
    x = _convolve(x, width)
    x = layers.MaxPooling2D()(x)
    x = _convolve(x, 2 * width)
    x = _add_residual(x, 2 * width)
    x = _convolve(x, 3 * width)
    x = _convolve(x, 4 * width, padding="valid")
    pooled = [layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x), _weigh_places(x)]
    x = layers.Dropout(dropout)(layers.Concatenate()(pooled))
    return keras.Model(image, layers.Dense(CLASSES, name="logits")(x), name="digits")


def build_mlp(hidden: tuple[int, ...] = (300, 100)) -> keras.Model:
    """Build a multilayer perceptron: (n, 28, 28, 1) float32, ink = 1, to (n, 11) logits.

    Two hidden layers of 300 and 100, as in LeCun, Bottou, Bengio, Haffner 1998, section III.
    """
    image = keras.Input((28, 28, 1), name="patches")
    x = layers.Flatten()(image)
    for units in hidden:
        x = layers.Dense(units, activation="relu")(x)
    return keras.Model(image, layers.Dense(CLASSES, name="logits")(x), name="mlp")


def build_three_block(filters: tuple[int, ...] = (32, 64, 128), dropout: float = 0.25) -> keras.Model:
    """Build a convolutional net of three blocks: (n, 28, 28, 1) float32, ink = 1, to (n, 11) logits.

    Each block convolves with batch normalisation, halves the height and width, and drops out some of what it found.
    """
    image = keras.Input((28, 28, 1), name="patches")
    x = image
    for own in filters:
        x = _convolve(x, own)
        x = layers.MaxPooling2D()(x)
        x = layers.Dropout(dropout)(x)
    x = layers.Flatten()(x)
    return keras.Model(image, layers.Dense(CLASSES, name="logits")(x), name="three_block")


def build_line_network(width: int = 32, dropout: float = 0.2) -> keras.Model:
    """Build the line network: strips (n, 32, w, 1) float32, ink = 1, to (n, w / 2, 12) logits.

    At each frame, two columns wide: which digit's middle it is, nothing's (10), or that of something else (11). A
    fully convolutional net that sweeps along a line is a space displacement network (Matan, Burges, LeCun, Denker
    1992, "Multi-digit recognition using a space displacement neural network"). Strides and pools shrink the height
    alone after the first layer; dilation lets each frame see its neighbours, and no more than its neighbours. For its
    size it is deep, which residual blocks let it be.
    """
    image = keras.Input((32, None, 1), name="strips")
    x = _convolve(image, width, kernel=5, strides=2)
    x = _add_residual(x, width)
    x = layers.MaxPooling2D((2, 1))(x)
    x = _add_residual(x, 3 * width // 2)
    x = layers.MaxPooling2D((2, 1))(x)
    x = _add_residual(x, 2 * width)
    x = _flatten(x, 3 * width, dropout)
    x = _add_residual(x, 3 * width, kernel=(1, 3), dilation=(1, 2))
    return keras.Model(image, _tell_frames(x, dropout), name="lines")


def build_plain_line_network(width: int = 24, dropout: float = 0.2) -> keras.Model:
    """Build the other line network, shallow and wider towards its end: what it takes in and gives is the same.

    Two networks that differ err differently, and read better together than one that is larger (Hansen and Salamon
    1990, "Neural network ensembles").
    """
    image = keras.Input((32, None, 1), name="strips")
    x = _convolve(image, width, kernel=5, strides=2)
    x = _convolve(x, width + 8)
    x = layers.MaxPooling2D((2, 1))(x)
    x = _convolve(x, 2 * width)
    x = layers.MaxPooling2D((2, 1))(x)
    x = _convolve(x, 3 * width)
    x = _flatten(x, 4 * width, dropout)
    x = _convolve(x, 4 * width, kernel=(1, 3), dilation=(1, 2))
    x = _convolve(x, 4 * width, kernel=(1, 3), dilation=(1, 3))
    return keras.Model(image, _tell_frames(x, dropout), name="lines_plain")


def build_pair_network(width: int = 24, dropout: float = 0.25) -> keras.Model:
    """Build the pair network: (n, 28, 44, 1) float32, ink = 1, to (n, 2, 11) logits.

    Of the first digit and of the second, 10 for none: two digits that touch are told as a whole, without a cut
    between them (Hochuli, Oliveira, Britto, Sabourin 2018, "Handwritten digit segmentation: is it still necessary?").
    What stands where in the patch is kept up to the last layer, for it says which digit is the first.
    """
    image = keras.Input((28, 44, 1), name="pairs")
    x = _convolve(image, width, kernel=5, strides=2)
    x = _convolve(x, width)
    x = _convolve(x, width + 8)
    x = layers.MaxPooling2D()(x)
    x = _convolve(x, 64)
    x = _convolve(x, 96)
    x = _convolve(x, 96, padding="valid")
    x = _convolve(x, 64, kernel=(5, 1), padding="valid")
    x = _convolve(x, 128, kernel=(1, 3), padding="valid")
    x = layers.Flatten()(x)
    x = layers.Dropout(dropout)(x)
    x = layers.Dense(2 * CLASSES)(x)
    return keras.Model(image, layers.Reshape((2, CLASSES), name="logits")(x), name="pairs")


def _flatten(x: keras.KerasTensor, filters: int, dropout: float) -> keras.KerasTensor:
    """Take all that is left of a strip's height, four rows, into one."""
    x = layers.ZeroPadding2D((0, 1))(x)
    return layers.Dropout(dropout)(_convolve(x, filters, kernel=(4, 3), padding="valid"))


def _tell_frames(x: keras.KerasTensor, dropout: float) -> keras.KerasTensor:
    """Logits of each frame: (n, frames, 12)."""
    x = layers.Conv2D(LINE_CLASSES, 1)(layers.Dropout(dropout)(x))
    return layers.Reshape((-1, LINE_CLASSES), name="logits")(x)


def _weigh_places(x: keras.KerasTensor, ways: int = 3) -> keras.KerasTensor:
    """Sum each feature map up, its places weighed in a few ways that are the same for all maps."""
    places = layers.Permute((2, 1))(layers.Reshape((-1, x.shape[-1]))(x))
    return layers.Flatten()(layers.Dense(ways, use_bias=False)(places))


def _add_residual(
    x: keras.KerasTensor,
    filters: int,
    kernel: int | tuple[int, int] = 3,
    dilation: int | tuple[int, int] = 1,
    depth: int = 2,
) -> keras.KerasTensor:
    """So many convolutions beside a way past them (He, Zhang, Ren, Sun 2016, "Deep residual learning")."""
    change = x
    for _ in range(depth - 1):
        change = _convolve(change, filters, kernel, dilation=dilation)
    change = _normalise(layers.Conv2D(filters, kernel, padding="same", dilation_rate=dilation, use_bias=False)(change))
    if x.shape[-1] != filters:
        x = _normalise(layers.Conv2D(filters, 1, use_bias=False)(x))
    return layers.ReLU()(layers.Add()([x, change]))


def _convolve(
    x: keras.KerasTensor,
    filters: int,
    kernel: int | tuple[int, int] = 3,
    strides: int = 1,
    padding: str = "same",
    dilation: int | tuple[int, int] = 1,
) -> keras.KerasTensor:
    """Convolution, batch normalisation, ReLU."""
    x = layers.Conv2D(filters, kernel, strides=strides, padding=padding, dilation_rate=dilation, use_bias=False)(x)
    return layers.ReLU()(_normalise(x))


def _normalise(x: keras.KerasTensor) -> keras.KerasTensor:
    """Batch normalisation that follows quickly."""
    return layers.BatchNormalization(momentum=0.95)(x)
