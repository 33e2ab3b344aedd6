/// The web console: its files, the sessions of people who sign in to it, and what it has to know of
/// the server before anything is asked.
///
/// What it shows and does goes through the same endpoints as everybody's; nothing here reads or
/// changes a collection, a key or a job.
@NullMarked
package engram.api.console;

import org.jspecify.annotations.NullMarked;
