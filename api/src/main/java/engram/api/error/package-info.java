/// What a caller is told when a request fails: one place that turns exceptions into failures, and
/// one writer that gives a failure the shape of the surface it happened on.
///
/// It decides nothing about who may do what, and it never shows what it was not meant to show: an
/// exception that is not named here is "internal error" with the request's id, and goes to the log.
@NullMarked
package engram.api.error;

import org.jspecify.annotations.NullMarked;
