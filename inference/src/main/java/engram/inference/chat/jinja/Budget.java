package engram.inference.chat.jinja;

/// What one rendering may cost. Every node that is evaluated is a step, every character that is
/// written or built is counted.
final class Budget {
  static final int MAX_STEPS = 2_000_000;
  static final int MAX_CHARACTERS = 64 << 20;
  static final int MAX_CALLS = 64;

  private int steps;
  private long characters;
  private int calls;

  void step() {
    if (++steps > MAX_STEPS) {
      throw new TemplateException("the template takes more than " + MAX_STEPS + " steps");
    }
  }

  /// @param count of characters or list items that are about to be made
  void make(long count) {
    characters += count;
    if (characters > MAX_CHARACTERS) {
      throw new TemplateException("the template makes more than " + MAX_CHARACTERS + " characters");
    }
  }

  void enter() {
    if (++calls > MAX_CALLS) {
      throw new TemplateException("macros call each other deeper than " + MAX_CALLS);
    }
  }

  void leave() {
    calls--;
  }
}
