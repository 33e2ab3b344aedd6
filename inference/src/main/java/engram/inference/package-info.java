/// Inference: real model files, run on this machine's processors.
///
/// This package is the room's door: what the api wraps as models, and the extension points behind
/// which a method from the literature is one class. Inside lie, each importing only what stands
/// before it: `tensor` (element types and their codecs), `kernel` (the arithmetic, in C and in
/// Java), `cache` (pages of keys and values), `attention`, `tokenizer`, `model` (files,
/// architectures, forward passes), `decode` (from scores to text), `policy` (methods behind the
/// doors), `tier` (places for caches outside memory), `schedule` (many requests, one batch),
/// `attribute` (which spans an answer attended to) and `engine`, which knows them all. `chat`
/// (messages to prompts, tool calls out of text) and `hub` (model files fetched and kept) stand
/// beside them, and are doors of their own: they need no engine.
///
/// The room knows no Spring, no database, no tenant's data: it gets tokens and gives tokens.
@NullMarked
package engram.inference;

import org.jspecify.annotations.NullMarked;
