/**
 * How long a text is in tokens, when no tokenizer is at hand.
 */

/** Counts the tokens of a text. */
export type TokenCounter = (text: string) => number

/**
 * An estimate, meant to be high rather than low: a third of the text's UTF-8 bytes, rounded up. It stands for no model's tokenizer.
 * English prose has four to five bytes in a token, code and other scripts around three, so a budget counted this way is rarely
 * overrun and often not quite filled. Pass a counter of your own where that matters.
 */
export const estimateTokens: TokenCounter = (text) => Math.ceil(Buffer.byteLength(text) / 3)
