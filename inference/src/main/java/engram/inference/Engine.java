package engram.inference;

import engram.inference.chat.ChatFormat;
import java.util.List;

/// Models that run in this process: the room's door.
///
/// Models are loaded when they are first asked for, under one memory budget; those that nobody uses
/// go when another needs the room.
///
/// Threads: any. Loading waits; generating does not.
public interface Engine extends AutoCloseable {
  /// The layer whose states [#embed] usually gives.
  int LAST_LAYER = -1;

  /// An engine of this process. Nothing is loaded yet.
  ///
  /// @throws IllegalArgumentException if a setting is not possible; the message names it
  static Engine open(EngineSettings settings) {
    return EngineOpener.find().open(settings);
  }

  /// Which kernels this machine computes with, and why not better ones. Chosen once, by the first
  /// who asks or opens an engine.
  static String kernels() {
    return EngineOpener.find().kernels();
  }

  /// The names of all models, loaded or not.
  List<String> models();

  /// Makes a model known that came later, or says anew where one lies that is not loaded now; one
  /// that is loaded stays as it is.
  ///
  /// @throws IllegalArgumentException if it needs more than the engine's memory, or cannot be read
  void offer(EngineSettings.Model model);

  /// What is loaded, and how busy it is.
  EngineStatus status();

  /// Loads a model before anybody asks it; nothing where it is loaded.
  ///
  /// @throws IllegalArgumentException if the model is unknown
  /// @throws IllegalStateException if it cannot be loaded; the cause says why
  /// @throws OverloadedException if models in use leave no room
  void load(String model) throws InterruptedException;

  /// Unloads a model that no request uses: its memory and its cache are given back.
  ///
  /// @return false if requests use it, and it stays
  /// @throws IllegalArgumentException if the model is unknown
  boolean unload(String model) throws InterruptedException;

  /// Begins an answer. The caller reads its events, and closes it.
  ///
  /// @throws IllegalArgumentException if the model is unknown, or the request is not possible; the
  ///   message names value and bound
  /// @throws OverloadedException if too many requests wait, or models in use leave no room
  Generation generate(GenerationRequest request) throws InterruptedException;

  /// The tokens of a text, as the model reads it; of an encoder those of a text alone.
  int[] tokens(String model, Prompt.Text text) throws InterruptedException;

  /// As [#tokens], each with its place in the text.
  List<TextToken> pieces(String model, Prompt.Text text) throws InterruptedException;

  /// What tokens stand for wherever they stand, in UTF-8: a piece of a character perhaps. Special
  /// tokens are spelled out.
  List<byte[]> spelled(String model, int[] tokens) throws InterruptedException;

  /// How dialogues are written for the model.
  ///
  /// @throws IllegalArgumentException if the model is unknown, or an encoder, or its template
  ///   cannot be read
  ChatFormat chat(String model) throws InterruptedException;

  /// How surprising a text is to a model: `-logProb` of each token given those before, from the
  /// second on.
  ///
  /// @throws IllegalStateException if it could not be computed; the message says why
  default List<TokenScore> score(String model, Prompt text, String tenant, int top)
      throws InterruptedException {
    return score(model, text, tenant, Priority.NORMAL, top);
  }

  /// As above.
  default List<TokenScore> score(
      String model, Prompt text, String tenant, Priority priority, int top)
      throws InterruptedException {
    GenerationRequest request =
        GenerationRequest.of(model, text, 0, Sampling.GREEDY)
            .withScores(top, true)
            .withCaller(tenant, priority, null);
    try (Generation generation = generate(request)) {
      List<TokenScore> scores = List.of();
      while (true) {
        switch (generation.next()) {
          case GenerationEvent.PromptScored(var all) -> scores = all;
          case GenerationEvent.Token _ -> {}
          case GenerationEvent.End end -> {
            if (end.reason() != FinishReason.LENGTH) {
              throw new IllegalStateException(end.reason() + ": " + end.message());
            }
            return scores;
          }
        }
      }
    }
  }

  /// A vector for each text, `[C]`, as the model's own files say that texts become vectors; where
  /// they are silent an encoder's mean, and a decoder's last token. Long texts are cut.
  ///
  /// @throws IllegalArgumentException if there are no or too many texts, or one has no token
  List<float[]> embed(String model, List<String> texts) throws InterruptedException;

  /// As above, of the states after so many layers: 0 for the embeddings themselves, [#LAST_LAYER]
  /// for the last. Those of inner layers have not passed a decoder's final norm.
  ///
  /// @throws IllegalArgumentException as above, and if the model has no such layer
  default List<float[]> embed(String model, List<String> texts, int layer)
      throws InterruptedException {
    if (layer != LAST_LAYER) {
      throw new IllegalArgumentException("layer " + layer + ": only the last one's are known");
    }
    return embed(model, texts);
  }

  /// How relevant each document is to the query, in their order; greater is better, and the scale
  /// is the model's own.
  ///
  /// @throws IllegalArgumentException if the model is no encoder, or there are no or too many
  ///   documents
  /// @throws IllegalStateException if the model has no classifier
  float[] rerank(String model, String query, List<String> documents) throws InterruptedException;

  /// Which spans of a prompt an answer's tokens attended to: the text is read once more, and the
  /// weights of the queries that the answer's tokens were drawn from are summed, in all layers and
  /// heads.
  ///
  /// @param prompt the tokens that were read
  /// @param answer the tokens that were said
  /// @param spans of the prompt, apart
  /// @throws IllegalStateException if it could not be computed; the message says why
  Attribution attribute(
      String model, int[] prompt, int[] answer, List<Attribution.TokenSpan> spans, String tenant)
      throws InterruptedException;

  /// Ends all requests as cancelled, and unloads all models.
  @Override
  void close();
}
