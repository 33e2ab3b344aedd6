/// Runs the steps that the rooms offer: when, with how many threads, and what happens after an
/// error. What a step does is not known here; what must survive a crash is in the database already.
@NullMarked
package engram.api.jobs;

import org.jspecify.annotations.NullMarked;
