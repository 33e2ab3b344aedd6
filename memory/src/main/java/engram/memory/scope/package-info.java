/// Tells the database which scope a transaction of the memory room may see. It knows no table but
/// the heads of the tenants' logs.
@NullMarked
package engram.memory.scope;

import org.jspecify.annotations.NullMarked;
