/// Puts the room together: models that are loaded and run, their vocabularies, and what a request
/// means in their tokens.
///
/// The only package that knows all the others. No arithmetic of its own.
@NullMarked
package engram.inference.engine;

import org.jspecify.annotations.NullMarked;
