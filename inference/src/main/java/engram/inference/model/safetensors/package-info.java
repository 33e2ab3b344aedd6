/// Models as Hugging Face publishes them: a folder with safetensors, `config.json` and companions.
///
/// Headers and JSON are read with bounds on size and depth. What a family calls its tensors is said
/// in [HuggingFaceNames], what its settings mean in [HuggingFaceConfig].
@NullMarked
package engram.inference.model.safetensors;

import org.jspecify.annotations.NullMarked;
