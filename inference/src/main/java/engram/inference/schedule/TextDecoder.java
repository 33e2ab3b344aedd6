package engram.inference.schedule;

/// Tokens to text as they come, of one output.
public interface TextDecoder {
  /// For outputs that nobody reads as text.
  TextDecoder SILENT =
      new TextDecoder() {
        @Override
        public String append(int token) {
          return "";
        }

        @Override
        public String end() {
          return "";
        }
      };

  /// What became sure: whole characters only.
  String append(int token);

  /// What was held back.
  String end();
}
