/// Grammars that an output must follow, and which tokens may come next.
///
/// A JSON schema, a regular expression or a grammar file becomes rules over code points; rules
/// become a stack machine over bytes, so that a token may end within a character; and a walk of the
/// machine along a tree of the vocabulary's bytes gives the tokens that may come.
///
/// It knows no scores and draws nothing. What it lets through is valid; it does not promise to let
/// everything valid through.
@NullMarked
package engram.inference.decode.grammar;

import org.jspecify.annotations.NullMarked;
