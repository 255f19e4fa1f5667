/**
 * What a pickle may ask for. The pickle of a state dict takes about 25 operations a tensor, and the largest checkpoints of
 * image models, with the state of the optimizer and averaged weights, hold about 12,000 tensors.
 */

/** Operations, and items that calls go through: three times what such a checkpoint takes, at most 350 MB of values. */
export const MOST_OPERATIONS = 2 ** 20;
/** Values on the stack; Python's pickler puts a thousand items of a list or dictionary there at once. */
export const TALLEST_STACK = 2 ** 18;
/** Lists and dictionaries that are open inside each other; checkpoints have fewer than ten. */
export const DEEPEST_NESTING = 100;
/** Values kept for later use: about ten a tensor. */
export const MOST_KEPT = 2 ** 19;
/** Bytes of a text; training scripts keep their arguments and the code's version beside the weights. */
export const LONGEST_TEXT = 2 ** 20;
/** Bytes of the name of a module or function; the longest that weights need has 32. */
export const LONGEST_NAME = 200;
/** Bytes of a long integer: the magic number of a file of the old format has 10. */
export const LONGEST_NUMBER = 16;
/** Sides of a tensor: PyTorch's own limit. */
export const MOST_SIDES = 64;
