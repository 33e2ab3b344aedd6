/// The limits and habits of the HTTP server that hold for every endpoint: sizes, times, how much at
/// once, and what makes a repeated request safe.
///
/// Knows no endpoint, and decides nothing about who may do what.
@NullMarked
package engram.api.web;

import org.jspecify.annotations.NullMarked;
