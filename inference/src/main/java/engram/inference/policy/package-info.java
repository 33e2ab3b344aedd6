/// Methods behind three of the doors: what the cache keeps ([engram.inference.KvPolicy]), what is
/// attended to ([engram.inference.AttentionPattern]), what of a prompt is computed
/// ([engram.inference.PromptPlanner]).
///
/// Each reads small arrays that it declared and returns index lists. None knows memory, kernels or
/// other requests; the engine does what they say.
@NullMarked
package engram.inference.policy;

import org.jspecify.annotations.NullMarked;
