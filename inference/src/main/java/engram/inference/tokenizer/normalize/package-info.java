/// What a text becomes before it is split: forms of Unicode, case, accents, spaces, a model's own
/// table of replacements.
///
/// Normalizers know neither words nor vocabularies.
@NullMarked
package engram.inference.tokenizer.normalize;

import org.jspecify.annotations.NullMarked;
