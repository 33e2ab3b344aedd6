/// PostgreSQL as every room sees it: the embedded server, the migrations, the scope that row-level
/// security checks, and the ledger of long work.
///
/// It deliberately knows no table of any room: each room writes its own SQL. The tables that it
/// does own are those that no room can own alone (`jobs`).
@NullMarked
package engram.db;

import org.jspecify.annotations.NullMarked;
