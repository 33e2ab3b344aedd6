/// Models: their files, their architectures, their forward passes.
///
/// [ModelFile] opens whatever format a path holds; a [Decoder] or an [Encoder] runs it. Inside lie
/// `file`, `config`, and the formats `gguf` and `safetensors`, which know neither each other nor
/// this package. No text here: tokens go in, numbers come out.
@NullMarked
package engram.inference.model;

import org.jspecify.annotations.NullMarked;
