/// Running the server over HTTP: keys, tenants and the audit log, and what the very first start
/// makes so that somebody can call at all.
///
/// Checks no keys: it stores and shows them; [engram.api.security] decides by them.
@NullMarked
package engram.api.admin;

import org.jspecify.annotations.NullMarked;
