package engram.inference;

import java.util.Map;

/// How the next token is drawn from the model's scores. The steps in their order:
///
/// 1. `logitBias` is added; `repetitionPenalty`, `presencePenalty` and `frequencyPenalty` apply;
/// 2. processors and the output's constraint apply ([LogitsProcessor]);
/// 3. scores are divided by `temperature`; at 0 the highest wins, ties by the lower id, and the
///    rest is without effect;
/// 4. `topK`, `topP`, `minP` and `typicalP` leave out tokens, each of what the one before left;
/// 5. a number that depends on `seed` and the token's position alone picks one.
///
/// So a request with a seed gives the same tokens whatever else is computed beside it.
///
/// @param temperature finite, at least 0
/// @param topK tokens that stay, the likeliest; 0 for all
/// @param topP the fewest likeliest tokens stay whose probabilities reach this sum; `(0, 1]`.
///   Holtzman et al., The Curious Case of Neural Text Degeneration, ICLR 2020
/// @param minP tokens stay that are at least so likely, as a share of the likeliest; `[0, 1]`.
///   Nguyen et al., Turning Up the Heat, 2024
/// @param typicalP the tokens stay whose surprise is nearest to the entropy, until they reach this
///   sum; `(0, 1]`. Meister et al., Locally Typical Sampling, TACL 2023
/// @param repetitionPenalty of a token that the prompt or the output has: a positive score is
///   divided by it, a negative one multiplied; positive, 1 for none. Keskar et al., CTRL, 2019
/// @param presencePenalty taken off once from a token that the output has; finite
/// @param frequencyPenalty taken off for each time that the output has the token; finite
/// @param logitBias by token; finite, or negative infinity to forbid
public record Sampling(
    float temperature,
    int topK,
    float topP,
    float minP,
    float typicalP,
    float repetitionPenalty,
    float presencePenalty,
    float frequencyPenalty,
    Map<Integer, Float> logitBias,
    long seed) {

  /// At most so many tokens have a bias.
  public static final int BIASES_MAX = 4096;

  public static final Sampling GREEDY = new Sampling(0, 0, 1, 0, 1, 1, 0, 0, Map.of(), 0);

  public Sampling {
    within("temperature", temperature, 0, Float.MAX_VALUE);
    if (topK < 0) {
      throw new IllegalArgumentException("topK " + topK + " < 0");
    }
    within("topP", topP, Float.MIN_VALUE, 1);
    within("minP", minP, 0, 1);
    within("typicalP", typicalP, Float.MIN_VALUE, 1);
    within("repetitionPenalty", repetitionPenalty, Float.MIN_VALUE, Float.MAX_VALUE);
    within("presencePenalty", presencePenalty, -Float.MAX_VALUE, Float.MAX_VALUE);
    within("frequencyPenalty", frequencyPenalty, -Float.MAX_VALUE, Float.MAX_VALUE);
    if (logitBias.size() > BIASES_MAX) {
      throw new IllegalArgumentException(
          "logitBias has " + logitBias.size() + " tokens > " + BIASES_MAX);
    }
    logitBias = Map.copyOf(logitBias);
    logitBias.forEach((token, bias) -> {
      if (token < 0 || !(bias < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("logitBias of token " + token + " is " + bias);
      }
    });
  }

  /// Drawn from the model's own distribution, at a temperature.
  public static Sampling at(float temperature, long seed) {
    return new Sampling(temperature, 0, 1, 0, 1, 1, 0, 0, Map.of(), seed);
  }

  public boolean greedy() {
    return temperature == 0;
  }

  public Sampling withTopK(int tokens) {
    return new Sampling(
        temperature,
        tokens,
        topP,
        minP,
        typicalP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        logitBias,
        seed);
  }

  public Sampling withTopP(float mass) {
    return new Sampling(
        temperature,
        topK,
        mass,
        minP,
        typicalP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        logitBias,
        seed);
  }

  public Sampling withMinP(float share) {
    return new Sampling(
        temperature,
        topK,
        topP,
        share,
        typicalP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        logitBias,
        seed);
  }

  public Sampling withTypicalP(float mass) {
    return new Sampling(
        temperature,
        topK,
        topP,
        minP,
        mass,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        logitBias,
        seed);
  }

  public Sampling withPenalties(float repetition, float presence, float frequency) {
    return new Sampling(
        temperature, topK, topP, minP, typicalP, repetition, presence, frequency, logitBias, seed);
  }

  public Sampling withLogitBias(Map<Integer, Float> bias) {
    return new Sampling(
        temperature,
        topK,
        topP,
        minP,
        typicalP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        bias,
        seed);
  }

  private static void within(String name, float value, float min, float max) {
    if (!(value >= min && value <= max)) {
      throw new IllegalArgumentException(
          name + " " + value + " is not within [" + min + ", " + max + "]");
    }
  }
}
