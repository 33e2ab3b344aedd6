package engram.api.openai.responses;

import java.util.UUID;

/// Ids as OpenAI makes them: a prefix that says what it is, then 32 hexadecimal digits.
final class Ids {
  private Ids() {}

  static String of(String prefix) {
    return prefix + "_" + UUID.randomUUID().toString().replace("-", "");
  }
}
