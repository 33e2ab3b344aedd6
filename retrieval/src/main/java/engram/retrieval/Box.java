package engram.retrieval;

/// A rectangle on a page, in points (1/72 inch) from the page's top left corner.
///
/// @param page from 1
public record Box(int page, float x, float y, float width, float height) {}
