/// From a text to words: what pre-tokenizers do before pieces are looked for.
///
/// Splitters know no vocabulary. Each takes time linear in the text; a regular expression out of a
/// model's file, which may be hostile, runs on a budget of steps.
@NullMarked
package engram.inference.tokenizer.split;

import org.jspecify.annotations.NullMarked;
