/// Programs that measure the running server against the bare libraries under it and write
/// `docs/benchmarks`. Nothing here is part of the product; nothing is typed into a report by hand.
@NullMarked
package engram.bench;

import org.jspecify.annotations.NullMarked;
