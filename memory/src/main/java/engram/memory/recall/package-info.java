/// Makes a score of what the index knows, and fetches what is worth the budget. The scope of what
/// it shows is the database's business: whatever the index says, a row that the scope hides is not
/// read.
@NullMarked
package engram.memory.recall;

import org.jspecify.annotations.NullMarked;
