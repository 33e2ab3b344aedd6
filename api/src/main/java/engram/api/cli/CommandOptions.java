package engram.api.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a command was told: options with values, and words without a name.
record CommandOptions(List<String> words, Map<String, String> named) {

  /// @param known options, each with a value
  /// @param wordsMax words at most
  /// @throws Misuse for anything else
  static CommandOptions read(
      String command, List<String> arguments, Set<String> known, int wordsMax) {
    List<String> words = new ArrayList<>();
    Map<String, String> named = new LinkedHashMap<>();
    for (int index = 0; index < arguments.size(); index++) {
      String argument = arguments.get(index);
      if (!argument.startsWith("--")) {
        words.add(argument);
        continue;
      }
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (!known.contains(name)) {
        throw new Misuse(command + " does not know \"" + argument + "\".");
      }
      if (equals < 0 && ++index == arguments.size()) {
        throw new Misuse(name + " needs a value.");
      }
      String value = equals < 0 ? arguments.get(index) : argument.substring(equals + 1);
      if (named.put(name, value) != null) {
        throw new Misuse(name + " was given twice.");
      }
    }
    if (words.size() > wordsMax) {
      throw new Misuse(command + " does not know \"" + words.get(wordsMax) + "\".");
    }
    return new CommandOptions(words, named);
  }

  Optional<String> value(String name) {
    return Optional.ofNullable(named.get(name));
  }

  int number(String name, int otherwise, int min, int max) {
    String text = named.get(name);
    if (text == null) {
      return otherwise;
    }
    if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < min || Integer.parseInt(text) > max) {
      throw new Misuse(
          name + " needs a whole number in [" + min + ", " + max + "], not \"" + text + "\".");
    }
    return Integer.parseInt(text);
  }
}
