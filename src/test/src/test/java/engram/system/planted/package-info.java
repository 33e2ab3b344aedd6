/// Offenders: each breaks one rule of [engram.system.ArchitectureTest], which must notice.
@NullMarked
package engram.system.planted;

import org.jspecify.annotations.NullMarked;
