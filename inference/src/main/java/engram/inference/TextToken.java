package engram.inference;

/// A token of a text, and where in the text it stands.
///
/// @param start in UTF-16 units
/// @param end exclusive; equal to `start` for a token that the text does not have, as the one that
///   begins a text. A character that is spread over several tokens is within each of them
public record TextToken(int token, int start, int end) {}
