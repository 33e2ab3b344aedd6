/// Encryption of what is remembered, with a key per subject that is kept outside of the database:
/// who destroys the key has destroyed every copy, those in backups included. Knows no table.
@NullMarked
package engram.memory.vault;

import org.jspecify.annotations.NullMarked;
