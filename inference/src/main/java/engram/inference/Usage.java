package engram.inference;

/// What a request took.
///
/// @param promptTokens of the prompt
/// @param cachedTokens of those, not computed because the cache had them
/// @param outputTokens final tokens, the one that ended the output included
/// @param draftedTokens guessed ahead
/// @param acceptedTokens of those, guessed right
public record Usage(
    int promptTokens, int cachedTokens, int outputTokens, int draftedTokens, int acceptedTokens) {}
