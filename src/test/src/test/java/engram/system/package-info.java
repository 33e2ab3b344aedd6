/// System tests: the real server in a process of its own, driven over HTTP, and the rules of the
/// house. They know the rooms from outside only.
@NullMarked
package engram.system;

import org.jspecify.annotations.NullMarked;
