package engram.inference.decode.grammar;

/// Formats of strings as expressions that match only valid ones.
final class Formats {
  /// RFC 3339 `full-date`, without the 29th of February, which only some years have.
  static final String DATE =
      "^[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
          + "|02-(0[1-9]|1[0-9]|2[0-8]))$";

  private static final String CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?";
  private static final String OFFSET = "(Z|[+\\-]([01][0-9]|2[0-3]):[0-5][0-9])";

  static final String TIME = "^" + CLOCK + OFFSET + "$";
  static final String DATE_TIME = DATE.substring(0, DATE.length() - 1) + "T" + CLOCK + OFFSET + "$";
  static final String UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$";

  private Formats() {}
}
