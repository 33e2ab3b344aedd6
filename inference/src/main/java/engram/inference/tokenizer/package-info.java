/// Tokenizers: from text to the ids that a model reads, and from ids back to text, as the model's
/// own files say.
///
/// [Tokenizer] is what callers use; [TokenizerJson], [GgufVocabulary], [SentencePieceFile],
/// [TiktokenFile] and [WordPieceVocabulary] read the files. `normalize`, `split` and `segment` are
/// the three steps of encoding. Nothing here opens a file, knows a model, a prompt's format
/// (`chat`) or a tensor; a file's content comes as bytes or as a map, may be hostile, and is
/// refused by one exception ([TokenizerFileException]).
@NullMarked
package engram.inference.tokenizer;

import org.jspecify.annotations.NullMarked;
