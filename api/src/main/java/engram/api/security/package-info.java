/// Who calls, and what they may do: API keys, their verbs, scopes and budgets, and the scope of the
/// tenant around every request.
///
/// Everything is closed unless a key opens it: a request without a valid key learns nothing, and an
/// endpoint that names no verb stops the start of the server. Which documents a caller may read is
/// decided by the retrieval room, from the `Access` that this package makes.
///
/// Work on other threads does not inherit the caller: wrap it with [RequestContext#carry].
@NullMarked
package engram.api.security;

import org.jspecify.annotations.NullMarked;
