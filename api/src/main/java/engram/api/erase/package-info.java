/// Deleting as callers mean it: the library's own deletion, the replies that this room keeps and
/// that quote what went, and the line in the audit log. It does not know how the library deletes.
@NullMarked
package engram.api.erase;

import org.jspecify.annotations.NullMarked;
